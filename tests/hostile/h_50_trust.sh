#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2059,SC2317 # expanded inside; called by name
# What is believed: the policy, names, the engine's socket. Each of them only as root left it.
. "${SD_HERE:?started by tests/integration/run}/lib.sh"
dir=$(dirname "$CONF")

statement 17 'a policy that others could have written is no policy'
good() {
	rm -rf "${dir:?}"/*
	chmod 0755 "$dir"
	everyday
}
# refused NAME WORDS COMMAND…: COMMAND makes the policy; nothing is allowed then
refused() {
	local name=$1 words=$2
	shift 2
	good
	"$@"
	run timeout 20 setpriv --reuid "$SD_ALICE" --regid "$(id -g "$SD_ALICE")" --init-groups env -i HOME="$SD_WORK/$SD_ALICE" \
		PATH=/usr/bin:/bin "$SAFEDOCKER" create bb:1
	if [ "$STATUS" = 0 ]; then not_ok "$name" 'was allowed'; else has "$name" "$OUT" "$words"; fi
	is "$name: nothing was made" 0 "$(containers)"
}
text() { printf "$1" >"$CONF"; }
into() { mkdir -p "$dir/conf.d" && printf '[rule more]\nusers = *\nverbs = @everyday\nflags = @everyday\n' >"$dir/conf.d/more.conf"; }
head='[engine]\nsocket = '$SD_ENGINE'\n'
allowed 'as it should be, for comparison' sd create bb:1
remove_all
good && into
allowed 'with one more file' sd create bb:1
remove_all
refused 'writable by its group' 'writable by nobody' chmod 0664 "$CONF"
refused 'writable by all' 'writable by nobody' chmod 0646 "$CONF"
refused "somebody's own" 'file of root' chown "$SD_ALICE" "$CONF"
refused 'its directory writable by its group' 'writable by' chmod 0775 "$dir"
refused 'its directory writable by all' 'writable by' chmod 1777 "$dir"
refused 'its directory somebody'\''s own' 'must belong to root' chown "$SD_ALICE" "$dir"
chown root "$dir"
refused 'a link' 'symbolic link' eval 'mv "$CONF" "$dir/real" && ln -s real "$CONF"'
refused 'two links' 'one link' ln "$CONF" "$dir/second"
refused 'a pipe' 'regular file' eval 'rm "$CONF" && mkfifo "$CONF"'
refused 'a directory' 'regular file' eval 'rm "$CONF" && mkdir "$CONF"'
refused 'a device' 'regular file' eval 'rm "$CONF" && mknod "$CONF" c 1 5'
refused 'none' 'cannot open' rm "$CONF"
refused 'without end' 'larger than' eval 'yes "; comment" | head -c 3000000 >>"$CONF"'
refused 'NUL' "$CONF" text "${head}[rule a]\nusers = *\0\nverbs = @everyday\n"
refused 'CR LF' "$CONF" text "${head}[rule a]\r\nusers = *\r\n"
refused 'a byte order mark' "$CONF" text "\xef\xbb\xbf$head"
refused 'a key twice' "$CONF:5" text "${head}[rule a]\nusers = *\nusers = *\n"
refused 'a section twice' "$CONF" text "${head}[rule a]\nusers = *\nverbs = run\n[rule a]\nusers = *\nverbs = run\n"
refused 'an unknown key' "$CONF:4" text "${head}[rule a]\nuser = *\n"
refused 'an unknown section' "$CONF:3" text "${head}[rules a]\nusers = *\n"
refused 'an over-long line' "$CONF" text "${head}[rule a]\nwhy = $(printf 'a%.0s' $(seq 5000))\n"
refused 'a further file that is writable' 'writable by nobody' eval 'into && chmod 0666 "$dir/conf.d/more.conf"'
refused "a further file that is somebody's" 'file of root' eval 'into && chown "$SD_ALICE" "$dir/conf.d/more.conf"'
refused 'a further file that is a link' 'symbolic link' eval 'into && mv "$dir/conf.d/more.conf" "$dir/x" && ln -s ../x "$dir/conf.d/more.conf"'
refused 'their directory writable' 'writable by' eval 'into && chmod 0777 "$dir/conf.d"'
refused 'their directory a link' 'symbolic link' eval 'into && mv "$dir/conf.d" "$dir/d" && ln -s d "$dir/conf.d"'

# Races: what is looked at is what was opened. The other policy, a file of alice's, allows the whole engine.
good
printf '[engine]\nsocket = %s\n[rule own]\nusers = *\nverbs = network create\nflags = @everyday\n' "$SD_ENGINE" >"$SD_WORK/theirs"
sed -i '/^verbs/s/.*/verbs = run/' "$CONF"
cp "$CONF" "$SD_WORK/good"
chown "$SD_ALICE" "$SD_WORK/theirs"
(
	while :; do
		cp -p "$SD_WORK/theirs" "$dir/new" && mv "$dir/new" "$CONF"
		ln -sf "$SD_WORK/theirs" "$dir/new" && mv "$dir/new" "$CONF"
		cp "$SD_WORK/good" "$dir/new" && mv "$dir/new" "$CONF"
	done
) 2>/dev/null &
racer=$!
made=0 asked=0
for i in $(seq 40); do
	run api "$SD_ALICE" "json:POST:/v1.41/networks/create:{\"Name\":\"race$i\"}" recv
	case $OUT in 201*) made=$((made + 1)) ;; 403*) asked=$((asked + 1)) ;; esac
done
kill "$racer" && wait "$racer" 2>/dev/null
is 'in a race the policy of a user never counts' 0 "$made"
at_least 'and root'\''s did, now and then' 1 "$asked"
is 'nothing was made' 0 "$(engine network ls -q -f name=race | wc -l)"
good
# The same with the record: a link to a file of alice's takes its place again and again.
alice touch "$SD_WORK/$SD_ALICE/target"
chattr -a "$LOG" 2>/dev/null
(
	while :; do
		ln -sf "$SD_WORK/$SD_ALICE/target" "$LOG.new" && mv "$LOG.new" "$LOG"
		: >"$LOG.new" && chown root:docker "$LOG.new" && chmod 0660 "$LOG.new" && mv "$LOG.new" "$LOG"
	done
) 2>/dev/null &
racer=$!
for i in $(seq 30); do sd network create "log$i" >/dev/null 2>&1; done
kill "$racer" && wait "$racer" 2>/dev/null
is 'in a race nothing is written behind a link' 0 "$(stat -c %s "$SD_WORK/$SD_ALICE/target")"
engine network ls -q -f name=log | xargs -r docker -H "unix://$SD_ENGINE" network rm >/dev/null
rm -f "$LOG.new"
new_log

statement 18 'uids without a name, with two, with an odd one'
policy <<-END
	[rule all]
	users = *
	verbs = @everyday
	flags = @everyday
	[rule second]
	users = sdsecond
	verbs = network create
	flags = @everyday
END
cp /etc/passwd "$SD_WORK/passwd"
mount --bind "$SD_WORK/passwd" /etc/passwd
# by UID STEP…: a request of that uid
by() {
	local uid=$1
	shift
	mkdir -p "$SD_WORK/by" && chmod 1777 "$SD_WORK/by"
	(cd / && exec setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i HOME="$SD_WORK/by" PATH=/usr/bin:/bin \
		python3 "$SD_HERE/client.py" "$HELPER" "$@")
}
for uid in 54321 2147483648 3000000000 4294967293; do
	is "uid $uid has no name: served as a number" '200 OK' "$(by "$uid" get:/_ping recv)"
	new_log
	by "$uid" 'json:POST:/v1.41/networks/create:{"Name":"n1"}' recv >/dev/null
	is "uid $uid: recorded as a number" "$uid" \
		"$(records phase=intent | python3 -c 'import json, sys; print(json.loads(sys.stdin.read())["submituser"])')"
	engine network rm n1 >/dev/null 2>&1
done
{
	printf 'sdfirst:x:54400:54400::/nowhere:/bin/sh\nsdsecond:x:54400:54400::/nowhere:/bin/sh\n'
	printf '../../etc/x:x:54401:54401::/nowhere:/bin/sh\nodd\033[31m:x:54402:54402:::\n%%root:x:54403:54403:::\n*:x:54404:54404:::\n'
} >>"$SD_WORK/passwd"
policy <<-SECOND
	[rule second]
	users = sdsecond
	verbs = network create
	flags = @everyday
SECOND
has 'two names of one uid: the first is the name' "$(by 54400 'json:POST:/v1.41/networks/create:{"Name":"n1"}' recv)" \
	'no rule of the policy is for sdfirst'
for uid in 54401 54402 54403 54404; do
	new_log
	got=$(by "$uid" 'json:POST:/v1.41/networks/create:{"Name":"n1"}' recv)
	has "uid $uid: an odd name opens nothing" "$got" 'no rule of the policy is for'
	is "uid $uid: what is said is plain" 0 "$(LC_ALL=C grep -c '[^ -~]' <<<"$got")"
	is "uid $uid: and bends no line" '' "$(records 2>&1 >/dev/null)"
	is "uid $uid: ASCII" 0 "$(LC_ALL=C grep -c '[^ -~]' "$LOG")"
done
umount /etc/passwd

statement 19 'name services that are down or slow: never fewer groups, never for ever'
everyday
module=$(find /lib /usr/lib /lib64 /usr/lib64 -maxdepth 2 -name 'libnss_hesiod.so.2' 2>/dev/null | head -n 1)
if [ -z "$module" ] || ! command -v gcc >/dev/null; then
	skip 'slow name services' 'no libnss_hesiod.so.2 to put another module over, or no compiler'
else
	module=$(readlink -f "$module")
	cat >"$SD_WORK/slow.c" <<-'CODE'
		#include <errno.h>
		#include <grp.h>
		#include <nss.h>
		#include <pwd.h>
		#include <unistd.h>
		static enum nss_status answer(int *e)
		{
			for (int i = 0; i < SECONDS; i++)
				sleep(1);
			*e = ENOENT;
			return STATUS;
		}
		enum nss_status _nss_hesiod_initgroups_dyn(const char *u, gid_t g, long *s, long *n, gid_t **l, long m, int *e);
		enum nss_status _nss_hesiod_initgroups_dyn(const char *u, gid_t g, long *s, long *n, gid_t **l, long m, int *e)
		{ (void)u; (void)g; (void)s; (void)n; (void)l; (void)m; return answer(e); }
	CODE
	grep -v '^passwd:\|^group:\|^initgroups:' /etc/nsswitch.conf >"$SD_WORK/nsswitch"
	printf 'passwd: files\ngroup: files\ninitgroups: files [SUCCESS=continue] hesiod\n' >>"$SD_WORK/nsswitch"
	mount --bind "$SD_WORK/nsswitch" /etc/nsswitch.conf
	# slow SECONDS STATUS
	slow() {
		gcc -shared -fPIC -DSECONDS="$1" -DSTATUS="$2" -o "$SD_WORK/slow.so" "$SD_WORK/slow.c" &&
			mount --bind "$SD_WORK/slow.so" "$module"
	}
	slow 0 NSS_STATUS_NOTFOUND
	is 'a module that knows nobody, for comparison' '200 OK' "$(api "$SD_ALICE" get:/_ping recv)"
	umount "$module"
	slow 0 NSS_STATUS_UNAVAIL
	got=$(api "$SD_ALICE" 'json:POST:/v1.41/networks/create:{"Name":"n2"}' recv)
	case $got in
	201* | 403* | helper:*) ok 'a module that is down' ;;
	*) not_ok 'a module that is down' "$got" ;;
	esac
	engine network rm n2 >/dev/null 2>&1
	umount "$module"
	slow 300 NSS_STATUS_NOTFOUND
	begun=$SECONDS
	# Who becomes alice here must not ask for her groups.
	got=$(by "$(uid "$SD_ALICE")" get:/_ping recv)
	has 'a module that does not answer: refused, in words' "$got" 'name services do not answer'
	at_most 'and not after minutes (s)' 100 $((SECONDS - begun))
	umount "$module"
	umount /etc/nsswitch.conf
	rm -f "$SD_WORK/slow.c" "$SD_WORK/slow.so" "$SD_WORK/nsswitch"
fi

statement 23 'what listens at the engine'\''s path is root'\''s, or is not spoken to'
everyday
theirs=$SD_WORK/$SD_ALICE/engine.sock
alice python3 "$SD_HERE/engine.py" "$theirs" "$SD_WORK/$SD_ALICE/seen" 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK' &
job=$!
waits 'a socket of alice'\''s own' test -S "$theirs"
sed -i "s,^socket = .*,socket = $theirs," "$CONF"
has 'is not spoken to' "$(api "$SD_ALICE" get:/_ping recv)" 'not the engine'
is 'not a byte' 0 "$(stat -c %s "$SD_WORK/$SD_ALICE/seen")"
pgrep -u "$SD_ALICE" -f "$theirs" | xargs -r kill
wait "$job" 2>/dev/null
has 'nobody there' "$(api "$SD_ALICE" get:/_ping recv)" 'is it running'
ln -sfn "$SD_ENGINE" "$SD_ROOT/link.sock"
sed -i "s,^socket = .*,socket = $SD_ROOT/link.sock," "$CONF"
is 'a link of root'\''s is root'\''s word' '200 OK' "$(api "$SD_ALICE" get:/_ping recv)"
rm -f "$SD_ROOT/link.sock"
# It dies in the middle: that it began is written, and that it did not end well too.
stand_in '\x00' /networks '[]'
everyday
sed -i "s,^socket = .*,socket = $STAND_IN," "$CONF"
new_log
is 'an engine that dies' 502 "$(api "$SD_ALICE" 'json:POST:/v1.41/networks/create:{"Name":"n3"}' recv | cut -c1-3)"
is 'leaves the intent' 1 "$(count phase=intent operation=network.create)"
is 'and an outcome without a status' 1 "$(count phase=outcome operation=network.create status=)"
stand_down
good
