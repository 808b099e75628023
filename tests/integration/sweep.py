#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every route that names an object, tried on somebody else's: by the table of routes, so that a new one is tried too.

sweep.py theirs HELPER ROUTES KIND=SPELLING…   on what is another's, as the user that runs this: each answer must
                           be the one that a name of the same shape gets which nobody has; prints `same WHAT
                           STATUS`, or `differs WHAT` and both answers
sweep.py own HELPER ROUTES KIND=SPELLING…      on what is one's own: prints `seen WHAT STATUS` for each route that only
                           looks
sweep.py named HELPER KIND=SPELLING…           as `theirs`, for the bodies that name another object

KIND is a word of object.def in capitals; SPELLING a name, an id, or the beginning of one.
"""
import os
import re
import sys

from client import Client

VERSION = "/v1.41"
# What a route needs beside the name, so that it gets as far as the look-up.
BODIES = {
    "EXEC": '{"Cmd":["true"]}', "EXEC_START": '{"Detach":true}', "UPDATE": '{"CpuShares":512}',
    "CONNECT": '{"Container":"MINE"}', "CHECKPOINT": '{"CheckpointID":"c"}', "VOLUME_UPDATE": "{}",
}
QUERIES = {
    "CONTAINER_STAT": "?path=/etc", "CONTAINER_COPY_OUT": "?path=/etc", "CONTAINER_COPY_IN": "?path=/tmp",
    "CONTAINER_RENAME": "?name=stolen", "CONTAINER_RESIZE": "?h=1&w=1", "EXEC_RESIZE": "?h=1&w=1",
    "CONTAINER_LOGS": "?stdout=1", "CONTAINER_STATS": "?stream=0", "CONTAINER_ATTACH": "?stream=1&stdout=1",
}
# Bodies that name another object. A container as network, process and ipc namespace, its volumes, its links.
NAMED = {
    "CONTAINER": [
        ("network container:", '{"Image":"bb:1","HostConfig":{"NetworkMode":"container:NAME"}}'),
        ("pid container:", '{"Image":"bb:1","HostConfig":{"PidMode":"container:NAME"}}'),
        ("ipc container:", '{"Image":"bb:1","HostConfig":{"IpcMode":"container:NAME"}}'),
        ("volumes-from", '{"Image":"bb:1","HostConfig":{"VolumesFrom":["NAME"]}}'),
        ("volumes-from :ro", '{"Image":"bb:1","HostConfig":{"VolumesFrom":["NAME:ro"]}}'),
        ("link", '{"Image":"bb:1","HostConfig":{"Links":["NAME:other"]}}'),
    ],
    "NETWORK": [
        ("network", '{"Image":"bb:1","HostConfig":{"NetworkMode":"NAME"}}'),
        ("endpoint", '{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"NAME":{}}}}'),
    ],
}
# Bodies that are passed on as they come
STREAMS = "STREAM", "ARCHIVE"


def nobodys(spelling):
    """Of the same shape, and nobody's."""
    if re.fullmatch(r"[0-9a-f]{64}", spelling):
        return "0" * 60 + "beef"
    if re.fullmatch(r"[0-9a-f]{8,}", spelling):
        return ("0" * 60 + "beef")[-len(spelling):][::-1]
    return "nobodys" + "x" * max(0, len(spelling) - 7)


def ask(client, method, path, content, media):
    client.sock.close()
    client.open()
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
    if content is not None:
        head += f"Content-Type: {media}\r\nContent-Length: {len(content)}\r\n"
    elif method == "POST":
        head += "Content-Length: 0\r\n"
    client.sock.sendall(head.encode() + b"\r\n" + (content or b""))
    if method == "HEAD":
        while b"\r\n\r\n" not in client.data and client.more():
            pass
        return client.data.split(b"\r\n")[0].decode().split(" ", 1)[1]
    answer = client.receive()
    # The number in the record is each time another one.
    return re.sub(r"logged as [0-9a-f]+", "logged as X", answer).strip()


def routes(path):
    with open(path) as f:
        for line in f:
            m = re.match(r'ROUTE\((\w+),\s*"([^"]*)", (\w+), (\w+), (\w+), (\w+)\)', line)
            if m:
                yield m.groups()


def compare(what, spelling, theirs, none):
    plain = theirs.replace(spelling, "NAME")
    if plain == none.replace(nobodys(spelling), "NAME"):
        print(f"same {what} {theirs.split(' ')[0]}")
    else:
        print(f"differs {what}: {theirs[:300]!r} and {none[:300]!r}")


def sweep(mode, client, table, objects):
    for method, template, operation, body, _reply, kind in routes(table):
        for object_kind, spelling in objects:
            if kind != object_kind or (mode == "own" and method != "GET"):
                continue
            content = BODIES.get(body, "{}").encode() if body not in ("NONE", *STREAMS) else None
            media = "application/json"
            if body in STREAMS:
                content, media = b"\0" * 1024, "application/x-tar"
            if content is not None:
                content = content.replace(b"MINE", os.environ.get("MINE", "mine").encode())
            path = VERSION + re.sub(r"\{word\}", "word", template.partition("?")[0]) + QUERIES.get(operation, "")
            name = re.compile(r"\{(name|image)\}")
            theirs = ask(client, method, name.sub(spelling, path), content, media)
            if mode == "own":
                print(f"seen {operation} {spelling} {theirs.split(' ')[0]}")
                continue
            none = ask(client, method, name.sub(nobodys(spelling), path), content, media)
            compare(f"{operation} {spelling}", spelling, theirs, none)


def named(client, objects):
    for kind, spelling in objects:
        for what, body in NAMED.get(kind, []):
            answers = [ask(client, "POST", VERSION + "/containers/create", body.replace("NAME", n).encode(),
                           "application/json") for n in (spelling, nobodys(spelling))]
            compare(f"{what} {spelling}", spelling, *answers)
        mine = os.environ.get("MINE_NETWORK")
        if kind == "CONTAINER" and mine:
            for word in ("connect", "disconnect"):
                answers = [ask(client, "POST", f"{VERSION}/networks/{mine}/{word}", f'{{"Container":"{n}"}}'.encode(),
                               "application/json") for n in (spelling, nobodys(spelling))]
                compare(f"network {word} {spelling}", spelling, *answers)
            answers = [ask(client, "POST", f"{VERSION}/commit?container={n}&repo=stolen&tag=1", b"{}", "application/json")
                       for n in (spelling, nobodys(spelling))]
            compare(f"commit {spelling}", spelling, *answers)


def main():
    mode, helper = sys.argv[1:3]
    objects = [a.split("=", 1) for a in sys.argv[4 if mode != "named" else 3:]]
    client = Client(helper, "")
    if mode == "named":
        named(client, objects)
    else:
        sweep(mode, client, sys.argv[3], objects)
    client.close()


main()
