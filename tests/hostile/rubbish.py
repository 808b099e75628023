#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rubbish.py SOCKET SEED: listens in the engine's place and answers every request with rubbish of many kinds, the same
for the same SEED, then closes."""
import itertools
import json
import os
import random
import socket
import sys
import threading

path, seed = sys.argv[1], int(sys.argv[2])
connections = itertools.count()
KEYS = ("Id", "Name", "Config", "HostConfig", "Labels", "State", "Mounts", "Containers", "Driver", "Options", "User",
        "ContainerIDFile", "NetworkMode", "Binds", "ExitCode", "ProcessConfig", "ContainerID", "message")


def value(r, depth=0):
    kind = r.randrange(9 if depth < 4 else 6)
    if kind < 6:
        return (None, True, r.getrandbits(64), -1.5e300, "".join(chr(r.randrange(1, 0x2100)) for _ in range(r.randrange(80))),
                "%064x" % r.getrandbits(256))[kind]
    if kind == 6:
        return [value(r, depth + 1) for _ in range(r.randrange(6))]
    return {r.choice(KEYS): value(r, depth + 1) for _ in range(r.randrange(12))}


def mutated(r, text):
    text = bytearray(text)
    for _ in range(r.randrange(1, 8)):
        text[r.randrange(len(text))] = r.randrange(256)
    return bytes(text)


def rubbish(r):
    body = json.dumps(value(r)).encode()
    status = r.choice((b"200 OK", b"201 Created", b"204 No Content", b"304 Not Modified", b"404 Not Found", b"409 Conflict",
                       b"500 Oh", b"101 UPGRADED", b"100 Continue", b"999 ?"))
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status
    counted = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    kind = r.randrange(9)
    if kind == 0:
        return r.randbytes(r.randrange(1, 5000))
    if kind == 1:
        return mutated(r, counted)
    if kind == 2:
        return counted[:r.randrange(1, len(counted))]
    if kind == 3:
        size = r.choice((b"%x" % len(body), b"-1", b"FFFFFFFFFFFFFFFF", b"0x2", b"", b"%x;a=b" % len(body), b"1\r\n\r\n"))
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n" + body + b"\r\n0\r\n\r\n"
    if kind == 4:
        return b"HTTP/1.1 100 Continue\r\n\r\n" * r.randrange(1, 3000) + counted
    if kind == 5:
        return head + b"X: " + b"a" * r.randrange(100000) + b"\r\n\r\n"
    if kind == 6:
        return head + b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + r.randbytes(100)
    if kind == 7:
        return head + b"\r\n" + body
    return counted


def serve(client, r):
    with client:
        pending = b""
        while b"\r\n\r\n" not in pending:
            got = client.recv(65536)
            if not got:
                return
            pending += got
        try:
            client.sendall(rubbish(r))
        except ConnectionError:
            pass


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen(100)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], random.Random(seed * 1000003 + next(connections))),
                     daemon=True).start()
