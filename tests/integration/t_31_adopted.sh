#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What has no owner is root's until root gives it to somebody: then it is that user's, and no more than what it is.
. "$SD_HERE/lib.sh"
ADOPTED=/etc/safedocker/adopted
audit_adopt() { "$SAFEDOCKER" audit adopt "$@"; }
trap 'stand_down; remove_all; rm -f "$ADOPTED"; engine volume rm olddata strange busy used >/dev/null 2>&1
engine network rm oldnet >/dev/null 2>&1; engine rmi docker.io/other/given:1 >/dev/null 2>&1; echo "# end"' EXIT

sleep 1
began=$(date +%s)
engine run -d --name old bb:1 sleep 1000 >/dev/null
engine run -d --name strong --pid host bb:1 sleep 1000 >/dev/null
engine run -d --name others bb:1 sleep 1000 >/dev/null
id=$(engine inspect -f '{{.Id}}' old)
engine network create oldnet >/dev/null
engine volume create olddata >/dev/null

# --- before: it does not exist
denied 'before: not seen' 'No such' sd inspect old
is 'before: not listed' '' "$(sd ps -aq)"
is 'before: no network' '' "$(sd network ls -q --filter name=oldnet)"

# --- only root gives, and only what is nobody's
denied 'a user gives nothing' 'only root' sd audit adopt "$SD_ALICE" old
denied 'a user does not see what was given' 'only root' sd audit adopt
is 'nothing was written' no "$([ -e "$ADOPTED" ] && echo yes || echo no)"
denied 'nobody of that name' 'there is no user' audit_adopt nobody-of-this-name old
denied 'not to root' "root's already" audit_adopt root old
denied 'nothing of that name' 'there is no container nothing' audit_adopt "$SD_ALICE" nothing
for network in bridge host none; do
	denied "the engine's own network: $network" 'not given away' audit_adopt "$SD_ALICE" network:$network
done
sd_bob create --name bobs bb:1 true >/dev/null
denied "bob's own" 'already' audit_adopt "$SD_ALICE" bobs
engine create --name labelled --label "safedocker.uid=$(uid)" bb:1 true >/dev/null
denied 'one with a label alone' 'already' audit_adopt "$SD_ALICE" labelled
engine rm labelled >/dev/null
is 'nothing of it is left' no "$([ -e "$ADOPTED" ] && echo yes || echo no)"
denied 'all or none' 'there is no container nothing' audit_adopt "$SD_ALICE" old nothing
denied 'none' 'No such' sd inspect old

# --- given
allowed 'a container is given' audit_adopt "$SD_ALICE" old
is 'the file is root'\''s and the group'\''s to read' 'root docker 640' "$(stat -c '%U %G %a' "$ADOPTED")"
denied 'the file is not for users' 'Permission denied' alice cat "$ADOPTED"
allowed 'it is seen' sd inspect old
is 'it is listed' old "$(sd ps -a --format '{{.Names}}')"
is 'it is listed by its filter, and nothing else' old "$(sd ps -a --format '{{.Names}}' --filter status=running)"
allowed 'by its id' sd inspect "$id"
allowed 'by the beginning of its id' sd inspect "${id:0:8}"
allowed 'its log' sd logs old
denied 'bob does not see it' 'No such' sd_bob inspect old
is 'bob does not list it' '' "$(sd_bob ps -a --format '{{.Names}}' | grep -vx bobs)"
denied 'what was not given stays' 'No such' sd inspect others
denied 'what was not given stays: stop' 'No such' sd stop others

# --- it is judged by what it is: root inside is root outside
denied 'it is not entered' 'the container is open (root inside is root outside), and the rule has no root = open' sd exec old true
allowed 'it is stopped' sd stop -t 0 old
denied 'it is not started' 'the container is open (root inside is root outside), and the rule has no root = open' sd start old
denied 'nothing is copied out of it by starting' 'the container is open' sd restart old
allowed 'one in the host'\''s processes is given' audit_adopt "$SD_ALICE" strong
denied 'and not entered' 'denied' sd exec strong true
denied 'nor borrowed from' 'denied' sd run --rm --pid=container:strong bb:1 true
# A container that looks like one of safedocker's own is open all the same: its groups were never looked at.
gid=$(pinned_gid "$SD_ALICE")
engine run -d --name alike --user "$(uid):$gid" --group-add 42 --cap-drop ALL --security-opt no-new-privileges bb:1 sleep 1000 >/dev/null
allowed 'one that looks like a pinned one' audit_adopt "$SD_ALICE" alike
denied 'is not entered either' 'the container is open' sd exec alike id
policy <<-END
	[strong door]
	users = $SD_ALICE
	verbs = @everyday
	flags = @everyday, --network=bridge
	root = open
	until = 2037-12-31
	why = test
	reason = optional
	password = no
END
denied 'a rule for root inside is no rule for --pid=host' 'made with --pid=host' sd --as door exec strong true
sed -i 's/^flags.*/flags = @everyday, --pid=host, --network=bridge/' "$CONF"
allowed 'a rule that could have made it enters it' sd --as door exec strong true
everyday

# --- events and removal
allowed 'it is removed' sd rm -f strong
is 'it is gone' '' "$(engine ps -aq --filter name=strong)"
sleep 1.1
run sd events --since "$began" --until "$(date +%s)" --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
has 'events tell of what was given' "$OUT" 'container destroy strong'
lacks "events tell of nobody's" "$OUT" others

# --- an id is never used twice; a name is: a new one is not hers
engine run -d --name strong bb:1 sleep 1000 >/dev/null
denied 'another container of the name' 'No such' sd inspect strong

# --- networks
allowed 'a network is given' audit_adopt "$SD_ALICE" network:oldnet
is 'it is listed' oldnet "$(sd network ls --format '{{.Name}}' --filter name=oldnet)"
is 'bob does not list it' '' "$(sd_bob network ls -q --filter name=oldnet)"
allowed 'it is joined' sd run --rm --network oldnet bb:1 true
denied 'bob does not join it' 'network oldnet not found' sd_bob run --rm --network oldnet bb:1 true

# --- volumes: which containers may have them is root's word, and a new one of the name is not meant
allowed 'a volume is given' audit_adopt "$SD_ALICE" volume:olddata
has 'with its date, for mapped containers' "$(cat "$ADOPTED")" "volume olddata $(uid) "
is 'it is listed' olddata "$(sd volume ls -q --filter name=olddata)"
is 'bob does not list it' '' "$(sd_bob volume ls -q --filter name=olddata)"
denied 'bob does not mount it' 'is not yours' sd_bob run --rm -v olddata:/d bb:1 true
allowed 'it is mounted' sd run --rm -v olddata:/d bb:1 touch /d/written
# Older engines take the time of its newest file for the volume's own.
[ "$SD_ENGINE_API" -ge 42 ] || audit_adopt --by-name "$SD_ALICE" volume:olddata >/dev/null
allowed 'it stays hers' sd volume inspect olddata
allowed 'and is mounted again' sd run --rm -v olddata:/d bb:1 cat /d/written
audit_adopt "$SD_ALICE" volume:olddata >/dev/null
engine volume rm olddata >/dev/null 2>&1
sleep 1.1
engine volume create olddata >/dev/null
denied 'another one of the name is not hers' 'o such volume' sd volume inspect olddata
engine volume create busy >/dev/null
engine create --name holds -v busy:/d bb:1 true >/dev/null
denied 'one that root inside has' 'is mounted by holds' audit_adopt "$SD_ALICE" volume:busy
allowed 'is given as open' audit_adopt --kind=open "$SD_ALICE" volume:busy
allowed 'is seen' sd volume inspect busy
denied 'is not shared with a pinned one' 'the kinds never share' sd run --rm -v busy:/d bb:1 true
engine volume create -o type=none -o o=bind -o device=/root strange >/dev/null
allowed 'one that is a directory of the host is given' audit_adopt "$SD_ALICE" volume:strange
denied 'and never mounted' 'may be any directory of the host' sd run --rm -v strange:/d bb:1 true
allowed 'it is removed' sd volume rm strange

# --- images: hers to take away, and nobody takes its names for the registry's
tar -C "$SD_WORK/image" -c . | engine import -c 'LABEL given=yes' - docker.io/other/given:1 >/dev/null
denied 'an image of nobody'\''s' 'is not yours' sd rmi other/given:1
allowed 'an image is given' audit_adopt "$SD_ALICE" image:other/given:1
denied 'bob does not remove it' 'is not yours' sd_bob rmi other/given:1
sd_bob run --rm other/given:1 true >/dev/null 2>&1 && ok 'by a rule without images bob runs it' || not_ok 'by a rule without images bob runs it'
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday
	images = docker.io/other/*
END
denied 'its name is no longer the registry'\''s' 'denied: image' sd_bob run --rm other/given:1 true
everyday
allowed 'alice removes it' sd rmi other/given:1

# --- list and back
run audit_adopt
has 'the list: whose, what, and what it is called now' "$OUT" "$SD_ALICE"
has 'the list: what is gone' "$OUT" gone
run audit_adopt --json
has 'the list for programs' "$OUT" '"object":"busy"'
allowed 'taken back' audit_adopt --undo old
denied 'it does not exist any more' 'No such' sd inspect old
denied 'not twice' 'was not given' audit_adopt --undo old
allowed 'a connection that is open sees it too' audit_adopt "$SD_ALICE" old

# --- a file that cannot be trusted allows nothing, and a broken one neither
chmod 0666 "$ADOPTED"
denied 'one that others may write' 'must be a regular file of root' sd ps
chmod 0640 "$ADOPTED"
cp "$ADOPTED" "$ADOPTED.good"
echo 'container abc 1000' >>"$ADOPTED"
denied 'one that is not understood' 'a full id is expected' sd ps
mv "$ADOPTED.good" "$ADOPTED"
chown root:docker "$ADOPTED"
allowed 'mended' sd ps
