#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An engine that hangs or answers rubbish, and a crowd of slow clients: an end to everything, and others unharmed.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

gone() { ! pgrep -u "$SD_ALICE" -f safedocker-helper; }
elsewhere() {
	policy <<-POLICY
		[log]
		reads = yes
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
	POLICY
	sed -i "s,^socket = .*,socket = $1," "$CONF"
}

statement 24 'an engine that hangs: what is asked of it by ourselves has an end, and nobody else waits'
answered='!HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nOK'
stand_in '' /_ping "$answered" /containers/nothing/json '!' /containers/head/json '!HTTP/1.1 200 OK\r\nContent-Le' \
	/containers/body/json '!HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"Id":'
elsewhere "$STAND_IN"
new_log
jobs=()
for name in nothing head body; do
	api "$SD_ALICE" "post:/v1.41/containers/$name/start" recv >"$SD_WORK/hung.$name" 2>&1 &
	jobs+=($!)
done
# What is the client's own to wait for is waited for as long as the client does.
talk get:/v1.41/version sh:asked
hear
is 'another user meanwhile' '200 OK' "$(api "$SD_BOB" get:/_ping recv)"
is 'the same user meanwhile' '200 OK' "$(api "$SD_ALICE" get:/_ping recv)"
wait "${jobs[@]}"
has 'a look-up without an answer' "$(cat "$SD_WORK/hung.nothing")" '504 {"message":"safedocker: the engine does not answer in time'
has 'a look-up with half a head' "$(cat "$SD_WORK/hung.head")" '504 {"message":"safedocker: the engine does not answer in time'
has 'a look-up with half a body' "$(cat "$SD_WORK/hung.body")" '504 {"message":"safedocker: the engine does not answer in time'
lacks 'nothing is started' "$(cat "$SEEN")" '/start'
is 'each of them has its record' 3 "$(count phase=denied operation=container.start)"
is 'a client that waits longer is still served' 1 "$(pgrep -u "$SD_ALICE" -fc client.py)"
go
hang_up
waits 'and when it goes, its helper does' gone
rm -f "$SD_WORK"/hung.*
stand_down

# Nobody takes connections there, and as many as may wait do.
python3 - "$STAND_IN" "$SD_WORK/full" <<-'END' &
	import os, socket, sys, time
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(sys.argv[1])
	os.chmod(sys.argv[1], 0o666)
	listener.listen(0)
	waiting = []
	while True:
	    s = socket.socket(socket.AF_UNIX)
	    s.setblocking(False)
	    try:
	        s.connect(sys.argv[1])
	    except BlockingIOError:
	        break
	    waiting.append(s)
	open(sys.argv[2], "w").close()
	time.sleep(1000)
END
job=$!
waits 'an engine that takes no connection' test -e "$SD_WORK/full"
has 'is told of in words' "$(api "$SD_ALICE" get:/_ping recv)" 'cannot connect to the docker engine'
kill "$job" && wait "$job" 2>/dev/null
rm -f "$SD_WORK/full" "$STAND_IN"

# Answers that are none, without end.
stand_in "$(printf 'HTTP/1.1 100 Continue\\r\\n\\r\\n%.0s' $(seq 2000))"
is 'interim answers without end' 502 "$(api "$SD_ALICE" get:/_ping recv | cut -c1-3)"
stand_down

statement 24 'an engine that answers rubbish: every request has an answer and its records, and no worker breaks'
python3 "$SD_HOSTILE/rubbish.py" "$STAND_IN" 1 &
STAND_IN_PID=$!
waits 'rubbish in the engine'\''s place' test -S "$STAND_IN"
# Fifty at a time: of one user's refusals no more than sixty a minute are written down one by one.
asked=0 intents=0 outcomes=0 refusals=0
: >"$SD_WORK/rubbish"
for _ in $(seq 12); do
	steps=()
	new_log
	for _ in 1 2 3 4 5; do
		for request in get:/v1.41/containers/json get:/v1.41/images/json get:/v1.41/containers/x/json post:/v1.41/containers/x/start \
			get:/v1.41/networks get:/v1.41/events post:/v1.41/containers/x/attach?stream=1 \
			'json:POST:/v1.41/networks/create:{"Name":"x"}' 'json:POST:/v1.41/volumes/create:{"Name":"x"}' \
			'json:POST:/v1.41/containers/create:{"Image":"bb:1"}'; do
			steps+=(new "$request" half raw)
			asked=$((asked + 1))
		done
	done
	api "$SD_ALICE" "${steps[@]}" >>"$SD_WORK/rubbish"
	intents=$((intents + $(count phase=intent)))
	outcomes=$((outcomes + $(count phase=outcome)))
	refusals=$((refusals + $(count phase=denied)))
done
is 'each has an answer' "$asked" "$(grep -ac '^HTTP/1.1 [1-5][0-9][0-9] ' "$SD_WORK/rubbish")"
at_least 'many of them are of ours' 200 "$(grep -ac '^HTTP/1.1 502 ' "$SD_WORK/rubbish")"
is 'what began has its outcome' "$intents" "$outcomes"
at_least 'each has its record' "$asked" $((intents + refusals))
is 'no line torn' '' "$(records 2>&1 >/dev/null)"
rm -f "$SD_WORK/rubbish"
stand_down
everyday

statement R2 'a crowd of slow ones: each has its 30 seconds, others are served meanwhile'
alice python3 - "$HELPER" >"$SD_WORK/slow" 2>&1 <<-'END' &
	import collections, os, socket, subprocess, sys, tempfile, time
	directory = tempfile.mkdtemp(prefix="sdslow-", dir="/tmp")
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(directory + "/s")
	listener.listen(4096)
	p = subprocess.Popen([sys.argv[1], "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
	p.stdout.readline()
	socks = []
	for _ in range(128):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(directory + "/s")
	    socks.append(s)
	print("slow", flush=True)
	# A byte of a head every second, or of a body.
	first = [b"G", b"POST /v1.41/networks/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"]
	rest = [b"ET /_ping HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 1000, b" " * 90]
	for i in range(60):
	    for n, s in enumerate(socks):
	        try:
	            s.send(first[n % 2] if i == 0 else rest[n % 2][i - 1:i])
	        except (BrokenPipeError, ConnectionResetError):
	            pass
	    time.sleep(1)
	answers = collections.Counter()
	for s in socks:
	    s.settimeout(10)
	    answers[s.recv(4096)[9:12].decode()] += 1
	for answer, n in sorted(answers.items()):
	    print(answer, n)
	s = socket.socket(socket.AF_UNIX)
	s.connect(directory + "/s")
	s.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
	print("then", s.recv(4096)[9:12].decode())
	os.unlink(directory + "/s")
	os.rmdir(directory)
END
job=$!
waits '128 slow ones' grep -q slow "$SD_WORK/slow"
allowed 'another user is served' sd_bob run --rm bb:1 true
allowed 'and the same one with another helper' sd run --rm bb:1 true
is 'while they are slow' 1 "$(wc -l <"$SD_WORK/slow")"
wait "$job"
is 'each of them was told' 'slow 408 128 then 200' "$(paste -sd' ' "$SD_WORK/slow")"
waits 'and nothing stays' gone
rm -f "$SD_WORK/slow"
