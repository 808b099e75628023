#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds that succeed: the classic builder's and BuildKit's under a strong rule, each with its refused twin; and
# that what BuildKit knows a session by is the caller's own.
. "$SD_HERE/lib.sh"
home=$SD_WORK/$SD_ALICE context=$SD_WORK/context

mkdir -p "$context"
printf 'FROM bb:1\nCOPY word /word\nRUN cat /word > /copied\nCMD ["cat", "/copied"]\n' >"$context/Dockerfile"
echo built >"$context/word"
# rule FLAGS
rule() {
	policy <<-END
		[rule builders]
		users = %safedocker
		verbs = @everyday, @build
		flags = @everyday

		[strong make]
		users = %safedocker
		verbs = build
		flags = @everyday${1:+, $1}
		root = open
		reason = optional
		password = no
	END
}
# build KIND USER OPTION…: KIND 0 is the classic builder
build() {
	local kind=$1 user=$2
	shift 2
	as "$user" env DOCKER_BUILDKIT="$kind" timeout -k 5 60 "$SAFEDOCKER" "$@" "$context"
}
# result IMAGE: what it prints
result() { sd run --rm "$1"; }

rule ''
# Whether docker has buildx or not.
denied 'which builder nobody said: the classic one' 'comes with a later version' sd build -t sdt-classic:1 "$context"
denied 'a build without the strong rule' 'comes with a later version' build 0 "$SD_ALICE" build -t sdt-classic:1
new_log
allowed 'a build under it' build 0 "$SD_ALICE" --as make build -t sdt-classic:1
is 'is in the record, before and after' 2 "$(count operation=build.run decision=allow rule=make)"
is 'its steps were run' built "$(result sdt-classic:1)"
is 'the image is the caller'\''s' "$(uid)" "$(engine inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-classic:1)"
denied 'the same name by another' 'is not yours: take another name' build 0 "$SD_BOB" --as make build -t sdt-classic:1
allowed 'anew by the owner' build 0 "$SD_ALICE" --as make build --no-cache -t sdt-classic:1
denied 'the host'\''s network is a flag of its own' 'denied: --network=host' build 0 "$SD_ALICE" --as make build --network host

# Which way docker goes to BuildKit: without buildx it opens a session beside the build; buildx asks the builder
# itself, and opens a session as well.
if alice docker buildx version >/dev/null 2>&1; then
	way=grpc also='--builder=buildkit, '
else
	way=buildkit also=
fi
# refused NAME OPERATION COMMAND…: docker may speak of the session alone, and of that say the status alone
refused() {
	local name=$1 operation=$2
	shift 2
	new_log
	run "$@"
	is "$name" refused "$([ "$STATUS" = 0 ] && echo done || echo refused)"
	at_least "$name: recorded" 1 "$(count "operation=$operation" decision=deny)"
}
if [ "$way" = grpc ] || [ "$SD_ENGINE_API" -lt 44 ]; then
	operation=build.${way/buildkit/session}
	refused 'BuildKit that the strong rule does not list' "$operation" build 1 "$SD_ALICE" --as make build -t sdt-kit:1
	rule "$also--builder=$way"
	refused 'nor does the everyday rule' "$operation" build 1 "$SD_ALICE" build -t sdt-kit:1
	new_log
	allowed "BuildKit, by $way" build 1 "$SD_ALICE" --as make build -t sdt-kit:1
	at_least 'is in the record' 2 "$(count "operation=$operation" decision=allow rule=make)"
	is 'its steps were run' built "$(engine run --rm sdt-kit:1)"
	if [ "$way" = buildkit ]; then
		is 'the image is the caller'\''s' "$(uid)" "$(engine inspect -f '{{index .Config.Labels "safedocker.uid"}}' sdt-kit:1)"
		# Docker's own session is there or not when it is told: it must say why it ends in either case.
		for i in 1 2 3 4 5 6; do
			denied "the host's network, $i" 'denied: --network=host' build 1 "$SD_ALICE" --as make build --network host
		done
		denied 'another'\''s name' 'is not yours: take another name' build 1 "$SD_BOB" --as make build -t sdt-kit:1
		# The files are sent back to the client.
		mkdir "$home/out" && chown "$SD_ALICE": "$home/out"
		denied 'the result as files' 'denied: --output=local' build 1 "$SD_ALICE" --as make build -o "$home/out"
		rule '--builder=buildkit, --output=local'
		allowed 'the result as files, listed' build 1 "$SD_ALICE" --as make build -o "$home/out"
		is 'they are there' built "$(cat "$home/out/copied")"
		is 'and the caller'\''s' "$(uid)" "$(stat -c %u "$home/out/copied")"
		# The context by standard input: two requests that the engine brings together by their words.
		tar_build() { tar -C "$context" -c . | as "$SD_ALICE" env DOCKER_BUILDKIT=1 timeout -k 5 60 "$SAFEDOCKER" --as make build -t sdt-tar:1 -; }
		allowed 'a context from standard input' tar_build
		is 'its steps were run, too' built "$(engine run --rm sdt-tar:1)"
	fi
else
	skip "BuildKit: this docker has no buildx, and opens no session without"
fi

for i in sdt-classic:1 sdt-kit:1 sdt-tar:1; do engine rmi -f "$i"; done >/dev/null 2>&1
engine builder prune -f >/dev/null 2>&1
