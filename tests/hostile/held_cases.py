# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests of every kind of plan: what is looked up, counted and made before, and given behind."""
import json

POLICY = """
[rule everyday]
users = %safedocker
verbs = @everyday, tag, commit, rmi, image prune, push
flags = @everyday
images = docker.io/library/bb
containers = 100
networks = 100
volumes = 100
{until}
[strong all]
users = %safedocker
verbs = load, import, build, cp
flags = @everyday, @build
root = open
images = docker.io/library/bb
reason = optional
password = no
{until}
"""
NARROW = """
[rule everyday]
users = %safedocker
verbs = ps
flags = @everyday
"""
NOBODY = """
[rule other]
users = nobody
verbs = ps
flags = @everyday
"""


def request(method, path, body=None, version="1.45", more=""):
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    head = f"{method} /v{version}{path} HTTP/1.1\r\nHost: docker\r\n{more}"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    elif method == "POST":
        head += "Content-Length: 0\r\n"
    return (head + "\r\n" + (body or "")).encode()


def upload(method, path, *parts, more="", media="application/x-tar"):
    """In chunks; without its end where the last part is None."""
    head = f"{method} /v1.45{path} HTTP/1.1\r\nHost: docker\r\nContent-Type: {media}\r\n" \
        f"Transfer-Encoding: chunked\r\n{more}\r\n"
    out = head.encode()
    for part in parts:
        if part is None:
            return out
        out += b"%x\r\n%s\r\n" % (len(part), part)
    return out + b"0\r\n\r\n"


TAR = b"\0" * 1024


class Case:
    """make(home): the request; strong: it needs the rule `all`; how: see Story."""
    def __init__(self, name, make, strong=False, **how):
        self.name, self.strong, self.how = name, strong, how
        self.make = make if callable(make) else lambda home: make


def create_with(**host):
    return request("POST", "/containers/create?name=c", {"Image": "bb:1", "HostConfig": host})


def create(size=0, more=""):
    """Of so many bytes, and some more."""
    env = [f"X{i}=" + "x" * min(60_000, size - i) for i in range(0, size, 60_000)]
    return request("POST", "/containers/create?name=c", {
        "Image": "bb:1", "Env": env, "HostConfig": {"NetworkMode": "none"}}, more=more)


def with_volumes(home):
    """A network, three volumes, the container."""
    return create_with(Binds=["fresh1:/a", "fresh2:/b", "fresh3:/c"])


def with_path(home):
    """A network, a volume beside the path, the container."""
    return create_with(Binds=[f"{home}/dir:/c", "fresh:/c/below"])


def post(path, body=None):
    return request("POST", path, body)


EXEC = "e" * 64
CASES = [
    Case("create with volumes", with_volumes),
    Case("create with a path", with_path),
    Case("create in a container's network", lambda home: create_with(NetworkMode="container:mine")),
    Case("start", post("/containers/mine/start")),
    Case("stop", post("/containers/mine/stop")),
    Case("remove", request("DELETE", "/containers/mine?force=1&v=1")),
    Case("rename", post("/containers/mine/rename?name=renamed")),
    Case("update", post("/containers/mine/update", {"RestartPolicy": {"Name": "no"}})),
    Case("exec create", post("/containers/mine/exec", {"Cmd": ["true"]})),
    Case("exec start", post(f"/exec/{EXEC}/start", {"Detach": True})),
    Case("container prune", post("/containers/prune")),
    Case("archive", upload("PUT", "/containers/mine/archive?path=%2Ftmp", TAR), strong=True,
         open=True),
    Case("tag", post("/images/bb:1/tag?repo=own&tag=2")),
    Case("pull", post("/images/create?fromImage=bb&tag=1")),
    Case("commit", post("/commit?container=mine&repo=own&tag=3")),
    Case("rmi", request("DELETE", "/images/own:1")),
    Case("build", upload("POST", "/build?t=own:4", TAR), strong=True),
    Case("load", upload("POST", "/images/load", TAR), strong=True),
    Case("network create", post("/networks/create", {"Name": "fresh"})),
    Case("network connect", post("/networks/mine/connect", {"Container": "mine"})),
    Case("network rm", request("DELETE", "/networks/mine")),
    Case("network prune", post("/networks/prune")),
    Case("volume create", post("/volumes/create", {"Name": "fresh"})),
    Case("volume rm", request("DELETE", "/volumes/mine")),
    Case("volume prune", post("/volumes/prune")),
]
