#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What each flag of docker's does for a mapped container: the table of safedocker-runtime(8), row by row. The words of a
# refusal are the runtime's, the engine's or runc's own.
. "$SD_HERE/mapped.sh"
U=$(uid) H=$SD_WORK/$SD_ALICE
cc -O1 -static -o "$SD_WORK/mapped-image/bin/hold" "$SD_HERE/hold.c" || { not_ok 'the attack is built'; exit; }
import_image
alice mkdir -p "$H/b"

# works FLAG EXPECTED HOST-JSON COMMAND: the command's output; refused FLAG WORDS HOST-JSON [BODY-JSON]
works() { is "$1 works" "$2" "$(mapped --host "$3" "${@:5}" bb:1 sh -c "$4" 2>&1 | xargs)"; }
refused() { denied "$1 is refused" "$2" mapped --host "$3" --body "${4:-{\}}" bb:1 true; }
device() { echo "{\"Devices\":[{\"PathOnHost\":\"$1\",\"PathInContainer\":\"$2\",\"CgroupPermissions\":\"rwm\"}]}"; }

# --- capabilities and what is around them
effective() { echo "sed -n 's/^CapEff:.//p' /proc/self/status"; }
for cap in NET_RAW MKNOD SYS_PTRACE SYS_ADMIN NET_ADMIN; do
	run mapped --host "{\"CapDrop\":[\"ALL\"],\"CapAdd\":[\"$cap\"]}" bb:1 sh -c "$(effective)"
	lacks "--cap-add $cap works: it is there, in its namespace" "$OUT" 0000000000000000
done
works '--cap-drop ALL' 0000000000000000 '{"CapDrop":["ALL"]}' "$(effective)"
works '--security-opt seccomp=unconfined' 'Seccomp: 0' '{"SecurityOpt":["seccomp=unconfined"]}' 'grep Seccomp: /proc/self/status'
works '--security-opt apparmor=unconfined' here '{"SecurityOpt":["apparmor=unconfined"]}' 'echo here'
works '--security-opt no-new-privileges' 'NoNewPrivs: 1' '{"SecurityOpt":["no-new-privileges"]}' 'grep NoNewPrivs /proc/self/status'
works '--security-opt systempaths=unconfined' no '{"MaskedPaths":[],"ReadonlyPaths":[]}' '(echo 0 >/proc/sys/kernel/panic) 2>/dev/null && echo yes || echo no'
# CAP_SYS_ADMIN, which no default gives; which others there are is the engine's and runc's to know.
administers() { case ${1:-} in '' | *[!0-9a-f]*) echo no ;; *) echo $((0x$1 >> 21 & 1)) ;; esac; }
is 'without --privileged it is no administrator' 0 "$(administers "$(mapped bb:1 sh -c "$(effective)")")"
is '--privileged works: it is one of its own namespace' 1 \
	"$(administers "$(mapped --host '{"Privileged":true}' bb:1 sh -c "$(effective)")")"
works '--group-add by number' '0 4243' '{"GroupAdd":["4243"]}' 'id -G | tr " " "\n" | grep -xE "0|4243"'

# --- devices
works '--device of a node that everybody may open' 1 "$(device /dev/full /dev/full)" 'head -c 1 /dev/full | wc -c'
groupadd "sdt$$d" && usermod -aG "sdt$$d" "$SD_ALICE"
mount -t tmpfs -o mode=0755 tmpfs /dev/net
mknod -m 0660 /dev/net/ours c 1 5 && chgrp "sdt$$d" /dev/net/ours
mknod -m 0600 /dev/net/roots c 1 5
works '--device of a node that the user may open by group' 1 "$(device /dev/net/ours /dev/net/ours)" 'head -c 1 /dev/net/ours | wc -c'
denied '--device of another'\''s node is there, and cannot be opened' 'ermission denied' \
	mapped --host "$(device /dev/net/roots /dev/net/roots)" bb:1 sh -c 'test -c /dev/net/roots && cat </dev/net/roots'
umount /dev/net
groupdel "sdt$$d"
refused '--device to another path' 'the same path inside' "$(device /dev/full /dev/kmsg)"
refused '--gpus' 'could not select device driver' '{"DeviceRequests":[{"Driver":"","Count":-1,"Capabilities":[["gpu"]]}]}'
works '--device-cgroup-rule' here '{"DeviceCgroupRules":["c 1:5 rwm"]}' 'echo here'

# --- files
works '--init' /sbin/docker-init '{"Init":true}' 'tr "\0" " " </proc/1/cmdline | cut -d" " -f1'
works '--read-only' 'no' '{"ReadonlyRootfs":true}' 'touch /x 2>/dev/null && echo yes || echo no'
works '--tmpfs' 'tmpfs yes' '{"Tmpfs":{"/t":"size=1m,exec,uid=5"}}' 'stat -f -c %T /t; cp /bin/busybox /t/busybox 2>/dev/null; touch /t/x && echo yes'
works '--mount type=tmpfs' tmpfs '{"Mounts":[{"Type":"tmpfs","Target":"/t"}]}' 'stat -f -c %T /t' --body '{"Env":[]}'
works '--shm-size' 1 '{"ShmSize":1048576}' 'grep -c "shm /dev/shm .*size=1024k" /proc/mounts'
# With these runc would mount what the image's /tmpfs is, opened by root.
mkdir -p "$SD_WORK/private/x" && chmod 700 "$SD_WORK/private" && echo SECRET >"$SD_WORK/private/x/secret"
ln -sfn "$SD_WORK/private/x" "$SD_WORK/mapped-image/tmpfs" && import_image
for option in bind rbind; do
	denied "--tmpfs with $option is refused" "cannot have this mount option: $option" \
		mapped --host "{\"Tmpfs\":{\"/t\":\"$option\"}}" bb:1 cat /t/secret
done
refused 'a bind that is not the place-holder'\''s' 'cannot have this mount: /t' '{"Binds":["/etc:/t"]}'
for how in rshared rslave; do
	refused "--volume with $how" "is not a shared" \
		"{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"$SD_PLACEHOLDER\",\"Target\":\"/t\",\"BindOptions\":{\"Propagation\":\"$how\"}}]}"
done
# With driver options a volume is what its maker says: of the host's files the container's root would be root.
mkdir -p "$SD_WORK/rooted" && echo SECRET >"$SD_WORK/rooted/secret" && chmod 600 "$SD_WORK/rooted/secret"
mengine volume create -o type=none -o o=bind -o "device=$SD_WORK/rooted" bound >/dev/null
denied 'a volume with driver options is refused' 'a mount of its own' mapped --vol /v=bound bb:1 cat /v/secret
mengine volume rm bound >/dev/null
mengine volume create holds >/dev/null && mkdir "$DATA/volumes/holds/_data/d" && mount --bind "$SD_WORK/rooted" "$DATA/volumes/holds/_data/d"
denied 'nor one in which something is mounted' 'or holds one' mapped --vol /v=holds bb:1 cat /v/d/secret
umount "$DATA/volumes/holds/_data/d"
allowed 'without it is one like others' mapped --vol /v=holds bb:1 ls /v/d

# --- namespaces
stays one --host '{"IpcMode":"shareable"}' bb:1 sleep 1000
works '--network none' lo '{"NetworkMode":"none"}' 'ls /sys/class/net'
works '--network host' 'lo' '{"NetworkMode":"host"}' 'ls /sys/class/net | grep -x lo'
for n in Network Pid Ipc; do works "--${n,,} container:" here "{\"${n}Mode\":\"container:one\"}" 'echo here'; done
refused '--pid host' 'the host'\''s namespace: pid' '{"PidMode":"host"}'
refused '--ipc host' 'the host'\''s namespace: ipc' '{"IpcMode":"host"}'
works '--uts host' "$(uname -n) no" '{"UTSMode":"host"}' 'busybox uname -n; hostname other 2>/dev/null && echo yes || echo no' 
works '--userns host' "0 $U" '{"UsernsMode":"host"}' 'head -1 /proc/self/uid_map | (read a b c; echo $a $b)'
run mapped --host '{"CgroupnsMode":"host"}' bb:1 sh -c 'cat /proc/self/cgroup; for d in /sys/fs/cgroup/*/; do (echo 1 >$d/cgroup.procs) 2>/dev/null && echo wrote; done'
has '--cgroupns host works: its path is seen' "$OUT" "/safedocker/u$U/"
lacks 'and nothing can be moved' "$OUT" wrote
works '--cgroupns private' / '{"CgroupnsMode":"private"}' 'tail -1 /proc/self/cgroup | cut -d: -f3'

# --- life
works '--sysctl net.' 5 '{"Sysctls":{"net.ipv4.ip_default_ttl":"5"}}' 'cat /proc/sys/net/ipv4/ip_default_ttl'
works '--sysctl kernel.msgmax' 4096 '{"Sysctls":{"kernel.msgmax":"4096"}}' 'cat /proc/sys/kernel/msgmax'
works 'ping without CAP_NET_RAW' yes '{"CapDrop":["ALL"]}' 'hold ping'
works 'ping as another id' 'yes' '{"CapDrop":["ALL"]}' 'hold ping' --user 1000:1000
works 'ping as an id behind the range' yes '{"CapDrop":["ALL"]}' 'hold ping' --user 100000:100000
works '--memory, --cpus, --pids-limit, --blkio-weight' 33554432 '{"Memory":33554432,"MemorySwap":33554432,"NanoCpus":500000000,"PidsLimit":20,"BlkioWeight":500}' 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null'
works '--oom-score-adj' 500 '{"OomScoreAdj":500}' 'cat /proc/self/oom_score_adj'
if [ $((0x$(sed -n 's/^CapEff:\s*//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	refused '--oom-score-adj below that of root' 'OCI runtime create failed' '{"OomScoreAdj":-500}'
fi
works '--hostname' other '{}' hostname --body '{"Hostname":"other"}'
works '--dns, --add-host' 1 '{"ExtraHosts":["x:1.2.3.4"]}' 'grep -c 1.2.3.4 /etc/hosts'
stays up --host '{"RestartPolicy":{"Name":"always"}}' bb:1 sleep 1000
allowed 'exec --privileged works' mengine exec --privileged up sh -c "$(effective)"
is 'exec --privileged: likewise' 1 "$(administers "$OUT")"
allowed 'exec -u works' mengine exec -u 33 up id -u
allowed 'update works' mengine update --memory 64m --memory-swap 64m --cpus 0.5 --restart no up
denied 'checkpoint is refused' 'checkpoint' mengine checkpoint create up c
allowed 'kill works' mengine kill up
if [ "$SD_ENGINE_API" -ge 43 ]; then
	works '--annotation' here '{"Annotations":{"x":"y","bundle":"/nowhere"}}' 'echo here'
	mengine run -d --name noted --runtime safedocker --annotation bundle=/nowhere bb:1 sleep 1000 >/dev/null
	allowed 'exec where an annotation is called as a label of runc'\''s' mengine exec noted true
	mengine rm -f noted >/dev/null
fi
