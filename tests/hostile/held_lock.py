# SPDX-License-Identifier: GPL-2.0-or-later
"""Two creates at once where a rule allows one container: one is made, whoever is stopped or killed,
and who has to wait is told why. A phase of held_more.py, whose `p` is its Play."""
import asyncio
import os
import random
import signal
import time

import held_stage as stage
from held_cases import POLICY, create

ONE = POLICY.format(until="").replace("containers = 100", "containers = 1")


def made(story):
    return [a for a in story.changes() if a.path == "/containers/create"]


def is_count(asked):
    return asked.path == "/containers/json"


class Gate:
    """What a first client asks is held where `at` says so; what others ask is answered."""
    def __init__(self, story, at):
        self.story, self.at = story, at
        self.held, self.go = asyncio.Event(), asyncio.Event()
        story.containers = []
        story.hook = self.hook

    async def hook(self, link, asked):
        if link is self.story.links[0] and self.at(asked) and not self.go.is_set():
            self.held.set()
            await self.go.wait()


async def two(p, at, **how):
    """(story, gate, the first client, whose answer is held)"""
    story = p.user(**how)
    gate = Gate(story, at)
    first = p.client(story)
    await first.send(create())
    await p.comes("the first of two", gate.held)
    return story, gate, first


async def second(p, story):
    """Another client of that user, which has come to the lock."""
    client = p.client(story)
    await client.send(create())
    await stage.until(lambda: len(story.links) > 1 and len(story.links[1].asked) >= 2)
    return client


async def lock(p):
    p.stage.policy(ONE)
    await counted_anew(p)
    await asyncio.gather(in_order(p), stopped(p, is_count), stopped(p, lambda a: a.changes),
                         killed(p), killed_in_the_middle(p),
                         *(at_random(p, late) for late in (False, True) * 4))


async def in_order(p):
    story, gate, first = await two(p, is_count)
    client = await second(p, story)
    await asyncio.sleep(0.3)
    p.check("the second one waits",
            not made(story) and not any(map(is_count, story.links[1].asked)))
    gate.go.set()
    p.check("the first is made", (await first.answer())[0] == 201)
    status, text = await client.answer()
    p.check("the second is refused",
            status == 403 and "you have 1 containers" in text, status, text)
    p.check("one is made", len(made(story)) == 1)


async def counted_anew(p):
    """What was counted and then not asked for takes nobody's place."""
    story, gate, first = await two(p, is_count)
    p.stage.policy(ONE + "# again\n")
    gate.go.set()
    status, text = await first.answer()
    p.check("judged anew it is made", status == 201 and len(made(story)) == 1, status, text)


async def stopped(p, at):
    """The first is stopped with the lock in its hand: the user's own wait, and others do not."""
    story, gate, first = await two(p, at)
    pids = first.helper.workers()
    p.check("it is stopped", await stage.Stop().stop(pids))
    gate.go.set()
    began = time.monotonic()
    client = await second(p, story)
    other = p.user()
    other.containers = []
    bob = p.client(other)
    await bob.send(create())
    p.check("others go on", (await bob.answer())[0] == 201)
    p.check("while the second one waits", not client.ended and not client.data)
    try:
        status, text = await asyncio.wait_for(client.receive(False), 75)
    except asyncio.TimeoutError:
        status, text = -1, "nothing"
    waited = time.monotonic() - began
    p.check("it is refused with words",
            status == 503 and "another command of yours" in text, status, text)
    p.check("it waits once, not by a new worker again",
            len(story.links) == 2 and waited > 25, waited)
    stage.Stop().go_on(pids)
    p.check("the first is made, when it goes on", (await first.answer())[0] == 201)
    p.check("and no other", len(made(story)) == 1, *made(story))


async def killed(p):
    story, gate, first = await two(p, is_count)
    client = await second(p, story)
    for pid in first.helper.workers():
        os.kill(pid, signal.SIGKILL)
    status, text = await client.answer()
    p.check("where the first is killed, the second is made", status == 201, status, text)
    gate.go.set()
    p.check("and it alone", len(made(story)) == 1)


async def killed_in_the_middle(p):
    """The engine has the whole request and is not done with it, and nobody waits for it."""
    story, gate, first = await two(p, lambda a: a.changes, late=True)
    for pid in first.helper.workers():
        os.kill(pid, signal.SIGKILL)
    client = p.client(story)
    await client.send(create())
    status, text = await client.answer()
    p.check("what was begun counts",
            status == 403 and "you have 1 containers" in text, status, text)
    gate.go.set()
    p.check("and nothing beside it is made", len(made(story)) == 1)


async def at_random(p, late):
    """Two at once, whose workers stand still now and then."""
    story = p.user(late=late)
    story.containers = []
    clients = [p.client(story) for _ in range(2)]
    for c in clients:
        await c.send(create())
    for _ in range(25):
        pids = [pid for c in clients for pid in c.helper.workers()]
        for pid in random.sample(pids, random.randint(0, len(pids))):
            os.kill(pid, random.choice((signal.SIGSTOP, signal.SIGCONT)))
        await asyncio.sleep(random.uniform(0, 0.03))
    for pid in (pid for c in clients for pid in c.helper.workers()):
        os.kill(pid, signal.SIGCONT)
    got = sorted([(await c.answer())[0] for c in clients])
    p.check("one of two is made", got == [201, 403] and len(made(story)) == 1, *got)
