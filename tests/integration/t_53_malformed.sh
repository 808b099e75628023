#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What two readers could understand differently never reaches the engine. Something else stands
# in its place here, and keeps every byte that it gets.
. "$SD_HERE/lib.sh"

stand_in 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}' "${looked_up[@]}"
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"

H='Host: x\r\n'
C="POST /v1.41/containers/create HTTP/1.1\r\n${H}Content-Type: application/json\r\n"
T="${C}Transfer-Encoding: chunked\r\n\r\n"
J='{"Image":"bb:1"}'

got=$(api "$SD_ALICE" "send:GET /_ping HTTP/1.1\r\n${H}\r\n" recv)
is 'a good request, for comparison, is answered' '200 {}' "$got"
has 'and what stands in gets it, rendered anew' "$(tr -d '\r' <"$SEEN")" $'GET /_ping HTTP/1.1\nHost: docker'
got=$(api "$SD_ALICE" "send:${C}Content-Length: 16\r\n\r\n$J" recv)
has 'a good body is rendered anew' "$(cat "$SEEN")" '"CapDrop":["ALL"]'
lacks 'not a byte of the client'\''s head is passed on' "$(cat "$SEEN")" 'Host: x'
got=$(api "$SD_ALICE" "send:${T}10\r\n$J\r\n0\r\n\r\n" recv)
is 'a good body in chunks is taken' '200 {}' "$got"

# bad STATUS NAME BYTES [MORE STEPS…]: refused with STATUS, and nothing went on
bad() {
	local status=$1 name=$2 bytes=$3 got
	shift 3
	: >"$SEEN"
	got=$(api "$SD_ALICE" "send:$bytes" "$@" recv)
	is "$name" "$status" "${got%% *}"
	is "$name: nothing went on" '' "$(tr -d '\0' <"$SEEN")"
}
bad 400 'lower-case method' "get /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'unknown method' "BREW /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'TRACE' "TRACE /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'CONNECT' "CONNECT x:1 HTTP/1.1\r\n${H}\r\n"
bad 400 'OPTIONS *' "OPTIONS * HTTP/1.1\r\n${H}\r\n"
bad 400 'HTTP/1.0' "GET /_ping HTTP/1.0\r\n${H}\r\n"
bad 400 'HTTP/0.9' 'GET /_ping\r\n\r\n'
bad 400 'HTTP/1.2' "GET /_ping HTTP/1.2\r\n${H}\r\n"
bad 400 'lower-case version' "GET /_ping http/1.1\r\n${H}\r\n"
bad 400 'the preface of HTTP/2' 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
bad 400 'h2c by upgrade' "GET /_ping HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
bad 400 'absolute form' "GET http://x/_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'no slash' "GET _ping HTTP/1.1\r\n${H}\r\n"
bad 400 'two spaces' "GET  /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'a tab for a space' "GET\t/_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'a space at the end' "GET /_ping HTTP/1.1 \r\n${H}\r\n"
bad 400 'a space in front' " GET /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'an empty line in front' "\r\nGET /_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'a fragment' "GET /_ping#x HTTP/1.1\r\n${H}\r\n"
bad 400 'a byte beyond ASCII in the path' "GET /_ping\xff HTTP/1.1\r\n${H}\r\n"
bad 400 'DEL in the path' "GET /_ping\x7f HTTP/1.1\r\n${H}\r\n"
bad 400 'bare LF' 'GET /_ping HTTP/1.1\nHost: x\n\n'
bad 400 'one bare LF' 'GET /_ping HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'
bad 400 'bare CR' 'GET /_ping HTTP/1.1\r\nHost: x\rX: y\r\n\r\n'
bad 400 'NUL in a value' 'GET /_ping HTTP/1.1\r\nHost: x\x00\r\n\r\n'
bad 400 'NUL in a name' "GET /_ping HTTP/1.1\r\n${H}X\x00: y\r\n\r\n"
bad 400 'no Host' 'GET /_ping HTTP/1.1\r\n\r\n'
bad 400 'two Hosts' "GET /_ping HTTP/1.1\r\n${H}${H}\r\n"
bad 400 'a space before the colon' "GET /_ping HTTP/1.1\r\n${H}X : y\r\n\r\n"
bad 400 'a continued line' "GET /_ping HTTP/1.1\r\n${H}X: y\r\n z\r\n\r\n"
bad 400 'a continued first field' "GET /_ping HTTP/1.1\r\n X: y\r\n${H}\r\n"
bad 400 'no name' "GET /_ping HTTP/1.1\r\n${H}: y\r\n\r\n"
bad 400 'no colon' "GET /_ping HTTP/1.1\r\n${H}X\r\n\r\n"
bad 400 'two lengths' "${C}Content-Length: 16\r\nContent-Length: 16\r\n\r\n$J"
bad 400 'two different lengths' "${C}Content-Length: 16\r\nContent-Length: 2\r\n\r\n$J"
bad 400 'a list of lengths' "${C}Content-Length: 16, 16\r\n\r\n$J"
bad 400 'a length with a sign' "${C}Content-Length: +16\r\n\r\n$J"
bad 400 'a negative length' "${C}Content-Length: -1\r\n\r\n$J"
bad 400 'a length in hex' "${C}Content-Length: 0x10\r\n\r\n$J"
bad 400 'no length in the field' "${C}Content-Length: \r\n\r\n$J"
bad 400 'a length beyond 64 bits' "${C}Content-Length: 18446744073709551632\r\n\r\n$J"
bad 400 'length and coding' "${C}Content-Length: 16\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'coding and length' "${C}Transfer-Encoding: chunked\r\nContent-Length: 16\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'two codings' "${C}Transfer-Encoding: gzip, chunked\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'chunked twice' "${C}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'chunked, then identity' "${C}Transfer-Encoding: chunked, identity\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'identity' "${C}Transfer-Encoding: identity\r\nContent-Length: 16\r\n\r\n$J"
bad 400 'an unknown coding' "${C}Transfer-Encoding: xchunked\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'a coding with a control character' "${C}Transfer-Encoding: \x0bchunked\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'a body on GET' "GET /_ping HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhello"
bad 400 'chunks on GET' "GET /_ping HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
bad 400 'a body on DELETE' "DELETE /v1.41/containers/x HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\n{}"
bad 400 'a body where none is' "POST /v1.41/containers/x/start HTTP/1.1\r\n${H}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
bad 400 'an extension of a chunk' "${T}10;x=y\r\n$J\r\n0\r\n\r\n"
bad 400 'a size with a sign' "${T}+10\r\n$J\r\n0\r\n\r\n"
bad 400 'a size with 0x' "${T}0x10\r\n$J\r\n0\r\n\r\n"
bad 400 'a size with a space' "${T}10 \r\n$J\r\n0\r\n\r\n"
bad 400 'a size with leading zeros' "${T}0010\r\n$J\r\n0\r\n\r\n"
bad 400 'a size beyond 64 bits' "${T}10000000000000010\r\n$J\r\n0\r\n\r\n"
bad 400 'no size' "${T}\r\n$J\r\n0\r\n\r\n"
bad 400 'a chunk longer than it says' "${T}f\r\n$J\r\n0\r\n\r\n"
bad 400 'a chunk that ends in LF' "${T}10\r\n$J\n0\r\n\r\n"
bad 400 'a size that ends in LF' "${T}10\n$J\r\n0\r\n\r\n"
bad 400 'a trailer' "${T}10\r\n$J\r\n0\r\nX: y\r\n\r\n"
bad 400 'Trailer' "${C}Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n10\r\n$J\r\n0\r\n\r\n"
bad 400 'TE' "GET /_ping HTTP/1.1\r\n${H}TE: trailers\r\n\r\n"
bad 400 'Content-Encoding' "${C}Content-Encoding: gzip\r\nContent-Length: 16\r\n\r\n$J"
bad 400 'an unknown Expect' "${C}Expect: 200-ok\r\nContent-Length: 16\r\n\r\n$J"
bad 400 'Upgrade alone' "GET /_ping HTTP/1.1\r\n${H}Upgrade: tcp\r\n\r\n"
bad 400 'Connection: Upgrade alone' "GET /_ping HTTP/1.1\r\n${H}Connection: Upgrade\r\n\r\n"
bad 400 'an upgrade where none is' "POST /v1.41/containers/x/start HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
bad 400 'a field named hop by hop' "GET /_ping HTTP/1.1\r\n${H}Connection: Host\r\n\r\n"
bad 404 '%2F in the path' "GET /v1.41/containers%2Fjson HTTP/1.1\r\n${H}\r\n"
bad 400 '%00 in the path' "GET /_ping%00 HTTP/1.1\r\n${H}\r\n"
bad 400 'a broken escape' "GET /_ping%zz HTTP/1.1\r\n${H}\r\n"
bad 400 'half an escape' "GET /_ping%2 HTTP/1.1\r\n${H}\r\n"
bad 400 'two slashes' "GET //_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'a dot' "GET /./_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'two dots' "GET /v1.41/../_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'two dots in escapes' "GET /v1.41/%2e%2e/_ping HTTP/1.1\r\n${H}\r\n"
bad 400 'a parameter twice' "GET /v1.41/containers/json?all=0&all=1 HTTP/1.1\r\n${H}\r\n"
bad 403 'an unknown parameter' "GET /v1.41/containers/json?any=1 HTTP/1.1\r\n${H}\r\n"
bad 403 'a folded parameter' "GET /v1.41/containers/json?ALL=1 HTTP/1.1\r\n${H}\r\n"
bad 400 'a semicolon between parameters' "GET /v1.41/containers/json?all=0;all=1 HTTP/1.1\r\n${H}\r\n"
bad 400 'an odd truth' "GET /v1.41/containers/json?all=2 HTTP/1.1\r\n${H}\r\n"
bad 403 'an unknown filter' "GET /v1.41/containers/json?filters=%7B%22owner%22%3A%5B%22x%22%5D%7D HTTP/1.1\r\n${H}\r\n"
bad 400 'half a head' 'GET /_pi' half
bad 400 'half a body' "${C}Content-Length: 50\r\n\r\n$J" half
bad 400 'half a chunk' "${T}50\r\n$J" half
bad 400 'TLS' '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
bad 431 'a target without end' "GET /$(printf 'a%.0s' $(seq 40000)) HTTP/1.1\r\n${H}\r\n"
bad 431 'a head without end' "GET /_ping HTTP/1.1\r\n${H}X: $(printf 'a%.0s' $(seq 70000))\r\n\r\n"
bad 431 'fields without end' "GET /_ping HTTP/1.1\r\n${H}$(printf 'X: y\\r\\n%.0s' $(seq 200))\r\n"
bad 413 'a body without end' "${C}Content-Length: 9000000000000000\r\n\r\n"

# A request inside another: what a reader that trusted the other length would take for a second one.
P='{"Image":"bb:1","HostConfig":{"Privileged":true}}'
inner="${C}Content-Length: ${#P}\r\n\r\n$P"
bad 400 'one hidden behind length and coding' "${C}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$inner"
: >"$SEEN"
api "$SD_ALICE" "send:GET /_ping HTTP/1.1\r\n${H}\r\n$inner" recv recv >"$SD_WORK/answers"
is 'one behind another is judged by itself' '200 403' "$(cut -c1-3 <"$SD_WORK/answers" | paste -sd' ')"
lacks 'and does not go on' "$(cat "$SEEN")" Privileged
is 'a body that is refused is not read as a request' '403 200' \
	"$(api "$SD_ALICE" "json:POST:/v1.41/containers/create:$P" recv get:/_ping recv | cut -c1-3 | paste -sd' ')"
got=$(api "$SD_ALICE" "send:${C}Expect: 100-continue\r\nContent-Length: 16\r\n\r\n" recv "send:$J" recv)
is 'Expect: the body is asked for' '100 200' "$(cut -c1-3 <<<"$got" | paste -sd' ')"

# --- an engine that answers badly ---------------------------------------------------------------------
# answers NAME STATUS ANSWER
answers() {
	local got
	stand_in "$3"
	got=$(api "$SD_ALICE" get:/v1.41/version recv)
	is "$1" "$2" "${got%% *}"
}
answers 'it closes at once' 502 '\x00'
answers 'no HTTP' 502 'hello\r\n\r\n\x00'
answers 'a head without end' 502 "HTTP/1.1 200 OK\r\nX: $(printf 'a%.0s' $(seq 70000))\r\n\r\n\x00"
answers 'two lengths' 502 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nOK\x00'
answers 'length and coding' 502 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nOK\x00'
answers 'an upgrade that nobody asked for' 502 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\x00'
answers 'a body that ends early' 200 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK\x00'
answers 'an odd status' 502 'HTTP/1.1 999999 OK\r\n\r\n\x00'
stand_in 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\nLocation: http://x/\r\n\r\n{}'
lacks 'fields of the answer are an allowlist' \
	"$(api "$SD_ALICE" get:/v1.41/version half raw)" -Cookie
has 'and the body comes' "$(api "$SD_ALICE" get:/v1.41/version half raw)" '{}'
# What is asked about somebody's container must be an answer about one.
for answer in '{}' '[]' 'null' '{"Id":"x"}' '{"Id":"../../x","Config":{},"HostConfig":{}}'; do
	stand_in "HTTP/1.1 200 OK\r\nContent-Length: ${#answer}\r\n\r\n$answer"
	got=$(api "$SD_ALICE" post:/v1.41/containers/x/start recv)
	is "an inspect answer $answer" 502 "${got%% *}"
	lacks "an inspect answer $answer: nothing is started" "$(cat "$SEEN")" /start
done
stand_down
everyday
