#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""runtime.py RUNTIME RUNC DOCKERD BUNDLE ID ROUNDS: CPU of safedocker-runtime's own work, beside runc's create and start.

BUNDLE is one that the engine made for a container ID below safedocker's cgroup parent, whose root file system is
mounted. The runtime's own work is what it does until it becomes runc: in a mount namespace of this process's own
something is mounted over RUNC that leaves a process behind, as runc does, and ends; what that costs is taken off. runc's is create and start of the same bundle without hooks, the
container's process included until it waits; with a network the engine's own hook belongs to it: DOCKERD by another name."""
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

runtime, runc, dockerd, bundle, name, rounds = sys.argv[1:6] + [int(sys.argv[6])]
config = json.load(open(f"{bundle}/config.json"))
work = tempfile.mkdtemp()
libc = ctypes.CDLL(None, use_errno=True)


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ms(seconds):
    return 1000 * seconds / rounds


def made(i, hooks):
    path = f"{work}/b{i}"
    os.mkdir(path)
    copy = dict(config)
    if not hooks:
        copy.pop("hooks", None)
        # The engine's container has that one.
        copy["linux"] = {**config["linux"], "cgroupsPath": f"{os.environ['SD_CGROUP_PATH']}/b{i}"}
        copy["mounts"] = [m for m in config["mounts"] if m["destination"] != "/.safedocker"]
    json.dump(copy, open(f"{path}/config.json", "w"))
    return path


# What runc leaves to init, the container's process, is waited for here.
libc.prctl(36, 1, 0, 0, 0)
alone = 0.0
for i in range(rounds):
    path = made(i, False)
    at = cpu()
    for command in (["create", "--bundle", path, f"b{i}"], ["start", f"b{i}"]):
        subprocess.run([runc, "--root", f"{work}/state", *command], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    between = cpu()
    time.sleep(0.1)
    subprocess.run([runc, "--root", f"{work}/state", "kill", f"b{i}", "KILL"], check=True)
    removal = cpu() - between
    os.waitpid(-1, 0)
    alone += cpu() - at - removal
    subprocess.run([runc, "--root", f"{work}/state", "delete", "-f", f"b{i}"], check=True)
if libc.unshare(0x00020000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit("no mount namespace")
with open(f"{work}/leaves", "w") as f:
    f.write("#!/bin/sh\nsleep 1000 </dev/null >/dev/null 2>&1 &\n")
os.chmod(f"{work}/leaves", 0o755)
if libc.mount(f"{work}/leaves".encode(), runc.encode(), None, 0x1000, None):
    sys.exit("runc cannot be covered")
own = 0.0
for i in range(rounds):
    path = made(rounds + i, True)
    at = cpu()
    subprocess.run([runtime, "create", "--bundle", path, name], check=True)
    between = cpu()
    subprocess.run([runc], check=True)
    own += 2 * between - at - cpu()
for left in open(f"/proc/self/task/{os.getpid()}/children").read().split():
    os.kill(int(left), 9)
    os.waitpid(int(left), 0)
at = cpu()
for i in range(rounds):
    subprocess.run(["libnetwork-setkey", "-exec-root=/nonexistent", "none", "none"], executable=dockerd,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
hook = cpu() - at
libc.umount2(runc.encode(), 2)
shutil.rmtree(work)
print(f"# runc create + start {ms(alone):.2f} ms, with the engine's hook for networks {ms(alone + hook):.2f} ms; the "
      f"runtime's own {ms(own):.2f} ms: {100 * own / alone:.1f} %, {100 * own / (alone + hook):.1f} % (budget 5 %), "
      f"of {rounds} rounds")
