#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Before it is done it is written down; what cannot be written down is not done.
. "$SD_HERE/lib.sh"

allowed 'run' sd run --rm --name recorded -e SECRET=hidden bb:1 true
is 'the intent of create' 1 "$(count phase=intent operation=container.create submituser="$SD_ALICE" uid="$(uid)" rule=everyday decision=allow)"
is 'its outcome' 1 "$(count phase=outcome operation=container.create status=201)"
is 'start' 1 "$(count phase=outcome operation=container.start status=204)"
is 'attach' 1 "$(count phase=intent operation=container.attach)"
id=$(records phase=intent operation=container.create | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["id"])')
is 'one id joins the two' 2 "$(count id="$id")"
is 'from which host and directory' 1 "$(count phase=intent operation=container.create submithost="$(uname -n)" submitcwd=/)"
has 'flags are there' "$(records id="$id" phase=intent)" '"--name=recorded"'
lacks 'values of variables are not' "$(cat "$LOG")" hidden
has 'what the front end claims' "$(records id="$id" phase=intent)" '"claimed":"run --rm --name recorded -e SECRET? bb:1 true'
run sd login -u x -p gehe1m 127.0.0.1:1
has 'a password on the command line is claimed without itself' "$(records)" '"claimed":"login -u x -p ?'
lacks 'and stands nowhere' "$(records)" gehe1m
is 'reads are not recorded' 0 "$(count operation=container.list)"
sd ps >/dev/null
is 'also not after ps' 0 "$(count operation=container.list)"
policy <<-END
	[log]
	reads = yes
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday
END
sd ps >/dev/null
is 'but where the policy says so' 2 "$(count operation=container.list)"
everyday
is 'every line is whole' 0 "$(records 2>&1 >/dev/null | wc -l)"
is 'and ASCII' 0 "$(LC_ALL=C grep -c '[^ -~]' "$LOG")"
run sd create --name $'x\n{"forged":1}' bb:1
is 'a name cannot make a line' 0 "$(count forged=1)"

no_operation() {
	denied "$1: refused" "$2" sd create --name never bb:1
	is "$1: nothing was made" 0 "$(containers)"
}
mv "$LOG" "$LOG.away"
no_operation 'no file' 'the record cannot be written'
ln -s "$LOG.away" "$LOG"
no_operation 'a link' 'the record cannot be written'
rm "$LOG"
: >"$LOG"
chown "$SD_ALICE" "$LOG"
no_operation "somebody's own file" 'the record cannot be written'
new_log
chmod 0622 "$LOG"
no_operation 'a file for everybody' 'the record cannot be written'
new_log
ln "$LOG" "$LOG.second"
no_operation 'a second link' 'the record cannot be written'
rm "$LOG.second"
mkdir "$LOG.dir"
rm "$LOG"
mv "$LOG.dir" "$LOG"
no_operation 'a directory' 'the record cannot be written'
rmdir "$LOG"
new_log
chmod 0777 /var/log/safedocker
no_operation 'a directory for everybody' 'the record cannot be written'
chmod 0755 /var/log/safedocker
allowed 'as it should be' sd create bb:1
remove_all

# A full disk: a file system of its own with nothing left on it.
mount -t tmpfs -o size=64k,mode=0755 tmpfs /var/log/safedocker
new_log
allowed 'with room' sd create bb:1
remove_all
dd if=/dev/zero of=/var/log/safedocker/filler bs=1k 2>/dev/null
while [ "$(stat -f -c %a /var/log/safedocker)" -gt 0 ]; do echo more >>/var/log/safedocker/filler || break; done
truncate -s 4000 "$LOG"
denied 'a full disk: refused' 'the record cannot be written' sd create --name never bb:1
is 'a full disk: nothing was made' 0 "$(containers)"
rm /var/log/safedocker/filler
new_log
allowed 'with room again' sd create bb:1
# A helper may still hold it.
umount -l /var/log/safedocker
remove_all
new_log

# While a connection is open.
run api "$SD_ALICE" 'json:POST:/v1.41/containers/create?name=a1:{"Image":"bb:1"}' recv \
	'json:POST:/v1.41/containers/create?name=a2:{"Image":"bb:1"}' recv
is 'two on one connection' 2 "$(count phase=intent operation=container.create)"
# Rotated between two requests: the second one goes into the new file.
coproc api "$SD_ALICE" 'json:POST:/v1.41/containers/create?name=b1:{"Image":"bb:1"}' recv sh:rotate \
	'json:POST:/v1.41/containers/create?name=b2:{"Image":"bb:1"}' recv
read -r first <&"${COPROC[0]}"
read -r _ <&"${COPROC[0]}"
mv "$LOG" "$LOG.1"
new_log
echo go >&"${COPROC[1]}"
read -r second <&"${COPROC[0]}"
has 'before the rotation' "$first" 201
has 'after the rotation' "$second" 201
is 'it is in the new file' 1 "$(count phase=intent 'flags=['\''--name=b2'\'']')"
rm -f "$LOG.1"

# The journal: what a daemon there would get.
if mount -t tmpfs tmpfs /run/systemd 2>/dev/null || { mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd; }; then
	mkdir -p /run/systemd/journal
	python3 - "$SD_WORK/journal" <<-'END' &
		import socket, struct, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
		s.bind("/run/systemd/journal/socket")
		import os
		os.chmod("/run/systemd/journal/socket", 0o666)
		data = b""
		while b'"phase"' not in data: # a line on how the helper is confined may come first
		    data, control, _, _ = s.recvmsg(65536, 1024)
		pid, uid, gid = struct.unpack("3i", control[0][2])
		open(sys.argv[1], "w").write(f"uid={uid} gid={gid}\n" + data.decode())
	END
	for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/systemd/journal/socket ] && break; sleep 0.2; done
	sd create bb:1 >/dev/null
	wait $!
	journal=$(cat "$SD_WORK/journal")
	has 'the journal gets the record' "$journal" '"operation":"container.create"'
	has 'with the group as proof' "$journal" "uid=$(uid) gid=$(getent group docker | cut -d: -f3)"
	umount /run/systemd
else
	skip journal 'no tmpfs can be mounted on /run/systemd'
fi
