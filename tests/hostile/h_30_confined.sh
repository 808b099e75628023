#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the confined processes of all three setgid programs may ask of the kernel, by trying it; what they have left.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

statement 25 'what was given up stays given up; every other system call is the end'
flock "$SD_BUILD" make -C "$SD_BUILD" tests/hostile/confined >"$SD_WORK/make.log" 2>&1 ||
	{ not_ok 'what tries them is built' "$(tail "$SD_WORK/make.log")"; exit; }
install -o root -g docker -m 2755 "$SD_BUILD/tests/hostile/confined" "$SD_WORK/confined"
alice "$SD_WORK/confined" >"$SD_WORK/calls"
while read -r process call expected seen; do
	is "$process: $call" "$expected" "$seen"
done <"$SD_WORK/calls"
at_least 'calls that were tried' 330 "$(wc -l <"$SD_WORK/calls")"
for process in gatekeeper worker auth reader keeper; do
	at_least "$process: calls that are its end" 45 "$(grep -c "^$process .* killed$" "$SD_WORK/calls")"
done
# The worker's ids, in the one that is installed: see h_10_start.sh. Here: what the lists say, line by line.
src=$SD_HERE/../../src
never='execve execveat ptrace setuid setgid setgroups capset kill bind listen openat2 clone3 unshare'
# listed FILE SHAPE-OF-WHO NEVER…: a list of system calls, line by line
listed() {
	local list=$src/$1 who=$2 call
	shift 2
	is "$list: every line has its reason" 0 "$(grep -E '^(ALLOW|SPARE)(_IF)?\(' "$list" |
		grep -vcE '^[A-Z_]+\([a-z0-9_]+, '"$who"'"[^"]{5,}"\)$')"
	for call; do
		is "$list lacks $call" 0 "$(grep -cE "^(ALLOW|SPARE)(_IF)?\($call," "$list")"
	done
}
# shellcheck disable=SC2086
{
	listed helper/sandbox.def '(BOTH|KEEPER), ' $never unlinkat renameat2 renameat
	listed auth/sandbox.def '([A-Z0-9_]+, )?' $never setresgid setresuid socket connect clone prctl renameat renameat2 sendto
	listed record/sandbox.def '(BOTH|READER|KEEPER), ' $never setresgid setresuid socket connect clone prctl openat sendto
}
is 'who reads the record lacks unlinkat and renameat' 0 "$(grep -E '^[A-Z]+\((unlinkat|renameat2?), ' "$src/record/sandbox.def" | grep -vc ', KEEPER, ')"
rm -f "$SD_WORK/confined" "$SD_WORK/calls"
