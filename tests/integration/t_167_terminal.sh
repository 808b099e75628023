#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real terminal: job control, exit statuses, a denial over a progress bar.
. "$SD_HERE/lib.sh"
# in_shell STEP… : a shell of alice's with job control on a terminal of its own
in_shell() { as "$SD_ALICE" python3 "$SD_HERE/terminal.py" size:24x80 expect:'$ ' "$@" -- /bin/sh -i; }
# Of `run` docker itself catches ^Z, and passes it on as a signal; `logs` is an ordinary job.
sd run -d --name ticker bb:1 sh -c 'while :; do echo tick; sleep 0.2; done' >/dev/null
is '^Z stops docker, fg goes on, ^C ends it' 'exit 0' \
	"$(in_shell "type:$SAFEDOCKER logs -f ticker\\r" expect:tick expect:tick \
		'type:\x1a' expect:Stopped expect:'$ ' 'type:echo back$((1+1))\r' expect:back2 expect:'$ ' 'type:fg\r' expect:tick expect:tick \
		'type:\x03' expect:'$ ' 'type:exit 0\r')"
for pair in '125 --privileged bb:1 true' '126 bb:1 /etc/passwd' '127 bb:1 /nonexistent' '42 bb:1 sh -c "exit 42"'; do
	is "the status ${pair%% *} at a terminal" 'exit 0' \
		"$(in_shell "type:$SAFEDOCKER run --rm ${pair#* }; echo is\$?\\r" "expect:is${pair%% *}" expect:'$ ' 'type:exit 0\r')"
done
is 'explain at a terminal has colour' yes \
	"$(in_shell "type:$SAFEDOCKER explain run --privileged bb:1\\r" $'expect:\e[31m' expect:'nothing was done' 'type:exit 0\r' | grep -q 'exit 0' && echo yes)"
is 'and none with NO_COLOR' yes \
	"$(in_shell "type:NO_COLOR=1 $SAFEDOCKER explain run --privileged bb:1 | cat -v\\r" expect:'denied, rank A: nothing was done' 'type:exit 0\r' | grep -q 'exit 0' && echo yes)"
run sd explain run --privileged bb:1
lacks 'none into a pipe' "$OUT" $'\e['
# A pull draws bars; a denial behind it begins on a line of its own.
if [ "${SD_REGISTRY:-}" = yes ]; then
	# A layer that the engine does not have: otherwise there is no bar.
	mkdir -p "$SD_WORK/layer"
	head -c 8000000 /dev/urandom >"$SD_WORK/layer/f"
	tar -C "$SD_WORK/layer" -c . | engine import - 127.0.0.1:5000/team/big:1 >/dev/null
	engine push 127.0.0.1:5000/team/big:1 >/dev/null
	engine rmi 127.0.0.1:5000/team/big:1 >/dev/null
	is 'a denial behind a progress bar' 'exit 0' \
		"$(in_shell "type:$SAFEDOCKER pull 127.0.0.1:5000/team/big:1; $SAFEDOCKER run --rm --privileged bb:1\\r" expect:'Pull complete' \
			expect:'Downloaded newer image' expect:'safedocker: denied: --privileged' expect:'  logged as ' expect:'$ ' 'type:exit 0\r')"
	engine rmi 127.0.0.1:5000/team/big:1 >/dev/null 2>&1
else
	skip 'a denial behind a progress bar' 'docker-registry does not run here'
fi
# At most four lines, each with its code.
denial() { # NAME CODE COMMAND…
	local name=$1 code=$2
	shift 2
	run "$@"
	has "$name: its code" "$OUT" "($code)"
	at_most "$name: four lines at most" 4 "$(sed -n '/safedocker: /,/logged as/p' <<<"$OUT" | wc -l)"
	is "$name: in the record" "$code" "$(records phase=denied | tail -n 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["deny_code"])')"
}
denial 'a flag' E_FLAG sd run --rm --privileged bb:1 true
policy <<-END
	[rule some]
	users = $SD_ALICE
	verbs = run, ps
	flags = --rm, --memory<=64m
	images = docker.io/library/bb
	force = --network=none
	[rule over]
	users = $SD_BOB
	verbs = ps
	until = 2020-01-01
END
denial 'a verb' E_VERB sd volume create v
denial 'an image' E_IMAGE sd run --rm other:1 true
denial 'a maximum' E_FLAG sd run --rm --memory 128m bb:1 true
denial 'nobody' E_NO_RULE as nobody "$SAFEDOCKER" ps
denial 'a rule that is over' E_EXPIRED sd_bob ps
denial 'a route that is none' E_ROUTE api "$SD_ALICE" get:/v1.41/nonsense recv
