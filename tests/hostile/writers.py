#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""writers.py HELPER HELPERS CONNECTIONS REQUESTS: that many creations over each of that many connections to each
of that many helpers, all at once, as the user that runs this. Prints how often each status came."""
import collections
import os
import socket
import subprocess
import sys
import tempfile
import threading

helper, helpers, connections, requests = sys.argv[1], *map(int, sys.argv[2:])
directory = tempfile.mkdtemp(prefix="sdwriters-", dir="/tmp")
body = b'{"Image":"bb:1"}'
request = (b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
           b"Content-Length: %d\r\n\r\n" % len(body)) + body
statuses, lock = collections.Counter(), threading.Lock()


def one_answer(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return "closed"
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while length and len(rest) < length[0]:
        more = sock.recv(65536)
        if not more:
            return "torn"
        rest += more
    return head.split()[1].decode()


def work(path):
    sock = None
    for _ in range(requests):
        if sock is None:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(120)
            sock.connect(path)
        try:
            sock.sendall(request)
            status = one_answer(sock)
        except (ConnectionError, TimeoutError):
            status = "closed"
        with lock:
            statuses[status] += 1
        if status != "201":
            sock.close()
            sock = None


started = []
for i in range(helpers):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{directory}/{i}")
    listener.listen(1000)
    # A helper that finds no record, since it is rotated just now, does not start.
    while True:
        p = subprocess.Popen([helper, "--until-parent-ends"], stdin=listener, stdout=subprocess.PIPE)
        if p.stdout.readline() == b"ready\n":
            break
        p.wait()
    started.append(p)
threads = [threading.Thread(target=work, args=(f"{directory}/{i % helpers}",)) for i in range(helpers * connections)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for status, n in sorted(statuses.items()):
    print(status, n)
for i, p in enumerate(started):
    p.kill()
    p.wait()
    os.unlink(f"{directory}/{i}")
os.rmdir(directory)
