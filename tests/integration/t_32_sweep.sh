#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each route that names an object, and each body that does, on what is another user's: by name, by id and by the
# beginning of one the answer is that for what does not exist. The routes are those of the table.
. "$SD_HERE/lib.sh"
ROUTES=$SD_HERE/../../src/docker/route.def
trap 'stand_down; remove_all; engine volume rm hersvol >/dev/null 2>&1; engine network rm hersnet bobsnet >/dev/null 2>&1
engine images -q --filter label=safedocker.uid | sort -u | xargs -r docker -H "unix://$SD_ENGINE" rmi -f >/dev/null; echo "# end"' EXIT
rule() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday, commit, tag, cp
		flags = @everyday
		$*
	END
}
rule
sd volume create hersvol >/dev/null
sd network create hersnet >/dev/null
id=$(sd run -d --name hers --network hersnet -v hersvol:/d bb:1 sleep 1000)
exec_id=$(api "$SD_ALICE" 'json:POST:/v1.41/containers/hers/exec:{"Cmd":["touch","/tmp/done"]}' recv | grep -oE '[0-9a-f]{64}')
net=$(engine network inspect -f '{{.Id}}' hersnet)
sd_bob network create bobsnet >/dev/null
sd_bob run -d --name bobs --network bobsnet bb:1 sleep 1000 >/dev/null
objects=(CONTAINER=hers "CONTAINER=$id" "CONTAINER=${id:0:12}" "CONTAINER=${id:0:8}" "EXEC=$exec_id"
	NETWORK=hersnet "NETWORK=$net" "NETWORK=${net:0:12}" VOLUME=hersvol)
state() {
	engine inspect -f '{{.State.StartedAt}} {{.State.Status}} {{.Name}} {{.HostConfig.CpuShares}}' hers
	engine network inspect -f '{{.Id}} {{range .Containers}}{{.Name}} {{end}}' hersnet
	engine volume inspect -f '{{.Name}}' hersvol
	engine exec hers ls /tmp
}
# As client.py is imported, from a directory that bob may read.
sweep() {
	local user=$1
	shift
	as "$user" env PYTHONDONTWRITEBYTECODE=1 MINE=bobs MINE_NETWORK=bobsnet python3 "$SD_HERE/sweep.py" "$@" 2>&1
}
before=$(state)
OUT=$(sweep "$SD_BOB" theirs "$HELPER" "$ROUTES" "${objects[@]}")
is 'no answer tells another'\''s from nobody'\''s' '' "$(grep -v '^same ' <<<"$OUT")"
routes=$(grep -cE '^ROUTE\(.*, (CONTAINER|EXEC|NETWORK|VOLUME)\)' "$ROUTES")
spellings() { printf '%s\n' "${objects[@]}" | grep -c "^$1="; }
expected=0
for kind in CONTAINER EXEC NETWORK VOLUME; do
	n=$(grep -cE "^ROUTE\(.*, $kind\)" "$ROUTES")
	expected=$((expected + n * $(spellings $kind)))
done
at_least 'routes that name an object' 35 "$routes"
is 'each of them was tried in each spelling' "$expected" "$(grep -c '^same ' <<<"$OUT")"
# Refused by rule, or missing: nothing else.
is 'the answers are 404, or what the rule refuses anyhow' '' \
	"$(grep -vE ' (404|404 .*|403)$' <<<"$OUT")"
at_least 'most are 404' $((expected * 2 / 3)) "$(grep -cE ' 404( .*)?$' <<<"$OUT")"
is 'nothing has happened to hers' "$before" "$(state)"

OUT=$(sweep "$SD_BOB" named "$HELPER" CONTAINER=hers "CONTAINER=$id" "CONTAINER=${id:0:12}" NETWORK=hersnet "NETWORK=$net" \
	"NETWORK=${net:0:12}")
is 'named in a body: no answer tells another'\''s from nobody'\''s' '' "$(grep -v '^same ' <<<"$OUT")"
is 'named in a body: each was tried' $((3 * 9 + 3 * 2)) "$(grep -c '^same ' <<<"$OUT")"
is 'named in a body: none was made' 2 "$(containers)"
is 'nothing has happened to hers by that' "$before" "$(state)"

# The twin: for whom it is, the same routes answer.
OUT=$(sweep "$SD_ALICE" own "$HELPER" "$ROUTES" CONTAINER=hers "CONTAINER=${id:0:12}" "EXEC=$exec_id" NETWORK=hersnet VOLUME=hersvol)
for operation in CONTAINER_INSPECT CONTAINER_LOGS CONTAINER_TOP CONTAINER_STATS EXEC_INSPECT NETWORK_INSPECT VOLUME_INSPECT; do
	has "hers, by herself: $operation" "$(grep "^seen $operation " <<<"$OUT" | grep -oE ' [0-9]+$' | sort -u)" ' 200'
	lacks "hers, by herself: $operation in every spelling" "$(grep "^seen $operation " <<<"$OUT")" ' 404'
done

# A volume's name that is taken cannot be hidden: the same request would make it otherwise.
denied 'a volume of that name' 'is there already and is not yours' sd_bob run --rm -v hersvol:/d bb:1 true
denied 'by --mount' 'is there already and is not yours' sd_bob run --rm --mount type=volume,source=hersvol,target=/d bb:1 true

# --- images: by digest as by name, and nobody moves another's name -----------------------------------------------------
tar -C "$SD_WORK/image" -c . | engine import -c 'LABEL other=yes' - docker.io/other/bb:9 >/dev/null
other=$(engine image inspect -f '{{.Id}}' docker.io/other/bb:9)
known=$(engine image inspect -f '{{.Id}}' bb:1)
rule 'images = docker.io/library/*'
allowed 'a listed image by its id' sd run --rm "$known" true
allowed 'by the beginning of its id' sd run --rm "${known#sha256:}" true
denied 'one that is not listed, by name' 'denied: image' sd run --rm other/bb:9 true
denied 'by its id' 'denied: image' sd run --rm "$other" true
# That could be a name, so it is one.
denied 'by the beginning of its id' 'No such image' sd create --pull never "${other:7:12}" true
denied 'by a name and a digest' 'denied: image' sd run --rm "other/bb@$other" true
denied 'by a listed name and its digest' 'No such image' sd create --pull never "bb@$other"
rule
sd commit hers sdt-hers:1 >/dev/null
hers=$(engine image inspect -f '{{.Id}}' sdt-hers:1)
sd_bob commit bobs sdt-bobs:1 >/dev/null
bobs=$(engine image inspect -f '{{.Id}}' sdt-bobs:1)
denied 'tag over another'\''s name' 'is not yours: take another name' sd_bob tag sdt-bobs:1 sdt-hers:1
denied 'commit over another'\''s name' 'is not yours: take another name' sd_bob commit bobs sdt-hers:1
denied 'another'\''s name is not taken away' 'is not yours' sd_bob rmi sdt-hers:1
denied 'nor by its id' 'is not yours' sd_bob rmi -f "$hers"
sd_bob import - sdt-hers:1 </dev/null >/dev/null 2>&1 && not_ok 'import over another'\''s name' || ok 'import over another'\''s name'
engine save sdt-bobs:1 | sed 's/sdt-bobs:1/sdt-hers:1/g' >"$SD_WORK/load.tar"
chmod 644 "$SD_WORK/load.tar"
sd_bob load -i "$SD_WORK/load.tar" >/dev/null 2>&1
is 'her name stands for her image' "$hers" "$(engine image inspect -f '{{.Id}}' sdt-hers:1)"
is 'and his for his' "$bobs" "$(engine image inspect -f '{{.Id}}' sdt-bobs:1)"
allowed 'his own name is his' sd_bob tag sdt-bobs:1 sdt-bobs:2
allowed 'and goes' sd_bob rmi sdt-bobs:2
engine rmi docker.io/other/bb:9 >/dev/null
