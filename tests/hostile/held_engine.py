# SPDX-License-Identifier: GPL-2.0-or-later
"""An engine of the tests' own that holds its answer where a test wants it.

It answers as an engine would. Each user of a test has a `Story`: how things are for that user, and
all that was asked in that user's name, on however many connections (the kernel says whose one is).
A story holds the answer to its Nth request until it is told to go on: meanwhile the test does
whatever it likes, so nothing depends on who is faster.
"""
import asyncio
import base64
import hashlib
import json
import os
import re
import socket
import struct

from answers import ASKED, INFO, mapped

READS = ("GET", "HEAD")


def identity(name):
    """64 hex digits for a name; what is one already stays."""
    if re.fullmatch(r"[0-9a-f]{64}", name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()


class Asked:
    """One whole request: without its last byte it is none."""
    def __init__(self, method, target, body):
        self.method, self.target, self.body = method, target, body
        self.path = re.sub(r"^/v1\.\d+", "", target.partition("?")[0])

    @property
    def changes(self):
        return self.method not in READS

    def __str__(self):
        return f"{self.method} {self.target}"


class Link:
    """One connection of a helper's."""
    def __init__(self, pid):
        self.pid = pid
        self.asked, self.rest = [], b""     # rest: of a request that is not whole
        self.ended = asyncio.Event()


class Story:
    """How things are for one user.

    hold       the how-manieth request is held before its answer (0: none)
    deaf       behind so many requests nothing more is read before `go`; -1: behind the first bytes
               of a request that is not whole
    early      (bytes, answer): the answer is given when so many bytes of a body are there
    open       containers are open ones
    exchanged  None; "other": what has a name is another's by now; "own": its owner made it anew,
               with another id, and open; "taken": what was not there is, and is another's
    made       names of what was made
    containers as they are listed; late: one that is made goes there with the answer, not before it
    """
    def __init__(self, uid, hold=0, **how):
        self.uid, self.hold = uid, hold
        self.deaf = how.get("deaf", 0)
        self.hook = how.get("hook")     # async (link, asked): before each answer
        self.early = how.get("early")
        self.open = how.get("open", False)
        self.late = how.get("late", False)
        self.exchanged = None
        self.made = set()
        self.containers = [{"Id": identity("mine"), "Names": ["/mine"]}]
        self.asked, self.links = [], []
        self.held, self.go, self.given = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def again(self, hold):
        """Another request is held, counted from here."""
        self.hold = len(self.asked) + hold
        self.held, self.go, self.given = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def changes(self, since=0):
        return [a for a in self.asked[since:] if a.changes]


# --- what it says -----------------------------------------------------------------------------
class Says:
    def __init__(self, story):
        self.s = story
        self.uid = story.uid

    def is_taken(self, name):
        return self.s.exchanged == "taken" and name.startswith(("fresh", "safedocker-"))

    def owner(self, name=""):
        return self.uid + 1 if self.s.exchanged == "other" or self.is_taken(name) else self.uid

    def id_of(self, name):
        return identity(name + (" exchanged" if self.s.exchanged in ("other", "own") else ""))

    def labels(self, name="", **more):
        return {"safedocker.uid": str(self.owner(name)), **more}

    def container(self, name):
        owner, is_open = self.owner(), self.s.open or self.s.exchanged == "own"
        return {
            "Id": self.id_of(name), "Name": "/" + name, "Image": "sha256:" + "a" * 64,
            "State": {"Status": "running", "Running": True},
            "Config": {"User": "", "Tty": False, "Image": "bb:1", "Env": [],
                       "Labels": {**self.labels(), **({} if is_open else ASKED)}},
            "HostConfig": {"ContainerIDFile": f"safedocker:{owner}", "NetworkMode": "none",
                           "IpcMode": "private", "Privileged": self.s.exchanged == "own",
                           **({} if is_open else mapped(owner))},
            "Mounts": [],
        }

    def network(self, name):
        return {"Id": self.id_of(name), "Name": name, "Driver": "bridge",
                "Labels": self.labels(name), "Options": {}, "Containers": {}}

    def volume(self, name, made=None):
        made = {} if made is None or self.is_taken(name) else made
        labels = made.get("Labels") or self.labels(name, **{"safedocker.kind": "mapped"})
        return {"Name": name, "Driver": "local", "Mountpoint": "/nowhere", "Labels": labels,
                "Options": made.get("DriverOpts")}

    def image(self, name):
        return {"Id": "sha256:" + identity(name), "RepoTags": [name], "Config": {
            "Labels": self.labels() if name.startswith("own") else {}}}

    def look(self, path):
        """(status, value)"""
        parts = path.strip("/").split("/")
        kind, name = parts[0], "/".join(parts[1:-1] if parts[-1] == "json" else parts[1:])
        if kind == "info":
            return 200, INFO
        if kind == "_ping":
            return 200, "OK"
        if name == "":
            return 200, {"Volumes": []} if kind == "volumes" else \
                self.s.containers if kind == "containers" else []
        if re.match(r"(docker.io/library/)?own:[2-9]|fresh|safedocker-", name) and \
                name not in self.s.made and not self.is_taken(name):
            return 404, {"message": "no such " + kind}
        if kind == "exec":
            owner = self.owner()
            return 200, {"ID": name, "ContainerID": self.id_of("mine"), "ProcessConfig": {
                "privileged": False, "user": "0"}}
        say = {"containers": self.container, "networks": self.network, "volumes": self.volume,
               "images": self.image}.get(kind)
        return (200, say(name)) if say else (404, {"message": "what is that?"})

    def make(self, asked):
        made = json.loads(asked.body or b"{}")
        name = made.get("Name") or "new"
        self.s.made.add(name)
        if asked.path == "/volumes/create":
            return 201, self.volume(name, made)
        if asked.path == "/containers/create":
            made = identity(f"made {len(self.s.containers)}")
            self.s.containers.append({"Id": made, "Names": ["/x"], "Labels": self.labels()})
            return 201, {"Id": made, "Warnings": []}
        return 201, {"Id": identity(name), "Warning": ""}

    def answer(self, asked):
        path, last = asked.path, asked.path.rpartition("/")[2]
        if asked.method == "HEAD":
            stat = {"name": "d", "size": 4096, "mode": 1 << 31 | 0o755,
                    "mtime": "2026-01-01T00:00:00Z", "linkTarget": ""}
            return render(200, None, "X-Docker-Container-Path-Stat: " +
                          base64.b64encode(json.dumps(stat).encode()).decode())
        if asked.method == "GET":
            return render(*self.look(path))
        if path in ("/volumes/create", "/networks/create", "/containers/create"):
            return render(*self.make(asked))
        if last == "exec" or path == "/commit":
            return render(201, {"Id": identity("exec")})
        if asked.method == "DELETE" and not path.startswith("/images/"):
            return render(204, None)
        if last in ("start", "stop", "kill", "rename", "pause", "unpause", "restart") and \
                not path.startswith("/exec/"):
            return render(204, None)
        return render(200, [] if asked.method == "DELETE" else {})


def render(status, value, *fields):
    body = b"" if value is None else json.dumps(value).encode()
    head = [f"HTTP/1.1 {status} So", "Api-Version: 1.45", "Ostype: linux", *fields]
    if status not in (101, 204, 304):
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


# --- how it reads -----------------------------------------------------------------------------
def body_of(head, rest):
    """(body, bytes used) of what is behind a head; None where it is not whole."""
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
    if length:
        n = int(length.group(1))
        return (rest[:n], n) if len(rest) >= n else None
    if not re.search(rb"\r\ntransfer-encoding: chunked", head, re.I):
        return b"", 0
    body, at = b"", 0
    while True:
        end = rest.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(rest[at:end], 16)
        if len(rest) < end + 2 + size + 2:
            return None
        body += rest[end + 2:end + 2 + size]
        at = end + 2 + size + 2
        if size == 0:
            return body, at


def next_request(data):
    """(Asked, bytes used), or None."""
    head, blank, rest = data.partition(b"\r\n\r\n")
    got = body_of(head, rest) if blank else None
    if got is None:
        return None
    method, target = head.split(b"\r\n")[0].decode("latin-1").split(" ")[:2]
    return Asked(method, target, got[0]), len(head) + 4 + got[1]


class Engine:
    def __init__(self):
        self.stories = {}       # uid: Story
        self.strays = 0         # connections of somebody without one

    async def listen(self, path):
        server = await asyncio.start_unix_server(self.serve, path, limit=1 << 22, backlog=1024)
        os.chmod(path, 0o666)
        return server

    async def tell(self, story, link, asked):
        """Its answer, as things are before it is held: what is made is made before that."""
        answer = None if story.late else Says(story).answer(asked)
        if len(story.asked) == story.hold:
            story.held.set()
            await story.go.wait()
        if story.hook:
            await story.hook(link, asked)
        return answer or Says(story).answer(asked)

    async def serve(self, reader, writer):
        peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, _ = struct.unpack("3i", peer)
        story = self.stories.get(uid)
        if story is None:
            self.strays += 1
            writer.close()
            return
        link = Link(pid)
        story.links.append(link)
        try:
            await self.talk(story, link, reader, writer)
        except ConnectionError:
            pass
        finally:
            link.ended.set()
            writer.close()

    async def be_deaf(self, story, writer):
        story.deaf = 0
        writer.transport.pause_reading()
        story.held.set()
        await story.go.wait()
        writer.transport.resume_reading()

    async def talk(self, story, link, reader, writer):
        got = 0
        while True:
            data = await reader.read(65536)
            if not data:
                return
            got += len(data)
            link.rest += data
            if story.early and got >= story.early[0]:
                writer.write(story.early[1])
                story.early = None
                await writer.drain()
            while (found := next_request(link.rest)) is not None:
                asked, used = found
                link.rest = link.rest[used:]
                link.asked.append(asked)
                story.asked.append(asked)
                held = len(story.asked) == story.hold
                answer = await self.tell(story, link, asked)
                if story.deaf == len(story.asked):
                    writer.transport.pause_reading()
                writer.write(answer)
                await writer.drain()
                if held:
                    story.given.set()
                if story.deaf == len(story.asked):
                    await self.be_deaf(story, writer)
            if link.rest and story.deaf < 0:
                await self.be_deaf(story, writer)
