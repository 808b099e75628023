#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""locked.py HELPER RULE STEP NAME ID: a conversation behind a look that the engine lets wait.

A first connection, of the strong rule `looking`, asks for the files of the container `held` and does not read them: the engine
keeps that container locked. On a second one, of the strong rule RULE (`-`: of none), STEP is sent
(get:PATH or post:PATH) and answered; then the files are let go, so that the engine comes to its
late answer, and three requests follow that know their answers: an inspect of NAME, which is ID,
the engine's version, and that inspect again. Prints `refused STATUS` or `served STATUS` for STEP,
`free` where nothing waited, then `right`, `closed` or `shifted ANSWER` for each of the three.
"""
import json
import sys

from client import Client

helper, rule, step, name, identity = sys.argv[1:]


def send(client, step):
    word, _, path = step.partition(":")
    length = "Content-Length: 0\r\n" * (word == "post")
    client.sock.sendall(f"{word.upper()} {path} HTTP/1.1\r\nHost: x\r\n{length}\r\n".encode())


def receive(client):
    """(status, body), or None at the end."""
    try:
        text = client.receive()
    except ConnectionError:
        return None
    word, _, body = text.partition(" ")
    return (int(word), body) if word.isdigit() and body != "torn" else None


def is_right(answer, request):
    status, body = answer
    if status != 200:
        return status in (408, 502, 503, 504)
    value = json.loads(body)
    return "ApiVersion" in value if request.endswith("/version") else value.get("Id") == identity


copy = Client(helper, "", "looking")
send(copy, "get:/v1.41/containers/held/archive?path=/bin")
while b"\r\n\r\n" not in copy.data and copy.more():
    pass
asking = Client(helper, "", rule)
send(asking, step)
first = receive(asking)
if first is None:
    print("refused without a word")
else:
    print("served" if first[0] < 400 else "refused", first[0], first[1].strip()[:200])
if first is not None and first[0] < 400 and "held" in step:
    print("free")
copy.sock.close()
copy.close()
inspect = f"get:/v1.41/containers/{name}/json"
for request in (inspect, "get:/v1.41/version", inspect):
    try:
        send(asking, request)
        answer = receive(asking)
    except ConnectionError:
        answer = None
    if answer is None:
        print("closed")
    elif is_right(answer, request):
        print("right")
    else:
        print("shifted", answer[0], answer[1][:160])
asking.close()
