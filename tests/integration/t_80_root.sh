#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Root inside is root outside, for whoever has a shell on the host: seen to be so with docker's ordinary container,
# and not with what safedocker makes.
. "$SD_HERE/lib.sh"
uid=$(uid)
ids=$uid:$(id -g "$SD_ALICE")
canary=$SD_WORK/canary

clean() {
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
# Into a mapped container something may be handed: root in it can do no more with it than the user outside.
HANDED=no
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
	[ "$HANDED" = yes ] || lacks "$name: nothing can be handed in" "$OUT" 'handed in'
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
	tar -C "$SD_WORK/attacking/bin" -c attack-setuid | sd exec -i attack busybox tar -C /tmp -x >/dev/null 2>&1
	is "$name: a setuid program is brought in" /tmp/attack-setuid "$(sd exec attack ls /tmp/attack-setuid)"
	for program in attack-setuid attack-caps /tmp/attack-setuid; do
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
denied 'root = open: not entered under an everyday rule' 'the container is open (root inside is root outside), and the rule has no root = open' sd exec attack id
denied 'root = open: no namespace is borrowed from it' 'is open, the new container is mapped' \
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
never
tried never bb-attack:1 attack inside "$ids" "$canary"
tried 'never, an image USER by name' bb-attack:named attack inside "$ids" "$canary"
tried 'never, a setuid program' bb-attack:1 attack-setuid inside "$ids" "$canary"
tried_further never
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday, build
	flags = @everyday, --no-cache, build:--network=none
	root = never
END
new_canary
denied 'never, a step of a build: refused, and why' 'the steps of a Dockerfile would run as root of the host' \
	alice_build build --network none --no-cache "$SD_WORK/stepping"
untouched 'never, a step of a build'
share 'never, a shared network' sd run
lacks 'never, a shared network: nothing was reached' "$LOGS" reached
lacks 'never, a shared network: nothing can be handed in' "$OUT" 'handed in'
untouched 'never, a shared network'
denied 'never: --user root' 'runs as its owner' sd run --rm --user root bb:1 true
never
sd run -d --name pinned --ipc shareable bb:1 sleep 1000 >/dev/null

# --- mapped -----------------------------------------------------------------------------------------------
everyday
HANDED=yes
tried mapped bb-attack:1 attack inside "$ids" "$canary"
tried 'mapped, as root by name' --user root bb-attack:1 attack inside "$ids" "$canary"
tried 'mapped, as the caller'\''s number' --user "$ids" bb-attack:1 attack inside "$ids" "$canary"
tried 'mapped, an image USER by name' bb-attack:named attack inside "$ids" "$canary"
tried 'mapped, a setuid program' bb-attack:1 attack-setuid inside "$ids" "$canary"
tried 'mapped, as another number' --user 33:33 bb-attack:1 attack-caps inside "$ids" "$canary"
tried_further mapped
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday, build
	flags = @everyday, --no-cache, build:--network=none
END
denied 'mapped, a step of a build: refused, and why' 'comes with a later version' \
	alice_build build --network none --no-cache "$SD_WORK/stepping"
everyday
share 'mapped, a shared network' sd run
lacks 'mapped, a shared network: nothing was reached' "$LOGS" reached
untouched 'mapped, a shared network'
allowed 'mapped: root inside' sd run --rm bb:1 id -u
is 'mapped: is root' 0 "$OUT"
allowed 'mapped: changes owners' sd run --rm bb:1 busybox sh -c 'touch /tmp/x && busybox chown 12345 /tmp/x'
allowed 'mapped: becomes another account' sd run --rm bb-attack:1 busybox sh -c 'busybox su victim -c "busybox id -u"'
is 'mapped: is it' "$uid" "$OUT"
denied 'mapped: no raw socket' 'ermitted' sd run --rm --network none bb:1 busybox arping -c 1 -I lo 127.0.0.1
sd run -d --name map --ipc shareable -v inner:/d bb:1 sleep 1000 >/dev/null
is 'mapped: the caller outside' "$uid" "$(stat -c %u "/proc/$(engine inspect -f '{{.State.Pid}}' map)")"
is 'mapped: its volume says so' mapped "$(engine volume inspect -f '{{index .Labels "safedocker.kind"}}' inner)"
allowed 'mapped: shares with its own kind' \
	sd run --rm --network container:map --pid container:map --ipc container:map --volumes-from map bb:1 true
for flag in --network=container:pinned --pid=container:pinned --ipc=container:pinned; do
	denied "mapped: $flag" 'is pinned, the new container is mapped' sd run --rm "$flag" bb:1 true
done
allowed 'mapped: stopped' sd stop -t 0 map
allowed 'mapped: and started' sd start map
never
for flag in --network=container:map --pid=container:map --ipc=container:map; do
	denied "pinned: $flag" 'is mapped, the new container is pinned' sd run --rm "$flag" bb:1 true
done
denied 'mapped: not entered under root = never' 'the container is mapped, and the rule says root = never' sd exec map true
denied 'mapped: not started again either' 'the container is mapped, and the rule says root = never' sd restart -t 0 map
allowed 'mapped: its end is free' sd rm -f map pinned
everyday
sd volume rm inner >/dev/null
