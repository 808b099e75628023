#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cp and events: the caller's own containers, whole streams, nobody else's.
. "$SD_HERE/lib.sh"
files=$SD_WORK/$SD_ALICE/files
mkdir -p "$files/dir"
seq 400000 >"$files/big"
echo small >"$files/dir/small"
chown -R "$SD_ALICE": "$files"
sd run -d --name c1 bb:1 sleep 1000 >/dev/null
allowed 'cp into a container' sd cp "$files/big" c1:/tmp/big
is 'arrives whole' "$(md5sum <"$files/big")" "$(sd exec c1 cat /tmp/big | md5sum)"
allowed 'cp out of it' sd cp c1:/tmp/big "$files/back"
is 'comes back whole' "$(md5sum <"$files/big")" "$(md5sum <"$files/back")"
allowed 'a directory' sd cp "$files/dir" c1:/tmp
is 'with what is in it' small "$(sd exec c1 cat /tmp/dir/small)"
allowed 'from standard input' eval 'tar -C "$files" -c dir | sd cp - c1:/'
is 'is there' small "$(sd exec c1 cat /dir/small)"
allowed 'to standard output' eval 'sd cp c1:/tmp/dir - | tar -t >/dev/null'
sd create --name c2 bb:1 true >/dev/null
allowed 'into one that does not run' sd cp "$files/dir/small" c2:/small
denied 'to a place that is not there' 'none' sd cp "$files/dir/small" c1:/none/x
is 'in the record: in' 5 "$(count phase=intent operation=container.copy-in submituser="$SD_ALICE")"
is 'in the record: out' 2 "$(count phase=intent operation=container.copy-out submituser="$SD_ALICE")"
denied 'into another'\''s' 'o such container' bob "$SAFEDOCKER" cp /etc/hostname c1:/tmp/x
denied 'out of another'\''s' 'o such container' bob "$SAFEDOCKER" cp c1:/tmp/big -
engine run -d --name root1 bb:1 sleep 1000 >/dev/null
denied 'out of root'\''s' 'o such container' sd cp root1:/etc/passwd -
got=$(api "$SD_BOB" 'send:PUT /v1.41/containers/c1/archive?path=%2Ftmp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n' recv)
is 'a refusal does not wait for the body' 404 "${got%% *}"
got=$(api "$SD_ALICE" 'send:PUT /v1.41/containers/c1/archive?path=%2Ftmp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n' recv)
lacks 'chunks of another spelling are not passed on' "$got" '200'

sd events >"$SD_WORK/events" 2>&1 &
job=$!
bob "$SAFEDOCKER" run --rm --name his bb:1 true
engine run --rm --name rooted bb:1 true
for _ in $(seq 50); do
	sd run --rm --name mine bb:1 true
	grep -q name=mine "$SD_WORK/events" && break
done
pkill -u "$SD_ALICE" -x docker
wait "$job" 2>/dev/null
has 'events: the caller'\''s own' "$(cat "$SD_WORK/events")" name=mine
lacks 'events: not another'\''s' "$(cat "$SD_WORK/events")" name=his
lacks 'events: not root'\''s' "$(cat "$SD_WORK/events")" name=rooted
is 'events are in the record' 1 "$(count phase=intent operation=system.events)"
sd rm -f c1 c2 >/dev/null
engine rm -f root1 >/dev/null
