#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2088 # `~` is a word of the policy here
# Binds of what the caller could exchange: engines with API 1.45 get them by a way that no link leads out of.
. "$SD_HERE/lib.sh"
[ "$SD_ENGINE_API" -ge 45 ] || { skip 'binds below the home' "the engine speaks API 1.$SD_ENGINE_API, 1.45 is needed"; exit; }
uid=$(id -u "$SD_ALICE")
top=$SD_PREFIX/binds90
home=$top/home
old_home=$(getent passwd "$SD_ALICE" | cut -d: -f6)
mkdir -p "$home/project/deep" "$home/data" "$top/team/x" "$top/other"
echo inside >"$home/project/f"
echo deep >"$home/project/deep/f"
echo data >"$home/data/f"
chown -R "$SD_ALICE": "$home" "$top/team/x"
chmod 0700 "$home"
chmod 1777 "$top/team"
chown "$SD_BOB": "$top/other"
usermod -d "$home" "$SD_ALICE" || not_ok "the home" "$(pgrep -au "$SD_ALICE")"
volumes() { engine volume ls -q | grep '^safedocker-bind-'; }
trap 'usermod -d "$old_home" "$SD_ALICE"; remove_all; engine volume rm $(volumes) >/dev/null 2>&1; rm -rf "$top"; echo "# end"' EXIT
may() {
	everyday
	sed -i "s|^flags = .*|flags = @everyday$(printf ',\\n\\t--volume=%s' "$@")|" "$CONF"
	echo 'images = docker.io/library/*' >>"$CONF"
}
may '~/**'

allowed 'a directory below the home' sd run --rm -v "$home/project:/w" bb:1 sh -c 'cat /w/f /w/deep/f; echo made >/w/made; id -u'
is 'shows it, as the caller' "inside deep $uid" "$(paste -sd' ' <<<"$OUT")"
is 'and takes what is written' "made $uid" "$(cat "$home/project/made") $(stat -c %u "$home/project/made")"
allowed 'one file' sd run --rm -v "$home/project/f:/f" bb:1 sh -c 'cat /f; echo more >>/f'
is 'takes what is written' 'inside more' "$(paste -sd' ' "$home/project/f")"
allowed 'read only' sd run --rm -v "$home/project:/w:ro" bb:1 cat /w/deep/f
denied 'is read only' 'Read-only' sd run --rm -v "$home/project:/w:ro" bb:1 touch /w/x
allowed '--mount type=bind' sd run --rm --mount "type=bind,source=$home/project,target=/w,readonly" bb:1 cat /w/f
denied 'is read only' 'Read-only' sd run --rm --mount "type=bind,source=$home/project,target=/w,readonly" bb:1 touch /w/x
allowed 'two of them, and the home itself' sd run --rm -v "$home/project:/w" -v "$home/data:/d" -v "$home:/h" bb:1 cat /w/deep/f /d/f /h/data/f
allowed 'a place in it by --workdir' sd run --rm -v "$home/project:/w" -w /w/deep bb:1 busybox pwd
denied 'a place that is not there' 'is not there: make it first' sd run --rm -v "$home/project:/w" -w /w/none bb:1 true
denied 'a source that is not there' 'is not there: make it first' sd run --rm -v "$home/none:/w" bb:1 true
denied 'a mount inside a bind' 'would be made inside' sd run --rm -v "$home/project:/w" --tmpfs /w/tmp bb:1 true
is 'nothing of root'\''s is in the home' '' "$(find "$home" ! -user "$SD_ALICE")"
is 'one volume serves them all' 1 "$(volumes | wc -l)"
is 'made with a record of its own, once' 1 "$(count phase=intent operation=volume.create)"
is 'it holds the home, and is nobody'\''s' "none rbind $home bind " \
	"$(engine volume inspect -f '{{.Options.type}} {{.Options.o}} {{.Options.device}} {{index .Labels "safedocker.kind"}} {{index .Labels "safedocker.uid"}}' "$(volumes)")"

# An older client says an older version: what was written for it is sent in one that knows it.
body="{\"Image\":\"bb:1\",\"Cmd\":[\"cat\",\"/w/f\"],\"HostConfig\":{\"Binds\":[\"$home/project:/w\"]}}"
run api "$SD_ALICE" "json:POST:/v1.41/containers/create?name=older:$body" recv
has 'an older client: created' "$OUT" '201 '
is 'below the subpath' project "$(engine inspect -f '{{(index .HostConfig.Mounts 0).VolumeOptions.Subpath}}' older)"
allowed 'and started' sd start -a older
is 'shows the directory, not its root' 'inside more' "$(paste -sd' ' <<<"$OUT")"
sd rm older >/dev/null

# What was asked is what is shown.
allowed 'create' sd create --name shown -v "$home/project:/w:ro" --mount "type=bind,source=$home/data,target=/d" bb:1 sleep 1000
run sd inspect -f '{{json .HostConfig.Binds}} {{json .HostConfig.Mounts}}' shown
is 'inspect: as it was asked' "[\"$home/project:/w:ro\"] [{\"Source\":\"$home/data\",\"Target\":\"/d\",\"Type\":\"bind\"}]" \
	"$(python3 -c 'import json,sys; d=json.JSONDecoder(); a,n=d.raw_decode(sys.argv[1]); b,_=d.raw_decode(sys.argv[1][n+1:]); print(json.dumps(a,separators=(",",":")),json.dumps([{k:x[k] for k in sorted(x)} for x in b],separators=(",",":")))' "$OUT")"
run sd inspect -f '{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}};{{end}}' shown
has 'inspect: its mounts' "$OUT" "bind $home/project /w false;"
has 'inspect: its other mount' "$OUT" "bind $home/data /d true;"
run sd inspect shown
lacks 'inspect: nothing of the volume' "$OUT" 'safedocker-bind'
lacks 'inspect: nor of the label' "$OUT" 'safedocker.binds'
run sd ps -a --no-trunc --format '{{.Mounts}}'
has 'ps: its mounts' "$OUT" "$home/project"
lacks 'ps: nothing of the volume' "$OUT" 'safedocker-bind'
run sd volume ls -q
lacks 'volume ls: not there' "$OUT" safedocker-bind
engine inspect shown >"$SD_WORK/inspected"
has 'the engine itself has NoCopy' "$(cat "$SD_WORK/inspected")" '"NoCopy": true'

# Nobody can name it.
name=$(volumes)
run sd volume inspect "$name"
has 'volume inspect: not there' "$OUT" 'o such volume'
run sd volume rm "$name"
has 'volume rm: not there' "$OUT" 'o such volume'
denied 'volume create' "safedocker's own" sd volume create "$name"
denied '-v NAME' "safedocker's own" sd run --rm -v "$name:/x" bb:1 ls /x
denied '--mount NAME' "safedocker's own" sd run --rm --mount "type=volume,source=$name,target=/x" bb:1 ls /x
denied 'a neighbour' "safedocker's own" sd_bob run --rm -v "$name:/x" bb:1 ls /x
denied 'a subpath of one'\''s own choice' 'denied: --mount' sd run --rm --mount "type=volume,source=mine,target=/x,volume-subpath=x" bb:1 ls /x
denied 'a label of ours' "safedocker's own" sd run --rm --label "safedocker.binds=[]" bb:1 true
printf '[rule all]\nusers = %s\nverbs = @everyday\nflags = @everyday\nscope = all\n' "$SD_BOB" | policy
lacks 'scope = all: volume ls' "$(sd_bob volume ls -q)" safedocker-bind
denied 'scope = all: volume inspect' 'o such volume' sd_bob volume inspect "$name"
denied 'scope = all: volume rm' 'o such volume' sd_bob volume rm "$name"
run sd_bob inspect shown
has 'scope = all: inspect of the container' "$OUT" "$home/project:/w:ro"
lacks 'scope = all: nothing of the volume in it' "$OUT" safedocker-bind
may '~/**'

# The container is one with a bind, in every way.
allowed 'start' sd start shown
allowed 'exec' sd exec shown cat /w/f
denied 'exec --privileged' 'denied: --privileged' sd exec --privileged shown id
denied 'exec -u 0' 'containers run as their owner' sd exec -u 0 shown id
denied 'cp out' 'copy there, or use `exec` with tar' sd cp shown:/w/f "$home/copied"
denied 'cp in' 'copy there, or use `exec` with tar' sd cp "$home/project/f" shown:/w/g
denied '--volumes-from' 'shares nothing with others' sd run --rm --volumes-from shown bb:1 ls /w
denied '--network container:' 'shares nothing with others' sd run --rm --network container:shown bb:1 true
everyday
denied 'a narrower rule: exec' 'the container was made with --volume=' sd exec shown cat /w/f
denied 'a narrower rule: start' 'the container was made with --volume=' sd restart -t 0 shown
may '~/data/**' '~/project/**:ro'
allowed 'a rule that names just these: exec' sd exec shown cat /w/f
may '~/data/**:ro' '~/project/**:ro'
denied 'one that is read only: exec' 'the container was made with --volume=' sd exec shown cat /d/f
may '~/**'

# Links: seen at the check they are refused; later the engine does not follow them out.
ln -s project "$home/link"
ln -s /etc "$home/out"
chown -h "$SD_ALICE": "$home/link" "$home/out"
denied 'through a link' 'is a link: write the path that it leads to' sd run --rm -v "$home/link:/w" bb:1 true
denied 'through a link in the middle' 'is a link: write the path that it leads to' sd run --rm -v "$home/link/deep:/w" bb:1 true
denied '..' 'without . and ..' sd run --rm --mount "type=bind,source=$home/project/../../other,target=/w" bb:1 true
mkdir "$home/swapped" && chown "$SD_ALICE": "$home/swapped"
allowed 'create' sd create --name swapped -v "$home/swapped:/w" bb:1 ls -la /w/
rmdir "$home/swapped" && ln -s /root "$home/swapped"
denied 'a link put there since: start is refused' 'is a link' sd start swapped
denied 'and by the engine itself' 'escapes' engine start -a swapped
rm "$home/swapped" && mkdir "$home/swapped" && chown "$SD_ALICE": "$home/swapped"
chown root: "$home/swapped" && chmod 700 "$home/swapped" && mkdir -m 755 "$home/swapped/inner"
denied 'behind a wall of rights' 'is beyond your own rights' sd run --rm -v "$home/swapped/inner:/w" bb:1 ls /w
rm -r "$home/swapped"

# Only below what is the caller's alone: elsewhere links lead past others' walls.
may '~/**' "$top/**" "$home/**"
denied 'a directory for everybody' 'you could exchange for a link' sd run --rm -v "$top/team/x:/w" bb:1 true
chmod g+w "$home"
denied 'a home where the group may write' 'you could exchange for a link' sd run --rm -v "$home/project:/w" bb:1 true
chmod g-w "$home"
denied 'a home beside' "only a rule that names it allows it" sd run --rm -v "$top/other:/w" bb:1 true
denied 'what holds the homes' "only a rule that names it allows it" sd run --rm -v "$top:/w" bb:1 true
denied 'what holds the engine'\''s own directory' "only a rule that names it allows it" sd run --rm -v "$SD_WORK:/w" bb:1 true
may "$SD_WORK/**"
denied 'the engine'\''s own directory, by a wide pattern' "only a rule that names it allows it" sd run --rm -v "$SD_WORK/engine:/w" bb:1 true
may "$top/other" "$SD_WORK/engine/**"
allowed 'named exactly: a home beside' sd run --rm -v "$top/other:/w" bb:1 true
denied 'named exactly: the engine'\''s own directory' 'you could exchange for a link' sd run --rm -v "$SD_WORK/engine:/w" bb:1 true
may '~/**'

# A volume that is not what it should be is not used.
sd rm -f swapped shown >/dev/null
engine volume rm "$name" >/dev/null
engine volume create -d local -o type=none -o o=rbind -o device=/etc "$name" >/dev/null
denied 'another volume under the name' 'is not what safedocker made it' sd run --rm -v "$home/project:/w" bb:1 ls /w
engine volume rm "$name" >/dev/null

# NoCopy: without it the engine would put what the image has there into an empty directory, as root.
mkdir -p "$SD_WORK/image/tool"
cp "$SD_WORK/image/bin/busybox" "$SD_WORK/image/tool/su" && chmod 4755 "$SD_WORK/image/tool/su"
tar -C "$SD_WORK/image" -c . | engine import - setuid:1 >/dev/null
rm -r "$SD_WORK/image/tool"
mkdir "$home/empty" && chown "$SD_ALICE": "$home/empty"
allowed 'over a place where the image has a setuid program' sd run --rm -v "$home/empty:/tool" setuid:1 ls -a /tool
is 'nothing of it is copied' '' "$(find "$home/empty" -mindepth 1)"
allowed 'the same in --mount' sd run --rm --mount "type=bind,source=$home/empty,target=/tool" setuid:1 true
is 'nothing either' '' "$(find "$home/empty" -mindepth 1)"
engine volume create -o type=none -o o=rbind -o device="$home/empty" copied >/dev/null
engine run --rm -v copied:/tool setuid:1 true
is 'the engine would' "$home/empty/su" "$(find "$home/empty" -perm -4000)"
engine volume rm copied >/dev/null
rm -r "$home/empty"
engine rmi setuid:1 >/dev/null

is 'in the end: nothing setuid in the home' '' "$(find "$home" -perm /6000)"
is 'nothing of root'\''s in it' '' "$(find "$home" ! -user "$SD_ALICE")"
