#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""engine.py SOCKET SEEN ANSWER [PATH JSON]...: stands in for the engine.

Writes every byte that it gets to the file SEEN and answers every head with ANSWER
(escapes as in Python; `@FILE`: what FILE holds); a trailing `\\x00` in ANSWER closes the connection after it.
A GET of PATH, the version in front of it aside, is answered with JSON instead (a PATH without a query stands for every
query), or where that begins with `!`
with the bytes behind it alone (escapes as in Python). Where ANSWER or JSON begins with `|`, what stands behind that on
its first line is a command that is run before; the rest is the answer.
"""
import os
import re
import socket
import subprocess
import sys
import threading

path, seen_path, answer = sys.argv[1:4]
known = dict(zip(sys.argv[4::2], sys.argv[5::2]))
first = ""
if answer.startswith("|"):
    first, _, answer = answer[1:].partition("\n")
if answer.startswith("@"):
    with open(answer[1:], "rb") as f:
        answer = f.read()
else:
    answer = answer.encode().decode("unicode_escape").encode("latin-1")
closes = answer.endswith(b"\0")
answer = answer.rstrip(b"\0")


def answer_to(head):
    asked = re.match(rb"GET (?:/v1\.\d+)?(/\S+) ", head)
    wanted = asked.group(1).decode("latin-1") if asked else ""
    text = known.get(wanted, known.get(wanted.partition("?")[0]))
    if text is None:
        if first:
            subprocess.call(first, shell=True)
        return answer
    if text.startswith("|"):
        command, _, text = text[1:].partition("\n")
        subprocess.call(command, shell=True)
    if text.startswith("!"):
        return text[1:].encode().decode("unicode_escape").encode("latin-1")
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(text), text.encode())


def serve(client):
    pending, body = b"", 0
    with client, open(seen_path, "ab", buffering=0) as seen:
        while True:
            try:
                got = client.recv(65536)
            except ConnectionError:
                return
            if not got:
                return
            seen.write(got)
            pending += got
            while True:
                passed = min(body, len(pending))
                pending, body = pending[passed:], body - passed
                if b"\r\n\r\n" not in pending:
                    break
                head, _, pending = pending.partition(b"\r\n\r\n")
                length = re.search(rb"\r\nContent-Length: (\d+)", head)
                body = int(length.group(1)) if length else 0
                try:
                    client.sendall(answer_to(head))
                except (BrokenPipeError, ConnectionError):
                    return
                if closes:
                    return


open(seen_path, "w").close()
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen(100)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
