#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""count.py SOCKET ENGINE SEEN: passes everything on to the engine, and writes each request line to the file SEEN."""
import os
import re
import socket
import sys
import threading

path, engine, seen_path = sys.argv[1:]


def pump(source, target, seen):
    pending = b""
    while True:
        try:
            got = source.recv(65536)
        except ConnectionError:
            got = b""
        if not got:
            break
        if seen:
            pending += got
            lines = re.findall(rb"(?m)^[A-Z]+ \S+ HTTP/1\.1\r\n", pending)
            pending = pending.rpartition(b"\r\n")[2]
            if lines:
                with open(seen_path, "ab") as out:
                    out.write(b"".join(lines))
        try:
            target.sendall(got)
        except (BrokenPipeError, ConnectionError):
            break
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    other = socket.socket(socket.AF_UNIX)
    other.connect(engine)
    threading.Thread(target=pump, args=(other, client, False), daemon=True).start()
    pump(client, other, True)


open(seen_path, "w").close()
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen(100)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
