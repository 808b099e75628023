# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by t_7*.sh, first of all: a second engine, with safedocker-runtime registered and its trees mounted, in a
# network and mount namespace of the test's own, so that neither engine knows of the other. Containers are made at
# its bare socket, as root and as the helper will make them: the helper does not know the runtime yet.
# shellcheck shell=bash
[ -n "${SD_MAPPED:-}" ] || SD_MAPPED=yes exec unshare -mn --propagation private bash "$0" "$@"
. "$SD_HERE/lib.sh"

RUNTIME=$SD_PREFIX/sbin/safedocker-runtime
MOUNTS=$SD_PREFIX/sbin/safedocker-mounts
if [ ! -x "$RUNTIME" ]; then
	skip "$(basename "$0")" "safedocker-runtime was not built: this C library has no mount_setattr()"
	exit
fi
DATA=$SD_WORK/mapped
export SD_MAPPED_SOCKET=$SD_ROOT/mapped.sock SD_PLACEHOLDER=/var/lib/safedocker/placeholder
mengine() { docker -H "unix://$SD_MAPPED_SOCKET" "$@"; }
# mapped [options of mapped.py] IMAGE COMMAND…: alice's container, its output
mapped() { timeout -k 5 100 python3 "$SD_HERE/mapped.py" -u "$(uid)" --start "$@"; }
mapped_bob() { timeout -k 5 100 python3 "$SD_HERE/mapped.py" -u "$(uid "$SD_BOB")" --start "$@"; }
# stays NAME [options] IMAGE COMMAND…: one of alice's that goes on
stays() {
	local name=$1
	shift
	python3 "$SD_HERE/mapped.py" -u "$(uid)" -n "$name" "$@" >/dev/null && mengine start "$name" >/dev/null
}

# start_mapped [options of dockerd]
start_mapped() {
	mkdir -p "$DATA"
	"$MOUNTS" "$DATA" || return 1
	setsid dockerd --data-root "$DATA" --exec-root "$SD_ROOT/mapped" --pidfile "$SD_ROOT/mapped.pid" \
		--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$SD_CGROUP-mapped" \
		--storage-driver overlay2 --add-runtime "safedocker=$RUNTIME" \
		-H "unix://$SD_MAPPED_SOCKET" "$@" >>"$SD_WORK/mapped.log" 2>&1 &
	local starting=$!
	for _ in $(seq 150); do
		mengine version >/dev/null 2>&1 && return 0
		kill -0 "$starting" 2>/dev/null || return 1
		sleep 0.2
	done
	return 1
}
stop_mapped() {
	local pid
	pid=$(cat "$SD_ROOT/mapped.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	for _ in $(seq 150); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
}
# The engine's own processes: those in the network namespace of this test, to which nobody else's belong.
ours() { pgrep --ns $$ --nslist net "$@"; }
# What its engine leaves behind when it ends is ended too: containerd, and a shim whose container will not go.
end_the_rest() {
	for _ in 1 2 3 4 5; do
		ours -f '^[^ ]*containerd' >/dev/null || return 0
		sleep 0.2
	done
	# shellcheck disable=SC2046 # words
	kill -KILL $(ours -f '^[^ ]*containerd') 2>/dev/null
	# shellcheck disable=SC2046
	kill -KILL $(ours -u "$SD_ALICE,$SD_BOB") 2>/dev/null
}
tidy_mapped() {
	trap - EXIT
	mengine ps -aq | xargs -r docker -H "unix://$SD_MAPPED_SOCKET" rm -fv >/dev/null 2>&1
	stop_mapped
	end_the_rest
	umount -R "$DATA" 2>/dev/null
	rm -rf "$DATA"
	find /sys/fs/cgroup -depth -type d \( -path "*/safedocker/u$(uid)*" -o -path "*/safedocker/u$(uid "$SD_BOB")*" \) \
		-exec rmdir {} + 2>/dev/null
	echo '# end'
}
trap tidy_mapped EXIT
ip link set lo up
# Accounts, groups and subordinate ids of the test's own: what another run changes there would take a mount away.
cp -a /etc "$SD_WORK/mapped-etc" && mount --bind "$SD_WORK/mapped-etc" /etc
# The host's, so that the runtime of another run is not in the way.
mount -t tmpfs -o mode=0755 tmpfs /var/lib/safedocker
mkdir -m 0555 "$SD_PLACEHOLDER"
mount -t tmpfs -o mode=0755 tmpfs /run/safedocker
chmod 0711 "$SD_WORK"
start_mapped || { not_ok 'the engine with the runtime starts' "$(tail -5 "$SD_WORK/mapped.log")"; exit; }

# An image with something to copy up, and users, groups and a set-group-id directory in it.
mkdir -p "$SD_WORK/mapped-image/data/sub" "$SD_WORK/mapped-image/dev"
cp -a "$SD_WORK/image/." "$SD_WORK/mapped-image/"
for a in mkdir rm mv ln chmod chown mount umount ps pwd stat ping mkfifo mknod nc dd cp find tail hostname; do
	ln -sf busybox "$SD_WORK/mapped-image/bin/$a"
done
echo hello >"$SD_WORK/mapped-image/data/file"
echo deep >"$SD_WORK/mapped-image/data/sub/x"
ln -sf file "$SD_WORK/mapped-image/data/link"
chown -R 4242:4242 "$SD_WORK/mapped-image/data"
chmod 2750 "$SD_WORK/mapped-image/data/sub"
import_image() { tar -C "$SD_WORK/mapped-image" -c . | mengine import "$@" - bb:1 >/dev/null; }
import_image -c 'CMD ["true"]'
