#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Workers that their user stops and continues: time passes, and no answer becomes another's.
# SD_SECONDS: for how long at random; `scripts/test long` gives it a minute.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"
. "$SD_HOSTILE/link.sh"

statement L2 'stopped at any moment, for longer than any patience: its own answer, or none'
impatient
fault_engine
link_policy
link stopped.py "$IMPATIENT" "$FAULT_CONTROL" "${SD_SECONDS:-5}" >"$SD_WORK/stopped" 2>&1
is 'it comes to its end' 0 $?
numbers() { grep -oP "^$1 \\K\\d+" "$SD_WORK/stopped" || echo 0; }
echo "# $(grep -E '^[a-z-]+ [0-9]+$' "$SD_WORK/stopped" | paste -sd' ')"
is 'no answer is another request'\''s' '' "$(grep '^bad ' "$SD_WORK/stopped" | head -5
	grep '^bad ' "$SD_WORK/stopped" | cut -d'|' -f1,2 | sort | uniq -c)"
is 'nothing was left out' '' "$(grep -vE '^bad |^[a-z-]+ [0-9]+$' "$SD_WORK/stopped" | head -20)"
at_least 'answers behind the patience of a worker that stood still' 15 \
	"$(numbers stopped-over-the-end)"
at_least 'conversations' 100 "$(numbers conversations)"
at_least 'workers were stopped' 100 "$(numbers stopped)"
fault_engine_down
rm -f "$SD_WORK/stopped"
