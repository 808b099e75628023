#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Values that the engine reads otherwise: lines of a Dockerfile, registries, names, options, patterns, arguments of ps.
# What the engine, not the shell, unfolds stands in single quotes.
# shellcheck disable=SC2016
. "$SD_HERE/lib.sh"
id=$(uid)
home=$SD_WORK/$SD_ALICE
rule() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday, commit, tag, import, login, push, search, rmi
		flags = @everyday, --change
		$1
	END
}
alive() { is "$1: the engine is alive" 0 "$(engine version >/dev/null 2>&1; echo $?)"; }
# The settings of an image without our label, in one order.
settings() {
	engine image inspect "$1" | python3 -c '
import json, sys
config = json.load(sys.stdin)[0]["Config"]
for key in [k for k in config.get("Labels") or {} if k.startswith("safedocker.")]:
    del config["Labels"][key]
for key in "Env", "OnBuild":
    config[key] = sorted(e for e in config.get(key) or [] if not e.startswith("SAFEDOCKER="))
print(json.dumps(config, sort_keys=True))'
}
rule ''

# --- lines of a Dockerfile -------------------------------------------------------------------
allowed 'a container to commit' sd create --name c1 -e FOO=bar -e PATH=/bin bb:1 true
changes=(-c 'ENV PATH=/opt/bin:$PATH' -c 'ENV BAZ=$FOO' -c 'ENV OLD some text' -c 'ENV A="b c" D=${NONE:-d}'
	-c 'LABEL a="b c" d=$FOO' -c "LABEL 'e'='f \$g'" -c 'CMD ["sh", "-c", "true"]' -c 'EXPOSE 80 8000-8003/udp'
	-c 'WORKDIR /a/$FOO' -c 'VOLUME ["/v w"]' -c 'USER nobody' -c 'HEALTHCHECK --interval=5s --retries=2 CMD true'
	-c 'ONBUILD RUN make' -c 'ONBUILD LABEL g=h')
allowed 'commit with all that docker users write' sd commit "${changes[@]}" c1 sdt-theirs:1
engine commit "${changes[@]}" c1 sdt-roots:1 >/dev/null
is 'makes what the engine alone makes' "$(settings sdt-roots:1)" "$(settings sdt-theirs:1)"
has 'with the variables of the container' "$(settings sdt-theirs:1)" 'BAZ=bar'
has 'and its path' "$(settings sdt-theirs:1)" 'PATH=/opt/bin:/bin'
is 'it is the caller'\''s' "$id" "$(engine image inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-theirs:1)"
allowed 'commit without a line' sd commit c1 sdt-theirs:2
engine commit c1 sdt-roots:2 >/dev/null
is 'makes the same, too' "$(settings sdt-roots:2)" "$(settings sdt-theirs:2)"
is 'and is the caller'\''s' "$id" "$(engine image inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-theirs:2)"
# A body is what it is to the engine: then the variables are those of the body.
got=$(api "$SD_ALICE" "json:POST:/v1.41/commit?container=c1&repo=sdt-body&tag=1&changes=ENV%20B%3D%24A:{\"Env\":[\"A=1\"],\"Labels\":{\"x\":\"y\"}}" recv)
is 'a body' 201 "${got%% *}"
has 'its variables' "$(settings sdt-body:1)" '"B=1"'
is 'the owner' "$id" "$(engine image inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-body:1)"

before=$(engine image ls -q | wc -l)
refused() { denied "--change $2" "$1" sd commit -c "$2" c1 sdt-evil:1; }
refused 'would take in the next one' 'CMD sh \ '
refused "safedocker's own" 'LABEL "safedocker.uid"=0'
refused "safedocker's own" 'LABEL a=b c="d e" safedocker.uid=0'
refused "safedocker's own" 'ONBUILD LABEL safedocker.uid=0'
refused 'NAME=VALUE is expected' 'LABEL safedocker\.uid=0'
refused 'NAME=VALUE is expected' 'LABEL $X=0'
refused 'NAME=VALUE is expected' 'LABEL -- safedocker.uid=0'
refused 'no ordinary space' "LABEL a=b$(printf '\u00a0')safedocker.uid=0"
refused 'more than 1000 ports' 'EXPOSE 1-65535'
refused 'are known' 'ENV A=${B//x/$C}'
growth=(-c "ENV A=$(printf 'x%.0s' $(seq 1000))")
for v in B C D E F G; do growth+=(-c "ENV $v=$(printf '$A%.0s' $(seq 40))" -c "ENV A=\$$v"); done
denied 'variables that grow' 'many times over' sd commit "${growth[@]}" c1 sdt-evil:1
is 'no image was made' "$before" "$(engine image ls -q | wc -l)"
# The same two lines in one request: the first may not take in the second, whatever that is.
denied 'two lines in one' 'would take in the next one' sd commit -c 'LABEL a=b \' -c 'ENV safedocker.uid=0' c1 sdt-evil:1
tar -C "$SD_WORK/image" -c . >"$home/root.tar"
allowed 'import with lines' sd import -c 'ENV A=b' -c 'ENV C=$A/d' -c 'LABEL x="y z"' "$home/root.tar" sdt-import:1
has 'its variables' "$(settings sdt-import:1)" 'C=b/d'
is 'the owner' "$id" "$(engine image inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-import:1)"
denied 'import with an open line' 'would take in the next one' sd import -c 'CMD sh \ ' "$home/root.tar" sdt-evil:1
alive 'lines'

# --- registries --------------------------------------------------------------------------------
port=15099
python3 - "$port" "$SD_WORK/asked" <<'END' &
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(16)
open(sys.argv[2], "w").close()
while True:
    client, _ = listener.accept()
    with open(sys.argv[2], "a") as seen:
        seen.write("asked\n")
    client.close()
END
listener=$!
waits 'something of the host'\''s that nobody may make the engine ask' test -e "$SD_WORK/asked"
here=127.0.0.1:$port
asks() {
	run api "$SD_ALICE" "send:GET /v1.41/distribution/$here/x/json HTTP/1.1\r\nHost: x\r\n\r\n" recv
	echo "$OUT"
	run sd search "$here/x"
	echo "$OUT"
	run sd pull "$here/x"
	echo "$OUT"
	run sd push "$here/x"
	echo "$OUT"
	run api "$SD_ALICE" "json:POST:/v1.41/auth:{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":\"http://$here/\"}" recv
	echo "$OUT"
}
engine tag bb:1 "$here/x:latest"
rule 'images = docker.io/library/bb'
answers=$(asks)
is 'another registry: all five are refused' 5 "$(grep -c 'denied' <<<"$answers")"
has 'the registry is named' "$answers" "denied: registry $here (push)"
has 'and what would be allowed' "$answers" 'allow: images = docker.io/library/bb'
is 'nobody was asked' '' "$(cat "$SD_WORK/asked")"
rule "images = docker.io/library/bb, $here/**"
answers=$(asks)
is 'a registry that is named: none is refused' 0 "$(grep -c 'denied' <<<"$answers")"
at_least 'it was asked' 3 "$(wc -l <"$SD_WORK/asked")"
kill "$listener"
wait "$listener" 2>/dev/null
engine rmi "$here/x:latest" >/dev/null
rule ''

# --- names and options ----------------------------------------------------------------------------
for name in docker_gwbridge ingress Ingress bridge host none default nat docker0; do
	denied "network create $name" 'denied: Name' sd network create "$name"
done
short=$(engine inspect -f '{{.Id}}' c1 | cut -c1-12)
denied 'a container named like another'\''s id' 'like the id of another one' sd_bob create --name "$short" bb:1 true
sd_bob create --name his bb:1 true >/dev/null
denied 'or renamed so' 'like the id of another one' sd_bob rename his "$short"
denied 'an image' 'like the id of another one' sd_bob tag bb:1 "$(engine image inspect -f '{{.Id}}' bb:1 | cut -c8-19)"
denied 'a network' 'like the id of another one' sd_bob network create "$short"
is 'so that the id means what it did' "$(engine inspect -f '{{.Id}}' c1)" "$(engine inspect -f '{{.Id}}' "$short")"
allowed 'a name that is no id' sd_bob network create "${short}g"
sd_bob network rm "${short}g" >/dev/null
sd_bob rm his >/dev/null

# --- how many ---------------------------------------------------------------------------------------
for i in $(seq 20); do sd network create "many$i" >/dev/null 2>"$SD_WORK/many.$i" & done
wait $(jobs -p)
at_most 'networks of one user, all asked for at once' 8 "$(engine network ls -q --filter "label=safedocker.uid=$id" | wc -l)"
has 'and it is said why' "$(cat "$SD_WORK"/many.*)" 'networks already, and rule everyday gives 8: remove one first'
allowed 'another user still makes one' sd_bob network create his
sd_bob network rm his >/dev/null
denied 'explain says the same' 'gives 8' sd explain network create many21
sd network prune -f >/dev/null
allowed 'and allows what would be' sd explain network create many21
rule 'networks = 2'
there=$(engine network ls -q --filter "label=safedocker.uid=$id" | wc -l)
for i in $(seq $((2 - there))); do allowed "networks = 2: $i" sd network create "few$i"; done
denied 'networks = 2: one more' 'rule everyday gives 2' sd network create few3
sd network prune -f >/dev/null
rule 'volumes = 2'
allowed 'volumes = 2: the first' sd volume create vol1
allowed 'the second, by a container' sd create --name c2 -v vol2:/v bb:1 true
denied 'one more' 'you have 2 volumes already' sd volume create vol3
denied 'one more, by a container' 'you have 2 volumes already' sd create -v vol3:/v bb:1 true
denied 'one more, without a name' 'you have 2 volumes already' sd create -v /v bb:1 true
allowed 'one that is there' sd volume create vol1
allowed 'or is mounted again' sd create --name c3 -v vol1:/v bb:1 true
sd rm c2 c3 >/dev/null
sd volume rm vol1 vol2 >/dev/null
rule ''

# --- single values -----------------------------------------------------------------------------------
sd run -d --name up bb:1 sleep 1000 >/dev/null
allowed 'top -eo pid,args' sd top up -eo pid,args
has 'shows it' "$OUT" 'sleep 1000'
allowed 'top aux --sort=comm' sd top up aux --sort=comm
allowed 'top -o user,pid,etime,cmd' sd top up -o user,pid,etime,cmd
denied 'top with blanks before the process' 'ps_args' sd top up -eo args,pid
denied 'top with the environment' 'ps_args' sd top up auxe
denied 'top of another process' 'ps_args' sd top up -p 1
denied 'top with a title' 'ps_args' sd top up -o pid,ppid=PID
denied 'a pattern that repeats' 'of a regular expression' sd ps --filter 'name=(a{1000}){1000}'
allowed 'a pattern' sd ps --filter 'name=^(up|down)$' --format '{{.Names}}'
is 'finds it' up "$OUT"
got=$(api "$SD_ALICE" 'send:POST /v1.41/containers/up/resize?h=40&w=4294967295 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' recv)
is 'a terminal of four milliards' 400 "${got%% *}"
got=$(api "$SD_ALICE" 'send:POST /v1.41/containers/up/stop?t=9007199254740992 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' recv)
is 'a stop that overflows' 400 "${got%% *}"
denied 'a signal below nothing' 'signal' sd kill -s -9 up
allowed 'a signal' sd kill -s SIGUSR1 up
alive 'values'
sd rm -f up c1 >/dev/null
engine image ls --format '{{.Repository}}:{{.Tag}}' --filter reference='sdt-*' |
	xargs -r docker -H "unix://$SD_ENGINE" rmi >/dev/null 2>&1
