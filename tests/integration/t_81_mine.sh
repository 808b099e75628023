#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What an owner check costs, which images a rule lets through, and what a container was made with counts again later.
. "$SD_HERE/lib.sh"
uid=$(uid)
counter=
trap '[ -z "$counter" ] || kill "$counter"; rm -f "$SD_ROOT/count.sock"; stand_down; remove_all
engine images -q --filter label=safedocker.uid | sort -u | xargs -r docker -H "unix://$SD_ENGINE" rmi -f >/dev/null
engine rmi docker.io/other/bb:1 >/dev/null 2>&1; echo "# end"' EXIT

# --- one step to the engine for an owner, and as many for nobody's as for another's -------------------------------
sd run -d --name mine bb:1 sleep 1000 >/dev/null
sd_bob run -d --name theirs bb:1 sleep 1000 >/dev/null
their_exec=$(api "$SD_BOB" 'json:POST:/v1.41/containers/theirs/exec:{"Cmd":["id"]}' recv | grep -oE '[0-9a-f]{64}')
python3 "$SD_HERE/count.py" "$SD_ROOT/count.sock" "$SD_ENGINE" "$SEEN" &
counter=$!
waits 'the counter listens' test -S "$SD_ROOT/count.sock"
through_counter() {
	everyday
	sed -i "s|^socket = .*|socket = $SD_ROOT/count.sock|" "$CONF"
}
through_counter
# steps NAME EXPECTED STEP…: how many requests the engine sees for one of the client's
steps() {
	local name=$1 expected=$2
	shift 2
	: >"$SEEN"
	api "$SD_ALICE" "$@" recv >/dev/null
	is "steps: $name" "$expected" "$(grep -c . "$SEEN")"
}
steps 'one'\''s own: the check and the operation' 2 'get:/v1.41/containers/mine/json'
steps 'stopping one' 2 'post:/v1.41/containers/mine/kill?signal=CONT'
steps 'entering one: also what the engine is' 3 'json:POST:/v1.41/containers/mine/exec:{"Cmd":["id"]}'
steps 'another'\''s' 1 'get:/v1.41/containers/theirs/json'
steps 'nobody'\''s' 1 'get:/v1.41/containers/nothing/json'
steps 'another'\''s exec' 2 "get:/v1.41/exec/$their_exec/json"
steps 'nobody'\''s exec' 2 "get:/v1.41/exec/$(printf '%064d' 7)/json"
everyday

# --- judged again ----------------------------------------------------------------------------------------------------
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --memory<=64m, --publish=0.0.0.0:7000-7010
	force = --init
END
allowed 'made under a rule' sd run -d --name narrow -m 32m -p 7001:80 bb:1 sleep 1000
allowed 'and entered under it' sd exec narrow true
sed -i 's/--memory<=64m, --publish=0.0.0.0:7000-7010/--memory<=64m/' "$CONF"
denied 'narrowed since: not entered' 'the container was made with --publish=0.0.0.0:7001' sd exec narrow true
denied 'narrowed since: not started again' 'the container was made with --publish' sd restart -t 0 narrow
sed -i 's/--memory<=64m/--memory<=16m, --publish=0.0.0.0:7000-7010/' "$CONF"
denied 'narrowed since: its memory' 'the container was made with --memory=33554432' sd exec narrow true
allowed 'narrowed since: its end is free' sd rm -f narrow
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[strong debug]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --pid=host, --cap-drop
	root = open
	reason = never
	password = no
END
allowed 'a strong rule'\''s container' sd --as debug run -d --name strong --pid host --ipc shareable bb:1 sleep 1000
allowed 'is entered under it' sd --as debug exec strong true
denied 'not under an everyday one' 'the container is open' sd exec strong true
denied 'nothing is borrowed from it' 'was made with --pid=host' sd run --rm --ipc container:strong bb:1 true
allowed 'under its own rule it lends' sd --as debug run -d --name borrower --ipc container:strong bb:1 sleep 1000
denied 'what borrows is not entered either' 'the container is open' sd exec borrower true
allowed 'both may be removed' sd rm -f strong borrower

# --- limits that are filled in: the engine takes each as it is given ----------------------------------------------------
sd create --name wide --ulimit nofile=1000 bb:1 sleep 1000 >/dev/null
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --cpus<=1, --ulimit=nofile<=100
END
limits() { engine inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}' limited; }
for case in ':1000000000 0 0' '--cpu-period=50000:0 50000 50000' '--cpu-period=50000 --cpu-quota=20000:0 50000 20000' \
	'--cpus=0.5:500000000 0 0'; do
	# shellcheck disable=SC2086
	allowed "--cpus<=1 and ${case%%:*}" sd create --name limited ${case%%:*} bb:1 true
	is "--cpus<=1 and ${case%%:*}: what holds" "${case#*:}" "$(limits)"
	sd rm limited >/dev/null
done
denied '--cpus<=1 and a quota that is more' 'denied: --cpus=2000000000' sd create --cpu-period 50000 --cpu-quota 100000 bb:1
# A process in another user namespace: runc needs the capability, also where nothing is raised.
if [ $((0x$(sed -n 's/^CapEff:\s*//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	skip '--ulimit of what runs' 'root has no CAP_SYS_RESOURCE here'
	sd create --name filled bb:1 >/dev/null
	is '--ulimit=nofile<=100, left open: is filled in' 'nofile 100 100' \
		"$(engine inspect -f '{{range .HostConfig.Ulimits}}{{.Name}} {{.Hard}} {{.Soft}}{{end}}' filled)"
	sd rm filled >/dev/null
else
	allowed '--ulimit=nofile<=100, left open' sd run --rm bb:1 sh -c 'ulimit -n; ulimit -Hn'
	is 'is filled in' '100 100' "$(xargs <<<"$OUT")"
	allowed '--ulimit=nofile<=100, less' sd run --rm --ulimit nofile=20:50 --ulimit nproc=500 bb:1 sh -c 'ulimit -n; ulimit -Hn'
	is 'is what was asked' '20 50' "$(xargs <<<"$OUT")"
fi
denied '--ulimit=nofile<=100, more' 'denied: --ulimit=nofile' sd run --rm --ulimit nofile=20:101 bb:1 true
denied '--ulimit=nofile<=100, without end' 'denied: --ulimit=nofile' sd run --rm --ulimit nofile=-1:-1 bb:1 true
denied 'made with more before: not started' 'the container was made with --ulimit=nofile' sd start wide
allowed 'nor kept from its end' sd rm -f wide

# --- images ------------------------------------------------------------------------------------------------------------
tar -C "$SD_WORK/image" -c . | engine import -c 'ENV OTHER=yes' - docker.io/other/bb:1 >/dev/null
tar -C "$SD_WORK/image" -c . | engine import -c "LABEL safedocker.uid=$uid" - bb-mine:1 >/dev/null
tar -C "$SD_WORK/image" -c . | engine import -c "LABEL safedocker.uid=$(uid "$SD_BOB")" - bb-bobs:1 >/dev/null
tar -C "$SD_WORK/image" -c . | engine import -c 'ENV NVIDIA_VISIBLE_DEVICES=all' - bb-gpu:1 >/dev/null
only() {
	everyday
	echo "images = $1" >>"$CONF"
}
only 'docker.io/library/*'
allowed 'images: a listed one' sd run --rm bb:1 true
allowed 'images: by its id' sd run --rm "$(engine image inspect -f '{{.Id}}' bb:1)" true
denied 'images: not a listed one' 'denied: image docker.io/other/bb' sd run --rm other/bb:1 true
denied 'images: one of a user'\''s making under a listed name' 'denied: image docker.io/library/bb-mine' sd run --rm bb-mine:1 true
denied 'images: by its id as well' 'denied: image sha256' sd run --rm "$(engine image inspect -f '{{.Id}}' bb-mine:1)" true
only own
allowed 'images = own: one'\''s own' sd run --rm bb-mine:1 true
allowed 'images = own: by id' sd run --rm "$(engine image inspect -f '{{.Id}}' bb-mine:1)" true
denied 'images = own: another'\''s' 'denied: image' sd run --rm bb-bobs:1 true
denied 'images = own: root'\''s' 'denied: image' sd run --rm bb:1 true
everyday
run api "$SD_ALICE" 'json:POST:/v1.41/containers/create:{"Image":"nothing"}' recv
has 'images: one that is not there, in the engine'\''s words' "$OUT" '404 {"message":"No such image: nothing:latest"}'

# --- how much -------------------------------------------------------------------------------------------------------------
sd rm -f mine >/dev/null
echo 'containers = 2' >>"$CONF"
allowed 'containers = 2: the first' sd create bb:1
allowed 'the second' sd create bb:1
denied 'not the third' 'you have 2 containers already' sd create bb:1
allowed 'another user has a count of his own' sd_bob create bb:1
everyday
sd create --name gpu bb-gpu:1 true >/dev/null
is 'an image'\''s graphics processors are none' 'NVIDIA_VISIBLE_DEVICES=void' "$(engine inspect -f '{{join .Config.Env "\n"}}' gpu | grep NVIDIA)"
allowed 'such a container' sd create --name gpu2 -e NVIDIA_VISIBLE_DEVICES=all bb:1 >/dev/null
is 'nor those that a user asks for by a variable' '' "$(engine inspect -f '{{join .Config.Env "\n"}}' gpu2 | grep NVIDIA)"
