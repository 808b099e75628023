#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""held_more.py HELPER WORK PHASE: what held.py does not do by its pattern. PHASE:

uploads   the policy changes in the middle of an upload; the engine answers early; the client cuts
anew      what is judged anew: in pieces, one behind another, too large, twice
handover  workers are killed while they hand a request over
lock      two creates at once where one is allowed: held_lock.py

Prints as held.py does.
"""
import asyncio
import json
import os
import random
import signal
import sys

import held_stage as stage
from held_lock import lock
from held_cases import NARROW, POLICY, TAR, create, post, request, upload
from held_engine import Engine, Story, identity, render

SAME = POLICY.format(until="")
LARGE = 240_000         # more than a socket takes, less than what can be judged anew
TOO_LARGE = 300_000


class Play:
    def __init__(self, st, engine):
        self.stage, self.engine = st, engine
        self.bad, self.numbers, self.n = [], {}, 0
        self.skipped = []

    def user(self, **how):
        """Another user, with a story."""
        i, self.n = self.n, self.n + 1
        self.engine.stories[stage.BASE + i] = story = Story(stage.BASE + i, **how)
        story.i = i
        return story

    def client(self, story, strong=False):
        client = stage.Client(stage.Helper(self.stage, story.i, strong))
        client.helper = self.stage.helpers[-1]
        return client

    def check(self, name, right, *more):
        self.numbers["checks"] = self.numbers.get("checks", 0) + 1
        if not right:
            self.bad.append(f"{name} | {' '.join(str(m)[:300] for m in more)}")

    async def waits(self, name, what):
        self.check(f"{name}: comes", await stage.until(what))

    async def comes(self, name, event):
        try:
            await asyncio.wait_for(event.wait(), stage.PATIENCE)
        except asyncio.TimeoutError:
            self.check(f"{name}: comes", False)

    async def not_whole(self, name, story):
        """No request was written whole, and the link that it was begun on has ended."""
        for link in story.links[:1]:
            self.check(f"{name}: the link ends", await stage.until(link.ended.is_set))
        self.check(f"{name}: nothing is written whole", not story.changes(), *story.changes())

    def all_recorded(self, story, least=1):
        mine = self.stage.records(uid=story.uid)
        phases = [sum(e["phase"] == p for e in mine) for p in ("intent", "outcome")]
        self.check("intents and outcomes", phases[0] == phases[1] >= least, *phases)


# --- uploads ----------------------------------------------------------------------------------
UPLOADS = [("archive", "PUT", "/containers/mine/archive?path=%2Ftmp", {"open": True}),
           ("build", "POST", "/build?t=own:4", {}),
           ("load", "POST", "/images/load", {})]
EXPECT = "Expect: 100-continue\r\n"


def begun(story):
    return any(link.rest for link in story.links)


async def uploads(p):
    p.stage.policy(SAME)
    await asyncio.gather(*(early(p, *u) for u in UPLOADS), *(cut(p, *u) for u in UPLOADS),
                         *(whole(p, *u) for u in UPLOADS))
    talks = []
    for name, method, path, how in UPLOADS:
        for kind in ("rested", "quick", "continue", "deaf"):
            story = p.user(deaf=-1 if kind == "deaf" else 0, **how)
            client = p.client(story, True)
            more = EXPECT if kind == "continue" else ""
            data = upload(method, path, *([TAR] if kind != "continue" else []), None, more=more)
            await client.send(data)
            talks.append((f"{name}, {kind}", kind, story, client))
    large = p.user(deaf=3)
    client = p.client(large)
    await client.send(create(LARGE))
    for name, kind, story, c in talks:
        if kind == "continue":
            status, text = await c.answer()
            p.check(f"{name}: it is told to go on", status == 100, status, text)
            await c.send(b"400\r\n" + TAR + b"\r\n")
        await p.waits(f"{name}: its beginning", lambda: begun(story))
        if kind == "deaf":
            await p.comes(name, story.held)
            c.sending = asyncio.ensure_future(c.send(b"200000\r\n" + b"x" * 0x200000 + b"\r\n"))
    await p.comes("a large body", large.held)
    await p.waits("a large body: its intent",
                  lambda: p.stage.records(uid=large.uid, phase="intent"))
    await asyncio.sleep(1.1)
    # These are never at rest; the others were.
    for name, kind, story, c in talks:
        if kind == "quick":
            await c.send(b"1\r\nx\r\n")
    p.stage.policy(NARROW)
    large.go.set()
    await asyncio.gather(*(finish_upload(p, *t) for t in talks))
    status, text = await client.answer()
    p.check("a large body that is not written whole is judged anew", status == 403, status, text)
    await p.not_whole("a large body", large)
    p.check("a large body: most of it was written", len(large.links[0].rest) > 200_000)


async def finish_upload(p, name, kind, story, client):
    story.go.set()
    if kind == "deaf":
        await client.sending
    await client.send(b"0\r\n\r\n")
    status, text = await client.answer()
    p.check(f"{name}: an error", status == 503, status, text)
    await p.not_whole(name, story)
    p.check(f"{name}: the connection ends", await client.closed(10))
    p.all_recorded(story)


async def whole(p, name, method, path, how):
    """The twin: where nothing changes it is done, slow or not."""
    story = p.user(**how)
    client = p.client(story, True)
    await client.send(upload(method, path, TAR, None, more=EXPECT))
    status, text = await client.answer()
    p.check(f"{name}: told to go on", status == 100, status, text)
    await asyncio.sleep(1.1)
    await client.send(b"0\r\n\r\n")
    status, text = await client.answer()
    p.check(f"{name}: is done", status == 200 and len(story.changes()) == 1, status, text)
    p.all_recorded(story)


async def early(p, name, method, path, how):
    """The engine has enough before the end: its word reaches the client, and nothing follows."""
    said = render(413, {"message": "too much of " + name})
    story = p.user(early=(2000, said), **how)
    client = p.client(story, True)
    await client.send(upload(method, path, TAR * 4, None))
    status, text = await client.answer()
    p.check(f"{name}: the early answer",
            status == 413 and f"too much of {name}" in text, status, text)
    p.check(f"{name}: and the end", await client.closed(15))
    await p.not_whole(f"{name}, early", story)
    p.all_recorded(story)


async def cut(p, name, method, path, how):
    story = p.user(**how)
    client = p.client(story, True)
    await client.send(upload(method, path, TAR, None))
    await p.waits(f"{name}, cut: its beginning", lambda: begun(story))
    client.end()
    await p.not_whole(f"{name}, cut", story)
    await stage.until(lambda: not client.helper.workers())
    p.all_recorded(story)


# --- judged anew ------------------------------------------------------------------------------
THREE = post("/containers/mine/start") + post("/containers/mine/stop") + create()


async def begin_anew(p):
    """All that waits for the change; (name, story, client, coroutine that comes behind it)."""
    talks = []

    async def begin(name, behind, *parts, **how):
        story = p.user(**how)
        client = p.client(story)
        for part in parts:
            await client.send(part)
        talks.append((name, story, client, behind))
        return client

    whole, middle = create(), len(create()) - 20
    await begin("half a head", whole[70:], whole[:70])
    await begin("half a body", whole[middle:], whole[:middle])
    await begin("in pieces", whole[middle:],
                *(whole[i:min(i + 9, middle)] for i in range(0, middle, 9)))
    await begin("pipelined", b"", THREE, hold=1)
    await begin("too large", b"", create(TOO_LARGE), hold=1)
    await begin("large", b"", create(LARGE), hold=2)
    client = await begin("continue", create(more=EXPECT)[-20:], create(more=EXPECT)[:-20])
    client.told = await client.answer()
    p.check("continue: it is told to go on", client.told[0] == 100, *client.told)
    client = await begin("rested before", b"", post("/containers/mine/start"))
    p.check("rested before: served", (await client.answer())[0] == 204)
    await begin("twice", b"", whole, hold=2)
    return talks


async def anew(p):
    for again in (SAME, NARROW):
        p.stage.policy(SAME)
        talks = await begin_anew(p)
        for name, story, _, _ in talks:
            if story.hold:
                await p.comes(name, story.held)
        # The first bytes of the others are read, or not: both come to the same.
        await asyncio.sleep(0.3)
        p.stage.policy(again)
        allowed = again == SAME
        last = [t for t in talks if t[0] in ("twice", "rested before")]
        await asyncio.gather(*(behind(p, allowed, *t) for t in talks if t not in last))
        await asyncio.gather(*(behind(p, allowed, *t) for t in last))


async def behind(p, allowed, name, story, client, rest):
    name = f"{name}, {'allowed' if allowed else 'denied'} by the new policy"
    if name.startswith("twice"):
        return await twice(p, name, story, client, allowed)
    if name.startswith("rested"):
        return await rested(p, name, story, client, allowed)
    story.go.set()
    if rest:
        await client.send(rest)
    wanted = [201]
    if name.startswith("pipelined"):
        wanted = [204, 204, 201]
    if name.startswith("too large"):
        wanted, allowed = [503], False
    elif not allowed:
        wanted = [403] * len(wanted)
    got = [await client.answer() for _ in wanted]
    p.check(name, [status for status, _ in got] == wanted, *got)
    done = [a.path.rpartition("/")[2] for a in story.changes()]
    right = ["start", "stop", "create"][-len(wanted):] if allowed else []
    p.check(f"{name}: what is written", done == right, *done)
    if allowed:
        p.check(f"{name}: by one new worker", len(story.links) == 2, len(story.links))
        p.check(f"{name}: nothing by the old one", not any(a.changes for a in story.links[0].asked))
        p.all_recorded(story)


async def twice(p, name, story, client, allowed):
    """The second change comes when it is judged anew: enough is enough."""
    first = story.go
    story.again(100 if not allowed else 0)
    if not allowed:
        first.set()
        return p.check(name, (await client.answer())[0] == 403)
    # The look-ups that the first worker still makes are not held.
    async def hook(link, asked):
        if link is not story.links[0]:
            story.held.set()
            await story.go.wait()
    story.hook = hook
    first.set()
    await p.comes(name, story.held)
    p.stage.policy(SAME + "# once more\n")
    story.go.set()
    status, text = await client.answer()
    p.check(name, status == 503 and not story.changes(), status, text, *story.changes())


async def rested(p, name, story, client, allowed):
    """It was at rest when the policy changed first, so that it has one more change."""
    if allowed:
        await client.send(create())
    else:
        await client.send(post("/containers/mine/start"))
    status, text = await client.answer()
    p.check(name, status in ((201, 503) if allowed else (403,)), status, text)


# --- the handover -----------------------------------------------------------------------------
HANDOVERS = 80      # that are seen, and as many kills
USERS = 5


async def handover(p):
    p.stage.policy(SAME)
    p.numbers.update({"handovers": 0, "kills": 0, "answers": 0})
    touching = asyncio.ensure_future(touch(p))
    await asyncio.gather(*(exchange(p, p.user()) for _ in range(USERS)))
    touching.cancel()


async def touch(p):
    n = 0
    while True:
        n += 1
        p.stage.policy(SAME + f"# {n}\n")
        await asyncio.sleep(random.uniform(0.01, 0.05))


def tags(link):
    """Names and ids in what it brought; a name is looked up, and then goes by its id."""
    return {a.path.split("/")[2] for a in link.asked if a.path.startswith("/containers/")}


async def exchange(p, story):
    helper = stage.Helper(p.stage, story.i)
    client = None
    for turn in range(100_000):
        if p.numbers["handovers"] >= HANDOVERS and p.numbers["kills"] >= HANDOVERS:
            break
        tag, before = f"tag{turn}", len(story.links)
        client = stage.Client(helper)
        await client.send(post(f"/containers/{tag}/start") +
                          request("GET", f"/containers/{tag}/json"))
        reading = asyncio.ensure_future(told(p, client, tag))
        # Every second one is killed, at a random moment of its short life.
        if turn % 2:
            await asyncio.sleep(random.uniform(0, 0.03))
            for pid in helper.workers():
                try:
                    os.kill(pid, signal.SIGKILL)
                    p.numbers["kills"] += 1
                except ProcessLookupError:
                    pass
        await reading
        client.end()
        await stage.until(lambda: not helper.workers())
        p.numbers["handovers"] += max(0, len(story.links) - before - 1)
        for link in story.links[before:]:
            p.check("a connection brings what another one had asked",
                    tags(link) <= {tag, identity(tag)}, tags(link), tag)


async def told(p, client, tag):
    for wanted in (204, 200):
        status, text = await client.answer()
        if status == 0:
            return
        p.numbers["answers"] += 1
        if status == 200 and wanted == 200:
            p.check("the answer is another's", json.loads(text)["Id"] == identity(tag), text)
        else:
            p.check("an answer of no kind", status in (204, 503), status, text)


async def main():
    helper, work, name = sys.argv[1:]
    st = stage.Stage(helper, work, name, 100)
    engine = Engine()
    server = await engine.listen(st.socket)
    play = Play(st, engine)
    try:
        await {"uploads": uploads, "anew": anew, "handover": handover, "lock": lock}[name](play)
    finally:
        server.close()
        st.end()
        for line in play.bad:
            print("bad", line.replace("\n", " "))
    for key, n in play.numbers.items():
        print("number", key, n)
    print("end")


if __name__ == "__main__":
    asyncio.run(main())
