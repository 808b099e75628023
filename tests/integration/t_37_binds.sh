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
trap 'remove_all; usermod -d "$old_home" "$SD_ALICE"; rm -rf "$top"; echo "# end"' EXIT


# --- mapped: with the caller's own hands, at each start
everyday
allowed 'the home itself' sd run --rm -v "$home:/w" bb:1 sh -c 'echo inside >/w/made; id -u'
is 'its process is root inside' 0 "$OUT"
is 'what it makes is the caller'\''s' "$uid" "$(stat -c %u "$home/made")"
allowed 'a place in it by --workdir' sd run --rm -v "$home:/w" -w /w/project bb:1 busybox pwd
is 'is where it starts' /w/project "$OUT"
allowed 'a place that is not there is made' sd run --rm -v "$home:/w" -w /w/project/new bb:1 busybox pwd
tar -C "$SD_WORK/image" -c . | engine import -c 'WORKDIR /w/project/placed' - placed:1 >/dev/null
allowed 'one that the image wants' sd run --rm -v "$home:/w" placed:1 busybox pwd
is 'too' /w/project/placed "$OUT"
engine rmi placed:1 >/dev/null
allowed 'a volume below a bind' sd run --rm -v "$home:/w" -v vol:/w/v bb:1 touch /w/v/x
mkdir -p "$SD_WORK/vi" && echo x >"$SD_WORK/vi/x"
tar -C "$SD_WORK/vi" -c . | engine import -c 'VOLUME /w/vol' - volumed:1 >/dev/null
allowed 'one that the image wants' sd create --name volumed -v "$home:/w" volumed:1 /x
sd rm -v volumed >/dev/null
engine rmi volumed:1 >/dev/null
allowed 'as another user' sd run --rm -u 4242 -v "$home:/w" bb:1 touch /w/other
is 'whose files are the caller'\''s' "$uid" "$(stat -c %u "$home/other")"
is 'nothing of root'\''s is in the home' '' "$(find "$home" ! -user "$SD_ALICE")"
allowed '--mount type=bind' sd run --rm --mount "type=bind,source=$home,target=/w" bb:1 cat /w/made
allowed 'read only' sd run --rm -v "$top/data/set:/d:ro" bb:1 cat /d/f
is 'shows it' data "$OUT"
allowed 'one file' sd run --rm -v "$top/data/set/f:/f:ro" bb:1 cat /f
denied 'read only is read only' 'ead-only' sd run --rm -v "$home:/w:ro" bb:1 touch /w/x
denied 'what the caller may not write to stays so' 'ermission denied' sd run --rm -v "$top/data/set:/d" bb:1 touch /d/x
run sd run --rm -v "$top/wall:/d" bb:1 cat /d/inside/f
has 'a directory that the caller may not enter stays shut' "$OUT" 'ermission denied'
denied 'behind a wall of rights' 'ermission denied' sd run --rm -v "$top/wall/inside:/d" bb:1 cat /d/f
allowed 'below a directory for everybody' sd run --rm -v "$top/open/x:/w" bb:1 touch /w/x
allowed 'through a link of root'\''s' sd run --rm -v "$top/link/set:/d" bb:1 cat /d/f
ln -s "$top/other" "$home/out" && chown -h "$SD_ALICE": "$home/out"
denied 'through one of the caller'\''s' 'symbolic link' sd run --rm -v "$home/out:/d" bb:1 true
rm "$home/out"
denied 'what is not there, where the caller may not make it' 'ermission denied' sd run --rm -v "$top/none:/d" bb:1 true
is 'is not made' '' "$(ls -d "$top/none" 2>/dev/null)"
denied 'the engine'\''s socket' 'only a rule that names it allows it' sd run --rm -v "$SD_ENGINE:/s" bb:1 true
denied 'what holds the homes' 'only a rule that names it allows it' sd run --rm -v "$top:/s" bb:1 true
denied 'the engine'\''s own directory' 'only a rule that names it allows it' sd run --rm -v "$SD_WORK/engine:/s" bb:1 true
denied 'over /etc' "is the engine's own" sd run --rm -v "$home:/etc" bb:1 true
denied 'over /etc/hosts' "is the engine's own" sd run --rm -v "$home/made:/etc/hosts" bb:1 true

# Only what a rule names, where it names paths alone.
policy <<-END
	[rule paths]
	users = %safedocker
	verbs = @everyday
	flags = --rm, --name, --volume=~/**, --volume=$top/data/**:ro
END
allowed 'a path that the rule names' sd run --rm -v "$home:/w" bb:1 true
allowed 'one to read' sd run --rm -v "$top/data/set:/d:ro" bb:1 cat /d/f
denied 'asked writable' 'denied: --volume' sd run --rm -v "$top/data/set:/d" bb:1 true
denied 'what no rule names' 'denied: --volume' sd run --rm -v /srv:/d bb:1 true
denied 'nor a volume' 'denied: --volume' sd run --rm -v vol:/d bb:1 true

# A container that is there already is judged by the policy of today.
sd run -d --name kept -v "$home:/w" bb:1 sleep 1000 >/dev/null
allowed 'exec' sd exec kept ls /w
never
denied 'exec, after the rule was narrowed' 'the container is mapped, and the rule says root = never' sd exec kept ls /w
denied 'restart too' 'root = never' sd restart -t 0 kept
denied 'attach too' '403' sd attach kept
allowed 'stop is not refused' sd stop -t 0 kept
denied 'start is' 'root = never' sd start kept
allowed 'logs are not' sd logs kept
allowed 'rm' sd rm kept
engine volume rm vol >/dev/null

# --- as its owner: only to read, and only what root alone can change
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --volume=~/**:ro, --volume=$top/**:ro
	root = never
END
allowed 'as its owner: read only' sd run --rm -v "$top/data/set:/d:ro" bb:1 cat /d/f
is 'shows it' data "$OUT"
allowed 'one file' sd run --rm -v "$top/data/set/f:/f:ro" bb:1 cat /f
denied 'not writable' 'has no storage' sd run --rm -v "$top/data/set:/d" bb:1 true
denied 'not what the caller can change' 'can be changed by others than root' sd run --rm -v "$home/project:/w:ro" bb:1 true
denied 'nor what everybody can' 'can be changed by others than root' sd run --rm -v "$top/open/x:/w:ro" bb:1 true
denied 'behind a wall of rights' 'is beyond your own rights' sd run --rm -v "$top/wall/inside:/d:ro" bb:1 cat /d/f
denied 'through a link' 'is a link: write the path that it leads to' sd run --rm -v "$top/link:/d:ro" bb:1 true
denied 'a socket' 'is neither a directory nor a plain file' sd run --rm -v "$top/socket:/d:ro" bb:1 true
denied 'what is not there' 'is not there: make it first' sd run --rm -v "$top/none:/d:ro" bb:1 true
denied 'a mount below a bind' 'would be made inside' sd run --rm -v "$top/data/set:/w:ro" --tmpfs /w/t bb:1 true
# It is looked at again at each start.
sd create --name later -v "$top/data/set:/d:ro" bb:1 cat /d/f >/dev/null
chmod g+w "$top/data"
denied 'what others can change since then is not started' 'can be changed by others than root' sd start later
chmod g-w "$top/data"
allowed 'what they cannot is' sd start -a later
