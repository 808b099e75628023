#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No test: prints what safedocker-runtime costs beside runc's create and start in the same run.
# Run it by name: tests/integration/run BUILD runtime.sh
. "$SD_HERE/mapped.sh"
python3 "$SD_HERE/mapped.py" -u "$(uid)" -n bench -v "/b=$SD_WORK/$SD_ALICE" --vol /data=bench \
	--host '{"Runtime":"runc","NetworkMode":"none"}' bb:1 sleep 100000 >/dev/null
mengine start bench >/dev/null
id=$(mengine inspect -f '{{.Id}}' bench)
SD_CGROUP_PATH=/$SD_CGROUP-mapped python3 "$SD_HERE/../bench/runtime.py" "$RUNTIME" /usr/sbin/runc "$(command -v dockerd)" \
	"$(echo "$SD_ROOT"/mapped/containerd/daemon/io.containerd.runtime.v2.task/moby/"$id")" "$id" 50
ok 'measured'
