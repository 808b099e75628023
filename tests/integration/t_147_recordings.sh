# SPDX-License-Identifier: GPL-2.0-or-later
# record = yes: what a terminal shows is recorded before it is shown, out of its user's reach, and replayed.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"
. "$SD_HERE/password.sh"

RECORDINGS=/var/log/safedocker/recordings
recorded() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday

		[strong debug]
		users = $SD_ALICE, $SD_BOB
		verbs = run, create, exec, attach, start, ps, rm
		flags = @everyday, --privileged
		root = open
		reason = optional
		password = no
		$1
	END
}
# The newest recording's name, as the record has it.
newest() { records | sed -n 's/.*"recording":"\([^"]*\)".*/\1/p' | tail -1; }
# cast NAME [KIND]: what it holds of a kind, by root's word
cast() { env -i PATH="$PATH" "$SAFEDOCKER" audit replay --json "$1" | python3 "$SD_HERE/cast.py" "${@:2}"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
files() { find "$RECORDINGS" -type f | wc -l; }

# --- what is recorded ------------------------------------------------------------------------
recorded ''
sd --as debug run --rm bb:1 true >/dev/null 2>&1
is 'a rule that does not ask for it: nothing is recorded' 0 "$(files)"

recorded 'record = yes'
sd run --rm bb:1 echo everyday >/dev/null
is 'nor under an everyday rule' 0 "$(files)"

# Without a terminal: two streams in frames. The file is what was seen, byte for byte.
sd --as debug run --rm bb:1 sh -c 'echo out; echo "ä€𝄞"; printf "\033[1mbold\033[m\007"' \
	>"$SD_WORK/seen" </dev/null
one=$(newest)
has 'the record names it' "$one" "$(uid)-"
is 'it is one file' 1 "$(files)"
is 'what was seen is in it' "$(hex <"$SD_WORK/seen")" \
	"$(cast "$one" | hex)"
is 'its first line says by what rule' "$SD_ALICE under debug" "$(cast "$one" header title)"
has 'and what was claimed' "$(cast "$one" header command)" 'run --rm bb:1 sh -c'
is 'intent, outcome and end of the stream name it' 3 "$(count operation=container.attach "recording=$one")"
is 'no input is in it' '' "$(cast "$one" i)"

sd --as debug run --rm bb:1 sh -c 'echo error >&2; echo out' >/dev/null 2>&1 </dev/null
is 'both of its streams are' $'error\nout' "$(cast "$(newest)" | sort)"

# Characters in two pieces, and bytes that are no characters.
sd --as debug run --rm bb:1 sh -c 'printf "\303"; sleep 1; printf "\251 \377 \342\202"' >/dev/null </dev/null
is 'a character in two pieces is one; what is none is replaced' 'é � ��' "$(cast "$(newest)")"

# With a terminal: its size, what it shows, and another size.
C="$SAFEDOCKER --as debug run -it --rm bb:1 sh"
on_terminal "$SD_ALICE" 'size:31x101' "type:$C\\r" 'expect:is recorded as' 'expect:# ' 'type:echo one two\r' \
	'expect:one two' 'expect:one two' \
	'type:until [ "$(stty size)" = "40 120" ]; do sleep 0.2; done; printf "re%s\\n" sized\r' 'sized:40x120:resized' \
	'type:exit 7\r' 'expect:$ ' 'type:echo =$?\r' 'expect:=7'
good 'a terminal, which says that it is recorded'
two=$(newest)
is 'its size' '101 31' "$(cast "$two" header width) $(cast "$two" header height)"
has 'what was shown' "$(cast "$two")" $'echo one two\r\none two\r\n'
has 'another size is in it' "$(cast "$two" r)" 120x40
is 'what was typed is not' '' "$(cast "$two" i)"

engine run -d --name theirs --label "safedocker.uid=$(uid)" bb:1 sleep 1000 >/dev/null
sd --as debug run -d --name mine bb:1 sh -c 'while sleep 1; do echo tick; done' >/dev/null
on_terminal "$SD_ALICE" "type:$SAFEDOCKER --as debug exec -it mine sh\\r" 'expect:# ' 'type:echo in an exec\r' \
	'expect:in an exec' 'expect:in an exec' 'type:exit\r' 'expect:$ '
good 'an exec'
has 'what it showed' "$(cast "$(newest)")" $'in an exec\r\nin an exec'
is 'and another without a terminal' piped "$(echo piped | sd --as debug exec -i mine cat)"
is 'what it said' piped "$(cast "$(newest)")"
timeout -s INT 4 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i HOME="$SD_WORK/$SD_ALICE" \
	PATH=/usr/bin:/bin "$SAFEDOCKER" --as debug attach --no-stdin --sig-proxy=false mine >"$SD_WORK/ticks" 2>/dev/null
has 'an attach' "$(cast "$(newest)")" tick
is 'as it was seen' "$(cat "$SD_WORK/ticks")" "$(cast "$(newest)")"
n=$(files)
sd --as debug exec -d mine true
is 'one that is left alone has a file and nothing in it' "$((n + 1)) " "$(files) $(cast "$(newest)")"
sd explain run bb:1 >/dev/null
is 'what is explained has none' $((n + 1)) "$(files)"
engine rm -f mine theirs >/dev/null

recorded 'record = with-input'
echo secret | sd --as debug run -i --rm bb:1 cat >/dev/null
is 'with-input: what was typed' secret "$(cast "$(newest)" i)"
is 'beside what was shown' secret "$(cast "$(newest)")"

# --- who sees it ---------------------------------------------------------------------------------
recorded 'record = yes'
is 'it is out of reach' 'Permission denied' "$(alice cat "$RECORDINGS/$one.cast" 2>&1 | sed 's/.*: //')"
is 'to be listed' 'Permission denied' "$(alice ls "$RECORDINGS" 2>&1 | sed 's/.*: //')"
denied 'to be written' 'Permission denied' alice sh -c "echo x >>$RECORDINGS/$one.cast"
denied 'to be made writable' 'Permission denied' alice chmod 0600 "$RECORDINGS/$one.cast"
denied 'to be removed' 'Permission denied' alice rm -f "$RECORDINGS/$one.cast"
denied 'to be replaced' 'Permission denied' alice mv "$RECORDINGS/$one.cast" "$RECORDINGS/x.cast"
is 'only read by its group' "docker 440" "$(stat -c '%G %a' "$RECORDINGS/$one.cast")"

id=$(records operation=container.attach phase=intent "recording=$one" | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
made=$(records operation=container.create phase=intent "recording=$one" | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
run sd audit replay "$id"
is 'its user replays it, by the id of the stream' "$(cat "$RECORDINGS/$one.cast")" "$OUT"
run sd audit replay "$made"
is 'of another operation of that command' "$(cat "$RECORDINGS/$one.cast")" "$OUT"
run sd audit replay "$one"
is 'and by its own name' "$(cat "$RECORDINGS/$one.cast")" "$OUT"
denied 'nobody else, by the id' 'there is no record' sd_bob audit replay "$id"
denied 'nor by the name' 'no such recording that you may see' sd_bob audit replay "$one"
denied 'nor by the program itself' 'no such recording that you may see' bob "$RECORD" recording "$one"
usermod -aG adm "$SD_BOB"
run sd_bob audit replay "$one"
is 'but group adm' "$(cat "$RECORDINGS/$one.cast")" "$OUT"
gpasswd -d "$SD_BOB" adm >/dev/null
for name in "../$one" "$one/" "0$one" "${one%?}" "$one.cast" "${one%-*}-${one#*-}x" -; do
	denied "no name: $name" 'no such recording' alice "$RECORD" recording "$name"
done
denied 'the helper reads no recording' usage alice "$HELPER" --recording "$one"
everyday
sd run --rm bb:1 true
denied 'what was not recorded' 'nothing was recorded' sd audit replay \
	"$(records operation=container.create phase=intent rule=everyday | tail -1 | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')"
denied 'no such id' 'there is no record' sd audit replay 0123456789abcdef
denied 'no speed' Usage sd audit replay --speed fast "$one"
denied 'no id' Usage sd audit replay

# Root's timer takes it over.
is 'it is its user'\''s until then' "$SD_ALICE" "$(stat -c %U "$RECORDINGS/$one.cast")"
allowed 'reap' "$SD_PREFIX/sbin/safedocker-reap" "$SD_ENGINE"
is 'then root'\''s' root "$(stat -c %U "$RECORDINGS/$one.cast")"
run sd audit replay "$one"
is 'and still replayed by its user' "$(cat "$RECORDINGS/$one.cast")" "$OUT"

# On a terminal it is shown, as far as it cannot reach beyond the screen.
recorded 'record = yes'
sd --as debug run --rm bb:1 sh -c 'printf "plain \033[1mbold\033[m \033]0;title\007\033[6n\033[c\033]52;c;eA==\007done\n"' >/dev/null
# shellcheck disable=SC2016
on_terminal "$SD_ALICE" "type:$SAFEDOCKER audit replay --speed 10 --max-wait=0.1 $(newest) >/dev/tty; echo =\$?\\r" \
	'expect:plain ' $'expect:\033[1mbold\033[m done' 'expect:=0'
good 'on a terminal'
lacks 'no title, no clipboard, no question' "$OUT" title

# --- what cannot be recorded is not passed on ------------------------------------------------------
recorded $'record = yes\nrecord-max = 4k'
sd --as debug run --rm bb:1 sh -c 'sleep 1; for i in 1 2 3; do head -c 2000 /dev/zero; sleep 1; done' >"$SD_WORK/seen" 2>"$SD_WORK/errors"
full=$(newest)
at_most 'a recording has its size' 4096 "$(stat -c %s "$RECORDINGS/$full.cast")"
has 'full: that is said' "$(cat "$SD_WORK/errors")" 'safedocker: the stream ends here: the recording is full (record-max, 4096 bytes)'
at_most 'no more was seen than was recorded' "$(cast "$full" | wc -c)" "$(wc -c <"$SD_WORK/seen")"
says_why() { [ "$(count operation=container.attach phase=end 'ended=the recording is full (record-max, 4096 bytes)')" = 1 ]; }
waits 'the end says why' says_why
on_terminal "$SD_ALICE" "type:$SAFEDOCKER --as debug run -it --rm bb:1 sh -c 'sleep 1; head -c 5000 /dev/zero; sleep 2'\\r" \
	'expect:the stream ends here: the recording is full' 'expect:$ '
good 'on a terminal it is said as well'
engine ps -aq | xargs -r docker -H "unix://$SD_ENGINE" rm -f >/dev/null

recorded 'record = yes'
# removed NAME WHAT: a stream under way, to whose recording root does WHAT
meanwhile() {
	rm -f "$SD_WORK/$SD_ALICE/go"
	sd --as debug run --name meanwhile bb:1 sh -c 'echo begun; while sleep 1; do echo tick; head -c 400 /dev/zero; done' >"$SD_WORK/seen" 2>&1 &
	local job=$!
	waits "$1: begun" grep -aq begun "$SD_WORK/seen"
	${2}
	waits "$1: it ends, and says why" grep -aq "$3" "$SD_WORK/seen"
	engine rm -f meanwhile >/dev/null
	wait $job
}
gone() { rm "$RECORDINGS/$(newest).cast"; }
meanwhile 'a recording that is removed' gone 'the recording was removed'
mount -t tmpfs -o size=16k,mode=1730,gid="$(getent group docker | cut -d: -f3)" tmpfs "$RECORDINGS"
fill() { head -c 100000 /dev/zero >"$RECORDINGS/fill" 2>/dev/null; }
meanwhile 'a full disk' fill 'the recording cannot be written'
denied 'on a full disk none begins' 'the recording can' sd --as debug run --rm bb:1 true
umount "$RECORDINGS"

# A rule that records since the helper was started: no stream without a recording.
recorded ''
sd --as debug run -d --name late bb:1 sleep 1000 >/dev/null
cat >"$SD_WORK/late.py" <<'END'
import os, socket, subprocess, sys, time
helper, home = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(home + "/late")
listener.listen()
process = subprocess.Popen([helper, "--until-parent-ends", "--as", "debug"], stdin=listener, stdout=subprocess.PIPE)
process.stdout.readline()
for word in ("before", "behind"):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(home + "/late")
    peer.sendall(b"POST /v1.41/containers/late/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n"
                 b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
    print(word, peer.recv(4096).decode("latin-1"), flush=True)
    while word == "before" and not os.path.exists(home + "/go"):
        time.sleep(0.1)
END
rm -f "$SD_WORK/$SD_ALICE/go"
alice python3 "$SD_WORK/late.py" "$HELPER" "$SD_WORK/$SD_ALICE" >"$SD_WORK/seen" 2>&1 &
job=$!
waits 'an attach as long as the rule records nothing' grep -aq 'before HTTP/1.1 101' "$SD_WORK/seen"
recorded 'record = yes'
alice touch "$SD_WORK/$SD_ALICE/go"
wait $job
has 'a rule that records since: none' "$(cat "$SD_WORK/seen")" 'behind HTTP/1.1 403'
has 'which is said' "$(cat "$SD_WORK/seen")" 'the policy wants a recording now; give the command again'
engine rm -f late >/dev/null

# no_place NAME WHAT: root does WHAT, and nothing is done under the rule
no_place() {
	${2}
	has "$1: doctor finds it" "$(env -i PATH="$PATH" "$SAFEDOCKER" doctor 2>&1)" 'recordings: wanted a directory'
	denied "$1" 'recordings must be a directory, root:docker 1730' sd --as debug run --rm bb:1 true
	rm -rf "$RECORDINGS"
	install -d -m 1730 -g docker "$RECORDINGS"
}
nothing() { rm -rf "$RECORDINGS"; }
open_to_all() { chmod 1777 "$RECORDINGS"; }
of_alice() { chown "$SD_ALICE" "$RECORDINGS"; }
a_link() { rm -rf "$RECORDINGS"; ln -s /tmp "$RECORDINGS"; }
no_place 'no directory' nothing
no_place 'one that is open to all' open_to_all
no_place 'one of a user' of_alice
no_place 'a link' a_link
denied 'a limit of file sizes' 'the limit FSIZE' alice sh -c "ulimit -f 8; exec $SAFEDOCKER --as debug run --rm bb:1 true"
is 'each refusal has its record' 6 "$(count decision=deny as=debug | head -1)"
is 'nothing is left' 0 "$(containers)"
