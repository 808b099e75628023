#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# What was allowed a moment ago, to processes that live, idle, stream or are stopped.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

narrowed() {
	policy <<-POLICY
		[rule everyday]
		users = %safedocker
		verbs = ps
		flags = @everyday
	POLICY
}
network='json:POST:/v1.41/networks/create:{"Name":"NAME"}'
networks() { engine network ls -q -f name=rv | wc -l; }

statement V1 'a narrowed rule: the next request is judged anew'
talk "${network/NAME/rv1}" recv sh:here "${network/NAME/rv2}" recv new "${network/NAME/rv3}" recv
hear
is 'before' 201 "${HEARD%% *}"
hear
narrowed
go && hear
lacks 'an idle connection' "$HEARD" '201 '
hear
is 'and the next one' 403 "${HEARD%% *}"
hang_up
is 'nothing was made' 1 "$(networks)"
everyday

# In the middle of a request: its first half was sent under the old rule.
part='{"Name":"rv4"}'
head="POST /v1.41/networks/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${#part}\r\n\r\n"
talk "send:$head{\"Name\":" sh:half "send:\"rv4\"}" recv
hear
narrowed
go && hear
hang_up
has 'half a body' "$HEARD" 'denied: network create'
is 'is not made whole' 1 "$(networks)"
everyday

statement 12 'SIGSTOP from the first half of a request until behind the change'
talk "send:$head{\"Name\":" sh:half "send:\"rv4\"}" sh:sent recv
hear
worker=$(pgrep -P "$(pgrep -u "$SD_ALICE" -o -f "^$HELPER")")
gatekeeper=$(pgrep -u "$SD_ALICE" -o -f "^$HELPER")
alice kill -STOP "$worker" "$gatekeeper"
go && hear
narrowed
sleep 2
alice kill -CONT "$worker" "$gatekeeper"
go && hear
hang_up
has 'stopped meanwhile' "$HEARD" 'denied: network create'
is 'nothing was made' 1 "$(networks)"
everyday

statement V2 'out of the group: at once, though the process is in it for as long as it lives'
talk "${network/NAME/rv5}" recv sh:here "${network/NAME/rv6}" recv new "${network/NAME/rv7}" recv
hear
is 'as a member' 201 "${HEARD%% *}"
hear
gpasswd -d "$SD_ALICE" safedocker >/dev/null
go && hear
lacks 'an idle connection' "$HEARD" '201 '
hear
is 'and the next one' 403 "${HEARD%% *}"
hang_up
denied 'and a new helper, whose kernel list still has the group' 'no rule' \
	setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --groups "$(getent group safedocker | cut -d: -f3)" \
	env -i HOME="$SD_WORK/$SD_ALICE" PATH=/usr/bin:/bin "$SAFEDOCKER" network create rv8
usermod -aG safedocker "$SD_ALICE"
is 'nothing was made' 2 "$(networks)"

statement V3 'an `until` that is reached'
# until SECONDS: the everyday rule, for that long from now
until_in() {
	policy <<-POLICY
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		until = $(date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ)
	POLICY
}
sd run -d --name talker bb:1 sh -c 'while :; do echo x; sleep 0.2; done' >/dev/null
sd run -d --name silent bb:1 sleep 1000 >/dev/null
until_in 20
sd logs -f talker >/dev/null 2>&1 &
talking=$!
sd logs -f silent >/dev/null 2>&1 &
waiting=$!
# Its input stays open and says nothing.
mkfifo "$SD_WORK/quiet" && exec {quiet}<>"$SD_WORK/quiet"
sd exec -i silent cat >/dev/null 2>&1 <"$SD_WORK/quiet" &
raw=$!
talk get:/_ping recv sh:here "${network/NAME/rv9}" recv new "${network/NAME/rv9}" recv
hear && hear
# Of the client that talks here, not of one that streams.
worker=$(pgrep -P "$(pgrep -P "$(pgrep -u "$SD_ALICE" -n -f client.py)")")
alive() { kill -0 "$1" 2>/dev/null; }
is 'streams are there' 3 "$(for p in $talking $waiting $raw; do alive "$p" && echo x; done | wc -l)"
alice kill -STOP "$worker"
waits 'a stream that talks ends' eval "! kill -0 $talking"
waits 'one that is silent ends' eval "! kill -0 $waiting"
waits 'a raw one ends' eval "! kill -0 $raw"
sleep 2
alice kill -CONT "$worker"
go && hear
lacks 'an idle connection that was stopped over it' "$HEARD" '201 '
hear
is 'and the next one' 403 "${HEARD%% *}"
hang_up
exec {quiet}<&-
rm -f "$SD_WORK/quiet"
is 'nothing was made' 2 "$(networks)"
everyday
engine network ls -q -f name=rv | xargs -r docker -H "unix://$SD_ENGINE" network rm >/dev/null
