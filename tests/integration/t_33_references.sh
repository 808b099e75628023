#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways round a name: exec instances, references, labels of images, containers that changed since.
. "$SD_HERE/lib.sh"
alice_id=$(id -u "$SD_ALICE") bob_id=$(id -u "$SD_BOB")

sd run -d --name a1 bb:1 sh -c 'echo of-alice; exec sleep 1000' >/dev/null
engine run -d --name root1 bb:1 sh -c 'echo of-root; exec sleep 1000' >/dev/null
engine run -d --name labelled -l "safedocker.uid=$alice_id" bb:1 sleep 1000 >/dev/null
full=$(engine inspect -f '{{.Id}}' a1)

is 'ps -a: the owner sees hers' a1 "$(sd ps -a --format '{{.Names}}' | grep -x a1)"
denied 'what only wears her label is not hers' 'No such object' sd inspect labelled
for filter in "label=safedocker.uid=$alice_id" label=safedocker.uid name=a1 "id=$full" status=running ancestor=bb:1; do
	is "ps -a --filter $filter shows bob nothing" '' "$(sd_bob ps -aq --filter "$filter")"
done
is 'nor does a filter of two' '' \
	"$(sd_bob ps -aq --filter "label=safedocker.uid=$alice_id" --filter "label=safedocker.uid=$bob_id")"

# The answers are the same, byte for byte, for what is another's and for what is nothing.
for request in 'get:/v1.41/containers/NAME/json' 'post:/v1.41/containers/NAME/start' 'post:/v1.41/containers/NAME/wait' \
	'post:/v1.41/containers/NAME/attach?stream=1&stdout=1' 'post:/v1.41/containers/NAME/resize?h=1&w=1' \
	'get:/v1.41/containers/NAME/logs?stdout=1' 'json:POST:/v1.41/containers/NAME/exec:{"Cmd":["id"]}'; do
	is "$request: not to be told apart" \
		"$(api "$SD_BOB" "${request/NAME/zz}" recv | sed 's/zz/NAME/')" "$(api "$SD_BOB" "${request/NAME/a1}" recv | sed 's/a1/NAME/')"
done
for name in .. . %2e%2e a1%2fjson a1%00 a1/ /a1 %61%31%20 'a1?x=1' '*' "${full:0:12}x"; do
	got=$(api "$SD_BOB" "get:/v1.41/containers/$name/json" recv)
	has "containers/$name/json" '400 403 404' "${got%% *}"
done

# --- exec instances ----------------------------------------------------------------------------------
exec_of() { # USER NAME
	api "$1" "json:POST:/v1.41/containers/$2/exec:{\"Cmd\":[\"id\"],\"AttachStdout\":true}" recv | grep -oE '[0-9a-f]{64}'
}
exec=$(exec_of "$SD_ALICE" a1)
is 'an exec instance of alice' 64 "${#exec}"
root_exec=$(curl -s --unix-socket "$SD_ENGINE" -H 'Content-Type: application/json' -d '{"Cmd":["id"]}' \
	http://x/v1.41/containers/root1/exec | grep -oE '[0-9a-f]{64}')
is 'and one of root' 64 "${#root_exec}"
for e in "$exec" "$root_exec"; do
	got=$(api "$SD_BOB" "get:/v1.41/exec/$e/json" recv)
	is 'exec: bob cannot inspect it' 404 "${got%% *}"
	got=$(api "$SD_BOB" "json:POST:/v1.41/exec/$e/start:{\"Detach\":true}" recv)
	is 'exec: nor start it' 404 "${got%% *}"
	got=$(api "$SD_BOB" "post:/v1.41/exec/$e/resize?h=1&w=1" recv)
	is 'exec: nor resize it' 404 "${got%% *}"
done
got=$(api "$SD_ALICE" "get:/v1.41/exec/$root_exec/json" recv)
is "exec: root's is not alice's" 404 "${got%% *}"
got=$(api "$SD_ALICE" "get:/v1.41/exec/$exec/json" recv)
is 'exec: the owner inspects it' 200 "${got%% *}"
has 'exec: it has not run yet' "$got" '"Running":false'
got=$(api "$SD_ALICE" "json:POST:/v1.41/exec/$exec/start:{\"Detach\":true}" recv)
is 'exec: the owner starts it' 200 "${got%% *}"
# In a mapped container root is its owner; one that runs as its owner has nobody else.
got=$(api "$SD_ALICE" 'json:POST:/v1.41/containers/a1/exec:{"Cmd":["id"],"User":"0"}' recv)
is 'exec as root of a mapped one' 201 "${got%% *}"
never
sd run -d --name p1 bb:1 sleep 1000 >/dev/null
everyday
for user in root 0 0:0 other "$bob_id" "$alice_id:0"; do
	got=$(api "$SD_ALICE" "json:POST:/v1.41/containers/p1/exec:{\"Cmd\":[\"id\"],\"User\":\"$user\"}" recv)
	is "exec as $user" 403 "${got%% *}"
done
got=$(api "$SD_ALICE" 'json:POST:/v1.41/containers/a1/exec:{"Cmd":["id"],"privileged":true}' recv)
is 'exec: a folded key' 403 "${got%% *}"
got=$(api "$SD_ALICE" 'json:POST:/v1.41/containers/a1/exec:{"Cmd":["id"],"Privileged":true}' recv)
is 'exec: privileged' 403 "${got%% *}"
# An exec that root made in alice's container is not hers to start as root.
root_exec=$(curl -s --unix-socket "$SD_ENGINE" -H 'Content-Type: application/json' \
	-d '{"Cmd":["touch","/tmp/by-root"],"User":"0"}' http://x/v1.41/containers/p1/exec | grep -oE '[0-9a-f]{64}')
got=$(api "$SD_ALICE" "json:POST:/v1.41/exec/$root_exec/start:{\"Detach\":true}" recv)
is "exec: root's in alice's container is refused" 403 "${got%% *}"
run engine exec p1 ls /tmp/by-root
is 'exec: and did not run' 1 "$STATUS"

# --- by reference --------------------------------------------------------------------------------------
for flag in --network=container:a1 --pid=container:a1 --ipc=container:a1 --volumes-from=a1 --link=a1 \
	"--network=container:$full"; do
	denied "bob borrows by $flag" 'No such container' sd_bob run --rm "$flag" bb:1 true
done
denied 'a name that is taken' 'is already in use' sd_bob create --name a1 bb:1 true
lacks "without the other's id" "$OUT" "${full:0:12}"
sd_bob create --name b1 bb:1 true >/dev/null
denied 'rename to a name that is taken' 'already in use' sd_bob rename b1 a1
lacks "without the other's id" "$OUT" "${full:0:12}"

# --- images bring nothing along ---------------------------------------------------------------------------
tar -C "$SD_WORK/image" -c . | engine import -c "LABEL safedocker.uid=$alice_id" - bb:alice >/dev/null
allowed 'an image with a label of another owner' sd_bob run -d --name bobs2 bb:alice sleep 1000
is 'the container is its maker'\''s' "$bob_id" "$(engine inspect -f '{{index .Config.Labels "safedocker.uid"}}' bobs2)"
denied 'and not the other'\''s' 'No such' sd inspect bobs2
engine run -d --name labelled2 bb:alice sleep 1000 >/dev/null
denied 'nor does the label of an image give one of root'\''s' 'No such' sd inspect labelled2
denied 'nor a way in' 'No such' sd exec labelled2 id
engine run -d --name labelled3 -l safedocker.uid=0 bb:1 sleep 1000 >/dev/null
denied 'the label of root is nobody'\''s' 'No such' sd inspect labelled3

# --- judged again: owned by both witnesses, but not pinned ---------------------------------------------------
(cd "$SD_WORK" && engine create --name loose -l "safedocker.uid=$alice_id" --cidfile "safedocker:$alice_id" bb:1 sleep 1000 >/dev/null)
is 'made so for this test' "safedocker:$alice_id" "$(engine inspect -f '{{.HostConfig.ContainerIDFile}}' loose)"
allowed 'not pinned: may be looked at' sd inspect loose
denied 'not pinned: not started' 'the container is open (root inside is root outside), and the rule has no root = open' sd start loose
engine start loose >/dev/null
denied 'not pinned: not entered' 'the container is open (root inside is root outside), and the rule has no root = open' sd exec loose id
# docker itself says no more than this when it gets no stream.
denied 'not pinned: not attached to' 'received 403' sd attach --no-stdin loose
denied 'not pinned: not started again' 'the container is open (root inside is root outside), and the rule has no root = open' sd restart -t 0 loose
allowed 'not pinned: may be stopped' sd stop -t 0 loose
allowed 'not pinned: may be removed' sd rm loose

engine rmi -f bb:alice >/dev/null
