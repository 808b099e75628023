#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An image may hold device nodes, and the engine makes them as root. Inside, the container's control group
# keeps everybody from them; outside, the caller's does not. So no way may lead to the files of a
# container from outside. The node here is /dev/zero's; a disk's would be every file on it.
. "$SD_HERE/lib.sh"
uid=$(id -u "$SD_ALICE") gid=$(id -g "$SD_ALICE")
root=$SD_WORK/nodes
mkdir -p "$root/bin" "$root/vol" && cp /bin/busybox "$root/bin" && ln -s busybox "$root/bin/sleep" && ln -s busybox "$root/bin/sh"
if ! mknod -m 0666 "$root/node" c 1 5 || ! mknod -m 0666 "$root/vol/node" c 1 5; then
	skip 'device nodes' 'none can be made here'
	exit
fi
tar -C "$root" -c . | engine import -c 'VOLUME /vol' - nodes:1 >/dev/null
pid() { engine inspect -f '{{.State.Pid}}' "$1"; }
reads() { as "$SD_ALICE" head -c 4 "$1" 2>&1 | od -An -c | tr -d ' '; }
zeros='\0\0\0\0'

# The attack, on a container that is pinned in every other way: so that it is known to work.
engine run -d --name open --user "$uid:$gid" --cap-drop ALL --security-opt no-new-privileges nodes:1 sleep 1000 >/dev/null
is 'with the caller'\''s own gid the node is read from outside' "$zeros" "$(reads "/proc/$(pid open)/root/node")"

sd run -d --name shut nodes:1 sleep 1000 >/dev/null
p=$(pid shut)
is 'the uid is the caller'\''s' "$uid $uid $uid $uid" "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$p/status")"
lacks 'the gid is none of the caller'\''s' " $(id -G "$SD_ALICE") " " $(awk '/^Gid/ { print $2 }' "/proc/$p/status") "
is 'and no group has it' '' "$(getent group "$(awk '/^Gid/ { print $2 }' "/proc/$p/status")")"
lacks 'by /proc/PID/root the node is not read' "$(reads "/proc/$p/root/node")" "$zeros"
for way in root/vol/node cwd/node fd/0 exe; do
	has "/proc/PID/$way" "$(as "$SD_ALICE" cat "/proc/$p/$way" 2>&1 | head -c 200)" 'ermission denied'
done
cat >"$SD_WORK/reach.py" <<-'END'
	import ctypes, os, sys
	libc = ctypes.CDLL(None, use_errno=True)
	pid = int(sys.argv[1])
	fd = os.pidfd_open(pid)
	print("pidfd_getfd", any(libc.syscall(438, fd, n, 0) >= 0 for n in range(8)))
	print("ptrace", libc.ptrace(16, pid, 0, 0) == 0)
	print("setns", libc.setns(fd, 0x00020000) == 0)
END
is 'a process with the same numbers, for comparison' 'pidfd_getfd True ptrace True setns False' \
	"$(as "$SD_ALICE" python3 "$SD_WORK/reach.py" "$(pid open)" | paste -sd' ')"
is 'what the caller may do to the pinned one' 'pidfd_getfd False ptrace False setns False' \
	"$(as "$SD_ALICE" python3 "$SD_WORK/reach.py" "$p" | paste -sd' ')"
e=$(sd exec -d shut sleep 1001 && sleep 0.5 && pgrep -u "$SD_ALICE" -f 'sleep 1001')
lacks 'the same for an exec' "$(reads "/proc/$e/root/node")" "$zeros"
sd create --name copied bb:1 sleep 1000 >/dev/null
tar -C "$root" -c node | sd cp - copied:/tmp
sd start copied >/dev/null
lacks 'nor one that cp brought in' "$(reads "/proc/$(pid copied)/root/tmp/node")" "$zeros"

# A directory of the host would be a way out for a descriptor: it needs an image that the rule names, and
# meets no volume and no other container.
home=$SD_PREFIX/nodes-home
mkdir "$home" && chown "$SD_ALICE": "$home"
sed -i "s|^flags = .*|flags = @everyday, --volume=$home|" "$CONF"
denied 'a rule with paths and without images is none' 'it must name the images' sd ps
echo 'images = docker.io/library/bb' >>"$CONF"
allowed 'an image that it names' sd run --rm -v "$home:/w" bb:1 true
denied 'another image' 'denied: image docker.io/library/nodes' sd run --rm -v "$home:/w" nodes:1 true
denied 'another image by its id' 'denied: image' sd run --rm -v "$home:/w" "$(engine image inspect -f '{{.Id}}' nodes:1)" true
denied 'with a volume' 'takes no part of volume' sd run --rm -v "$home:/w" -v stuff:/v bb:1 true
denied 'with another'\''s processes' 'takes no part of volume or container shut' sd run --rm -v "$home:/w" --pid container:shut bb:1 true
sd run -d --name bound -v "$home:/w" bb:1 sleep 1000 >/dev/null
for flag in --pid=container:bound --network=container:bound --ipc=container:bound --volumes-from=bound; do
	denied "the other way round: $flag" 'shares nothing with others' sd run --rm "$flag" bb:1 true
done
denied 'cp into it' 'copy there, or use' sd cp /etc/hostname bound:/tmp
denied 'cp out of it' 'copy there, or use' sd cp bound:/etc/passwd "$SD_WORK/$SD_ALICE/passwd"
sd rm -f shut copied bound >/dev/null
engine rm -fv open >/dev/null
engine rmi nodes:1 >/dev/null
rm -rf "$home" "$root"
