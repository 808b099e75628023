#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens between a look-up and the last byte: the policy changes, the client goes. Something of root's stands in
# for the engine, and does it at just that moment.
# shellcheck shell=bash
. "$SD_HERE/lib.sh"
id=$(uid)
container=$(printf 'c%.0s' $(seq 64))
answer='{"Id":"'$container'","Warnings":[]}'
made='HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: '${#answer}'\r\n\r\n'$answer
own=(/containers/mine/json '{"Id":"'"$container"'","Config":{"User":"",
"Labels":{"safedocker.uid":"'"$id"'"}},"HostConfig":{"ContainerIDFile":"safedocker:'"$id"'"},"Mounts":[]}')
stood_in() {
	printf '[engine]\nsocket = %s\n\n[rule %s]\nusers = %%safedocker\nverbs = @everyday\nflags = @everyday\n' \
		"$STAND_IN" "$1" >"$CONF.new"
	printf '\n[strong open]\nusers = %%safedocker\nverbs = cp\nroot = open\nreason = optional\npassword = no\n' >>"$CONF.new"
	mv "$CONF.new" "$CONF"
}

# A large request that is judged anew: it was read by one worker, and is served by the next.
stood_in one
{ cat "$CONF"; echo '# another'; } | sed 's/rule one/rule two/' >"$SD_WORK/changed"
# shellcheck disable=SC2154 # lib.sh's
known=("${looked_up[@]:0:4}")
change=$(printf '|[ ! -e %s/changed ] || mv -f %s/changed %s' "$SD_WORK" "$SD_WORK" "$CONF")
stand_in "$made" "${known[@]}" /info "$change"$'\n''{"SecurityOptions":["name=seccomp,profile=default"]}'
large=$(printf 'x%.0s' $(seq 75000))
body='{"Image":"bb:1","Env":["A='$large'","B='$large'"]}'
printf 'POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
	${#body} "$body" >"$SD_WORK/large"
chmod 644 "$SD_WORK/large"
run api "$SD_ALICE" "file:$SD_WORK/large" brief
has 'a large request that is judged anew is served' "$OUT" '201 {"Id"'
is 'by the rule of today' 1 "$(count operation=container.create phase=intent rule=two)"

# Who sends one byte a moment is asked all the same.
stood_in one
stand_in '' "${own[@]}"
mkdir -p "$SD_WORK/tar" && echo text >"$SD_WORK/tar/first"
tar -C "$SD_WORK/tar" -cf - first | head -c 512 >"$SD_WORK/block"
chmod 644 "$SD_WORK/block"
steps=()
for i in $(seq 12); do steps+=("send:more$i-" sleep:0.4); done
talk --as open "send:PUT /v1.41/containers/mine/archive?path=/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: 10240\r\n\r\n" \
	"file:$SD_WORK/block" sh:sent "${steps[@]}" brief
hear
waits 'an upload begins' grep -q first "$SEEN"
policy <<<''
go
hear
has 'an upload that never rests ends with the policy' "$HEARD" '503 {"message":"safedocker: the policy'

hang_up
lacks 'and what came later went nowhere' "$(tr -d '\0' <"$SEEN")" more8

# A client that goes while its container is being made.
stood_in one
new_log
stand_in "|sleep 3"$'\n'"$made" "${looked_up[@]}"
api "$SD_ALICE" 'json:POST:/v1.41/containers/create:{"Image":"bb:1"}' sleep:1 new sleep:4
is 'the outcome is known, and counted, whoever went' 1 "$(count operation=container.create phase=outcome status=201)"
