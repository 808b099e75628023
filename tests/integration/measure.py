#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""measure.py HELPER ENGINE: medians, each with its ratio to the bare socket."""
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PING = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


def ping(s):
    s.sendall(PING)
    data = b""
    while not data.endswith(b"\r\n\r\nOK"):
        got = s.recv(65536)
        if not got:
            sys.exit("closed: " + data.decode())
        data += got


def timed(what, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        what()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


class Helper:
    def __init__(self, binary):
        self.directory = tempfile.mkdtemp(prefix="sdmeasure-", dir="/tmp")
        self.path = self.directory + "/s"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(200)
        self.process = subprocess.Popen([binary], stdin=self.listener, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def end(self):
        self.process.kill()
        self.process.wait()
        os.unlink(self.path)
        os.rmdir(self.directory)


def fresh(path):
    s = connect(path)
    ping(s)
    s.close()


def spawn(binary):
    h = Helper(binary)
    fresh(h.path)
    h.end()


def memory(pid):
    with open(f"/proc/{pid}/statm") as f:
        pages = f.read().split()
    return (int(pages[1]) - int(pages[2])) * resource.getpagesize() // 1024


def main():
    binary, engine = sys.argv[1:]
    print(f"spawn to first answer: {timed(lambda: spawn(binary), 50):.0f} us wall")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(50):
        spawn(binary)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6 / 50
    print(f"the gatekeeper's CPU for that: {cpu:.0f} us")
    h = Helper(binary)
    bare, ours = timed(lambda: fresh(engine), 500), timed(lambda: fresh(h.path), 500)
    print(f"new connection and ping: {ours:.0f} us, bare {bare:.0f} us, req/s x {bare / ours:.2f}")
    a, b = connect(engine), connect(h.path)
    bare, ours = timed(lambda: ping(a), 5000), timed(lambda: ping(b), 5000)
    print(f"ping on a kept connection: {ours:.0f} us, bare {bare:.0f} us, req/s x {bare / ours:.2f}")
    children = subprocess.run(["pgrep", "-P", str(h.process.pid)], capture_output=True, text=True).stdout.split()
    print(f"own memory: gatekeeper {memory(h.process.pid)} kB, a worker {memory(children[0])} kB")
    h.end()


main()
