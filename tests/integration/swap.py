#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""swap.py A B SECONDS: exchanges the two names as fast as it can, until then or SIGTERM; prints how often.

A name that another one of them has just moved away is tried again.
"""
import ctypes
import errno
import os
import signal
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
a, b, end = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2]), time.monotonic() + float(sys.argv[3])
AT_FDCWD, RENAME_EXCHANGE = -100, 2
n, ended = 0, []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
while not ended and time.monotonic() < end:
    for _ in range(100):
        if libc.renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0:
            n += 1
        elif ctypes.get_errno() != errno.ENOENT:
            sys.exit(os.strerror(ctypes.get_errno()))
print(n)
