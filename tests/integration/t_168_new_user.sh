#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From a fresh installation to the first allowed and the first refused command, with nothing but --help and what the
# messages say: each command that they name is tried, and does what it is named for.
. "$SD_HERE/lib.sh"

# The policy as it is installed; only the engine is this run's.
rm -rf "${CONF:?}" /etc/safedocker/conf.d
flock -s "$SD_BUILD" make -C "$SD_BUILD" install >/dev/null 2>&1
is 'a policy is installed' root:root:644 "$(stat -c '%U:%G:%a' "$CONF")"
printf '\n[engine]\nsocket = %s\n' "$SD_ENGINE" >>"$CONF"
gpasswd -d "$SD_BOB" safedocker >/dev/null
me() { run sd_bob "$@"; }
named() { grep -o "safedocker $1[a-z-]*" <<<"$OUT" | head -1; }

# --- not yet a user of it
me --help
is 'help' 0 "$STATUS"
has 'its first example runs a container' "$OUT" 'safedocker run --rm'
example=$(grep -m1 -o '^  safedocker run [^ ].*  ' <<<"$OUT")
me ps
is 'nobody named him: refused' 125 "$STATUS"
is 'in one line' 1 "$(wc -l <<<"$OUT")"
has 'it says so' "$OUT" "denied: no rule of the policy is for $SD_BOB"
is 'and whom to ask: a word' 'safedocker rights' "$(named rights)"
is 'one command, one record' '1 1' "$(count "submituser=$SD_BOB") $(count phase=denied deny_code=E_NO_RULE "submituser=$SD_BOB")"
me rights
is 'rights: none' 1 "$STATUS"
has 'and what would change that' "$OUT" 'The group safedocker is whom its default names'
me version
is 'which engine there is, he may not know' 125 "$STATUS"
me explain run --rm bb:1
is 'explain: denied' 1 "$STATUS"
has 'it says why' "$OUT" "no rule of the policy is for $SD_BOB"
me explain --json ps
is 'explain --json: denied' 1 "$STATUS"
is 'as JSON' deny "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["decision"])' "$OUT")"
me explain compose -f /nonexistent.yml up
is 'explain of what cannot start: not allowed' 1 "$STATUS"
me rights run --privileged
is 'rights of one command: no' "1 no" "$STATUS ${OUT%%:*}"
me agent
has 'no agent' "$OUT" "no rule of the policy is for $SD_BOB"
me request
is 'what he asked before: nothing' 0 "$STATUS"

# --- the administrator does what `rights` said
usermod -aG safedocker "$SD_BOB"
me rights
is 'named by the group: rights' 0 "$STATUS"
has 'by the rule that is shipped' "$OUT" 'rule everyday'
# shellcheck disable=SC2086 # the words of the example
set -- ${example/debian:12/bb:1}
shift
set -- "${@/-it/-i}"
me "$@"
is 'the first example of --help is allowed' 0 "$STATUS"
me run --rm bb:1 cat /proc/self/uid_map
has 'root in it is its user' "$OUT" " $(uid "$SD_BOB") "
me ps -a
is 'the second example' 0 "$STATUS"

# --- the first refusal
me run --rm --privileged bb:1 id
is 'refused with docker'\''s own status' 125 "$STATUS"
has 'what' "$OUT" 'denied: --privileged (create): no mapped container can have it'
has 'by which rule' "$OUT" "rule: everyday at $CONF:"
id=$(sed -n 's/.*logged as \([0-9a-f]*\).*/\1/p' <<<"$OUT")
at_most 'in four lines, and docker'\''s own' 6 "$(wc -l <<<"$OUT")"
me audit show "$id"
has 'the record has it under that id' "$OUT" '--privileged'
is 'it is the one' 1 "$(count "id=$id" phase=denied)"
me explain run --rm --privileged bb:1 id
is 'explain: denied' 1 "$STATUS"
has 'what could allow it' "$OUT" 'only a strong rule can (safedocker.conf(5))'
is 'the page that it names is installed' 1 "$(find "$SD_PREFIX/share/man" -name 'safedocker.conf.5*' | wc -l)"
me --as debug run --rm bb:1
has 'there is none' "$OUT" "there is no strong rule debug for $SD_BOB"
me run --rm -v /run/docker.sock:/x bb:1 true
has 'a path of the host: which' "$OUT" 'denied: --volume=/run/docker.sock (create)'

# --- and the administrator looks
run "$SAFEDOCKER" audit --user "$SD_BOB" --decision deny --json
has 'who was refused what' "$OUT" "$id"
run "$SAFEDOCKER" doctor
lacks 'nothing of the installation is amiss' "$OUT" "$SD_PREFIX"
for word in explain audit rights policy request doctor agent; do
	me "$word" --help
	is "$word --help" 0 "$STATUS"
	has "$word --help says how" "$OUT" "Usage: safedocker $word"
	is "$word --help fits the screen" 0 "$(grep -c '.\{81\}' <<<"$OUT")"
	me "$word" --nonsense
	is "$word --nonsense: wrong usage" 2 "$STATUS"
done
