#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Root in a mapped container and a shell of the same user on the host, together: nothing of root's is read, made
# or changed. Each attack that such a container stops is seen to work where it is not there.
# SD_SECONDS of a minute, as `scripts/test long` has it: races are run more often.
. "$SD_HERE/mapped.sh"
U=$(uid) H=$SD_WORK/$SD_ALICE
cc -O1 -static -o "$SD_WORK/mapped-image/bin/hold" "$SD_HERE/hold.c" || { not_ok 'the attack is built'; exit; }
mknod -m 0666 "$SD_WORK/mapped-image/node" c 1 3
import_image
cp "$SD_WORK/mapped-image/bin/hold" "$SD_WORK/hold"
hold() { alice python3 "$SD_HERE/hold.py" "$@"; }
there() { waits "$1" test -S "$2"; }
mkdir -p "$SD_WORK/mapped-canary/deep" && echo SECRET >"$SD_WORK/mapped-canary/secret" && echo SECRET >"$SD_WORK/mapped-canary/deep/secret"
chmod 700 "$SD_WORK/mapped-canary"
state() { find "$SD_WORK/mapped-canary" -printf '%p %u %g %m %s %l\n' | sort; ls -ln /dev | awk '{ print $1, $3, $4, $NF }'; }
before=$(state)
mounts() { awk '{ print $5 }' /proc/self/mountinfo | grep -v "/overlay2/.*/merged\|/netns/\|/mounts/shm" | sort; }
mounted=$(mounts)
alice mkdir -p "$H/b"

# --- a descriptor of the host's root directory is handed in
secret=${SD_WORK#/}/mapped-canary/secret
attempt() { # NAME SOCKET-INSIDE SOCKET-OUTSIDE [options]
	local name=$1 inside=$2 outside=$3
	shift 3
	stays taker -v "/b=$H/b" "$@" bb:1 hold take "$inside" etc/shadow "$secret" "${SD_WORK#/}/mapped-canary/new" root/new dev/vda etc/new
	[ "${outside:0:1}" = @ ] || there "$name: the other end is there" "$outside"
	sleep 0.3
	hold hand "$outside" / || not_ok "$name: a descriptor is handed in"
	OUT=$(timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" logs -f taker 2>&1)
	mengine rm -f taker >/dev/null
	is "$name: each path was tried in each way" 24 "$(wc -l <<<"$OUT")"
	lacks "$name: and nothing is gained" "$OUT" yes
}
attempt 'root, by a socket in a bind' /b/take "$H/b/take"
attempt 'another id' /b/take "$H/b/take" --user 1000
attempt 'all capabilities' /b/take "$H/b/take" --host '{"CapAdd":["ALL"],"SecurityOpt":["seccomp=unconfined"]}'
attempt 'by an abstract socket of the host'\''s network' @sdt-take @sdt-take --host '{"NetworkMode":"host"}'
mengine run -d --name taker -v "$H/b:/b" bb:1 hold take /b/take "$secret" >/dev/null
there 'a container of the engine'\''s own' "$H/b/take"
hold hand "$H/b/take" /
has 'there the same attack reads everything' "$(timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" logs -f taker)" "$secret read yes"
mengine rm -f taker >/dev/null
all='{"CapAdd":["ALL"],"SecurityOpt":["seccomp=unconfined","apparmor=unconfined"]}'
for host in "$all" '{"Privileged":true}'; do
	run mapped --host "$host" -v "/r=$H/b:ro" bb:1 sh -c 'mount -o remount,rw,bind /r; touch /r/x'
	has "read-only stays with $host" "$OUT" 'Read-only'
	run mapped --host "$host" bb:1 sh -c 'mount -o remount,dev,bind /; head -c 1 /node'
	has "nodev stays with $host" "$OUT" '/node: Permission denied'
done
denied 'a privileged one opens no device of the host that its user may not' "can't open /dev/kmsg" \
	mapped --host '{"Privileged":true}' bb:1 sh -c 'cat </dev/kmsg'
rm -f "$H/b/take"
is 'nothing was made or changed' "$before" "$(state)"

# --- what a process of the same uid on the host gets of the container's
stays long --vol /v=v1 -v "/b=$H/b" bb:1 sleep 10000
pid=$(mengine inspect -f '{{.State.Pid}}' long)
is 'no descriptor, no file, no namespace of its process' '' "$(hold grab "$pid")"
alice sleep 100 &
waits 'a process of the user'\''s that is in no container' pgrep -u "$SD_ALICE" -f '^sleep 100$'
other=$(pgrep -n -u "$SD_ALICE" -f '^sleep 100$')
has 'of that one all can be had' "$(hold grab "$other")" 'root/etc/passwd'
kill "$other"
denied 'nor by nsenter' 'nsenter: ' alice nsenter -t "$pid" -U true

# --- a program that is setuid to each kind of subordinate id
S=$(awk -F: -v n="$SD_ALICE" '$1 == n { print $2 }' /etc/subuid)
for i in 0 1 2 100 32768 65534 65535 65536; do
	mengine exec long sh -c "cp /bin/hold /b/as$i && chown $i /b/as$i && chmod 4755 /b/as$i"
done
for i in 1 2 100 32768 65534 65535 65536; do
	is "the id $i of the container is not let in" "$((S + i - 1)) out: " "$(alice "$H/b/as$i" enter "$pid" | grep -o '^[0-9]* out: ')"
done
is 'nor is root inside, who is the user' "$U out: " "$(alice "$H/b/as0" enter "$pid" | grep -o '^[0-9]* out: ')"
owner=$(awk -v u="$U" '$1 == "owner" && $2 == u { print $3 }' /var/lib/safedocker/subids)
cp "$SD_WORK/hold" "$H/b/owner" && chown "$owner" "$H/b/owner" && chmod 4755 "$H/b/owner"
is 'the namespace'\''s owner would be, hence nobody has it' "$owner IN" "$(alice "$H/b/owner" enter "$pid")"
denied 'nor can a container make a file of it' 'Invalid argument' mengine exec long chown "$owner" /b/as1
rm -f "$H"/b/*

# --- nodes of devices
denied 'a device in an image' 'denied' mapped bb:1 sh -c 'head -c 1 /node || { echo denied; false; }'
allowed 'is one without the runtime' mengine run --rm bb:1 head -c 1 /node
mknod -m 0666 "$DATA/volumes/v1/_data/node" c 1 3
denied 'a device in a volume' 'ermission denied' mengine exec long head -c 1 /v/node
for what in /node /v/node; do
	mengine exec -d long hold give /b/give "$what"
	there "$what is handed out" "$H/b/give"
	sleep 0.2
	is "$what cannot be opened outside" 'Permission denied' "$(hold open "$H/b/give")"
	rm -f "$H/b/give"
done
rm -f "$DATA/volumes/v1/_data/node"

# --- a descriptor of the container's tree is kept on the host, and a directory in it becomes a link to root's
victim() { rm -rf "$SD_WORK/victim" && mkdir -m 700 "$SD_WORK/victim" && touch "$SD_WORK/victim/"{a,b,c} && echo SECRET >"$SD_WORK/victim/secret"; }
accomplice() { # SOCKET DIR
	coproc SWAP { hold swap "$1" "$2" "$SD_WORK/victim" 2>&1; }
	exec {SWAP_IN}<&"${SWAP[0]}" {SWAP_OUT}>&"${SWAP[1]}"
	IFS= read -r -t 60 OUT <&"$SWAP_IN"
	is "the accomplice holds $2" ready "$OUT"
}
accomplice_ends() {
	exec {SWAP_OUT}>&-
	OUT=$(cat <&"$SWAP_IN")
	exec {SWAP_IN}<&-
}
fill='i=0; while [ $i -lt 20000 ]; do : >$i; i=$((i+1)); done'
follow() { "$SD_WORK/hold" follow "$DATA/overlay2" "$1" && "$SD_WORK/hold" follow "$DATA/volumes" "$1"; }
# removed WHAT FOLLOWS: root's directory after the removal of a volume or of a container, of which a descriptor is kept
removed() {
	local place=/v
	[ "$1" = volume ] || place=''
	victim
	stays gone --vol /v=gone -v "/b=$H/b" bb:1 sh -c "mkdir $place/d && cd $place/d && $fill; hold give /b/give $place/"
	waits "a descriptor of the $1" test -S "$H/b/give" >/dev/null
	accomplice "$H/b/give" d >/dev/null
	follow "$2"
	mengine rm -f gone >/dev/null 2>&1
	[ "$1" = volume ] && mengine volume rm gone >/dev/null 2>&1
	follow no
	accomplice_ends
	rm -f "$H/b/give"
	mengine rm -f gone >/dev/null 2>&1
	mengine volume rm -f gone >/dev/null 2>&1
	ls "$SD_WORK/victim" | xargs
}
# committed PAUSE FOLLOWS TIMES: what a commit takes of a directory that becomes a link meanwhile, behind a file that
# takes time; so many times, or until it takes what is root's
committed() {
	local text=''
	victim
	for _ in $(seq "$3"); do
		stays cm -v "/b=$H/b" bb:1 sh -c 'mkdir /p && echo mine >/p/secret && dd if=/dev/zero of=/p/a bs=1 count=1 seek=1500000000 2>/dev/null; hold give /b/give /'
		waits 'its descriptor' test -S "$H/b/give" >/dev/null
		accomplice "$H/b/give" p >/dev/null
		follow "$2"
		docker -H "unix://$SD_MAPPED_SOCKET" commit --pause="$1" cm stolen:1 >/dev/null 2>&1 &
		sleep 0.4
		echo >&"$SWAP_OUT"
		wait $!
		follow no
		accomplice_ends
		text=$(mengine run --rm stolen:1 cat /p/secret 2>/dev/null)
		mengine rm -f cm >/dev/null
		mengine rmi -f stolen:1 >/dev/null 2>&1
		rm -f "$H/b/give"
		[ "$text" = SECRET ] && break
	done
	echo "$text"
}
removals=1 commits=2
[ "${SD_SECONDS:-0}" -lt 60 ] || removals=3 commits=6
for i in $(seq "$removals"); do
	is "volume rm leaves root's directory alone ($i)" 'a b c secret' "$(removed volume no)"
	is "rm leaves root's directory alone ($i)" 'a b c secret' "$(removed container no)"
done
lacks 'commit takes nothing of root'\''s' "$(committed true no "$commits")" SECRET
lacks 'nor without a pause' "$(committed false no "$commits")" SECRET
# The same on an engine whose directories follow links, where the runtime would not have let it begin.
if [ "$SD_ENGINE_API" -lt 44 ]; then
	worked=no
	for _ in 1 2 3 4 5 6; do
		[ "$(removed volume yes)" = 'a b c secret' ] || { worked=yes; break; }
	done
	is 'where links are followed volume rm empties it' yes "$worked"
else
	skip 'where links are followed volume rm empties it' 'the Go that built this engine opens no link while it removes'
fi
has 'and commit takes what is root'\''s' "$(committed false yes 6)" SECRET
follow yes
denied 'no container where links are followed' 'is not mounted with nosymfollow' mapped bb:1 true
denied 'and nobody says that all is well' 'nosymfollow' "$MOUNTS" --check "$DATA"
follow no
allowed 'the same with the mounts' mapped bb:1 true
chmod 711 "$DATA"
denied 'no container where everybody may search the data root' 'everybody may search' mapped bb:1 true
allowed 'safedocker-mounts puts that right' "$MOUNTS" "$DATA"
allowed 'the same again' mapped bb:1 true

# --- a file server that never answers, and a child that is stopped
alice mkdir -p "$H/never"
coproc NEVER { python3 "$SD_HERE/hold.py" fuse "$H/never" "$U" "$(id -g "$SD_ALICE")" 2>&1; }
exec {NEVER_IN}<&"${NEVER[0]}" {NEVER_OUT}>&"${NEVER[1]}"
IFS= read -r -t 20 OUT <&"$NEVER_IN"
if [ "$OUT" = mounted ]; then
	denied 'a file server of the user'\''s that never answers' 'no answer within 5 seconds' mapped -v "/f=$H/never/x" bb:1 true
	allowed 'meanwhile and afterwards others go on' mapped_bob bb:1 true
	umount -l "$H/never"
else
	skip 'a file server that never answers' "FUSE cannot be mounted here: $OUT"
fi
exec {NEVER_OUT}>&-
exec {NEVER_IN}<&-
alice sh -c 'while :; do pkill -STOP -u "$(id -u)" -x safedocker-runt; done' &
stopping=$!
for _ in 1 2 3 4 5 6 7 8; do
	OUT=$(mapped -v "/b=$H/b" --vol "/data=stopped$_:copy" bb:1 echo ran)
	case $OUT in ran | *'was stopped'*) ;; *) break ;; esac
done
case $OUT in ran | *'was stopped'*) ok 'a child that the user stops: it runs or it is refused' ;; *) not_ok 'a child that the user stops' "$OUT" ;; esac
for p in $(pgrep -u "$SD_ALICE" -f 'STOP -u'); do kill -KILL "$p"; done
wait "$stopping" 2>/dev/null
allowed 'and afterwards it runs' mapped -v "/b=$H/b" bb:1 true

# --- the kernel's and the engine's resources
instances=$(cat /proc/sys/fs/inotify/max_user_instances)
mengine exec -d long sh -c "hold inotify $((instances + 100)) >/b/made"
waits 'a container makes inotify instances' test -s "$H/b/made"
at_most 'as many as one user may' "$instances" "$(cat "$H/b/made")"
is 'root has some left' 0 "$(python3 -c 'import ctypes; print(0 if ctypes.CDLL(None).inotify_init() >= 0 else 1)')"
is 'so has the user' 0 "$(alice python3 -c 'import ctypes; print(0 if ctypes.CDLL(None).inotify_init() >= 0 else 1)')"
denied 'resolv.conf is not made a terabyte' 'ermission denied' mengine exec long dd if=/dev/zero of=/etc/resolv.conf bs=1 count=1 seek=1099511627776 conv=notrunc
denied 'nor is hosts' 'ermission denied' mengine exec long sh -c 'echo >>/etc/hosts'
mengine network create extra >/dev/null
allowed 'network connect' mengine network connect extra long
allowed 'the engine goes on' mengine ps
is 'the tree of canaries and /dev are as before' "$before" "$(state)"
mengine rm -f long >/dev/null
is 'and so are the host'\''s mounts' "$mounted" "$(mounts)"
