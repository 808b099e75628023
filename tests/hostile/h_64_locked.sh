#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The engine itself answers late: a copy out of a container that nobody reads holds the engine's
# lock of that container, and whatever looks at it waits. What is asked behind that look gets its
# own answer, or none.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"
. "$SD_HOSTILE/link.sh"

statement L3 'the user makes the engine answer late: the next answers are not shifted by one'
impatient
policy <<-POLICY
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday
	[strong looking]
	users = %safedocker
	verbs = create, inspect, cp
	flags = @everyday
	root = open
	reason = optional
	password = no
POLICY
sd --as looking create --name held bb:1 true >/dev/null
other=$(sd create --name other bb:1 true)
# locked.py: see there
locked() { link locked.py "$IMPATIENT" "$@" 2>&1; }

for step in 'looking post:/v1.41/containers/held/start' '- post:/v1.41/containers/held/start' \
	'- get:/v1.41/containers/held/json' '- post:/v1.41/containers/held/rename?name=held2'; do
	read -r rule request <<<"$step"
	what="$request, by ${rule/-/the everyday rule}"
	run locked "$rule" "$request" other "$other"
	if grep -q '^free' <<<"$OUT"; then
		skip "$what" 'this engine holds no lock while it copies out'
		continue
	fi
	has "$what: it is refused, or told that the engine does not answer" "$(head -1 <<<"$OUT")" refused
	is 'behind it nothing is shifted' '' "$(grep '^shifted' <<<"$OUT")"
	is 'each of what followed has its own answer, or none' 3 "$(grep -cE '^(right|closed)' <<<"$OUT")"
done
# The twin: when the copy is read, the same requests are answered.
run locked - get:/v1.41/containers/other/json other "$other"
is 'what waits for no lock is answered, and what follows it too' 3 "$(grep -c '^right' <<<"$OUT")"
rm -f "$IMPATIENT"
