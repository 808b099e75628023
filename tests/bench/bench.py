#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py HELPER ENGINE SAFEDOCKER: medians, each with its ratio to the bare socket, and its budget."""
import ctypes
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PING = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
TICK = os.sysconf("SC_CLK_TCK")
STREAM = 1000 * 1000 * 1000


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


def head(s):
    data = b""
    while b"\r\n\r\n" not in data:
        got = s.recv(65536)
        if not got:
            sys.exit("closed: " + data.decode())
        data += got
    return data.split(b"\r\n\r\n", 1)


def ping(s):
    s.sendall(PING)
    data = b""
    while not data.endswith(b"\r\n\r\nOK"):
        got = s.recv(65536)
        if not got:
            sys.exit("closed: " + data.decode())
        data += got


def ask(path, method, target, body=None):
    text = json.dumps(body).encode() if body is not None else b""
    kind = b"Content-Type: application/json\r\n" if body is not None else b""
    with connect(path) as s:
        s.sendall(f"{method} /v1.41{target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(text)}\r\n".encode() +
                  kind + b"Connection: close\r\n\r\n" + text)
        data = b""
        while True:
            got = s.recv(65536)
            if not got:
                break
            data += got
    return json.loads(data.split(b"\r\n\r\n", 1)[1] or b"null")


def timed(what, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        what()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


class Helper:
    def __init__(self, binary):
        self.directory = tempfile.mkdtemp(prefix="sdbench-", dir="/tmp")
        self.path = self.directory + "/s"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(200)
        self.process = subprocess.Popen([binary], stdin=self.listener, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def workers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return [int(pid) for pid in f.read().split()]

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


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children_cpu():
    """Of all that ended below us, orphans included: they are ours (PR_SET_CHILD_SUBREAPER)."""
    while True:
        try:
            if os.wait4(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def commands(engine, safedocker):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    bare_argv = ["docker", "-H", "unix://" + engine]
    for words in (["ps"], ["version"], ["exec", "bench", "true"]):
        bare, ours = [], []
        for _ in range(15):
            for argv, to in ((bare_argv, bare), ([safedocker], ours)):
                before = children_cpu()
                subprocess.run(argv + words, **quiet, check=True)
                to.append(children_cpu() - before)
        a, b = statistics.median(bare) * 1e3, statistics.median(ours) * 1e3
        print(f"docker {' '.join(words)}: {b:.1f} ms CPU, client and helper; bare {a:.1f}: x {b / a:.2f} [<= 1.05]")


def receive(path, helper, start):
    """Bytes until the end: MB/s, and the worker's CPU seconds for each GB."""
    s = connect(path)
    first = start(s)
    began, n, used, worker = time.perf_counter(), len(first), 0.0, None
    if helper is not None:
        worker = helper.workers()[-1]
        used = cpu_of(worker)
    room = bytearray(1 << 20)
    while n < STREAM:
        got = s.recv_into(room)
        if got == 0:
            break
        n += got
    seconds = time.perf_counter() - began
    if worker is not None:
        used = cpu_of(worker) - used
    s.close()
    return n / seconds / 1e6, used / (n / 1e9)


def raw_stream(path, argv):
    """exec's raw stream, of which no byte is judged."""
    made = ask(path, "POST", "/containers/bench/exec", {"Cmd": argv, "AttachStdout": True, "Tty": False})

    def start(s):
        body = b'{"Detach":false,"Tty":false}'
        s.sendall(f"POST /v1.41/exec/{made['Id']}/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  f"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return head(s)[1]
    return start


def export(_path, _argv):
    """A chunked answer, framed anew."""
    def start(s):
        s.sendall(b"GET /v1.41/containers/bench/export HTTP/1.1\r\nHost: x\r\n\r\n")
        return head(s)[1]
    return start


def streams(engine, helper):
    zeros = ["head", "-c", str(STREAM), "/dev/zero"]
    for name, kind in (("exec, raw", raw_stream), ("export, chunked", export)):
        bare, ours, cpu = [], [], []
        for _ in range(3):
            bare.append(receive(engine, None, kind(engine, zeros))[0])
            rate, used = receive(helper.path, helper, kind(helper.path, zeros))
            ours.append(rate)
            cpu.append(used)
        a, b = statistics.median(bare), statistics.median(ours)
        print(f"{name}: {b:.0f} MB/s, bare {a:.0f}: x {b / a:.2f} [>= 0.97]; "
              f"{statistics.median(cpu):.3f} CPU s/GB of the worker [<= 0.08]")


def main():
    binary, engine, safedocker = sys.argv[1:]
    if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) != 0:
        sys.exit("cannot become a subreaper")
    print(f"load before: {os.getloadavg()[0]:.1f}")
    commands(engine, safedocker)
    before = children_cpu()
    print(f"spawn to first answer: {timed(lambda: spawn(binary), 50):.0f} us wall")
    print(f"the helper's CPU for that, from exec to exit: {(children_cpu() - before) * 1e6 / 50:.0f} us [<= 800]")
    h = Helper(binary)
    bare, ours = timed(lambda: fresh(engine), 500), timed(lambda: fresh(h.path), 500)
    print(f"new connection and ping: {ours:.0f} us, bare {bare:.0f} us, req/s x {bare / ours:.2f} [>= 0.50]")
    before = cpu_of(h.process.pid)
    for _ in range(500):
        fresh(h.path)
    print(f"the gatekeeper's CPU for each of those: {(cpu_of(h.process.pid) - before) * 1e6 / 500:.0f} us, "
          f"without the worker's [accept to first byte <= 200]")
    a, b = connect(engine), connect(h.path)
    ping(b)
    worker = h.workers()[-1]
    before = cpu_of(worker)
    bare, ours = timed(lambda: ping(a), 5000), timed(lambda: ping(b), 5000)
    print(f"ping on a kept connection: {ours:.0f} us, bare {bare:.0f} us, req/s x {bare / ours:.2f} [>= 0.70]; "
          f"{(cpu_of(worker) - before) * 1e6 / 5000:.0f} us CPU of the worker each [<= 10]")
    print(f"own memory: gatekeeper {memory(h.process.pid)} kB, an idle connection's worker {memory(worker)} kB [<= 150]")
    # 1 GB in the container's own files, for export; made once, removed with the container.
    with connect(h.path) as s:
        raw_stream(h.path, ["sh", "-c", f"head -c {STREAM} /dev/zero >/tmp/zeros"])(s)
        while s.recv(65536):
            pass
    streams(engine, h)
    h.end()


main()
