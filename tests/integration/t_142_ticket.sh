# SPDX-License-Identifier: GPL-2.0-or-later
# The password is remembered for one terminal, one login session, one boot and one rule; and who has none.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"
. "$SD_HERE/password.sh"

strong ''
# The ticket.
again() { # NAME EXPECTED-STATUS
	on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0' "${@:3}" \
		"type:$SAFEDOCKER -n --as debug create --privileged bb:1; echo =\$?\\r" "expect:=$2"
	good "$1"
	remove_all
	forget
}
again 'on the same terminal it is remembered' 0
again 'forgotten by -k' 1 "type:$SAFEDOCKER -k\\r" 'expect:$ '
strong 'remember = 0'
again 'remember = 0' 1
strong ''
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0' \
	"type:$SAFEDOCKER -n --as other create --privileged bb:1; echo =\$?\\r" 'expect:=1'
good 'not for another rule'
remove_all
on_terminal "$SD_ALICE" "type:$SAFEDOCKER -n --as debug create --privileged bb:1; echo =\$?\\r" 'expect:=1'
good 'nor on another terminal, after logout'
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0' \
	"type:setsid -cw $SAFEDOCKER -n --as debug create --privileged bb:1; echo =\$?\\r" 'expect:=1'
good 'nor in another session on the same terminal'
remove_all
forget

# bent NAME SED STATUS [MODE]: whether the ticket still holds after what root did to it
bent() {
	rm -f "$TS"
	{
		on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0' 'type:sleep 4\r' \
			'expect:$ ' "type:$SAFEDOCKER -n --as debug create --privileged bb:1; echo =\$?\\r" "expect:=$3"
		good "$1"
	} &
	local job=$!
	for _ in $(seq 150); do
		[ -s "$TS" ] && break
		sleep 0.1
	done
	sleep 0.5
	sed -i -E "$2" "$TS"
	chown "$SD_ALICE:docker" "$TS"
	chmod "${4:-600}" "$TS"
	wait $job
	remove_all
	forget
}
bent 'an untouched ticket holds' '' 0
bent 'another boot' 's/^[0-9a-f]{8}/00000000/' 1
bent 'another terminal' 's/^([^ ]+) [0-9]+/\1 34999/' 1
bent 'another session' 's/^([^ ]+ [0-9]+) [0-9]+/\1 1/' 1
bent 'another leader of the session' 's/^([^ ]+ [0-9]+ [0-9]+) [0-9]+/\1 17/' 1
bent 'a time that is still to come' 's/[0-9]+$/99999999999/' 1
bent 'a time long ago' 's/[0-9]+$/1/' 1
bent 'a sign' 's/ ([0-9]+)$/ -\1/' 1
bent 'a file that others may write' '' 1 666

# An account without a password: root's list says so.
strong 'password = if-set'
passwd -d "$SD_ALICE" >/dev/null
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:\r' 'expect:the password is wrong' "expect:$PROMPT" 'type:\x03' 'expect:=1'
good 'an empty password is none'
sleep 1.1
uid >/run/safedocker/passwordless
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" 'expect:=0'
good 'if-set: nothing is asked of who has none'
chage -E 0 "$SD_ALICE"
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:\x03' 'expect:=1'
good 'but not by a list older than the last change of a password'
sleep 1.1
uid >/run/safedocker/passwordless
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" 'expect:the account may not be used' 'expect:=1'
good 'but the account must be good'
chage -E -1 "$SD_ALICE"
strong 'password = yes'
on_terminal "$SD_ALICE" "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:\x03' 'expect:=1'
good 'yes: it is asked for all the same'
rm /run/safedocker/passwordless
echo "$SD_ALICE:$RIGHT" | chpasswd
