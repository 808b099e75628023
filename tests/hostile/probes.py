#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""probes.py place PROGRAM TRACEFS GROUP: a probe of the kernel's on every line of the helper's sources in PROGRAM.
probes.py report PROGRAM SOURCE PROFILE GCOV: lines that were reached, by the probes' counts and gcov's.

A probe is named by its offset in the file: aOFFSET.
"""
import collections
import json
import os
import re
import subprocess
import sys

LAYERS = ("common", "model", "wire", "docker", "policy", "helper")


def lines_of(program):
    """offset in the file -> (source below src, line)"""
    segments = []
    for line in subprocess.run(["readelf", "-lW", program], capture_output=True, text=True, check=True).stdout.split("\n"):
        fields = line.split()
        if fields[:1] == ["LOAD"]:
            segments.append((int(fields[2], 16), int(fields[1], 16), int(fields[4], 16)))
    text = subprocess.run(["objdump", "--dwarf=decodedline", "-WN", program], capture_output=True, text=True, check=True).stdout
    addresses = sorted({row for row in re.findall(r"^\S+\.[ch] +[1-9]\d* +0x([0-9a-f]+) .*x$", text, re.M)},
                       key=lambda a: int(a, 16))
    places = subprocess.run(["addr2line", "-e", program], input="\n".join(addresses), capture_output=True, text=True,
                            check=True).stdout.split("\n")
    found, before = {}, None
    for address, where in zip(map(lambda a: int(a, 16), addresses), places):
        source = re.search(r"src/((?:%s)/[a-z_]+\.[ch]):(\d+)" % "|".join(LAYERS), where)
        line = (source[1], int(source[2])) if source else None
        # The first of its instructions stands for a line.
        if line is not None and line != before:
            for virtual, offset, size in segments:
                if virtual <= address < virtual + size:
                    found[address - virtual + offset] = line
        before = line
    return found


def place(program, tracefs, group):
    events = os.open(f"{tracefs}/uprobe_events", os.O_WRONLY | os.O_APPEND)
    for offset in sorted(lines_of(program)):
        os.write(events, f"p:{group}/a{offset:x} {os.path.realpath(program)}:0x{offset:x}\n".encode())
    os.close(events)


def report(program, source, profile, gcov):
    lines = lines_of(program)
    hits = collections.Counter()
    with open(profile) as f:
        for line in f:
            found = re.search(r"\sa([0-9a-f]+)\s+(\d+)", line)
            if found and int(found[1], 16) in lines:
                hits[lines[int(found[1], 16)]] += int(found[2])
    every = set(lines.values())
    with open(gcov) as f:
        for document in f:
            if not document.startswith("{"):
                continue
            for file in json.loads(document)["files"]:
                name = re.search(r"src/((?:%s)/[a-z_]+\.[ch])$" % "|".join(LAYERS), os.path.normpath(file["file"]))
                for line in file["lines"] if name else []:
                    if (name[1], line["line_number"]) in every or name[1].endswith(".c"):
                        every.add((name[1], line["line_number"]))
                        hits[(name[1], line["line_number"])] += line["count"]
    by_file, by_layer = collections.defaultdict(list), collections.defaultdict(lambda: [0, 0])
    for name, number in every:
        layer = by_layer[name.split("/")[0]]
        layer[1] += 1
        layer[0] += hits[(name, number)] > 0
        if hits[(name, number)] == 0:
            by_file[name].append(number)
    for name in sorted(by_file):
        text = open(os.path.join(source, "src", name), encoding="utf-8").read().split("\n")
        for number in sorted(by_file[name]):
            print(f"not reached: src/{name}:{number}: {text[number - 1].strip()}")
    total = [sum(layer[i] for layer in by_layer.values()) for i in (0, 1)]
    for layer, (got, all_) in sorted(by_layer.items()):
        print(f"{layer}: {got} of {all_} lines, {100 * got / all_:.1f} %")
    print(f"all: {total[0]} of {total[1]} lines, {100 * total[0] / total[1]:.1f} %")
    sys.exit(0 if total[0] >= 0.95 * total[1] else 1)


if sys.argv[1] == "place":
    place(*sys.argv[2:])
else:
    report(*sys.argv[2:])
