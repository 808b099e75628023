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

# Mapped: no file system of the container knows device nodes, from wherever they are opened.
sd run -d --name mapped nodes:1 sleep 1000 >/dev/null
m=$(pid mapped)
is 'mapped: the node is there' 'character special file' "$(sd exec mapped busybox stat -c %F /node)"
denied 'mapped: root inside does not read it' 'ermission denied' sd exec mapped busybox head -c 4 /node
lacks 'nor one in the volume, where it is not copied' "$(sd exec mapped busybox head -c 4 /vol/node 2>&1 | od -An -c | tr -d ' ')" "$zeros"
for way in root/node root/vol/node cwd/node fd/0 exe; do
	lacks "mapped, from outside: /proc/PID/$way" "$(reads "/proc/$m/$way")" "$zeros"
done

never
sd run -d --name shut --tmpfs /vol nodes:1 sleep 1000 >/dev/null
everyday
p=$(pid shut)
is 'the uid is the caller'\''s' "$uid $uid $uid $uid" "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$p/status")"
lacks 'the gid is none of the caller'\''s' " $(id -G "$SD_ALICE") " " $(awk '/^Gid/ { print $2 }' "/proc/$p/status") "
is 'and no group has it' '' "$(getent group "$(awk '/^Gid/ { print $2 }' "/proc/$p/status")")"
lacks 'by /proc/PID/root the node is not read' "$(reads "/proc/$p/root/node")" "$zeros"
for way in root/node cwd/node fd/0 exe; do
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
is 'what the caller may do to the mapped one' 'pidfd_getfd False ptrace False setns False' \
	"$(as "$SD_ALICE" python3 "$SD_WORK/reach.py" "$m" | paste -sd' ')"

# The kinds share nothing, by which a node of one could be opened in another.
for flag in --pid=container: --network=container: --ipc=container:; do
	denied "$flag of the other kind" 'the kinds never share anything' sd run --rm "${flag}shut" bb:1 true
done
sd rm -f -v shut mapped >/dev/null
engine rm -fv open >/dev/null
engine rmi nodes:1 >/dev/null
rm -rf "$root"
