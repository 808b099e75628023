# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests for a test of whole conversations: one that is allowed for each route of route.def,
taken from the golden cases (so a new route has one as soon as it has its case), and some more for
what a route asks of the engine in other cases."""
import os
import re

ROUTE = re.compile(r'ROUTE\((\w+),\s*"([^"]*)", (\w+), (\w+), (\w+), (\w+)\)')


class Request:
    """world: see answers.py; rule: the strong rule that is asked for; locks: the helper takes the
    user's lock for it."""
    def __init__(self, name, raw, world=None, rule=None, locks=False):
        self.name, self.raw = name, raw
        self.world, self.rule, self.locks = world or {}, rule, locks
        self.method = raw.split(b" ", 1)[0].decode()


def notation(text):
    """As judge_notation() of tests/judge: LF is CR LF in the head, `@` the body's length."""
    head, _, body = text.partition("\n\n")
    body = body.removesuffix("\n").encode("utf-8", "surrogateescape")
    if "Transfer-Encoding: chunked" in head:
        body = b"400\r\n" + b"\0" * 1024 + b"\r\n0\r\n\r\n"
    head = head.strip("\n").replace("Content-Length: @", f"Content-Length: {len(body)}")
    return head.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def allowed_cases(directory):
    """In the order of their numbers: (name, text of the request, strong rule or not)."""
    def read(case, name):
        with open(f"{directory}/{case}/{name}", errors="surrogateescape") as f:
            return f.read()

    cases = [c for c in os.listdir(directory) if c.split("-")[0].isdigit()]
    for case in sorted(cases, key=lambda c: int(c.split("-")[0])):
        if read(case, "expect").startswith("allow"):
            yield case, read(case, "request"), os.path.exists(f"{directory}/{case}/as")


def of_routes(routes, directory):
    """[Request], and the routes that have no case and are not refused whatever they say."""
    with open(routes) as f:
        text = f.read()
    refused = set(re.findall(r"^REFUSE\((\w+)", text, re.M))
    cases, found, missing = list(allowed_cases(directory)), [], []
    for method, template, operation, _body, _reply, _object in ROUTE.findall(text):
        path, _, only_with = template.partition("?")
        pattern = re.escape(path).replace(r"\{image\}", r"[^? ]+")
        pattern = re.sub(r"\\{(name|word)\\}", r"[^/? ]+", pattern)
        pattern = re.compile(rf"{method} (?:/v1\.\d+)?{pattern}(?:\?\S*)? HTTP")
        fits = [c for c in cases if pattern.match(c[1]) and only_with in c[1]]
        fits.sort(key=lambda c: c[2])
        if fits:
            found.append(Request(f"{operation} {fits[0][0]}", notation(fits[0][1]),
                                 {"open": fits[0][2]},
                                 "all" if fits[0][2] else None))
        elif operation not in refused:
            missing.append(f"{method} {template}")
    return found, missing


def request(method, path, body=None, more=""):
    head = f"{method} /v1.41{path} HTTP/1.1\r\nHost: docker\r\n{more}"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n" + (body or "")).encode()


def others(uid):
    """What the golden cases, each with everything in its place, do not make the helper ask."""
    net = f"/networks/safedocker-net-{uid}"

    def create(name, body, **more):
        return Request("create, " + name,
                       request("POST", "/containers/create?name=new", body), **more)

    def start(name, **more):
        return Request("start, " + name, request("POST", "/containers/mine/start"), **more)

    return [
        create("the private network is not there", '{"Image":"bb:1"}',
               world={"absent": [net]}, locks=True),
        create("a volume is not there", '{"Image":"bb:1","HostConfig":{"Binds":["fresh:/d"]}}',
               world={"absent": ["/volumes/fresh"]}),
        create("of another container",
               '{"Image":"bb:1","HostConfig":{"NetworkMode":"container:mine",'
               '"VolumesFrom":["mine"],"PidMode":"container:mine","IpcMode":"container:mine"}}'),
        create("the name is taken", '{"Image":"bb:1"}',
               world={"status": {"POST /containers/create": 409}}),
        create("no such image", '{"Image":"bb:1"}', world={"absent": ["/images/bb:1/json"]}),
        create("counted", '{"Image":"bb:1"}', rule="few"),
        start("refused, and removed", world={"fleeting": True}, rule="looking"),
        start("of an open one, and removed", world={"fleeting": True, "open": True}),
        start("there is none", world={"absent": ["/containers/mine/json"]}),
        Request("network inspect, with members", request("GET", "/networks/mine"),
                world={"members": True}),
        Request("exec of nobody",
                request("POST", "/exec/" + "e" * 64 + "/start", '{"Detach":true}'),
                world={"absent": ["/exec/" + "e" * 64 + "/json"]}),
        Request("exec, detached",
                request("POST", "/exec/" + "e" * 64 + "/start", '{"Detach":true}')),
        Request("volume rm --force, there is none", request("DELETE", "/volumes/none?force=1"),
                world={"absent": ["/volumes/none"]}),
        Request("volume create", request("POST", "/volumes/create", '{"Name":"fresh"}')),
    ]
