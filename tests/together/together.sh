#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Cases that run in one process: one that fails, crashes or ends it is named and counted, and so are
# the others.
unset CK_FORK
failed=0
# tried STATUS PART…: these parts stand in what `tried` prints with the names in $names, and it ends
# with STATUS
tried() {
	out=$(./tests/together/tried $names 2>&1)
	status=$?
	[ "$status" = "$1" ] || { echo "$names: expected status $1, got $status: $out"; failed=1; }
	shift
	for part in "$@"; do
		case $out in *"$part"*) ;; *) echo "$names: expected to hold: $part, got: $out"; failed=1 ;; esac
	done
}
names=
tried 0 '100%: Checks: 2, Failures: 0, Errors: 0'
names=fails
tried 1 ':fails:0: it fails' '66%: Checks: 3, Failures: 1, Errors: 0'
names=crashes
tried 1 'signal 11' ':crashes:0: ' '66%: Checks: 3, Failures: 0, Errors: 1'
names=ends
tried 1 'it ended before its last case (exit status 0)'
names='fails crashes'
tried 1 ':fails:0: ' ':crashes:0: ' '50%: Checks: 4, Failures: 1, Errors: 1'
names=minds
tried 1 'By itself each case passes' ':minds:0: it minds the others' '66%: Checks: 3, Failures: 1, Errors: 0'
exit $failed
