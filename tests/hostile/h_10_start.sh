#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# The caller owns the helper's process, arguments, descriptors, limits and signals. None of that gives the group.
. "$SD_HERE/lib.sh"
group=$(getent group docker | cut -d: -f3)

# --- how it is started -----------------------------------------------------------------------------------
# start NAME PYTHON…: as alice, python statements before the helper is started on `listener` the usual way;
# prints the line that it says, or `status N`.
start() {
	as "$SD_ALICE" python3 - "$HELPER" "$1" 2>&1 <<-'END'
		import ctypes, os, resource, signal, socket, sys, tempfile
		helper, what = sys.argv[1:]
		directory = tempfile.mkdtemp(prefix="sdhostile-", dir="/tmp")
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(directory + "/s")
		listener.listen()
		r, w = os.pipe()
		argv, env, stdin = [helper], {}, listener.fileno()
		pid = os.fork()
		if pid == 0:
		    exec(what)
		    os.dup2(stdin, 0)
		    os.dup2(w, 1)
		    os.execve(helper, argv, env)
		os.close(w)
		line = os.read(r, 4096).decode().strip()
		print(line)
		if line == "ready":
		    os.kill(pid, signal.SIGKILL)
		print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
		os.unlink(directory + "/s")
		os.rmdir(directory)
	END
}
has 'as it should be, for comparison' "$(start pass)" ready
while IFS='|' read -r name text what; do
	got=$(start "$what")
	has "$name" "$got" "$text"
	[ "$text" = ready ] || lacks "$name: does not serve" "$got" ready
done <<-'END'
	an unknown argument|usage|argv.append("--socket=/x")
	an empty argument|usage|argv.append("")
	too many arguments|usage|argv.extend(["--until-parent-ends", "--claimed", "x", "y"])
	a claim without text|usage|argv.append("--claimed")
	a claim that is too long|usage|argv.extend(["--claimed", "a" * 100000])
	another name for itself|ready|argv[0] = "\x1b[31msudo"
	an environment of two megabytes|ready|env.update({f"V{i}": "x" * 20000 for i in range(100)})
	the loader's variables|ready|env.update(LD_PRELOAD="/tmp/x.so", LD_LIBRARY_PATH="/tmp", LD_AUDIT="/tmp/x.so", GCONV_PATH="/tmp", LOCPATH="/tmp", MALLOC_CHECK_="3")
	zone, language, resolver|ready|env.update(TZ=":/etc/shadow", LANG="../../x", LC_ALL="%n%n", HOSTALIASES="/etc/shadow", DOCKER_HOST="unix:///tmp/x", IFS="/")
	no standard input|unix stream socket|stdin = os.open("/dev/null", os.O_RDONLY)
	a full device|unix stream socket|stdin = os.open("/dev/full", os.O_RDWR)
	a directory|unix stream socket|stdin = os.open("/", os.O_RDONLY)
	a pipe|unix stream socket|stdin = os.pipe()[0]
	a datagram socket|unix stream socket|stdin = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach()
	an internet socket|unix stream socket|stdin = socket.socket(socket.AF_INET).detach()
	a thousand descriptors|ready|[os.dup2(w, 100 + i, inheritable=True) for i in range(900)]
	the root directory as descriptor 50|ready|os.dup2(os.open("/", os.O_RDONLY), 50, inheritable=True)
	ignored signals|ready|[signal.signal(s, signal.SIG_IGN) for s in (1, 2, 13, 14, 15, 17, 25)]
	blocked signals|ready|signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
	a pending alarm|ready|signal.alarm(1)
	a timer|ready|signal.setitimer(signal.ITIMER_REAL, 0.5)
	umask 0|ready|os.umask(0)
	umask 777|ready|os.umask(0o777)
	a directory that is gone|ready|d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)
	no new privileges|not running with group|ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
	files of no size|FSIZE|resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
	files of 4096 bytes|FSIZE|resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
	one second|CPU|resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
	twenty descriptors|NOFILE|resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
	little memory|AS|resource.setrlimit(resource.RLIMIT_AS, (100 << 20, 100 << 20))
	little data|DATA|resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20))
	little stack|STACK|resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))
	a soft limit alone is raised|ready|resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
	core dumps|ready|resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
	a name space of users|not running with group|os.path.exists("/proc/self/ns/user") and ctypes.CDLL(None).unshare(0x10000000)
END
# argv with nothing in it: newer kernels put an empty name there.
got=$(start 'exec("""
os.dup2(stdin, 0); os.dup2(w, 1)
libc = ctypes.CDLL(None)
libc.execve(helper.encode(), (ctypes.c_char_p * 2)(None, None), (ctypes.c_char_p * 2)(b"--socket=/x", None))
""")')
case $got in ready* | usage*) ok 'no argument at all' ;; *) not_ok 'no argument at all' "$got" ;; esac
for closed in 0 1 2 01 02 12 012; do
	run alice bash -c 'for fd in $(grep -o . <<<"$1"); do eval "exec $fd>&-"; done; exec "$0"' "$HELPER" "$closed"
	lacks "descriptors $closed closed: does not serve" "$OUT" ready
	is "descriptors $closed closed: ends" 2 "$STATUS"
done
is 'and nobody'\''s file was written to' 0 "$(records | grep -vc '"phase"')"
cp "$HELPER" "$SD_WORK/helper" && chown root:docker "$SD_WORK/helper" && chmod 2755 "$SD_WORK/helper"
mkdir -p "$SD_WORK/nosuid" && mount -t tmpfs -o nosuid tmpfs "$SD_WORK/nosuid" && cp -p "$SD_WORK/helper" "$SD_WORK/nosuid/helper"
run api "$SD_ALICE" get:/_ping recv
has 'the installed one serves' "$OUT" '200 OK'
run as "$SD_ALICE" python3 "$SD_HERE/client.py" "$SD_WORK/nosuid/helper" get:/_ping recv
has 'on a file system without setgid' "$OUT" 'not running with group'
umount "$SD_WORK/nosuid"
chgrp safedocker "$SD_WORK/helper" && chmod 2755 "$SD_WORK/helper"
run as "$SD_ALICE" python3 "$SD_HERE/client.py" "$SD_WORK/helper" get:/_ping recv
has 'with another group' "$OUT" 'not running with group'
chown "$SD_BOB":docker "$SD_WORK/helper" && chmod 6755 "$SD_WORK/helper"
run as "$SD_ALICE" python3 "$SD_HERE/client.py" "$SD_WORK/helper" get:/_ping recv
has 'setuid as well' "$OUT" 'must not be setuid'
rm "$SD_WORK/helper"

# --- while it runs --------------------------------------------------------------------------------------
talk get:/_ping recv sh:here get:/_ping recv
hear && hear
mapfile -t pids < <(pgrep -u "$SD_ALICE" -f "^$HELPER")
is 'a gatekeeper and a worker' 2 "${#pids[@]}"
field() { awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
own=$(id -g "$SD_ALICE") uid=$(id -u "$SD_ALICE")
for pid in "${pids[@]}"; do
	is "$pid: no capability" 0000000000000000 "$(field "$pid" CapPrm)"
	is "$pid: none in effect" 0000000000000000 "$(field "$pid" CapEff)"
	is "$pid: none to inherit" '0000000000000000 0000000000000000' "$(field "$pid" CapInh) $(field "$pid" CapAmb)"
	is "$pid: no new privileges" 1 "$(field "$pid" NoNewPrivs)"
	is "$pid: a seccomp filter" 2 "$(field "$pid" Seccomp)"
	is "$pid: the user's own uid" "$uid $uid $uid $uid" "$(field "$pid" Uid)"
	is "$pid: not dumpable" root "$(stat -c %U "/proc/$pid/mem")"
	is "$pid: no core dump" 0 "$(awk '/core file/ { print $6 }' "/proc/$pid/limits")"
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
sleep 1000 &
alice sleep 1000 &
sleeper=$!
waits 'a process of the same user, for comparison' eval 'pgrep -u "$SD_ALICE" -x sleep'
has 'can be traced' "$(alice python3 "$SD_WORK/attack.py" "$(pgrep -u "$SD_ALICE" -x sleep)")" 'POSSIBLE'
for pid in "${pids[@]}"; do
	is "$pid: what the same user may do to it" '' "$(alice python3 "$SD_WORK/attack.py" "$pid" 2>&1 | grep -v ' refused$')"
done
# The kernel lets the same user stop and kill it: that must gain nothing.
alice kill -STOP "${pids[@]}"
alice kill -CONT "${pids[@]}"
go && hear
is 'stopped and continued, it serves' '200 OK' "$HEARD"
hang_up
kill "$sleeper" "%1" 2>/dev/null
waits 'nothing stays behind' eval '! pgrep -u "$SD_ALICE" -f safedocker-helper'

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

# --- killed between intent and outcome ---------------------------------------------------------------------
engine_pid=$(cat "$SD_ROOT/pid")
new_log
talk 'json:POST:/v1.41/networks/create:{"Name":"k1"}' sh:sent recv
kill -STOP "$engine_pid"
# The connection was made, or is in the backlog; the look at the log tells when the worker got so far.
for _ in $(seq 100); do
	[ "$(count phase=intent)" -gt 0 ] && break
	sleep 0.1
done
intents=$(count phase=intent) outcomes=$(count phase=outcome)
kill -CONT "$engine_pid"
hear && go && hear
hang_up
has 'an engine that stood still goes on' "$HEARD" '201 '
is 'the intent was there before, once' 1 "$intents"
at_most 'and at most its outcome' 1 "$outcomes"
engine network rm k1 >/dev/null

for _ in 1 2 3 4 5 6 7 8; do
	sd run -d bb:1 sleep 1000 >/dev/null 2>&1 &
	job=$!
	sleep "0.0$((RANDOM % 10))"
	pkill -KILL -u "$SD_ALICE" -f "^$HELPER"
	wait "$job"
done
waits 'the killed ones are gone' eval '! pgrep -u "$SD_ALICE" -f safedocker'
made=$(engine ps -aq --no-trunc | wc -l)
at_most 'killed anywhere: containers, and intents of them' "$(count phase=intent operation=container.create)" "$made"
is 'killed anywhere: no line torn' '' "$(records 2>&1 >/dev/null)"
rm -f "$SD_WORK/attack.py"
