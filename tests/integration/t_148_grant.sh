# SPDX-License-Identifier: GPL-2.0-or-later
# A strong rule for a while: asked for, seen by root, granted or refused, used, over, and removed.
# shellcheck shell=bash disable=SC2016
. "$SD_HERE/lib.sh"

REQUESTS=/var/spool/safedocker/requests
CONFD=/etc/safedocker/conf.d
REAP=$SD_PREFIX/sbin/safedocker-reap
MINE=$REQUESTS/$(uid)
GRANT=$CONFD/grant-$(uid)-debug.conf
root() { env -i PATH="$PATH" "$SAFEDOCKER" policy "$@"; }
lend() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday

		[strong debug]
		users = root
		verbs = run, create, exec
		flags = @everyday, --privileged
		root = open
		reason = optional
		password = no
		$1

		[strong mine]
		users = $SD_ALICE
		verbs = run
		flags = @everyday
	END
}
strong_create() { sd --as debug create --privileged bb:1; }
lend ''

# Asking.
run sd explain create --privileged bb:1
has 'explain says how' "$OUT" 'safedocker request --as debug --for 2h --reason TEXT'
denied 'nobody has granted it yet' "there is no strong rule debug for $SD_ALICE" strong_create
allowed 'nothing is asked for' sd request
has 'and that is said' "$OUT" 'nothing is asked for'
new_log
allowed 'a request' sd request --as debug --for 2h --reason 'the disk of db3, OPS-7 — ü'
is 'the file is the user'"'"'s, shut' "$SD_ALICE:docker 600" "$(stat -c '%U:%G %a' "$MINE")"
is 'the directory is shut too' 'root:docker 1730' "$(stat -c '%U:%G %a' "$REQUESTS")"
is 'it is recorded' 1 "$(count phase=request as=debug for=7200 submituser="$SD_ALICE" 'reason=the disk of db3, OPS-7 — ü')"
allowed 'the user sees it' sd request
has 'with its reason' "$OUT" 'the disk of db3, OPS-7 — ü'
denied 'it allows nothing' "there is no strong rule debug for $SD_ALICE" strong_create
run sd_bob request
has "nobody else sees it" "$OUT" 'nothing is asked for'
denied 'nor its file' 'Permission denied' bob cat "$MINE"
denied 'nor that there is one' 'Permission denied' bob ls "$REQUESTS"
denied "nor has the user another way to it" 'Permission denied' alice cat "$MINE"
denied 'a list is for root' 'only root' sd policy list
denied 'a grant too' 'only root' sd policy grant "$SD_ALICE" debug --for 1h
denied 'and a refusal' 'only root' sd policy refuse "$SD_ALICE" debug
denied 'and tidying up' 'only root' sd policy expire

# What is no request.
denied 'a rule that is not there' 'there is no strong rule nothing' sd request --as nothing --for 2h --reason x
denied 'an ordinary rule' 'there is no strong rule everyday' sd request --as everyday --for 2h --reason x
denied 'what the user has already' 'already' sd request --as mine --for 2h --reason x
for time in 0 59s 8d 2 -1h 1h30m '' 99999999999999999999d; do
	denied "for $time" '' sd request --as debug --for "$time" --reason x
done
denied 'no reason' 'Usage' sd request --as debug --for 2h
denied 'an empty one' '' sd request --as debug --for 2h --reason ''
denied 'a line end in it' 'without control characters' sd request --as debug --for 2h --reason $'a\nb'
denied 'an escape in it' 'without control characters' sd request --as debug --for 2h --reason $'a\e[2J'
denied 'a long one' '' sd request --as debug --for 2h --reason "$(printf 'x%.0s' $(seq 513))"
denied 'a path for a name' '' sd request --as ../../etc/x --for 2h --reason x
lend 'ticket = OPS-*'
denied 'without the ticket that the rule wants' 'wants a ticket like OPS-*' sd request --as debug --for 2h --reason x
lend ''
has 'the first one is still there' "$(cat "$MINE")" 'OPS-7'
mv "$LOG" "$LOG.away"
denied 'what cannot be recorded is not asked' 'the record' sd request --as debug --for 3h --reason later
mv "$LOG.away" "$LOG"
has 'and changes nothing' "$(cat "$MINE")" '"for":7200'
is 'nothing half written is left' "$(uid)" "$(ls "$REQUESTS")"

# Root sees it, and not what only looks like one.
ln -s /etc/shadow "${REQUESTS:?}/$(uid "$SD_BOB")"
echo '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"forged"}' >"$REQUESTS/4242"
chmod 600 "$REQUESTS/4242"
head -c 100000 /dev/zero | tr '\0' x >"$REQUESTS/4243"
chown 4243 "$REQUESTS/4243"
mkfifo "$REQUESTS/4244"
mkdir "$REQUESTS/4245"
printf '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"a\\u001b[2J"}' >"$REQUESTS/4246"
printf '{"version":1,"time":1,"rule":"../x","for":3600,"reason":"a"}' >"$REQUESTS/4247"
printf '{"version":1,"time":1,"rule":"debug","for":99999999,"reason":"a"}' >"$REQUESTS/4248"
printf '{"version":1,"time":1,"rule":"debug","rule":"mine","for":3600,"reason":"a"}' >"$REQUESTS/4249"
printf '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"a","more":1}' >"$REQUESTS/4250"
printf '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"twice"}' >"$REQUESTS/4251"
printf '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"open to all"}' >"$REQUESTS/4252"
printf '{"version":1,"time":1,"rule":"debug","for":3600,"reason":"well made"}' >"$REQUESTS/4253"
chmod 600 "$REQUESTS"/42[45]?
for n in 4246 4247 4248 4249 4250 4251 4252 4253; do chown "$n" "$REQUESTS/$n"; done
ln "$REQUESTS/4251" "$REQUESTS/second"
chmod 666 "$REQUESTS/4252"
allowed 'a list' root list
has 'the request' "$OUT" 'the disk of db3, OPS-7 — ü'
has 'of whom' "$OUT" "$SD_ALICE"
has 'for how long' "$OUT" 2h
for n in "$(uid "$SD_BOB")" 4242 4243 4244 4245 4246 4247 4248 4249 4250 4251 4252; do
	has "$n is named" "$OUT" "requests/$n is no request"
done
lacks 'nothing of them is shown' "$OUT" forged
lacks 'no control character either' "$OUT" $'\e[2J'
lacks 'nor what a link points to' "$OUT" 'root:'
has 'one that is as the helper writes it is shown' "$OUT" 'well made'
rm -rf "$REQUESTS"/42?? "$REQUESTS/second" "${REQUESTS:?}/$(uid "$SD_BOB")"
run root list --json
is 'the list for programs' "debug 7200 $SD_ALICE" \
	"$(python3 -c 'import json, sys; r = json.load(sys.stdin)["requests"]; print(r[0]["rule"], r[0]["for"], r[0]["user"])' <<<"$OUT")"

# Granting.
denied 'a rule that is not there is not granted' 'there is no strong rule' root grant "$SD_ALICE" nothing --for 1h
denied 'nor what the user has' 'already' root grant "$SD_ALICE" mine --for 1h
denied 'nor to nobody' 'there is no user' root grant no-such-user debug --for 1h
denied 'nor for ever' '7d' root grant "$SD_ALICE" debug --for 30d
denied 'nor without a time where none was asked' 'has not asked' root grant "$SD_BOB" debug
mkdir -p "$CONFD"
echo '[rule broken' >"$CONFD/zz.conf"
denied 'nor into a policy that is not understood' 'zz.conf' root grant "$SD_ALICE" debug
rm "$CONFD/zz.conf"
is 'nothing was granted' '' "$(ls "$CONFD")"
new_log
allowed 'granted, for as long as was asked' root grant "$SD_ALICE" debug
is 'by a file of root' 'root:root 644' "$(stat -c '%U:%G %a' "$GRANT")"
is 'the request is answered' '' "$(ls "$REQUESTS")"
has 'the reason is in it' "$(cat "$GRANT")" 'the disk of db3, OPS-7 — ü'
allowed 'the policy is understood' root check
run sd rights
has 'the user is told' "$OUT" 'granted to you until'
run sd explain create --privileged bb:1
has 'so does explain' "$OUT" 'ask for it: `safedocker --as debug'
allowed 'it can be used' strong_create
is 'and the record says where it was granted' 2 "$(count operation=container.create rule=debug as=debug "grant_at=$GRANT:3")"
remove_all
denied 'by nobody else' "there is no strong rule debug for $SD_BOB" sd_bob --as debug create --privileged bb:1
denied 'not without asking for it' 'denied: --privileged' sd create --privileged bb:1
denied 'what it does not list' 'denied: --pid=host' sd --as debug create --pid=host bb:1
run env -i PATH="$PATH" "$SAFEDOCKER" doctor
has 'doctor names it' "$OUT" "debug to #$(uid)"
allowed 'reap leaves it' "$REAP" "$SD_ENGINE"
allowed 'so that it can still be used' strong_create
remove_all

# Its end, by each of its clocks. The first would be behind a wait; what it is written to be comes to the same.
bend() { sed -i -E "$1" "$GRANT"; }
over() { # NAME SED
	root grant "$SD_ALICE" debug --for 1h >/dev/null 2>&1
	allowed "$1: before" strong_create
	remove_all
	bend "$2"
	denied "$1: inert" 'is over; ask for another' strong_create
	run sd rights
	lacks "$1: not among the rights" "$OUT" 'granted to you'
	run env -i PATH="$PATH" "$SAFEDOCKER" doctor
	has "$1: doctor finds it" "$OUT" 'this grant is over'
	run root check
	has "$1: check says so" "$OUT" 'the grant of debug is over'
	allowed "$1: reap" "$REAP" "$SD_ENGINE"
	is "$1: removed" '' "$(ls "$CONFD")"
	denied "$1: gone" "there is no strong rule debug for $SD_ALICE" strong_create
	is "$1: nothing was made" 0 "$(containers)"
}
up=$(cut -d. -f1 /proc/uptime)
over 'the date has come' "s/^until .*/until = $(date -u -d '-1 second' +%Y-%m-%dT%H:%M:%SZ)/"
over 'the clock was set back behind its end' "s/^until .*/until = 2999-01-01/; s/^uptime .*/uptime = $up/"
over 'another boot' 's/^boot .*/boot = 00000000-0000-0000-0000-000000000000/'

# To the second, while a connection is open and while a stream runs.
root grant "$SD_ALICE" debug --for 1m >/dev/null 2>&1
up=$(cut -d. -f1 /proc/uptime)
bend "s/^until .*/until = 2999-01-01/; s/^uptime .*/uptime = $((up + 8))/"
start=$SECONDS
run sd --as debug run --rm --name streamed bb:1 sleep 120
at_most 'a stream ends with it' 60 $((SECONDS - start))
is 'not by itself' no "$([ "$STATUS" = 0 ] && echo yes || echo no)"
denied 'and a new one does not begin' 'is over; ask for another' strong_create
allowed 'reap' "$REAP" "$SD_ENGINE"
is 'has removed it' '' "$(ls "$CONFD")"
remove_all

# What somebody else wrote into such a file stays.
root grant "$SD_ALICE" debug --for 1h >/dev/null 2>&1
bend 's/^until .*/until = 2020-01-01/'
printf '[rule kept]\nusers = %s\nverbs = ps\n' "$SD_BOB" >>"$GRANT"
allowed 'reap' "$REAP" "$SD_ENGINE"
has 'a rule beside it keeps the file' "$(cat "$GRANT")" '[rule kept]'
rm "$GRANT"

# A grant whose rule is gone takes nobody's rules away.
root grant "$SD_ALICE" debug --for 1h >/dev/null 2>&1
everyday
allowed 'everyday work goes on' sd create bb:1
remove_all
run root check
has 'check says that it grants nothing' "$OUT" 'it grants nothing'
lend ''

# Refusing: a request, and what was granted.
rm -f "$CONFD"/*
allowed 'asked again' sd request --as debug --for 30m --reason again
denied 'another rule was not asked for' 'has not asked' root refuse "$SD_ALICE" mine
allowed 'refused' root refuse "$SD_ALICE" debug
is 'the request is gone' '' "$(ls "$REQUESTS")"
denied 'there is nothing more to refuse' 'has not asked' root refuse "$SD_ALICE" debug
denied 'nothing was granted' "there is no strong rule debug for $SD_ALICE" strong_create
root grant "$SD_ALICE" debug --for 1h >/dev/null 2>&1
allowed 'without having been asked for' strong_create
remove_all
allowed 'a grant is taken back' root refuse "$SD_ALICE" debug
denied 'at once' "there is no strong rule debug for $SD_ALICE" strong_create
denied 'no path for a name' 'there is no strong rule' root refuse "$SD_ALICE" ../../x

# A user's words cannot write the policy.
allowed 'a reason like a policy' sd request --as debug --for 30m --reason 'x"; [rule all] users = * ; verbs = @everyday'
allowed 'is granted' root grant "$SD_ALICE" debug
is 'as one line of it' 1 "$(grep -c 'rule all' "$GRANT")"
allowed 'which is understood' root check
has 'and makes no rule' "$OUT" '3 rules in 2 files'
rm "$GRANT"

# Requests that nobody answered, and what was left half written.
allowed 'asked once more' sd request --as debug --for 30m --reason stale
touch -d '-6 days' "$MINE"
touch -d '-2 hours' "$MINE.77"
"$REAP" "$SD_ENGINE"
is 'a week is waited' "$(uid)" "$(ls "$REQUESTS")"
touch -d '-8 days' "$MINE"
"$REAP" "$SD_ENGINE"
is 'and no longer' '' "$(ls "$REQUESTS")"

# A directory that is not as it should be holds nothing.
chmod 1777 "$REQUESTS"
denied 'a directory for everybody' 'must be a directory, root:docker 1730' sd request --as debug --for 30m --reason x
chmod 1730 "$REQUESTS"
