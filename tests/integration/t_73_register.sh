#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor register: an engine that runs learns of safedocker-runtime, proves it, and forgets it where it does not work. The
# engine is a second one, in a network and mount namespace of the test's own.
# shellcheck disable=SC2317
[ -n "${SD_REGISTER:-}" ] || SD_REGISTER=yes exec unshare -mn --propagation private bash "$0" "$@"
. "$SD_HERE/lib.sh"
RUNTIME=$SD_PREFIX/sbin/safedocker-runtime
[ -x "$RUNTIME" ] || { skip "$(basename "$0")" 'safedocker-runtime was not built'; exit; }
DATA=$SD_WORK/register
SOCKET=$SD_ROOT/register.sock
CONFIG=/etc/docker/daemon.json
rengine() { docker -H "unix://$SOCKET" "$@"; }
pid() { cat "$SD_ROOT/register.pid"; }
start_engine() {
	mkdir -p "$DATA"
	setsid dockerd --data-root "$DATA" --exec-root "$SD_ROOT/register" --pidfile "$SD_ROOT/register.pid" \
		--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$SD_CGROUP-register" -H "unix://$SOCKET" "$@" \
		>>"$SD_WORK/register.log" 2>&1 &
	for _ in $(seq 150); do
		rengine version >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
stop_engine() {
	local was
	was=$(pid 2>/dev/null) || return 0
	kill "$was" 2>/dev/null
	for _ in $(seq 150); do
		kill -0 "$was" 2>/dev/null || break
		sleep 0.2
	done
}
tidy() {
	trap - EXIT
	rengine ps -aq 2>/dev/null | xargs -r docker -H "unix://$SOCKET" rm -f >/dev/null 2>&1
	stop_engine
	umount -R "$DATA" 2>/dev/null
	rm -rf "$DATA"
	find /sys/fs/cgroup -depth -type d -path "*/safedocker/u*" -exec rmdir {} + 2>/dev/null
	echo '# end'
}
trap tidy EXIT
ip link set lo up
cp -a /etc "$SD_WORK/register-etc" && mount --bind "$SD_WORK/register-etc" /etc
mount -t tmpfs -o mode=0755 tmpfs /var/lib/safedocker
mount -t tmpfs -o mode=0755 tmpfs /run/safedocker
chmod 0711 "$SD_WORK"
rm -f /etc/docker/*
sed "s,^socket = .*,socket = $SOCKET," "$CONF" >"$CONF.new" && mv "$CONF.new" "$CONF"
start_engine || { not_ok 'the engine starts' "$(tail -5 "$SD_WORK/register.log")"; exit; }
tar -C "$SD_WORK/image" -c . | rengine import - bb:1 >/dev/null
register() { run "$SAFEDOCKER" doctor register "$@"; }
knows() { rengine info -f '{{json .Runtimes}} {{.DefaultRuntime}}' | grep -c "$RUNTIME"; }
state() { stat -c '%i %a %u %s' "$CONFIG"; }
finds() { "$SAFEDOCKER" doctor | grep -E '^(high|medium|low|note) ' | awk '{ print $2 }' | tr -d :; }
left() { echo "$(rengine ps -aq --filter name=safedocker-trial | wc -l) $(rengine images -q safedocker-trial | wc -l)"; }

has 'doctor says that it is missing' "$(finds)" not-mapped
denied 'a user cannot' 'is for root' alice "$SAFEDOCKER" doctor register
is 'and nothing was changed' 0 "$([ -e "$CONFIG" ]; [ $? = 1 ] && knows)"

# --- an engine that runs, and a container in it: its directories cannot be changed below it
rengine run -d --name before bb:1 sleep 1000 >/dev/null
register
has 'not while a container runs in its directories' "$OUT" 'while containers run'
is 'nothing was changed' '0 1' "$(knows) $([ -e "$CONFIG" ]; echo $?)"
rengine rm -f before >/dev/null
printf '{"debug": false,\n "labels": ["a=b"]}\n' >"$CONFIG" && chmod 0640 "$CONFIG"
register
is 'register' 0 "$STATUS"
has 'tells that it was tried' "$OUT" 'registered, and tried: root in a container of'
is 'the engine knows it' 1 "$(knows)"
is 'what was there stays' 'False a=b' "$(python3 -c 'import json; c = json.load(open("'"$CONFIG"'")); print(c["debug"], c["labels"][0])')"
is 'mode and owner too' '640 0' "$(stat -c '%a %u' "$CONFIG")"
has 'what was there is kept' "$(cat "$CONFIG.before-safedocker")" '"labels": ["a=b"]'
is 'the trial leaves nothing' '0 0' "$(left)"
has 'doctor is content' "$(finds)" maps
lacks 'about the directories too' "$(finds)" engine-directories
was=$(state)
rengine run -d --name stays bb:1 sleep 1000 >/dev/null
started=$(rengine inspect -f '{{.State.Pid}} {{.State.StartedAt}}' stays)
register
is 'twice' 0 "$STATUS"
is 'changes nothing' "$was" "$(state)"
lacks 'it is not the default' "$(rengine info -f '{{.DefaultRuntime}}')" safedocker
register --default
is 'as the default, where that is asked' '0 safedocker' "$STATUS $(rengine info -f '{{.DefaultRuntime}}')"
is 'a container that runs is not touched' "$started" "$(rengine inspect -f '{{.State.Pid}} {{.State.StartedAt}}' stays)"
allowed 'and root'\''s own run as before' rengine run --rm bb:1 sh -c 'test "$(head -n1 /proc/self/uid_map | wc -w)" = 3 && grep -q 4294967295 /proc/self/uid_map'
rengine rm -f stays >/dev/null

# --- what is left alone
forget() { echo '{"runtimes": {}, "default-runtime": "runc"}' >"$CONFIG"; kill -HUP "$(pid)"; for _ in $(seq 50); do [ "$(knows)" = 1 ] || break; sleep 0.1; done; }
forget
is 'it is forgotten' 0 "$(knows)"
refuses() { # NAME WORDS: register does not change the file
	was=$(cat "$CONFIG")
	register
	has "$1" "$OUT" "$2"
	is "$1: the file is as it was" "$was 125 0" "$(cat "$CONFIG") $STATUS $(knows)"
}
echo '{"debug":' >"$CONFIG"
refuses 'what is no JSON' 'is left alone'
echo '{"debug": true, "debug": false}' >"$CONFIG"
refuses 'a name twice' 'is left alone'
echo '[]' >"$CONFIG"
refuses 'no object' 'is left alone'
echo '{"runtimes": {"safedocker": {"path": "/usr/local/bin/other"}}}' >"$CONFIG"
refuses 'another runtime of that name' 'has another runtime'
echo '{}' >"$CONFIG" && chmod 0666 "$CONFIG"
refuses 'a file that others can change' 'only root may'
mv "$CONFIG" "$CONFIG.real" && ln -s "$CONFIG.real" "$CONFIG"
refuses 'a link' 'only root may'
rm "$CONFIG"

# --- a trial that fails
mv "$RUNTIME" "$RUNTIME.good"
printf '#!/bin/sh\necho it is broken >&2\nexit 1\n' >"$RUNTIME" && chmod 0755 "$RUNTIME"
register
is 'a runtime that does not work' 125 "$STATUS"
has 'why' "$OUT" 'the trial container did not run'
is 'is forgotten again' '0 1' "$(knows) $([ -e "$CONFIG" ]; echo $?)"
is 'nothing is left of the trial' '0 0' "$(left)"
printf '#!/bin/sh\nexec /usr/sbin/runc "$@"\n' >"$RUNTIME"
echo '{"debug": true}' >"$CONFIG"
register
is 'one that maps nobody' 125 "$STATUS"
has 'is seen' "$OUT" 'the trial container did not run'
is 'and forgotten' '0 {"debug": true}' "$(knows) $(cat "$CONFIG")"
chmod 0777 "$RUNTIME"
register
has 'one that others can change' "$OUT" 'only root may change'
mv -f "$RUNTIME.good" "$RUNTIME"

# --- engines that cannot map: never
stop_engine
for options in '--userns-remap=default' '--storage-driver vfs'; do
	rm -f "$CONFIG"
	umount -R "$DATA" 2>/dev/null; rm -rf "$DATA"
	# shellcheck disable=SC2086
	if start_engine $options; then
		register
		is "an engine with $options" 125 "$STATUS"
		is "$options: nothing is registered" 0 "$(knows)"
		stop_engine
	else
		skip "$options" 'the engine does not start so here'
	fi
done
