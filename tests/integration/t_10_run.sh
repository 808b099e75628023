#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: a user in no docker group runs containers, as themselves.
. "$SD_HERE/lib.sh"
id=$(uid)

lacks 'the user is not in the group docker' " $(id -nG "$SD_ALICE") " ' docker '
denied 'and cannot talk to the engine directly' 'permission denied' alice docker -H "unix://$SD_ENGINE" ps

allowed 'run' sd run --rm bb:1 echo hello
is 'run prints what the container prints' hello "$OUT"
is 'run --rm leaves no container' 0 "$(containers)"
run sd run --rm bb:1 false
is 'the exit status is the container'\''s' 1 "$STATUS"
run sd run --rm bb:1 /nonexistent
is 'a missing command is 127' 127 "$STATUS"
run sd run --rm bb:1 /etc/passwd
is 'a command that is none is 126' 126 "$STATUS"
is 'standard input arrives' 'a b' "$(echo 'a b' | sd run --rm -i bb:1 cat)"

# The user of the image, who is the caller outside, and nobody else is.
for image in bb:1:0 bb:root:0 bb:other:4242; do
	inside=${image##*:} image=${image%:*}
	run sd run --rm "$image" id -u
	is "$image runs as its own user" "$inside" "$OUT"
	run sd run --rm "$image" grep -E "^ +$inside +$id +1\$" /proc/self/uid_map
	is "$image: who is the caller outside" "$inside $id 1" "$(xargs <<<"$OUT")"
	run sd run --rm "$image" cat /proc/self/setgroups /proc/self/uid_map
	lacks "$image: root outside is nobody in it" "$(awk '{ print "from", $2 }' <<<"$OUT")" 'from 0'
done
for user in 0 root "0:0" other 4242 "$id:0" "$id:$(id -g "$SD_ALICE")"; do
	allowed "--user $user" sd run --rm --user "$user" bb:1 true
done
denied "--user +$id" 'invalid value for --user' sd run --rm --user "+$id" bb:1 true

# Where containers cannot be mapped, or a rule says so, they run as their owner.
never
for image in bb:1 bb:root bb:other; do
	run sd run --rm "$image" id -u
	is "$image runs as its owner" "$id" "$OUT"
	run sd run --rm "$image" id -g
	is "$image runs with a group of nobody's" "$(pinned_gid "$SD_ALICE")" "$OUT"
	run sd run --rm "$image" cat /proc/self/status
	has "$image has no capability" "$OUT" 'CapEff:	0000000000000000'
	has "$image has none to gain" "$OUT" 'CapBnd:	0000000000000000'
	has "$image has no_new_privs" "$OUT" 'NoNewPrivs:	1'
	lacks "$image brings no group along" "$(grep '^Groups:' <<<"$OUT" | tr '\t' ' ')" " $(id -g "$SD_ALICE") "
done
allowed 'the own number may be said' sd run --rm --user "$id:$(id -g "$SD_ALICE")" bb:1 true
for user in 0 root "0:0" other 4242 "$id:0"; do
	denied "--user $user, as its owner" 'runs as its owner' sd run --rm --user "$user" bb:1 true
done
sd run -d --name pinned bb:1 sleep 1000 >/dev/null
is 'exec runs as the owner' "$id" "$(sd exec pinned id -u)"
run sd exec pinned cat /proc/self/status
has 'exec has no capability' "$OUT" 'CapEff:	0000000000000000'
has 'exec has no_new_privs' "$OUT" 'NoNewPrivs:	1'
denied 'exec -u 0, as its owner' 'runs as its owner' sd exec -u 0 pinned id
for what in -v "--mount type=volume,target="; do
	# shellcheck disable=SC2086
	denied "no storage: $what" 'has no storage' sd run --rm ${what/-v/-v }/data bb:1 true
done
denied 'nor a group' '--group-add' sd run --rm --group-add "$(id -g "$SD_ALICE")" bb:1 true
denied 'nor cp' 'as root in files' sd cp pinned:/etc/passwd -
sd rm -f pinned >/dev/null
everyday

allowed 'create' sd create --name c1 bb:1 sleep 1000
allowed 'start' sd start c1
allowed 'ps' sd ps --format '{{.Names}}'
is 'ps shows it' c1 "$OUT"
allowed 'exec' sd exec c1 id -u
is 'exec runs as the container does' 0 "$OUT"
is 'who is the caller outside' "0 $id 1" "$(sd exec c1 grep -E "^ +0 +$id +1\$" /proc/self/uid_map | xargs)"
is 'exec -i' 'x y' "$(echo 'x y' | sd exec -i c1 cat)"
run sd exec c1 sh -c 'exit 7'
is 'the exit status of exec' 7 "$STATUS"
allowed 'exec -u' sd exec -u 4242 c1 id -u
is 'as whom it says' 4242 "$OUT"
denied 'exec --privileged' '--privileged' sd exec --privileged c1 id
allowed 'exec -d' sd exec -d c1 sleep 1
allowed 'inspect' sd inspect c1 --format '{{.State.Running}}'
is 'inspect' true "$OUT"
allowed 'image inspect' sd image inspect bb:1 --format '{{.Os}}'
is 'image inspect' linux "$OUT"
denied 'inspect of nothing' 'No such object' sd inspect nothing-there
allowed 'images' sd images --format '{{.Repository}}:{{.Tag}}'
has 'images' "$OUT" bb:1
allowed 'pause' sd pause c1
is 'pause pauses' true "$(engine inspect -f '{{.State.Paused}}' c1)"
allowed 'unpause' sd unpause c1
allowed 'top' sd top c1
has 'top shows the process' "$OUT" 'sleep 1000'
allowed 'top with arguments of its own' sd top c1 aux
denied 'top with columns of its own' 'parameter ps_args' sd top c1 -eo uid=PID,args
sd exec c1 touch /tmp/new >/dev/null
denied 'diff' 'as root in files' sd diff c1
allowed 'stats' sd stats --no-stream c1
allowed 'port' sd port c1
allowed export sd export -o "$SD_WORK/$SD_ALICE/c1.tar" c1
has "export is the container's files" "$(tar -tf "$SD_WORK/$SD_ALICE/c1.tar")" bin/busybox
is 'export is in the record' 1 "$(count phase=intent operation=container.export)"
allowed 'history' sd history bb:1
allowed 'rename' sd rename c1 c2
allowed 'kill' sd kill -s USR1 c2
allowed 'restart' sd restart -t 0 c2
allowed 'stop' sd stop -t 0 c2
allowed 'wait' sd wait c2
is 'wait prints the status' 137 "$OUT"
allowed 'start again' sd start c2
denied 'rm of a running container' 'running' sd rm c2
allowed 'rm -f' sd rm -f c2
is 'it is gone' 0 "$(containers)"

allowed 'run -d' sd run -d --name d1 bb:1 sh -c 'echo one; echo two >&2; sleep 1000'
run sd logs d1
has 'logs: standard output' "$OUT" one
has 'logs: standard error' "$OUT" two
allowed 'logs --tail' sd logs --tail 1 d1
run timeout -s INT 3 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups \
	env -i HOME=/tmp PATH=/usr/bin:/bin "$SAFEDOCKER" logs -f d1
has 'logs -f' "$OUT" one
sd attach --no-stdin d1 >"$SD_WORK/attached" 2>&1 &
sleep 1
sd kill d1 >/dev/null
wait $!
is 'attach ends with the container, with its status' 137 $?
sd rm d1 >/dev/null
for command in info version; do allowed "$command" sd "$command"; done

allowed 'labels, variables, limits' sd run --rm -e A=b -l x=y --memory 64m --cpus 0.5 --pids-limit 50 -w /tmp \
	--hostname h --add-host a:1.2.3.4 --tmpfs /t --read-only --init --restart no bb:1 env
has 'the variable is there' "$OUT" 'A=b'
allowed 'a fresh volume' sd run --rm -v /fresh bb:1 true
allowed 'no network' sd run --rm --network none bb:1 true

# A terminal.
run timeout 60 script -qec "setpriv --reuid $SD_ALICE --regid $(id -g "$SD_ALICE") --init-groups env -i HOME=/tmp TERM=xterm PATH=/usr/bin:/bin $SAFEDOCKER run --rm -it bb:1 sh -c 'stty size; id -u'" /dev/null
has 'run -it has a terminal' "$OUT" 0

if [ "${SD_REGISTRY:-}" = yes ]; then
	allowed 'pull' sd pull 127.0.0.1:5000/team/bb:1
	allowed 'run of what was pulled' sd run --rm 127.0.0.1:5000/team/bb:1 true
	engine rmi 127.0.0.1:5000/team/bb:1 >/dev/null
	allowed 'run pulls by itself' sd run --rm 127.0.0.1:5000/team/bb:1 true
	engine rmi 127.0.0.1:5000/team/bb:1 >/dev/null
	policy <<-END
		[rule r]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		images = docker.io/library/*
	END
	denied 'an image that no pattern names: pull' '127.0.0.1:5000/team/bb' sd pull 127.0.0.1:5000/team/bb:1
	allowed 'one that a pattern names: run' sd run --rm bb:1 true
	image=$(engine image inspect bb:1 --format '{{.Id}}')
	allowed 'the same by its id, which has that name' sd run --rm "$image" true
else
	skip pull 'docker-registry does not run here'
fi
