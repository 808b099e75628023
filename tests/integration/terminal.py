#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py STEP… -- COMMAND…: runs COMMAND on a terminal of its own.

  size:ROWSxCOLS   changes the window's size
  sized:ROWSxCOLS:TEXT  the same, again and again until TEXT was printed: who is told may not listen yet
  expect:TEXT      waits until TEXT was printed since the last expect
  type:TEXT        types TEXT (escapes as in Python: \\r \\x03)
  sleep:SECONDS
Prints `exit STATUS` at the end; what was printed, when an expect fails.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE = 30


def main():
    split = sys.argv.index("--")
    steps, command = sys.argv[1:split], sys.argv[split + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    seen, everything = b"", b""

    def read(seconds):
        nonlocal seen, everything
        if not select.select([fd], [], [], seconds)[0]:
            return True
        try:
            got = os.read(fd, 65536)
        except OSError:
            return False
        seen += got
        everything += got
        return bool(got)

    def resize(rows, cols):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    for step in steps:
        word, _, rest = step.partition(":")
        if word == "size":
            resize(*map(int, rest.split("x")))
        elif word == "sized":
            size, _, text = rest.partition(":")
            rows, cols = map(int, size.split("x"))
            for _ in range(PATIENCE):
                # The same size again would be no change.
                resize(rows - 1, cols)
                resize(rows, cols)
                end = time.monotonic() + 1
                while text.encode() not in seen and time.monotonic() < end and read(0.1):
                    pass
                if text.encode() in seen:
                    break
            else:
                print(f"no `{text}` in:\n" + everything.decode("utf-8", "replace"))
                sys.exit(1)
            seen = seen.partition(text.encode())[2]
        elif word == "type":
            os.write(fd, rest.encode().decode("unicode_escape").encode("latin-1"))
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "expect":
            end = time.monotonic() + PATIENCE
            while rest.encode() not in seen:
                if time.monotonic() > end or not read(1):
                    print(f"no `{rest}` in:\n" + everything.decode("utf-8", "replace"))
                    sys.exit(1)
            seen = seen.partition(rest.encode())[2]
        else:
            sys.exit(f"unknown step {step}")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and read(1):
        pass
    os.close(fd)
    print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
