#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing of safedocker outlives the command line that it served.
. "$SD_HERE/lib.sh"

# Waits a moment for what ends by itself; no more than that.
settled() {
	for _ in $(seq 50); do
		[ "$(processes_of "$SD_ALICE")" = 0 ] && [ -z "$(dirs)" ] && return
		sleep 0.1
	done
}
dirs() { find /tmp -maxdepth 1 -name 'safedocker-*' -user "$SD_ALICE"; }
clean() {
	settled
	is "$1: no process" 0 "$(processes_of "$SD_ALICE")"
	is "$1: no directory" '' "$(dirs)"
}
sd ps >/dev/null
clean 'after ps'
sd run --rm bb:1 false
clean 'after a failure'
sd nosuchverb >/dev/null 2>&1
clean 'after a verb that docker does not know'
echo nonsense >"$CONF"
sd ps >/dev/null 2>&1
clean 'after a refusal to start'
everyday

sd run -d --name talker bb:1 sh -c 'while :; do echo x; sleep 0.2; done' >/dev/null
settled
for signal in INT TERM KILL HUP; do
	# A shell starts what runs behind it with SIGINT ignored; docker would go by that.
	setsid setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i --default-signal=INT HOME=/tmp \
		PATH=/usr/bin:/bin "$SAFEDOCKER" logs -f talker >/dev/null 2>&1 &
	pid=$!
	for _ in $(seq 50); do [ "$(processes_of "$SD_ALICE")" -ge 3 ] && break; sleep 0.1; done
	kill -s "$signal" "$pid"
	wait "$pid" 2>/dev/null
	clean "after SIG$signal"
done
# At any moment of the start.
for delay in 0.001 0.002 0.003 0.004 0.005 0.006 0.007 0.008 0.01 0.012 0.015 0.02 0.03 0.05; do
	for signal in INT KILL; do
		{
			setsid setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i --default-signal=INT \
				HOME=/tmp PATH=/usr/bin:/bin timeout -s "$signal" "$delay" "$SAFEDOCKER" logs -f talker
		} >/dev/null 2>&1
	done
done
clean 'after an end at any moment'
is 'and the container goes on' talker "$(sd ps --format '{{.Names}}')"

# The private directory.
mkdir -m 0700 "$SD_WORK/run"
chown "$SD_ALICE:" "$SD_WORK/run"
alice XDG_RUNTIME_DIR="$SD_WORK/run" "$SAFEDOCKER" logs -f talker >/dev/null 2>&1 &
pid=$!
for _ in $(seq 50); do [ -n "$(ls "$SD_WORK/run")" ] && break; sleep 0.1; done
sleep 0.5
has 'below XDG_RUNTIME_DIR' "$(ls "$SD_WORK/run")" safedocker-
is 'of mode 0700' 700 "$(stat -c %a "$SD_WORK"/run/safedocker-*)"
pkill -KILL -u "$SD_ALICE" -x docker
wait "$pid"
settled
for _ in $(seq 30); do [ -z "$(ls "$SD_WORK/run")" ] && break; sleep 0.1; done
is 'and gone after it' '' "$(ls "$SD_WORK/run")"
chmod 0755 "$SD_WORK/run"
allowed 'a directory for others is not used' alice XDG_RUNTIME_DIR="$SD_WORK/run" "$SAFEDOCKER" ps
is 'nothing is made there' '' "$(ls "$SD_WORK/run")"

# Another user cannot use the socket, even where they can reach it.
chmod 0700 "$SD_WORK/run"
denied 'an engine of the user'\''s choice is used as it is' 'is used as it is' alice DOCKER_HOST=tcp://127.0.0.1:1 "$SAFEDOCKER" ps

# A docker that is safedocker itself would start itself for ever.
mount --bind "$SAFEDOCKER" /usr/bin/docker
denied 'docker that leads back here' 'is safedocker itself' sd ps
is 'is refused with docker'\''s own status' 125 "$STATUS"
umount /usr/bin/docker
ln -s "$SAFEDOCKER" "$SD_PREFIX/bin/docker"
allowed 'installed as docker it is a drop-in' alice "$SD_PREFIX/bin/docker" ps
mv "$HELPER" "$HELPER.away"
denied 'no helper' 'cannot be started' sd ps
mv "$HELPER.away" "$HELPER"
allowed 'help' sd --help
has 'is one screen' "$OUT" 'Usage: safedocker'
allowed 'version' sd --version
has 'is ours' "$OUT" 'safedocker 0.'
run sd
is 'nothing at all is wrong usage' 2 "$STATUS"

# Many at once.
for i in $(seq 40); do sd run --rm bb:1 echo "$i" >"$SD_WORK/many.$i" 2>&1 & done
wait
good=0
for i in $(seq 40); do [ "$(cat "$SD_WORK/many.$i")" = "$i" ] && good=$((good + 1)); done
is 'forty at once' 40 "$good"
is 'each with its record' 40 "$(count phase=outcome operation=container.create status=201 | awk '{ print $1 - 2 }')"
is 'and no line torn' 0 "$(records 2>&1 >/dev/null | wc -l)"
clean 'after all of it'

# The helper itself.
run alice "$HELPER"
has 'by hand it says what it is for' "$OUT" 'standard input must be a unix stream socket'
for option in --help -x --claimed '--claimed a --claimed b' '--until-parent-ends --until-parent-ends'; do
	# shellcheck disable=SC2086
	run alice "$HELPER" $option
	is "option $option" 2 "$STATUS"
done
cp "$HELPER" "$SD_WORK/copy"
chmod 755 "$SD_WORK/copy"
run as "$SD_ALICE" python3 "$SD_HERE/client.py" "$SD_WORK/copy" get:/_ping recv
has 'without the setgid bit' "$OUT" 'not running with group docker'
for limit in 'ulimit -f 100' 'ulimit -n 30' 'ulimit -t 5' 'ulimit -v 50000'; do
	run alice bash -c "$limit; exec python3 $SD_HERE/client.py $HELPER get:/_ping recv"
	lacks "$limit: nothing is served" "$OUT" '200 '
done
