#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""records.py FILE [KEY=VALUE…]: prints the records that have all these fields; a torn line is an error."""
import json
import sys

wanted = [pair.split("=", 1) for pair in sys.argv[2:]]
torn = 0
with open(sys.argv[1], encoding="ascii") as log:
    for line in log.read().split("\n"):
        if not line:
            continue
        try:
            record = json.loads(line)
        except ValueError:
            torn += 1
            continue
        if all(str(record.get(key, "")) == value for key, value in wanted):
            print(line)
if torn:
    print(f"{torn} torn lines", file=sys.stderr)
    sys.exit(1)
