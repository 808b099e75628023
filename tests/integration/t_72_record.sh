#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# The record holds what was done, whatever becomes of the helper, the disk, the file or the journal meanwhile.
. "$SD_HERE/lib.sh"

# --- killed at any moment ---------------------------------------------------------------------------------
# One gatekeeper; for each delay a connection whose worker is killed that long after the request was sent.
cat >"$SD_WORK/kill.py" <<-'END'
	import json, os, random, signal, socket, subprocess, sys, tempfile, time
	directory = tempfile.mkdtemp(prefix="sdkill-", dir="/tmp")
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(directory + "/s")
	listener.listen()
	p = subprocess.Popen([sys.argv[1], "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
	p.stdout.readline()
	delays = [None] + [i * 1e-4 for i in range(60)] + [random.uniform(0, 0.06) for _ in range(60)]
	for i, delay in enumerate(delays):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(directory + "/s")
	    worker = ""
	    while not worker:
	        worker = open(f"/proc/{p.pid}/task/{p.pid}/children").read().strip()
	    body = json.dumps({"Image": "bb:1"}).encode()
	    s.sendall(b"POST /v1.41/containers/create?name=kill%d HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	              b"Content-Length: %d\r\n\r\n" % (i, len(body)) + body)
	    if delay is None:
	        print("alive", s.recv(4096)[:12].decode())
	    else:
	        end = time.perf_counter() + delay
	        while time.perf_counter() < end:
	            pass
	        os.kill(int(worker.split()[0]), signal.SIGKILL)
	    s.close()
	    while open(f"/proc/{p.pid}/task/{p.pid}/children").read().strip():
	        time.sleep(0.001)
	p.kill()
	p.wait()
	os.unlink(directory + "/s")
	os.rmdir(directory)
END
if [ -e "/proc/$$/task/$$/children" ]; then
	new_log
	is 'a worker that is left alone' 'alive HTTP/1.1 201' "$(alice python3 "$SD_WORK/kill.py" "$HELPER" 2>&1)"
	sleep 1
	records phase=intent operation=container.create |
		python3 -c 'import json,sys
for line in sys.stdin: print(json.loads(line)["flags"][0].partition("=")[2])' | sort >"$SD_WORK/intents"
	engine ps -a --format '{{.Names}}' | sort >"$SD_WORK/made"
	outcomes=$(count phase=outcome operation=container.create)
	intents=$(wc -l <"$SD_WORK/intents")
	at_least '120 killed: some did something' 2 "$(wc -l <"$SD_WORK/made")"
	at_most '120 killed: some did nothing' 120 "$(wc -l <"$SD_WORK/made")"
	is '120 killed: what was done without an intent' '' "$(comm -13 "$SD_WORK/intents" "$SD_WORK/made")"
	at_least '120 killed: some intents have no outcome' 1 $((intents - outcomes))
	is '120 killed: no line is torn' '' "$(records 2>&1 >/dev/null)"
	remove_all
else
	skip 'killed at any moment' 'the kernel does not tell the children of a process'
fi

# --- a file that is none of ours --------------------------------------------------------------------------
# Both for a helper that starts and for one whose connection is open already.
spoiled() {
	local name=$1
	shift
	new_log
	talk get:/_ping recv sh:spoil 'json:POST:/v1.41/containers/create?name=never:{"Image":"bb:1"}' recv
	hear && hear
	"$@"
	go && hear
	has "$name: refused on a connection" "$HEARD" 'the record cannot be written'
	hang_up
	denied "$name: refused from the start" 'the record cannot be written' \
		timeout 20 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i HOME=/tmp \
		PATH=/usr/bin:/bin "$SAFEDOCKER" create --name never bb:1
	is "$name: nothing was made" 0 "$(containers)"
	chmod 0755 /var/log/safedocker
	rm -rf "$LOG" "$LOG".*
}
fifo() { rm "$LOG" && mkfifo -m 0620 "$LOG" && chown root:docker "$LOG"; }
read_fifo() { fifo && { timeout 20 cat "$LOG" >/dev/null & } && sleep 0.2; }
null() { rm "$LOG" && mknod "$LOG" c 1 3 && chown root:docker "$LOG" && chmod 0620 "$LOG"; }
bound() { rm "$LOG" && python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$LOG" &&
	chown root:docker "$LOG"; }
linked() { mv "$LOG" "$LOG.real" && ln -s "$LOG.real" "$LOG"; }
directory() { rm "$LOG" && mkdir "$LOG" && chown root:docker "$LOG"; }
spoiled 'missing' rm "$LOG"
spoiled 'a link' linked
spoiled 'a pipe' fifo
spoiled 'a pipe that is read' read_fifo
spoiled 'a device that swallows' null
spoiled 'a socket' bound
spoiled 'a directory' directory
spoiled "the user's" chown "$SD_ALICE:docker" "$LOG"
spoiled 'of another group' chgrp "$SD_ALICE" "$LOG"
spoiled 'for everybody to write' chmod 0622 "$LOG"
spoiled 'a second name' ln "$LOG" "$LOG.second"
new_log
allowed 'as it should be' sd create --name fine bb:1
remove_all
mv /var/log/safedocker "$SD_WORK/logs" 2>/dev/null || :	# a mount point stays
new_log

# --- a full disk -------------------------------------------------------------------------------------------
mount -t tmpfs -o size=64k,mode=0755 tmpfs /var/log/safedocker
new_log
steps=()
for i in $(seq 60); do
	steps+=("json:POST:/v1.41/containers/create?name=full$i:{\"Image\":\"bb:1\",\"Labels\":{\"x\":\"$(printf '%01500d' "$i")\"}}" recv new)
done
run api "$SD_ALICE" "${steps[@]}"
at_least 'until the disk is full: made' 1 "$(grep -c '^201 ' <<<"$OUT")"
at_least 'when it is full: refused' 1 "$(grep -c '^500 .*the record cannot be written' <<<"$OUT")"
is 'and nothing else is answered' 60 "$(grep -cE '^(201 |500 .*the record cannot)' <<<"$OUT")"
at_least 'each that was made has its intent' "$(containers)" "$(count phase=intent operation=container.create 2>/dev/null)"
at_most 'a torn line at the most' 1 "$(records 2>&1 >/dev/null | awk '{ n += $1 } END { print n + 0 }')"
mount -o remount,size=128k /var/log/safedocker
before=$(count 2>/dev/null)
allowed 'with room again' sd create --name later bb:1
is 'the torn line harms no other' $((before + 2)) "$(count 2>/dev/null)"
umount /var/log/safedocker
remove_all
new_log

# --- rotated under load ---------------------------------------------------------------------------------------
# Eight writers; each asks until it is answered 201, so what it was answered must be found.
cat >"$SD_WORK/write.py" <<-'END'
	import json, os, socket, subprocess, sys, tempfile, threading
	directory = tempfile.mkdtemp(prefix="sdwrite-", dir="/tmp")
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(directory + "/s")
	listener.listen(100)
	p = subprocess.Popen([sys.argv[1], "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
	p.stdout.readline()
	other = []


	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(directory + "/s")
	    return s


	def write(n):
	    s = connect()
	    for i in range(int(sys.argv[2])):
	        body = json.dumps({"Cmd": ["true"], "WorkingDir": f"/{n}.{i}"}).encode()
	        while True:
	            got = b""
	            try:
	                s.sendall(b"POST /v1.41/containers/w/exec HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	                          b"Content-Length: %d\r\n\r\n" % len(body) + body)
	                got = s.recv(65536)
	            except ConnectionError:
	                pass
	            if got.startswith(b"HTTP/1.1 201"):
	                break
	            if got and b"the record" not in got:
	                other.append(got)
	            s.close()
	            s = connect()


	threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
	for t in threads:
	    t.start()
	for t in threads:
	    t.join()
	print("answered otherwise:", other[:3])
	p.kill()
	os.unlink(directory + "/s")
	os.rmdir(directory)
END
# rotated NAME DELAY: the record goes away each tenth of a second; DELAY: what it was is compressed one turn later
rotated() {
	local name=$1 delay=$2 turn=0 writing
	rm -f "$LOG".*
	new_log
	alice python3 "$SD_WORK/write.py" "$HELPER" 200 >"$SD_WORK/written" 2>&1 &
	writing=$!
	while kill -0 "$writing" 2>/dev/null; do
		turn=$((turn + 1))
		mv "$LOG" "$LOG.$turn"
		new_log
		[ "$delay" = 0 ] || sleep 0.1
		[ "$((turn - delay))" -lt 1 ] || gzip "$LOG.$((turn - delay))"
		sleep 0.1
	done
	wait "$writing"
	is "$name: all answers" 'answered otherwise: []' "$(cat "$SD_WORK/written")"
	at_least "$name: turns" 5 "$turn"
	{ zcat -f "$LOG".*; cat "$LOG"; } >"$SD_WORK/all"
	is "$name: no line torn" '' "$(python3 "$SD_HERE/records.py" "$SD_WORK/all" 2>&1 >/dev/null)"
	is "$name: no intent lost" 1600 "$(python3 "$SD_HERE/records.py" "$SD_WORK/all" phase=intent operation=exec.create |
		grep -o -- '--workdir=/[0-9.]*' | sort -u | wc -l)"
	outcomes=$(python3 "$SD_HERE/records.py" "$SD_WORK/all" phase=outcome operation=exec.create status=201 |
		grep -o -- '--workdir=/[0-9.]*' | sort -u | wc -l)
	rm -f "$LOG".*
	new_log
}
sd run -d --name w bb:1 sleep 1000 >/dev/null
rotated 'rotated, compressed at the next turn' 1
is 'no outcome lost either' 1600 "$outcomes"
rotated 'rotated, compressed at once' 0
remove_all

# --- the journal ---------------------------------------------------------------------------------------------
mkdir -p /run/systemd
mount -t tmpfs -o mode=0755 tmpfs /run/systemd
new_log
allowed 'no journal' sd create bb:1
is 'no journal: the record' 2 "$(count operation=container.create)"
mkdir -p /run/systemd/journal
full() {
	python3 - "$1" <<-'END' &
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		os.chmod(sys.argv[1], 0o666)
		c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		c.setblocking(False)
		try:
		    while True:
		        c.sendto(b"x" * 1000, sys.argv[1])
		except BlockingIOError:
		    open("/run/systemd/full", "w").close()
		time.sleep(100)
	END
	FULL=$!
	for _ in $(seq 50); do [ -e /run/systemd/full ] && break; sleep 0.1; done
}
full /run/systemd/journal/socket
[ -e /run/systemd/full ] && ok 'a journal that is full'
new_log
allowed 'a full journal holds nobody up' timeout 20 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups \
	env -i HOME=/tmp PATH=/usr/bin:/bin "$SAFEDOCKER" create bb:1
is 'a full journal: the record' 2 "$(count operation=container.create)"
kill "$FULL" && wait "$FULL" 2>/dev/null
rm -rf /run/systemd/journal /run/systemd/full
# /dev/log, in a /dev of our own: what is below it belongs to the machine.
mkdir -p "$SD_WORK/dev"
mount -t tmpfs -o mode=0755 tmpfs "$SD_WORK/dev"
for d in null zero full random urandom tty; do cp -a "/dev/$d" "$SD_WORK/dev/$d"; done
mount --move "$SD_WORK/dev" /dev
full /dev/log
[ -e /run/systemd/full ] && ok 'a /dev/log that is full'
new_log
allowed 'a full /dev/log holds nobody up' timeout 20 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups \
	env -i HOME=/tmp PATH=/usr/bin:/bin "$SAFEDOCKER" create bb:1
is 'a full /dev/log: the record' 2 "$(count operation=container.create)"
kill "$FULL" && wait "$FULL" 2>/dev/null
umount /dev
umount /run/systemd
remove_all

# --- names that are more than text ------------------------------------------------------------------------------
odd=$'x\r\n{"forged":1}\e[2J\x7f\xff\xc3\xe2\x80\xae\xe2\x80\xa8\xc2\x9b31m'
new_log
json() { python3 -c 'import json,sys; print(json.dumps(sys.argv[1].encode("utf-8", "surrogateescape").decode("utf-8", "replace")))' "$1"; }
url() { python3 -c 'import os,sys,urllib.parse; print(urllib.parse.quote(os.fsencode(sys.argv[1]), safe=""))' "$1"; }
o=$(json "$odd") u=$(url "$odd")
api "$SD_ALICE" --claimed "run $odd" \
	"json:POST:/v1.41/containers/create?name=$u:{\"Image\":\"bb:1\"}" recv new \
	"json:POST:/v1.41/containers/create:{\"Image\":$o}" recv new \
	"json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",\"HostConfig\":{\"Binds\":[$o]}}" recv new \
	"json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",$o:1}" recv new \
	"json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",\"Hostname\":$o,\"HostConfig\":{\"NetworkMode\":$o,\"CapAdd\":[$o]}}" recv new \
	"json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",\"Labels\":{$o:$o},\"HostConfig\":{\"Privileged\":true}}" recv new \
	"get:/v1.41/containers/$u/json" recv new "post:/v1.41/containers/$u/start" recv new \
	"get:/v1.41/containers/json?filters=$u" recv new "get:/v1.41/$u" recv new "post:/v1.41/images/create?fromImage=$u" recv \
	>"$SD_WORK/said" 2>&1
# An answer is `STATUS JSON`; the message in it must be printable text and newlines alone.
python3 - "$SD_WORK/said" >"$SD_WORK/odd" <<-'END'
	import json, sys
	for line in open(sys.argv[1], newline="\n"):
	    status, _, body = line.rstrip("\n").partition(" ")
	    try:
	        message = json.loads(body)["message"]
	    except (ValueError, KeyError, TypeError):
	        continue
	    print("answer", status)
	    if any(not (" " <= c <= "~" or c == "\n") for c in message) or "\n{" in message:
	        print("ODD", ascii(message))
END
at_least 'odd names: answers' 9 "$(grep -c ^answer "$SD_WORK/odd")"
is 'odd names: what of them is not plain text' '' "$(grep ^ODD "$SD_WORK/odd")"
is 'odd names: the record is ASCII' 0 "$(LC_ALL=C grep -c '[^ -~]' "$LOG")"
at_least 'odd names: records' 9 "$(count)"
is 'odd names: each is a line' '' "$(records 2>&1 >/dev/null)"
is 'odd names: none made one' 0 "$(count forged=1)"
has 'odd names: but all of it is there' "$(records | head -1)" '"claimed":"run x\u000d\u000a{\"forged\":1}\u001b[2J\u007f\ufffd'
