#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One connection to the engine for each client: whatever goes wrong on it, no answer is ever taken
# for another's.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"
. "$SD_HOSTILE/link.sh"

statement L1 'an answer that is late, doubled, torn or misframed: nobody gets another'\''s'
impatient
fault_engine
link_policy
ROUTES=$SD_HERE/../../src/docker/route.def
start=$(date +%s)
# SD_LINK: words, of which the name of a fault or a request must hold one.
# shellcheck disable=SC2086 # words
link link.py "$IMPATIENT" "$FAULT_CONTROL" "$ROUTES" "$SD_HERE/../cases" ${SD_LINK:-} \
	>"$SD_WORK/link" 2>&1
is 'it comes to its end' 0 $?
echo "# $(($(date +%s) - start)) s, $(grep -E '^[a-z-]+ [0-9]+$' "$SD_WORK/link" | paste -sd' ')"
numbers() { grep -oP "^$1 \K\d+" "$SD_WORK/link" || echo 0; }
# Each kind of failure with how often it was seen, and the first of all in full.
is 'no answer is another request'\''s, and nothing is asked behind a fault' '' \
	"$(grep '^bad ' "$SD_WORK/link" | head -5
	grep '^bad ' "$SD_WORK/link" | cut -d'|' -f1,2 | sort | uniq -c)"
is 'nothing was left out' '' "$(grep -vE '^bad |^[a-z-]+ [0-9]+$' "$SD_WORK/link" | head -20)"
at_least 'requests, one for each route at the least' \
	"$(grep -cE '^ROUTE' "$ROUTES")" "$(numbers requests)"
at_least 'combinations' 5000 "$(numbers combinations)"
# The twin: what is as good as no fault is served, and so is the next request, or it was left out.
at_least 'without a fault the next request is served' 800 "$(numbers harmless)"
fault_engine_down
rm -f "$SD_WORK/link"
