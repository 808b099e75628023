# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by every t_*.sh. Each check prints `ok - NAME` or `not ok - NAME` and why.
# shellcheck shell=bash disable=SC2034,SC2120
set -u

LOG=/var/log/safedocker/operations.log
CONF=/etc/safedocker/safedocker.conf
HELPER=$SD_PREFIX/libexec/safedocker/safedocker-helper
AUTH=$SD_PREFIX/libexec/safedocker/safedocker-auth
RECORD=$SD_PREFIX/libexec/safedocker/safedocker-record
SAFEDOCKER=$SD_PREFIX/bin/safedocker
OUT='' STATUS=0

uid() { id -u "${1:-$SD_ALICE}"; }

# as USER COMMAND…: without the caller's environment, directory or groups.
as() {
	local user=$1
	shift
	(cd / && exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
		env -i HOME="$SD_WORK/$user" PATH=/usr/bin:/bin TERM=xterm "$@")
}
alice() { as "$SD_ALICE" "$@"; }
bob() { as "$SD_BOB" "$@"; }
sd() { alice "$SAFEDOCKER" "$@"; }
sd_bob() { bob "$SAFEDOCKER" "$@"; }
engine() { docker -H "unix://$SD_ENGINE" "$@"; }

# run COMMAND…: its output (both streams) in OUT, its exit status in STATUS.
run() {
	OUT=$("$@" 2>&1 </dev/null)
	STATUS=$?
}

# statement N TEXT: what the checks below show, by its number in doc/ATTACKS.md
STATEMENT=
statement() {
	STATEMENT="[$1] "
	echo "# $1: $2"
}
ok() { echo "ok - $STATEMENT$1"; }
not_ok() {
	echo "not ok - $STATEMENT$1"
	shift
	printf '#   %s\n' "$@"
}
# is NAME EXPECTED GOT
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2" "got: $3"; fi; }
# has NAME TEXT PART: a fixed string
has() { case $2 in *"$3"*) ok "$1" ;; *) not_ok "$1" "expected to hold: $3" "got: $2" ;; esac; }
lacks() { case $2 in *"$3"*) not_ok "$1" "must not hold: $3" "got: $2" ;; *) ok "$1" ;; esac; }
# at_most NAME LIMIT GOT, at_least NAME LIMIT GOT
at_most() { if [ "$3" -le "$2" ]; then ok "$1"; else not_ok "$1" "at most: $2" "got: $3"; fi; }
at_least() { if [ "$3" -ge "$2" ]; then ok "$1"; else not_ok "$1" "at least: $2" "got: $3"; fi; }
# allowed NAME COMMAND…, denied NAME TEXT COMMAND…
allowed() {
	local name=$1
	shift
	run "$@"
	if [ "$STATUS" = 0 ]; then ok "$name"; else not_ok "$name" "status $STATUS" "$OUT"; fi
}
denied() {
	local name=$1 text=$2
	shift 2
	run "$@"
	if [ "$STATUS" = 0 ]; then not_ok "$name" "was allowed" "$OUT"; else has "$name" "$OUT" "$text"; fi
}
# golden NAME TEXT: the same as golden/NAME, users and directories of this run put aside. SD_GOLDEN=write makes it.
golden() {
	local text file=$SD_HERE/golden/$1
	text=$(sed -e "s,$SD_WORK,WORK,g; s,$SD_ALICE,alice,g; s,$SD_BOB,bob,g; s,$(uname -n),HOST,g" \
		-e "s,$SD_PREFIX,PREFIX,g; s,$SD_ROOT,ROOT,g" <<<"$2")
	[ "${SD_GOLDEN:-}" = write ] && echo "$text" >"$file"
	if diff -u "$file" - <<<"$text" >"$SD_WORK/golden.diff" 2>&1; then
		ok "golden: $1"
	else
		not_ok "golden: $1" "$(cat "$SD_WORK/golden.diff")"
	fi
}
skip() { echo "SKIP $1: $2"; }

# policy <<…: the whole policy, with the test engine's socket
policy() {
	{ printf '[engine]\nsocket = %s\n' "$SD_ENGINE"; cat; } >"$CONF.new"
	mv "$CONF.new" "$CONF"
}
everyday() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
	END
}
# The same where containers run as their owner and keep nothing, as on a host without safedocker-runtime.
never() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		root = never
	END
}
# strong VERBS [FLAGS]: the everyday rule, and one by which root inside is root outside: sd --as open
strong() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday

		[strong open]
		users = %safedocker
		verbs = $1
		flags = @everyday${2:+, $2}
		root = open
		reason = optional
		password = no
	END
}
# A record without a line; at no moment is there none, for a command that is under way. And no refusal of its users
# counts yet, that each is recorded by itself: a test makes more of them in a minute than people do.
new_log() {
	find /run/safedocker/budget -mindepth 1 -delete
	chattr -a "$LOG" 2>/dev/null
	[ ! -d "$LOG" ] || rm -rf "$LOG"
	: >"$LOG.new"
	chown root:docker "$LOG.new"
	chmod 0660 "$LOG.new"
	mv -fT "$LOG.new" "$LOG"
}
# records [KEY=VALUE…]: the lines of the record that have these fields
records() { python3 "$SD_HERE/records.py" "$LOG" "$@"; }
count() { records "$@" | wc -l; }

# api USER [client.py options…]: raw bytes through a helper of that user
api() {
	local user=$1
	shift
	as "$user" python3 "$SD_HERE/client.py" "$HELPER" "$@"
}

# waits NAME COMMAND…: until COMMAND is true, for at most half a minute
waits() {
	local name=$1
	shift
	for _ in $(seq 300); do
		if "$@" >/dev/null 2>&1; then
			ok "$name"
			return
		fi
		sleep 0.1
	done
	not_ok "$name" "still not so: $*"
}
# A client that stays while the test does something: `talk STEP…` starts it, `hear` reads its next
# line into HEARD, `go` lets it pass its next `sh` step, `hang_up` waits for its end.
talk() {
	coproc TALK { api "$SD_ALICE" "$@" 2>&1; }
	exec {TALK_IN}<&"${TALK[0]}" {TALK_OUT}>&"${TALK[1]}"
	TALK_JOB=$TALK_PID
}
hear() {
	HEARD='(nothing)'
	IFS= read -r -t 60 HEARD <&"$TALK_IN"
}
go() { echo >&"$TALK_OUT"; }
hang_up() {
	exec {TALK_OUT}>&-
	cat <&"$TALK_IN" >/dev/null
	exec {TALK_IN}<&-
	wait "$TALK_JOB" 2>/dev/null
}

# What the helper itself asks before a create, answered as an engine would: the image, the caller's private network.
network_of() { # USER: what is looked up of the network of its own
	echo '{"Id":"'"$(printf 'b%.0s' $(seq 64))"'","Name":"safedocker-net-'"$(uid "$1")"'","Driver":"bridge",
"Labels":{"safedocker.uid":"'"$(uid "$1")"'"}}'
}
looked_up=(
	/images/bb:1/json '{"Id":"sha256:'"$(printf 'a%.0s' $(seq 64))"'","RepoTags":["bb:1"],"Config":{}}'
	"/networks/safedocker-net-$(uid "$SD_ALICE")" "$(network_of "$SD_ALICE")"
	"/networks/safedocker-net-$(uid "$SD_BOB")" "$(network_of "$SD_BOB")"
	/info '{"SecurityOptions":["name=seccomp,profile=default"]}'
)
# stand_in ANSWER [PATH JSON]...: something of root's that answers in the engine's place and keeps what it
# gets in $SEEN; a GET of PATH is answered with JSON.
SEEN=$SD_WORK/seen
STAND_IN=$SD_ROOT/stand-in.sock
stand_in() {
	stand_down
	python3 "$SD_HERE/engine.py" "$STAND_IN" "$SEEN" "$@" &
	STAND_IN_PID=$!
	for _ in $(seq 100); do
		[ -S "$STAND_IN" ] && break
		sleep 0.1
	done
}
stand_down() {
	[ -z "${STAND_IN_PID:-}" ] || { kill "$STAND_IN_PID" && wait "$STAND_IN_PID"; } 2>/dev/null
	STAND_IN_PID=
	rm -f "$STAND_IN"
}

# Ends the engine and starts it again, as it was started; `run` ends that one.
restart_engine() {
	local pid command
	pid=$(cat "$SD_ROOT/pid")
	mapfile -d '' -t command <"/proc/$pid/cmdline"
	kill "$pid"
	for _ in $(seq 300); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	# As its unit does before it starts: an engine that ends takes mounts below its directory away.
	[ ! -x "$SD_PREFIX/sbin/safedocker-mounts" ] || "$SD_PREFIX/sbin/safedocker-mounts" "$SD_WORK/engine"
	setsid "${command[@]}" >>"$SD_WORK/engine.log" 2>&1 &
	for _ in $(seq 300); do
		docker -H "unix://$SD_ENGINE" version >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}

# The group that processes in a user's containers run with.
pinned_gid() { echo $((0x70000000 + $(id -u "$1") % 0x0fffffff)); }
containers() { engine ps -aq --no-trunc | wc -l; }
remove_all() { engine ps -aq | xargs -r docker -H "unix://$SD_ENGINE" rm -f >/dev/null; }
processes_of() { pgrep -u "$1" -fc 'safedocker' || :; }

remove_all
# A test begins without what another left: users' private networks stay where their containers go, and so do volumes,
# those that hold what was mounted of their homes too. What is left would count.
engine network ls -q --filter label=safedocker.uid | xargs -r docker -H "unix://$SD_ENGINE" network rm >/dev/null
{ engine volume ls -q --filter label=safedocker.uid; engine volume ls -q | grep '^safedocker-bind-'; } | sort -u | xargs -r docker -H "unix://$SD_ENGINE" volume rm >/dev/null
# Nor with another's parts of the policy: there is the directory, as it is installed.
rm -rf /etc/safedocker/conf.d
mkdir -m 0755 /etc/safedocker/conf.d
new_log
everyday
trap 'stand_down; remove_all; echo "# end"' EXIT
