#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor --register and --fix: the runtime becomes known to an engine that runs, by what it is and nothing more.
# An engine of the test's own, in a mount and network namespace of its own, with an /etc of its own.
# shellcheck shell=bash
[ -n "${SD_REGISTER:-}" ] || SD_REGISTER=yes exec unshare -mn --propagation private bash "$0" "$@"
. "$SD_HERE/lib.sh"
RUNTIME=$SD_PREFIX/sbin/safedocker-runtime
if [ ! -x "$RUNTIME" ]; then
	skip "$(basename "$0")" "safedocker-runtime was not built: this C library has no mount_setattr()"
	exit
fi
DATA=$SD_WORK/register SOCKET=$SD_ROOT/register.sock JSON=/etc/docker/daemon.json
rengine() { docker -H "unix://$SOCKET" "$@"; }
start_it() { # [options of dockerd]
	mkdir -p "$DATA"
	setsid dockerd --data-root "$DATA" --exec-root "$SD_ROOT/register" --pidfile "$SD_ROOT/register.pid" \
		--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$SD_CGROUP-register" \
		-H "unix://$SOCKET" "$@" >>"$SD_WORK/register.log" 2>&1 &
	local starting=$!
	for _ in $(seq 150); do
		rengine version >/dev/null 2>&1 && return 0
		kill -0 "$starting" 2>/dev/null || return 1
		sleep 0.2
	done
	return 1
}
stop_it() {
	local pid
	pid=$(cat "$SD_ROOT/register.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	for _ in $(seq 150); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
}
tidy_register() {
	trap - EXIT
	stand_down
	rengine ps -aq | xargs -r docker -H "unix://$SOCKET" rm -fv >/dev/null 2>&1
	stop_it
	umount -R "$DATA" 2>/dev/null
	rm -rf "$DATA"
	find /sys/fs/cgroup -depth -type d -path "*/safedocker/u$(uid)*" -exec rmdir {} + 2>/dev/null
	echo '# end'
}
trap tidy_register EXIT
ip link set lo up
cp -a /etc "$SD_WORK/register-etc" && mount --bind "$SD_WORK/register-etc" /etc
mount -t tmpfs -o mode=0755 tmpfs /etc/docker
mount -t tmpfs -o mode=0755 tmpfs /var/lib/safedocker
mkdir -m 0555 /var/lib/safedocker/placeholder
mount -t tmpfs -o mode=0755 tmpfs /run/safedocker
install -d -m 1730 -o root -g docker /run/safedocker/budget
chmod 0711 "$SD_WORK"
names_alice() {
	cat >"$CONF" <<-END
		[engine]
		socket = $SOCKET
		[rule everyday]
		users = $SD_ALICE
		verbs = @everyday
		flags = @everyday
		why = a test
	END
}
names_alice
register() { run "$SAFEDOCKER" doctor --register "$@"; }
known() { rengine info --format '{{json .Runtimes}}' | grep -c "\"safedocker\":{\"path\":\"$RUNTIME\""; }
finds() { "$SAFEDOCKER" doctor --json | python3 -c 'import json, sys
print("\n".join(f["id"] + " " + f["detail"] for f in json.load(sys.stdin)["findings"]))'; }
start_it || { not_ok 'the engine starts' "$(tail -5 "$SD_WORK/register.log")"; exit; }
if [ "$(rengine info --format '{{.Driver}}')" != overlay2 ]; then
	skip "$(basename "$0")" 'this machine has no overlay2 here'
	exit
fi
import_it() { tar -C "$SD_WORK/image" -c . | rengine import - bb:1 >/dev/null; }
import_it

# --- before ---------------------------------------------------------------------------------------
found=$(finds)
has 'a finding: it is not registered' "$found" 'runtime-missing'
has 'a finding: the directories' "$found" 'engine-directories'
denied 'a user registers nothing' '--register is for root' sd doctor --register
run "$SAFEDOCKER" doctor --register --fix
is '--register and --fix: wrong usage' 2 "$STATUS"
run "$SAFEDOCKER" doctor --default-runtime
is '--default-runtime by itself: wrong usage' 2 "$STATUS"

# Something is mounted below the engine's directories: only the next start can help.
rengine run -d --name before bb:1 sleep 1000 >/dev/null
register
is 'with a container and without the mounts: not done' 1 "$STATUS"
has 'it says when' "$OUT" 'next start, until then root = never'
is 'no file was made' no "$([ -e "$JSON" ] && echo yes || echo no)"
is 'the engine knows nothing' 0 "$(known)"
rengine rm -f before >/dev/null

# --- a file that is not plainly root's JSON -----------------------------------------------------------
untouched() { # NAME TEXT: what stands there stays, and the reason is said
	local before
	before=$(stat -c '%i %Y %a %u %F' "$JSON"; cat "$JSON")
	register
	is "$1: not done" 1 "$STATUS"
	has "$1: it says why" "$OUT" "$2"
	is "$1: untouched" "$before" "$(stat -c '%i %Y %a %u %F' "$JSON"; cat "$JSON")"
	is "$1: the engine knows nothing" 0 "$(known)"
	is "$1: nothing lies beside it" 1 "$(find /etc/docker -maxdepth 1 -name 'daemon.json*' | wc -l)"
}
printf '{ "debug": false, ' >"$JSON"
untouched 'malformed' 'is left alone'
printf '{ "debug": false, "debug": true }' >"$JSON"
untouched 'a key twice' 'is left alone'
printf '[]' >"$JSON"
untouched 'no object' 'no JSON object'
printf '{ "runtimes": { "safedocker": { "path": "/somewhere/else" } } }\n' >"$JSON"
untouched 'the name with another path' 'by hand'
echo '{}' >"$SD_WORK/elsewhere.json"
rm "$JSON" && ln -s "$SD_WORK/elsewhere.json" "$JSON"
untouched 'a symbolic link' 'is a symbolic link'
rm "$JSON" && mkfifo "$JSON"
run timeout 20 "$SAFEDOCKER" doctor --register
is 'a pipe: not done, and not waited for' 1 "$STATUS"
rm "$JSON" && echo '{}' >"$JSON" && chown "$SD_ALICE" "$JSON"
untouched 'somebody else'\''s' 'no regular file of root'
chown root "$JSON" && chmod 0666 "$JSON"
untouched 'others may write' 'no regular file of root'
rm "$JSON"

# --- a runtime that fails is taken back -----------------------------------------------------------------
# As the real one says it: in the log that the engine names.
cat >"$SD_WORK/fails" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	[ "$1" = --log ] && echo '{"level":"error","msg":"this is a stand-in","time":"2026-01-01T00:00:00Z"}' >"$2"
	shift
done
exit 1
END
chmod 755 "$SD_WORK/fails"
mount --bind "$SD_WORK/fails" "$RUNTIME"
printf '{\n\t"debug" : false,\n\t"labels":["a=\\"{b"]\n}' >"$JSON"
chmod 0640 "$JSON"
chgrp docker "$JSON"
before=$(stat -c '%a %u %g' "$JSON"; cat "$JSON")
register
is 'a trial that fails: not done' 1 "$STATUS"
has 'the runtime'\''s own reason' "$OUT" "the trial with a container of $SD_ALICE failed: this is a stand-in"
has 'it is taken back' "$OUT" 'taken back: the file and the engine are as they were'
is 'the file is as it was' "$before" "$(stat -c '%a %u %g' "$JSON"; cat "$JSON")"
is 'the engine has forgotten it' 0 "$(known)"
is 'its default is runc' runc "$(rengine info --format '{{.DefaultRuntime}}')"
is 'no image and no container is left' '0 1' "$(rengine ps -aq | wc -l) $(rengine images -q | wc -l)"
rm "$JSON"*
register --default-runtime
is 'without a file, as the default: not done' 1 "$STATUS"
is 'the file is gone again' 0 "$(find /etc/docker -maxdepth 1 -name 'daemon.json*' | wc -l)"
is 'the default is runc again' 'runc 0' "$(rengine info --format '{{.DefaultRuntime}}') $(known)"
umount "$RUNTIME"

# --- it is registered, beside what runs ---------------------------------------------------------------------
printf '{\n\t"debug" : false,\n\t"runtimes": {"other": {"path": "/usr/sbin/runc"}},\n\t"labels":["a=\\"{b"]\n}' >"$JSON"
chmod 0640 "$JSON"
rengine run -d --name stays bb:1 sleep 1000 >/dev/null
running() { rengine inspect --format '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' stays; }
was=$(running)
engine_was=$(cat "$SD_ROOT/register.pid")
register
is 'registered' 0 "$STATUS"
has 'by a trial' "$OUT" "a trial container of $SD_ALICE was mapped"
is 'the engine knows it' 1 "$(known)"
is 'the container that ran goes on' "$was" "$(running)"
is 'so does the engine' "$engine_was" "$(cat "$SD_ROOT/register.pid")"
is 'the default stays runc' runc "$(rengine info --format '{{.DefaultRuntime}}')"
is 'every other byte stands as it was' '{
	"debug" : false,
	"runtimes": {
    "safedocker": { "path": "'"$RUNTIME"'" },"other": {"path": "/usr/sbin/runc"}},
	"labels":["a=\"{b"]
}' "$(cat "$JSON")"
is 'its mode too' '640 0' "$(stat -c '%a %u' "$JSON")"
is 'what it was is kept' 1 "$(find /etc/docker -name 'daemon.json.before-safedocker-*' | wc -l)"
is 'no image and no container of the trial is left' '1 1' "$(rengine ps -aq | wc -l) $(rengine images -q | wc -l)"
found=$(finds)
has 'doctor: it is registered' "$found" 'runtime cgroup driver cgroupfs'
has 'doctor: it is not the default' "$found" 'runtime-not-default'
lacks 'doctor: nothing is missing' "$found" 'runtime-missing'
lacks 'doctor: nor of the directories' "$found" 'engine-directories'
before=$(stat -c '%i %Y' /etc/docker/*)
register
is 'once more: done' 0 "$STATUS"
is 'and nothing has changed' "$before" "$(stat -c '%i %Y' /etc/docker/*)"
register --default-runtime
is 'as the default too' 'safedocker 0' "$(rengine info --format '{{.DefaultRuntime}}') $STATUS"
has 'doctor says so' "$(finds)" 'runtime-default'
is 'what is nobody'\''s goes to runc' ok "$(rengine run --rm --network none bb:1 echo ok 2>&1)"
is 'the container that ran goes on still' "$was" "$(running)"

# --fix asks; without a yes nothing is done.
rengine rm -f stays >/dev/null
stop_it
umount -R "$DATA" 2>/dev/null
rm -f "$JSON"*
start_it || { not_ok 'the engine starts again' "$(tail -5 "$SD_WORK/register.log")"; exit; }
run python3 "$SD_HERE/terminal.py" expect:'Mount the engine' expect:'do it? [y/N]' 'type:n\r' -- "$SAFEDOCKER" doctor --fix
has 'no: not done' "$OUT" 'exit 1'
is 'and nothing is changed' '0 0' "$(find /etc/docker -name 'daemon.json*' | wc -l) $(known)"
run python3 "$SD_HERE/terminal.py" expect:'Mount the engine' expect:'do it? [y/N]' 'type:y\r' expect:'nosymfollow' \
	expect:'default runtime as well' expect:'do it? [y/N]' 'type:n\r' expect:'Register safedocker-runtime' expect:'do it? [y/N]' 'type:y\r' \
	expect:'was mapped' -- "$SAFEDOCKER" doctor --fix
has 'yes: it ends' "$OUT" 'exit'
is 'it is registered' '1 runc' "$(known) $(rengine info --format '{{.DefaultRuntime}}')"

# --- an engine whose command line has runtimes: a file with some would keep it from starting ------------------
stop_it
rm -f "$JSON"*
"$SD_PREFIX/sbin/safedocker-mounts" "$DATA"
start_it --add-runtime other=/usr/sbin/runc || { not_ok 'the engine starts with --add-runtime' "$(tail -5 "$SD_WORK/register.log")"; exit; }
register
is 'runtimes on the command line: not done' 1 "$STATUS"
has 'it says what to write there' "$OUT" "--add-runtime safedocker=$RUNTIME"
is 'no file was made' 0 "$(find /etc/docker -name 'daemon.json*' | wc -l)"

# --- subordinate ids ----------------------------------------------------------------------------------------------
: >/etc/subuid
: >/etc/subgid
has 'nobody has any: the runtime gives them' "$(finds)" "subids-given $SD_ALICE"
for f in /etc/subuid /etc/subgid; do echo 'zz-other:700000:65536' >$f; done
has 'none, where others have some: a finding' "$(finds)" "subids-none $SD_ALICE"
mend=$("$SAFEDOCKER" doctor --json | python3 -c 'import json, sys
print([f["mend"] for f in json.load(sys.stdin)["findings"] if f["id"] == "subids-none"][0])')
allowed 'what it advises works' sh -c "$mend"
has 'behind the other'\''s' "$(cat /etc/subuid)" "$SD_ALICE:765536:65536"
has 'the groups too' "$(cat /etc/subgid)" "$SD_ALICE:765536:65536"
lacks 'and there is no finding any more' "$(finds)" 'subids-'
sed -i "/^$SD_ALICE:/d" /etc/subuid /etc/subgid
for f in /etc/subuid /etc/subgid; do echo "$SD_ALICE:800000:1000" >>$f; done
has 'too few' "$(finds)" "subids $SD_ALICE: the range of $SD_ALICE in /etc/subuid is shorter"
sed -i "s/^$SD_ALICE:.*/$SD_ALICE:700000:65536/" /etc/subuid /etc/subgid
has 'another'\''s as well' "$(finds)" "subids $SD_ALICE: the subordinate ids of $SD_ALICE overlap"
sed -i "s/^$SD_ALICE:.*/$SD_ALICE:2013265920:65536/" /etc/subuid
has 'safedocker'\''s own' "$(finds)" 'overlaps safedocker'
sed -i "s/^$SD_ALICE:.*/$SD_ALICE:900000:65536/" /etc/subuid
sed -i "/^$SD_ALICE:/d" /etc/subgid
has 'only one of both' "$(finds)" "subids $SD_ALICE stands in only one"
echo "$(uid):900000:65536" >>/etc/subgid
lacks 'by number in one and by name in the other: fine' "$(finds)" 'subids '
echo 'zz-inside:x:900007:900007::/:/bin/false' >>/etc/passwd
has 'an account among them' "$(finds)" 'zz-inside lies among the ids'

# --- engines that cannot --------------------------------------------------------------------------------------------
engine_is() { # the members of /info
	stand_in 'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n' \
		/version '{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}' \
		/info "{\"DockerRootDir\":\"$DATA\",\"CgroupDriver\":\"cgroupfs\",$1}"
	sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
	OUT=$(finds)
}
native='"DriverStatus":[["Native Overlay Diff","true"]]'
ours='"Runtimes":{"safedocker":{"path":"'$RUNTIME'"}}'
engine_is "\"Driver\":\"overlay2\",$native,$ours,\"SecurityOptions\":[\"name=seccomp,profile=default\"]"
has 'one that can: no finding' "$OUT" 'runtime cgroup driver'
lacks 'one that can is not said to be unable' "$OUT" 'runtime-never'
engine_is "\"Driver\":\"overlay2\",$native,$ours,\"SecurityOptions\":[\"name=userns\"]"
has 'a remapped one: never' "$OUT" 'runtime-never the engine maps user ids itself'
engine_is "\"Driver\":\"overlay2\",$native,$ours,\"SecurityOptions\":[\"name=rootless\"]"
has 'a rootless one: never' "$OUT" 'runtime-never the engine is rootless'
engine_is "\"Driver\":\"overlayfs\",\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]],$ours"
has 'images in containerd'\''s store: never' "$OUT" 'runtime-never the engine keeps its images in containerd'
engine_is "\"Driver\":\"vfs\",$ours"
has 'vfs: never' "$OUT" 'runtime-never the engine'\''s storage driver is not overlay2'
engine_is "\"Driver\":\"overlay2\",\"DriverStatus\":[[\"Native Overlay Diff\",\"false\"]],$ours"
has 'no native diff: never' "$OUT" 'runtime-never the engine says Native Overlay Diff'
register
is 'nothing is registered there' 1 "$STATUS"
has 'and it says why' "$OUT" 'Native Overlay Diff'
engine_is "\"Driver\":\"overlay2\",$native"
register
is 'a process that is no dockerd: not done' 1 "$STATUS"
has 'it is not signalled' "$OUT" 'is no dockerd of root'
stand_down
has 'a silent engine hides nothing' "$(finds)" 'not-looked mapped containers'
names_alice

# --- files that keep a group out -------------------------------------------------------------------------------------
mkdir -p "$SD_WORK/$SD_ALICE/listed/deep"
touch "$SD_WORK/$SD_ALICE/listed/deep/shut" "$SD_WORK/$SD_ALICE/listed/deep/open"
chmod 0604 "$SD_WORK/$SD_ALICE/listed/deep/shut"
chmod 0644 "$SD_WORK/$SD_ALICE/listed/deep/open"
sed -i 's|^flags = .*|flags = @everyday, --volume=~/listed/**\nimages = docker.io/library/bb|' "$CONF"
OUT=$(finds)
has 'mode 0604 below a listed path' "$OUT" "group-denial $SD_WORK/$SD_ALICE/listed/deep/shut: mode 0604"
lacks 'not mode 0644' "$OUT" 'listed/deep/open'
