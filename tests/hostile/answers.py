# SPDX-License-Identifier: GPL-2.0-or-later
"""What an engine answers, plausible enough for all that the helper asks of it; each with its mark.

`world` is how things are, as the test wants them:
  uid          whose everything is
  absent       paths (without the version) that are not there, until what is posted makes them
  open         containers, and their volumes, are not mapped ones
  fleeting     containers were made with --rm and have not been started
  members      containers are on each network
  status       {"METHOD /path": status}: an error in place of the answer
  other        an object that belongs to no request, in JSON with MARK in it
"""
import base64
import hashlib
import json
import os
import re

# By which the helper knows an engine that maps containers, and a mapped one of uid's.
INFO = {"SecurityOptions": ["name=seccomp,profile=default"], "DockerRootDir": "/var/lib/docker",
        "CgroupDriver": "cgroupfs", "Driver": "overlay2",
        "DriverStatus": [["Native Overlay Diff", "true"]], "DefaultRuntime": "runc", "Runtimes": {
            "safedocker": {"path": os.environ.get("SD_PREFIX", "/opt/safedocker-test") +
                           "/sbin/safedocker-runtime"}}}
ASKED = {"safedocker.asked": '{"cwd":"","mounts":[]}'}


def mapped(uid):
    return {"Runtime": "safedocker", "CgroupParent": f"/safedocker/u{uid}"}


def identity(name):
    """Of 64 hex digits: what is one already stays."""
    if re.fullmatch(r"[0-9a-f]{64}", name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()


class Answer:
    def __init__(self, status, body=b"", fields=(), media="application/json", asked="GET"):
        self.status, self.body, self.fields = status, body, list(fields)
        self.media, self.asked = media, asked
        self.ends = False       # the connection is closed behind it
        self.counted = True

    @property
    def has_body(self):
        return self.asked != "HEAD" and self.status not in (101, 204, 304) and len(self.body) > 8

    def head(self, length=None, *more, version="1.1"):
        lines = [f"HTTP/{version} {self.status} Whatever", "Api-Version: 1.41", "Ostype: linux"]
        if self.status not in (101, 204, 304) and self.media:
            lines.append(f"Content-Type: {self.media}")
        lines += [f"{k}: {v}" for k, v in self.fields]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += more
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def render(self):
        if self.status in (101, 204, 304) or not self.counted:
            return self.head() + self.body
        return self.head(len(self.body)) + (self.body if self.asked != "HEAD" else b"")


def container(name, world, mark):
    uid, is_open = world["uid"], world.get("open")
    return {
        "Id": identity(name), "Name": "/" + name, "Created": mark, "Image": "sha256:" + "a" * 64,
        "State": {"Status": "created" if world.get("fleeting") else "running"},
        "Config": {"User": "", "Tty": False, "Image": "bb:1", "Env": [mark],
                   "Labels": {"safedocker.uid": str(uid), **({} if is_open else ASKED)}},
        "HostConfig": {"ContainerIDFile": f"safedocker:{uid}", "NetworkMode": "none",
                       "IpcMode": "private", "AutoRemove": bool(world.get("fleeting")),
                       **({} if is_open else mapped(uid))},
        "Mounts": [],
    }


def named(kind, name, world, mark):
    label = {"safedocker.uid": str(world["uid"])}
    if kind == "networks":
        members = {identity("mine"): {"Name": "mine"}} if world.get("members") else {}
        return {"Id": identity(name), "Name": name, "Created": mark, "Driver": "bridge",
                "Labels": label, "Containers": members, "Options": {"mark": mark}}
    if kind == "volumes":
        return {"Name": name, "Driver": "local", "Options": None, "Mountpoint": mark,
                "Labels": {**label, "safedocker.kind": "open" if world.get("open") else "mapped"}}
    if kind == "images":
        return {"Id": "sha256:" + identity(name), "RepoTags": ["bb:1"], "Comment": mark,
                "Config": {"Labels": label}}
    return {"ID": identity(name)[:25], "CreatedAt": mark, "Version": {"Index": 7},
            "Spec": {"Name": name, "Labels": label, "ContainerSpec": {"Labels": label}}}


def listed(kind, world, mark):
    if kind == "containers":
        label = {"safedocker.uid": str(world["uid"])}
        return [{"Id": identity(n), "Names": ["/" + n], "Status": mark, "Labels": label}
                for n in ("mine", "mine2")]
    if kind == "volumes":
        return {"Volumes": [named(kind, "mine", world, mark)], "Warnings": None}
    return [named(kind, "mine", world, mark)]


def stat():
    text = json.dumps({"name": "d", "size": 4096, "mode": (1 << 31) | 0o755,
                       "mtime": "2026-01-01T00:00:00Z"})
    return base64.b64encode(text.encode()).decode()


MADE = ("containers", "networks", "volumes", "services", "secrets", "configs")
NAMED = ("networks", "volumes", "services", "tasks", "secrets", "configs", "nodes")
NOTHING = ("start", "stop", "kill", "rename", "pause", "unpause", "restart")


def answer_to(method, target, fields, body, world, mark):
    path = re.sub(r"^/v1\.\d+", "", target.partition("?")[0])
    parts = path.strip("/").split("/")
    kind, last = parts[0], parts[-1]

    def ok(value, status=200, **more):
        return Answer(status, json.dumps(value).encode(), asked=method, **more)

    status = world.get("status", {}).get(f"{method} {path}")
    if status:
        return ok({"message": f"{mark} as the test wants it"}, status)
    if method == "GET" and path in world.get("absent", ()):
        return ok({"message": f"{mark} is not there"}, 404)
    if fields.get("upgrade"):
        more = [("Connection", "Upgrade"), ("Upgrade", fields["upgrade"])]
        a = Answer(101, f"{mark}\n".encode(), more, asked=method)
        a.ends = True
        return a
    if path == "/_ping":
        return Answer(200, f"OK {mark}".encode(), media="text/plain", asked=method)
    if method == "HEAD":
        return Answer(200, fields=[("X-Docker-Container-Path-Stat", stat())], asked=method)
    if path == "/info":
        return ok({**INFO, "Name": mark})
    if method == "GET" and last in ("logs", "export", "archive", "get"):
        more = [("X-Docker-Container-Path-Stat", stat())] if last == "archive" else []
        return Answer(200, f"{mark} bytes".encode() * 20, more, "application/octet-stream", method)
    if method == "GET" and last == "json" and kind == "containers" and len(parts) > 2:
        return ok(container(parts[1], world, mark))
    if method == "GET" and kind == "exec":
        return ok({"ID": parts[1], "ContainerID": identity("mine"), "OpenStdin": mark,
                   "ProcessConfig": {"privileged": False,
                                     "user": "0"}})
    if method == "GET" and kind in ("containers", "images") and last == "json":
        return ok(listed(kind, world, mark) if len(parts) == 2 else
                  named(kind, "/".join(parts[1:-1]), world, mark))
    if method == "GET" and kind in NAMED:
        return ok(listed(kind, world, mark) if len(parts) == 1 else
                  named(kind, parts[1], world, mark))
    if method == "POST" and last == "create" and kind in MADE:
        made = json.loads(body or b"{}")
        name = made.get("Name") or "new"
        for path in (f"/{kind}/{name}", f"/{kind}/{identity(name)}"):
            if path in world.get("absent", ()):
                world["absent"].remove(path)
        if kind == "volumes":
            return ok({"Name": name, "Driver": "local", "Mountpoint": mark,
                       "Labels": made.get("Labels")}, 201)
        return ok({"Id": identity(mark), "ID": identity(mark), "Warnings": [mark]}, 201)
    if method == "POST" and last == "exec":
        return ok({"Id": identity(mark), "Mark": mark}, 201)
    if method == "POST" and kind == "containers" and last in NOTHING:
        return Answer(204, asked=method)
    if method == "GET" and path == "/events":
        return ok({"Type": "container", "Action": "start", "Actor": {
            "ID": identity("mine"),
            "Attributes": {"safedocker.uid": str(world["uid"]), "mark": mark}}})
    return ok({"Mark": mark})
