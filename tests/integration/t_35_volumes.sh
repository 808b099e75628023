#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Volumes: the caller's own keep data, nobody else's can be reached, none is a directory of the host.
. "$SD_HERE/lib.sh"
uid=$(id -u "$SD_ALICE")
label() { engine volume inspect -f '{{index .Labels "safedocker.uid"}}' "$1" 2>&1; }

allowed 'run -v NAME:/data' sd run --rm -v data:/data bb:1 sh -c 'echo kept >/data/f'
is 'the volume is the caller'\''s' "$uid" "$(label data)"
allowed 'what was written is kept' sd run --rm -v data:/data bb:1 cat /data/f
is 'is the same' kept "$OUT"
allowed 'a volume'\''s mode stays as its user set it' sd run --rm -v data:/data bb:1 busybox chmod 0700 /data
allowed 'also for the next container' sd run --rm -v data:/data:rw bb:1 busybox stat -c '%a %u' /data
is 'mode and owner' '700 0' "$OUT"
allowed 'read only' sd run --rm -v data:/data:ro bb:1 cat /data/f
denied 'is read only' 'Read-only' sd run --rm -v data:/data:ro bb:1 touch /data/g
allowed '--mount type=volume' sd run --rm --mount type=volume,source=data,target=/elsewhere bb:1 cat /elsewhere/f
is 'shows the same' kept "$OUT"
is 'made with a record of its own, before' 1 "$(count phase=intent operation=volume.create object=data)"

allowed 'a volume without a name' sd run -d --name fresh -v /scratch bb:1 sleep 1000
allowed 'can be written' sd exec fresh touch /scratch/x
anonymous=$(engine inspect -f '{{range .Mounts}}{{.Name}}{{end}}' fresh)
is 'has its owner too' "$uid" "$(label "$anonymous")"
allowed '--volumes-from the caller'\''s own' sd run --rm --volumes-from fresh bb:1 ls /scratch
is 'shows what is in it' x "$OUT"
allowed '--volumes-from read only' sd run --rm --volumes-from fresh:ro bb:1 ls /scratch
allowed 'rm -v' sd rm -f -v fresh
has 'removes it' "$(label "$anonymous")" 'no such volume'

allowed 'volume create' sd volume create made
is 'is the caller'\''s' "$uid" "$(label made)"
allowed 'volume create again' sd volume create made
allowed 'volume ls' sd volume ls -q
is 'shows the caller'\''s' 'data made' "$(paste -sd' ' <<<"$OUT")"
allowed 'volume inspect' sd volume inspect -f '{{.Name}}' made
allowed 'a volume that was made before is given too' sd run --rm -v made:/m bb:1 touch /m/x
denied 'volume create with options' 'denied: --opt' sd volume create -o type=none -o o=bind -o device=/ evil
denied 'volume create with a driver' 'denied: --driver' sd volume create -d sshfs evil
denied 'the same in a mount' 'denied: --volume-driver' \
	sd run --rm --mount type=volume,target=/x,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/ bb:1 ls /x
is 'nothing was made' '' "$(engine volume ls -q | grep evil)"

# An image's own volumes.
mkdir -p "$SD_WORK/image/vol/deep" && echo image >"$SD_WORK/image/vol/deep/f"
tar -C "$SD_WORK/image" -c . | engine import -c 'VOLUME /vol' - withvolume:1 >/dev/null
allowed 'an image with a volume' sd create --name imaged withvolume:1 /nothing
is 'its volume has the owner' "$uid" "$(label "$(engine inspect -f '{{range .Mounts}}{{.Name}}{{end}}' imaged)")"
allowed 'rm' sd rm -v imaged

# What is the engine's own, or the kernel's, in the container is no place for a volume either: runc works there as root.
for target in /dev /dev/ /dev/null /dev/shm /proc /sys/fs/cgroup /etc /etc/hosts /sbin /usr; do
	denied "-v data:$target" "in the container is the engine's own" sd run --rm -v "data:$target" bb:1 true
done
denied '--mount' "/dev in the container is the engine's own" sd run --rm --mount type=volume,source=data,target=/dev bb:1 true
denied 'without a name' "/dev in the container is the engine's own" sd run --rm -v /dev bb:1 true
denied '--tmpfs' "/proc/sys in the container is the engine's own" sd run --rm --tmpfs /proc/sys bb:1 true
for target in //dev /dev/../dev /x/../dev /dev/.; do
	got=$(api "$SD_ALICE" "json:POST:/v1.41/containers/create:{\"Image\":\"bb:1\",\"HostConfig\":{\"Tmpfs\":{\"$target\":\"\"}}}" recv)
	has "another spelling: $target" "$got" "the place in the container, $target, is not an absolute path without . and .."
done
is 'nothing was made' 0 "$(containers)"
allowed '--tmpfs /dev/shm gives it another size' sd run --rm --tmpfs /dev/shm:size=4m bb:1 busybox df /dev/shm
has 'and nothing else' "$OUT" ' 4096 '
allowed '--tmpfs /run' sd run --rm --read-only --tmpfs /run bb:1 touch /run/pid
allowed 'a volume below /run' sd run --rm -v data:/run/data bb:1 cat /run/data/f
for target in /dev /dev/ /x/../dev //sys/fs/cgroup; do
	tar -C "$SD_WORK/image" -c . | engine import -c "VOLUME $target" - ondev:1 >/dev/null
	denied "an image that wants a volume at $target" "in the container is the engine's own" sd create ondev:1 /nothing
done
tar -C "$SD_WORK/image" -c . | engine import -c 'VOLUME /vol//x/../deep/' - ondev:1 >/dev/null
allowed 'an image that spells it oddly' sd create --name odd ondev:1 /nothing
is 'gets it where the engine would mount it' '/vol/deep' "$(sd inspect -f '{{range .Mounts}}{{.Destination}}{{end}}' odd)"
is 'with its owner' "$uid" "$(label "$(engine inspect -f '{{range .Mounts}}{{.Name}}{{end}}' odd)")"
sd rm -v odd >/dev/null
engine rmi ondev:1 >/dev/null

# Somebody else's.
sdb() { bob "$SAFEDOCKER" "$@"; }
denied 'another'\''s volume by name' 'is there already and is not yours' sdb run --rm -v data:/data bb:1 cat /data/f
denied 'read only as well' 'is there already and is not yours' sdb run --rm -v data:/data:ro bb:1 cat /data/f
denied 'in --mount' 'is there already and is not yours' sdb run --rm --mount type=volume,source=data,target=/d bb:1 cat /d/f
denied 'behind one of one'\''s own' 'is there already and is not yours' sdb run --rm -v mine:/a -v data:/data bb:1 cat /data/f
is 'a run that is refused makes no volume' '' "$(engine volume ls -q | grep -x mine)"
run sdb volume inspect data
has 'volume inspect: not there' "$OUT" 'o such volume'
run sdb volume rm data
has 'volume rm: not there' "$OUT" 'o such volume'
denied 'volume create of a name that is taken' 'is there already and is not yours' sdb volume create data
lacks 'tells nothing of it' "$OUT" Mountpoint
is 'volume ls: not shown' '' "$(sdb volume ls -q)"
is 'volume ls: also not by its owner'\''s label' '' "$(sdb volume ls -q --filter label=safedocker.uid="$uid")"
allowed 'volume prune' sdb volume prune -f
is 'prunes nothing of another'\''s' 'data made' "$(sd volume ls -q | paste -sd' ')"
sd run -d --name holder -v data:/data bb:1 sleep 1000 >/dev/null
denied '--volumes-from another'\''s' 'No such container: holder' sdb run --rm --volumes-from holder bb:1 ls /data
denied '--volumes-from nobody'\''s, in the same words' 'No such container: nothing' sdb run --rm --volumes-from nothing bb:1 ls /data
engine volume create rooted >/dev/null
denied 'root'\''s volume' 'is there already and is not yours' sd run --rm -v rooted:/r bb:1 ls /r
engine volume create -o type=none -o o=bind -o device=/etc --label safedocker.uid="$uid" hostly >/dev/null
denied 'a directory of the host, even labelled' 'may be any directory of the host' sd run --rm -v hostly:/r bb:1 ls /r
engine run -d --name rootly -v rooted:/rooted bb:1 sleep 1000 >/dev/null
denied '--volumes-from root'\''s' 'No such container: rootly' sd run --rm --volumes-from rootly bb:1 ls /rooted
denied 'a label that names another owner' "safedocker's own" sd volume create --label safedocker.uid=0 lied

# Many at once want one name: one owner, and the others are told so.
for i in 1 2 3 4 5 6; do
	sd run --rm -v race:/r bb:1 touch "/r/a$i" >"$SD_WORK/race.a$i" 2>&1 &
	sdb run --rm -v race:/r bb:1 touch "/r/b$i" >"$SD_WORK/race.b$i" 2>&1 &
done
wait
inside=$(ls "$(engine volume inspect -f '{{.Mountpoint}}' race)" | cut -c1 | sort -u | paste -sd' ')
case $inside in a | b) ok 'a race for a name: one owner writes' ;; *) not_ok 'a race for a name: one owner writes' "got: $inside" ;; esac

allowed 'volume rm' sd volume rm made
allowed 'rm' sd rm -f holder
allowed 'volume prune' sd volume prune -f
engine rm -f rootly >/dev/null
engine volume ls -q | xargs -r docker -H "unix://$SD_ENGINE" volume rm >/dev/null
engine rmi withvolume:1 >/dev/null
