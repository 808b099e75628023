#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# A process of the same user at the helper's: nothing is had from it, whatever fs.suid_dumpable says.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"
group=$(getent group docker | cut -d: -f3)

statement 11 'ptrace, process_vm_readv, /proc/PID, pidfd_getfd, kcmp and prlimit, before and after the group is given up'
field() { awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
cat >"$SD_WORK/attack.py" <<-'END'
	import ctypes, os, sys
	libc = ctypes.CDLL(None, use_errno=True)
	pid = int(sys.argv[1])

	def tried(name, result):
	    print(name, "POSSIBLE" if result >= 0 else "refused")

	def opened(name):
	    try:
	        return os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
	    except OSError:
	        return -1

	def listed(name):
	    try:
	        return len(os.listdir(f"/proc/{pid}/{name}"))
	    except OSError:
	        return -1

	def linked(name):
	    try:
	        return len(os.readlink(f"/proc/{pid}/{name}"))
	    except OSError:
	        return -1

	class iovec(ctypes.Structure):
	    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]

	page = ctypes.create_string_buffer(16)
	local = iovec(ctypes.addressof(page), 16)
	remote = iovec(0x400000, 16)
	pidfd = os.pidfd_open(pid)
	limit = (ctypes.c_ulong * 2)(0, 0)
	tried("PTRACE_ATTACH", libc.ptrace(16, pid, 0, 0))
	tried("PTRACE_SEIZE", libc.ptrace(0x4206, pid, 0, 0))
	for fd in range(0, 16):
	    tried(f"pidfd_getfd {fd}", libc.syscall(438, pidfd, fd, 0))
	tried("process_vm_readv", libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0))
	tried("kcmp", libc.syscall(312, pid, os.getpid(), 1, 0, 0))
	tried("prlimit FSIZE", libc.prlimit(pid, 1, ctypes.byref(limit), None))
	tried("prlimit NOFILE", libc.prlimit(pid, 7, ctypes.byref(limit), None))
	tried("mem", opened("mem"))
	tried("environ", opened("environ"))
	tried("maps", opened("maps"))
	tried("syscall", opened("syscall"))
	tried("stack", opened("stack"))
	tried("fd", listed("fd"))
	tried("root", listed("root"))
	tried("cwd", linked("cwd"))
	tried("exe", linked("exe"))
	tried("namespace", opened("ns/net"))
	for fd in range(0, 16):
	    tried(f"fd/{fd}", opened(f"fd/{fd}"))
END
chmod 644 "$SD_WORK/attack.py"
alice sleep 1000 &
sleeper=$!
waits 'a process of the same user, for comparison' eval 'pgrep -u "$SD_ALICE" -x sleep'
has 'can be traced' "$(alice python3 "$SD_WORK/attack.py" "$(pgrep -u "$SD_ALICE" -x sleep)")" 'POSSIBLE'

# under N: all of it with fs.suid_dumpable = N
under() {
	local pids gatekeeper worker listening sockets engine_side own uid pid
	echo "$1" >/proc/sys/fs/suid_dumpable
	is "suid_dumpable $1" "$1" "$(cat /proc/sys/fs/suid_dumpable)"
	talk get:/_ping recv sh:here get:/_ping recv
	hear && hear
	mapfile -t pids < <(pgrep -u "$SD_ALICE" -f "^$HELPER")
	is 'a gatekeeper and a worker' 2 "${#pids[@]}"
	own=$(id -g "$SD_ALICE") uid=$(id -u "$SD_ALICE")
	for pid in "${pids[@]}"; do
		is "suid_dumpable $1, $pid: no capability" 0000000000000000 "$(field "$pid" CapPrm)"
		is "suid_dumpable $1, $pid: none in effect" 0000000000000000 "$(field "$pid" CapEff)"
		is "suid_dumpable $1, $pid: none to inherit" '0000000000000000 0000000000000000' "$(field "$pid" CapInh) $(field "$pid" CapAmb)"
		is "suid_dumpable $1, $pid: no new privileges" 1 "$(field "$pid" NoNewPrivs)"
		is "suid_dumpable $1, $pid: a seccomp filter" 2 "$(field "$pid" Seccomp)"
		is "suid_dumpable $1, $pid: the user's own uid" "$uid $uid $uid $uid" "$(field "$pid" Uid)"
		is "suid_dumpable $1, $pid: not dumpable" root "$(stat -c %U "/proc/$pid/mem")"
		is "suid_dumpable $1, $pid: no core dump" 0 "$(awk '/core file/ { print $6 }' "/proc/$pid/limits")"
	done
	gatekeeper=$(for pid in "${pids[@]}"; do [ "$(field "$pid" Gid)" = "$own $group $group $group" ] && echo "$pid"; done)
	worker=$(for pid in "${pids[@]}"; do [ "$(field "$pid" Gid)" = "$own $own $group $own" ] && echo "$pid"; done)
	is 'the gatekeeper alone acts as the group' 1 "$(wc -w <<<"$gatekeeper")"
	is 'the worker has given it up, but for what keeps the user off' 1 "$(wc -w <<<"$worker")"
	if [ -n "$worker" ] && [ -n "$gatekeeper" ]; then
		# The worker: its client, one engine connection, the journal at most. Not the listening socket.
		listening=$(stat -L -c %i "/proc/$gatekeeper/fd/0")
		lacks 'the worker does not hold the listening socket' \
			" $(stat -L -c %i "/proc/$worker"/fd/* 2>/dev/null | paste -sd' ') " " $listening "
		sockets=$(find "/proc/$worker/fd" -lname 'socket:*' | wc -l)
		at_most 'sockets of the worker' 3 "$sockets"
		engine_side=$(find "/proc/$gatekeeper/fd" -lname 'socket:*' | wc -l)
		# Listening, the client that it keeps for a change of policy, the journal.
		at_most 'sockets of the gatekeeper' 3 "$engine_side"
	fi
	for pid in "${pids[@]}"; do
		is "suid_dumpable $1, $pid: what the same user may do to it" '' "$(alice python3 "$SD_WORK/attack.py" "$pid" 2>&1 | grep -v ' refused$')"
	done
	# The kernel lets the same user stop and kill it: that must gain nothing.
	alice kill -STOP "${pids[@]}"
	alice kill -CONT "${pids[@]}"
	go && hear
	is 'stopped and continued, it serves' '200 OK' "$HEARD"
	hang_up
	waits "suid_dumpable $1: nothing stays behind" eval '! pgrep -u "$SD_ALICE" -f safedocker-helper'
}
# The switch is the whole machine's: one run at a time turns it, and turns it back.
exec 8</proc/sys/fs/suid_dumpable
flock -w 300 8
before=$(cat /proc/sys/fs/suid_dumpable)
trap 'echo "$before" >/proc/sys/fs/suid_dumpable; remove_all; echo "# end"' EXIT
for n in 0 1 2; do under "$n"; done
echo "$before" >/proc/sys/fs/suid_dumpable
flock -u 8
kill "$sleeper" 2>/dev/null

# Another user at the socket, even where it may be reached.
talk sh:here get:/_ping recv
hear
directory=$(find "$SD_WORK/$SD_ALICE" -maxdepth 1 -name 'sdclient-*' -user "$SD_ALICE" -printf "%T@ %p\n" | sort -n | tail -n 1 | cut -d" " -f2)
chmod 755 "$SD_WORK/$SD_ALICE" "$directory" && chmod 666 "$directory/s"
is 'another user is hung up on' '' "$(bob curl -s --unix-socket "$directory/s" http://x/_ping)"
is 'root is served, as alice' OK "$(curl -s --unix-socket "$directory/s" http://x/_ping)"
go && hear
is 'the user is served' '200 OK' "$HEARD"
hang_up

