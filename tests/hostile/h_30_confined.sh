#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the confined gatekeeper and worker may ask of the kernel, by trying it; what they have left.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

statement 25 'what was given up stays given up; every other system call is the end'
flock "$SD_BUILD" make -C "$SD_BUILD" tests/hostile/confined >"$SD_WORK/make.log" 2>&1 ||
	{ not_ok 'what tries them is built' "$(tail "$SD_WORK/make.log")"; exit; }
install -o root -g docker -m 2755 "$SD_BUILD/tests/hostile/confined" "$SD_WORK/confined"
alice "$SD_WORK/confined" >"$SD_WORK/calls"
while read -r process call expected seen; do
	is "$process: $call" "$expected" "$seen"
done <"$SD_WORK/calls"
at_least 'calls that were tried' 120 "$(wc -l <"$SD_WORK/calls")"
# The worker's ids, in the one that is installed: see h_10_start.sh. Here: what the list says, line by line.
list=$SD_HERE/../../src/helper/sandbox.def
is 'every line of the list has its reason' 0 "$(grep -E '^(ALLOW|SPARE)\(' "$list" | grep -vcE '^[A-Z]+\([a-z0-9_]+, (BOTH|KEEPER), "[^"]{5,}"\)$')"
for call in execve execveat ptrace setuid setresuid setgid setgroups capset kill bind listen unlinkat renameat2 openat2 clone3 unshare; do
	is "the list lacks $call" 0 "$(grep -cE "^(ALLOW|SPARE)\($call," "$list")"
done
rm -f "$SD_WORK/confined" "$SD_WORK/calls"
