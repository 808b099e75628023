#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cp and events: the caller's own containers, whole streams, nobody else's.
. "$SD_HERE/lib.sh"
files=$SD_WORK/$SD_ALICE/files
mkdir -p "$files/dir"
seq 400000 >"$files/big"
echo small >"$files/dir/small"
chown -R "$SD_ALICE": "$files"
# What the engine does as root in files that a container changes is refused, but where its root is root anyway.
sd run -d --name mapped bb:1 sleep 1000 >/dev/null
denied 'into a mapped container' 'as root in files' sd cp "$files/big" mapped:/tmp/big
denied 'out of it' 'as root in files' sd cp mapped:/etc/passwd -
denied 'also under a strong rule' 'as root in files' eval 'strong cp && sd --as open cp mapped:/etc/passwd -'
allowed 'tar does it, as is said' eval 'tar -C "$files" -c dir | sd exec -i mapped busybox tar -C /tmp -x'
is 'it is there' small "$(sd exec mapped cat /tmp/dir/small)"
allowed 'and back' eval 'sd exec mapped busybox tar -C /tmp -c dir | tar -t >/dev/null'
sd rm -f mapped >/dev/null
new_log
strong 'run, create, start, cp, exec, rm, inspect, events'
sd() { alice "$SAFEDOCKER" --as open "$@"; }
api() { as "$1" python3 "$SD_HERE/client.py" "$HELPER" --as open "${@:2}"; }
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
denied 'into another'\''s' 'o such container' bob "$SAFEDOCKER" --as open cp /etc/hostname c1:/tmp/x
denied 'out of another'\''s' 'o such container' bob "$SAFEDOCKER" --as open cp c1:/tmp/big -
engine run -d --name root1 bb:1 sleep 1000 >/dev/null
denied 'out of root'\''s' 'o such container' sd cp root1:/etc/passwd -
got=$(api "$SD_BOB" 'send:PUT /v1.41/containers/c1/archive?path=%2Ftmp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n' recv)
is 'a refusal does not wait for the body' 404 "${got%% *}"
got=$(api "$SD_ALICE" 'send:PUT /v1.41/containers/c1/archive?path=%2Ftmp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n' recv)
lacks 'chunks of another spelling are not passed on' "$got" '200'

# Plain tar alone: some engines unpack with the container's own programs, as root. Nothing else reaches the engine.
new_log
tar -C "$files" -cf "$files/dir.tar" dir
# The programs are not everywhere, python's modules are.
pack() { python3 -c 'import sys, importlib; sys.stdout.buffer.write(importlib.import_module(sys.argv[1]).compress(sys.stdin.buffer.read()))' "$1"; }
unpack() { # PROGRAM MODULE
	if command -v "$1" >/dev/null; then
		"$1" -dc
	else
		python3 -c 'import sys, importlib; sys.stdout.buffer.write(importlib.import_module(sys.argv[1]).decompress(sys.stdin.buffer.read()))' "$2"
	fi
}
for kind in 'gzip gzip' 'bzip2 bz2' 'xz lzma'; do
	program=${kind% *} module=${kind#* }
	pack "$module" <"$files/dir.tar" >"$files/dir.$program"
	sd exec c1 busybox mkdir /tmp/packed
	denied "compressed with $program" "the archive is compressed with $program" eval 'sd cp - c1:/tmp/packed <"$files/dir.$program"'
	has 'and what to do' "$OUT" "send it as plain tar (\`$program -dc\`)"
	is 'nothing of it arrives' '' "$(sd exec c1 ls /tmp/packed)"
	allowed 'done literally' eval 'unpack "$program" "$module" <"$files/dir.$program" | sd cp - c1:/tmp/packed'
	is 'it is there' small "$(sd exec c1 cat /tmp/packed/dir/small)"
	sd exec c1 busybox rm -r /tmp/packed
done
denied 'compressed with zstd' 'the archive is compressed with zstd' eval "printf '\x28\xb5\x2f\xfd\x24\x00' | sd cp - c1:/tmp"
# An archive whose first name is what an engine takes for xz: the sum of its header is right.
python3 - "$files/dir.tar" >"$files/looks.tar" <<'END'
import sys
head = bytearray(open(sys.argv[1], "rb").read())
head[0:100] = b"\xfd7zXZ\0".ljust(100, b"\0")
head[148:156] = b" " * 8
head[148:156] = b"%06o\0 " % sum(head[:512])
sys.stdout.buffer.write(head)
END
denied 'a name that looks like xz' 'the archive is compressed with xz' eval "sd cp - c1:/tmp <'$files/looks.tar'"
denied 'what is no archive' 'the archive is not plain tar' eval "sd cp - c1:/tmp <'$files/big'"
denied 'a piece of one' 'the archive is not plain tar' eval "head -c 100 '$files/dir.tar' | sd cp - c1:/tmp"
allowed 'nothing at all' eval 'sd cp - c1:/tmp </dev/null'
allowed 'an archive of nothing' eval 'tar -cT /dev/null | sd cp - c1:/tmp'
is 'what is refused is not begun' '5 7' \
	"$(count phase=intent operation=container.copy-in) $(count phase=denied operation=container.copy-in)"
put='PUT /v1.41/containers/c1/archive?path=%2Ftmp HTTP/1.1\r\nHost: x\r\n'
# How it is cut into chunks, and when they come, changes nothing.
python3 - "$files/dir.tar" >"$files/chunks" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
for i in range(600):
    sys.stdout.buffer.write(b"1\r\n" + data[i:i + 1] + b"\r\n")
sys.stdout.buffer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(data) - 600, data[600:]))
END
sd exec c1 busybox rm -r /tmp/dir
got=$(api "$SD_ALICE" "send:${put}Transfer-Encoding: chunked\r\n\r\n" "file:$files/chunks" brief)
is 'byte by byte' 200 "${got%% *}"
is 'arrives whole' small "$(sd exec c1 cat /tmp/dir/small)"
got=$(api "$SD_ALICE" "send:${put}Transfer-Encoding: chunked\r\n\r\n1\r\n\x1f\r\n" sleep:1 'send:1\r\n\x8b\r\n0\r\n\r\n' recv)
has 'a compressed one byte by byte' "$got" 'compressed with gzip'
got=$(api "$SD_ALICE" "send:${put}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n" recv "file:$files/chunks" brief)
is 'where the client waits to be told: once, then the answer' '100 200' "$(cut -c1-3 <<<"$got" | paste -sd' ')"
got=$(api "$SD_ALICE" "send:${put}Content-Length: 1024\r\n\r\nabc" half recv)
has 'a body that breaks off' "$got" 'the request ends in the middle of its body'
got=$(api "$SD_ALICE" "send:${put}Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n" recv)
is 'chunks of another spelling' 400 "${got%% *}"
got=$(api "$SD_ALICE" "send:${put}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n" recv)
has 'a body that does not begin in time' "$got" 'the body does not begin within 30 seconds'

new_log
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
