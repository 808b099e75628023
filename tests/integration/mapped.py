#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mapped.py: makes a container at the engine's bare socket as safedocker-helper will make mapped ones.

  mapped.py -u UID [-n NAME] [-v TARGET=SOURCE[:ro][:make]]... [--vol TARGET=NAME[:ro][:copy][:sub=PATH]]...
            [--cwd PATH] [--user U] [--host JSON] [--body JSON] [--raw VARIABLE] [--parent CGROUP] [--start] IMAGE [COMMAND...]

Prints the id; with --start the output (and ends as the command did), and the container is removed. A refusal of the
engine's is printed, and the status is 125. $SD_MAPPED_SOCKET is the engine's socket, $SD_PLACEHOLDER the place-holder."""
import argparse
import http.client
import json
import os
import socket
import sys

place_holder = os.environ["SD_PLACEHOLDER"]


class Engine(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ["SD_MAPPED_SOCKET"])


def ask(method, path, body=None):
    engine = Engine("engine")
    engine.request(method, "/v1.41" + path, json.dumps(body) if body is not None else None,
                   {"Content-Type": "application/json"})
    answer = engine.getresponse()
    return answer.status, answer.read()


def refused(answer):
    print(json.loads(answer).get("message", "").strip())
    sys.exit(125)


p = argparse.ArgumentParser()
p.add_argument("-u", type=int, required=True)
p.add_argument("-n")
p.add_argument("-v", action="append", default=[])
p.add_argument("--vol", action="append", default=[])
p.add_argument("--cwd")
p.add_argument("--user", default="")
p.add_argument("--host", default="{}")
p.add_argument("--body", default="{}")
p.add_argument("--raw")
p.add_argument("--parent")
p.add_argument("--start", action="store_true")
p.add_argument("image")
p.add_argument("command", nargs=argparse.REMAINDER)
o = p.parse_args()

mounts, entries = [], []
for v in o.v:
    target, rest = v.split("=", 1)
    source, *flags = rest.split(":")
    mounts.append({"Type": "bind", "Source": place_holder, "Target": target, "ReadOnly": True})
    entries.append({"target": target, "source": source, **{f: True for f in flags}})
for v in o.vol:
    target, rest = v.split("=", 1)
    name, *flags = rest.split(":")
    mounts.append({"Type": "volume", "Source": name, "Target": target, "ReadOnly": "ro" in flags,
                   "VolumeOptions": {"NoCopy": True}})
    entry = {"target": target}
    if "copy" in flags:
        entry["copy"] = True
    entry.update({"subpath": f[4:] for f in flags if f.startswith("sub=")})
    if len(entry) > 1:
        entries.append(entry)
if not o.v:
    mounts.append({"Type": "bind", "Source": place_holder, "Target": "/.safedocker", "ReadOnly": True})
variable = {"mounts": entries}
if o.cwd:
    variable["cwd"] = o.cwd
host = {"Runtime": "safedocker", "CgroupParent": o.parent or f"/safedocker/u{o.u}", "Mounts": mounts}
host.update(json.loads(o.host))
body = {"Image": o.image, "User": o.user, "WorkingDir": "/", "HostConfig": host,
        "Env": ["SAFEDOCKER=" + (o.raw if o.raw is not None else json.dumps(variable))]}
if o.command:
    body["Cmd"] = o.command
body.update(json.loads(o.body))

status, answer = ask("POST", "/containers/create" + (f"?name={o.n}" if o.n else ""), body)
if status != 201:
    refused(answer)
name = json.loads(answer)["Id"]
if not o.start:
    print(name)
    sys.exit(0)
status, answer = ask("POST", f"/containers/{name}/start")
if status != 204:
    ask("DELETE", f"/containers/{name}?force=1&v=1")
    refused(answer)
code = json.loads(ask("POST", f"/containers/{name}/wait")[1])["StatusCode"]
frames = ask("GET", f"/containers/{name}/logs?stdout=1&stderr=1")[1]
while frames:
    n = int.from_bytes(frames[4:8], "big")
    sys.stdout.write(frames[8:8 + n].decode(errors="replace"))
    frames = frames[8 + n:]
ask("DELETE", f"/containers/{name}?force=1&v=1")
sys.exit(code)
