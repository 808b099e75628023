#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stopped.py HELPER CONTROL SECONDS: as link.py, and the user stops the workers meanwhile, as
they may at any instruction.

First each look-up's answer comes behind the end of its patience, while the worker stands still or
thereafter. Then for SECONDS workers are stopped and continued at random, while the engine stalls,
answers about when the patience ends, and more.
"""
import asyncio
import os
import random
import signal
import sys
import time

import faults
import link
from requests import Request, others, request

CONVERSATIONS = 40      # at a time
LEAST = 120             # of them, however slow the machine is
NAMES = ["none", "stall", "stall_in_body", "twice", "another_behind", "in_parts"] + \
    4 * list(faults.RACES)


def conversations(uid):
    wanted = ("refused", "open one", "of another container", "members", "detached", "counted")
    return [r for r in others(uid) if any(w in r.name for w in wanted)] + [
        Request("start", request("POST", "/containers/mine/start")),
        Request("inspect", request("GET", "/containers/mine/json")),
        Request("list", request("GET", "/containers/json?all=1")),
        Request("info", request("GET", "/info")),
        Request("create", request("POST", "/containers/create?name=new", '{"Image":"bb:1"}')),
        Request("volume", request("GET", "/volumes/mine")),
        Request("logs", request("GET", "/containers/mine/logs?stdout=1")),
        Request("prune", request("POST", "/containers/prune")),
    ]


def workers(helper):
    pid = helper.process.pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def tell(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Stopped(link.Test):
    """One conversation at a time for each helper: its only worker is that conversation's."""
    async def converse(self, r, name, tag, client, seen):
        if name != "late":
            return await super().converse(r, name, tag, client, seen)
        given = self.engine.event(tag, "given")
        client.send(r.raw)
        first = asyncio.ensure_future(self.read(client, r.method, seen))
        await asyncio.wait({first, given}, return_when=asyncio.FIRST_COMPLETED)
        pids = workers(seen.helper)
        for pid in pids:
            tell(pid, signal.SIGSTOP)
        await asyncio.sleep(1.5 * faults.PATIENCE)
        if not r.behind:
            await self.go(tag)
        for pid in pids:
            tell(pid, signal.SIGCONT)
        seen.first = await first
        if r.behind:
            await self.go(tag)
        client.send(link.harmless())
        seen.second = await self.read(client, "GET", seen)

    async def all(self, requests):
        """ Each answer that a request waits for, its own aside: there before the worker goes on,
        or when it has told the client that there is none. Each helper has a share of them, one
        behind the other.
        """
        shares = {}
        for r in requests:
            for at in range(1, min(r.asks, r.own - 1) + 1):
                for behind in (False, True):
                    self.turn += 1
                    group, job = self.helpers[r.rule], link.at_position(r, at)
                    job.behind = behind
                    shares.setdefault(group[self.turn % len(group)], []).append(job)
        await asyncio.gather(*(self.share(helper, jobs) for helper, jobs in shares.items()))

    async def share(self, helper, jobs):
        for r in jobs:
            seen = await self.talk(r, "late", r.at, helper)
            self.numbers["stopped over the end"] += seen.given
            why = None if seen.void else self.judge(r, "about_another", seen)
            if why:
                print(f"bad stopped | {why[0]} | at {r.at} of {r.asks}{' behind' * r.behind}: "
                      f"{r.name}: {why[1]}")


class Race(link.Test):
    async def converse(self, r, name, tag, client, seen):
        """A client of limited patience itself: what is its own to wait for would otherwise never
        end."""
        async def talk():
            client.send(r.raw)
            seen.first = await self.read(client, r.method, seen)
            if seen.first is not None:
                client.send(link.harmless())
                seen.second = await self.read(client, "GET", seen)
        try:
            await asyncio.wait_for(talk(), 4 * faults.PATIENCE)
        except TimeoutError:
            self.numbers["given up"] += 1

    def is_over(self, until):
        return time.monotonic() >= until and \
            min(self.numbers["conversations"], self.numbers["stopped"]) >= LEAST

    async def go_on(self, requests, until):
        while not self.is_over(until):
            r = random.choice(requests)
            at, name = random.randint(1, max(1, r.asks)), random.choice(NAMES)
            if name in faults.FAULTS and not self.applies(r, at, name):
                continue
            r = link.at_position(r, at)
            seen = await self.talk(r, name, at)
            self.numbers["conversations"] += 1
            if seen.first is not None:
                self.numbers["no engine" if seen.first[0] in link.NO_ENGINE else "answered"] += 1
            if seen.second is not None and seen.second[0] == 200:
                self.numbers["served on"] += 1
            # A worker that stands still cannot have seen that a fault was given.
            judged = "about_another" if name in faults.RACES else name
            why = None if seen.void else self.judge(r, judged, seen)
            if why:
                print(f"bad race | {why[0]} | {name} at {at} of {r.asks}: {r.name}: {why[1]}")

    async def stop(self, until):
        everybody = [h for group in self.helpers.values() for h in group]

        async def let_go(pid, seconds):
            await asyncio.sleep(seconds)
            tell(pid, signal.SIGCONT)

        going = []
        while not self.is_over(until):
            await asyncio.sleep(random.uniform(0, 0.02))
            pids = workers(random.choice(everybody))
            if pids:
                pid = random.choice(pids)
                tell(pid, signal.SIGSTOP)
                self.numbers["stopped"] += 1
                seconds = random.choice((0.001, 0.02, 0.3, 1.5)) * random.random()
                going.append(asyncio.ensure_future(let_go(pid, seconds)))
        await asyncio.gather(*going)


async def main():
    helper, control, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    test, learnt = await link.begin(Stopped, helper, control, conversations(os.getuid()))
    await test.all(learnt)
    race = Race(test.engine, test.helpers, os.getuid())
    race.n, race.numbers, race.busy = test.n, test.numbers, asyncio.Semaphore(CONVERSATIONS)
    until = time.monotonic() + seconds
    await asyncio.gather(race.stop(until),
                         *(race.go_on(learnt, until) for _ in range(CONVERSATIONS)))
    link.end(race)


if __name__ == "__main__":
    asyncio.run(main())
