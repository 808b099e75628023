# SPDX-License-Identifier: GPL-2.0-or-later
# The three setgid programs as they are installed: what each is made of, what each holds while it works, and that a
# strong rule is served behind a ticket alone.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"
. "$SD_HERE/password.sh"

# --- what they are made of
for program in "$HELPER" "$AUTH" "$RECORD"; do
	name=${program##*/}
	is "$name: owner and mode" 'root:docker 2755' "$(stat -c '%U:%G %a' "$program")"
	libraries=$(ldd "$program")
	case $name in
	safedocker-auth) has "$name: PAM" "$libraries" libpam ;;
	*) lacks "$name: no PAM" "$libraries" libpam ;;
	esac
	symbols=$(nm "$program")
	case $name in
	safedocker-helper) has "$name: the engine link" "$symbols" ' engine_open' ;;
	*) lacks "$name: no engine link" "$symbols" ' engine_open' ;;
	esac
	# A library would call it for its own of that name: PAM our audit_open() for libaudit's.
	is "$name: nothing is exported" '' "$(nm -D --defined-only "$program" | grep ' [TW] ')"
done

# --- what they hold
# at PROGRAM: the processes of alice's that are it, the oldest first
at() { pgrep -u "$SD_ALICE" -f "^$1 "; }
# status PID KEY: fields of /proc/PID/status
status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t' ' '; }
# open_files PID: what its descriptors are, one a line
open_files() { find "/proc/$1/fd" -type l -printf '%f %l\n'; }
docker_gid=$(getent group docker | cut -d: -f3)
alice_gid=$(id -g "$SD_ALICE")
# streams PID: how many stream sockets it holds; one that is connected to the engine would be one of them
streams() {
	local inode n=0
	for inode in $(open_files "$1" | sed -n 's/.*socket:\[\([0-9]*\)\]$/\1/p'); do
		awk -v inode="$inode" '$5 == "0001" && $7 == inode { found = 1 } END { exit !found }' /proc/net/unix && n=$((n + 1))
	done
	echo $n
}
# confined WHOM PID GIDS
confined() {
	is "$1: real, effective, saved gid" "$3" "$(status "$2" Gid | cut -d' ' -f1-3)"
	is "$1: no capability" 0000000000000000 "$(status "$2" CapPrm)"
	is "$1: no new privileges" 1 "$(status "$2" NoNewPrivs)"
	is "$1: a list of system calls" 2 "$(status "$2" Seccomp)"
}
# Another test may have left one.
forget
strong ''
on_terminal_to() { # FILE STEP…: in the background, what came of it in FILE
	local file=$1
	shift
	{ on_terminal "$SD_ALICE" "$@"; echo "$STATUS $OUT" >"$file"; } &
}
on_terminal_to "$SD_WORK/asked" 'type:stty -a >~/before\r' 'expect:$ ' "type:$C; echo =\$?\\r" "expect:$PROMPT" 'type:half' \
	'expect:the process that asks was ended' 'expect:=1' 'type:stty -a >~/after\r' 'expect:$ '
job=$!
asked() { [ "$(at "$AUTH" | wc -l)" = 2 ] && [ -r "/proc/$(at "$AUTH" | tail -1)/fd/5" ]; }
waits 'somebody is asked' asked
keeper=$(at "$AUTH" | head -1) asker=$(at "$AUTH" | tail -1)
confined 'who holds the group and waits' "$keeper" "$alice_gid $docker_gid $docker_gid"
is 'who asks: real, effective, saved gid' "$alice_gid $alice_gid $docker_gid" "$(status "$asker" Gid | cut -d' ' -f1-3)"
is 'who asks holds two pipes and the terminal' '/dev/null /dev/null /dev/null pipe pipe /dev/tty' \
	"$(open_files "$asker" | sort -n | sed -E 's/^[0-9]+ //; s/:.*//; s|/dev/pts/.*|/dev/tty|' | paste -sd' ')"
is 'neither of them has a stream, and so none to the engine' '0 0' "$(streams "$keeper") $(streams "$asker")"
for pid in "$keeper" "$asker"; do
	denied 'nor may its user look into it' 'ermission denied' alice cat "/proc/$pid/maps"
done
kill -KILL "$asker"
wait "$job"
is 'whoever kills it gets no further' 0 "$(cut -d' ' -f1 "$SD_WORK/asked" | head -1)"
is 'and has the terminal as it was' "$(cat "$SD_WORK/$SD_ALICE/before")" "$(cat "$SD_WORK/$SD_ALICE/after")"
is 'there is no ticket' '' "$(ls "$TICKETS")"

alice "$RECORD" follow >"$SD_WORK/followed" &
job=$!
reads() { [ "$(status "$(at "$RECORD" | head -1)" Seccomp)" = 2 ]; }
waits 'somebody follows the record' reads
reader=$(at "$RECORD" | head -1)
confined 'who reads the record' "$reader" "$alice_gid $alice_gid $docker_gid"
is 'it has no stream' 0 "$(streams "$reader")"
denied 'nor may its user look into it' 'ermission denied' alice cat "/proc/$reader/maps"
kill "$reader"
wait "$job" 2>/dev/null
sd events >/dev/null &
job=$!
serves() { [ "$(streams "$(at "$HELPER" | tail -1)")" = 2 ]; }
waits 'a worker of the helper, in comparison, has its client and the engine' serves
confined 'that worker' "$(at "$HELPER" | tail -1)" "$alice_gid $alice_gid $docker_gid"
confined 'its gatekeeper' "$(at "$HELPER" | head -1)" "$alice_gid $docker_gid $docker_gid"
pkill -u "$SD_ALICE" -x docker
wait "$job" 2>/dev/null

# --- behind a ticket alone
cat >"$SD_WORK/doors.py" <<'END'
import os, socket, subprocess, sys
helper, place, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
listener = socket.socket(socket.AF_UNIX)
listener.bind(f"{place}/door{os.getpid()}")
listener.listen()
for i in range(n):
    process = subprocess.Popen([helper, "--until-parent-ends", "--as", "debug"], stdin=listener, stdout=subprocess.PIPE)
    print("door", i, process.stdout.readline().decode().strip(), flush=True)
    process.kill()
    process.wait()
END
D="python3 $SD_WORK/doors.py $HELPER $SD_WORK/$SD_ALICE"
P="$AUTH password debug '' ''"
proved=("type:$P; echo =\$?\\r" "expect:$PROMPT" "type:$RIGHT\\r" 'expect:=0')
door() { on_terminal "$SD_ALICE" "${@:2}"; good "$1"; forget; }
new_log
door 'a helper of one'\''s own without a ticket' "type:$D 1\\r" 'expect:door 0 a password is required'
is 'which is recorded' 1 "$(count decision=deny as=debug)"
strong 'remember = 0'
door 'one password, one helper' "${proved[@]}" "type:$D 2\\r" 'expect:door 0 ready' 'expect:door 1 a password is required'
door 'two of them, two helpers' "${proved[@]}" "${proved[@]}" "type:$D 3\\r" 'expect:door 0 ready' 'expect:door 1 ready' \
	'expect:door 2 a password is required'
strong ''
door 'where it is remembered, many' "${proved[@]}" "type:$D 2\\r" 'expect:door 0 ready' 'expect:door 1 ready'
door 'but not in another session' "${proved[@]}" "type:setsid -w $D 1\\r" 'expect:door 0 a password is required'
door 'nor for a rule that asks root alone' "${proved[@]}" "type:$AUTH ticket other '' ''; echo =\$?\\r" 'expect:a password is required' 'expect:=76'

# changed NAME SED SAYS: what a helper says to a fresh ticket after what root did to it
changed() {
	rm -f "$SD_WORK/$SD_ALICE/go"
	on_terminal_to "$SD_WORK/asked" "${proved[@]}" "type:until [ -e ~/go ]; do sleep 0.1; done; $D 1\\r" "expect:door 0 $3"
	local job=$!
	waits "$1: a ticket" test -s "$TS"
	sed -i -E "$2" "$TS"
	chown "$SD_ALICE:docker" "$TS"
	chmod 600 "$TS"
	alice touch "$SD_WORK/$SD_ALICE/go"
	wait "$job"
	is "$1" 0 "$(cut -d' ' -f1 "$SD_WORK/asked" | head -1)"
	forget
}
changed 'a fresh ticket, as it is' '' ready
now=$(awk '{ print int($1 * 1000) }' /proc/uptime)
[ "$now" -lt 40000 ] || changed 'one of half a minute ago' "s/ [0-9]+$/ $((now - 30500))/" 'a password is required'
changed 'one of an account without a password, where the rule takes none' 's/ password / account /' 'a password is required'
strong 'password = if-set'
changed 'and where it does' 's/ password / account /' ready
