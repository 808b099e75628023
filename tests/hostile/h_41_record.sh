#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# The record under load, rotated, torn, and with names that would bend a line.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

id=$(printf 'a%.0s' $(seq 64))
answer='{"Id":"'$id'","Warnings":[]}'
created="HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${#answer}\r\n\r\n$answer"
stand_in "$created" "${looked_up[@]}"
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
sent() { grep -ac 'POST /v1.41/containers/create' "$SEEN"; }
create() { api "$SD_ALICE" 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv; }

statement 14 '200 writers at a time: every line whole, every creation with its intent'
new_log
: >"$SEEN"
got=$(alice python3 "$SD_HOSTILE/writers.py" "$HELPER" 20 10 5)
is '200 writers: all of them are served' '201 1000' "$got"
is '200 writers: sent on' 1000 "$(sent)"
is '200 writers: intents' 1000 "$(count phase=intent operation=container.create)"
is '200 writers: outcomes' 1000 "$(count phase=outcome operation=container.create status=201)"
is '200 writers: ids' 1000 "$(records phase=intent | python3 -c 'import json, sys; print(len({json.loads(l)["id"] for l in sys.stdin}))')"
is '200 writers: no line torn' '' "$(records 2>&1 >/dev/null)"

# Rotated while they write, every other file packed at once as logrotate does without delaycompress: what went on
# stands whole in one of them. What is written to a file while it is packed may be cut there; it did not go on.
new_log
: >"$SEEN"
alice python3 "$SD_HOSTILE/writers.py" "$HELPER" 10 10 20 >"$SD_WORK/writers" &
job=$!
for i in $(seq 16); do
	chattr -a "$LOG" 2>/dev/null
	mv "$LOG" "$LOG.$i"
	new_log
	if [ $((i % 2)) = 0 ]; then gzip -q "$LOG.$i"; else sleep 0.2; fi
done
wait "$job"
sent=$(sent)
at_least 'rotated under load: some are served' 100 "$sent"
cat "$LOG" "$LOG".*[0-9] >"$SD_WORK/plain"
is 'rotated under load: no line torn' '' "$(python3 "$SD_HERE/records.py" "$SD_WORK/plain" 2>&1 >/dev/null)"
zcat "$LOG".*.gz | cat - "$SD_WORK/plain" >"$SD_WORK/all"
intents=$(python3 "$SD_HERE/records.py" "$SD_WORK/all" phase=intent operation=container.create 2>/dev/null | wc -l)
at_least 'rotated under load: every one that went on has its intent' "$sent" "$intents"
rm -f "$LOG".* "$SD_WORK/plain" "$SD_WORK/all" "$SD_WORK/writers"

statement 15 'a record that was torn harms no other; what cannot be a record is not written to'
new_log
create >/dev/null
# What a write leaves that SIGKILL ended at the border of a page.
printf '\n{"version":1,"time":"2026-11-24T00:00:00.000000Z","id":"0123456789abcdef","phase":"int' >>"$LOG"
create >/dev/null
is 'the next record stands on a line of its own' 2 "$(count phase=intent 2>/dev/null)"
is 'and the torn one is reported' '1 torn lines' "$(records 2>&1 >/dev/null)"
# A disk that is full in the middle of a record: one page in all, nearly written.
mount -t tmpfs -o size=4k,mode=0755 tmpfs /var/log/safedocker
new_log
head -c 4000 /dev/zero | tr '\0' '\n' >"$LOG"
: >"$SEEN"
has 'a short write: refused' "$(create)" 'the disk is full'
is 'a short write: nothing went on' 0 "$(sent)"
is 'a short write: it did begin' 4096 "$(stat -c %s "$LOG")"
mount -o remount,size=64k /var/log/safedocker
is 'with room again' 201 "$(create | cut -c1-3)"
is 'and the torn one spoils no other' '1, 1 torn lines' "$(count phase=intent 2>/dev/null), $(records 2>&1 >/dev/null)"
umount -l /var/log/safedocker
new_log
for made in 'mkfifo -m 0620' 'mkdir' 'ln -s /var/log/safedocker/elsewhere'; do
	chattr -a "$LOG" 2>/dev/null
	rm -rf "$LOG"
	: >"$SEEN"
	$made "$LOG"
	chgrp -h docker "$LOG"
	has "$made: refused" "$(create)" 'record cannot be written'
	is "$made: nothing went on" 0 "$(sent)"
	rm -rf "$LOG"
done
is 'nothing was made behind the link' '' "$(find /var/log/safedocker -name elsewhere)"
new_log
chgrp safedocker "$LOG"
has 'of another group: refused' "$(create)" 'record cannot be written'
new_log
# Replaced between two requests of one connection, by what must not be written to.
: >"$SEEN"
talk 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv sh:here 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv
hear && hear
chattr -a "$LOG" 2>/dev/null
mv "$LOG" "$LOG.1"
alice touch /tmp/sd-record && mv /tmp/sd-record "$LOG"
go && hear
hang_up
has 'replaced by a file of the user'\''s: refused' "$HEARD" 'record'
is 'replaced by a file of the user'\''s: nothing went on' 1 "$(sent)"
is 'and it stays empty' 0 "$(stat -c %s "$LOG")"
rm -f "$LOG.1"
new_log

statement 8 'whatever umask: what is there keeps its mode'
(umask 0; create >/dev/null)
is 'the record' 'root:docker 660' "$(stat -c '%U:%G %a' "$LOG")"

statement 16 'a journal that is absent, full, or takes no long message: the file decides'
is 'absent: it is served' 201 "$(create | cut -c1-3)"
if mount -t tmpfs tmpfs /run/systemd 2>/dev/null || { mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd; }; then
	mkdir -p /run/systemd/journal
	python3 - <<-'END' &
		import os, socket, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/run/systemd/journal/socket")
		os.chmod("/run/systemd/journal/socket", 0o666)
		time.sleep(1000)
	END
	journal=$!
	waits 'a journal that never reads' test -S /run/systemd/journal/socket
	new_log
	for _ in $(seq 30); do create; done >"$SD_WORK/answers"
	is 'full: every one is served' '' "$(grep -v '^201' "$SD_WORK/answers")"
	is 'full: every one has its record' 30 "$(count phase=outcome status=201)"
	kill "$journal" && wait "$journal" 2>/dev/null
	rm -f /run/systemd/journal/socket
	# What the helper says of the kernel, and with whose word.
	python3 - "$SD_WORK/journal" <<-'END' &
		import os, socket, struct, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
		s.bind("/run/systemd/journal/socket")
		os.chmod("/run/systemd/journal/socket", 0o666)
		s.settimeout(60)
		with open(sys.argv[1], "w") as out:
		    data, control, _, _ = s.recvmsg(65536, 1024)
		    out.write(f"gid={struct.unpack('3i', control[0][2])[2]} " + data.decode())
	END
	journal=$!
	waits 'a journal that reads' test -S /run/systemd/journal/socket
	api "$SD_ALICE" get:/_ping recv >/dev/null
	wait "$journal"
	has 'at debug level: how far this kernel confines' "$(cat "$SD_WORK/journal")" Landlock
	has 'at debug level: priority' "$(cat "$SD_WORK/journal")" PRIORITY=7
	has 'with the group as proof' "$(cat "$SD_WORK/journal")" "gid=$(getent group docker | cut -d: -f3) "
	umount /run/systemd
else
	skip 'the journal' 'no tmpfs can be mounted on /run/systemd'
fi

statement 22 'names with line ends, escapes, bytes that are no UTF-8, and marks that turn the text'
new_log
odd=$'x\r\n{"forged":1}\e[31m\x9b31m\xff\xc0\xaf\u202e\u2066\u200f\u2028\x7f'
api "$SD_ALICE" --claimed "$odd" 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv >/dev/null
for name in '\u000a{\"forged\":1}' '\u001b[31m' '\u202e' '\u2028' '\u007f' '\u009b'; do
	api "$SD_ALICE" "json:POST:/v1.41/networks/create:{\"Name\":\"$name\"}" recv \
		"json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",\"Labels\":{\"$name\":\"$name\"}}" recv >"$SD_WORK/answer"
	is "$name: the answer is plain" 0 "$(LC_ALL=C grep -c '[^ -~]' "$SD_WORK/answer")"
done
api "$SD_ALICE" 'send:GET /\xff\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n' recv >/dev/null
at_least 'all of it is recorded' 7 "$(records | wc -l)"
is 'no line is bent' '' "$(records 2>&1 >/dev/null)"
is 'nothing forged' 0 "$(count forged=1)"
is 'ASCII alone' 0 "$(LC_ALL=C grep -c '[^ -~]' "$LOG")"
stand_down
