# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The socket of a strong rule is for the session that it was asked for in; what ends while it is judged goes no further.
. "$SD_HERE/lib.sh"

policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[strong debug]
	users = $SD_ALICE
	verbs = run, create
	flags = @everyday, --privileged
	root = open
	reason = optional
	password = no
END
socket_of() { find /tmp -maxdepth 2 -user "$SD_ALICE" -path '/tmp/safedocker-*/docker.sock' 2>/dev/null; }

sd --as debug run --rm --name held bb:1 sleep 1000 >"$SD_WORK/held" 2>&1 &
held=$!
runs() { [ "$(engine inspect -f '{{.State.Running}}' held)" = true ]; }
waits 'a command under a strong rule' runs
socket=$(socket_of)
is 'one socket' 1 "$(wc -l <<<"$socket")"
new_log
allowed 'the same user in the same session' alice docker -H "unix://$socket" create --privileged --name same bb:1
is 'is recorded as strong' 2 "$(count operation=container.create rule=debug as=debug)"
new_log
# A session of its own: another login, another terminal, a unit.
run alice setsid -w docker -H "unix://$socket" create --privileged --name another bb:1
is 'the same user in another session: refused' no "$([ "$STATUS" = 0 ] && echo yes || echo no)"
run alice python3 "$SD_HERE/terminal.py" 'expect:$ ' "type:docker -H unix://$socket create --privileged --name another bb:1; echo =\$?\\r" \
	'expect:=1' 'type:exit\r' -- /bin/sh -i
is 'on another terminal: refused' 0 "$STATUS"
run setsid -w docker -H "unix://$socket" create --privileged --name another bb:1
is 'root in another session: refused' no "$([ "$STATUS" = 0 ] && echo yes || echo no)"
denied 'another user does not reach it' 'ermission denied' bob docker -H "unix://$socket" create --privileged --name another bb:1
is 'nothing was made by them' 0 "$(engine ps -aq --filter name=another | wc -l)"
is 'nor asked of the engine' 0 "$(count operation=container.create)"
# With the command it ends, in the same session too.
engine rm -f held >/dev/null
wait "$held"
gone() { [ -z "$(socket_of)" ]; }
waits 'the socket ends with the command' gone
denied 'and nobody is served any more' '' alice docker -H "unix://$socket" create --privileged --name later bb:1
remove_all

# Asked for in time, and over before it is sent on: the engine does not answer what the helper looks up meanwhile.
ends_in() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		until = $(date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ)
	END
}
engine create --name his --label "safedocker.uid=$(uid)" bb:1 >/dev/null
slow() { # NAME: creates while the engine is stopped for six seconds
	local pid
	pid=$(cat "$SD_ROOT/pid")
	kill -STOP "$pid"
	api "$SD_ALICE" "json:POST:/v1.41/containers/create?name=$1:{\"Image\":\"bb:1\"}" recv >"$SD_WORK/slow" 2>&1 &
	local job=$!
	sleep 8
	kill -CONT "$pid"
	wait $job
	OUT=$(cat "$SD_WORK/slow")
}
ends_in 600
slow in-time
has 'in time: made' "$OUT" '201 '
is 'in time: it is there' 1 "$(engine ps -aq --filter name=in-time | wc -l)"
new_log
ends_in 5
slow too-late
lacks 'over meanwhile: refused' "$OUT" '201 '
is 'over meanwhile: nothing was made' 0 "$(engine ps -aq --filter name=too-late | wc -l)"
is 'over meanwhile: refused by a record' 1 "$(count phase=denied deny_code=E_EXPIRED)"
is 'over meanwhile: none says that it was done' 0 "$(count operation=container.create phase=outcome status=201)"
