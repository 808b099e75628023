# SPDX-License-Identifier: GPL-2.0-or-later
# Strong rules: asked for by name, never fallen into, with a reason, and recorded with it.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"

strong() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday

		[strong debug]
		users = $SD_ALICE
		verbs = run, create
		flags = @everyday, --privileged
		root = open
		reason = optional
		password = no
		$1
	END
}
strong ''
allowed 'a strong rule that was asked for' sd --as debug create --privileged bb:1
denied 'the same without asking' 'denied: --privileged' sd create --privileged bb:1
denied 'by somebody else' "there is no strong rule debug for $SD_BOB" sd_bob --as debug create --privileged bb:1
denied 'one that is not there' "there is no strong rule other for $SD_ALICE" sd --as other run --rm bb:1 true
denied 'an ordinary rule by its name' 'there is no strong rule everyday' sd --as everyday run --rm bb:1 true
remove_all
denied 'what the strong rule does not list' 'denied: --pid=host' sd --as debug run --rm --pid=host bb:1 true
denied 'what only the everyday rule has' 'denied: ps' sd --as debug ps
is 'nothing was left' 0 "$(containers)"

new_log
allowed 'a reason that nobody asked for' sd --as debug --reason 'the reason — ü' create --privileged bb:1
is 'the create says rule and reason' 2 "$(count operation=container.create rule=debug as=debug 'reason=the reason — ü')"
allowed 'a reason without a strong rule' sd --reason why run --rm bb:1 true
is 'is recorded too' 2 "$(count operation=container.create rule=everyday reason=why)"

strong 'ticket = OPS-*'
new_log
denied 'no reason' 'wants a reason with a ticket like OPS-*' sd --as debug create --privileged bb:1
is 'the refusal is recorded' 1 "$(count decision=deny as=debug)"
denied 'no ticket in it' 'wants a ticket like OPS-*' sd --as debug --reason kernel create --privileged bb:1
is 'with its reason' 1 "$(count decision=deny as=debug reason=kernel)"
allowed 'with the ticket' sd --as debug --reason 'kernel, OPS-140' create --privileged bb:1

is 'which is named in the record' 2 "$(count operation=container.create 'reason=kernel, OPS-140' ticket=OPS-140)"
is 'and in no other' 2 "$(grep -c '"ticket"' "$LOG")"

strong 'until = 2020-01-01'
denied 'expired' 'has expired' sd --as debug create --privileged bb:1
strong 'from = 2999-01-01'
denied 'not begun' 'has not begun yet' sd --as debug create --privileged bb:1
# The day after tomorrow, all day long.
day=$(LC_ALL=C date -d '2 days' +%a)
strong "hours = $day 00:00-24:00"
denied 'at other hours' 'holds at other hours' sd --as debug create --privileged bb:1
strong "hours = $(LC_ALL=C date +%a)-$day 00:00-24:00"
allowed 'in its hours' sd --as debug create --privileged bb:1

# The front end's own options.
strong ''
denied 'a value is missing' 'needs one value' sd --as
denied 'twice' 'stands once' sd --as debug --as debug ps
denied 'for another engine' 'is for this host' alice DOCKER_HOST=unix:///nowhere "$SAFEDOCKER" --as debug ps
allowed 'with an equals sign' sd --as=debug --reason=x create --privileged bb:1
denied 'a reason with a line end' 'without control characters' sd --reason $'a\nb' run --rm bb:1 true
denied 'a reason too long' 'without control characters' sd --reason "$(printf 'x%.0s' $(seq 513))" run --rm bb:1 true
denied 'a name too long' 'longer than 32 bytes' sd --as "$(printf 'x%.0s' $(seq 33))" ps

# A listener that stays has no strong rule.
stays() {
	alice python3 -c "import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind('$SD_WORK/$SD_ALICE/stays')
s.listen()
sys.exit(subprocess.call([sys.argv[1], '--as', 'debug'], stdin=s))" "$HELPER"
}
denied 'a listener for many commands' '--as is for one command' stays
