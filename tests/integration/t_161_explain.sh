#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# explain: the real docker command line, judged, answered, and nothing done.
. "$SD_HERE/lib.sh"
home=$SD_WORK/$SD_ALICE
allowed_dir=$SD_PREFIX/shared
mkdir "$allowed_dir"
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday, --publish=127.0.0.1:1024-65535, --volume=$allowed_dir/**
	images = docker.io/library/*

	[strong debug]
	users = $SD_ALICE
	verbs = run
	flags = @everyday, --pid=host
	root = open
	reason = required
	password = no
	images = **
END

# ranks NAME RANK DECISION COMMAND…: rank and decision of the command as a whole
ranks() {
	local name=$1 rank=$2 decision=$3 status=0
	shift 3
	[ "$decision" = allow ] || status=1
	run sd explain --json "$@"
	is "$name" "$rank $decision $status" "$(python3 -c 'import json, sys
o = json.loads(sys.argv[1])
print(o["rank"], o["decision"], sys.argv[2])' "$OUT" "$STATUS" 2>&1)"
}
ranks 'run' C allow run --rm bb:1 true
ranks 'run -it' C allow run --rm -it bb:1 sh
ranks 'docker in front' C allow docker run --rm bb:1 true
ranks 'safedocker in front' C allow safedocker run --rm bb:1 true
ranks 'ps' C allow ps -a
ranks 'publish where it is allowed' C allow run -p 127.0.0.1:3000:3000 bb:1
ranks 'publish elsewhere' B deny run -p 3000:3000 bb:1
ranks 'a bind below an allowed path' C allow run -v "$allowed_dir:/app" bb:1
ranks 'a bind elsewhere, which the user may do in a shell' C allow run -v /srv:/app bb:1
ranks 'a path that must be named' C deny run -v /proc/sys:/app bb:1
ranks '--privileged' A deny run --privileged bb:1
ranks '--pid=host' A deny run --pid=host bb:1
ranks '--net=host' B deny run --net=host bb:1
ranks '--cap-add' A deny run --cap-add SYS_PTRACE bb:1
ranks 'the socket as a mount' S deny run -v /var/run/docker.sock:/var/run/docker.sock bb:1
ranks 'the socket as a mount, in the other way' S deny run --mount type=bind,src=/run/docker.sock,dst=/s bb:1
ranks 'dockerd' S deny dockerd -H tcp://0.0.0.0:2375
ranks 'by its path' S deny /usr/sbin/dockerd
ranks 'sudo docker' S deny sudo docker ps
ranks 'another engine' S deny -H tcp://127.0.0.1:1 ps
ranks 'what docker does not know' C deny frob

run sd explain run -p 3000:3000 bb:1
has 'the flag, in docker'\''s words' "$OUT" '--publish=0.0.0.0:3000  opens a port of the host'
has 'the rule at file and line' "$OUT" "the nearest rule is everyday at $CONF:3"
has 'the smallest change' "$OUT" "add to rule everyday at $CONF:3:  flags = --publish=0.0.0.0:3000"
has 'and nothing was done' "$OUT" 'denied, rank B: nothing was done'
sed -i 's,^flags.*shared/..$,&\, --publish=0.0.0.0:3000,' "$CONF"
ranks 'that change does it' B allow run -p 3000:3000 bb:1
run sd explain run --rm --pid=host bb:1 true
has 'a strong rule that would: it is named' "$OUT" 'safedocker --as debug --reason TEXT'
run sd explain run --rm --privileged bb:1 true
has 'none that would: that is said' "$OUT" 'only a strong rule can'
run sd explain run --rm other/x true
has 'an image that no pattern names' "$OUT" 'images = docker.io/other/x'

# What is offered is for the kind of container that the rule makes.
cp "$CONF" "$SD_WORK/explain.conf"
policy <<-END
	[rule narrow]
	users = %safedocker
	verbs = run
	flags = --rm
END
run sd explain run --rm -v "$allowed_dir:/x" bb:1 true
has 'a path, where a mapped container can have it' "$OUT" "add to rule narrow at $CONF:3:  flags = --volume=$allowed_dir"
sed -i "s,^flags.*,&\, --volume=$allowed_dir," "$CONF"
ranks 'that change does it, too' C allow run --rm -v "$allowed_dir:/x" bb:1 true
cp "$SD_WORK/explain.conf" "$CONF"

# Nothing is done, whatever is asked.
sd run -d --name real bb:1 sleep 1000 >/dev/null
before=$(engine ps -a --format '{{.ID}} {{.Status}}' | cut -d' ' -f1,2; engine volume ls -q; engine network ls -q)
touch "$home/kept"
chown "$SD_ALICE" "$home/kept"
echo kept >"$home/kept"
for command in 'run -d --name n1 -v data:/d bb:1' 'create bb:1' 'stop -t 0 real' 'kill real' 'rm -f real' 'restart real' \
	'pause real' 'rename real other' 'exec real touch /x' 'exec -it real sh' 'network create n2' 'volume create v2' \
	'logs real' 'logs -f real' "export -o $home/kept real" 'attach real' \
	'wait real' 'stats' 'events' 'volume prune -f' 'network prune -f' 'start -ai real' 'top real' 'port real'; do
	# shellcheck disable=SC2086
	run sd explain $command
	is "explain $command" 0 "$STATUS"
	lacks "explain $command: docker came to its end" "$OUT" 'was ended after'
done
# What the engine does as root in a mapped container that has run is refused: so it is explained.
for command in "cp real:/etc/passwd $home/kept" "cp $home/kept real:/tmp/" 'diff real'; do
	# shellcheck disable=SC2086
	run sd explain $command
	is "explain $command: denied" 1 "$STATUS"
	lacks "explain $command: docker came to its end" "$OUT" 'was ended after'
done
is 'nothing changed' "$before" "$(engine ps -a --format '{{.ID}} {{.Status}}' | cut -d' ' -f1,2; engine volume ls -q; engine network ls -q)"
is 'no file was written' kept "$(cat "$home/kept")"
is 'the record says explain' yes "$(records mode=explain operation=container.remove phase=intent | grep -q '"decision":"allow"' && echo yes)"
is 'what is done does not say it' 0 "$(records operation=container.start phase=intent | grep -v '"mode":"explain"' | grep -c '"mode"')"
is 'nothing is left in /tmp' '' "$(find /tmp -maxdepth 1 -user "$SD_ALICE" -name 'safedocker-*' | head -n 3)"

# One after the other: what the first would make is there for the next.
run as "$SD_ALICE" sh -c "printf '%s\n' 'docker create --name one bb:1' '# a comment' '' 'docker start one' 'docker exec one id' | $SAFEDOCKER explain --stdin"
is 'several lines: allowed' 0 "$STATUS"
is 'each is explained' 3 "$(grep -c '^allowed, rank C' <<<"$OUT")"
run as "$SD_ALICE" sh -c "printf '%s\n' 'docker ps' 'docker run -v \$HOME:/x bb:1' 'docker ps | sh' | $SAFEDOCKER explain --stdin"
is 'what a shell would make more of is denied' 1 "$STATUS"
is 'both of them' 2 "$(grep -c '^denied' <<<"$OUT")"
run as "$SD_ALICE" sh -c "printf '%s\n' \"docker run --rm -e 'A=b c' bb:1 sh -c 'a b'\" | $SAFEDOCKER explain --json --stdin"
has 'words as a shell makes them' "$OUT" '["docker","run","--rm","-e","A=b c","bb:1","sh","-c","a b"]'

# compose
command -v docker-compose >/dev/null || { skip 'compose' 'docker-compose is not installed'; exit; }
mkdir "$home/p"
cat >"$home/p/docker-compose.yml" <<-'END'
	version: "3.7"
	services:
	  db: {image: "bb:1", volumes: ["data:/data"], command: sleep 1000}
	  web: {image: "bb:1", depends_on: [db], command: sleep 1000}
	volumes:
	  data:
END
chown -R "$SD_ALICE:" "$home/p"
ranks 'compose up -d of an ordinary project' C allow compose -f "$home/p/docker-compose.yml" up -d
is 'made nothing' "$before" "$(engine ps -a --format '{{.ID}} {{.Status}}' | cut -d' ' -f1,2; engine volume ls -q; engine network ls -q)"
sed -i 's/command: sleep 1000}/command: sleep 1000, privileged: true}/' "$home/p/docker-compose.yml"
ranks 'with a privileged service' A deny compose -f "$home/p/docker-compose.yml" up -d
ranks 'by its own name' A deny docker-compose -f "$home/p/docker-compose.yml" up -d

# root explains for others.
run "$SAFEDOCKER" explain --user "$SD_BOB" run --rm bb:1 true
is 'root explains for bob' 0 "$STATUS"
is 'as bob' "$SD_BOB" "$(records mode=explain | tail -n 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["submituser"])')"
denied 'nobody else does' 'only root may ask for another user' sd explain --user "$SD_BOB" ps
run sd explain
is 'nothing to explain is wrong usage' 2 "$STATUS"
