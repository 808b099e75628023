#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# What a client sends, or an engine answers, costs a bounded amount of memory and time.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

STREAM_KB=8192 JSON_KB=32768
# What the process has at most held, in kB.
peak() { awk '$1 == "VmHWM:" { print $2 }' "/proc/$1/status" 2>/dev/null; }
# after NAME LIMIT STATUS STEP…: the last answer's status, and the worker's peak when it has been given. Where the worker
# ends with its answer, that end is put off until its peak has been read.
AS=()
after() {
	local name=$1 limit=$2 status=$3 kb worker tracer=''
	shift 3
	talk "${AS[@]}" sh:begin "$@" sh:measure
	hear
	worker=$(pgrep -P "$(pgrep -u "$SD_ALICE" -o -f "^$HELPER")" | head -n 1)
	if command -v strace >/dev/null; then
		: >"$SD_WORK/trace.err"
		strace -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=3000000 -p "$worker" 2>"$SD_WORK/trace.err" &
		tracer=$!
		for _ in $(seq 100); do grep -q attached "$SD_WORK/trace.err" && break; sleep 0.05; done
	fi
	go
	HEARD=''
	while hear && [ "$HEARD" != measure ]; do last=${HEARD:0:200}; done
	kb=$(peak "$worker")
	go
	hang_up
	[ -z "$tracer" ] || wait "$tracer" 2>/dev/null
	is "$name: the answer" "$status" "${last%% *}"
	if [ -z "$kb" ] && [ -z "$tracer" ]; then
		skip "$name: the worker's peak" 'its process ended with the answer, and strace is not installed'
		return
	fi
	at_most "$name: the worker's peak (kB)" "$limit" "${kb:-999999}"
	echo "# $name: $kb kB"
}
# json FILE PYTHON: a request with the JSON body that the expression makes
json() {
	python3 - "$1" "$2" "${3:-/v1.41/containers/create}" <<-'CODE'
		import json, sys
		body = eval(sys.argv[2])
		body = (body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))).encode()
		with open(sys.argv[1], "wb") as f:
		    f.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" %
		            (sys.argv[3].encode(), len(body)) + body)
	CODE
}
# answer FILE PYTHON: an answer of the engine's with what the expression makes
answer() {
	python3 - "$1" "$2" <<-'CODE'
		import sys
		body = eval(sys.argv[2]).encode()
		with open(sys.argv[1], "wb") as f:
		    f.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
	CODE
}
body=$SD_WORK/$SD_ALICE/body answer=$SD_WORK/answer
last=''

statement 24 'a hostile answer: bounded, whatever it holds'
after 'a ping, for comparison' "$STREAM_KB" 200 get:/_ping recv
# in_its_place PYTHON: what answers every request with that
in_its_place() {
	answer "$answer" "$1"
	stand_in "@$answer"
	everyday
	sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
}
in_its_place '"[" + ",".join(["{\"Id\":\"%064x\",\"Labels\":{\"a\":\"%s\"}}" % (i, "x" * 900) for i in range(65536)]) + "]"'
after 'a list of 64 MiB, none of it the caller'\''s' "$STREAM_KB" 200 get:/v1.41/containers/json brief
is 'is empty' '200 []' "$last"
after 'a list of 64 MiB that everybody may see' "$STREAM_KB" 200 get:/v1.41/images/json brief
own=$(uid "$SD_ALICE")
in_its_place '"[" + ",".join(["{\"Id\":\"%064x\",\"Labels\":{\"safedocker.uid\":\"'"$own"'\",\"a\":\"%s\"}}" % (i, "x" * 900) for i in range(16384)]) + "]"'
after 'a list of 16 MiB, all of it the caller'\''s' "$STREAM_KB" 200 get:/v1.41/containers/json brief
is 'comes whole' 16384 "$(api "$SD_ALICE" get:/v1.41/containers/json recv | grep -o '"Id"' | wc -l)"
for bomb in '"[" * 7000000' '"[" + "[]," * 2000000 + "1]"' '"{\"Id\":\"" + "a" * 64 + "\",\"State\":[" + "{}," * 2000000 + "1]}"' \
	'"{\"a\":" * 1000000' '"{\"Id\":\"x\",\"Config\":{\"Labels\":{" + ",".join("\"k%d\":\"\"" % i for i in range(500000)) + "}}}"' \
	'"\"" + "a" * 8000000'; do
	in_its_place "$bomb"
	after "an inspect answer $bomb" "$JSON_KB" 502 get:/v1.41/containers/x/json brief
done
in_its_place '"{\"message\":\"" + "\\u001b" * 1000000 + "\"}"'
sed -i 's/200 OK/409 Conflict/' "$answer"
stand_in "@$answer"
after 'a conflict of 6 MiB' "$JSON_KB" 502 post:/v1.41/containers/prune brief
stand_down
everyday

statement R1 'bodies: the largest that are taken, and those that are not'
json "$body" '{"Image":"bb:1","Cmd":["true"],"Env":["V%d=%s" % (i, "x" * 230) for i in range(2000)]}'
after 'the largest environment' "$JSON_KB" 201 "file:$body" brief
json "$body" '{"Image":"bb:1","Cmd":["true"],"Env":["V%d=%s" % (i, "x" * 230) for i in range(4000)]}'
after 'an environment above it' "$JSON_KB" 413 "file:$body" brief
json "$body" '{"Image":"bb:1","Labels":{"l%d" % i: "x" * 60 for i in range(500)}}'
after 'the most labels' "$JSON_KB" 201 "file:$body" brief
json "$body" '{"Image":"bb:1","Labels":{"l%d" % i: "x" * 230 for i in range(4000)}}'
after 'more labels' "$JSON_KB" 413 "file:$body" brief
json "$body" '{"Image":"bb:1","Labels":{"l": "\x01" * 128000}}'
after 'a label of escapes' "$JSON_KB" 201 "file:$body" brief
json "$body" '{"Image":"bb:1","HostConfig":{"PortBindings":{"%d/tcp" % (i + 1): [{"HostPort": ""}] for i in range(4900)}}}'
after 'very many ports' "$JSON_KB" 413 "file:$body" brief
remove_all
json "$body" '{"Image":"bb:1","Cmd":["x"] * 21000}'
after 'more values than are taken' "$JSON_KB" 413 "file:$body" brief
json "$body" '"{\"Image\":\"bb:1\",\"Labels\":" + "{\"a\":" * 100000 + "1" + "}" * 100000 + "}"'
after 'nested too deep' "$JSON_KB" 413 "file:$body" brief
json "$body" '"[" + "{}," * 300000 + "1]"'
after 'a bomb of tiny objects' "$JSON_KB" 413 "file:$body" brief
json "$body" '{"Image":"bb:1","Cmd":["x" * 1100000]}'
after 'a body that is too large' "$JSON_KB" 413 "file:$body" brief
printf 'POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 67108864\r\n\r\n' >"$body"
head -c 67108864 /dev/zero >>"$body"
run api "$SD_ALICE" "file:$body" recv
has '64 MiB where 1 is taken: refused at its head' "$OUT" 413
{
	printf 'POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
	for _ in $(seq 64); do printf '100000\r\n' && head -c 1048576 /dev/zero && printf '\r\n'; done
} >"$body"
run api "$SD_ALICE" "file:$body" recv
has '64 MiB in chunks: refused' "$OUT" 413
# A body that is passed on: any size, and the worker is none the larger.
strong 'create, cp'
name=$(sd --as open create bb:1)
{
	printf 'PUT /v1.41/containers/%s/archive?path=/tmp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: 67108864\r\n\r\n' "$name"
	head -c 67000000 /dev/zero
} >"$body"
AS=(--as open)
after 'a stream of 64 MiB, on its way' "$STREAM_KB" 200 get:/_ping recv "file:$body"
AS=()
everyday
rm -f "$body" "$answer"
remove_all

statement R2 'slow ones: a head and a body have 30 seconds; streams and pauses have no limit'
api "$SD_ALICE" 'send:GET /_pi' sleep:20 'send:ng HT' sleep:20 recv >"$SD_WORK/slow.1" 2>&1 &
one=$!
api "$SD_ALICE" 'send:POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{' \
	sleep:20 'send:"' sleep:20 recv >"$SD_WORK/slow.2" 2>&1 &
two=$!
api "$SD_ALICE" get:/_ping recv sleep:40 get:/_ping recv >"$SD_WORK/slow.3" 2>&1 &
three=$!
sd run --rm bb:1 sh -c 'echo first; sleep 40; echo last' >"$SD_WORK/slow.4" 2>&1 &
four=$!
# An engine that hangs: what we ask of it ourselves has an end; what the client asked is the client's to wait for.
alice sleep 0
wait "$one" "$two" "$three" "$four"
is 'a head byte by byte' 408 "$(cut -c1-3 "$SD_WORK/slow.1")"
is 'a body byte by byte' 408 "$(cut -c1-3 "$SD_WORK/slow.2")"
is 'a pause between two requests' '200 OK 200 OK' "$(paste -sd' ' "$SD_WORK/slow.3")"
is 'a stream that says nothing for longer' 'first last' "$(paste -sd' ' "$SD_WORK/slow.4")"
rm -f "$SD_WORK"/slow.?
