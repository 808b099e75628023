#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""swap.py A B SECONDS: exchanges the two names as fast as it can; prints how often."""
import ctypes
import os
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
a, b, end = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2]), time.monotonic() + float(sys.argv[3])
AT_FDCWD, RENAME_EXCHANGE = -100, 2
n = 0
while time.monotonic() < end:
    for _ in range(100):
        if libc.renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) != 0:
            sys.exit(os.strerror(ctypes.get_errno()))
        n += 1
print(n)
