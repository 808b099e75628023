#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks: the caller's own, by name and id; nobody else's; nothing of the host's.
. "$SD_HERE/lib.sh"
# How the command line beside this engine says that there is none.
absent() { if [ "$SD_ENGINE_API" -lt 44 ]; then echo "No such network: $1"; else echo "network $1 not found"; fi; }
uid=$(id -u "$SD_ALICE")
sdb() { bob "$SAFEDOCKER" "$@"; }

# The private network, when many ask for it at once who are the first.
for i in $(seq 24); do sd create --name "first$i" bb:1 true >/dev/null 2>"$SD_WORK/first.$i" & done
wait
is 'many first ones at once are all made' 24 "$(engine ps -aq --filter name=first | wc -l)"
is 'and there is one network for them' 1 "$(engine network ls -q --filter "name=^safedocker-net-$uid\$" | wc -l)"
allowed 'which serves' sd start first1
remove_all
engine network rm "safedocker-net-$uid" >/dev/null
new_log
allowed 'network create' sd network create net
id=$(engine network inspect -f '{{.Id}}' net)
is 'is the caller'\''s' "$uid" "$(engine network inspect -f '{{index .Labels "safedocker.uid"}}' net)"
is 'is a bridge' bridge "$(engine network inspect -f '{{.Driver}}' net)"
private=safedocker-net-$uid
allowed 'network ls' sd network ls --format '{{.Name}}'
is 'shows it alone' net "$OUT"
allowed 'network inspect' sd network inspect -f '{{.Name}}' net
allowed 'run --network' sd run -d --name one --network net --network-alias eins bb:1 sleep 1000
is 'joins it' net "$(engine inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}' one)"
allowed 'run --network by id' sd run -d --name two --network "$id" bb:1 sleep 1000
allowed 'and by the beginning of it' sd run --rm --network "${id:0:12}" bb:1 true
allowed 'names are found' sd exec two busybox nslookup one
allowed 'aliases too' sd exec two busybox nslookup eins
allowed 'run --network container:' sd run --rm --network container:one bb:1 busybox ip addr
has 'shares its addresses' "$OUT" "$(engine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' one)"
allowed 'run --pid container:' sd run --rm --pid container:one bb:1 busybox ps
has 'sees its processes' "$OUT" 'sleep 1000'
sd run -d --name shared --ipc shareable bb:1 sleep 1000 >/dev/null
allowed 'run --ipc container:' sd run --rm --ipc container:shared bb:1 true
sd run -d --name plain bb:1 sleep 1000 >/dev/null
allowed 'run --link' sd run --rm --link plain:db bb:1 busybox nslookup db
allowed 'network connect' sd network connect --alias deux net plain
allowed 'is connected' sd exec two busybox nslookup deux
allowed 'network disconnect' sd network disconnect net plain
is 'is not any more' "$private" "$(engine inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}' plain)"
allowed 'network create --internal' sd network create --internal inner
is 'is internal' true "$(engine network inspect -f '{{.Internal}}' inner)"

for flag in '--driver macvlan' '--subnet 8.8.8.0/24' '--gateway 10.9.9.1 --subnet 10.9.9.0/24' '-o com.docker.network.bridge.name=br0' '--ingress' '--scope swarm'; do
	# shellcheck disable=SC2086 # words
	denied "network create $flag" 'denied: --' sd network create $flag evil
done
denied '--network host' 'denied: --network=host' sd run --rm --network host bb:1 true
denied '--network host by its id' 'denied: --network=host' sd run --rm --network "$(engine network inspect -f '{{.Id}}' host)" bb:1 true
denied '--pid host' 'denied: --pid=host' sd run --rm --pid host bb:1 true
denied '--ipc host' 'denied: --ipc=host' sd run --rm --ipc host bb:1 true
engine network create rooted >/dev/null
denied 'root'\''s network' 'denied: --network=rooted' sd run --rm --network rooted bb:1 true
denied 'root'\''s network by id' 'denied: --network=rooted' sd run --rm --network "$(engine network inspect -f '{{.Id}}' rooted)" bb:1 true
sed -i 's/^flags = .*/flags = @everyday, --network=rooted/' "$CONF"
allowed 'root'\''s network, where the rule names it' sd run --rm --network rooted bb:1 true
denied 'no other' 'denied: --network=host' sd run --rm --network host bb:1 true
run sd network connect rooted plain
has 'network connect: it is not there' "$OUT" 'network rooted not found'
everyday

# Somebody else's: the same words as for what is not there.
for name in net "$id" "${id:0:12}"; do
	denied "--network ${name:0:14}" "network $name not found" sdb run --rm --network "$name" bb:1 true
	run sdb network inspect "$name"
	has "inspect ${name:0:14}" "$OUT" "$(absent "$name")"
	denied "rm ${name:0:14}" "$(absent "$name")" sdb network rm "$name"
done
sdb run -d --name his bb:1 sleep 1000 >/dev/null
denied 'network connect of one'\''s own to another'\''s' 'network net not found' sdb network connect net his
sdb network create his >/dev/null
denied 'network connect of another'\''s to one'\''s own' 'No such container: one' sdb network connect his one
denied 'network disconnect of another'\''s' 'network net not found' sdb network disconnect net one
for what in network pid ipc; do
	denied "--$what container: of another's" 'No such container: one' sdb run --rm "--$what" container:one bb:1 true
	denied "--$what container: of nobody" 'No such container: nothing' sdb run --rm "--$what" container:nothing bb:1 true
done
denied '--link of another'\''s' 'No such container: one' sdb run --rm --link one:db bb:1 true
engine run -d --name rootly bb:1 sleep 1000 >/dev/null
for what in network pid ipc; do
	denied "--$what container: of root's" 'No such container: rootly' sd run --rm "--$what" container:rootly bb:1 true
done
is 'network ls: his own' "his safedocker-net-$(id -u "$SD_BOB")" "$(sdb network ls --format '{{.Name}}' | sort | paste -sd' ')"
allowed 'network prune' sdb network prune -f
is 'prunes nothing of another'\''s, and no private one' "inner net $private" "$(sd network ls --format '{{.Name}}' | sort | paste -sd' ')"
denied 'a name that is taken' 'already exists' sdb network create net
lacks 'tells no id' "$OUT" "$id"

# In the default network's place each user has a network of their own.
is 'the default network is a private one' "$private" "$(engine inspect -f '{{.HostConfig.NetworkMode}}' plain)"
is 'of the user'\''s' "$uid" "$(engine network inspect -f '{{index .Labels "safedocker.uid"}}' "$private")"
is 'made with a record of its own' 1 "$(count phase=intent operation=network.create object="$private")"
allowed '--network bridge is the same' sd run -d --name bridged --network bridge bb:1 sh -c 'while :; do echo heard | busybox nc -l -p 7000; done'
is 'is it' "$private" "$(engine inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}' bridged)"
address=$(engine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' bridged)
allowed 'one'\''s own containers reach each other' sd run --rm bb:1 busybox nc -w 5 "$address" 7000
has 'they do' "$OUT" heard
run sdb run --rm bb:1 busybox nc -w 2 "$address" 7000
lacks 'nobody else'\''s do' "$OUT" heard
denied 'a name of that kind is nobody'\''s to give' "safedocker's own" sd network create safedocker-net-0
sd rm -f bridged >/dev/null
is 'the record says by whom' 1 "$(count phase=intent operation=network.create object=net submituser="$SD_ALICE")"

sd rm -f one two shared plain >/dev/null
sdb rm -f his >/dev/null
his=safedocker-net-$(id -u "$SD_BOB")
allowed 'a private network is removed' sdb network rm "$his"
allowed 'and made again' sdb run --rm bb:1 true
is 'is there' "$his" "$(engine network ls --format '{{.Name}}' --filter name="$his")"
sdb network rm "$his" >/dev/null
engine network create "$his" >/dev/null
denied 'one that root made in its place is not taken' 'is not what safedocker made' sdb run --rm bb:1 true
engine network rm "$his" >/dev/null
engine rm -f rootly >/dev/null
# Who else is on it, by root's doing, is not told.
engine run -d --name guest --network net bb:1 sleep 1000 >/dev/null
sd run -d --name member --network net bb:1 sleep 1000 >/dev/null
run sd network inspect -f '{{range .Containers}}{{.Name}} {{end}}' net
is 'network inspect shows the caller'\''s containers alone' 'member ' "$OUT"
is 'and both are there' 'guest member' "$(engine network inspect -f '{{range .Containers}}{{println .Name}}{{end}}' net | sort | xargs)"
sd rm -f member >/dev/null
engine rm -f guest >/dev/null
allowed 'network rm' sd network rm net
allowed 'network rm, several' sd network rm inner
engine network prune -f >/dev/null
