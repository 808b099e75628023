#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# Stopped or killed anywhere: what went on was written down before, and no line of the record is torn.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

statement 12 'SIGSTOP and SIGKILL at any point: a record for every byte that was sent on'
# --- killed between intent and outcome ---------------------------------------------------------------------
# Look-ups are answered at once; the request itself is not, as long as $SD_WORK/waits is there.
everyday
touch "$SD_WORK/waits"
made='{"Id":"'$(printf 'c%.0s' $(seq 64))'","Warning":""}'
stand_in $'|while [ -e '"$SD_WORK"$'/waits ]; do sleep 0.1; done\n'"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${#made}\r\n\r\n$made" /networks '[]'
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
new_log
talk 'json:POST:/v1.41/networks/create:{"Name":"k1"}' sh:sent recv
waits 'the request is with the engine' grep -q 'POST .*networks/create' "$SEEN"
intents=$(count phase=intent) outcomes=$(count phase=outcome)
rm "$SD_WORK/waits"
hear && go && hear
hang_up
has 'an engine that stood still goes on' "$HEARD" '201 '
is 'the intent was there before, once' 1 "$intents"
is 'and no outcome' 0 "$outcomes"
stand_down
everyday
for _ in 1 2 3 4 5 6 7 8; do
	sd run -d bb:1 sleep 1000 >/dev/null 2>&1 &
	job=$!
	sleep "0.0$((RANDOM % 10))"
	pkill -KILL -u "$SD_ALICE" -f "^$HELPER"
	wait "$job"
done
waits 'the killed ones are gone' eval '! pgrep -u "$SD_ALICE" -f safedocker'
made=$(engine ps -aq --no-trunc | wc -l)
at_most 'killed anywhere: containers, and intents of them' "$(count phase=intent operation=container.create)" "$made"
is 'killed anywhere: no line torn' '' "$(records 2>&1 >/dev/null)"

# --- killed at each of its system calls -----------------------------------------------------------------------
# Something of root's answers in the engine's place and keeps what it got: whatever is in it has its intent.
id=$(printf 'a%.0s' $(seq 64))
answer='{"Id":"'$id'","Warnings":[]}'
stand_in "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${#answer}\r\n\r\n$answer" "${looked_up[@]}"
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
# traced OPTION…: one creation by a worker that strace holds with these options; HEARD is the answer
traced() {
	local worker gatekeeper
	talk sh:here 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv
	hear
	gatekeeper=$(pgrep -u "$SD_ALICE" -o -f "^$HELPER")
	worker=$(pgrep -P "$gatekeeper")
	: >"$SD_WORK/trace.err"
	strace -o "$SD_WORK/trace" "$@" -p "$worker" 2>"$SD_WORK/trace.err" &
	strace=$!
	for _ in $(seq 100); do grep -q attached "$SD_WORK/trace.err" && break; sleep 0.05; done
	go && hear
	hang_up
	wait "$strace" 2>/dev/null
}
if ! command -v strace >/dev/null; then
	skip 'killed at each system call' 'strace is not installed'
else
	new_log
	: >"$SEEN"
	traced
	is 'traced, for comparison, it creates' 201 "${HEARD%% *}"
	has 'and what stands in got it' "$(cat "$SEEN")" 'POST /v1.41/containers/create'
	is 'with its intent' 1 "$(count phase=intent)"
	# Each call that it made, and the how-manieth of its kind that was.
	awk -F'(' '/^[a-z_0-9]+\(/ { print $1, ++n[$1] }' "$SD_WORK/trace" >"$SD_WORK/each"
	at_least 'system calls of one creation' 15 "$(wc -l <"$SD_WORK/each")"
	before=0 behind=0
	while read -r call n; do
		new_log
		: >"$SEEN"
		traced -e "inject=$call:signal=KILL:when=$n"
		sent=$(grep -c 'POST /v1.41/containers/create' "$SEEN")
		intents=$(count phase=intent)
		[ "$sent" -le "$intents" ] || not_ok "killed at $call number $n" "sent on without a record"
		[ -z "$(records 2>&1 >/dev/null)" ] || not_ok "killed at $call number $n" "a torn line"
		if [ "$sent" = 0 ]; then before=$((before + 1)); else behind=$((behind + 1)); fi
	done <"$SD_WORK/each"
	at_least 'killed before anything was sent on' 5 "$before"
	at_least 'killed behind it, with the intent there' 2 "$behind"
fi
stand_down
rm -f "$SD_WORK/trace" "$SD_WORK/trace.err" "$SD_WORK/each"

