# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The installed configuration of logrotate, by logrotate itself, while records are written.
. "$SD_HERE/lib.sh"

LOGROTATE=${SD_LOGROTATE:-$(command -v logrotate)}
if [ -z "$LOGROTATE" ] || ! "$LOGROTATE" --version >/dev/null 2>&1; then
	skip 'all of it' 'logrotate is not installed here'
	exit 0
fi
CONFIG=/etc/logrotate.d/safedocker
if [ ! -e "$CONFIG" ]; then
	skip 'all of it' 'its configuration is not installed'
	exit 0
fi
id=$(printf 'a%.0s' $(seq 64))
answer='{"Id":"'$id'","Warnings":[]}'
stand_in "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${#answer}\r\n\r\n$answer" "${looked_up[@]}"
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
rotate() { "$LOGROTATE" -f -s "$SD_WORK/rotated" "$CONFIG" 2>&1; }

new_log
: >"$SEEN"
alice python3 "$SD_HERE/../hostile/writers.py" "$HELPER" 8 8 30 >"$SD_WORK/writers" &
job=$!
waits 'records are written' grep -q '"phase":"outcome"' "$LOG"
said='' n=0
# Twelve are kept: no more than that, so that none of them is thrown away.
while [ $n -lt 10 ] && kill -0 $job 2>/dev/null; do
	# An empty file would not be rotated.
	[ -s "$LOG" ] && said+=$(rotate) && n=$((n + 1))
	sleep 0.3
done
wait $job
is 'logrotate finds nothing amiss' '' "$said"
at_least 'it was rotated while they wrote' 1 $n
cat "$LOG".* "$LOG" >"$SD_WORK/all" 2>/dev/null
kept() { python3 "$SD_HERE/records.py" "$SD_WORK/all" "$@"; }
sent=$(grep -ac 'POST /v1.41/containers/create' "$SEEN")
at_least 'most were served' 100 "$sent"
at_least 'what went on has its intent' "$sent" "$(kept phase=intent operation=container.create | wc -l)"
# One whose record was taken away before its last byte is broken off, and begun anew.
is 'who was told that it is made has an outcome' "$(sed -n 's/^201 //p' "$SD_WORK/writers")" \
	"$(kept phase=outcome operation=container.create status=201 | wc -l)"
is 'every intent has its outcome, and the other way round' '0 0' "$(kept operation=container.create | python3 -c '
import json, sys
intents, outcomes = set(), set()
for line in sys.stdin:
	record = json.loads(line)
	(intents if record["phase"] == "intent" else outcomes if record["phase"] == "outcome" else set()).add(record["id"])
print(len(intents - outcomes), len(outcomes - intents))')"
is 'no line is torn' '' "$(kept 2>&1 >/dev/null)"

# A quick machine has them done before it was rotated often.
for _ in 1 2; do
	api "$SD_ALICE" 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' recv >/dev/null
	rotate >/dev/null
done
is 'what is new is as it was' 'root:docker 660' "$(stat -c '%U:%G %a' "$LOG")"
is 'the last two are not packed' "$LOG.1 $LOG.2" "$(echo "$LOG".[12])"
stand_down
everyday
new_log
allowed 'work goes on' sd create --name kept bb:1
rotate >/dev/null
allowed 'behind another rotation too' sd rm kept
run env -i PATH="$PATH" "$SAFEDOCKER" audit --json
has 'what was before it is read as well' "$OUT" '"operation":"container.create"'
has 'and what is behind it' "$OUT" '"operation":"container.remove"'

# Group adm reads the file by itself, where there are access lists.
if command -v setfacl >/dev/null && setfacl -m g:adm:r "$SD_WORK/all" 2>/dev/null && getent group adm >/dev/null; then
	usermod -aG adm "$SD_BOB"
	allowed 'group adm reads the new file' bob grep -q container.remove "$LOG"
	denied 'it does not write to it' 'Permission denied' bob sh -c "echo x >>$LOG"
	denied 'nobody else reads it' 'Permission denied' alice cat "$LOG"
	allowed 'the helper takes the file as it is' sd create bb:1
	run env -i PATH="$PATH" "$SAFEDOCKER" doctor
	lacks 'doctor has nothing against it' "$OUT" record-acl
	chattr -a "$LOG" 2>/dev/null
	setfacl -m "u:$SD_ALICE:r" "$LOG"
	run env -i PATH="$PATH" "$SAFEDOCKER" doctor --json
	has 'but against anybody else in it' "$OUT" record-acl
	gpasswd -d "$SD_BOB" adm >/dev/null
else
	skip 'the access list' 'there are none here'
fi
rm -f "$LOG".*
