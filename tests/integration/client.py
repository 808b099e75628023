#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Raw bytes through an installed helper, as the user that runs this.

client.py HELPER [--claimed TEXT] STEP…

  send:TEXT      sends TEXT (escapes as in Python: \\r \\n \\x00)
  file:PATH      sends the file's bytes
  json:METHOD:PATH:BODY   sends a whole request with a JSON body
  get:PATH       sends a whole GET
  half           shuts the sending side down
  recv           prints one answer (head and body), as `STATUS BODY`
  brief          the same, but no more than its first 200 characters
  raw            prints what comes until the peer closes
  sleep:SECONDS
  sh:COMMAND     waits for a line on standard input (the test does something meanwhile)
  new            opens another connection to the same helper
  closed         prints `closed` when the peer has closed, `open` otherwise
"""
import os
import socket
import subprocess
import sys
import tempfile
import time


class Client:
    def __init__(self, helper, claimed, rule="-"):
        self.directory = tempfile.mkdtemp(prefix="sdclient-", dir=os.environ.get("HOME", "/tmp"))
        self.path = self.directory + "/s"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(200)
        argv = [helper, "--until-parent-ends"] + (["--claimed", claimed] if claimed else [])
        argv += ["--as", rule, "--reason", "test"] if rule != "-" else []
        self.helper = subprocess.Popen(argv, stdin=self.listener, stdout=subprocess.PIPE)
        line = self.helper.stdout.readline().decode().strip()
        if line != "ready":
            print("helper:", line)
            self.close()
            sys.exit(1)
        self.data = b""
        self.open()

    def open(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)
        self.data = b""

    def more(self):
        try:
            got = self.sock.recv(1 << 20)
        except ConnectionError:
            got = b""
        self.data += got
        return bool(got)

    def receive(self):
        while b"\r\n\r\n" not in self.data:
            if not self.more():
                return "closed " + self.data.decode("latin-1")
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        body = b""
        if fields.get("transfer-encoding") == "chunked":
            while True:
                while b"\r\n" not in self.data:
                    if not self.more():
                        return f"{status} torn"
                size, _, self.data = self.data.partition(b"\r\n")
                n = int(size, 16)
                while len(self.data) < n + 2:
                    if not self.more():
                        return f"{status} torn"
                body += self.data[:n]
                self.data = self.data[n + 2:]
                if n == 0:
                    break
        elif "content-length" in fields:
            n = int(fields["content-length"])
            while len(self.data) < n:
                if not self.more():
                    return f"{status} torn"
            body, self.data = self.data[:n], self.data[n:]
        return f"{status} " + body.decode("utf-8", "replace")

    def close(self):
        os.unlink(self.path)
        os.rmdir(self.directory)


def main():
    argv = sys.argv[2:]
    claimed = ""
    rule = "-"
    while argv and argv[0] in ("--claimed", "--as"):
        if argv[0] == "--as":
            rule = argv[1]
        else:
            claimed = argv[1]
        argv = argv[2:]
    c = Client(sys.argv[1], claimed, rule)
    for step in argv:
        word, _, rest = step.partition(":")
        try:
            if word == "send":
                c.sock.sendall(rest.encode().decode("unicode_escape").encode("latin-1"))
            elif word == "file":
                with open(rest, "rb") as f:
                    c.sock.sendall(f.read())
            elif word == "get":
                c.sock.sendall(f"GET {rest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            elif word == "json":
                method, path, body = rest.split(":", 2)
                body = body.encode()
                c.sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            elif word == "post":
                c.sock.sendall(f"POST {rest} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
            elif word == "half":
                c.sock.shutdown(socket.SHUT_WR)
            elif word == "recv":
                print(c.receive().rstrip("\n"))
            elif word == "brief":
                print(c.receive()[:200].rstrip("\n"))
            elif word == "raw":
                while c.more():
                    pass
                print(c.data.decode("latin-1"))
            elif word == "sleep":
                time.sleep(float(rest))
            elif word == "sh":
                print(rest, flush=True)
                sys.stdin.readline()
            elif word == "new":
                c.open()
            elif word == "closed":
                c.sock.settimeout(float(rest or 5))
                try:
                    print("open" if c.sock.recv(1, socket.MSG_PEEK) else "closed")
                except TimeoutError:
                    print("open")
                except ConnectionError:
                    print("closed")
            else:
                sys.exit(f"unknown step {step}")
        except (BrokenPipeError, ConnectionResetError):
            print("closed")
        sys.stdout.flush()
    c.close()


if __name__ == "__main__":
    main()
