#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""link.py HELPER CONTROL ROUTES CASES [NAME…]: conversations through a helper to fault_engine.py,
as the user that runs this.

For each request of requests.py, for each request that it makes the helper ask of the engine, for
each fault of faults.py: the request, then a harmless one on the same connection. With NAMEs only
the requests and faults whose names hold one of them. Prints `bad FAULT | WHY | WHERE AND WHAT`
for what must not be, `never WHAT` for what could not be tried, and at the end numbers, `KEY N`.
"""
import asyncio
import collections
import contextlib
import json
import os
import re
import socket
import sys
import tempfile

import faults
from answers import container
from requests import of_routes, others, request

HELPERS = 4             # of each kind; each has at most CROWD connections at a time
CROWD = 100
BUSY = 12               # conversations with something to do; all others wait for a patience to end
PATIENCE = 60           # seconds after which a conversation is taken to hang
TRIES = 12              # on a busy machine a look-up takes too long, and the fault is not given
SECOND = "second"
# Those that make sense in the head of an answer that begins a stream.
OF_A_STREAM = ("stall", "stall_in_head", "close_at_once", "close_in_head", "head_with_nul",
               "no_head", "head_with_bare_lf", "head_folded", "status_unknown", "head_too_large",
               "interim_without_end")
NO_ENGINE = (408, 502, 504)     # what a client is told when the engine does not answer as it must,
TIMED_OUT = (408, 504)          # or not in time


class Torn(Exception):
    pass


class Client:
    """One connection to a helper, and a strict reader of its answers."""
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def answer(self, method):
        """(status, body, does it say close); None at the end of the connection; Torn in the
        middle."""
        got = b""
        try:
            while True:
                head = await self.reader.readuntil(b"\r\n\r\n")
                got += head
                lines = head.decode("latin-1").split("\r\n")
                status = int(lines[0].split(" ")[1])
                if status >= 200 or status == 101:
                    break
            fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            close = fields.get("connection") == "close"
            if status == 101:
                return status, await self.reader.read(-1), True
            if method == "HEAD" or status in (204, 304):
                return status, b"", close
            if fields.get("transfer-encoding") == "chunked":
                body = b""
                while True:
                    size = int(await self.reader.readuntil(b"\r\n"), 16)
                    part = await self.reader.readexactly(size + 2)
                    got += part
                    body += part[:-2]
                    if size == 0:
                        return status, body, close
            if "content-length" in fields:
                return status, await self.reader.readexactly(int(fields["content-length"])), close
            return status, await self.reader.read(-1), True
        except asyncio.IncompleteReadError as e:
            got += e.partial
        except ConnectionError:
            pass
        if got:
            raise Torn(got)
        return None

    def send(self, data):
        try:
            self.writer.write(data)
        except ConnectionError:
            pass


class Helper:
    def __init__(self, path, rule):
        self.path, self.rule = path, rule
        self.connecting, self.crowd = asyncio.Lock(), asyncio.Semaphore(CROWD)

    async def start(self, directory, n):
        listener = socket.socket(socket.AF_UNIX)
        self.socket = f"{directory}/{n}"
        listener.bind(self.socket)
        listener.listen(256)
        argv = ["--as", self.rule, "--reason", "test"] if self.rule else []
        self.process = await asyncio.create_subprocess_exec(
            self.path, "--until-parent-ends", *argv, stdin=listener, stdout=asyncio.subprocess.PIPE)
        line = (await self.process.stdout.readline()).decode().strip()
        if line != "ready":
            sys.exit(f"the helper does not begin: {line}")


class Engine:
    """The test's side of fault_engine.py's control."""
    async def start(self, path):
        self.reader, self.writer = await asyncio.open_unix_connection(path, limit=1 << 24)
        self.waiting = collections.defaultdict(dict)
        self.strays = collections.Counter()
        self.task = asyncio.ensure_future(self.listen())

    async def listen(self):
        while line := await self.reader.readline():
            what = json.loads(line)
            if what["is"] == "stray":
                self.strays[what["tag"]] += 1
                continue
            event = self.event(what["tag"], what["is"])
            if not event.done():
                event.set_result(what)
        sys.exit("the engine has gone")

    def event(self, tag, what):
        return self.waiting[tag].setdefault(what, asyncio.get_running_loop().create_future())

    def order(self, **what):
        self.writer.write(json.dumps(what).encode() + b"\n")


class Seen:
    """What came of one conversation."""
    def __init__(self, helper):
        self.helper = helper
        self.first = self.second = self.ended = None
        self.torn, self.given, self.hung, self.void = b"", False, False, False


class Test:
    def __init__(self, engine, helpers, uid):
        self.engine, self.helpers, self.uid = engine, helpers, uid
        self.world = {"uid": uid}
        self.world["other"] = container("other", self.world, "MARK")
        self.n, self.turn = 0, 0
        self.busy, self.alone = asyncio.Semaphore(BUSY), asyncio.Lock()
        self.numbers, self.tried = collections.Counter(), collections.Counter()

    async def talk(self, r, name, at, helper=None):
        self.turn += 1
        helpers = self.helpers[r.rule]
        helper = helper or helpers[self.turn % len(helpers)]
        # What takes the user's lock in the helper is alone with it: others would wait in vain.
        async with helper.crowd, self.alone if r.locks else contextlib.nullcontext(), self.busy:
            self.n += 1
            tag, seen = f"c{self.n}", Seen(helper)
            strays = self.engine.strays[helper.process.pid]
            async with helper.connecting:
                self.engine.order(arm=tag, pid=helper.process.pid, fault=name, at=at,
                                  world={**self.world, **r.world})
                await self.engine.event(tag, "armed")
                client = Client(*await asyncio.open_unix_connection(helper.socket, limit=1 << 24))
                await self.engine.event(tag, "connected")
            talk = self.converse(r, name, tag, client, seen)
            seen.hung = not await self.in_time(talk, helper, strays)
            client.writer.close()
            ended = self.engine.event(tag, "ended")
            await self.in_time(ended, helper, strays)
            seen.ended = ended.result() if ended.done() and not ended.cancelled() else None
            seen.given = self.engine.event(tag, "given").done()
            async with helper.connecting:
                seen.void = strays != self.engine.strays[helper.process.pid]
            del self.engine.waiting[tag]
            return seen

    async def in_time(self, what, helper, strays):
        """Did it come to its end? Where this may be another's connection (see fault_engine.py),
        the rest is not waited for."""
        what = asyncio.ensure_future(what)
        for _ in range(PATIENCE):
            await asyncio.wait({what}, timeout=1)
            if what.done() or strays != self.engine.strays[helper.process.pid]:
                break
        if what.done():
            what.result()
            return True
        what.cancel()
        return False

    async def read(self, client, method, seen):
        try:
            return await client.answer(method)
        except Torn as torn:
            seen.torn += torn.args[0]
            return None

    async def converse(self, r, name, tag, client, seen):
        client.send(r.raw)
        first = asyncio.ensure_future(self.read(client, r.method, seen))
        given = self.engine.event(tag, "given")
        waits = name is not None and faults.find(name).waits
        if waits:
            await asyncio.wait({first, given}, return_when=asyncio.FIRST_COMPLETED)
        if waits and given.done() and not first.done():
            # What the client itself asked for is waited for without an end: it goes on, or the
            # client gives up.
            if r.at == r.own and name.startswith("late"):
                await self.go(tag)
            elif r.at == r.own and name.startswith("stall"):
                client.send(harmless())
                return
        if waits and not first.done():
            # The helper's patience is at work; others may be meanwhile.
            self.busy.release()
            try:
                await asyncio.wait({first})
            finally:
                await self.busy.acquire()
        seen.first = await first
        if seen.first is None:
            return
        if waits and "stall" not in name and r.at > 0:
            # Where it is not given, a look-up before it took too long, and the engine sees the end.
            await asyncio.wait({given, self.engine.event(tag, "ended")},
                               return_when=asyncio.FIRST_COMPLETED)
            await self.go(tag)
        client.send(harmless())
        seen.second = await self.read(client, "GET", seen)

    async def go(self, tag):
        self.engine.order(go=tag)
        await asyncio.wait({self.engine.event(tag, "gone"), self.engine.event(tag, "ended")},
                           return_when=asyncio.FIRST_COMPLETED)

    # --- what is right ---
    async def learn(self, r):
        """Without a fault: what is asked of the engine, which answer is the client's, what it
        looks like."""
        for _ in range(TRIES):
            seen = await self.talk(r, None, -1)
            if seen.ended and seen.first is not None and not seen.torn and \
                    (seen.first[2] or seen.second is not None) and seen.first[0] not in NO_ENGINE:
                break
        else:
            return f"no answer without a fault: {seen.first} {seen.torn} {seen.second} {seen.ended}"
        asked = seen.ended["asked"]
        r.status, r.closes = seen.first[0], seen.second is None
        r.asks = before_second(asked)
        if seen.second is not None and r.asks == len(asked):
            return f"the second request is not seen: {asked}"
        r.asked, r.shapes = asked, seen.ended["shapes"]
        making = next((i for i, line in enumerate(asked)
                       if r.locks and line.endswith("/networks/create")), None)
        # Under the lock one at a time is tried: only there, not at the answers that others get too.
        r.positions = range(r.asks + 1) if making is None else range(making, making + 3)
        marks = [int(n) for _, n in marks_of(seen.first[1])]
        if len(set(marks)) > 1:
            return f"answers of several requests: {seen.first}"
        r.marked = bool(marks)
        # An answer without a mark is the last one's that looks like it.
        fits = [i + 1 for i in range(r.asks) if r.shapes[i][0] == r.status]
        r.own = marks[0] if marks else fits[-1] if fits and r.status < 400 else r.asks + 1
        return None

    def judge(self, r, name, seen):
        """Why it must not be so, in words and with what was seen; None if it may."""
        # For the answer to its own request a client waits as long as it likes, and takes as much.
        fault = faults.find(name)
        breaks = fault.kind == faults.BREAKS and not (r.at == r.own and fault.only_ours)
        if seen.hung or seen.ended is None:
            return ("hangs" if seen.hung else "the worker does not end",
                    f"{seen.first} {seen.second} {seen.torn}")
        tag, asked = seen.ended["tag"], seen.ended["asked"]
        ours = {(tag, str(r.own))}
        shown = set(marks_of(seen.first[1] if seen.first else seen.torn))
        if name == "about_another" and r.at == r.own:
            ours.add((tag, "0"))
        if fault.kind == faults.EITHER:
            # What it is told decides what it asks next: its own answer is the last one before the
            # second request.
            ours.add((tag, str(before_second(asked))))
        if shown - ours:
            return "the first answer is that to another request", f"{shown - ours} of {asked}"
        if seen.first and seen.first[0] < 400 and r.at != r.own and \
                fault.kind != faults.EITHER and \
                (seen.first[0] != r.status or (r.marked and not shown)):
            return ("the first answer is nobody's",
                    f"{seen.first[:2]} in place of {r.status}, {asked}")
        theirs = set(marks_of(seen.torn if seen.first else b"")) - {(tag, str(len(asked)))}
        if theirs:
            return "the second answer is that to another request", f"{theirs} of {asked}"
        if seen.second is not None:
            status, body, close = seen.second
            theirs = set(marks_of(body)) - {(tag, str(len(asked)))}
            if theirs:
                return "the second answer is that to another request", f"{theirs} of {asked}"
            if status < 400 and not marks_of(body):
                return "the second answer is nobody's", seen.second
            if breaks and status < 400:
                return "the second request is served", asked
            if breaks and not close:
                return "the connection is kept", seen.second
            if seen.first and seen.first[0] in TIMED_OUT and status < 400:
                return "served behind an answer that says that the engine is late", seen.first
        if breaks and seen.given and len(asked) > seen.ended["after"]:
            return "asked behind the fault", asked[seen.ended["after"]:]
        return None

    def applies(self, r, at, name):
        fault = faults.find(name)
        if at == 0 or at > r.asks:
            return at == 0 and name == "another_while_idle"
        status, has_body = r.shapes[at - 1]
        if name == "another_while_idle" and at != r.asks:
            return False
        if fault.needs_body and not has_body:
            return False
        if fault.dear and self.tried_before(r.asked[at - 1]):
            return False
        # A stream is the client's own: what comes on it is not judged.
        return status != 101 or name in OF_A_STREAM

    def tried_before(self, line):
        """A request of this shape of the engine's, names and numbers aside."""
        shape = re.sub(r"\?.*|[0-9a-f]{64}", "", line)
        self.tried.update([shape])
        return self.tried[shape] > 1

    async def one(self, r, at, name):
        self.numbers["combinations"] += 1
        r = at_position(r, at)
        what = f"{name} at {at} of {r.asks}: {r.name}"
        for _ in range(TRIES):
            seen = await self.talk(r, name, at)
            why = None if seen.void else self.judge(r, name, seen)
            if why:
                return f"bad {name} | {why[0]} | {what}: {why[1]}"
            served = seen.second is not None and seen.second[0] == 200
            # As good as no fault: so the next request is served, where the first one lets it.
            as_ever = faults.find(name).kind != faults.HARMLESS or served or r.closes
            if seen.given and as_ever and not seen.void:
                break
            self.numbers["repeated"] += 1
        else:
            return f"never {what}: it could not be given, or is not harmless: {seen.ended}"
        self.numbers[faults.find(name).kind] += 1
        self.numbers["served on"] += served
        return None


def at_position(r, at):
    """A copy of the request that knows which of the engine's answers is at fault."""
    copy = object.__new__(type(r))
    copy.__dict__.update(r.__dict__, at=at)
    return copy


def harmless():
    return request("GET", f"/containers/{SECOND}/json")


def before_second(asked):
    """How many of the engine's requests are the first one's."""
    return next((i for i, line in enumerate(asked) if f"/containers/{SECOND}/json" in line),
                len(asked))


def marks_of(data):
    return [(t.decode(), n.decode()) for t, n in re.findall(rb"mark-(\w+)-(\d+)-", data)]


async def begin(kind, helper, control, found):
    """A test of this kind, with helpers for all rules, and the requests, learnt without a fault."""
    directory = tempfile.mkdtemp(prefix="sdlink-", dir=os.environ.get("HOME", "/tmp"))
    engine = Engine()
    await engine.start(control)
    helpers = {}
    for rule in {r.rule for r in found}:
        n = HELPERS if rule in (None, "all") else 1
        helpers[rule] = [Helper(helper, rule) for _ in range(n)]
        for i, h in enumerate(helpers[rule]):
            await h.start(directory, f"{rule}{i}")
    test = kind(engine, helpers, os.getuid())
    learnt = []
    for r in found:
        why = await test.learn(r)
        if why:
            print(f"never {r.name}: {why}")
        else:
            learnt.append(r)
    return test, learnt


def end(test):
    for key, n in sorted(test.numbers.items()):
        print(key.replace(" ", "-"), n)
    for group in test.helpers.values():
        for h in group:
            os.unlink(h.socket)
    os.rmdir(os.path.dirname(h.socket))


async def main():
    helper, control, routes, cases = sys.argv[1:5]
    wanted = sys.argv[5:]
    found, missing = of_routes(routes, cases)
    for line in missing:
        print(f"never {line}: no golden case allows it")
    test, learnt = await begin(Test, helper, control, found + others(os.getuid()))
    jobs = []
    for r in learnt:
        test.numbers["requests"] += 1
        test.numbers["positions"] += r.asks
        for at in r.positions:
            for name in faults.FAULTS:
                if test.applies(r, at, name) and \
                        (not wanted or any(w in f"{name} {r.name}" for w in wanted)):
                    jobs.append((r, at, name))
    jobs.sort(key=lambda job: not job[0].locks)
    lines = await asyncio.gather(*(test.one(*job) for job in jobs))
    for line in filter(None, lines):
        print(line)
    end(test)


if __name__ == "__main__":
    asyncio.run(main())
