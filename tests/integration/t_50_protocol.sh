#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever bytes are sent: a clear answer, nothing forwarded, nothing left behind.
. "$SD_HERE/lib.sh"

H='Host: x\r\n'
CREATE='POST /v1.41/containers/create HTTP/1.1\r\n@'
JSON='Content-Type: application/json\r\n'
while IFS='|' read -r status text; do
	run api "$SD_ALICE" "send:${text//@/$H}" recv closed
	case $OUT in "$status "*closed) ok "$status: $text" ;; *) not_ok "$status: $text" "$OUT" ;; esac
done <<END
400|PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
400|GET /_ping HTTP/1.0\r\n@\r\n
400|GET /_ping HTTP/1.1\r\n\r\n
400|GET /_ping HTTP/1.1\n@\r\n
400|GET http://x/_ping HTTP/1.1\r\n@\r\n
400|${CREATE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n
400|${CREATE}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}
400|${CREATE}${JSON}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n
413|${CREATE}${JSON}Content-Length: 67108864\r\n\r\n
400|GET /_ping HTTP/1.1\r\n@Content-Length: 5\r\n\r\nhello
400|OPTIONS * HTTP/1.1\r\n@\r\n
400|\x00\x01\x02
400|\x16\x03\x01\x02\x00
END
run api "$SD_ALICE" "send:GET /_ping HTTP/1.1\\r\\n${H}X: $(printf 'a%.0s' {1..70000})\\r\\n\\r\\n" recv
has 'a head of 70 kB' "$OUT" '431 '
run api "$SD_ALICE" 'send:GET /_pi' half recv
has 'half a head' "$OUT" '400 '
run api "$SD_ALICE" "send:POST /v1.41/containers/create HTTP/1.1\\r\\n${H}Content-Type: application/json\\r\\nContent-Length: 50\\r\\n\\r\\n{\"Image\":\"bb:1\"}" half recv
has 'half a body' "$OUT" '400 '
is 'nothing was made' 0 "$(containers)"

run api "$SD_ALICE" get:/_ping recv get:/v1.41/version recv 'post:/v1.41/containers/nothing/start' recv get:/_ping recv
is 'keep-alive, also after a 404' '200 200 404 200' "$(grep -oE '^[0-9]{3}' <<<"$OUT" | xargs)"
run api "$SD_ALICE" "send:GET /_ping HTTP/1.1\\r\\n${H}\\r\\nGET /_ping HTTP/1.1\\r\\n${H}\\r\\nPOST /v1.41/swarm/init HTTP/1.1\\r\\n${H}Content-Length: 0\\r\\n\\r\\n" recv recv recv
is 'what is pipelined is judged' '200 200 400' "$(grep -oE '^[0-9]{3}' <<<"$OUT" | xargs)"
run api "$SD_ALICE" "send:GET /_ping HTTP/1.1\\r\\n${H}Connection: close\\r\\n\\r\\n" recv closed
has 'close is closed' "$OUT" closed
run api "$SD_ALICE" "send:GET /v1.41/version HTTP/1.1\\r\\n${H}\\r\\n" half recv
has 'a client that sends no more still reads' "$OUT" '200 '

# A hijacked stream is raw only after the engine agreed, and ends the HTTP.
cid=$(sd run -d -i --name cat bb:1 cat)
run api "$SD_ALICE" "send:POST /v1.41/containers/$cid/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\\r\\n${H}Connection: Upgrade\\r\\nUpgrade: tcp\\r\\nContent-Length: 0\\r\\n\\r\\n" \
	recv 'send:GET /_ping HTTP/1.1\r\n' sleep:1 half raw
has 'upgraded' "$OUT" '101 '
has 'after that it is the container'\''s' "$OUT" 'GET /_ping HTTP/1.1'
lacks 'and nobody else answers' "$OUT" 'Api-Version'
run api "$SD_ALICE" "send:POST /v1.41/containers/nothing/attach?stream=1 HTTP/1.1\\r\\n${H}Connection: Upgrade\\r\\nUpgrade: tcp\\r\\nContent-Length: 0\\r\\n\\r\\n" recv get:/_ping recv
is 'without a container it stays HTTP' '404 200' "$(grep -oE '^[0-9]{3}' <<<"$OUT" | xargs)"
remove_all

# The policy changes while a connection is open.
coproc api "$SD_ALICE" get:/v1.41/containers/json recv sh:policy get:/v1.41/containers/json recv
read -r first <&"${COPROC[0]}"
read -r _ <&"${COPROC[0]}"
policy <<-END
	[rule nothing]
	users = root
	verbs = ps
END
echo go >&"${COPROC[1]}"
read -r second <&"${COPROC[0]}"
has 'allowed before' "$first" '200 '
has 'refused after' "$second" '403 '
echo 'nonsense' >"$CONF"
denied 'a broken policy' "$CONF:1: a line before the first section" sd ps
is 'ends with docker'\''s status for itself' 125 "$STATUS"
chmod 0666 "$CONF"
denied 'a policy that others may write' 'writable by nobody else' sd ps
rm "$CONF"
denied 'no policy' "$CONF" sd ps
everyday
mkdir -p /etc/safedocker/conf.d
printf '[rule more]\nusers = *\nverbs = fly\n' >/etc/safedocker/conf.d/a.conf
denied 'a broken file in conf.d' 'conf.d/a.conf:3: unknown verb fly' sd ps
rm -r /etc/safedocker/conf.d
everyday
allowed 'mended' sd ps

# An engine that is not there, or is none.
sed -i 's,^socket = .*,socket = /run/safedocker-test/nothing.sock,' "$CONF"
denied 'no engine' 'cannot connect to the docker engine' sd ps
alice python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX); s.bind("/tmp/sdfake.sock"); s.listen(); time.sleep(20)' &
fake=$!
sleep 1
sed -i 's,^socket = .*,socket = /tmp/sdfake.sock,' "$CONF"
denied 'an engine that a user plays' 'does not belong to root' sd ps
kill $fake
rm -f /tmp/sdfake.sock
everyday

run api "$SD_ALICE" 'send:GET /_ping HTTP/1.1\r\nHo' recv closed
case $OUT in '408 '*closed) ok 'a head that never ends is ended' ;; *) not_ok 'a head that never ends is ended' "$OUT" ;; esac
