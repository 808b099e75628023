# SPDX-License-Identifier: GPL-2.0-or-later
# The caller's own password: asked on the terminal by the helper, through PAM.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"
. "$SD_HERE/password.sh"

strong ''
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:rank A: --privileged' 'expect:=0'
good 'the right password'
is 'the container is there' 1 "$(containers)"
is 'how it was proved is recorded' 2 "$(count operation=container.create rule=debug auth=password)"
is 'a ticket was written' "$SD_ALICE:docker 600" "$(stat -c '%U:%G %a' "$TS")"
has 'that nobody can reach' "$(alice cat "$TS" 2>&1)" 'Permission denied'
lacks 'the password is in no record' "$(cat "$LOG")" "$RIGHT"
remove_all

# Wrong ones: each is recorded.
forget
new_log
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:wrong-1\r' "expect:the password is wrong" "expect:$PROMPT" \
	'type:wrong-2\r' "expect:$PROMPT" 'type:\r' 'expect:3 wrong passwords' 'expect:=1'
good 'three wrong passwords'
is 'a record for each' 3 "$(count decision=deny as=debug)"
lacks 'which do not hold what was typed' "$(cat "$LOG")" wrong-1
is 'nothing was made' 0 "$(containers)"
is 'there is no ticket' '' "$(ls "$TICKETS")"
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:wrong\r' "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0'
good 'a wrong one, then the right one'
remove_all

# The ways out of the question; the terminal is as it was, and what was typed is gone.
forget
for key in '\x03' '\x04' '\x1a' '\x1c'; do
	on_terminal "$SD_ALICE" 'type:stty -a >~/before\r' 'expect:$ ' "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:half$key" \
		'expect:no password was given' 'expect:=1' 'type:stty -a >~/after\r' 'expect:$ '
	good "ended by $key"
	is "the terminal is as before $key" "$(cat "$SD_WORK/$SD_ALICE/before")" "$(cat "$SD_WORK/$SD_ALICE/after")"
done
is 'nothing was made' 0 "$(containers)"
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:x\\x15wron\\x7f\\x7f\\x7f\\x7f$RIGHT\\r" 'expect:=0'
good 'the keys that erase'
remove_all
forget
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$(printf 'x%.0s' $(seq 1100))" 'expect:no password was given' 'expect:=1'
good 'a password too long is not cut to one that fits'
on_terminal "$SD_ALICE" "type:$RIGHT" "type:\\x15$C; echo =\$?\\r" "expect:$PROMPT" 'type:\x03' 'expect:=1'
good 'what was typed before is no answer'

# Nobody to ask.
new_log
run setsid -w setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i PATH=/usr/bin:/bin HOME=/ \
	"$SAFEDOCKER" --as debug create --privileged bb:1
has 'no terminal' "$OUT" 'a terminal is needed to ask for the password'
is 'its exit status' 1 "$STATUS"
on_terminal "$SD_ALICE" "type:$SAFEDOCKER -n --as debug create --privileged bb:1; echo =\$?\\r" 'expect:safedocker: a password is required' 'expect:=1'
good '-n asks nobody'
is 'both are recorded' 2 "$(count decision=deny as=debug)"

# Accounts that may not be used.
locked() {
	forget
	on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" "expect:$1" ${3:+"$3"} 'expect:=1'
	good "$2"
}
usermod -L "$SD_ALICE"
locked "$PROMPT" 'a locked password' 'type:\x03'
usermod -U "$SD_ALICE"
chage -E 0 "$SD_ALICE"
locked 'the account may not be used' 'an expired account'
chage -E -1 "$SD_ALICE"
chage -d 0 "$SD_ALICE"
locked 'the account may not be used' 'a password that must be changed'
chage -d "$(date +%F)" "$SD_ALICE"
on_terminal "$SD_BOB" "type:$C; echo =\$?\\r" "expect:password for $SD_BOB" "type:$RIGHT\\r" 'expect:the password is wrong' "expect:password for $SD_BOB" 'type:\x03' 'expect:=1'
good "another user's password"
is 'nothing was made' 0 "$(containers)"

# The service's file: without it PAM would go by another one.
mv /etc/pam.d/safedocker /etc/pam.d/x
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" 'expect:/etc/pam.d/safedocker' 'expect:=1'
good 'no service, no question'
printf 'auth required pam_permit.so\naccount required pam_permit.so\n' >/etc/pam.d/safedocker
chmod 666 /etc/pam.d/safedocker
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" 'expect:writable by nobody else' 'expect:=1'
good 'a service that others may write'
mv /etc/pam.d/x /etc/pam.d/safedocker
