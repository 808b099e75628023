#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mapped containers and a shell of the same user, for a while and at random: descriptors that are kept while the engine
# works as root in the same tree, and descriptors of the host's that are handed in, in each way that a process of a
# container comes to be. SD_SECONDS: how long each loop goes on; `scripts/test long` gives it a minute.
. "$SD_HERE/mapped.sh"
U=$(uid) H=$SD_WORK/$SD_ALICE seconds=${SD_SECONDS:-4}
cc -O1 -static -o "$SD_WORK/mapped-image/bin/hold" "$SD_HERE/hold.c" || { not_ok 'the attack is built'; exit; }
cp "$SD_WORK/mapped-image/bin/hold" "$SD_WORK/hold"
# Programs of the image with which one becomes more: set-user-id, and with capabilities of their own.
cp "$SD_WORK/hold" "$SD_WORK/mapped-image/bin/holdroot" && chmod 4755 "$SD_WORK/mapped-image/bin/holdroot"
cp "$SD_WORK/hold" "$SD_WORK/mapped-image/bin/holdcap"
python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<IIIII", 0x02000001, 0xffffffff, 0, 0x1ff, 0))' "$SD_WORK/mapped-image/bin/holdcap"
tar -C "$SD_WORK/mapped-image" --xattrs --xattrs-include='*' -c . | mengine import -c 'CMD ["true"]' - bb:1 >/dev/null
hold() { alice python3 "$SD_HERE/hold.py" "$@"; }
canary=$SD_WORK/mapped-canary
mkdir -p "$canary/deep" "$canary/list" && echo SECRET >"$canary/secret" && echo SECRET >"$canary/deep/secret" && touch "$canary/list/"{a,b,c}
chmod 700 "$canary"
state() { find "$canary" -printf '%p %u %g %m %s %l\n' | sort; ls -ln /dev | awk '{ print $1, $3, $4, $NF }'; }
mounts() { awk '{ print $5 }' /proc/self/mountinfo | grep -v '/overlay2/.*/merged\|/netns/\|/mounts/shm' | sort; }
before=$(state) mounted=$(mounts)
alice mkdir -p "$H/b"
follow() { "$SD_WORK/hold" follow "$DATA/overlay2" "$1" && "$SD_WORK/hold" follow "$DATA/volumes" "$1"; }
left() { [ $((SECONDS - begun)) -lt "$seconds" ]; }

# --- a process of the host's keeps descriptors and makes a directory a link, while root's engine works there
# accomplice SOCKET DIR: it goes on until accomplice_ends
accomplice() {
	coproc FLIP { hold flip "$1" "$2" "$canary/deep" 2>&1; }
	exec {FLIP_IN}<&"${FLIP[0]}" {FLIP_OUT}>&"${FLIP[1]}"
	IFS= read -r -t 60 OUT <&"$FLIP_IN"
}
accomplice_ends() {
	# A line: this shell has its end of the pipe twice.
	echo >&"$FLIP_OUT"
	exec {FLIP_OUT}>&-
	OUT=$(cat <&"$FLIP_IN")
	exec {FLIP_IN}<&-
	wait "$FLIP_PID" 2>/dev/null
}
get() { curl -sS -m 30 --unix-socket "$SD_MAPPED_SOCKET" "$@" 2>/dev/null; }
# works_as_root NAME: everything that the engine does by itself in a container's tree; its answers
works_as_root() {
	timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" commit --pause="$2" "$1" stolen:1 >/dev/null 2>&1
	mengine diff "$1" 2>/dev/null | grep secret
	mengine ps -as >/dev/null 2>&1
	get "http://engine/v1.41/system/df" >/dev/null
	get -I "http://engine/v1.41/containers/$1/archive?path=/p/secret" | grep -i '^X-Docker'
	get "http://engine/v1.41/containers/$1/archive?path=/p/secret" | tar -xO 2>/dev/null
	get "http://engine/v1.41/containers/$1/archive?path=/v/p/secret" | tar -xO 2>/dev/null
	mengine run --rm --runtime runc stolen:1 cat /p/secret 2>/dev/null
	mengine rmi -f stolen:1 >/dev/null 2>&1
}
# kept ROUND PLACE: one container's life with an accomplice at its root file system ("") or its volume ("/v")
kept() {
	local place=$2
	rm -f "$H/b/give"
	stays kept --cwd /p --vol /v=kept -v "/b=$H/b" bb:1 sh -c \
		"for d in /p /v/p; do mkdir -p \$d; echo mine >\$d/secret; done; hold give /b/give $place/" 2>/dev/null
	waits 'its descriptor' test -S "$H/b/give" >/dev/null
	accomplice "$H/b/give" p
	works_as_root kept "$((RANDOM % 2))"
	mengine pause kept >/dev/null 2>&1 && works_as_root kept false
	mengine unpause kept >/dev/null 2>&1
	mengine stop -t 0 kept >/dev/null 2>&1 && works_as_root kept true
	mengine start kept >/dev/null 2>&1 && mengine stop -t 0 kept >/dev/null 2>&1
	mengine rm -f kept >/dev/null 2>&1
	mengine volume rm -f kept >/dev/null 2>&1
	accomplice_ends
	flips=$((flips + $(sed -n 's/^flipped //p' <<<"$OUT" | grep . || echo 0)))
}
begun=$SECONDS rounds=0 flips=0
: >"$SD_WORK/answers"
while left || [ "$rounds" -lt 2 ]; do
	kept "$rounds" "$([ $((rounds % 2)) = 0 ] || echo /v)" >>"$SD_WORK/answers" 2>&1
	rounds=$((rounds + 1))
done
echo "# $rounds rounds, $flips exchanges"
at_least 'directories were exchanged while the engine worked' 100 "$flips"
lacks 'nothing of root'\''s came out of it' "$(cat "$SD_WORK/answers")" SECRET
is 'the tree of canaries and /dev are as they were' "$before" "$(state)"
is 'and so are the host'\''s mounts' "$mounted" "$(mounts)"
# The same of a container of the engine's own, where links are followed: as root = open has it.
plain() {
	rm -f "$H/b/give"
	mengine run -d --name kept -v "$H/b:/b" bb:1 sh -c 'mkdir /p; echo mine >/p/secret; hold give /b/give /' >/dev/null
	waits 'its descriptor' test -S "$H/b/give" >/dev/null
	# The descriptor is root's: its holder can exchange what everybody may write.
	mengine exec kept chmod 777 / /p
	accomplice "$H/b/give" p
	for _ in 1 2 3 4 5; do works_as_root kept false; done
	mengine rm -f kept >/dev/null 2>&1
	accomplice_ends
}
follow yes
stolen=''
for _ in 1 2 3 4 5 6; do
	stolen=$(plain 2>/dev/null)
	case $stolen in *SECRET*) break ;; esac
done
follow no
case $stolen in *SECRET*) stolen=out ;; esac
is 'an open container'\''s engine is led out of it' out "$stolen"

# --- a descriptor of the host's root directory is handed in, in each way that a process comes to be
paths=(etc/shadow "${canary#/}/secret" "${canary#/}/new" root/new)
tried=0 ways=''
handed() { # NAME: the other end is hold's of the way NAME; its answers in OUT, 16 lines
	for _ in $(seq 100); do hold hand "$2" / 2>/dev/null && break; sleep 0.1; done
}
says() { # NAME TEXT
	tried=$((tried + 1))
	ways="$ways $1"
	[ "$(grep -cE '^[^ ]+ (read|write|make|own) ' <<<"$2")" = 16 ] || not_ok "$1: each path was tried in each way" "$2"
	[ "$(grep -c ' yes$' <<<"$2")" = 0 ] || not_ok "$1: nothing is gained" "$2"
}
by_exec() { # NAME PROGRAM [options of exec]
	local name=$1 program=$2
	shift 2
	rm -f "$H/b/take"
	mengine exec "$@" taker "$program" take /b/take "${paths[@]}" >"$SD_WORK/took" 2>&1 &
	handed "$name" "$H/b/take"
	wait $!
	says "$name" "$(cat "$SD_WORK/took")"
}
by_health() {
	rm -f "$H/b/take"
	stays ill -v "/b=$H/b" --body "{\"Healthcheck\":{\"Test\":[\"CMD\",\"/bin/hold\",\"take\",\"/b/take\",\"${paths[0]}\",\"${paths[1]}\",\"${paths[2]}\",\"${paths[3]}\"],\"Interval\":300000000,\"Timeout\":60000000000}}" bb:1 sleep 1000
	handed health "$H/b/take"
	for _ in $(seq 50); do
		OUT=$(mengine inspect -f '{{range .State.Health.Log}}{{.Output}}{{end}}' ill)
		[ -z "$OUT" ] || break
		sleep 0.2
	done
	mengine rm -f ill >/dev/null
	says health "$(head -16 <<<"$OUT")"
}
by_main() { # NAME SOCKET-INSIDE SOCKET-OUTSIDE [options]
	local name=$1 inside=$2 outside=$3
	shift 3
	rm -f "$H/b/take"
	stays main -v "/b=$H/b" "$@" bb:1 hold take "$inside" "${paths[@]}"
	handed "$name" "$outside"
	OUT=$(timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" logs -f main 2>&1)
	mengine rm -f main >/dev/null
	says "$name" "$OUT"
}
stop_mapped
start_mapped --default-runtime safedocker || not_ok 'the engine starts again' "$(tail -5 "$SD_WORK/mapped.log")"
mkdir -p "$SD_WORK/building"
printf 'FROM bb:1\nENV SAFEDOCKER="{}"\nRUN hold take @sdt-build %s\n' "${paths[*]}" >"$SD_WORK/building/Dockerfile"
stays taker -v "/b=$H/b" bb:1 sleep 10000
coproc GRAB { hold graball 2>&1; }
exec {GRAB_IN}<&"${GRAB[0]}" {GRAB_OUT}>&"${GRAB[1]}"
begun=$SECONDS turn=0
while left || [ "$turn" -lt 9 ]; do
	case $((turn % 9)) in
	0) by_main socket /b/take "$H/b/take" ;;
	1) by_exec exec hold ;;
	2) by_exec exec-u hold -u 1000 ;;
	3) by_exec exec-privileged hold --privileged ;;
	4) by_exec setuid holdroot -u 1000 ;;
	5) by_exec file-capabilities holdcap -u 1000 ;;
	6) by_health ;;
	7) by_main abstract @sdt-loop @sdt-loop --host '{"NetworkMode":"host"}' ;;
	8)
		DOCKER_BUILDKIT=0 docker -H "unix://$SD_MAPPED_SOCKET" build --no-cache --network host \
			--cgroup-parent "/safedocker/u$U" "$SD_WORK/building" >"$SD_WORK/took" 2>&1 &
		building=$!
		handed build @sdt-build
		wait "$building"
		says build "$(grep -E '^[^ ]+ (read|write|make|own) ' "$SD_WORK/took")"
		;;
	esac
	turn=$((turn + 1))
done
echo "# handed in:$ways"
at_least 'hand-overs' 9 "$tried"
echo >&"$GRAB_OUT"
exec {GRAB_OUT}>&-
OUT=$(cat <&"$GRAB_IN")
exec {GRAB_IN}<&-
echo "# $(tail -1 <<<"$OUT")"
at_least 'processes of other namespaces were looked at from the host' 5 "$(sed -n 's/^tried //p' <<<"$OUT" | grep . || echo 0)"
is 'no descriptor, file or namespace of them' '' "$(grep -v '^tried ' <<<"$OUT" | sort -u)"
is 'again the canaries and /dev are as they were' "$before" "$(state)"
mengine run -d --runtime runc --name open -v "$H/b:/b" bb:1 hold take /b/open "${paths[1]}" >/dev/null
waits 'an open one' test -S "$H/b/open" >/dev/null
hold hand "$H/b/open" /
has 'under an open container the same reads everything' "$(timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" logs -f open)" "${paths[1]} read yes"
mengine rm -f open >/dev/null

# --- links that are root's, as a file server of the user's says it
alice sh -c "mkdir -p ~/links ~/elsewhere && echo elsewhere >~/elsewhere/f"
coproc LINKS { python3 "$SD_HERE/hold.py" fuse "$H/links" "$U" "$(id -g "$SD_ALICE")" "$H/elsewhere" 2>&1; }
exec {LINKS_IN}<&"${LINKS[0]}" {LINKS_OUT}>&"${LINKS[1]}"
IFS= read -r -t 20 OUT <&"$LINKS_IN"
if [ "$OUT" = mounted ]; then
	is 'a file server says what it wants' "0 $H/elsewhere" "$(alice sh -c 'stat -c %u ~/links/x; readlink ~/links/x' | xargs)"
	denied 'a link of root'\''s in it is none' 'symbolic link' mapped -v "/l=$H/links/x" bb:1 cat /l/f
	umount -l "$H/links"
else
	skip 'a file server of links' "FUSE cannot be mounted here: $OUT"
fi
exec {LINKS_OUT}>&-
exec {LINKS_IN}<&-
kill "$LINKS_PID" 2>/dev/null

# --- what the kernel counts, and locks that anybody could hold
alice flock /var/lib/safedocker sleep 1000 &
holder=$!
sleep 0.3
allowed 'a user who locks what can be read holds nobody up' timeout 15 python3 "$SD_HERE/mapped.py" -u "$(uid "$SD_BOB")" --start bb:1 true
is 'the lock is root'\''s alone' '600 0' "$(stat -c '%a %u' /var/lib/safedocker/subids.lock)"
for p in $(pgrep -u "$SD_ALICE" -x sleep); do [ "$(ps -o args= -p "$p")" = 'sleep 1000' ] && kill "$p"; done 2>/dev/null
wait "$holder" 2>/dev/null
stays hungry --host '{"SecurityOpt":["seccomp=unconfined","apparmor=unconfined"]}' -v "/b=$H/b" bb:1 sleep 10000
for what in queues nest; do
	mengine exec -d hungry sh -c "hold $what >/b/$what"
	waits "a container makes $what" test -s "$H/b/$what"
	at_least "some of them" 1 "$(cat "$H/b/$what")"
done
queue() { timeout 2 "$@" "$SD_WORK/hold" queues | head -1; }
at_least 'root has message queues left' 1 "$(queue env)"
at_least 'so has the user' 1 "$(queue setpriv --reuid "$U" --clear-groups)"
allowed 'root makes namespaces' unshare -U true
allowed 'others go on' mapped_bob bb:1 true
mengine rm -f hungry taker >/dev/null
find /dev/mqueue -maxdepth 1 -name 'sdt*' -delete 2>/dev/null
is 'at the end the mounts are as they were' "$mounted" "$(mounts)"
