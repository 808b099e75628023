#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A swarm of one machine: what users keep in it is theirs, and a service runs as its owner, or not at all.
. "$SD_HERE/lib.sh"

# absent KIND NAME: how the command line beside this engine says that there is none
absent() { if [ "$SD_ENGINE_API" -lt 44 ]; then echo "No such $1: $2"; else echo "$1 $2 not found"; fi; }
run engine swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377
if [ "$STATUS" != 0 ]; then
	skip 'a swarm' "the engine makes none here: $OUT"
	exit
fi
id=$(uid)
policy <<-END
	[rule stack]
	users = %safedocker
	verbs = @everyday, @stack, @swarm-view
	flags = @everyday, @stack
END

allowed 'node ls' sd node ls
denied 'swarm join-token' 'denied: swarm' sd swarm join-token worker
denied 'swarm leave' 'denied: swarm leave' sd swarm leave --force
denied 'node update' 'denied: node update' sd node update --availability drain "$(engine node ls -q)"

for kind in secret config; do
	echo content >"$SD_WORK/$SD_ALICE/content"
	allowed "$kind create" sd $kind create mine "$SD_WORK/$SD_ALICE/content"
	is "the $kind is the caller's" "$id" "$(engine $kind inspect -f '{{index .Spec.Labels "safedocker.uid"}}' mine)"
	allowed "$kind inspect" sd $kind inspect mine
	allowed "$kind ls" sd $kind ls --format '{{.Name}}'
	is "$kind ls shows it" mine "$OUT"
	echo other | engine $kind create roots - >/dev/null
	run sd $kind ls --format '{{.Name}}'
	is "$kind ls shows no other" mine "$OUT"
	denied "bob's $kind inspect" "$(absent $kind mine)" sd_bob $kind inspect mine
	denied "bob's $kind rm" "$(absent $kind mine)" sd_bob $kind rm mine
	is "it is still there" 0 "$(engine $kind inspect mine >/dev/null 2>&1; echo $?)"
done
lacks 'no secret is recorded' "$(cat "$LOG")" "$(base64 <"$SD_WORK/$SD_ALICE/content")"

minor=$(engine version -f '{{.Server.APIVersion}}' | cut -d. -f2)
if [ "$minor" -lt 44 ]; then
	denied 'service create on an engine that cannot pin it' 'from API 1.44 on' sd service create --detach --name web bb:1 sleep 1000
	is 'there is none' 0 "$(engine service ls -q | wc -l)"
else
	allowed 'service create' sd service create --detach --no-resolve-image --name web --secret mine --config mine bb:1 sleep 1000
	is 'it is the caller'\''s' "$id" "$(engine service inspect -f '{{index .Spec.Labels "safedocker.uid"}}' web)"
	task() { engine ps -q --no-trunc --filter label=com.docker.swarm.service.name=web; }
	waits 'a task is there' sh -c '[ -n "$(docker -H "unix://$1" ps -q --filter label=com.docker.swarm.service.name=web)" ]' sh "$SD_ENGINE"
	is 'as the caller' "$id:$(pinned_gid "$SD_ALICE")" "$(engine inspect -f '{{.Config.User}}' "$(task)")"
	run engine exec "$(task)" cat /proc/1/status
	has 'with no new privileges' "$OUT" 'NoNewPrivs:	1'
	has 'and no capability' "$OUT" 'CapBnd:	0000000000000000'
	allowed 'service ps' sd service ps --format '{{.Name}}' web
	has 'shows the task' "$OUT" web.1
	allowed 'service ls' sd service ls --format '{{.Name}}'
	is 'shows the service' web "$OUT"
	is 'bob sees none' '' "$(sd_bob service ls -q)"
	denied 'bob'\''s service rm' 'not found' sd_bob service rm web
	denied 'bob'\''s service with alice'\''s secret' 'not found' sd_bob service create --detach --no-resolve-image --name other --secret mine bb:1 sleep 1000
	denied 'service create --user 0' 'services run as their owner' sd service create --detach --no-resolve-image --user 0 --name other bb:1 sleep 1000
	denied 'service create with a path' 'denied: --mount' sd service create --detach --no-resolve-image --mount type=bind,source=/etc,target=/x --name other bb:1 sleep 1000
	denied 'service create in the host'\''s network' 'network host not found' sd service create --detach --no-resolve-image --network host --name other bb:1 sleep 1000
	allowed 'service update' sd service update --detach --no-resolve-image --env-add A=b web
	is 'it is the caller'\''s still' "$id" "$(engine service inspect -f '{{index .Spec.TaskTemplate.ContainerSpec.Labels "safedocker.uid"}}' web)"
	is 'and pinned' "$id:$(pinned_gid "$SD_ALICE")" "$(engine service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.User}}' web)"
	# The engine restores what it kept, whatever the request says: that is what is judged.
	variables() { engine service inspect -f '{{join .Spec.TaskTemplate.ContainerSpec.Env " "}}' web; }
	before=$(variables)
	allowed 'service update of a variable' sd service update --detach --no-resolve-image --env-add ROLLED=no web
	has 'it is set' "$(variables)" ROLLED=no
	allowed 'service rollback' sd service rollback --detach web
	is 'it is not set any more' "$before" "$(variables)"
	denied 'bob'\''s rollback' 'not found' sd_bob service rollback --detach web
	engine service update --detach --no-resolve-image --mount-add type=bind,source=/etc,target=/x web >/dev/null
	engine service update --detach --no-resolve-image --mount-rm /x web >/dev/null
	denied 'rollback to a path that root mounted' 'denied: --mount' sd service rollback --detach web
	is 'it is not mounted' '[]' "$(engine service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec.Mounts}}' web | sed 's/null/[]/')"
	allowed 'service rm' sd service rm web
fi
for kind in secret config; do
	allowed "$kind rm" sd $kind rm mine
	denied "$kind rm of root's" "$(absent $kind roots)" sd $kind rm roots
done
engine swarm leave --force >/dev/null
