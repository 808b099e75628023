#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2153 # CROWD_PID is coproc's
# What one user does to their own helpers, or with very many of them, stays theirs.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

# crowd HELPERS CONNECTIONS [COMMAND]: that many helpers, that many connections to each, all at once, as alice.
# Prints what came of them, as `ANSWER COUNT`, after COMMAND has been waited for while they all stay.
cat >"$SD_WORK/crowd.py" <<-'END'
	import collections, os, resource, selectors, signal, socket, subprocess, sys, tempfile, time

	helper, helpers, connections, before = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
	resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
	directory = tempfile.mkdtemp(prefix="sdcrowd-", dir="/tmp")


	def start(i):
	    listener = socket.socket(socket.AF_UNIX)
	    listener.bind(f"{directory}/{i}")
	    listener.listen(4096)
	    p = subprocess.Popen([helper, "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE,
	                         preexec_fn=lambda: exec(before))
	    return p, listener


	def ask(i):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(f"{directory}/{i}")
	    s.setblocking(False)
	    return s


	def answers(socks, seconds):
	    got, end = {s: b"" for s in socks}, time.monotonic() + seconds
	    with selectors.DefaultSelector() as waiting:
	        for s in socks:
	            waiting.register(s, selectors.EVENT_READ)
	            try:
	                s.send(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
	            except (BrokenPipeError, ConnectionResetError):
	                pass
	        while waiting.get_map() and time.monotonic() < end:
	            for key, _ in waiting.select(1):
	                s = key.fileobj
	                try:
	                    more = s.recv(4096)
	                except ConnectionResetError:
	                    more = b""
	                got[s] += more
	                if b"\r\n\r\n" in got[s] or not more:
	                    waiting.unregister(s)
	    return got


	def tell(name, got):
	    words = collections.Counter(g.split(b" ")[1].decode() if g else "nothing" for g in got.values())
	    for word, n in sorted(words.items()):
	        print(name, word, n)


	started = [start(i) for i in range(helpers)]
	lines = collections.Counter(p.stdout.readline().decode().strip() for p, _ in started)
	for line, n in lines.items():
	    print(line, n)
	if set(lines) == {"ready"}:
	    socks = [ask(i) for i in range(helpers) for _ in range(connections)]
	    got = answers(socks, 60)
	    tell("answer", got)
	    texts = {g.partition(b"\r\n\r\n")[2] for g in got.values() if b" 503 " in g[:20]}
	    for text in texts:
	        print("text", text.decode().strip())
	    print("crowded", flush=True)
	    sys.stdin.readline()
	    for s in socks:
	        s.close()
	    time.sleep(1)
	    again = [ask(i) for i in range(helpers)]
	    tell("again", answers(again, 20))
	for p, listener in started:
	    listener.close()
	    p.send_signal(signal.SIGKILL)
	    p.wait()
	for i in range(helpers):
	    os.unlink(f"{directory}/{i}")
	os.rmdir(directory)
END
crowd() { alice python3 "$SD_WORK/crowd.py" "$HELPER" "$1" "$2" "${3:-pass}" 2>&1; }
seconds() {
	local begun=$SECONDS
	"$@" >/dev/null 2>&1 || echo 1000
	echo $((SECONDS - begun))
}
rotate() { mv "$LOG" "$LOG.1" && new_log; }
gone() { ! pgrep -u "$SD_ALICE" -f safedocker-helper; }

statement 7 'limits that are too low are refused by name; no request is forwarded'
# --- limits that the caller sets ------------------------------------------------------------------------
got=$(crowd 1 1 </dev/null)
has 'as it should be: ready' "$got" 'ready 1'
has 'as it should be: served' "$got" 'answer 200 1'
for n in 3 4 5 10 20 100 255; do
	got=$(crowd 1 1 "resource.setrlimit(resource.RLIMIT_NOFILE, ($n, $n))" </dev/null)
	lacks "$n descriptors: not served" "$got" 'answer 200'
	# So few that not even the libraries can be loaded: the loader says it.
	[ "$n" -lt 10 ] || has "$n descriptors: it says why" "$got" NOFILE
done
got=$(crowd 1 1 'resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))' </dev/null)
has '256 are enough' "$got" 'answer 200 1'
got=$(crowd 1 1 'resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))' </dev/null)
has 'no process more: no worker' "$got" 'answer 503 1'
has 'no process more: it says why' "$got" 'ulimit -u'
for what in 'FSIZE 0' 'FSIZE 4096' 'CPU 1' "AS $((32 << 20))" "DATA $((16 << 20))" "STACK $((128 << 10))"; do
	got=$(crowd 1 1 "resource.setrlimit(resource.RLIMIT_${what% *}, (${what#* },) * 2)" </dev/null)
	lacks "$what: not served" "$got" 'answer 200'
done
waits 'nothing of it stays' gone

statement 14 'very many: bounded, and no harm to others'
# --- very many -------------------------------------------------------------------------------------------
alone=$(seconds sd_bob run --rm bb:1 true)
coproc CROWD { crowd 200 1; }
exec {CROWD_IN}<&"${CROWD[0]}" {CROWD_OUT}>&"${CROWD[1]}"
crowd_job=$CROWD_PID
read_crowd() {
	GOT=''
	while IFS= read -r -t 100 line <&"$CROWD_IN"; do
		GOT+=$line$'\n'
		[ "$line" != crowded ] || break
	done
}
end_crowd() {
	echo >&"$CROWD_OUT"
	exec {CROWD_OUT}>&-
	GOT=$(cat <&"$CROWD_IN")
	exec {CROWD_IN}<&-
	wait "$crowd_job" 2>/dev/null
}
read_crowd
has '200 helpers: all of them start' "$GOT" 'ready 200'
has '200 helpers: all of them serve' "$GOT" 'answer 200 200'
at_most 'another user meanwhile (s)' $((alone + 10)) "$(seconds sd_bob run --rm bb:1 true)"
end_crowd
has '200 helpers: all of them serve again' "$GOT" 'again 200 200'
waits 'and none stays' gone

# memory: what all helpers of alice's hold that is not the program's file, in kB, and the most that one of them ever held
memory() {
	local pid status
	for pid in $(pgrep -u "$SD_ALICE" -f "^$HELPER"); do
		status=$(cat "/proc/$pid/status" 2>/dev/null) && echo "$status"
	done | awk '$1 == "RssAnon:" { sum += $2 } $1 == "VmHWM:" && $2 > most { most = $2 } END { print sum + 0, most + 0 }'
}
# As many descriptors as the client needs.
ulimit -n 20000
coproc CROWD { crowd 1 10000; }
exec {CROWD_IN}<&"${CROWD[0]}" {CROWD_OUT}>&"${CROWD[1]}"
crowd_job=$CROWD_PID
read_crowd
has '10000 connections: a bound' "$GOT" 'answer 200 128'
has '10000 connections: the others are told' "$GOT" 'answer 503 9872'
has '10000 connections: in words' "$GOT" 'too many connections at a time'
at_most '10000 connections: processes' 129 "$(pgrep -u "$SD_ALICE" -fc "^$HELPER")"
read -r sum most <<<"$(memory)"
at_least '10000 connections: their memory is seen (kB)' 129 "$sum"
at_most '10000 connections: their memory (kB)' $((129 * 1024)) "$sum"
at_most '10000 connections: the most of one (kB)' 8192 "$most"
at_most 'another user meanwhile (s)' $((alone + 10)) "$(seconds sd_bob run --rm bb:1 true)"
at_most 'the same user with another helper (s)' $((alone + 10)) "$(seconds sd run --rm bb:1 true)"
end_crowd
has '10000 connections: when they have gone the next is served' "$GOT" 'again 200 1'
waits 'and nothing stays' gone

# A burst of short ones is not turned away: each waits its turn.
cat >"$SD_WORK/burst.py" <<-'END'
	import socket, subprocess, sys, threading, os, tempfile
	directory = tempfile.mkdtemp(prefix="sdburst-", dir="/tmp")
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(directory + "/s")
	listener.listen(4096)
	p = subprocess.Popen([sys.argv[1], "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
	p.stdout.readline()
	good = []

	def one():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(directory + "/s")
	    s.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	    if b" 200 " in s.recv(4096)[:20]:
	        good.append(1)

	threads = [threading.Thread(target=one) for _ in range(300)]
	for t in threads:
	    t.start()
	for t in threads:
	    t.join()
	print(len(good))
	os.unlink(directory + "/s")
	os.rmdir(directory)
END
is 'a burst of 300 short ones is served' 300 "$(alice python3 "$SD_WORK/burst.py" "$HELPER" 2>&1)"

statement 13 'stopped or slowed by its user, it decides as before and holds nobody up'
# --- stopped, slowed ----------------------------------------------------------------------------------------
new_log
jobs=()
for i in $(seq 20); do
	sd create --name "stop$i" bb:1 >/dev/null 2>&1 &
	jobs+=($!)
done
# At whatever point each of them is: none holds anything that another needs.
for _ in $(seq 20); do
	pkill -STOP -u "$SD_ALICE" -f "^$HELPER"
	sleep 0.01
done
at_least 'some are stopped' 1 "$(pgrep -u "$SD_ALICE" -fc "^$HELPER")"
at_most 'another user while they stand still (s)' $((alone + 10)) "$(seconds sd_bob create --name unharmed bb:1)"
is 'with a record' 1 "$(count phase=outcome operation=container.create submituser="$SD_BOB" status=201)"
at_most 'root rotates the record while they stand still (s)' 5 "$(seconds rotate)"
at_most 'and it goes on for the other (s)' $((alone + 10)) "$(seconds sd_bob create --name unharmed2 bb:1)"
for _ in $(seq 10); do
	pkill -CONT -u "$SD_ALICE" -f "^$HELPER"
	sleep 0.1
done
for job in "${jobs[@]}"; do wait "$job"; done
made=$(engine ps -a --format '{{.Names}}' | grep -c '^stop')
written=$({ records phase=intent operation=container.create; python3 "$SD_HERE/records.py" "$LOG.1" phase=intent operation=container.create; } |
	grep -c "$SD_ALICE")
at_least 'each container that was made has its intent' "$made" "$written"
rm -f "$LOG.1"
remove_all
new_log

talk get:/_ping recv sh:here get:/_ping recv 'json:POST:/v1.41/containers/create:{"Image":"bb:1","HostConfig":{"Privileged":true}}' recv
hear && hear
mapfile -t pids < <(pgrep -u "$SD_ALICE" -f "^$HELPER")
for pid in "${pids[@]}"; do
	alice renice -n 19 -p "$pid" >/dev/null
	is "$pid: is slowed" 19 "$(ps -o ni= -p "$pid" | tr -d ' ')"
	alice ionice -c 3 -p "$pid" >/dev/null 2>&1
	alice chrt --idle -p 0 "$pid" >/dev/null 2>&1
	alice taskset -p 1 "$pid" >/dev/null 2>&1
	denied "$pid: its limits are not the caller's" 'Operation not permitted' alice prlimit --fsize=0 --pid "$pid"
	denied "$pid: nor its descriptors" 'Operation not permitted' alice prlimit --nofile=1 --pid "$pid"
	denied "$pid: nor who dies first" 'ermission denied' alice sh -c "echo 1000 >/proc/$pid/oom_score_adj"
done
go && hear
is 'slowed, it serves' '200 OK' "$HEARD"
hear
has 'slowed, it refuses what it refused' "$HEARD" '403 '
hang_up
