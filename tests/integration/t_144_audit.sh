# SPDX-License-Identifier: GPL-2.0-or-later
# The record, read: everybody their own, root and group adm all of it.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"

audit() { sd audit "$@"; }
sd run --rm --name first bb:1 true >/dev/null
sd run --rm --privileged bb:1 true >/dev/null 2>&1
sd_bob run --rm bb:1 true >/dev/null
sd_bob --reason 'a "quoted" reason' create --name his bb:1 >/dev/null
sd_bob rm his >/dev/null

allowed 'a list' audit
has 'what was done' "$OUT" create
lacks "not what others did" "$OUT" "$SD_BOB"
run sd audit --json
is 'all lines are records of the own' "$(count "submituser=$SD_ALICE")" "$(grep -c "\"submituser\":\"$SD_ALICE\"" <<<"$OUT")"
lacks 'and nothing else' "$OUT" "$SD_BOB"
run env -i PATH="$PATH" "$SAFEDOCKER" audit --json
is 'root sees all' "$(count)" "$(grep -c '^{' <<<"$OUT")"
usermod -aG adm "$SD_BOB"
run sd_bob audit --json
is 'group adm too' "$(count)" "$(grep -c '^{' <<<"$OUT")"
gpasswd -d "$SD_BOB" adm >/dev/null
run sd_bob audit --json
lacks 'and no longer than it is in it' "$OUT" "$SD_ALICE"
has 'its own it sees' "$OUT" 'a \"quoted\" reason'
has 'the file itself nobody reads' "$(alice cat "$LOG" 2>&1)" 'Permission denied'

# Filters.
filtered() { # NAME EXPECTED FILTER…: records that pass
	local name=$1 expected=$2
	shift 2
	run env -i PATH="$PATH" "$SAFEDOCKER" audit --json "$@"
	is "$name" "$expected" "$(grep -c '^{' <<<"$OUT")"
}
filtered 'by user' "$(count "submituser=$SD_BOB")" --user "$SD_BOB"
filtered 'by verb' "$(count verb=create)" --verb=create
filtered 'by decision' "$(count decision=deny)" --decision deny
filtered 'by rank' "$(count rank=A)" --rank A
filtered 'by rule' "$(count rule=everyday)" --rule everyday
filtered 'by a rule that is none' 0 --rule every
filtered 'by flag' "$(grep -c '"flags":\[[^]]*"--privileged"' "$LOG")" --flag --privileged
filtered 'by an object' "$(count object=his)" --object his
at_least 'which is there' 2 "$(count object=his)"
filtered 'two of them' "$(count "submituser=$SD_ALICE" decision=deny)" --user "$SD_ALICE" --decision deny
filtered 'since a moment ago' "$(count)" --since 1h
filtered 'until an hour ago' 0 --until 1h
filtered 'since a date' 0 --since 2999-01-01
denied 'no filter' 'Usage' sd audit --nothing x
denied 'no time' 'Usage' sd audit --since yesterday

allowed 'a summary' env -i PATH="$PATH" "$SAFEDOCKER" audit summary
has 'of users' "$OUT" "$SD_BOB"
has 'of rules' "$OUT" everyday
has 'of refusals' "$OUT" --privileged
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[rule idle]
	users = $SD_BOB
	verbs = ps
END
run env -i PATH="$PATH" "$SAFEDOCKER" audit summary --json
told() { python3 -c "import json, sys; s = json.load(sys.stdin); print($1)" <<<"$OUT"; }
is 'what was refused, by its flag' "{'--privileged': 1}" "$(told 's["denied_flags"]')"
is 'how much of which rank' "$(count phase=intent "submituser=$SD_ALICE" rank=C) 1" \
	"$(told "s['users']['$SD_ALICE']['C'], s['users']['$SD_ALICE']['denied']" | tr -d '(),')"
is 'rules that allowed nothing' "['idle']" "$(told 's["unused_rules"]')"
run sd audit summary --json
is 'but not those of others' '[]' "$(told 's["unused_rules"]')"
run sd_bob audit summary --json
is 'unlike those of the own' "['idle']" "$(told 's["unused_rules"]')"
run env -i PATH="$PATH" "$SAFEDOCKER" audit summary --json --user "$SD_BOB"
is 'a filter holds here too' '{}' "$(told 's["denied_flags"]')"
everyday

id=$(records operation=container.create phase=intent "submituser=$SD_ALICE" | head -1 | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
allowed 'one operation' sd audit show "$id"
has 'its intent' "$OUT" 'phase        intent'
has 'its outcome' "$OUT" 'phase        outcome'
has 'the rest of its command' "$OUT" container.start
denied "another's is not there" 'there is no record' sd_bob audit show "$id"

allowed 'nothing is amiss' sd audit verify
echo '{"version":1,"time":"2026-01-01T00:00:00.000000Z","id":"00000000000000aa","phase":"outcome"}' >>"$LOG"
printf '\n{"version":1,"torn' >>"$LOG"
echo >>"$LOG"
run env -i PATH="$PATH" "$SAFEDOCKER" audit verify
is 'what is amiss is a finding' 1 "$STATUS"
has 'an outcome without its intent' "$OUT" 00000000000000aa
has 'a torn line' "$OUT" '1 broken'

# Following, over a rotation.
sd audit --follow --json >"$SD_WORK/followed" 2>&1 &
follower=$!
sd run --rm --name before bb:1 true >/dev/null
waits 'what is added is seen' grep -q '"--name=before"' "$SD_WORK/followed"
mv "$LOG" "$LOG.1"
new_log_beside() { : >"$LOG" && chown root:docker "$LOG" && chmod 0660 "$LOG"; }
chattr -a "$LOG.1" 2>/dev/null
new_log_beside
sd run --rm --name after bb:1 true >/dev/null
waits 'what the new file holds too' grep -q '"--name=after"' "$SD_WORK/followed"
pgrep -u "$SD_ALICE" -f 'audit --follow' | xargs -r kill
wait "$follower" 2>/dev/null
run sd audit --json
has 'a rotated file is read as well' "$OUT" '"--name=before"'
is 'the oldest comes first' --name=first "$(grep -o -e '--name=[a-z]*' <<<"$OUT" | head -1)"
rm "$LOG.1"

# A record that was taken out between others of its process.
new_log
api "$SD_ALICE" 'json:POST:/v1.41/containers/create?name=v1:{"Image":"bb:1"}' recv \
	'json:POST:/v1.41/containers/create?name=v2:{"Image":"bb:1"}' recv >/dev/null
allowed 'all are there' sd audit verify
is 'they count up' '1 2 3 4' "$(records | python3 -c 'import json, sys; print(*[json.loads(line)["seq"] for line in sys.stdin])')"
chattr -a "$LOG" 2>/dev/null
cp "$LOG" "$SD_WORK/whole"
for taken in intent outcome; do
	# The second operation's intent, the first one's outcome.
	python3 - "$SD_WORK/whole" "$LOG" "$taken" <<-'END'
		import json, sys
		whole, log, taken = sys.argv[1:]
		lines = [line for line in open(whole).read().split("\n") if line]
		seq = {"intent": 3, "outcome": 2}[taken]
		with open(log, "w") as out:
		    out.write("".join("\n" + line + "\n" for line in lines if json.loads(line)["seq"] != seq))
	END
	run sd audit verify
	is "without an $taken: a finding" 1 "$STATUS"
	has "without an $taken: one is missing" "$OUT" ', 1 missing'
done
remove_all
new_log
