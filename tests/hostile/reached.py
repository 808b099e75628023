#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""reached.py SOURCE GCOV PROGRAM REACHED [PROGRAM REACHED]...: which lines of the setgid programs' layers were reached.

PROGRAM was built with -fsanitize-coverage=trace-pc and reached.c; REACHED is what that noted: a byte for each of
PROGRAM's own, not 0 where a basic block's call returned to. GCOV are gcov's JSON documents, one to a line. Prints
each line that none of them saw, and the sum; exit 1 below 95 %.
"""
import bisect
import collections
import json
import os
import re
import subprocess
import sys

LAYERS = ("common", "model", "wire", "docker", "policy", "setgid", "auth", "record", "helper")
LEAST = 0.95
source, gcov, *programs = sys.argv[1:]


def output(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


def blocks(program):
    """The beginnings of basic blocks, in order: (function, where the block's call returns to)."""
    found, function, called = [], 0, False
    for line in output("objdump", "-d", "--no-show-raw-insn", program).split("\n"):
        start = re.match(r"([0-9a-f]+) <.*>:$", line)
        here = re.match(r" +([0-9a-f]+):\t", line)
        if start:
            function = int(start[1], 16)
        elif here:
            if called:
                found.append((function, int(here[1], 16)))
            called = re.search(r"\bcall\b.*<__sanitizer_cov_trace_pc>", line) is not None
    return found


def rows(program):
    """(address, file and line below src) of the line table. Headers are left out, as their rows do not say whose."""
    source = None
    for line in output("readelf", "--debug-dump=decodedline", "-W", program).split("\n"):
        heading = re.match(r"(?:CU: )?(\S+\.[ch]):", line)
        row = re.match(r"(\S+) +([1-9]\d*) +0x([0-9a-f]+)\b.*x$", line)
        if heading:
            source = re.search(r"src/((?:%s)/[a-z_]+\.c)$" % "|".join(LAYERS), heading[1])
        elif row and source and os.path.basename(source[1]) == row[1]:
            yield int(row[3], 16), (source[1], int(row[2]))


def base(program):
    """The address of the file's first byte in memory, as the program itself counts."""
    return min(int(line.split()[2], 16) for line in output("readelf", "-lW", program).split("\n")
               if line.split()[:1] == ["LOAD"])


def integration(program, noted, lines):
    """line -> was it reached"""
    first = base(program)
    with open(noted, "rb") as f:
        seen = f.read()
    starts = blocks(program)
    calls = [returned for _, returned in starts]
    for address, line in rows(program):
        # A call is five bytes; what stands before a function's first belongs to it.
        at = bisect.bisect_right(calls, address + 5) - 1
        if at < 0 or (at + 1 < len(starts) and starts[at][0] != starts[at + 1][0] and starts[at + 1][0] <= address):
            at += 1
        lines[line] |= bool(seen[calls[at] - first])


def gcov_lines():
    with open(gcov) as f:
        for document in f:
            if not document.startswith("{"):
                continue
            for file in json.loads(document)["files"]:
                name = re.search(r"src/((?:%s)/[a-z_]+\.c)$" % "|".join(LAYERS), os.path.normpath(file["file"]))
                for line in file["lines"] if name else []:
                    yield (name[1], line["line_number"]), line["count"] > 0


def main():
    lines, tested = collections.defaultdict(bool), collections.defaultdict(bool)
    for program, noted in zip(programs[::2], programs[1::2]):
        integration(program, noted, lines)
    for line, reached in gcov_lines():
        tested[line] |= reached
    # The two do not agree on which lines a function begins and ends: gcov's word counts where it has one, and its
    # head, which the other does not know, was reached where its brace was.
    files = {name for name, _ in tested}
    for name, number in [line for line, reached in lines.items() if reached and line not in tested and line[0] in files]:
        for head in range(number - 1, number - 5, -1):
            if (name, head) in tested:
                tested[(name, head)] = True
                break
    lines = {line: reached for line, reached in lines.items() if line in tested or line[0] not in files}
    for line, reached in tested.items():
        lines[line] = reached or lines.get(line, False)
    layers, texts = collections.defaultdict(lambda: [0, 0]), {}
    for (name, number), reached in sorted(lines.items()):
        layer = layers[name.split("/")[0]]
        layer[0] += reached
        layer[1] += 1
        if not reached:
            if name not in texts:
                with open(os.path.join(source, "src", name), encoding="utf-8") as f:
                    texts[name] = f.read().split("\n")
            print(f"not reached: src/{name}:{number}: {texts[name][number - 1].strip()}")
    total = [sum(layer[i] for layer in layers.values()) for i in (0, 1)]
    for layer, (got, every) in sorted(layers.items()):
        print(f"{layer}: {got} of {every} lines, {100 * got / every:.1f} %")
    print(f"all: {total[0]} of {total[1]} lines, {100 * total[0] / total[1]:.1f} %")
    sys.exit(0 if total[0] >= LEAST * total[1] else 1)


main()
