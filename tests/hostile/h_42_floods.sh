#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# What one user can make others pay: refusals by the thousand, a record that grows, streams that nobody reads; and
# whom no rule is for.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

BUDGETS=/run/safedocker/budget
id=$(printf 'a%.0s' $(seq 64))
answer='{"Id":"'$id'","Warnings":[]}'
created="HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${#answer}\r\n\r\n$answer"
create() { api "${1:-$SD_ALICE}" 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv; }
refused() { api "${1:-$SD_ALICE}" 'json:POST:/v1.41/containers/create:{"Image":"bb:1","HostConfig":{"Privileged":true}}' recv; }
page_of() { echo "$BUDGETS/$(uid "${1:-$SD_ALICE}").$(cut -c1-8 /proc/sys/kernel/random/boot_id)"; }
no_budgets() { find "$BUDGETS" -mindepth 1 -delete; }
minute() { awk '{ print int($1 / 60) }' /proc/uptime; }
# What records say of those that are not there, and the longest line
numbers() { records "$@" | python3 -c 'import json, sys; print(sum(json.loads(l)["refusals_not_recorded"] for l in sys.stdin))'; }
longest() { awk '{ if (length($0) > n) n = length($0) } END { print n + 2 }' "$LOG"; }
stand_up() {
	stand_in "$created" "${looked_up[@]}"
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		${1:-}
	END
	sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
}

statement 29 'refusals by the thousand, over many connections and helpers: a bound, and others go on'
stand_up
new_log
began=$(minute)
got=$(alice python3 "$SD_HOSTILE/floods.py" refusals "$HELPER" 4 4 125)
minutes=$(($(minute) - began + 1))
is 'each is told so' '403 2000' "$got"
# Sixty and one line of 2 kB each in a minute, whatever was asked.
at_most "the record after 2000 refusals in $minutes minutes" $((minutes * 61 * 2048)) "$(stat -c %s "$LOG")"
at_most 'no line of a refusal is longer than 2 kB' 2048 "$(longest)"
is 'no line is torn' '' "$(records 2>&1 >/dev/null)"
flooded=$(count phase=denied operation=container.create)
at_most 'as many as a minute has, and no more' $((minutes * 60)) "$flooded"
at_least 'those are all written' 60 "$flooded"
has 'who, what, by which rule' "$(records phase=denied operation=container.create | sed -n 1p)" '"rule":"everyday"'
is 'another user meanwhile' '403 1' "$(refused "$SD_BOB" | cut -c1-3) $(count phase=denied "uid=$(uid "$SD_BOB")")"
is 'what is allowed goes on' '201 1' "$(create | cut -c1-3) $(count phase=intent)"
# The rest stands in one line, in a later minute.
until [ "$(minute)" -ge $((began + minutes)) ]; do sleep 1; done
create >/dev/null
is 'none is lost: written, and counted' 2000 "$((flooded + $(numbers deny_code=E_LIMIT)))"
is 'counted once' "$(python3 "$SD_HOSTILE/floods.py" page "$(page_of)" | tr ' ' '\n' | sed -n 's/reported=//p')" "$(numbers deny_code=E_LIMIT)"
has 'the text of those lines' "$(records deny_code=E_LIMIT)" 'more refusals than 60 in a minute'
run "$SAFEDOCKER" audit summary --json
is 'audit summary counts them' 2000 "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["users"][sys.argv[2]]["denied"])' "$OUT" "$SD_ALICE")"
run "$SAFEDOCKER" audit --decision deny
has 'audit shows the line for what it is' "$OUT" '(refusals not recorded: '

# Whatever takes a refusal's place takes it from the same sixty.
python3 "$SD_HOSTILE/floods.py" page "$(page_of)" full >/dev/null
: >"$LOG"
has 'beyond them it is said to the user' "$(refused)" 'logged as one of many'
is 'and counted' "0 beyond=$((2000 - flooded + 1))" "$(count phase=denied) $(python3 "$SD_HOSTILE/floods.py" page "$(page_of)" | cut -d' ' -f1)"
run sd explain run --rm --privileged bb:1
is 'a dry run is refused' 1 "$STATUS"
is 'and no record' 0 "$(count phase=denied mode=explain)"
cat >>"$CONF" <<-END
	[strong debug]
	users = root
	verbs = run
	flags = @everyday, --privileged
	reason = required
	[strong mine]
	users = $SD_ALICE
	verbs = run
	flags = @everyday, --privileged
	reason = required
END
denied 'a request' 'more than 60 refusals' sd request --as debug --for 30m --reason x
is 'is not written, and not left' "0 0" "$(count phase=request) $(find /var/spool/safedocker/requests -type f | wc -l)"
denied 'no password is asked for that could be wrong without a record' 'no password is asked for now' \
	setsid -w setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i PATH=/usr/bin:/bin HOME=/ \
	"$SAFEDOCKER" --as mine --reason x run bb:1
no_budgets
allowed 'with places left: the request' sd request --as debug --for 30m --reason x
is 'and its record' 1 "$(count phase=request)"
rm -f /var/spool/safedocker/requests/*

statement 30 'one user'\''s records of a day: beyond them that user alone is refused'
stand_up $'[log]\nday-max = 1m'
new_log
got=$(alice python3 "$SD_HOSTILE/writers.py" "$HELPER" 2 4 250 | paste -sd' ')
has 'some are served' "$got" '201 '
has 'the others are refused' "$got" '429 '
# What had begun is written to its end: eight workers, an outcome each.
at_most 'the record' $((1024 * 1024 + 8 * 4096 + 2048)) "$(stat -c %s "$LOG")"
is 'every one that went on has its intent' "$(count phase=intent)" "$(grep -ac 'POST /v1.41/containers/create' "$SEEN")"
is 'and its outcome' "$(count phase=intent)" "$(count phase=outcome)"
is 'that it is so is said once' 1 "$(count phase=denied deny_code=E_LIMIT)"
has 'what and why, and what next' "$(create)" 'day-max in [log]'
has 'a refusal reaches its user' "$(refused)" 'denied: --privileged'
is 'looking goes on' 201 "$(api "$SD_ALICE" get:/_ping recv | cut -c1-3)"
stand_in "$created" "${looked_up[@]}" "/networks/safedocker-net-$(uid "$SD_BOB")" '{"Id":"'"$(printf 'b%.0s' $(seq 64))"'","Name":"safedocker-net-'"$(uid "$SD_BOB")"'","Driver":"bridge","Labels":{"safedocker.uid":"'"$(uid "$SD_BOB")"'"}}'
is 'another user goes on' 201 "$(create "$SD_BOB" | cut -c1-3)"
stand_up $'[log]\nday-max = 64m'
is 'and so does the first, when root says so' 201 "$(create | cut -c1-3)"
stand_up $'[log]\nday-max = 1023k'
has 'a value that is none' "$(create)" 'from 1m to 1t'

statement 31 'streams: so many of a user at a time, over all helpers'
everyday
new_log
is 'below the limit' $'200 100\nafter the end of one: 200' "$(alice python3 "$SD_HOSTILE/floods.py" streams "$HELPER" 2 50)"
alice python3 "$SD_HOSTILE/floods.py" streams "$HELPER" 2 70 >"$SD_WORK/streams" &
job=$!
waits 'beyond it' grep -q '^200 128 429 12$' "$SD_WORK/streams"
wait "$job"
is 'the end of one makes room for one' 'after the end of one: 200' "$(tail -1 "$SD_WORK/streams")"
at_least 'a refusal as any other' 12 "$(count phase=denied deny_code=E_LIMIT operation=system.events)"
is 'what is no stream is not counted' '200 OK' "$(api "$SD_ALICE" get:/_ping recv)"

statement 32 'a budget that is not there, or is not what it should be'
budget_fails() {
	local name=$1 file
	shift
	no_budgets
	file=$(page_of)
	"$@" "$file"
	run sd ps
	is "$name: refused" 125 "$STATUS"
	has "$name: which" "$OUT" "$file"
	# What it says to do, done.
	eval "${OUT##*as root: }"
	allowed "$name: with that done" sd ps
}
made_by() { as "$1" true; install -m 0600 -o "$1" /dev/null "$2"; }
budget_fails 'a link' ln -s /etc/passwd
budget_fails 'a pipe' mkfifo
budget_fails 'a directory' mkdir
budget_fails 'made by somebody else' made_by "$SD_BOB"
longer() { made_by "$SD_ALICE" "$1"; truncate -s 8192 "$1"; }
budget_fails 'another size' longer
readable() { install -m 0644 -o "$SD_ALICE" /dev/null "$1"; }
budget_fails 'to be read by others' readable
twice() { made_by "$SD_ALICE" "$1"; ln "$1" "$BUDGETS/twice"; }
budget_fails 'a second name' twice
no_budgets
empty() { made_by "$SD_ALICE" "$1"; }
empty "$(page_of)"
allowed 'one that was torn when it was made is made whole' sd ps
rmdir_budgets() { no_budgets; rmdir "$BUDGETS"; }
rmdir_budgets
run sd ps
is 'no directory: refused' 125 "$STATUS"
eval "${OUT##*as root: }"
allowed 'no directory: with that done' sd ps
chmod 1777 "$BUDGETS"
run sd ps
is 'a directory for everybody: refused' 125 "$STATUS"
chmod 1730 "$BUDGETS"
for how in 'ls X' 'truncate -s 0 X' 'rm X' 'ln X /tmp/sd-budget' 'mv X /tmp/sd-budget'; do
	run alice bash -c "${how//X/$(page_of)}"
	is "its user does not reach it: $how" '1 4096' "$((STATUS != 0)) $(stat -c %s "$(page_of)")"
done

statement 33 'whom no rule is for: no engine connection, no parser'
# Who connects to it is counted.
stand_down
python3 - "$STAND_IN" "$SD_WORK/connected" <<'END' &
import os, socket, sys, threading
def serve(client):
    head = b""
    while got := client.recv(4096):
        head += got
        if head.endswith(b"\r\n\r\n"):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
            head = b""
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
s.listen(100)
open(sys.argv[2], "w").close()
kept = []
while True:
    client = s.accept()[0]
    kept.append(client)
    with open(sys.argv[2], "a") as f:
        f.write("x\n")
    threading.Thread(target=serve, args=[client], daemon=True).start()
END
counter=$!
waits 'the engine is counted' test -e "$SD_WORK/connected"
connected() { wc -l <"$SD_WORK/connected"; }
for_whom() {
	policy <<-END
		[rule r]
		users = $1
		verbs = @everyday
		flags = @everyday
		${2:-}
	END
	sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
}
new_log
for_whom "$SD_BOB"
run sd ps
is 'at the start: refused' 125 "$STATUS"
is 'in one line' 1 "$(wc -l <<<"$OUT")"
has 'why' "$OUT" "no rule of the policy is for $SD_ALICE"
has 'what next' "$OUT" 'safedocker rights'
is 'one record' 1 "$(records | wc -l)"
is 'of it' 1 "$(count phase=denied deny_code=E_NO_RULE "submituser=$SD_ALICE")"
for_whom "$SD_ALICE" $'until = 2020-01-01\n'
denied 'a rule that is over' 'has expired' sd ps
for_whom "$SD_BOB" $'[strong debug]\nusers = '"$SD_ALICE"$'\nverbs = run\nreason = optional\npassword = no'
denied 'a strong rule alone' 'safedocker --as debug' sd ps
for_whom "$SD_ALICE" $'hosts = nowhere'
denied 'a rule for other hosts' 'no rule of the policy' sd ps
run "$SAFEDOCKER" ps
is 'root is as everybody' 125 "$STATUS"
run sd explain ps
is 'explain says so' "1 1" "$STATUS $(grep -c 'no rule of the policy is for' <<<"$OUT")"
is 'the engine heard of none of it' 0 "$(connected)"
for_whom "$SD_ALICE"
has 'with a rule: served' "$(api "$SD_ALICE" get:/_ping recv)" '200 OK'
before=$(connected)
at_least 'over an engine connection' 1 "$before"

# Connections that are there all the same.
no_budgets
talk get:/_ping recv sh:here get:/_ping recv new get:/_ping recv new 'send:HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n' recv \
	new 'send:\x00\xff\x16\x03' recv new 'send:POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n' recv \
	new recv
hear
hear
before=$(connected)
for_whom "$SD_BOB"
new_log
go
for what in 'on a connection that was served before' 'on a new one' 'HEAD' 'rubbish' 'a body that never comes' 'nothing said at all'; do
	hear
	is "$what: the same answer" "403 no rule of the policy is for $SD_ALICE" \
		"${HEARD%% *} $(grep -o "no rule of the policy is for $SD_ALICE" <<<"$HEARD")"
done
hang_up
is 'no engine connection was made for them' "$before" "$(connected)"
is 'a record each' 6 "$(count phase=denied deny_code=E_NO_RULE)"
is 'of no operation' 0 "$(records | grep -c '"operation"')"
got=$(alice python3 - "$HELPER" <<'END'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
p = subprocess.Popen([sys.argv[1]], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
ours.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
data = b""
while True:
    got = ours.recv(65536)
    if not got:
        break
    data += got
print(data.split()[1].decode(), p.wait())
END
)
is 'one connection, as systemd hands it over' '403 0' "$got"
got=$(alice python3 - "$HELPER" <<'END'
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
p = subprocess.Popen([sys.argv[1]], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
sent, ended = 0, "not ended"
ours.settimeout(30)
try:
    while sent < 64 << 20:
        sent += ours.send(b"x" * 65536)
except (ConnectionError, socket.timeout) as e:
    ended = type(e).__name__
print(p.wait(), "bounded" if sent < 1 << 20 else sent)
END
)
is 'bytes without end: no more than a socket holds are taken' '0 bounded' "$got"
kill "$counter" && wait "$counter" 2>/dev/null
rm -f "$STAND_IN"
