#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Root inside is root outside, for whoever has a shell on the host: seen to be so with docker's ordinary container,
# and not with what safedocker makes, on a plain engine and on one that maps users.
. "$SD_HERE/lib.sh"
uid=$(uid)
ids=$uid:$(id -g "$SD_ALICE")
plain_engine=$SD_ENGINE
canary=$SD_WORK/canary
remapper=sdt$$map remapped=

clean() {
	[ -z "$remapped" ] || { remove_all; kill "$remapped" && wait "$remapped"; }
	SD_ENGINE=$plain_engine
	umount -R "$SD_WORK/remapped" 2>/dev/null
	rm -rf "$SD_PREFIX/bound"
	userdel "$remapper" 2>/dev/null
	stand_down
	remove_all
	engine images -q 'bb-attack' | sort -u | xargs -r docker -H "unix://$SD_ENGINE" rmi -f >/dev/null
	echo "# end"
}
trap clean EXIT

cc -O1 -static -o "$SD_WORK/attack" "$SD_HERE/attack.c" || { not_ok 'the attack is built'; exit 1; }
mkdir -p "$SD_WORK/attacking"
cp -a "$SD_WORK/image/." "$SD_WORK/attacking/"
cp "$SD_WORK/attack" "$SD_WORK/attacking/bin/attack"
cp "$SD_WORK/attack" "$SD_WORK/attacking/bin/attack-setuid"
cp "$SD_WORK/attack" "$SD_WORK/attacking/bin/attack-caps"
chmod 4755 "$SD_WORK/attacking/bin/attack-setuid"
# cap_setuid+ep, as capabilities(7) writes it down: version 2, effective; permitted 1<<7.
python3 -c 'import os, sys; os.setxattr(sys.argv[1], "security.capability", bytes.fromhex("0100000280000000000000000000000000000000"))' \
	"$SD_WORK/attacking/bin/attack-caps"
printf 'victim:x:%s:%s::/:/bin/sh\n' "$uid" "$(id -g "$SD_ALICE")" >>"$SD_WORK/attacking/etc/passwd"
load_images() {
	tar -C "$SD_WORK/attacking" --xattrs --xattrs-include='*' -c . | engine import - bb-attack:1 >/dev/null
	tar -C "$SD_WORK/attacking" --xattrs --xattrs-include='*' -c . | engine import -c 'USER victim' - bb-attack:named >/dev/null
}
load_images
new_canary() {
	echo secret >"$canary"
	chmod 600 "$canary"
}
ready() { engine logs "$1" 2>&1 | grep -q '^ready'; }
# The other half, until the first one has had the time to use what it got.
attack_from_outside() {
	OUT=$(alice "$SD_WORK/attack" outside 2>&1)
	for _ in 1 2 3 4 5; do
		grep -q written "$canary" && break
		sleep 0.2
	done
}
untouched() { is "$1: the canary is untouched" secret "$(cat "$canary")"; }
# tried NAME [run's flags…] IMAGE COMMAND…: as alice, by way of safedocker
tried() {
	local name=$1
	shift
	new_canary
	run sd run -d --name attack --network none "$@"
	if [ "$STATUS" != 0 ]; then
		not_ok "$name: the container runs" "$OUT"
		return
	fi
	waits "$name: the attack stands ready" ready attack
	LOGS=$(engine logs attack 2>&1)
	attack_from_outside
	lacks "$name: nothing can be handed in" "$OUT" 'handed in'
	lacks "$name: nothing was reached" "$(engine logs attack 2>&1)" reached
	untouched "$name"
	sd rm -f attack >/dev/null
}
# The same by exec, as a health check and with a program of the image's, into a container that sleeps.
tried_further() {
	local name=$1
	shift
	new_canary
	allowed "$name: a container to enter" sd run -d --name attack --network none --health-interval 1s \
		--health-cmd "attack inside $ids $canary" "$@" bb-attack:1 sleep 1000
	sleep 1.5
	attack_from_outside
	untouched "$name, a health check"
	sd exec -d attack attack inside "$ids" "$canary"
	sleep 0.5
	attack_from_outside
	untouched "$name, exec"
	sd cp "$SD_WORK/attacking/bin/attack-setuid" attack:/tmp/copied >/dev/null 2>&1
	for program in attack-setuid attack-caps /tmp/copied; do
		sd exec -d attack "$program" inside "$ids" "$canary"
		sleep 0.5
		attack_from_outside
		untouched "$name, $program"
	done
	sd rm -f attack >/dev/null
}

# --- docker's ordinary container: the attack is known to work -----------------------------------------
new_canary
engine run -d --name attack --network none bb-attack:1 attack inside "$ids" "$canary" >/dev/null
waits 'open: the attack stands ready' ready attack
attack_from_outside
has 'open: handed in by a socket' "$OUT" 'handed in by socket'
has 'open: handed in by pidfd_getfd' "$OUT" 'handed in by pidfd_getfd'
LOGS=$(engine logs attack 2>&1)
has 'open: the canary is read' "$LOGS" 'reached secret'
has 'open: and written' "$(cat "$canary")" written
for way in setuid setreuid setresuid seteuid setfsuid setresuid-saved-first high-half setuid-file; do
	has "open: the uid by $way" "$LOGS" "uid by $way"
done
if ("$SD_WORK/attack" old-calls) 2>/dev/null; then
	for way in setuid32 setreuid32 setresuid32 setuid16 setreuid16 setresuid16; do
		has "open: the uid by $way" "$LOGS" "uid by $way"
	done
else
	skip 'open: the uid by 32-bit system calls' 'this kernel takes none'
fi
engine rm -f attack >/dev/null

# The same by a step of a build, by a task of a service, and through a container of the user's own that shares a network.
mkdir -p "$SD_WORK/stepping"
printf 'FROM bb-attack:1\nRUN attack inside %s %s\n' "$ids" "$canary" >"$SD_WORK/stepping/Dockerfile"
chmod -R a+rX "$SD_WORK/stepping"
step_log=$SD_WORK/step.log
# build_step COMMAND…: the build runs while the other half is at it
build_step() {
	new_canary
	"$@" --network none --no-cache "$SD_WORK/stepping" >"$step_log" 2>&1 &
	STEP=$!
	for _ in $(seq 300); do
		grep -q '^ready' "$step_log" && break
		kill -0 $STEP 2>/dev/null || break
		sleep 0.1
	done
	attack_from_outside
	LOGS=$(cat "$step_log")
}
engine_build() { DOCKER_BUILDKIT=0 engine build "$@"; }
alice_build() { alice env DOCKER_BUILDKIT=0 "$SAFEDOCKER" "$@"; }
end_step() {
	engine ps -aq --filter ancestor=bb-attack:1 | xargs -r docker -H "unix://$SD_ENGINE" rm -f >/dev/null
	wait $STEP
}
build_step engine_build
has 'open, a step of a build: stands ready' "$LOGS" ready
has 'open, a step of a build: the canary is written' "$(cat "$canary")" written
end_step

# share NAME RUN…: two containers by the same means, the second one on the first one's network
share() {
	local name=$1
	shift
	new_canary
	run "$@" -d --name attack --network none bb-attack:1 attack abstract "$canary"
	waits "$name: the attack stands ready" ready attack
	run "$@" -d --name relay --network container:attack "${RELAY[@]}" bb-attack:1 attack relay
	waits "$name: a way to it stands ready" ready relay
	attack_from_outside
	sleep 0.5
	LOGS=$(engine logs attack 2>&1)
	engine rm -f attack relay >/dev/null
}
RELAY=(--user "$ids" --security-opt no-new-privileges --cap-drop ALL)
share 'open, a shared network' engine run
has 'open, a shared network: the canary is read' "$LOGS" 'reached secret'
has 'open, a shared network: and written' "$(cat "$canary")" written
RELAY=()

# serve NAME CREATE…: a service, whose task stands ready; TASK is its container
task_of() { engine ps -q --filter label=com.docker.swarm.service.name=attack | head -1; }
task_ready() { TASK=$(task_of) && [ -n "$TASK" ] && ready "$TASK"; }
serve() {
	local name=$1
	shift
	new_canary
	allowed "$name: is made" "$@" service create --detach --no-resolve-image --restart-condition none --name attack bb-attack:1 \
		attack inside "$ids" "$canary"
	waits "$name: its task stands ready" task_ready
	attack_from_outside
	LOGS=$(engine logs "$(task_of)" 2>&1)
	engine service rm attack >/dev/null
	waits "$name: is gone" sh -c '[ -z "$(docker -H "unix://$1" ps -q --filter label=com.docker.swarm.service.name=attack)" ]' sh "$SD_ENGINE"
}
run engine swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377
if [ "$STATUS" = 0 ]; then
	serve 'open, a service' engine
	has 'open, a service: the canary is read' "$LOGS" 'reached secret'
	has 'open, a service: and written' "$(cat "$canary")" written
	policy <<-END
		[rule stack]
		users = %safedocker
		verbs = @everyday, @stack, @swarm-view
		flags = @everyday, @stack
	END
	if [ "$SD_ENGINE_API" -ge 44 ]; then
		serve 'never, a service' sd
		lacks 'never, a service: nothing was reached' "$LOGS" reached
		untouched 'never, a service'
	else
		denied 'never, a service: an engine that cannot pin it' 'from API 1.44 on' \
			sd service create --detach --name attack bb-attack:1 attack inside "$ids" "$canary"
	fi
	engine swarm leave --force >/dev/null
else
	skip 'the attack by a service' "the engine makes no swarm here: $OUT"
fi

# --- a strong rule with root = open: the same container, by way of safedocker -------------------------------
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[strong opened]
	users = $SD_ALICE
	verbs = @everyday, build
	flags = @everyday, --no-cache, build:--network=none
	reason = never
	password = no
	root = open
END
new_canary
run sd --as opened run -d --name attack --network none bb-attack:1 attack inside "$ids" "$canary"
is 'root = open: runs' 0 "$STATUS"
waits 'root = open: the attack stands ready' ready attack
attack_from_outside
has 'root = open: the canary is read' "$(engine logs attack 2>&1)" 'reached secret'
denied 'root = open: not entered under an everyday rule' 'the container is open, and the rule says root = never' sd exec attack id
denied 'root = open: no namespace is borrowed from it' 'is open, the new container is pinned' \
	sd run --rm --network container:attack bb:1 true
allowed 'root = open: removed under an everyday rule' sd rm -f attack
build_step alice_build --as opened build
has 'root = open, a step of a build: the canary is written' "$(cat "$canary")" written
end_step
RELAY=(--user "$ids")
share 'root = open, a shared network' sd --as opened run
has 'root = open, a shared network: the canary is read' "$LOGS" 'reached secret'
RELAY=()

# --- never ------------------------------------------------------------------------------------------------
everyday
tried never bb-attack:1 attack inside "$ids" "$canary"
tried 'never, an image USER by name' bb-attack:named attack inside "$ids" "$canary"
tried 'never, a setuid program' bb-attack:1 attack-setuid inside "$ids" "$canary"
tried_further never
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday, build
	flags = @everyday, --no-cache, build:--network=none
END
new_canary
denied 'never, a step of a build: refused, and why' 'the steps of a Dockerfile run as root inside' \
	alice_build build --network none --no-cache "$SD_WORK/stepping"
untouched 'never, a step of a build'
share 'never, a shared network' sd run
lacks 'never, a shared network: nothing was reached' "$LOGS" reached
lacks 'never, a shared network: nothing can be handed in' "$OUT" 'handed in'
untouched 'never, a shared network'
everyday
denied 'never: --user root' 'an image that must start as root needs a rule with root = closed' sd run --rm --user root bb:1 true

# --- closed -------------------------------------------------------------------------------------------------
sd volume create everydays >/dev/null
sd run -d --name pinned -v everydays:/d --ipc shareable bb:1 sleep 1000 >/dev/null
policy <<-END
	[rule closed]
	users = %safedocker
	verbs = @everyday
	flags = @everyday
	root = closed
END
tried closed bb-attack:1 attack inside "$ids" "$canary"
lacks 'closed: no way to the uid' "$LOGS" 'uid by'
tried 'closed, an image USER by name' bb-attack:named attack inside "$ids" "$canary"
lacks 'closed, an image USER by name: no way to the uid' "$LOGS" 'uid by'
tried 'closed, a setuid program' bb-attack:1 attack-setuid inside "$ids" "$canary"
lacks 'closed, a setuid program: no way to the uid' "$LOGS" 'uid by'
tried 'closed, as another number' --user 33:33 bb-attack:1 attack-caps inside "$ids" "$canary"
lacks 'closed, as another number: no way to the uid' "$LOGS" 'uid by'
tried_further closed
allowed 'closed: root inside' sd run --rm bb:1 id -u
is 'closed: is root' 0 "$OUT"
allowed 'closed: changes owners' sd run --rm bb:1 busybox sh -c 'touch /tmp/x && busybox chown 12345 /tmp/x'
allowed 'closed: becomes a system account' sd run --rm bb-attack:1 busybox sh -c 'echo www:x:33:33::/:/bin/sh >>/etc/passwd; busybox su www -c "busybox id -u"'
is 'closed: is it' 33 "$OUT"
denied 'closed: never a login account' 'ermitted' sd run --rm bb-attack:1 busybox su victim -c true
denied 'closed: no user of one' 'a closed container runs as 0' sd run --rm --user "$uid" bb:1 true
denied 'closed: no device node' 'ermitted' sd run --rm bb:1 busybox mknod /tmp/m b 8 0
denied 'closed: no raw socket' 'ermitted' sd run --rm --network none bb:1 busybox arping -c 1 -I lo 127.0.0.1
denied 'closed: no bind' 'denied: --volume=' sd run --rm -v "$SD_WORK/$SD_ALICE:/h" bb:1 true
sd run -d --name shut --ipc shareable -v /v bb:1 sleep 1000 >/dev/null
allowed 'closed: entered as root' sd exec -u 0 shut id -u
is 'closed: as root' 0 "$OUT"
denied 'closed: not entered as a login account' 'in a closed container only 0' sd exec -u "$uid" shut true
allowed 'closed: shares with its own kind' sd run --rm --network container:shut --pid container:shut --ipc container:shut --volumes-from shut bb:1 true
for flag in --network=container:pinned --pid=container:pinned --ipc=container:pinned --volumes-from=pinned -veverydays:/d; do
	denied "closed: $flag" 'is pinned, the new container is closed' sd run --rm "$flag" bb:1 true
done
allowed 'closed: a volume of its own' sd run --rm -v inner:/d bb:1 touch /d/x
is 'says so' closed "$(engine volume inspect -f '{{index .Labels "safedocker.kind"}}' inner)"
allowed 'closed: stopped and started' sh -c "$(declare -f sd as alice); SD_WORK=$SD_WORK SAFEDOCKER=$SAFEDOCKER SD_ALICE=$SD_ALICE; sd stop -t 0 shut && sd start shut"
everyday
for flag in --network=container:shut --pid=container:shut --ipc=container:shut --volumes-from=shut -vinner:/d; do
	denied "pinned: $flag" 'is closed, the new container is pinned' sd run --rm "$flag" bb:1 true
done
denied 'closed: not entered under root = never' 'the container is closed, and the rule says root = never' sd exec shut true
denied 'closed: not started again either' 'the container is closed, and the rule says root = never' sd restart -t 0 shut
allowed 'closed: its end is free' sd rm -f shut pinned

# --- an engine that maps users --------------------------------------------------------------------------------
useradd --no-create-home --user-group "$remapper"
grep -q "^$remapper:" /etc/subuid || echo "$remapper:900000:65536" >>/etc/subuid
grep -q "^$remapper:" /etc/subgid || echo "$remapper:900000:65536" >>/etc/subgid
mkdir -p "$SD_WORK/remapped"
SD_ENGINE=$SD_ROOT/remapped.sock
# In a network of its own: an engine that is told of no bridge takes docker0 away.
unshare -n dockerd --data-root "$SD_WORK/remapped" --exec-root "$SD_ROOT/exec-remapped" --pidfile "$SD_ROOT/remapped.pid" \
	--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${SD_CGROUP:-sd}" --userns-remap "$remapper" \
	--bridge none --iptables=false --storage-driver vfs -H "unix://$SD_ENGINE" --group docker >"$SD_WORK/remapped.log" 2>&1 &
remapped=$!
for _ in $(seq 300); do
	engine version >/dev/null 2>&1 && break
	sleep 0.2
done
if ! engine info -f '{{.SecurityOptions}}' | grep -q name=userns; then
	not_ok 'an engine that maps users' "$(tail -5 "$SD_WORK/remapped.log")"
	exit 1
fi
load_images
tar -C "$SD_WORK/image" -c . | engine import -c 'CMD ["true"]' - bb:1 >/dev/null
everyday
tried mapped bb-attack:1 attack inside "$ids" "$canary"
tried 'mapped, as root by name' --user root bb-attack:1 attack inside "$ids" "$canary"
tried 'mapped, an image USER by name' bb-attack:named attack inside "$ids" "$canary"
tried_further mapped
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday, build
	flags = @everyday, --no-cache, build:--network=none
END
build_step alice_build build
has 'mapped, a step of a build: it runs' "$LOGS" ready
lacks 'mapped, a step of a build: nothing was reached' "$LOGS" reached
untouched 'mapped, a step of a build'
end_step
share 'mapped, a shared network' sd run
lacks 'mapped, a shared network: nothing was reached' "$LOGS" reached
untouched 'mapped, a shared network'
everyday
allowed 'mapped: root inside, whatever the rule says' sd run --rm --network none bb:1 id -u
is 'mapped: is root' 0 "$OUT"
sd run -d --name map --network none -v mine:/d bb:1 sleep 1000 >/dev/null
is 'mapped: nobody outside' no "$([ "$(stat -c %u "/proc/$(engine inspect -f '{{.State.Pid}}' map)")" = 0 ] && echo yes || echo no)"
is 'mapped: its volume says so' mapped "$(engine volume inspect -f '{{index .Labels "safedocker.kind"}}' mine)"
run engine exec -u root map id -u
is 'mapped: the engine itself enters it' 0 "$OUT"
allowed 'mapped: entered as root' sd exec -u root map id -u
allowed 'mapped: another shares it' sd run --rm --network container:map -v mine:/d bb:1 true
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --volume=$SD_PREFIX/bound/**
	images = **
END
home=$SD_PREFIX/bound
mkdir "$home" && chown "$SD_ALICE" "$home"
allowed 'a bind there: pinned, not mapped' sd run --rm --network none -v "$home:/h" bb:1 sh -c 'id -u && touch /h/by-bind'
is 'as the caller' "$uid" "$OUT"
is 'what it makes is the caller'\''s' "$uid" "$(stat -c %u "$home/by-bind")"
denied 'a bind as root' 'containers run as their owner' sd run --rm --network none --user 0 -v "$home:/h" bb:1 true
