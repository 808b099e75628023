#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods, as the user that runs this.

floods.py refusals HELPER HELPERS CONNECTIONS REQUESTS   so many creations that must be refused, over each connection
floods.py streams HELPER HELPERS CONNECTIONS             so many followers of the events; ends one, then asks once more
floods.py page FILE [full]                               (root) what the budget in FILE has counted; or all of it taken

The first two print how often each status came.
"""
import collections
import json
import mmap
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time


class Helpers:
    def __init__(self, helper, n):
        self.directory = tempfile.mkdtemp(prefix="sdfloods-", dir="/tmp")
        self.started = []
        for i in range(n):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self.path(i))
            listener.listen(1000)
            p = subprocess.Popen([helper, "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
            line = p.stdout.readline().decode()
            if line != "ready\n":
                sys.exit(f"helper: {line}")
            self.started.append(p)

    def path(self, i):
        return f"{self.directory}/{i}"

    def connect(self, i):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(120)
        sock.connect(self.path(i % len(self.started)))
        return sock

    def end(self):
        for i, p in enumerate(self.started):
            p.kill()
            p.wait()
            os.unlink(self.path(i))
        os.rmdir(self.directory)


def head_of(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return "closed", b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.split()[1].decode(), head, rest


def answer_of(sock):
    status, head, rest = head_of(sock)
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            left = int(line.split(b":")[1]) - len(rest)
            while left > 0:
                got = sock.recv(left)
                if not got:
                    return "torn"
                left -= len(got)
    return status


def show(statuses):
    print(" ".join(f"{status} {n}" for status, n in sorted(statuses.items())))


def refusals(helper, n_helpers, connections, requests):
    labels = {f"{i:03d}" + "x" * 250: "y" for i in range(250)}
    body = json.dumps({"Image": "bb:1", "Labels": labels, "HostConfig": {"Privileged": True}}).encode()
    request = (b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body)) + body
    helpers, statuses, lock = Helpers(helper, n_helpers), collections.Counter(), threading.Lock()

    def work(i):
        sock = helpers.connect(i)
        for _ in range(requests):
            try:
                sock.sendall(request)
                status = answer_of(sock)
            except (ConnectionError, TimeoutError):
                status = "broken"
            with lock:
                statuses[status] += 1
            if status != "403":
                sock.close()
                sock = helpers.connect(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(n_helpers * connections)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    show(statuses)
    helpers.end()


def streams(helper, n_helpers, connections):
    helpers, statuses, held = Helpers(helper, n_helpers), collections.Counter(), []

    def follow(i):
        sock = helpers.connect(i)
        sock.sendall(b"GET /v1.41/events HTTP/1.1\r\nHost: x\r\n\r\n")
        return head_of(sock)[0], sock

    for i in range(n_helpers * connections):
        status, sock = follow(i)
        statuses[status] += 1
        if status == "200":
            held.append(sock)
        else:
            sock.close()
    show(statuses)
    held.pop().close()
    # Its worker ends when it notices.
    for _ in range(300):
        status, sock = follow(0)
        if status == "200":
            break
        sock.close()
        time.sleep(0.1)
    print("after the end of one:", status)
    helpers.end()


def page(name, full=None):
    with open(name, "r+b") as f:
        m = mmap.mmap(f.fileno(), 4096)
        words = list(struct.unpack("=6Q", m[:48]))
        if full:
            # A minute that is far away, and all its places taken.
            words[0] = 1 << 62 | 60
            m[:48] = struct.pack("=6Q", *words)
        print(f"beyond={words[2]} reported={words[3]}")


if sys.argv[1] == "page":
    page(*sys.argv[2:])
else:
    {"refusals": refusals, "streams": streams}[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
