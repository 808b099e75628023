# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of the connection to the engine, behind lib.sh.
# shellcheck shell=bash disable=SC2034

IMPATIENT=$SD_WORK/safedocker-impatient
FAULT_SOCKET=$SD_ROOT/fault.sock
FAULT_CONTROL=$SD_ROOT/fault-control.sock

# The helper with less patience, setgid as the installed one is.
impatient() {
	flock "$SD_BUILD" make -C "$SD_BUILD" tests/hostile/impatient >"$SD_WORK/make.log" 2>&1 ||
		{ not_ok 'the helper with less patience is built' "$(tail "$SD_WORK/make.log")"; exit; }
	install -o root -g docker -m 2755 "$SD_BUILD/tests/hostile/impatient" "$IMPATIENT"
}

# What answers in the engine's place (fault_engine.py), and the policy for it.
fault_engine() {
	PYTHONDONTWRITEBYTECODE=1 python3 "$SD_HOSTILE/fault_engine.py" "$FAULT_SOCKET" "$FAULT_CONTROL" &
	FAULT_PID=$!
	for _ in $(seq 100); do
		[ -S "$FAULT_SOCKET" ] && break
		sleep 0.1
	done
}
fault_engine_down() {
	kill "$FAULT_PID" && wait "$FAULT_PID" 2>/dev/null
	rm -f "$FAULT_SOCKET" "$FAULT_CONTROL" "$IMPATIENT"
}
trap '[ -z "${FAULT_PID:-}" ] || kill "$FAULT_PID" 2>/dev/null; remove_all; echo "# end"' EXIT

# words KIND RANKS: the verbs or flags of the tables that have one of these ranks, as a policy has
# them
words() {
	awk -F'\t' -v kind="$1" -v ranks="$2" '$1 == kind && index(ranks, kind == "flag" ? $4 : $3) {
		printf "%s%s", sep, $2
		sep = ",\n\t"
		if (kind == "flag" && $3 == "text")
			printf "%s%s=*", sep, $2 }' "$SD_BUILD/words"
}
# Everything is allowed to alice: what ranks S or A by the rule `all`.
link_policy() {
	policy <<-POLICY
		[rule everyday]
		users = %safedocker
		verbs = $(words verb BC)
		flags = @everyday, @build, $(words flag B)
		[strong all]
		users = %safedocker
		verbs = $(words verb SABC)
		flags = @everyday, $(words flag SAB)
		root = open
		reason = optional
		password = no
		[strong looking]
		users = %safedocker
		verbs = inspect, ps
		reason = optional
		password = no
		[strong few]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		containers = 5
		reason = optional
		password = no
	POLICY
	sed -i "s,^socket = .*,socket = $FAULT_SOCKET," "$CONF"
	$SD_PREFIX/bin/safedocker policy check >"$SD_WORK/policy.log" 2>&1 ||
		not_ok 'the policy of this test is one' "$(cat "$SD_WORK/policy.log")"
}
# link PROGRAM ARGUMENT…: as alice
link() {
	local program=$1
	shift
	alice env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$SD_HERE" python3 "$SD_HOSTILE/$program" "$@"
}
