#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# safedocker in docker's place: words, engines that the user chose, compose.
. "$SD_HERE/lib.sh"
ln -s "$SAFEDOCKER" "$SD_PREFIX/bin/docker"
docker=$SD_PREFIX/bin/docker

allowed 'as docker: run' alice "$docker" run --rm bb:1 cat /proc/self/uid_map
has 'root in it is its owner' "$OUT" " $(uid) "
denied 'as docker: what the policy refuses' 'denied: --privileged' alice "$docker" run --rm --privileged bb:1 true
allowed 'as docker: --help is docker'\''s own' alice "$docker" --help
lacks 'and not ours' "$OUT" 'Usage: safedocker'
allowed 'as docker: --version is docker'\''s own' alice "$docker" --version
has 'docker says so' "$OUT" 'Docker version'
allowed 'a PATH with it first' alice PATH="$SD_PREFIX/bin:/usr/bin:/bin" sh -c 'docker run --rm bb:1 cat /proc/self/uid_map'
has 'goes through the helper' "$OUT" " $(uid) "

# Words of ours are docker's behind `--`.
denied 'docker knows no word policy' "'policy' is not a docker command" sd -- policy
allowed 'and -- changes nothing else' sd -- ps

# An engine that the user chose.
no_engine='is used as it is'
denied '-H: plain tcp is warned of' 'whoever reaches that port is root' sd -H tcp://127.0.0.1:1 ps
denied '--host=: too' 'whoever reaches that port is root' sd --host=tcp://127.0.0.1:1 ps
denied 'DOCKER_HOST: too' 'DOCKER_HOST=tcp://127.0.0.1:1 is used as it is' alice DOCKER_HOST=tcp://127.0.0.1:1 "$SAFEDOCKER" ps
denied 'the engine'\''s own socket: warned, and refused by its mode' "$no_engine" sd -H "unix://$SD_ENGINE" ps
has 'refused' "$OUT" 'permission denied'
run sd -H ssh://nobody@127.0.0.1:1 ps
lacks 'ssh: no warning' "$OUT" "$no_engine"
run alice DOCKER_HOST=ssh://nobody@127.0.0.1:1 "$SAFEDOCKER" ps
lacks 'DOCKER_HOST=ssh://: no warning' "$OUT" "$no_engine"
meta=$SD_WORK/$SD_ALICE/.docker
alice docker context create far --docker host=tcp://127.0.0.1:1 >/dev/null
alice docker context create near --docker host=ssh://nobody@127.0.0.1:1 >/dev/null
is 'contexts are there' 2 "$(ls "$meta/contexts/meta" | wc -l)"
denied '--context of plain tcp: warned' '--context far is used as it is' sd --context far ps
denied 'DOCKER_CONTEXT: too' 'DOCKER_CONTEXT=far is used as it is' alice DOCKER_CONTEXT=far "$SAFEDOCKER" ps
run sd --context near ps
lacks 'a context of ssh: no warning' "$OUT" "$no_engine"
allowed 'the context default is the helper' sd --context default ps
alice docker context use far >/dev/null
denied 'the context in use: respected, and warned of' 'docker context use far is used as it is' sd ps
alice docker context use default >/dev/null
allowed 'back to default: the helper' sd ps
rm -rf "$meta"

rm "$docker"

# compose without a plugin: the program of that name.
if [ -x /usr/bin/docker-compose ] && ! docker compose version >/dev/null 2>&1; then
	mkdir -p "$SD_WORK/$SD_ALICE/p"
	printf 'version: "3"\nservices:\n  one:\n    image: bb:1\n    command: cat /proc/self/uid_map\n' >"$SD_WORK/$SD_ALICE/p/docker-compose.yml"
	chown -R "$SD_ALICE:" "$SD_WORK/$SD_ALICE/p"
	allowed 'safedocker compose up' sd compose -f "$SD_WORK/$SD_ALICE/p/docker-compose.yml" up --no-color
	has 'root in it is its owner' "$OUT" " $(uid) "
	sd compose -f "$SD_WORK/$SD_ALICE/p/docker-compose.yml" down >/dev/null 2>&1
else
	skip 'compose without a plugin' 'docker has the plugin here, or there is no docker-compose'
fi
