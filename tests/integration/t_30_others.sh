#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A neighbour's containers, and root's, do not exist.
. "$SD_HERE/lib.sh"

id=$(sd run -d --name hers bb:1 sleep 1000)
exec_id=$(api "$SD_ALICE" "json:POST:/v1.41/containers/hers/exec:{\"Cmd\":[\"sleep\",\"1\"]}" recv | sed -E 's/.*"Id":"([0-9a-f]+)".*/\1/')
engine run -d --name roots bb:1 sleep 1000 >/dev/null
engine run -d --name forged --label "safedocker.uid=$(uid "$SD_BOB")" bb:1 sleep 1000 >/dev/null
engine create --name inherited bb:label sleep 1000 >/dev/null

is 'bob sees none' '' "$(sd_bob ps -aq --filter name=hers)"
is 'alice sees hers alone' hers "$(sd ps --format '{{.Names}}')"
for name in hers "$id" "${id:0:12}" "${id:0:2}" roots forged inherited; do
	for command in "stop -t 0" kill "restart -t 0" start wait logs "attach --no-stdin" rm "rm -f" "exec NAME true" \
		"rename NAME stolen" inspect; do
		case $command in
		*NAME*) command=${command/NAME/$name} ;;
		*) command="$command $name" ;;
		esac
		# shellcheck disable=SC2086
		run sd_bob $command
		# docker itself takes it lightly when there is nothing to remove by force.
		case $command:$STATUS:$OUT in
		"rm -f $name:"*"No such container: $name"*) ok "bob: $command" ;;
		*:0:*) not_ok "bob: $command" "$OUT" ;;
		*"No such container: $name"* | *"No such object: $name"*) ok "bob: $command" ;;
		*) not_ok "bob: $command" "$OUT" ;;
		esac
	done
done
is 'all of them still run' 'forged hers roots' "$(engine ps --format '{{.Names}}' | sort | xargs)"
run api "$SD_BOB" "json:POST:/v1.41/exec/$exec_id/start:{\"Detach\":true}" recv
is "bob: alice's exec" "404 {\"message\":\"No such exec instance: $exec_id\"}" "$OUT"
run api "$SD_BOB" "get:/v1.41/exec/$exec_id/json" recv
has "bob: alice's exec is not shown" "$OUT" '404 '
run api "$SD_ALICE" "get:/v1.41/exec/$exec_id/json" recv
has 'alice: her exec is' "$OUT" '200 '
run api "$SD_BOB" 'get:/v1.41/containers/hers/json' recv
theirs=$OUT
run api "$SD_BOB" 'get:/v1.41/containers/nobodys/json' recv
is 'theirs and nothing are told apart by the name alone' "${theirs//hers/nobodys}" "$OUT"
for operation in inspect stop kill restart start wait remove rename; do
	tried=$(count phase=denied object=hers submituser="$SD_BOB" operation=container.$operation)
	if [ "$tried" -ge 1 ]; then ok "the try is in the record: $operation"; else not_ok "the try is in the record: $operation"; fi
done

denied 'the name is taken' 'already in use' sd_bob create --name hers bb:1
# A container of alice's that somebody loosened behind safedocker's back can be stopped, not entered.
engine create --name loose --label "safedocker.uid=$(uid)" bb:1 sleep 1000 >/dev/null
denied 'a label alone makes no owner' 'No such container' sd start loose

policy <<-END
	[rule admins]
	users = $SD_BOB
	verbs = @everyday
	flags = @everyday
	scope = all
END
allowed 'scope = all: ps' sd_bob ps -a --format '{{.Names}}'
has 'shows everybody'\''s' "$OUT" hers
allowed 'scope = all: stop' sd_bob stop -t 0 hers
denied 'scope = all: what is not pinned cannot be entered' 'the container is open (root inside is root outside), and the rule has no root = open' sd_bob exec roots true
