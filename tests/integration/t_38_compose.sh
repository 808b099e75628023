#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# compose, unmodified: an ordinary project of two services, a network and a volume.
. "$SD_HERE/lib.sh"
command -v docker-compose >/dev/null || { skip 'compose' 'docker-compose is not installed'; exit; }
uid=$(id -u "$SD_ALICE")
project=$SD_WORK/$SD_ALICE/project
mkdir -p "$project"
cat >"$project/docker-compose.yml" <<-'END'
	version: "3.7"
	services:
	  db:
	    image: bb:1
	    command: sh -c 'echo started >>/data/log; exec sleep 1000'
	    volumes: ["data:/data", ".:/app", "/app/node_modules"]
	    working_dir: /app
	    environment: {NAME: value}
	  web:
	    image: bb:1
	    command: sleep 1000
	    depends_on: [db]
	    volumes: ["data:/data:ro"]
	volumes:
	  data:
END
chown -R "$SD_ALICE": "$project"
compose() { as "$SD_ALICE" python3 "$SD_HERE/serve.py" "$HELPER" /bin/sh -c 'cd "$1" && shift && exec docker-compose "$@"' sh "$project" "$@"; }

allowed 'up -d' compose up -d
is 'two containers run' 2 "$(sd ps -q | wc -l)"
is 'as the caller outside' "safedocker /safedocker/u$uid" \
	"$(engine inspect -f '{{.HostConfig.Runtime}} {{.HostConfig.CgroupParent}}' "$(sd ps -q | head -n 1)")"
is 'the network is the caller'\''s' "$uid" "$(engine network inspect -f '{{index .Labels "safedocker.uid"}}' project_default)"
is 'the volume is the caller'\''s' "$uid" "$(engine volume inspect -f '{{index .Labels "safedocker.uid"}}' project_data)"
allowed 'ps' compose ps
has 'shows them' "$OUT" web
allowed 'exec' compose exec -T web cat /data/log
has 'the volume is shared' "$OUT" started
allowed 'the services find each other' compose exec -T web busybox nslookup db
allowed 'logs' compose logs
before=$(sd ps -q --no-trunc | sort)
allowed 'up -d again changes nothing' compose up -d
is 'the same two' "$before" "$(sd ps -q --no-trunc | sort)"
allowed 'the project'\''s own directory is there' compose exec -T db sh -c 'pwd; touch made'
is 'and what is made in it is the caller'\''s' "$uid" "$(stat -c %u "$project/made")"
allowed 'restart' compose restart -t 0
allowed 'stop' compose stop -t 0
allowed 'start' compose start
is 'both run again' 2 "$(sd ps -q | wc -l)"
allowed 'run' compose run --rm -T web sh -c 'id -u'
has 'as root, who is the caller' "$OUT" 0
sed -i 's/NAME: value/NAME: other/' "$project/docker-compose.yml"
# One line for each start: up, restart, start, and this one.
allowed 'up -d with a change' compose up -d -t 0
is 'keeps the volume' 4 "$(compose exec -T web cat /data/log | grep -c started)"
sed -i 's,command: sleep 1000,&\n    privileged: true,' "$project/docker-compose.yml"
denied 'up with a privileged service' 'denied: --privileged' compose up -d -t 0
sed -i '/privileged/d' "$project/docker-compose.yml"
sed -i 's,"data:/data:ro","/:/host",' "$project/docker-compose.yml"
denied 'up with the root directory' "it is the host's own" compose up -d -t 0
sed -i 's,"/:/host","data:/data:ro",' "$project/docker-compose.yml"
allowed 'down -v' compose down -v -t 0
# An unnamed volume of a container that was made anew, docker-compose itself leaves.
is 'nothing is left' '0 0 0' "$(engine ps -aq | wc -l) $(engine volume ls -q | grep -cvE '^[0-9a-f]{64}$') $(engine network ls --format '{{.Name}}' --filter label=safedocker.uid="$uid" | grep -vc '^safedocker-net-')"
