#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mapped containers that come and go, many at once, and runtimes that are killed at any moment: nothing is left that
# runc alone, killed likewise, does not leave. SD_COUNT=N: so many; five times as many with SD_SECONDS of a minute,
# as `scripts/test long` has it.
. "$SD_HERE/mapped.sh"
U=$(uid) H=$SD_WORK/$SD_ALICE
count=${SD_COUNT:-100}
[ "${SD_SECONDS:-0}" -lt 60 ] || count=500
alice mkdir -p "$H/b"
# What a container could leave on the host.
left() {
	awk '{ print "mount", $5 }' /proc/self/mountinfo | grep -v '/overlay2/.*/merged\|/netns/' | sort
	find /run/safedocker /var/lib/safedocker ! -name subids | sort
	find "$SD_ROOT/mapped/runtime-runc" "$SD_ROOT/mapped/containerd/daemon/io.containerd.runtime.v2.task" -mindepth 2 2>/dev/null | sort
	find /sys/fs/cgroup -type d -path "*/safedocker/u$U/*" | sort
	pgrep -u "$SD_ALICE" -a | sed 's/^[0-9]* /process /'
	pgrep --ns $$ --nslist net -x safedocker-runt
}
mapped bb:1 true
begin=$(left)

one() { mapped -v "/b=$H/b" --vol "/data=c$1:copy" --cwd /data bb:1 sh -c "echo $1 >/b/f$1; cat file" 2>&1; }
many=()
for i in $(seq "$count"); do
	one "$i" >"$SD_WORK/came.$i" &
	many+=($!)
	[ $((i % 20)) != 0 ] || { wait "${many[@]}"; many=(); }
done
is "$count containers, 20 at once" "$count" "$(cat "$SD_WORK"/came.* | grep -c '^hello$')"
is 'each wrote its own' "$count" "$(find "$H/b" -name 'f*' -user "$SD_ALICE" | wc -l)"
TASKS=$SD_ROOT/mapped/containerd/daemon/io.containerd.runtime.v2.task
but_tasks() { grep -v "^$TASKS/"; }
same_but_tasks() { [ "$(left | but_tasks)" = "$(but_tasks <<<"$begin")" ]; }
declare -A tasks
same() { [ "$(left)" = "$begin" ]; }
waits 'nothing is left of them' same
same || diff <(echo "$begin") <(left)

# --- killed, by a wrapper that ends its create after some hundredths of a second
for kind in mapped runc; do
	real=$RUNTIME
	[ $kind = mapped ] || real=/usr/sbin/runc
	cat >"$SD_WORK/killed-$kind" <<-END
		#!/bin/bash
		case " \$* " in *" create "*) exec timeout --foreground -s KILL "0.\$(printf %03d \$((RANDOM % 120 + 1)))" $real "\$@" ;; esac
		exec $real "\$@"
	END
	chmod +x "$SD_WORK/killed-$kind"
done
stop_mapped
start_mapped --add-runtime "killed-mapped=$SD_WORK/killed-mapped" --add-runtime "killed-runc=$SD_WORK/killed-runc" ||
	not_ok 'the engine starts again' "$(tail -5 "$SD_WORK/mapped.log")"
begin=$(left)
ran=0 ended=0
for i in $(seq $((count / 2))); do
	OUT=$(mapped --host '{"Runtime":"killed-mapped"}' -v "/b=$H/b" --vol "/data=k$i:copy" bb:1 echo ran 2>&1)
	case $OUT in ran) ran=$((ran + 1)) ;; *) ended=$((ended + 1)) ;; esac
done
echo "# $ended creates were ended, $ran were not"
at_least 'creates were ended' 5 "$ended"
for i in $(seq $((count / 2))); do
	mengine run --rm --runtime killed-runc bb:1 true >/dev/null 2>&1
done
mengine ps -aq | xargs -r docker -H "unix://$SD_MAPPED_SOCKET" rm -fv >/dev/null 2>&1
sleep 1
# Below its own parent each runtime's cgroups; both leave some, where runc was killed.
echo "# cgroups left: mapped $(find /sys/fs/cgroup/pids/safedocker/u"$U" -mindepth 1 -type d | wc -l)," \
	"runc alone $(find "/sys/fs/cgroup/pids/$SD_CGROUP-mapped" -mindepth 1 -type d 2>/dev/null | wc -l)"
find /sys/fs/cgroup -depth -mindepth 1 -type d -path "*/safedocker/u$U/*" -exec rmdir {} + 2>/dev/null
rm -rf "$SD_ROOT"/mapped/runtime-*/moby/*
waits 'nothing else is left' same
same || diff <(echo "$begin") <(left)
allowed 'the engine goes on' mapped -v "/b=$H/b" bb:1 true
is 'no owner was given twice' '' "$(awk '{ print $3 }' /var/lib/safedocker/subids | sort | uniq -d)"
stop_mapped
denied 'the engine takes its mounts along' 'nosymfollow' "$MOUNTS" --check "$DATA"
start_mapped
allowed 'and gets them again' mapped bb:1 true

# --- shims, and the engine with its containerd, killed at random points; runc alone in the same run, at the same points
crash_one() { # KIND I
	if [ "$1" = mapped ]; then
		mapped -v "/b=$H/b" --vol "/data=x$2:copy" bb:1 sh -c 'echo ran; sleep 0.3'
	else
		timeout 60 docker -H "unix://$SD_MAPPED_SOCKET" run --rm --runtime runc bb:1 sh -c 'echo ran; sleep 0.3'
	fi >/dev/null 2>&1
}
# crash KIND ROUNDS: shims are killed in each round, in every other one the engine too; then it starts again
crash() {
	local round i many
	for round in $(seq "$2"); do
		many=()
		for i in $(seq 20); do crash_one "$1" "$i" & many+=($!); done
		for i in 1 2 3; do
			sleep "0.$((RANDOM % 9))"
			# shellcheck disable=SC2046 # words
			kill -KILL $(ours -f containerd-shim | shuf -n 3) $(ours -x safedocker-runt | shuf -n 3) $(ours -x runc | shuf -n 2) 2>/dev/null && killed=$((killed + 1))
		done
		if [ $((round % 2)) = 0 ]; then
			# shellcheck disable=SC2046
			kill -KILL "$(cat "$SD_ROOT/mapped.pid")" $(ours -x containerd) && crashed=$((crashed + 1))
			rm -f "$SD_ROOT/mapped.pid"
		fi
		wait "${many[@]}"
		mengine version >/dev/null 2>&1 || start_mapped || start_mapped || not_ok 'the engine comes back' "$(tail -3 "$SD_WORK/mapped.log")"
		mengine ps -aq | xargs -r docker -H "unix://$SD_MAPPED_SOCKET" rm -fv >/dev/null 2>&1
	done
}
crashes=2
[ "${SD_SECONDS:-0}" -lt 60 ] || crashes=12
stop_mapped
start_mapped || not_ok 'the engine starts for what is killed' "$(tail -3 "$SD_WORK/mapped.log")"
mengine volume prune -af >/dev/null 2>&1
begin=$(left)
for kind in runc mapped; do
	killed=0 crashed=0
	crash $kind $crashes
	at_least "$kind: shims were killed" 1 "$killed"
	at_least "$kind: the engine was killed" 1 "$crashed"
	echo "# $kind leaves cgroups: $(find /sys/fs/cgroup -type d \( -path "*/safedocker/u$U/*" -o -path "*/$SD_CGROUP-mapped/*" \) | wc -l)"
	# Where runc is killed it leaves its cgroups and its state; so much is left without us.
	find /sys/fs/cgroup -depth -mindepth 1 -type d -path "*/safedocker/u$U/*" -exec rmdir {} + 2>/dev/null
	rm -rf "$SD_ROOT"/mapped/runtime-*/moby/*
	waits "$kind: behind the engine's restart and rm nothing else is left" same_but_tasks
	same_but_tasks || diff <(but_tasks <<<"$begin") <(left | but_tasks)
	tasks[$kind]=$(left | grep -c "^$TASKS/moby/[0-9a-f]*\$")
done
# containerd's own directories of tasks whose shim was killed: it removes them when it has the time, ours or not.
at_most 'of tasks containerd keeps no more than with runc alone' "$((tasks[runc] + crashes))" "${tasks[mapped]}"
allowed 'and containers are made as before' mapped -v "/b=$H/b" bb:1 true

# --- the engine's default: build steps; and an engine that is killed and finds its containers again
stop_mapped
start_mapped --default-runtime safedocker --live-restore
mkdir "$SD_WORK/building"
cat >"$SD_WORK/building/Dockerfile" <<-'END'
	FROM bb:1
	ENV SAFEDOCKER="{\"cwd\":\"/etc\",\"mounts\":[{\"target\":\"/x\",\"source\":\"/root\"}]}"
	RUN echo map $(cat /proc/self/uid_map) in $(pwd) with $(env | grep -c SAFEDOCKER); touch /made
	WORKDIR /w/d
	RUN echo now in $(pwd); touch here
END
OUT=$(DOCKER_BUILDKIT=0 docker -H "unix://$SD_MAPPED_SOCKET" build --no-cache --cgroup-parent "/safedocker/u$U" -t built:1 "$SD_WORK/building" 2>&1)
has 'a build step is the user'\''s, and an image'\''s variable does nothing' "$OUT" \
	"map 0 $U 1 1 $(awk -F: -v n="$SD_ALICE" '$1 == n { print $2 }' /etc/subuid) 65536 in / with 0"
has 'it begins where the file says' "$OUT" 'now in /w/d'
is 'what it made is the container'\''s root'\''s' '0 0' "$(mengine run --rm built:1 stat -c %u /made /w/d/here | xargs)"
mengine rmi built:1 >/dev/null
stays live --cwd /data -v "/b=$H/b" bb:1 sleep 1000
kill -KILL "$(cat "$SD_ROOT/mapped.pid")"
# Its containerd follows it, or is found again; an engine that comes between the two gives up.
sleep 3
rm -f "$SD_ROOT/mapped.pid"
start_mapped --default-runtime safedocker --live-restore || start_mapped --default-runtime safedocker --live-restore ||
	not_ok 'the engine comes back' "$(tail -3 "$SD_WORK/mapped.log")"
is 'a container outlives its engine' true "$(mengine inspect -f '{{.State.Running}}' live)"
is 'and is entered as before' "/data $U" "$(mengine exec live pwd) $(stat -c %u "$H/b")"
allowed 'the mounts are still there' "$MOUNTS" --check "$DATA"
allowed 'another is made' mapped -v "/b=$H/b" bb:1 true
allowed 'and that one starts again' mengine restart -t 0 live
mengine rm -f live >/dev/null

# --- users at once that have no range: each gets one of their own
SD_NONE=$SD_WORK/none
grep -v "^$SD_ALICE:\|^$SD_BOB:" /etc/subuid >"$SD_NONE.u"
grep -v "^$SD_ALICE:\|^$SD_BOB:" /etc/subgid >"$SD_NONE.g"
mount --bind "$SD_NONE.u" /etc/subuid && mount --bind "$SD_NONE.g" /etc/subgid
many=()
for i in 1 2 3 4 5; do
	mapped bb:1 true >"$SD_WORK/none.a$i" 2>&1 &
	many+=($!)
	mapped_bob bb:1 true >"$SD_WORK/none.b$i" 2>&1 &
	many+=($!)
done
wait "${many[@]}"
is 'ten creates of two users without a range' '' "$(cat "$SD_WORK"/none.[ab]*)"
is 'two ranges, and two owners' 'owner 2 range 2' "$(awk '{ print $1 }' /var/lib/safedocker/subids | sort | uniq -c | awk '{ printf "%s%s %s", s, $2, $1; s = " " }')"
is 'none is twice' '' "$(awk '{ print $3 }' /var/lib/safedocker/subids | sort | uniq -d)"
umount /etc/subuid /etc/subgid
