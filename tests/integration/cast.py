#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cast.py [KIND]: of a recording (asciicast, version 2) on standard input the bytes of all events of a KIND (o), or with
`header` KEY one field of its first line. Whatever is not as that format wants it ends this with an error."""
import json
import sys

kind = sys.argv[1] if len(sys.argv) > 1 else "o"
lines = sys.stdin.buffer.read().decode("ascii").splitlines()
header = json.loads(lines[0])
assert header["version"] == 2 and header["width"] > 0 and header["height"] > 0 and header["timestamp"] > 0
if kind == "header":
    print(header[sys.argv[2]])
    sys.exit()
last = 0.0
for line in lines[1:]:
    at, what, data = json.loads(line)
    assert isinstance(at, float) and at >= last and what in ("o", "i", "r"), line
    last = at
    if what == kind:
        sys.stdout.buffer.write(data.encode() + (b"\n" if kind == "r" else b""))
