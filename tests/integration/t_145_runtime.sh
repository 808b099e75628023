# SPDX-License-Identifier: GPL-2.0-or-later
# max-runtime: what is made under it is stopped at its end by root's timer, and by nothing else to be escaped.
# shellcheck shell=bash disable=SC2016
. "$SD_HERE/lib.sh"

REAP=$SD_PREFIX/sbin/safedocker-reap
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[strong short]
	users = $SD_ALICE
	verbs = run, create, start, restart
	flags = @everyday
	reason = optional
	password = no
	max-runtime = 1m
END
allowed 'a container' sd --as short run -d --name short bb:1 sleep 1000
ends=$(engine inspect --format '{{index .Config.Labels "safedocker.ends"}}' short)
at_least 'its end is written on it' "$(date +%s)" "$ends"
at_most 'a minute from now' "$(($(date +%s) + 60))" "$ends"
denied 'a restart policy' 'denied: --restart=always' sd --as short run -d --restart=always bb:1 sleep 1000
denied 'the label is nobody else'"'"'s to set' "are safedocker's own" sd create -l safedocker.ends=1 bb:1
allowed 'one made without the rule' sd create --name long bb:1 sleep 1000
denied 'is not started under it' 'was not made under it' sd --as short start long
allowed 'reap' "$REAP" "$SD_ENGINE"
is 'before its end it runs' true "$(engine inspect --format '{{.State.Running}}' short)"

# A container whose end is past, as it is after a minute.
engine create --name over --label safedocker.ends=1 --label "safedocker.uid=$(uid)" --restart=always bb:1 sleep 1000 >/dev/null
engine start over >/dev/null
engine run -d --name other --label safedocker.x=1 bb:1 sleep 1000 >/dev/null
engine pause over >/dev/null
allowed 'reap again' "$REAP" "$SD_ENGINE"
is 'it is stopped, paused or not' false "$(engine inspect --format '{{.State.Running}}' over)"
is 'and does not come back' no "$(engine inspect --format '{{.HostConfig.RestartPolicy.Name}}' over)"
is 'nothing else is' true "$(engine inspect --format '{{.State.Running}}' other)"
denied 'only root runs it' 'root runs this' alice "$REAP"

# A restart of the engine is no way to outlive it: neither where it takes the containers with it, nor by a policy
# that brings them back.
remove_all
for name in back over; do
	ends=$([ $name = over ] && echo 1 || echo $(($(date +%s) + 3600)))
	engine create --name $name --label "safedocker.ends=$ends" --label "safedocker.uid=$(uid)" --restart=always bb:1 sleep 1000 \
		>/dev/null
	engine start $name >/dev/null
done
is 'the engine is started again' yes "$(restart_engine && echo yes)"
waits 'it brings the container back' eval '[ "$(engine inspect --format "{{.State.Running}}" over)" = true ]'
allowed 'reap' "$REAP" "$SD_ENGINE"
is 'its time is over all the same' false "$(engine inspect --format '{{.State.Running}}' over)"
is 'for good' no "$(engine inspect --format '{{.HostConfig.RestartPolicy.Name}}' over)"
is 'one whose time is not over goes on' true "$(engine inspect --format '{{.State.Running}}' back)"
is 'the engine is started once more' yes "$(restart_engine && echo yes)"
waits 'which brings that one back' eval '[ "$(engine inspect --format "{{.State.Running}}" back)" = true ]'
is 'and not the other' false "$(engine inspect --format '{{.State.Running}}' over)"
remove_all
allowed 'a container under the rule' sd --as short run -d --name short bb:1 sleep 1000
ends=$(engine inspect --format '{{index .Config.Labels "safedocker.ends"}}' short)
is 'a restart' yes "$(restart_engine && echo yes)"
is 'changes nothing of its end' "$ends" "$(engine inspect --format '{{index .Config.Labels "safedocker.ends"}}' short)"
allowed 'it may be started again' sd --as short start short
is 'for no longer than before' "$ends" "$(engine inspect --format '{{index .Config.Labels "safedocker.ends"}}' short)"

# Whose account has no password.
passwd -d "$SD_ALICE" >/dev/null
echo "$SD_BOB:some-Horse-9" | chpasswd
passwd -l "$SD_BOB" >/dev/null
"$REAP" "$SD_ENGINE"
is 'an account without a password is listed' 1 "$(grep -cx "$(uid)" /run/safedocker/passwordless)"
is 'one whose password is locked is not' 0 "$(grep -cx "$(uid "$SD_BOB")" /run/safedocker/passwordless)"
is 'the list is for the helper alone' 'root:docker 640' "$(stat -c '%U:%G %a' /run/safedocker/passwordless)"
is 'the tickets have their directory' 'root:docker 1730' "$(stat -c '%U:%G %a' /run/safedocker/ts)"

# A stream's beginning is its outcome; its end is a record of its own.
new_log
sd run --rm bb:1 true >/dev/null
has_ended() { [ "$(count operation=container.attach phase=end)" = 1 ]; }
waits 'the end of the stream is recorded' has_ended
is 'behind its outcome' 1 "$(count operation=container.attach phase=outcome status=101)"
