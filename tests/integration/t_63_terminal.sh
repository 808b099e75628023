#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Terminals, signals and streams: what docker does on its own, it does here.
# shellcheck disable=SC2016 # what is typed is meant for the shell inside
. "$SD_HERE/lib.sh"

# terminal STEP… -- ARGUMENTS…: safedocker on a terminal of alice's
terminal() {
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift
	as "$SD_ALICE" python3 "$SD_HERE/terminal.py" size:20x70 "${steps[@]}" -- "$SAFEDOCKER" "$@"
}
is 'run -it: a shell, and its status' 'exit 3' \
	"$(terminal expect:'# ' 'type:echo sum$((40+2))\r' expect:sum42 'type:exit 3\r' -- run --rm -it bb:1 sh)"
is 'run -it: the window'\''s size, and a new one' 'exit 0' \
	"$(terminal expect:'# ' 'type:until stty size | grep "20 70"; do sleep 0.1; done\r' expect:$'\n20 70' 'type:until stty size | grep "33 99"; do sleep 0.1; done\r' sized:33x99:$'\n33 99' 'type:exit\r' \
		-- run --rm -it bb:1 sh)"
is 'run -it: ^C goes inside' 'exit 130' \
	"$(terminal expect:'# ' 'type:sleep 1000\r' sleep:1 'type:\x03' expect:'# ' 'type:exit 130\r' -- run --rm -it bb:1 sh)"
is 'run -it: the keys that detach' 'exit 0' "$(terminal expect:'# ' 'type:\x10\x11' -- run --name t1 -it bb:1 sh)"
is 'it runs on' t1 "$(sd ps --format '{{.Names}}')"
is 'attach again, and away: docker says 1 then' 'exit 1' \
	"$(terminal 'type:echo again$((1+1))\r' expect:again2 'type:\x10\x11' expect:'read escape sequence' -- attach t1)"
is 'exec -it: a shell, its size, its status' 'exit 4' \
	"$(terminal expect:'# ' 'type:until stty size | grep "20 70"; do sleep 0.1; done\r' expect:$'\n20 70' 'type:until stty size | grep "44 88"; do sleep 0.1; done\r' sized:44x88:$'\n44 88' 'type:exit 4\r' \
		-- exec -it t1 sh)"
is 'start -ai' 'exit 0' "$(sd stop -t 0 t1 >/dev/null
	terminal 'type:echo third$((1+2))\r' expect:third3 'type:exit 0\r' -- start -ai t1)"
is 'the record knows the terminal' yes \
	"$(records operation=container.attach phase=intent | grep -q '"ttyname":"/dev/pts/[0-9]*"' && echo yes)"
sd rm t1 >/dev/null

# Without a terminal of the container's: ^C is the CLI's, which sends the signal on.
is 'run: ^C becomes a signal' 'exit 130' \
	"$(terminal expect:started 'type:\x03' -- run --rm bb:1 sh -c 'trap "exit 130" INT; echo started; while :; do sleep 0.1; done')"

# Streams: both, whole, in order; the end of standard input arrives.
run sd run --rm bb:1 sh -c 'echo out; echo err >&2'
is 'both streams' 'err out' "$(sort <<<"$OUT" | paste -sd' ')"
is 'only standard output' out "$(sd run --rm bb:1 sh -c 'echo out; echo err >&2' 2>/dev/null)"
sum=$(seq 400000 | md5sum)
is 'megabytes through run -i' "$sum" "$(seq 400000 | sd run --rm -i bb:1 cat | md5sum)"
sd run -d --name s1 bb:1 sleep 1000 >/dev/null
is 'megabytes through exec -i' "$sum" "$(seq 400000 | sd exec -i s1 cat | md5sum)"
is 'bytes of every value' "$(seq 0 255 | awk '{ printf "%c", $1 }' | md5sum)" \
	"$(seq 0 255 | awk '{ printf "%c", $1 }' | sd run --rm -i bb:1 cat | md5sum)"
is 'the input'\''s end arrives, and what comes after it is heard' 'read after' \
	"$(printf read | sd run --rm -i bb:1 sh -c 'cat; sleep 1; echo " after"')"
is 'a reader that goes away ends it' 0 "$(sd run --rm --name y1 bb:1 sh -c 'while :; do echo y; done' 2>/dev/null | head -n 1 | grep -vc y)"
# docker leaves the container to itself then; so it is here.
sd rm -f y1 >/dev/null
sd logs -f s1 >"$SD_WORK/followed" 2>&1 &
job=$!
sd stop -t 0 s1 >/dev/null
wait "$job"
is 'logs -f ends with the container' 0 $?
sd rm s1 >/dev/null

sd run -d --name l1 bb:1 sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done; sleep 1000' >/dev/null
waits 'logs: everything' eval '[ "$(sd logs l1 | wc -l)" = 3000 ]'
is 'logs --tail' 'line 3000' "$(sd logs --tail 1 l1)"
has 'logs --timestamps' "$(sd logs --tail 1 -t l1)" Z
is 'logs --since: nothing' '' "$(sd logs --since 2099-01-01T00:00:00Z l1)"
sd rm -f l1 >/dev/null

# A signal from outside, as job schedulers send it.
setsid setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i HOME=/tmp PATH=/usr/bin:/bin \
	"$SAFEDOCKER" run --rm --name g1 bb:1 sh -c 'trap "echo got; exit 9" TERM; echo up; while :; do sleep 0.1; done' \
	>"$SD_WORK/signalled" 2>&1 &
job=$!
waits 'SIGTERM: it is up' grep -q up "$SD_WORK/signalled"
kill -s TERM "$job"
wait "$job"
is 'SIGTERM is passed on, and the status is the container'\''s' 9 $?
has 'SIGTERM: the container got it' "$(cat "$SD_WORK/signalled")" got

# Every docker command line on this machine, through a helper started without the front end.
serve() { as "$SD_ALICE" python3 "$SD_HERE/serve.py" "$HELPER" "$@"; }
for cli in $(type -ap docker | xargs -n 1 readlink -f | sort -u); do
	version=$("$cli" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
	allowed "docker $version: version" serve "$cli" version
	allowed "docker $version: info" serve "$cli" info
	allowed "docker $version: run" serve "$cli" run --rm bb:1 id -u
	is "docker $version: run as root, who is the caller" 0 "$OUT"
	run serve "$cli" run --rm bb:1 sh -c 'exit 7'
	is "docker $version: the status" 7 "$STATUS"
	is "docker $version: run -i" 'in' "$(echo in | serve "$cli" run --rm -i bb:1 cat)"
	allowed "docker $version: run -d" serve "$cli" run -d --name "v1" bb:1 sh -c 'echo said; exec sleep 1000'
	is "docker $version: ps" v1 "$(serve "$cli" ps --format '{{.Names}}')"
	is "docker $version: exec" 0 "$(serve "$cli" exec v1 id -u)"
	is "docker $version: exec -i" 'in' "$(echo in | serve "$cli" exec -i v1 cat)"
	is "docker $version: exec -u" 4242 "$(serve "$cli" exec -u 4242 v1 id -u)"
	is "docker $version: logs" said "$(serve "$cli" logs v1)"
	allowed "docker $version: inspect" serve "$cli" inspect v1
	allowed "docker $version: images" serve "$cli" images
	allowed "docker $version: image inspect" serve "$cli" image inspect bb:1
	allowed "docker $version: create" serve "$cli" create --name v2 -e A=b -w /tmp -v /fresh --memory 64m bb:1 true
	allowed "docker $version: start -a" serve "$cli" start -a v2
	is "docker $version: wait" 0 "$(serve "$cli" wait v2)"
	allowed "docker $version: rename" serve "$cli" rename v2 v3
	allowed "docker $version: restart" serve "$cli" restart -t 0 v1
	allowed "docker $version: kill" serve "$cli" kill v1
	allowed "docker $version: stop" serve "$cli" stop -t 0 v1
	allowed "docker $version: rm" serve "$cli" rm v1 v3
	denied "docker $version: --privileged" --privileged serve "$cli" run --rm --privileged bb:1 true
	has "docker $version: the denial is shown" "$OUT" 'logged as '
	denied "docker $version: -v /:/host" "it is the host's own" serve "$cli" run --rm -v /:/host bb:1 true
	is "docker $version: run -it" 'exit 3' "$(as "$SD_ALICE" python3 "$SD_HERE/terminal.py" size:20x70 expect:'# ' 'type:until stty size | grep "20 70"; do sleep 0.1; done\r' expect:$'\n20 70' \
		'type:exit 3\r' -- /usr/bin/python3 "$SD_HERE/serve.py" "$HELPER" "$cli" run --rm -it bb:1 sh)"
	if [ "${SD_REGISTRY:-}" = yes ]; then
		allowed "docker $version: pull" serve "$cli" pull 127.0.0.1:5000/team/bb:1
		engine rmi 127.0.0.1:5000/team/bb:1 >/dev/null
	else
		skip "docker $version: pull" 'docker-registry does not run here'
	fi
done
