#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The engine answers late, and meanwhile something changes: at each element of each kind of plan. An
# engine of the tests' own holds its answers, so that each moment is a certain one; nothing here is
# a matter of speed.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

HELD=$SD_PREFIX/held
mkdir -p "$HELD"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$HELD"; stand_down; remove_all; echo "# end"' EXIT
# phase NAME: in a mount namespace of its own, with users, policy, record and engine of its own
phase() {
	local program=held_more.py plans=()
	case $1 in *-* | plain) program=held.py plans=("$HELD/plans") ;; esac
	PYTHONDONTWRITEBYTECODE=1 timeout -k 10 200 unshare -m --propagation private \
		python3 "$SD_HOSTILE/$program" "$HELPER" "$HELD" "$1" "${plans[@]}"
}
number() {
	awk -v name="$1" '$1 == "number" && $2 == name { n = $3 } END { print n + 0 }' "$HELD/$2.out"
}
# was NAME TEXT: what a phase came to
was() {
	local out=$HELD/$1.out
	if grep -q '^skip ' "$out"; then
		skip "$2" "$(sed -n 's/^skip //p' "$out")"
		return
	fi
	is "$2" '' "$(grep '^bad ' "$out" | cut -c1-400 | head -5; grep -c '^bad ' "$out" | grep -v '^0$')"
	is "$1 comes to its end" end "$(tail -1 "$out")"
}

statement H1 'each answer to each element is held while the permission goes: nothing more is written'
phase plain >"$HELD/plain.out" 2>&1
was plain 'where nothing changes all of it is done, each element with intent and outcome'
answers=$(number answers plain)
at_least 'answers that can be held' 70 "$answers"
at_least 'elements that change something' 28 "$(number elements plain)"
changes=(emptied-held emptied-stopped narrowed-held narrowed-frozen until-held until-stopped
	group-held group-stopped rotated-held rotated-stopped removed-held removed-stopped)
exchanges=(exchanged-held exchanged-stopped remade-held taken-held)
more=(uploads anew handover lock)
jobs=()
for p in "${more[@]}" "${changes[@]}" "${exchanges[@]}"; do
	phase "$p" >"$HELD/$p.out" 2>&1 &
	jobs+=($!)
done
wait "${jobs[@]}"
for p in "${changes[@]}"; do
	what=${p%-*} how=${p#*-}
	case $what in
	emptied) what='the policy is emptied' ;;
	narrowed) what='the policy is narrowed' ;;
	until) what='the rule'\''s date is reached' ;;
	group) what='the user is out of the group' ;;
	rotated) what='the record is rotated' ;;
	removed) what='the record is removed' ;;
	esac
	was "$p" "$what, the worker is ${how/held/waiting}"
	grep -q '^skip ' "$HELD/$p.out" && continue
	is "$p: each answer was held once" "$answers" \
		$(($(number judged-anew "$p") + $(number cut-short "$p") + $(number finished "$p")))
	at_least "$p: judged anew, before anything was done" 40 "$(number judged-anew "$p")"
	at_least "$p: cut short between two elements" 4 "$(number cut-short "$p")"
done

statement H2 'the object is exchanged behind a look: what was looked at is used, or nothing'
was exchanged-held 'by another'
was exchanged-stopped 'by another, while the worker is stopped'
was remade-held 'by its owner, made open'
was taken-held 'what was not there is made by another meanwhile'
at_least 'ids are used as they were seen' 20 "$(number finished exchanged-held)"
at_least 'another'\''s is not taken' 10 "$(number cut-short taken-held)"

statement H3 'the last byte of an upload waits for the last look; an early answer, a cut'
was uploads 'in the middle of an upload'
at_least 'looked at' 100 "$(number checks uploads)"

statement H4 'a request for which nothing was done is judged anew: whole, once, and its own'
was anew 'in pieces, one behind another, large, too large, twice'
at_least 'looked at' 50 "$(number checks anew)"
was handover 'killed while it is handed over: nothing of one connection reaches another'
at_least 'handed over' 80 "$(number handovers handover)"
at_least 'killed' 80 "$(number kills handover)"

statement H5 'two creates where one is allowed: one is made, whoever is stopped'
was lock 'the lock'
at_least 'looked at' 25 "$(number checks lock)"
