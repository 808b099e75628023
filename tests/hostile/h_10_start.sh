#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded inside
# The caller owns the process of each setgid program, its arguments, descriptors, limits and signals. None of that gives the group.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"

statement '1-9' 'arguments, environment, descriptors, signals, limits, umask and directory are what the caller made them'
# --- how it is started -----------------------------------------------------------------------------------
# start PROGRAM PYTHON…: as alice, python statements before one of the three is started the usual way: the helper
# on `listener`, safedocker-auth for a rule that wants no password, safedocker-record for what was requested.
# Prints the line that it says, and `status N`: what is well done is `ready` from the helper, and 0 from the others.
policy <<-END
	[rule everyday]
	users = %safedocker
	verbs = @everyday
	flags = @everyday

	[strong free]
	users = $SD_ALICE
	verbs = run
	reason = optional
	password = no
END
start() {
	as "$SD_ALICE" python3 - "$@" 2>&1 <<-'END'
		import ctypes, os, resource, signal, socket, sys, tempfile
		helper, what = sys.argv[1:]
		words = {"auth": ["password", "free", "", ""], "record": ["requested"]}.get(helper.rsplit("-", 1)[1], [])
		directory = tempfile.mkdtemp(prefix="sdhostile-", dir="/tmp")
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(directory + "/s")
		listener.listen()
		r, w = os.pipe()
		argv, env, stdin = [helper] + words, {}, listener.fileno()
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
		status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		print("status", status)
		if words and line == "" and status == 0:
		    print("ready")
		for name in os.listdir(directory):
		    os.unlink(directory + "/" + name)
		os.rmdir(directory)
	END
}
programs=("$HELPER" "$AUTH" "$RECORD")
for program in "${programs[@]}"; do
	has "as it should be, for comparison: ${program##*-}" "$(start "$program" pass)" ready
done
while IFS='|' read -r whom name text what; do
	for program in "${programs[@]}"; do
		case $whom in all | "${program##*-}") ;; *) continue ;; esac
		got=$(start "$program" "$what")
		has "$name: ${program##*-}" "$got" "$text"
		[ "$text" = ready ] || lacks "$name: ${program##*-}: does not serve" "$got" ready
	done
done <<-'END'
	all|an unknown argument|usage|argv.append("--socket=/x")
	all|an empty argument|usage|argv.append("")
	all|too many arguments|usage|argv.extend(["--until-parent-ends", "--claimed", "x", "y"])
	helper|a claim without text|a value is missing|argv.append("--claimed")
	helper|a claim that is too long|a value is missing|argv.extend(["--claimed", "a" * 100000])
	auth|no word|usage|del argv[1:]
	auth|too few texts|a value is missing|argv.pop()
	auth|one text more|usage|argv.append("")
	auth|a text that is too long|a value is missing|argv[4] = "a" * 100000
	auth|no rule|usage|argv[2] = ""
	auth|two words|usage|argv.append("forget")
	auth|a word of another program|usage|argv[1:] = ["record"]
	record|no word|usage|del argv[1:]
	record|a text where there is none|usage|argv.append("")
	record|two words|usage|argv.append("record")
	record|too few texts|a value is missing|argv[1:] = ["request", "free", "2h"]
	record|a text that is too long|a value is missing|argv[1:] = ["request", "free", "2h", "a" * 100000]
	record|a word of another program|usage|argv[1:] = ["forget"]
	record|an option of another program|usage|argv[1:] = ["--until-parent-ends"]
	all|another name for itself|ready|argv[0] = "\x1b[31msudo"
	all|an argument with an escape|usage|argv.append("--\x1b]0;x\x07")
	all|an argument of a megabyte in pieces|usage|argv.extend(["a" * 100000] * 10)
	all|an environment of two megabytes|ready|env.update({f"V{i}": "x" * 20000 for i in range(100)})
	all|the loader's variables|ready|env.update(LD_PRELOAD="/tmp/x.so", LD_LIBRARY_PATH="/tmp", LD_AUDIT="/tmp/x.so", GCONV_PATH="/tmp", LOCPATH="/tmp", MALLOC_CHECK_="3")
	all|zone, language, resolver|ready|env.update(TZ=":/etc/shadow", LANG="../../x", LC_ALL="%n%n", HOSTALIASES="/etc/shadow", DOCKER_HOST="unix:///tmp/x", IFS="/")
	all|names twice, none at all, and no sign|ready|stdin == os.dup2(stdin, 0) or (os.dup2(w, 1), ctypes.CDLL(None).execve(helper.encode(), (ctypes.c_char_p * (len(argv) + 1))(*(a.encode() for a in argv), None), (ctypes.c_char_p * 6)(b"PATH=/tmp", b"PATH=/bin", b"=x", b"nosign", b"", None)))
	helper|no standard input|unix stream socket|stdin = os.open("/dev/null", os.O_RDONLY)
	helper|a terminal|unix stream socket|stdin = os.openpty()[1]
	helper|a file of the caller's|unix stream socket|stdin = os.open(directory + "/f", os.O_RDWR | os.O_CREAT)
	helper|a full device|unix stream socket|stdin = os.open("/dev/full", os.O_RDWR)
	helper|a directory|unix stream socket|stdin = os.open("/", os.O_RDONLY)
	helper|a pipe|unix stream socket|stdin = os.pipe()[0]
	helper|a datagram socket|unix stream socket|stdin = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach()
	helper|an internet socket|unix stream socket|stdin = socket.socket(socket.AF_INET).detach()
	all|a thousand descriptors|ready|[os.dup2(w, 100 + i, inheritable=True) for i in range(900)]
	all|the root directory as descriptor 50|ready|os.dup2(os.open("/", os.O_RDONLY), 50, inheritable=True)
	all|ignored signals|ready|[signal.signal(s, signal.SIG_IGN) for s in (1, 2, 13, 14, 15, 17, 25)]
	all|blocked signals|ready|signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
	all|a pending alarm|ready|signal.alarm(1)
	all|a timer|ready|signal.setitimer(signal.ITIMER_REAL, 0.5)
	all|umask 0|ready|os.umask(0)
	all|umask 777|ready|os.umask(0o777)
	all|a directory that cannot be read|ready|d = tempfile.mkdtemp(); os.chdir(d); os.chmod(d, 0); os.rmdir(d)
	all|a directory that is gone|ready|d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)
	all|no new privileges|not running with group|ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
	all|files of no size|FSIZE|resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
	all|files of 4096 bytes|FSIZE|resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
	all|one second|CPU|resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
	all|twenty descriptors|NOFILE|resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
	all|little memory|AS|resource.setrlimit(resource.RLIMIT_AS, (100 << 20, 100 << 20))
	all|little data|DATA|resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20))
	all|little stack|STACK|resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))
	all|a soft limit alone is raised|ready|resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
	all|core dumps|ready|resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
	all|a name space of users|not running with group|os.path.exists("/proc/self/ns/user") and ctypes.CDLL(None).unshare(0x10000000)
END
# argv with nothing in it: newer kernels put an empty name there.
for program in "${programs[@]}"; do
	got=$(start "$program" 'exec("""
os.dup2(stdin, 0); os.dup2(w, 1)
libc = ctypes.CDLL(None)
libc.execve(helper.encode(), (ctypes.c_char_p * 2)(None, None), (ctypes.c_char_p * 2)(b"--socket=/x", None))
""")')
	case ${program##*-},$got in
	helper,ready* | *,usage*) ok "no argument at all: ${program##*-}" ;;
	*) not_ok "no argument at all: ${program##*-}" "$got" ;;
	esac
done
for closed in 0 1 2 01 02 12 012; do
	run alice bash -c 'for fd in $(grep -o . <<<"$1"); do eval "exec $fd>&-"; done; exec "$0"' "$HELPER" "$closed"
	lacks "descriptors $closed closed: does not serve" "$OUT" ready
	is "descriptors $closed closed: ends" 2 "$STATUS"
	for words in "$AUTH password free r c" "$RECORD requested"; do
		# shellcheck disable=SC2086
		run alice bash -c 'closed=$1; shift; for fd in $(grep -o . <<<"$closed"); do eval "exec $fd>&-"; done; exec "$@"' sh "$closed" $words
		is "descriptors $closed closed: $(basename "${words%% *}")" 0 "$STATUS"
	done
done
is 'and nobody'\''s file was written to' 0 "$(records | grep -vc '"phase"')"
statement 10 'started so that the kernel gives no group: it says so, serves nobody, and no record looks like its own'
# not_with_group NAME COMMAND…: a client whose helper has not got the group; the other two, started the same way
not_with_group() {
	local name=$1 words
	shift
	run as "$SD_ALICE" "$@" python3 "$SD_HERE/client.py" "$HELPER" get:/_ping recv
	has "$name" "$OUT" 'helper: not running with group'
	lacks "$name: serves nobody" "$OUT" '200 OK'
	for words in "$AUTH password free r c" "$AUTH forget" "$RECORD record" "$RECORD request free 2h r"; do
		# shellcheck disable=SC2086
		run as "$SD_ALICE" "$@" $words
		has "$name: ${words#*-}" "$OUT" 'not running with group'
		[ "$1" = strace ] || is "$name: ${words#*-}: the status says so too" 77 "$STATUS"
	done
}
# Whatever is said to the journal meanwhile, with the group that the kernel vouches for.
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/journal
python3 - "$SD_WORK/journal" <<-'END' &
	import os, socket, struct, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
	out = open(sys.argv[1], "w", buffering=1)
	s.bind("/run/systemd/journal/socket")
	os.chmod("/run/systemd/journal/socket", 0o666)
	while True:
	    data, control, _, _ = s.recvmsg(65536, 1024)
	    print("gid", struct.unpack("3i", control[0][2])[2], data, file=out)
END
journal=$!
waits 'a journal' test -S /run/systemd/journal/socket
new_log
run api "$SD_ALICE" get:/_ping recv
has 'as it should be, for comparison, it serves' "$OUT" '200 OK'
docker_gid=$(getent group docker | cut -d: -f3)
waits 'and the journal hears of it with the group' grep -q "^gid $docker_gid " "$SD_WORK/journal"
heard=$(wc -l <"$SD_WORK/journal")
not_with_group 'without new privileges' setpriv --no-new-privs
not_with_group 'in a name space of users' unshare -U
not_with_group 'as root of a name space of users' unshare -Ur
not_with_group 'with mounts of its own there' unshare -Urm
if command -v strace >/dev/null; then
	not_with_group 'traced' strace -f -o /dev/null
else
	skip 'traced' 'strace is not installed'
fi
# Somebody else has the same root and directory: changing those behind its back would change where it looks.
got=$(start "$HELPER" 'exec("""
libc = ctypes.CDLL(None)
clone = {"x86_64": 56}.get(os.uname().machine, 220)
inner = libc.syscall(clone, 0x200 | 17, 0, 0, 0, 0)
if inner:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]))
""")')
has 'with a process that shares its directory' "$got" 'not running with group'
has 'with a process that shares its directory: the status says so too' "$got" 'status 77'
is 'nothing was said to the journal in its name' "$heard" "$(wc -l <"$SD_WORK/journal")"
OUT=$(alice python3 - "$docker_gid" 2>&1 <<-'END'
	import os, socket, struct, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.connect("/run/systemd/journal/socket")
	for gid in os.getgid(), int(sys.argv[1]):
	    try:
	        s.sendmsg([b"MESSAGE=forged\n"], [(socket.SOL_SOCKET, 2, struct.pack("3i", os.getpid(), os.getuid(), gid))])
	        print("sent")
	    except PermissionError:
	        print("refused")
END
)
is 'the user'\''s own group passes, that of the helper is refused by the kernel' 'sent refused' "$(paste -sd' ' <<<"$OUT")"
kill "$journal" && wait "$journal" 2>/dev/null
umount /run/systemd
rm -f "$SD_WORK/journal"

# Its file, elsewhere.
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
for program in "$AUTH forget" "$RECORD record"; do
	name=${program%% *}
	for how in "root:safedocker 2755|not running with group" "$SD_BOB:docker 6755|must not be setuid"; do
		cp "$name" "$SD_WORK/copy" && chown "${how%% *}" "$SD_WORK/copy"
		mode=${how#* }
		chmod "${mode%|*}" "$SD_WORK/copy"
		run alice "$SD_WORK/copy" "${program#* }"
		has "${name##*-}, ${how%|*}" "$OUT" "${how#*|}"
	done
	chown root:docker "$SD_WORK/copy" && chmod 2755 "$SD_WORK/copy"
	run alice "$SD_WORK/copy" "${program#* }"
	is "${name##*-}, as it is installed" 0 "$STATUS"
	rm -f "$SD_WORK/copy"
done
# A copy of an old version that its user keeps by a hard link would stay setgid when the package has gone.
chown root:docker "$SD_WORK/helper" && chmod 2755 "$SD_WORK/helper"
if [ "$(cat /proc/sys/fs/protected_hardlinks)" = 1 ]; then
	denied 'a hard link of it' 'Operation not permitted' alice ln "$SD_WORK/helper" "$SD_WORK/$SD_ALICE/hard-link"
else
	skip 'a hard link of it' 'fs.protected_hardlinks is 0 here'
fi
rm "$SD_WORK/helper"

statement 20 'zone and language are the host'\''s, whatever the caller'\''s say'
# dated DATE: the everyday rule, until that day is over
dated() {
	policy <<-POLICY
		[rule everyday]
		users = %safedocker
		verbs = @everyday
		flags = @everyday
		until = $(date -d "$1" +%F)
	POLICY
}
# Zones a day away on both sides, files that are none, formats.
for what in TZ=AAA24 TZ=AAA-24 TZ=:/etc/shadow TZ=../../x LANG=../../x LC_ALL=%n%n LOCPATH=/tmp; do
	dated yesterday
	denied "$what: a rule until yesterday" 'has expired' alice "$what" "$SAFEDOCKER" ps
	dated today
	allowed "$what: one until today" alice "$what" "$SAFEDOCKER" ps
done
everyday
