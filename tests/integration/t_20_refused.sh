#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What would reach the host, or somebody else, is refused, said and recorded; nothing is made.
. "$SD_HERE/lib.sh"

refused() { # FLAG… -- TEXT
	local flags=() text
	while [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	text=$2
	denied "${flags[*]}" "$text" sd run --rm "${flags[@]}" bb:1 true
	is "${flags[*]}: exit status" 125 "$STATUS"
	is "${flags[*]}: nothing was made" 0 "$(containers)"
	id=${OUT##*logged as }
	is "${flags[*]}: is in the record" 1 "$(count "id=${id:0:16}" phase=denied submituser="$SD_ALICE" operation=container.create)"
}
refused --privileged -- 'denied: --privileged (create): no mapped container can have it'
has 'the rule is named' "$OUT" "rule: everyday at $CONF:3"
has 'what it allows is said' "$OUT" 'allow: flags = @everyday'
refused -v /:/host -- "denied: --volume=/ (create): it is the host's own"
refused -v "$SD_WORK/$SD_BOB:/x" -- "denied: --volume=$SD_WORK/$SD_BOB (create): it is the host's own, or another user's"
refused -v /run/docker.sock:/x -- 'denied: --volume=/run/docker.sock'
refused -v /proc/sys:/x -- 'denied: --volume=/proc/sys'
refused --mount type=bind,src=/,dst=/x -- "denied: --volume=/ (create): it is the host's own"
refused --mount 'type=volume,dst=/x,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/' -- '--volume-driver'
refused --pid host -- '--pid=host'
refused --network host -- '--network=host'
refused --network some-other -- 'network some-other not found'
refused --ipc host -- '--ipc=host'
refused --uts host -- '--uts=host'
refused --userns host -- '--userns=host'
refused --cgroupns host -- '--cgroupns=host'
refused --cap-add SYS_ADMIN -- '--cap-add'
refused --device /dev/null -- '--device=/dev/null'
refused --device-cgroup-rule 'a *:* rwm' -- '--device-cgroup-rule'
refused --security-opt seccomp=unconfined -- '--security-opt=seccomp'
refused --security-opt apparmor=unconfined -- '--security-opt=apparmor'
refused --security-opt systempaths=unconfined -- '--security-opt=systempaths=unconfined'
refused --security-opt no-new-privileges=false -- '--security-opt=no-new-privileges=false'
refused --cgroup-parent /x -- '--cgroup-parent'
refused --runtime other -- '--runtime'
refused --log-driver syslog -- '--log-driver=syslog'
refused --sysctl net.ipv4.ip_forward=1 -- '--sysctl'
refused --oom-kill-disable -- '--oom-kill-disable'
refused --oom-score-adj -500 -- '--oom-score-adj=-500'
refused --tmpfs /t:exec -- '--tmpfs=exec'
refused -p 8080:80 -- '--publish=0.0.0.0:8080'
refused -l safedocker.uid=0 -- "are safedocker's own"
never
refused --privileged -- 'denied: --privileged (create): root on the host'
refused -v "$SD_WORK/$SD_ALICE:/x" -- "denied: --volume=$SD_WORK/$SD_ALICE"
refused -v /etc:/x -- 'denied: --volume=/etc'
refused -v data:/x -- 'denied: --volume=data'
refused --group-add 0 -- 'denied: --group-add=0'
everyday
is 'no volume was made' '' "$(engine volume ls -q)"

# The same by the API, where the command line would not go.
CREATE=/v1.41/containers/create
for body in '{"Image":"bb:1","hostConfig":{"Privileged":true}}' '{"Image":"bb:1","Privileged":true}' \
	'{"Image":"bb:1","HostConfig":{"Privileged":true},"HostConfig":{}}' \
	'{"Image":"bb:1","HostConfig":{"ContainerIDFile":"safedocker:0"}}' \
	'{"Image":"bb:1","HostConfig":{"Bind\u017f":["/:/x"]}}' '{"Image":"bb:1"}{"HostConfig":{}}'; do
	run api "$SD_ALICE" "json:POST:$CREATE:$body" recv
	case $OUT in 40[03]*) ok "refused: $body" ;; *) not_ok "refused: $body" "$OUT" ;; esac
	is 'nothing was made' 0 "$(containers)"
done
run api "$SD_ALICE" "json:POST:$CREATE:{\"Image\":\"bb:1\"}" recv
has 'the plain one is allowed' "$OUT" '201 '
remove_all

# Verbs that no rule lists, and users in no rule.
policy <<-END
	[rule few]
	users = $SD_ALICE
	verbs = ps, run
	flags = @everyday
END
denied 'a verb that is not listed' 'denied: stop' sd stop x
has 'and what is' "$OUT" 'allow: verbs = ps, run'
denied 'a user in no rule' 'no rule of the policy is for' sd_bob ps
allowed 'the listed one' sd ps
policy <<-END
	[rule old]
	users = $SD_ALICE
	verbs = ps
	until = 2020-01-01
END
denied 'a rule that has expired' 'old at' sd ps
has 'is named so' "$OUT" 'has expired'

# A published port where the rule spells it.
policy <<-END
	[rule ports]
	users = $SD_ALICE
	verbs = @everyday
	flags = @everyday, --publish=127.0.0.1:8000-8999, --memory<=64m
END
allowed 'a port in the range' sd run --rm -p 127.0.0.1:8080:80 bb:1 true
denied 'a port on every address' '--publish=0.0.0.0:8080' sd run --rm -p 8080:80 bb:1 true
allowed 'a limit is filled in' sd create --name limited bb:1
is 'with the maximum' '67108864 67108864' "$(engine inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' limited)"
denied 'more than the maximum' '--memory=134217728' sd create --memory 128m bb:1

# A start that is refused: docker run --rm waits for the end of what it made. The front end takes it away, as the user.
gone() { [ -z "$(engine ps -aq --filter "name=^/$1\$")" ]; }
state() { engine inspect -f '{{.State.Status}}' "$1"; }
refused_start() { [ "$(count operation=container.start phase=denied)" = 1 ]; }
# no_start VERBS
no_start() {
	new_log
	policy <<-END_OF_POLICY
		[rule made-but-not-started]
		users = *
		verbs = create, attach, wait, inspect, kill$1
		flags = @everyday
	END_OF_POLICY
}
for how in -d -i -dt; do
	no_start ', rm'
	run alice timeout -k 5 60 "$SAFEDOCKER" run --rm "$how" --name fleeting bb:1 true
	is "run --rm $how whose start is refused comes to its end" 125 "$STATUS"
	has 'and says why' "$OUT" 'denied: start'
	waits 'nothing is left of it' gone fleeting
	waits 'its removal is in the record' eval '[ "$(count operation=container.remove phase=outcome status=204)" = 1 ]'
	is 'before and behind, as a command of the user'\''s' "1 rm --volumes" \
		"$(count operation=container.remove phase=intent submituser="$SD_ALICE") $(records operation=container.remove phase=intent |
			python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["claimed"].rsplit(" ", 1)[0])')"
done
no_start ', rm'
run alice timeout -k 5 60 "$SAFEDOCKER" run --name lasting bb:1 true
is 'without --rm' 125 "$STATUS"
allowed 'made with --rm, by a command of its own' sd create --rm --name others bb:1 true
denied 'another user'\''s start of it' 'denied: start' sd_bob start others
denied 'the user'\''s own' 'denied: start' sd start others
# A command whose container is taken away: by then what was told of those before has been heard.
run alice timeout -k 5 60 "$SAFEDOCKER" run --rm -d --name fleeting bb:1 true
waits 'what the next command made goes' gone fleeting
is 'what another command made stays' created "$(state others)"
is 'and so does what was made without --rm' created "$(state lasting)"
engine rm others lasting >/dev/null

# docker killed, or interrupted, as soon as the refusal is known.
for signal in INT TERM KILL; do
	no_start ', rm'
	alice "$SAFEDOCKER" run --rm -d --name fleeting bb:1 true >/dev/null 2>&1 &
	waits "its start is refused, then SIG$signal" refused_start
	# The oldest: what tidies up becomes docker as well.
	pkill "-$signal" -o -u "$SD_ALICE" -x docker
	wait $! 2>/dev/null
	waits 'nothing is left of it' gone fleeting
done

# Under a strong rule, which is for the command alone: what tidies up goes by the user's ordinary rules.
new_log
policy <<-END_OF_POLICY
	[rule everyday]
	users = %safedocker
	verbs = rm
	flags = @everyday

	[strong made]
	users = %safedocker
	verbs = create, attach, wait, inspect
	flags = @everyday, --privileged
	root = open
	reason = optional
	password = no
END_OF_POLICY
run alice timeout -k 5 60 "$SAFEDOCKER" --as made run --rm -d --privileged --name fleeting bb:1 true
is 'under a strong rule it comes to its end' 125 "$STATUS"
waits 'and leaves nothing' gone fleeting
is 'by an ordinary rule' 1 "$(count operation=container.remove phase=intent rule=everyday)"

# Who may not remove it.
no_start ''
run alice timeout -k 5 60 "$SAFEDOCKER" run --rm -d --name fleeting bb:1 true
is 'where rm is refused docker comes to its end, too' 125 "$STATUS"
has 'and says why the start was' "$OUT" 'denied: start'
is 'the removal was asked for, as a request like any other' 1 "$(count operation=container.remove phase=denied)"
is 'and the container stays' created "$(state fleeting)"
engine rm fleeting >/dev/null
everyday
