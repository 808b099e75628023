#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fault_engine.py SOCKET CONTROL: stands in for the engine and answers as one would, but for one
fault.

Each answer holds a mark, `mark-TAG-N-`: TAG is the connection's, N the how-manieth of its
requests is answered. So whoever sees an answer knows for certain to which request it belongs.
What belongs to none has the mark `mark-TAG-0-`.

On CONTROL one JSON object a line. From the test:
  {"arm": TAG, "pid": PID, "fault": NAME, "at": N, "world": {...}}
        for the next connection that the process PID makes: its Nth request gets the fault NAME
        (faults.py); 0 is before the first. `world`: see answers.py
  {"go": TAG}           a fault that waits for this goes on
Back to the test:
  {"tag": TAG, "is": "connected"|"given"|"gone"|"ended", ...}
        given: the fault was given as far as it goes without `go`; gone: also the rest. ended: the
        helper has closed; "asked" is the list of requests that the connection brought, "shapes"
        of the right answers [status, has it a body], "after" how many had been asked when the
        fault was given.
A connection that nobody armed is closed, and {"tag": PID, "is": "stray"} says so: the helper made
its worker anew (somebody was given an account meanwhile), so that what was armed for another
connection may have gone to this one.
"""
import asyncio
import json
import logging
import os
import socket
import struct
import sys

from answers import Answer, answer_to
from faults import CLOSE, GO, STALL, find


class Connection:
    def __init__(self, armed, tell):
        self.tag, self.fault, self.at = armed["arm"], armed["fault"], armed["at"]
        self.world = armed["world"]
        self.tell = tell
        self.asked, self.shapes, self.given_at = [], [], None
        self.going = asyncio.Event()
        self.writer = None

    def mark(self, n):
        return f"mark-{self.tag}-{n}-"

    def say(self, what, **more):
        self.tell({"tag": self.tag, "is": what, **more})

    async def write(self, data):
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            pass        # who does not want it is seen to have closed

    async def give(self, steps):
        """Writes what a fault is made of. False: nothing more is said on this connection."""
        told = False
        for step in steps:
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif step in (STALL, CLOSE, GO):
                if not told:
                    self.given_at = len(self.asked)
                    self.say("given")
                    told = True
                if step is STALL:
                    return False
                if step is CLOSE:
                    self.writer.close()
                    return False
                await self.going.wait()
            else:
                await self.write(step)
        self.given_at = len(self.asked) if self.given_at is None else self.given_at
        self.say("gone" if told else "given")
        return True

    async def answer(self, method, target, head, body):
        n = len(self.asked)
        right = answer_to(method, target, head, body, self.world, self.mark(n))
        self.shapes.append([right.status, right.has_body])
        if n != self.at:
            await self.write(right.render())
            if right.ends:
                self.writer.close()
            return not right.ends
        other = Answer(200, json.dumps(self.world["other"]).replace("MARK", self.mark(0)).encode())
        return await self.give(find(self.fault).steps(right, other))


async def read_request(reader):
    """(method, target, head, body); None at the end of the stream, or when it breaks off."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in rest if ": " in line)
        body = b""
        if "content-length" in fields:
            body = await reader.readexactly(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            while True:
                size = int(await reader.readuntil(b"\r\n"), 16)
                body += (await reader.readexactly(size + 2))[:-2]
                if size == 0:
                    break
        method, target = first.split(" ")[:2]
        return method, target, fields, body
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def next_line(reader):
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


class Engine:
    def __init__(self):
        self.armed = {}         # pid: orders, and whom to tell
        self.connections = {}   # tag: those that are open
        self.tests = []

    async def serve(self, reader, writer):
        peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid = struct.unpack("3i", peer)[0]
        if not self.armed.get(pid):
            for tell in self.tests:
                tell({"tag": pid, "is": "stray"})
            writer.close()
            return
        c = Connection(*self.armed[pid].pop(0))
        c.writer = writer
        self.connections[c.tag] = c
        goes_on = True
        if c.at == 0:
            other = Answer(200, json.dumps(c.world["other"]).replace("MARK", c.mark(0)).encode())
            goes_on = await c.give([other.render()])
        c.say("connected")
        answering = None
        while (request := await read_request(reader)) is not None:
            c.asked.append(" ".join(request[:2]))
            if answering is not None:
                goes_on = await answering
                answering = None
            if goes_on:
                answering = asyncio.ensure_future(c.answer(*request))
                # One that waits must not keep us from seeing that the helper asks more, or closes.
                if len(c.asked) != c.at or not find(c.fault).waits:
                    goes_on = await answering
                    answering = None
        if answering is not None:
            answering.cancel()
        c.say("ended", asked=c.asked, shapes=c.shapes, after=c.given_at)
        self.connections.pop(c.tag, None)
        writer.close()

    async def control(self, reader, writer):
        def tell(what):
            writer.write(json.dumps(what).encode() + b"\n")

        self.tests.append(tell)
        while line := await next_line(reader):
            order = json.loads(line)
            if "arm" in order:
                self.armed.setdefault(order["pid"], []).append((order, tell))
                tell({"tag": order["arm"], "is": "armed"})
            elif "go" in order and order["go"] in self.connections:
                self.connections[order["go"]].going.set()
        self.tests.remove(tell)
        writer.close()


async def main():
    # That a helper does not take an answer any more is a part of the test.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    engine = Engine()
    servers = []
    for path, serve in ((sys.argv[2], engine.control), (sys.argv[1], engine.serve)):
        servers.append(await asyncio.start_unix_server(serve, path, limit=1 << 24, backlog=1024))
        os.chmod(path, 0o666)
    await asyncio.gather(*(s.serve_forever() for s in servers))


if __name__ == "__main__":
    asyncio.run(main())
