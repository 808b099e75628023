#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""syscalls.py TRACE PROGRAM SANDBOX.DEF: which calls of the list nobody made.

TRACE is what tests/integration/run wrote for SD_TRACE: the kernel's own trace of every process that is
called as a setgid program is; PROGRAM is one of them, as the kernel shows it: at most 15 bytes. Counted is
what comes behind a process's own confinement, and, of the helper, all that its workers do. Prints the calls that the list has as ALLOW and that were not made; exit 1 where there are any.
"""
import re
import subprocess
import sys

trace, program, sandbox = sys.argv[1:]
listed = dict(re.findall(r'^ALLOW(?:_IF)?\((\w+), .*?"(.*)"\)$', open(sandbox).read(), re.M))
numbers = {}
header = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                        capture_output=True, text=True, check=True).stdout
for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", header, re.M):
    numbers[int(number)] = name

line_of = re.compile(r"^\s*" + re.escape(program) + r"-(\d+)\s+\[\d+\].*sys_enter: NR (\d+) \((.*)\)")
confined, made, lines = set(), {}, 0
started_by_exec = set()
with open(trace, errors="replace") as f:
    for line in f:
        found = line_of.search(line)
        if not found:
            continue
        lines += 1
        pid, name = int(found[1]), numbers.get(int(found[2]), "?")
        if name == "execve" or (name == "brk" and pid not in confined and found[3].startswith("0,")):
            started_by_exec.add(pid)
        if pid in confined or (program.endswith("-help") and pid not in started_by_exec):
            made[name] = made.get(name, 0) + 1
        if name == "seccomp":
            confined.add(pid)
unused = sorted(set(listed) - set(made))
print(f"{lines} calls traced, {len(set(listed) & set(made))} of {len(listed)} kinds made")
for name in unused:
    print(f"never made: {name} ({listed[name]})")
sys.exit(1 if unused or not lines else 0)
