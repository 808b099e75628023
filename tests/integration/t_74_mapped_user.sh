#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2088 # the policy's own ~, not the shell's
# Mapped containers as a user has them: the ordinary docker command line through the helper, binds and volumes as on an
# engine of one's own; what the user could not do in a shell is not done in a container either.
. "$SD_HERE/lib.sh"
[ -x "$SD_PREFIX/sbin/safedocker-runtime" ] || { skip "$(basename "$0")" 'safedocker-runtime was not built'; exit; }
U=$(uid) G=$(id -g "$SD_ALICE") H=$(getent passwd "$SD_ALICE" | cut -d: -f6)
owner() { stat -c %u:%g "$1"; }
# From a directory of the user's, so that paths like .:/app mean something.
# docker before 23 sends a dot as it is, which no engine takes.
DOT=. && [ "$SD_ENGINE_API" -ge 42 ] || DOT=$H/proj
sd_in() { as "$SD_ALICE" sh -c 'cd "$1" && shift && exec "$@"' sh "$1" "$SAFEDOCKER" "${@:2}"; }
show() { sd inspect -f "$1" "$2"; }
mkdir -p "$SD_WORK/full-image/data" "$SD_WORK/full-image/app"
cp -a "$SD_WORK/image/." "$SD_WORK/full-image/"
for a in mkdir rm ln chmod chown ps pwd stat ping mknod find tail sync; do ln -sf busybox "$SD_WORK/full-image/bin/$a"; done
echo hello >"$SD_WORK/full-image/data/file" && chown 4242:4242 "$SD_WORK/full-image/data/file"
full() { tar -C "$SD_WORK/full-image" -c . | engine import "$@" >/dev/null; }
full -c 'CMD ["true"]' - full:1
full -c 'VOLUME /data' -c 'WORKDIR /data' - kept:1
full -c 'ENV SAFEDOCKER={"cwd":"/etc"}' - forged:1
trap 'remove_all; rm -rf "$H/proj" "$H/new" "$H/link" "$H/root"; engine rmi -f full:1 kept:1 forged:1 taken:1 >/dev/null 2>&1; rm -rf "$SD_WORK/open"; echo "# end"' EXIT
everyday
alice sh -c 'mkdir -p ~/proj/sub && echo mine >~/proj/f && ln -s proj ~/link && ln -s / ~/root'

# --- who one is
allowed 'a container runs' sd run --rm full:1 sh -c 'id -u; cat /proc/self/uid_map'
is 'as root inside, who is the user outside' "0 0 $U 1" "$(head -n 2 <<<"$OUT" | xargs | cut -d' ' -f1-4)"
allowed 'as another id' sd run --rm -u 1000 full:1 sh -c 'id -u; grep " $0 " /proc/self/uid_map' "$U"
is 'that one is the user' "1000 1000 $U 1" "$(xargs <<<"$OUT")"
allowed 'chown, as root may' sd run --rm full:1 sh -c 'touch /x && chown 33:33 /x && stat -c %u /x'
is 'the container is its user'\''s on the engine' "/safedocker/u$U safedocker" \
	"$(sd create --name c1 full:1 true >/dev/null; engine inspect -f '{{.HostConfig.CgroupParent}} {{.HostConfig.Runtime}}' c1)"

# --- paths of the host
allowed '-v .:/app' sd_in "$H/proj" run --rm -v "$DOT:/app" full:1 sh -c 'cat /app/f && echo made >/app/made && mkdir /app/d'
is 'what is made belongs to the user' "$U:$G" "$(owner "$H/proj/made")"
allowed '-v .:/app -v /app/node_modules' sd_in "$H/proj" run --rm -v "$DOT:/app" -v /app/node_modules -w /app full:1 sh -c 'pwd; touch node_modules/x'
is 'begins there' /app "$OUT"
is 'the volume hides nothing on the host' "$U:$G 0" "$(owner "$H/proj/node_modules") $(find "$H/proj/node_modules" -mindepth 1 | wc -l)"
allowed 'a named volume beside a path' sd_in "$H/proj" run --rm -v "$DOT:/app" -v work:/store full:1 sh -c 'cp /app/f /store/f 2>/dev/null || cat /app/f >/store/f'
allowed 'is there the next time' sd run --rm -v work:/store full:1 cat /store/f
is 'with what was written' mine "$OUT"
allowed 'one file' sd run --rm -v "$H/proj/f:/etc/f:ro" full:1 cat /etc/f
denied 'read-only is that' 'ead-only' sd run --rm -v "$H/proj:/app:ro" full:1 touch /app/x
mkdir -p "$H/proj/mnt" && mount -t tmpfs -o mode=0777 tmpfs "$H/proj/mnt"
denied 'all the way down' 'ead-only' sd run --rm -v "$H/proj:/app:ro" full:1 touch /app/mnt/x
allowed 'what is mounted below is there' sd run --rm -v "$H/proj:/app" full:1 touch /app/mnt/x
umount "$H/proj/mnt"
allowed 'a directory that is missing is made' sd run --rm -v "$H/new/deep:/app" full:1 touch /app/x
is 'by the user' "$U:$G" "$(owner "$H/new/deep")"
denied '--mount makes none' 'does not exist' sd run --rm --mount "type=bind,source=$H/none,target=/app" full:1 true
is 'nothing is there' 1 "$([ -e "$H/none" ]; echo $?)"
denied 'nor does anybody where the user may not' 'ermission denied' sd run --rm -v /etc/sdt-none:/app full:1 true
is 'nothing is there either' 1 "$([ -e /etc/sdt-none ]; echo $?)"
mkdir -p "$SD_WORK/rooted" && ln -sfn "$H" "$SD_WORK/rooted/home"
allowed 'a home that is a link of root'\''s' sd run --rm -v "$SD_WORK/rooted/home/proj:/app" full:1 cat /app/f
denied 'a link of the user'\''s' 'symbolic link' sd run --rm -v "$H/link:/app" full:1 true
denied 'a link on the way' 'symbolic link' sd run --rm -v "$H/root/etc:/app" full:1 true
echo SECRET >"$SD_WORK/secret" && chmod 600 "$SD_WORK/secret"
denied 'root'\''s file' 'ermission denied' sd run --rm -v "$SD_WORK/secret:/s" full:1 cat /s
bob sh -c 'echo bob >~/f; chmod 600 ~/f; chmod 711 ~'
denied 'another user'\''s file' 'another user' sd run --rm -v "$SD_WORK/$SD_BOB/f:/s" full:1 cat /s
denied 'all of the host' 'only a rule that names it' sd run --rm -v /:/h full:1 true
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --volume=/, --volume=$SD_WORK/$SD_BOB/f
END
allowed 'where a rule names it, it is seen' sd run --rm -v /:/h:ro full:1 cat "/h$H/proj/f"
denied 'but not root'\''s file in it' 'ermission denied' sd run --rm -v /:/h full:1 cat "/h$SD_WORK/secret"
denied 'nor another user'\''s' 'ermission denied' sd run --rm -v "$SD_WORK/$SD_BOB/f:/s" full:1 cat /s
everyday
groupadd "sdt$$g" && usermod -aG "sdt$$g" "$SD_ALICE"
install -d -m 2770 -g "sdt$$g" "$SD_WORK/shared" && install -d -m 2770 "$SD_WORK/closed"
allowed 'a directory of a group of the user'\''s' sd run --rm -v "$SD_WORK/shared:/s" full:1 touch /s/x
denied 'a directory of another group' 'ermission denied' sd run --rm -v "$SD_WORK/closed:/s" full:1 touch /s/x
groupdel "sdt$$g"

# --- volumes
allowed 'a volume gets what the image has there' sd run --rm -v filled:/data full:1 stat -c '%n %u' /data/file
is 'with its owner' '/data/file 4242' "$OUT"
allowed 'not where that is not wanted' sd run --rm -v empty:/data:nocopy full:1 sh -c 'test -z "$(ls /data)"'
allowed 'an image that has a volume' sd run --rm kept:1 sh -c 'pwd; cat file'
is 'begins in it' '/data hello' "$(xargs <<<"$OUT")"
denied 'another user has another volume of that name, or none' 'not' sd_bob run --rm -v filled:/data full:1 cat /data/file

# --- what is shown is what was asked
sd_in "$H/proj" run -d --name shown -v "$H/proj:/app" -v work:/store -v "$H/proj/f:/f:ro" -w /app kept:1 sleep 1000 >/dev/null
# docker sends them in any order.
is 'binds' "$(printf '%s\n' "$H/proj:/app" work:/store "$H/proj/f:/f:ro" | sort)" \
	"$(show '{{range .HostConfig.Binds}}{{println .}}{{end}}' shown | grep . | sort)"
is 'the working directory' /app "$(show '{{.Config.WorkingDir}}' shown)"
is 'mounts' "$H/proj rw,$H/proj/f ro," \
	"$(show '{{range .Mounts}}{{if eq .Type "bind"}}{{.Source}} {{if .RW}}rw{{else}}ro{{end}}, {{end}}{{end}}' shown | tr , '\n' | sed 's/^ *//' | grep . | LC_ALL=C sort | tr '\n' ,)"
is 'nothing of safedocker'\''s' '' "$(show '{{json .Config.Env}} {{json .HostConfig.CgroupParent}} {{json .HostConfig.Runtime}} {{json .Mounts}}' shown | grep -E 'SAFEDOCKER=|/safedocker/u|placeholder|"safedocker"')"
lacks 'nor in lists' "$(api "$SD_ALICE" get /containers/json 2>&1)" placeholder
is 'exec begins there' /app "$(sd exec shown pwd)"
is 'or where it is told' /etc "$(sd exec -w /etc shown pwd)"
is 'also at the root' / "$(sd exec -w / shown pwd)"
is 'no process knows how it came' '' "$(sd exec shown env | grep SAFEDOCKER)"
allowed 'volumes-from' sd run --rm --volumes-from shown full:1 sh -c 'cat /app/f /f; echo borrowed >/app/b'
allowed 'volumes-from, read-only' sd run --rm --volumes-from shown:ro full:1 cat /app/b
denied 'is read-only' 'ead-only' sd run --rm --volumes-from shown:ro full:1 touch /app/c
allowed 'the network of another container' sd run --rm --network container:shown full:1 true
allowed 'its processes' sd run --rm --pid container:shown full:1 sh -c 'ps | grep -q "sleep 1000"'
denied 'another user'\''s container is not there' 'o such container' sd_bob run --rm --pid container:shown full:1 true
allowed 'restart' sd restart -t 0 shown
is 'is as before' '/app mine' "$(sd exec shown sh -c 'pwd; cat f' | xargs)"

# --- what is forged counts for nothing
denied 'the variable in a request' 'SAFEDOCKER' sd run --rm -e 'SAFEDOCKER={"cwd":"/etc"}' full:1 true
denied 'in an exec' 'SAFEDOCKER' sd exec -e 'SAFEDOCKER={}' shown true
is 'in an image' / "$(sd run --rm forged:1 sh -c 'pwd; env | grep SAFEDOCKER')"
for parent in /safedocker/u0 "/safedocker/u$(uid "$SD_BOB")" safedocker-u0.slice; do
	denied "the cgroup parent $parent" 'denied' sd run --rm --cgroup-parent "$parent" full:1 true
done
denied 'nor by a way round' 'without ..' sd run --rm --cgroup-parent /x/../safedocker/u0 full:1 true
denied 'the runtime by name' 'denied' sd run --rm --runtime safedocker full:1 true
denied 'another runtime' 'denied' sd run --rm --runtime runc full:1 true

# --- what the engine would do as root in a container that has run
for what in "cp shown:/app/f $H/out" "cp $H/proj/f shown:/tmp/f" 'diff shown'; do
	# shellcheck disable=SC2086
	denied "${what%% *} of one that has run" 'denied' sd $what
done
if sd help commit >/dev/null 2>&1; then
	{ cat "$CONF"; printf '\n[rule keep]\nusers = %%safedocker\nverbs = @everyday, commit\nflags = @everyday\n'; } >"$CONF.new" && mv "$CONF.new" "$CONF"
	sd exec shown sh -c 'echo kept >/kept'
	allowed 'commit' sd commit shown taken:1
	is 'what was committed runs, with the real working directory' '/app kept' "$(sd run --rm taken:1 sh -c 'pwd; cat /kept' | xargs)"
	is 'and no variable' '' "$(engine image inspect -f '{{json .Config.Env}}' taken:1 | grep -o 'SAFEDOCKER={')"
	denied 'not while it runs on' 'denied' sd commit --pause=false shown taken:2
fi
allowed 'rm' sd rm -f shown
allowed 'volume rm' sd volume rm work filled empty
is 'nothing is left of it' 0 "$(engine ps -aq --filter name=shown | wc -l)"
