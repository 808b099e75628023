#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2088 # the policy's own ~, not the shell's
# Directories of the host: those that a rule names and the caller reaches, and that cannot be exchanged
# for a link between the check and the mount.
. "$SD_HERE/lib.sh"
uid=$(id -u "$SD_ALICE")
top=$SD_PREFIX/binds
home=$top/home
old_home=$(getent passwd "$SD_ALICE" | cut -d: -f6)
mkdir -p "$home/project/deep" "$top/data/set" "$top/wall/inside" "$top/open" "$top/other"
chown -R "$SD_ALICE": "$home"
echo data >"$top/data/set/f"
echo secret >"$top/wall/inside/f"
echo canary >"$top/other/canary"
chmod 0700 "$top/wall" "$top/other"
chmod 1777 "$top/open"
mkdir "$top/open/x" && chown "$SD_ALICE": "$top/open/x"
ln -s "$top/data" "$top/link"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$top/socket"
usermod -d "$home" "$SD_ALICE" || not_ok "the home" "$(pgrep -au "$SD_ALICE")"
trap 'usermod -d "$old_home" "$SD_ALICE"; remove_all; rm -rf "$top"; echo "# end"' EXIT

denied 'without a rule for it' 'denied: --volume' sd run --rm -v "$home:/w" bb:1 true
# may PATTERN…: what the rule names
may() {
	everyday
	sed -i "s|^flags = .*|flags = @everyday$(printf ',\\n\\t--volume=%s' "$@")|" "$CONF"
	echo 'images = docker.io/library/*' >>"$CONF"
}
may '~/**' "$top/data/**:ro" "$top/*" "$top/wall/**" "$top/open/**"
allowed 'the home itself' sd run --rm -v "$home:/w" bb:1 sh -c 'echo inside >/w/made; id -u'
is 'its process is the caller'\''s' "$uid" "$OUT"
is 'what it makes is the caller'\''s' "$uid" "$(stat -c %u "$home/made")"
allowed 'a place in it by --workdir' sd run --rm -v "$home:/w" -w /w/project bb:1 busybox pwd
is 'is where it starts' /w/project "$OUT"
denied 'a place that is not there' 'is not there: make it first' sd run --rm -v "$home:/w" -w /w/project/none bb:1 true
denied 'by another spelling' 'is not there: make it first' sd run --rm -v "$home:/w" -w /x/../w/project/none bb:1 true
tar -C "$SD_WORK/image" -c . | engine import -c 'WORKDIR /w/project/none' - placed:1 >/dev/null
denied 'a place that the image wants, and that is not there' 'is not there: make it first' sd run --rm -v "$home:/w" placed:1 true
allowed 'another place for that image' sd run --rm -v "$home:/w" -w /w/project placed:1 true
allowed 'the image with nothing there' sd run --rm -v "$home:/v" placed:1 true
engine rmi placed:1 >/dev/null
is 'nothing of root'\''s is in the home' '' "$(find "$home" ! -user "$SD_ALICE")"
allowed '--mount type=bind' sd run --rm --mount "type=bind,source=$home,target=/w" bb:1 cat /w/made
allowed 'read only' sd run --rm -v "$top/data/set:/d:ro" bb:1 cat /d/f
is 'shows it' data "$OUT"
allowed 'one file' sd run --rm -v "$top/data/set/f:/f:ro" bb:1 cat /f
denied 'a read-only rule, asked writable' 'denied: --volume' sd run --rm -v "$top/data/set:/d" bb:1 true
denied 'read only is read only' 'ead-only' sd run --rm -v "$home:/w:ro" bb:1 touch /w/x
run sd run --rm -v "$top/wall:/d" bb:1 cat /d/inside/f
has 'a directory that the caller may not enter stays shut' "$OUT" 'ermission denied'

# What could be exchanged, or is nothing to mount.
if [ "$SD_ENGINE_API" -lt 45 ]; then
	denied 'below the home: its owner can exchange it' 'you could exchange for a link' sd run --rm -v "$home/project:/w" bb:1 true
	has 'the way that works is said' "$OUT" "bind $home itself and choose the place with --workdir"
else
	allowed 'below the home: a newer engine follows no link out of it' sd run --rm -v "$home/project:/w" bb:1 true
fi
denied 'below a directory for everybody' 'you could exchange for a link' sd run --rm -v "$top/open/x:/w" bb:1 true
denied 'behind a wall of rights' 'is beyond your own rights' sd run --rm -v "$top/wall/inside:/d" bb:1 cat /d/f
denied 'through a link' 'is a link: write the path that it leads to' sd run --rm -v "$top/link:/d" bb:1 true
denied 'a socket' 'is neither a directory nor a plain file' sd run --rm -v "$top/socket:/d" bb:1 true
denied 'what is not there' 'is not there: make it first' sd run --rm -v "$top/none:/d" bb:1 true
is 'and is not made' '' "$(ls -d "$top/none" 2>/dev/null)"
denied 'what no rule names' 'denied: --volume' sd run --rm -v /srv:/d bb:1 true
denied 'the engine'\''s socket' 'only a rule that names it allows it' sd run --rm -v "$SD_ENGINE:/s" bb:1 true
denied 'over /etc' "is the engine's own" sd run --rm -v "$home:/etc" bb:1 true
denied 'over /etc/hosts' "is the engine's own" sd run --rm -v "$home/made:/etc/hosts" bb:1 true
denied 'a volume below a bind' 'would be made inside' sd run --rm -v "$home:/w" -v vol:/w/v bb:1 true
mkdir -p "$SD_WORK/vi" && echo x >"$SD_WORK/vi/x"
tar -C "$SD_WORK/vi" -c . | engine import -c 'VOLUME /w/vol' - volumed:1 >/dev/null
denied 'nor one that the image wants' 'would be made inside' sd create -v "$home:/w" volumed:1 /x
engine rmi volumed:1 >/dev/null
is 'as root, by -u' 1 "$(sd run --rm -u 0 -v "$home:/w" bb:1 true 2>&1 | grep -c 'run as their owner')"

# A container that is there already is judged by the policy of today.
sd run -d --name kept -v "$home:/w" bb:1 sleep 1000 >/dev/null
allowed 'exec' sd exec kept ls /w
everyday
denied 'exec, after the rule was narrowed' 'the container was made with --volume=' sd exec kept ls /w
denied 'restart too' 'the container was made with --volume=' sd restart -t 0 kept
denied 'attach too' '403' sd attach kept
allowed 'stop is not refused' sd stop -t 0 kept
denied 'start is' 'the container was made with --volume=' sd start kept
allowed 'logs are not' sd logs kept
allowed 'rm' sd rm kept

# The race: what was checked is exchanged as fast as it can be. Nothing of what lies elsewhere is ever seen.
# SD_SECONDS: for how long; `scripts/test long` gives it a minute.
may '~/**' "$top/**"
cat >"$SD_WORK/swap.sh" <<-'END'
	while :; do
		mv -T "$1/project" "$1/aside" 2>/dev/null; ln -sfn "$2" "$1/project"; rm -f "$1/project"; mv -T "$1/aside" "$1/project"
	done
END
chmod 755 "$SD_WORK/swap.sh"
alice sh "$SD_WORK/swap.sh" "$home" "$top/other" 2>/dev/null &
swapper=$!
seen=0 tries=0
end=$((SECONDS + ${SD_SECONDS:-5}))
while [ $SECONDS -lt $end ]; do
	tries=$((tries + 1))
	sd run --rm -v "$home:/w" -w /w bb:1 sh -c 'cat /w/project/canary' 2>/dev/null | grep -q canary && seen=$((seen + 1))
	sd run --rm -v "$home/project:/w" bb:1 sh -c 'cat /w/canary' 2>/dev/null | grep -q canary && seen=$((seen + 1))
done
pkill -KILL -P "$swapper"
{ kill "$swapper"; wait "$swapper"; } 2>/dev/null
is "a link swapped under $tries runs: seen" 0 "$seen"
is 'nothing of root'\''s stays in the home' '' "$(find "$home" ! -user "$SD_ALICE" -not -type d)"
is 'and nothing setuid' '' "$(find "$home" -perm /6000)"
