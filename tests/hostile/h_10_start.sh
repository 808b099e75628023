#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# The caller owns the helper's process, arguments, descriptors, limits and signals. None of that gives the group.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

statement '1-9' 'arguments, environment, descriptors, signals, limits, umask and directory are what the caller made them'
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
		for name in os.listdir(directory):
		    os.unlink(directory + "/" + name)
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
	a claim without text|a value is missing|argv.append("--claimed")
	a claim that is too long|a value is missing|argv.extend(["--claimed", "a" * 100000])
	another name for itself|ready|argv[0] = "\x1b[31msudo"
	an argument with an escape|usage|argv.append("--\x1b]0;x\x07")
	an argument of a megabyte in pieces|usage|argv.extend(["a" * 100000] * 10)
	an environment of two megabytes|ready|env.update({f"V{i}": "x" * 20000 for i in range(100)})
	the loader's variables|ready|env.update(LD_PRELOAD="/tmp/x.so", LD_LIBRARY_PATH="/tmp", LD_AUDIT="/tmp/x.so", GCONV_PATH="/tmp", LOCPATH="/tmp", MALLOC_CHECK_="3")
	zone, language, resolver|ready|env.update(TZ=":/etc/shadow", LANG="../../x", LC_ALL="%n%n", HOSTALIASES="/etc/shadow", DOCKER_HOST="unix:///tmp/x", IFS="/")
	no standard input|unix stream socket|stdin = os.open("/dev/null", os.O_RDONLY)
	names twice, none at all, and no sign|ready|stdin == os.dup2(stdin, 0) or (os.dup2(w, 1), ctypes.CDLL(None).execve(helper.encode(), (ctypes.c_char_p * 2)(helper.encode(), None), (ctypes.c_char_p * 6)(b"PATH=/tmp", b"PATH=/bin", b"=x", b"nosign", b"", None)))
	a terminal|unix stream socket|stdin = os.openpty()[1]
	a file of the caller's|unix stream socket|stdin = os.open(directory + "/f", os.O_RDWR | os.O_CREAT)
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
	a directory that cannot be read|ready|d = tempfile.mkdtemp(); os.chdir(d); os.chmod(d, 0); os.rmdir(d)
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

