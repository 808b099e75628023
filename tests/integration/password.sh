# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced, behind lib.sh, by the tests of passwords and tickets: users with a password, and their terminals.
# shellcheck shell=bash disable=SC2034
RIGHT=correct-Horse-7
TS=/run/safedocker/ts/$(uid)
TICKETS=/run/safedocker/ts
echo "$SD_ALICE:$RIGHT" | chpasswd
echo "$SD_BOB:another-Horse-8" | chpasswd
if [ ! -e /etc/pam.d/safedocker ]; then
	skip 'all of it' 'the PAM service is not installed'
	exit 0
fi

strong() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday

		[strong debug]
		users = $SD_ALICE, $SD_BOB
		verbs = run, create, exec
		flags = @everyday, --privileged
		root = open
		reason = optional
		$1

		[strong other]
		users = $SD_ALICE
		verbs = run, create
		flags = @everyday, --privileged
		root = open
		reason = optional
	END
}
# on_terminal USER STEP…: a shell of USER on a terminal of its own; $C in a step is the strong command
C="$SAFEDOCKER --as debug create --privileged bb:1"
on_terminal() {
	local user=$1
	shift
	run as "$user" HISTFILE=/dev/null PS1='$ ' python3 "$SD_HERE/terminal.py" 'expect:$ ' "$@" 'type:exit\r' -- \
		/bin/bash --norc --noprofile -i
}
# good NAME: all the steps went well
good() { if [ "$STATUS" = 0 ]; then ok "$1"; else not_ok "$1" "$OUT"; fi; }
PROMPT="[safedocker] password for $SD_ALICE: "
forget() { rm -f "$TICKETS"/*; }

