#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images: named, saved, made of containers and archives, removed; and that nobody takes another's name.
. "$SD_HERE/lib.sh"
id=$(uid)
home=$SD_WORK/$SD_ALICE
label() { engine image inspect -f '{{index .Config.Labels "safedocker.uid"}}' "$1"; }
rule() {
	policy <<-END
		[rule everyday]
		users = %safedocker
		verbs = @everyday, commit, tag, $1
		flags = @everyday
	END
}
denied 'commit is not everyday' 'denied: commit' sd commit nothing sdt-mine:1
denied 'nor is tag' 'denied: tag' sd tag bb:1 sdt-mine:1
rule rmi

allowed 'commit' sd run --name c1 bb:1 touch /tmp/made
allowed 'commit' sd commit -m 'a message' -a alice -c 'ENV A=b' c1 sdt-mine:1
is 'the image is the caller'\''s' "$id" "$(label sdt-mine:1)"
is 'the message stands there' 'a message' "$(engine image inspect -f '{{.Comment}}' sdt-mine:1)"
has 'and the change' "$(engine image inspect -f '{{.Config.Env}}' sdt-mine:1)" 'A=b'
allowed 'it runs' sd run --rm sdt-mine:1 ls /tmp/made
denied 'commit over another'\''s name' 'is not yours: take another name' sd commit c1 bb:1
denied 'commit with a label of ours' 'labels beginning with safedocker.' sd commit -c 'LABEL safedocker.uid=0' c1 sdt-mine:2
denied 'commit with a label in pieces' 'NAME=VALUE is expected' sd commit -c "LABEL safe\"docker.uid\"=0" c1 sdt-mine:2
denied 'commit with a step' 'is expected' sd commit -c 'RUN id' c1 sdt-mine:2
engine create --name roots bb:1 true >/dev/null
denied 'commit of a container of root'\''s' 'No such container' sd commit roots sdt-mine:2
denied 'commit of no container' 'No such container' sd commit nothing-there sdt-mine:2

allowed 'tag' sd tag bb:1 sdt-alias:1
denied 'tag over another'\''s name' 'is not yours: take another name' sd tag sdt-mine:1 bb:1
is 'the name still stands for what it did' "$(engine image inspect -f '{{.Id}}' bb:1)" "$(engine image inspect -f '{{.Id}}' sdt-alias:1)"
allowed 'tag over an own name' sd tag sdt-mine:1 sdt-mine:2
denied 'rmi of another'\''s' 'is not yours' sd rmi bb:1
denied 'rmi of another'\''s by its id' 'is not yours' sd rmi -f "$(engine image inspect -f '{{.Id}}' bb:root)"
is 'it is still there' 0 "$(engine image inspect bb:root >/dev/null; echo $?)"
allowed 'rmi of an own name' sd rmi sdt-mine:2
denied 'rmi of what is not there' 'No such image' sd rmi sdt-nothing:1
denied 'bob'\''s rmi of alice'\''s' 'is not yours' sd_bob rmi sdt-mine:1
denied 'bob'\''s tag over alice'\''s' 'is not yours: take another name' sd_bob tag bb:1 sdt-mine:1

allowed 'save' sd save -o "$home/save.tar" bb:1
has 'save gives an archive' "$(tar -tf "$home/save.tar")" manifest.json
allowed 'save of two' sd save -o "$home/two.tar" bb:1 sdt-mine:1
has 'with both names' "$(tar -xOf "$home/two.tar" manifest.json)" sdt-mine:1
denied 'save of what is not there' 'reference does not exist' sd save -o "$home/none.tar" sdt-nothing:1
denied 'load' 'denied: load' sd load -i "$home/save.tar"
allowed 'history' sd history bb:1
allowed 'images' sd images bb
has 'images by name' "$OUT" root

denied 'import is not everyday' 'denied: import' sd import "$home/save.tar" sdt-import:1
rule "import, login, push"
tar -C "$SD_WORK/image" -c . >"$home/root.tar"
allowed 'import' sd import -m 'from outside' "$home/root.tar" sdt-import:1
is 'it is the caller'\''s' "$id" "$(label sdt-import:1)"
allowed 'it runs' sd run --rm sdt-import:1 sh -c 'exit 0'
denied 'import over another'\''s name' 'is not yours: take another name' sd import "$home/root.tar" bb:1
denied 'import from an address' '--remote' sd import http://127.0.0.1:1/x.tar sdt-import:2
denied 'import with a label of ours' 'labels beginning with safedocker.' sd import -c 'LABEL SAFEDOCKER.uid=0' "$home/root.tar" sdt-import:2

allowed 'system df' sd system df -v
has 'shows own containers' "$OUT" c1
lacks 'and nobody else'\''s' "$OUT" roots
engine volume create sdt-roots >/dev/null
run sd system df -v
lacks 'nor their volumes' "$OUT" sdt-roots
engine volume rm sdt-roots >/dev/null
denied 'search: no registry is reached' 'Error response from daemon' sd search busybox
lacks 'search: the engine itself says so' "$OUT" 'denied'
run sh -c 'echo secret-word | "$@"' sh setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups \
	env -i HOME="$home" PATH=/usr/bin:/bin "$SAFEDOCKER" login -u u --password-stdin 127.0.0.1:1
has 'login with a wrong address: the engine itself says so' "$OUT" 'connection refused'
lacks 'no password is recorded' "$(cat "$LOG")" secret-word
if [ "${SD_REGISTRY:-}" = yes ]; then
	allowed 'tag for a registry' sd tag sdt-mine:1 127.0.0.1:5000/team/mine:1
	allowed 'push' sd push 127.0.0.1:5000/team/mine:1
	allowed 'rmi' sd rmi 127.0.0.1:5000/team/mine:1
	allowed 'pull' sd pull 127.0.0.1:5000/team/mine:1
else
	skip 'push' 'no registry is installed'
fi

# An image that a rule trusts for its name comes from the registry alone.
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday, tag, commit
	flags = @everyday, --volume=~/**
	images = docker.io/library/trusted-*, docker.io/library/bb
END
denied 'tag into a name that a rule lists' 'which is not given to others' sd tag bb:1 trusted-one:1
allowed 'what is made here may have it: it is not taken for one that a rule lists' sd commit c1 trusted-one:1
denied 'for it is not' 'image docker.io/library/trusted-one' sd run --rm trusted-one:1 true
allowed 'rmi' sd rmi trusted-one:1
rule "import, login, push"

allowed 'image prune' sd image prune -a -f
is 'own images without containers are gone' 1 "$(engine image inspect sdt-import:1 >/dev/null 2>&1; echo $?)"
is 'others are not' 0 "$(engine image inspect bb:other >/dev/null 2>&1; echo $?)"
engine rm roots >/dev/null
sd rm c1 >/dev/null
engine image ls --format '{{.Repository}}:{{.Tag}}' --filter reference='sdt-*' |
	xargs -r docker -H "unix://$SD_ENGINE" rmi >/dev/null 2>&1
