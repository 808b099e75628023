#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What works in a mapped container, and what the host sees of it: ids, files, volumes, binds.
. "$SD_HERE/mapped.sh"
U=$(uid) G=$(id -g "$SD_ALICE") H=$SD_WORK/$SD_ALICE
S=$(awk -F: -v n="$SD_ALICE" '$1 == n { print $2 }' /etc/subuid)
owner() { stat -c %u:%g "$1"; }

# --- ids
allowed 'a container runs' mapped bb:1 sh -c 'id -u; cat /proc/self/uid_map'
is 'root inside is the user outside, the others are subordinate' "0 0 $U 1 1 $S 65536" "$(xargs <<<"$OUT")"
allowed 'another id' mapped --user 1000:100 bb:1 cat /proc/self/uid_map
is 'that one is the user' "0 $S 1000 1000 $U 1 1001 $((S + 1000)) 64536" "$(xargs <<<"$OUT")"
allowed 'an id behind the range' mapped --user 100000 bb:1 id -u
allowed 'useradd'\''s ids are there: chown' mapped bb:1 sh -c 'touch /x && chown 65534:65534 /x && stat -c %u:%g /x'
is 'chown does what it says' 65534:65534 "$OUT"
run mapped bb:1 sh -c 'touch /x && chown 65537 /x'
has 'an id behind the mapped ones is none' "$OUT" 'Invalid argument'
stays long bb:1 sleep 1000
is 'on the host its process is the user'\''s' "$U" "$(ps -o uid= -p "$(mengine inspect -f '{{.State.Pid}}' long)" | xargs)"
is 'the owner of its namespace is neither root nor a user' 1 \
	"$(awk -v u="$U" '$1 == "owner" && $2 == u && $3 >= 2013265920 && $3 < 2013331456' /var/lib/safedocker/subids | wc -l)"
groupadd "sdt$$g1" && groupadd "sdt$$g2" && usermod -aG "sdt$$g1,sdt$$g2" "$SD_ALICE"
install -d -m 2770 -g "sdt$$g1" "$SD_WORK/shared" && install -d -m 2770 "$SD_WORK/closed"
allowed 'a directory of a supplementary group' mapped -v "/s=$SD_WORK/shared" bb:1 sh -c 'echo ours >/s/f && id -G'
is 'its file on the host' "$U:$(getent group "sdt$$g1" | cut -d: -f3)" "$(owner "$SD_WORK/shared/f")"
denied 'a directory of a group that the user is not in' 'ermission denied' \
	mapped -v "/s=$SD_WORK/closed" bb:1 sh -c 'echo no >/s/f'
for i in $(seq 40); do groupadd "sdt$$x$i" && usermod -aG "sdt$$x$i" "$SD_ALICE"; done
allowed 'more than 32 groups' mapped bb:1 sh -c 'id -G | wc -w'
at_least 'are all there' 42 "$OUT"
for i in $(seq 40); do groupdel "sdt$$x$i"; done

# --- the root file system
allowed 'the image'\''s files have their own ids' mapped bb:1 sh -c 'stat -c %u:%g:%a /bin/busybox /data/sub'
is 'as in the image' '0:0:755 4242:4242:2750' "$(xargs <<<"$OUT")"
mengine exec long sh -c 'echo made >/made; rm /etc/group; mv /data/file /data/renamed; rm -r /data/sub; mkdir /data/sub; echo new >/data/sub/y'
mengine stop -t 0 long >/dev/null && mengine start long >/dev/null
is 'a restart keeps what was written' 'made hello y' "$(mengine exec long sh -c 'cat /made /data/renamed; ls /data/sub' | xargs)"
allowed 'commit' mengine commit long made:1
is 'what was committed runs' 'made hello 4242 y' \
	"$(mapped made:1 sh -c 'cat /made /data/renamed; stat -c %u /data/renamed; ls /data/sub; test ! -e /etc/group' | xargs)"
is 'an engine without the runtime sees the same ids' '0 4242' \
	"$(mengine run --rm made:1 sh -c 'stat -c %u /made /data/renamed' | xargs)"
mengine rmi made:1 >/dev/null
for flag in '{"ReadonlyRootfs":true}' '{"ReadonlyRootfs":true,"Init":true}'; do
	denied "read-only $flag" 'Read-only' mapped --host "$flag" bb:1 touch /x
	allowed "volumes are not $flag" mapped --host "$flag" --vol /v=ro1 -v "/b=$H" bb:1 touch /v/x /b/x
done
is '--init' '/sbin/docker-init' "$(mapped --host '{"Init":true}' bb:1 sh -c 'tr "\0" " " </proc/1/cmdline' | cut -d' ' -f1)"
denied 'nothing of the root file system is a device' 'denied' mapped bb:1 sh -c 'mknod /x b 7 0 || echo denied >&2; false'
is 'hosts, hostname, resolv.conf are read-only' '3' "$(mapped bb:1 sh -c 'for f in hosts hostname resolv.conf; do
	test -s /etc/$f && ! echo >>/etc/$f; done 2>&1; grep -c " /etc/[hr].* ro," /proc/mounts' | tail -1)"

# --- volumes
allowed 'an empty volume is filled' mapped --vol /data=v1:copy bb:1 sh -c 'stat -c "%n %u:%g %a" /data /data/file /data/sub; readlink /data/link'
is 'with owners and modes' '/data 4242:4242 755 /data/file 4242:4242 644 /data/sub 4242:4242 2750 file' "$(xargs <<<"$OUT")"
is 'on the host the ids are the container'\''s' 4242:4242 "$(owner "$DATA/volumes/v1/_data/file")"
allowed 'one that has something is not' mapped --vol /bin2=v1:copy bb:1 sh -c 'rm /bin2/file; ls /bin2'
allowed 'nor again' mapped --vol /data=v1:copy bb:1 sh -c 'test ! -e /data/file'
allowed 'nor without that being asked' mapped --vol /data=v2 bb:1 sh -c 'test -z "$(ls /data)"'
allowed 'a read-only one is filled' mapped --vol /data=v3:copy:ro bb:1 sh -c 'cat /data/file && ! touch /data/x'
allowed 'a target that the image does not have' mapped --vol /none/here=v4:copy bb:1 touch /none/here/x
allowed 'a part of a volume' mapped --vol /p=v1:sub=sub bb:1 cat /p/x
allowed 'a file of a volume' mapped --vol /p=v3:sub=file bb:1 cat /p
denied 'a part that is a link' 'subpath' mapped --vol /p=v1:sub=link bb:1 true
denied 'a part that is not there' 'subpath' mapped --vol /p=v1:sub=nothing bb:1 true
denied 'a volume that is read-only' 'Read-only' mapped --vol /v=v1:ro bb:1 touch /v/x
allowed 'links in a volume are followed inside' mapped --vol /v=v3 bb:1 cat /v/link
allowed 'two users, each with a volume' mapped_bob --vol /data=b1:copy bb:1 cat /data/file

# --- binds
alice sh -c 'mkdir -p ~/proj ~/other && echo mine >~/proj/f && chmod 700 ~/proj && ln -s proj ~/link && ln -s / ~/root'
allowed 'a bind' mapped -v "/app=$H/proj" bb:1 sh -c 'cat /app/f && echo made >/app/made && mkdir /app/d'
is 'what is made belongs to the user' "$U:$G" "$(owner "$H/proj/made")"
allowed 'a volume below it' mapped -v "/app=$H/proj" --vol /app/node_modules=v5 bb:1 touch /app/node_modules/x
is 'its directory is the user'\''s' "$U:$G" "$(owner "$H/proj/node_modules")"
is 'and empty on the host' '' "$(ls "$H/proj/node_modules")"
allowed 'a file' mapped -v "/etc/f=$H/proj/f" bb:1 cat /etc/f
denied 'a read-only one' 'Read-only' mapped -v "/app=$H/proj:ro" bb:1 touch /app/x
denied 'one that is missing' 'missing does not exist' mapped -v "/app=$H/missing" bb:1 true
allowed 'one that is missing and to be made' mapped -v "/app=$H/new/deep:make" bb:1 touch /app/x
is 'it is the user'\''s' "$U:$G $U:$G 755" "$(owner "$H/new") $(stat -c '%u:%g %a' "$H/new/deep")"
denied 'to be made where the user may not' 'ermission denied' mapped -v "/app=/etc/sdt-new:make" bb:1 true
is 'it was not' 1 "$([ -e /etc/sdt-new ]; echo $?)"
denied 'a link' 'symbolic link' mapped -v "/app=$H/link" bb:1 true
denied 'a link on the way' 'symbolic link' mapped -v "/app=$H/root/etc" bb:1 true
mkdir -p "$SD_WORK/rooted" && ln -s "$H" "$SD_WORK/rooted/home"
allowed 'a link that root made, as a home may be one' mapped -v "/app=$SD_WORK/rooted/home/proj" bb:1 cat /app/f
chmod 777 "$SD_WORK/rooted"
denied 'one in a directory that others can change' 'symbolic link' mapped -v "/app=$SD_WORK/rooted/home/proj" bb:1 true
echo SECRET >"$SD_WORK/secret" && chmod 600 "$SD_WORK/secret"
denied 'a file that the user may not read' 'ermission denied' mapped -v "/s=$SD_WORK/secret" bb:1 cat /s
mkdir -p "$SD_WORK/private/x" && chmod 700 "$SD_WORK/private"
denied 'a directory that the user may not search' 'ermission denied' mapped -v "/s=$SD_WORK/private/x" bb:1 true
allowed 'the host'\''s root, as the user sees it' mapped -v "/h=/" bb:1 sh -c 'cat /h/etc/passwd'
denied 'nothing more of it' 'ermission denied' mapped -v "/h=/" bb:1 cat /h/etc/shadow
denied 'no device of it' 'ermission denied' mapped -v "/h=/dev" bb:1 sh -c 'cat /h/null'
mkdir -p "$H/proj/mnt" && mount -t tmpfs -o mode=0777 tmpfs "$H/proj/mnt" && touch "$H/proj/mnt/seen"
allowed 'what is mounted below is there' mapped -v "/app=$H/proj" bb:1 ls /app/mnt/seen
denied 'read-only means that as well' 'Read-only' mapped -v "/app=$H/proj:ro" bb:1 touch /app/mnt/x
umount "$H/proj/mnt"
allowed 'another id: the user'\''s files are its' mapped --user 1000 -v "/app=$H/proj" bb:1 sh -c 'stat -c %u /app/f; echo x >/app/by1000'
is 'on the host they stay the user'\''s' "$U" "$(stat -c %u "$H/proj/by1000")"

# --- working directory and variable
stays cwd --cwd /data -v "/app=$H/proj" bb:1 sh -c 'pwd >/made-in; exec sleep 1000'
is 'the process begins in it' /data "$(mengine exec cwd cat /made-in)"
is 'an exec too' /data "$(mengine exec cwd pwd)"
is 'but where it wants' /etc "$(mengine exec -w /etc cwd pwd)"
is 'also in the root directory' / "$(mengine exec -w /. cwd pwd)"
allowed 'one that is not there is made inside' mapped --cwd /not/there bb:1 pwd
is 'no process has the variable' '' "$(mengine exec cwd env | grep SAFEDOCKER)$(mapped bb:1 env | grep SAFEDOCKER)"
tar -C "$SD_WORK/mapped-image" -c . | mengine import -c 'ENV SAFEDOCKER={"cwd":"/etc"}' - forged:1 >/dev/null
is 'an image'\''s does not count' / "$(mapped --host '{"Mounts":[]}' --body '{"Env":[]}' forged:1 sh -c 'pwd; env | grep SAFED')"
denied 'one that is not understood' 'is not valid: unknown key' mapped --raw '{"x":1}' bb:1 true
denied 'a place-holder that it does not name' 'does not say what is meant' mapped --raw '{}' -v "/app=$H/proj" bb:1 true

# --- exec, health, restart, update
allowed 'exec as a number' mengine exec -u 33:44 cwd id
has 'is that' "$OUT" 'uid=33 gid=44'
mengine exec cwd sh -c 'echo "new:x:77:77::/:/bin/sh" >>/etc/passwd'
is 'exec as somebody who was added' 77 "$(mengine exec -u new cwd id -u)"
mengine exec cwd sh -c 'echo "newer:x:78:78::/:/bin/sh" >>/etc/passwd'
is 'and again' 78 "$(mengine exec -u newer cwd id -u)"
allowed 'pause' mengine pause cwd
allowed 'unpause' mengine unpause cwd
allowed 'update' mengine update --memory 64m --memory-swap 64m cwd
allowed 'top' mengine top cwd
allowed 'stats' mengine stats --no-stream cwd
allowed 'restart' mengine restart -t 0 cwd
is 'exec behind it' /data "$(mengine exec cwd pwd)"
stays health --cwd /data --body '{"Healthcheck":{"Test":["CMD-SHELL","test -z \"$SAFEDOCKER\" && test $(pwd) = /data"],"Interval":500000000}}' bb:1 sleep 1000
healthy() { [ "$(mengine inspect -f '{{.State.Health.Status}}' health)" = healthy ]; }
waits 'a healthcheck runs where and as it should' healthy
stays fails --host '{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":2}}' bb:1 false
twice() { [ "$(mengine inspect -f '{{.RestartCount}}' fails)" = 2 ]; }
waits 'a restart policy' twice
allowed 'a terminal' mengine exec cwd sh -c 'true'
is 'tmpfs' tmpfs "$(mapped --host '{"Tmpfs":{"/t":"size=1m"}}' bb:1 sh -c 'touch /t/x && stat -f -c %T /t')"
allowed '--shm-size' mapped --host '{"ShmSize":1048576}' bb:1 grep -q 'shm /dev/shm .*size=1024k' /proc/mounts
# A process of another owner's namespace: runc needs the capability itself, also where nothing is raised.
if [ $((0x$(sed -n 's/^CapEff:\s*//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	skip '--ulimit' 'root has no CAP_SYS_RESOURCE here'
	denied 'an unlimited one is passed on' 'setting rlimit' mapped --host '{"Ulimits":[{"Name":"core","Soft":-1,"Hard":-1}]}' bb:1 true
else
	allowed '--ulimit' mapped --host '{"Ulimits":[{"Name":"nofile","Soft":4321,"Hard":5432}]}' bb:1 sh -c 'test $(ulimit -n) = 4321'
	allowed 'an unlimited one is passed on' mapped --host '{"Ulimits":[{"Name":"core","Soft":-1,"Hard":-1}]}' bb:1 true
fi
is 'ports below 1024, ping' '0 0' "$(mapped bb:1 sh -c 'timeout 1 nc -l -p 80 </dev/null 2>/dev/null; test $? = 143 || test $? = 124; echo $?; ping -c 1 127.0.0.1 >/dev/null; echo $?' 2>/dev/null | grep -o '^[0-9]*$' | xargs)"

device() { echo "{\"Devices\":[{\"PathOnHost\":\"$1\",\"PathInContainer\":\"$2\",\"CgroupPermissions\":\"rwm\"}]}"; }
allowed 'a device that everybody may open' mapped --host "$(device /dev/zero /dev/zero)" bb:1 head -c 1 /dev/zero
# In a user namespace runc mounts what the host has at the path inside.
echo OPEN >"$SD_WORK/private/open" && chmod 644 "$SD_WORK/private/open"
denied 'a device at the path of a file' 'a device at this path' mapped --host "$(device /dev/null "$SD_WORK/private/open")" bb:1 cat "$SD_WORK/private/open"
denied 'a device at the path of another' 'the same path inside' mapped --host "$(device /dev/null /dev/kmsg)" bb:1 true

# --- other containers' namespaces, and the host's
is 'a network is joined' "$(mengine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' cwd)" \
	"$(mapped --host '{"NetworkMode":"container:cwd"}' bb:1 sh -c 'busybox ip -4 -o addr show eth0' | grep -oE '172[0-9.]+' | head -1)"
is 'processes are' 'sleep 1000' "$(mapped --host '{"PidMode":"container:cwd"}' bb:1 sh -c 'tr "\0" " " </proc/1/cmdline' | xargs)"
stays ipc --host '{"IpcMode":"shareable"}' bb:1 sleep 1000
mengine exec ipc touch /dev/shm/here
allowed 'memory is' mapped --host '{"IpcMode":"container:ipc"}' bb:1 sh -c 'ls /dev/shm/here && touch /dev/shm/too'
denied 'not with another main id' 'the same --user' mapped --user 1000 --host '{"NetworkMode":"container:cwd"}' bb:1 true
denied 'not two at once' 'two of them' mapped --host '{"NetworkMode":"container:cwd","IpcMode":"container:ipc"}' bb:1 true
denied 'not another user'\''s' 'that one is not' mapped_bob --host '{"NetworkMode":"container:cwd"}' bb:1 true
mengine run -d --name plain bb:1 sleep 1000 >/dev/null
denied 'not one that is nobody'\''s' 'that one is not' mapped --host '{"PidMode":"container:plain"}' bb:1 true
allowed 'the host'\''s network' mapped --host '{"NetworkMode":"host"}' bb:1 sh -c 'ls /sys/class/net && ! touch /sys/x'
denied 'not its processes' 'the host'\''s namespace: pid' mapped --host '{"PidMode":"host"}' bb:1 true
denied 'not its memory' 'the host'\''s namespace: ipc' mapped --host '{"IpcMode":"host"}' bb:1 true

# --- whose, and whose not
is 'a container that is nobody'\''s is untouched' "0 0 4294967295" "$(mengine run --rm --runtime safedocker bb:1 cat /proc/self/uid_map | xargs)"
allowed 'nor is its number that no integer holds' mengine run --rm --runtime safedocker --ulimit core=-1:-1 bb:1 true
for parent in "/safedocker/u$U/x" /safedocker "/safedocker/u0$U" "/docker/../safedocker/u$U/y"; do
	denied "the cgroup parent $parent" 'is not one that safedocker gives' mapped --parent "$parent" bb:1 true
done
denied 'root' 'system account' python3 "$SD_HERE/mapped.py" -u 0 --start bb:1 true
denied 'a system account' 'system account' python3 "$SD_HERE/mapped.py" -u 33 --start bb:1 true
denied 'no account' 'no account' python3 "$SD_HERE/mapped.py" -u 999999 --start bb:1 true
pid=$(mengine inspect -f '{{.State.Pid}}' cwd) id=$(mengine inspect -f '{{.Id}}' cwd)
for command in "checkpoint $id" "run -b $(echo "$SD_ROOT"/mapped/containerd/daemon/io.containerd.runtime.v2.task/moby/"$id") $id" \
	"restore -b $(echo "$SD_ROOT"/mapped/containerd/daemon/io.containerd.runtime.v2.task/moby/"$id") $id"; do
	# shellcheck disable=SC2086 # words
	denied "${command%% *} of one" 'is refused for a mapped container' "$RUNTIME" --root "$SD_ROOT/mapped/runtime-runc/moby" $command
done
is 'it goes on' true "$(mengine inspect -f '{{.State.Running}}' cwd)"
is 'its processes are the same' "$pid" "$(mengine inspect -f '{{.State.Pid}}' cwd)"

# --- subordinate ids
subids() { # NAME TEXT LINE…: what a create says when these lines are added to /etc/subuid and /etc/subgid
	local name=$1 text=$2
	shift 2
	cp /etc/subuid "$SD_WORK/subuid" && cp /etc/subgid "$SD_WORK/subgid"
	for f in subuid subgid; do
		{ grep -v "^$SD_ALICE:" "$SD_WORK/$f"; printf '%s\n' "$@"; } >"$SD_WORK/$f.new"
		mount --bind "$SD_WORK/$f.new" "/etc/$f"
	done
	if [ -n "$text" ]; then denied "$name" "$text" mapped bb:1 true; else allowed "$name" mapped bb:1 cat /proc/self/uid_map; fi
	umount /etc/subuid /etc/subgid
}
subids 'by number' '' "$U:700000000:65536"
has 'counts' "$(xargs <<<"$OUT")" '1 700000000 65536'
subids 'a longer range is honoured' '' "$SD_ALICE:700000000:70000"
has 'as a whole' "$(xargs <<<"$OUT")" '1 700000000 70000'
subids 'one that is too short' 'shorter than 65536' "$SD_ALICE:700000000:65535"
subids 'one that wraps' 'beyond the last id' "$SD_ALICE:4294901761:65536"
subids 'one that overlaps another'\''s' 'overlap those of line' "$SD_ALICE:700000000:65536" "other:700065535:65536"
subids 'one with an account in it' 'has an id among' "$SD_ALICE:$(uid "$SD_BOB"):65536"
subids 'one in safedocker'\''s own' "safedocker's own" "$SD_ALICE:2013265920:65536"
subids 'the user in another'\''s range' 'lies in a range' "other:$U:1" "$SD_ALICE:700000000:65536"
subids 'a line that nobody can read' 'unreadable' 'other:x:1' "$SD_ALICE:700000000:65536"
subids 'nobody'\''s: a block' '' '# none'
has 'of safedocker'\''s own' "$(xargs <<<"$OUT")" '1 2013331456 65536'
is 'that was written down' 1 "$(grep -c "^range $U 2013331456\$" /var/lib/safedocker/subids)"
is 'the table is root'\''s alone' '600 0' "$(stat -c '%a %u' /var/lib/safedocker/subids)"
groupdel "sdt$$g1"
groupdel "sdt$$g2"
