#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy's own tools, and what anybody may read of it: check, show, diff, edit, learn, rights.
. "$SD_HERE/lib.sh"
policy <<-END
	[set web]
	verbs = run, logs
	flags = --publish=127.0.0.1:1024-65535, --restart

	[rule team]
	users = $SD_ALICE, %safedocker
	verbs = @web, ps, exec, rm, stop
	flags = @web, --env, --name, --rm, --memory<=8g, --cpus<=2.5, exec:--user, --volume=/srv/data/**:ro
	force = --security-opt=no-new-privileges
	images = docker.io/library/*
	until = 2099-12-31
	why = the data team, OPS-1

	[strong debug]
	users = $SD_ALICE
	verbs = run
	flags = --rm, --name, --pid=host
	reason = required
	password = no
	until = 2099-01-01

	[rule old]
	users = $SD_ALICE
	verbs = ps
	until = 2020-01-01

	[rule others]
	users = $SD_BOB
	verbs = ps
	containers = 5
END
run sd rights
is 'rights: there are some' 0 "$STATUS"
golden rights "$OUT"
run sd rights --json
is 'rights --json' '1 team debug' "$(python3 -c 'import json, sys; o = json.loads(sys.argv[1]); print(o["version"], *[r["name"] for r in o["rules"]])' "$OUT" 2>&1)"
run sd rights run --rm bb:1 true
is 'rights COMMAND: yes' '0 yes' "$STATUS $OUT"
run sd rights run --privileged bb:1
is 'rights COMMAND: no' '1 no: `safedocker explain` says why' "$STATUS $OUT"
run sd rights --json run --privileged bb:1
has 'rights --json COMMAND' "$OUT" '"decision":"deny"'
run "$SAFEDOCKER" rights --user "$SD_BOB"
has 'root asks for bob' "$OUT" "What $SD_BOB may do"
denied 'nobody else does' 'only root may ask' sd rights --user "$SD_BOB"
sd run -d --name r1 --memory 64m --cpus 0.5 bb:1 sleep 1000 >/dev/null
run sd rights
has 'what is in use' "$OUT" 'in use now: 1 container, memory limits of 64 MiB, 0.50 processors'
remove_all
run sd policy show
golden policy-show "$OUT"
run sd policy show "$SD_BOB"
lacks 'show USER: not the others'\'' rules' "$OUT" 'strong debug'
has 'show USER: their own' "$OUT" 'rule others'
has 'a key without words of its own is shown as it is written' "$OUT" 'containers 5'
run as nobody "$SAFEDOCKER" rights
is 'nobody: nothing' 1 "$STATUS"
has 'and what to do' "$OUT" 'ask whoever administers this host'

# check
run sd policy check
is 'check' 0 "$STATUS"
has 'check: what is over' "$OUT" 'old is over'
cp "$CONF" "$SD_WORK/good.conf"
bad() { # NAME TEXT…: what is said of a policy of that text
	local name=$1
	shift
	printf '%s\n' "$@" >"$SD_WORK/bad.conf"
	run alice "$SAFEDOCKER" policy check "$SD_WORK/bad.conf"
	is "check: $name" 1 "$STATUS"
	golden "check-$name" "$OUT"
}
bad verb '[rule r]' 'users = *' 'verbs = run, lgos'
bad flag '[rule r]' 'users = *' 'verbs = run' 'flags = --env,' '   --privleged'
bad rank '[rule r]' 'users = *' 'verbs = run' 'flags = --env, --privileged'
bad key '[rule r]' 'users = *' 'verb = run'
bad section '[rules r]' 'users = *'
bad set '[rule r]' 'users = *' 'verbs = run, @webb'
bad date '[rule r]' 'users = *' 'verbs = run' 'until = tomorrow'
bad force '[rule r]' 'users = *' 'verbs = run' 'force = --memory<=8g'
printf '%s\n' '[rule a]' 'users = *' 'verbs = @everyday' 'flags = @everyday' '[rule b]' 'users = root' 'verbs = run' \
	'flags = --tty, --publish=8080:80' 'images = debian:12' '[rule c]' 'users = root' 'verbs = run' 'flags = --tty' \
	'[strong d]' 'users = root' 'verbs = run' 'root = mapped' 'flags = --privileged' >"$SD_WORK/slips.conf"
run "$SAFEDOCKER" policy check "$SD_WORK/slips.conf"
is 'check: slips are no mistakes' 0 "$STATUS"
has 'what docker would read otherwise' "$OUT" 'slips.conf:5: note: b: --publish=8080:80 fits nothing'
has 'an image with a tag' "$OUT" 'images = debian:12 fits no image'
has 'a rule that is never used' "$OUT" "slips.conf:10: note: c is never used: a at $SD_WORK/slips.conf:1"
lacks 'and not one that is' "$OUT" 'b is never used'
has 'a flag that no container can have' "$OUT" 'slips.conf:14: note: d: no container of this rule can have --privileged: say root = open'
run sh -c "$SAFEDOCKER policy check - <$SD_WORK/good.conf"
is 'check of standard input' 0 "$STATUS"
denied 'check of what is not there' 'cannot read' sd policy check /nonexistent

# diff
sed -e 's/verbs = @web, ps/verbs = @web, top/' -e 's/8g/4g/' -e '/^.rule others/,$d' "$SD_WORK/good.conf" >"$SD_WORK/new.conf"
chmod 644 "$SD_WORK/new.conf"
run sd policy diff "$SD_WORK/good.conf" "$SD_WORK/new.conf"
is 'diff: they differ' 1 "$STATUS"
golden policy-diff "$OUT"
run sd policy diff "$SD_WORK/good.conf" "$SD_WORK/good.conf"
is 'diff: they do not' 0 "$STATUS"

# edit, as visudo
editor() { printf '#!/bin/sh\n%s\n' "$1" >"$SD_WORK/editor"; chmod 755 "$SD_WORK/editor"; }
editor 'sed -i "s/8g/6g/" "$1"'
run env EDITOR="$SD_WORK/editor" "$SAFEDOCKER" policy edit
is 'edit: installed' 0 "$STATUS"
has 'the file is changed' "$(cat "$CONF")" '--memory<=6g'
is 'and is root'\''s alone to write' '0:0 644' "$(stat -c '%u:%g %a' "$CONF")"
editor 'sed -i "s/verbs = run/verbs = rnu/" "$1"'
run sh -c "echo x | EDITOR=$SD_WORK/editor $SAFEDOCKER policy edit"
is 'edit: a mistake is not installed' 1 "$STATUS"
has 'the mistake is shown with a caret' "$OUT" '^'
has 'and the old file stands' "$(cat "$CONF")" 'verbs = run'
editor 'echo "[rule extra]" >>"$1"; echo "users = *" >>"$1"; echo "verbs = info" >>"$1"'
mkdir -p /etc/safedocker/conf.d
run env EDITOR="$SD_WORK/editor" "$SAFEDOCKER" policy edit /etc/safedocker/conf.d/extra.conf
is 'edit: a new file of conf.d' 0 "$STATUS"
has 'it holds' "$(sd policy show)" 'rule extra'
rm -rf /etc/safedocker/conf.d
denied 'edit is root'\''s' 'only root may change' sd policy edit
is 'no copy is left' '' "$(find /tmp /etc/safedocker -maxdepth 1 -name '*safedocker-policy-*' -o -maxdepth 1 -name '.safedocker-new-*')"
python3 -c 'import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(60)' "$CONF" >"$SD_WORK/held" &
holder=$!
waits 'somebody holds it' grep -q held "$SD_WORK/held"
denied 'one at a time' 'is being edited by somebody else' env EDITOR=true "$SAFEDOCKER" policy edit
kill "$holder"

# learn
new_log
policy <<-END
	[rule wide]
	users = $SD_ALICE
	verbs = @everyday
	flags = @everyday, --publish=127.0.0.1:1024-65535, --memory<=8g
	[strong debug]
	users = $SD_ALICE
	verbs = run
	flags = @everyday, --pid=host
	root = open
	reason = optional
	password = no
END
sd run --rm -e A=b --memory 64m bb:1 true
sd run -d --name web -p 127.0.0.1:8080:80 --memory 128m bb:1 sleep 1000 >/dev/null
sd exec web id -u >/dev/null
sd run --privileged bb:1 >/dev/null 2>&1
sd explain restart web >/dev/null
sd --as debug run --rm --pid=host bb:1 true
sd rm -f web >/dev/null
run "$SAFEDOCKER" policy learn "$SD_ALICE"
is 'learn' 0 "$STATUS"
golden policy-learn "$(sed 's/: [0-9]* records/: N records/' <<<"$OUT")"
{ cat "$SD_WORK/learned" 2>/dev/null; printf '[engine]\nsocket = %s\n' "$SD_ENGINE"; echo "$OUT"; } >"$CONF"
allowed 'what was learned allows it again' sd run --rm -e A=other --memory 64m bb:1 true
allowed 'all of it' sd run -d --name web -p 127.0.0.1:8080:80 --memory 128m bb:1 sleep 1000
allowed 'exec' sd exec web id -u
denied 'and no other port' 'denied: --publish' sd run --rm -p 127.0.0.1:8081:80 bb:1 true
denied 'no more memory' 'denied: --memory' sd run --rm --memory 256m bb:1 true
denied 'nothing that was only explained' 'denied: restart' sd restart web
allowed 'rm -f' sd rm -f web
run "$SAFEDOCKER" policy learn --since 2099-01-01 "$SD_ALICE"
is 'learn: nothing since' 1 "$STATUS"
run "$SAFEDOCKER" policy learn "$SD_ALICE" --since 1d
is 'learn: since a day' 0 "$STATUS"
denied 'the record is root'\''s to read' 'the record is root' sd policy learn "$SD_ALICE"
