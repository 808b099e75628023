#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A socket that stays: agent, its context, and the units of the user's systemd.
. "$SD_HERE/lib.sh"
run=$SD_ROOT/rt
mkdir -m 0700 "$run"
chown "$SD_ALICE:" "$run"
in_shell() { alice XDG_RUNTIME_DIR="$run" SHELL=/bin/sh sh -c "$1"; }
socket=$run/safedocker/docker.sock
run in_shell "$SAFEDOCKER agent status"
is 'status: none' 1 "$STATUS"
has 'and how to start one' "$OUT" 'eval "$(safedocker agent)"'
run in_shell "eval \"\$($SAFEDOCKER agent)\"; docker run --rm bb:1 cat /proc/self/uid_map; docker run --rm --privileged bb:1 true; docker ps -a"
has 'plain docker goes through it' "$OUT" "$(uid)"
has 'and the policy holds' "$OUT" 'denied: --privileged'
is 'the socket is its user'\''s alone' "600 $SD_ALICE" "$(stat -c '%a %U' "$socket")"
run in_shell "$SAFEDOCKER agent status"
is 'status: it runs' 0 "$STATUS"
has 'where' "$OUT" "unix://$socket"
run in_shell "$SAFEDOCKER agent"
is 'a second start finds the first' "DOCKER_HOST=unix://$socket; export DOCKER_HOST;" "$OUT"
is 'one helper' 1 "$(pgrep -u "$SD_ALICE" -fc safedocker-helper)"
run in_shell "DOCKER_HOST=unix://$socket $SAFEDOCKER ps"
is 'safedocker itself goes through it' 0 "$STATUS"
lacks 'and warns of nothing' "$OUT" 'is used as it is'
run in_shell "SHELL=/usr/bin/fish $SAFEDOCKER agent"
is 'for fish' "set -gx DOCKER_HOST unix://$socket;" "$OUT"
denied 'another user cannot use it' 'permission denied' bob docker -H "unix://$socket" ps
command -v curl >/dev/null && has 'an SDK'\''s way' "$(in_shell "curl -s --unix-socket $socket http://d/v1.41/containers/json")" '[]'
# What is made through it with --rm, and whose start by its id is refused, goes: that is how `docker run` does it.
gone() { [ -z "$(engine ps -aq --filter "name=^/$1\$")" ]; }
through() { in_shell "docker -H unix://$socket $*"; }
running=$(through create --rm --name running bb:1 sleep 1000)
through start "$running" >/dev/null
waiting=$(through create --rm --name waiting bb:1) plain=$(through create --name plain bb:1)
through create --rm --name named bb:1 >/dev/null
others=$(sd create --rm --name others bb:1)
policy <<-END
	[rule no-start]
	users = %safedocker
	verbs = create, attach, wait, inspect, rm
	flags = @everyday
END
for name in "$running" "$others" "$plain" named "$waiting"; do
	denied 'the policy has changed: a start' 'denied: start' through start "$name"
done
waits 'what never ran goes' gone waiting
run through run --rm -d --name fleeting bb:1 true
is 'run --rm comes to its end' 125 "$STATUS"
waits 'and leaves nothing' gone fleeting
is 'what runs, was made elsewhere, has no --rm or was meant by its name stays' 'running created created created' \
	"$(engine inspect -f '{{.State.Status}}' running others plain named | paste -sd' ')"
remove_all
everyday
# A refusal is the same words, whoever asks.
words() { sed -n '/safedocker: denied/,/logged as/p' <<<"$1" | sed 's/.*\(safedocker: denied\)/\1/; s/logged as [0-9a-f]*/logged as ID/; s/rights.*/rights/'; }
run in_shell "docker -H unix://$socket create --privileged bb:1"
said=$(words "$OUT")
is 'a refusal has four lines' 4 "$(wc -l <<<"$said")"
if python3 -c 'import docker' 2>/dev/null; then
	run in_shell "python3 -c 'import docker
d = docker.DockerClient(base_url=\"unix://$socket\")
print(d.containers.run(\"bb:1\", \"cat /proc/self/uid_map\", remove=True).decode())
try:
    d.containers.create(\"bb:1\", privileged=True)
except docker.errors.APIError as e:
    print(e.response.status_code, e.explanation)'"
	has 'the SDK runs what is allowed' "$OUT" "$(uid)"
	has 'what is not is forbidden' "$OUT" '403 safedocker: denied: --privileged'
	is 'in the same words' "$said" "$(words "$OUT")"
else
	skip 'the SDK' 'python has no module docker here'
fi
if command -v docker-compose >/dev/null; then
	mkdir -p "$SD_WORK/$SD_ALICE/same"
	printf 'version: "2.4"\nservices:\n  a:\n    image: bb:1\n    network_mode: none\n    privileged: true\n' \
		>"$SD_WORK/$SD_ALICE/same/docker-compose.yml"
	run in_shell "DOCKER_HOST=unix://$socket docker-compose -f '$SD_WORK/$SD_ALICE/same/docker-compose.yml' up -d"
	is 'compose: in the same words' "$(head -n 1 <<<"$said")" "$(words "$OUT" | head -n 1)"
	has 'with its record' "$OUT" '(E_FLAG)'
fi
run in_shell "$SAFEDOCKER agent context && docker context use safedocker && docker run --rm bb:1 cat /proc/self/uid_map"
has 'a docker context' "$OUT" "$(uid)"
run in_shell "$SAFEDOCKER agent context"
is 'made twice it is the same' 0 "$STATUS"
run in_shell "$SAFEDOCKER run --rm bb:1 true"
lacks 'the context in use is ours: no warning' "$OUT" 'is used as it is'
in_shell 'docker context use default' >/dev/null
run in_shell "$SAFEDOCKER agent stop"
is 'stop' 'unset DOCKER_HOST;' "$OUT"
waits 'it is gone' sh -c "! pgrep -u $SD_ALICE -f safedocker >/dev/null"
waits 'so is its socket' test ! -e "$socket"
run in_shell "$SAFEDOCKER agent stop"
is 'stop: none' 1 "$STATUS"
run in_shell "eval \"\$($SAFEDOCKER agent)\"; docker ps -q; kill -9 \$(pgrep -u $SD_ALICE -x safedocker | head -n 1)"
waits 'killed, it leaves nothing' sh -c "! pgrep -u $SD_ALICE -f safedocker >/dev/null"
# Without a runtime directory: a place of its own.
run alice SHELL=/bin/sh sh -c "eval \"\$($SAFEDOCKER agent)\"; docker run --rm bb:1 true && $SAFEDOCKER agent status; $SAFEDOCKER agent stop"
has 'without XDG_RUNTIME_DIR' "$OUT" 'unix:///tmp/safedocker-'
waits 'gone as well' sh -c "! pgrep -u $SD_ALICE -f safedocker >/dev/null"
run sd agent bogus
is 'wrong usage' 2 "$STATUS"

# The units: one helper for each connection, the connection as its standard input.
units=$SD_PREFIX/lib/systemd/user
has 'the service is the helper' "$(cat "$units/safedocker@.service")" "ExecStart=$HELPER"
lacks 'and nothing takes its setgid bit away' "$(grep -v '^#' "$units/safedocker@.service")" NoNewPrivileges
if command -v systemd-socket-activate >/dev/null; then
	as "$SD_ALICE" systemd-socket-activate --accept --inetd -l "$run/s.sock" sh -c "exec $HELPER >/dev/null" >"$SD_WORK/activate" 2>&1 &
	waits 'it listens' test -S "$run/s.sock"
	run alice docker -H "unix://$run/s.sock" run --rm bb:1 cat /proc/self/uid_map
	has 'one connection, one helper' "$OUT" "$(uid)"
	denied 'the policy holds' 'denied: --privileged' alice docker -H "unix://$run/s.sock" run --rm --privileged bb:1 true
	pkill -u "$SD_ALICE" -f systemd-socket-activate
else
	skip 'Accept=yes' 'there is no systemd-socket-activate here'
fi
