#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""held.py HELPER WORK PHASE PLANS: each answer of the engine to each request of each kind of plan
is held, something changes, and the answer is let go. In a mount namespace of its own, as root.

PHASE `plain` changes nothing, and writes to PLANS what the engine is asked for each case. The
others are CHANGE-HOW; see CHANGES. HOW: `held`, the worker waits for the answer meanwhile;
`stopped`, it is stopped from before the answer until behind the change; `frozen`, the same by the
freezer.
Prints `bad WHAT`, `skip WHY` and `number NAME N`.
"""
import asyncio
import json
import re
import sys
import time

import held_stage as stage
from held_cases import CASES, NARROW, NOBODY, POLICY
from held_engine import Engine, Story, identity

QUICK = 20      # s in which a batch must come to its change: the helper waits 30 for an answer


def normal(asked, uid, home):
    """What was asked, with all that differs from user to user put aside."""
    text = str(asked)
    if asked.method != "PUT":
        text += " " + asked.body.decode("latin-1")
    text = text.replace(home, "HOME")
    return text.replace(str(uid), "UID")


class Run:
    """One case, with one answer held, by one user."""
    def __init__(self, case, hold, plan, how):
        self.case, self.hold, self.plan, self.how = case, hold, plan, how

    def __str__(self):
        return f"{self.case.name}, answer {self.hold} of {len(self.plan['asked'])}"

    async def begin(self, engine, st, i):
        self.stage, self.i, self.uid = st, i, stage.BASE + i
        self.story = engine.stories[self.uid] = Story(self.uid, self.hold, **self.case.how)
        self.helper = stage.Helper(st, i, self.case.strong)
        self.client = stage.Client(self.helper)
        self.began = time.monotonic()
        await self.client.send(self.case.make(st.home(i)))

    def seen(self, since=0):
        return [normal(a, self.uid, self.stage.home(self.i)) for a in self.story.asked[since:]]

    def end(self):
        self.client.end()
        self.helper.end()

    # --- what is expected ---
    @property
    def begun(self):
        """Something was written that changes something."""
        return any(self.plan["changes"][:self.hold])

    @property
    def is_own(self):
        """The answer that is held is that of the client's own request, or comes behind it."""
        return self.hold > self.plan["client"]

    @property
    def more(self):
        return any(self.plan["changes"][self.hold:])


# --- the changes ------------------------------------------------------------------------------
class Change:
    """anew: what becomes of a request for which nothing was done; 0: it is done now."""
    anew = 403
    until = None            # the date in the policy
    seconds = 0             # that pass before the change is certain to be seen

    def __init__(self, st):
        self.stage = st

    def make(self, runs):
        pass


class Narrowed(Change):
    def make(self, runs):
        self.stage.policy(NARROW)


class Emptied(Change):
    def make(self, runs):
        self.stage.policy(NOBODY)


class Until(Change):
    """The date is reached: nothing is written anywhere."""


class Group(Change):
    """Who the caller is holds for a second: a request that is older than that looks again."""
    seconds = 1.1

    def make(self, runs):
        self.stage.leave_group()


class Rotated(Change):
    anew = 0

    def make(self, runs):
        self.stage.new_log()


class Removed(Change):
    """No record, no operation."""
    anew = 500

    def make(self, runs):
        self.stage.remove_log()


class Exchanged(Change):
    kind = "other"

    def make(self, runs):
        for r in runs:
            r.story.exchanged = self.kind


class ExchangedByOwner(Exchanged):
    kind = "own"


class Taken(Exchanged):
    kind = "taken"


CHANGES = {"narrowed": Narrowed, "emptied": Emptied, "until": Until, "group": Group,
           "rotated": Rotated, "removed": Removed, "exchanged": Exchanged,
           "remade": ExchangedByOwner, "taken": Taken}


# --- what is seen -----------------------------------------------------------------------------
class Judge:
    def __init__(self, st, change):
        self.stage, self.change = st, change
        self.bad = []
        self.numbers = {"judged-anew": 0, "cut-short": 0, "finished": 0}

    def is_bad(self, run, what, *more):
        self.bad.append(f"{run} | {what}{' | ' * bool(more)}{' '.join(str(m) for m in more)}")

    def records(self, run, since=0):
        mine = [e for e in self.all_records if e["uid"] == run.uid]
        return tuple(sum(e["phase"] == p for e in mine) for p in ("intent", "outcome", "denied"))

    def begun_is_recorded(self, runs):
        """While the answers are held: the intent was there before the request."""
        self.all_records = self.stage.records()
        for r in runs:
            intents = self.records(r)[0]
            if intents < len(r.story.changes()):
                self.is_bad(r, "an element without an intent before it", intents)

    def recorded(self, run, torn):
        intents, outcomes, denied = self.records(run)
        if intents < len(run.story.changes()):
            self.is_bad(run, "an element without an intent", intents, len(run.story.changes()))
        if intents != outcomes + torn:
            self.is_bad(run, "intents and outcomes", intents, outcomes)

    async def finish(self, run, status):
        """A link that broke in the middle of a request ends the client's connection as well."""
        link = run.story.links[0]
        if not link.rest and not link.ended.is_set() and status > 0:
            return
        if not await stage.until(link.ended.is_set):
            self.is_bad(run, "the link stays")
        if not await run.client.closed(10):
            self.is_bad(run, "the connection goes on", status)

    async def look(self, run):
        """The change came while answer `hold` was held."""
        status, text = await run.client.answer()
        new = [a for a in run.story.asked[run.hold:] if a.changes]
        plain = run.plan["status"]
        if not run.begun and self.change.anew == 0:
            self.numbers["judged-anew"] += 1
            first, last = run.story.links[0], run.story.links[-1]
            again = [normal(a, run.uid, self.stage.home(run.i)) for a in last.asked]
            if len(run.story.links) != 2 or any(a.changes for a in first.asked) or \
                    again != run.plan["asked"] or status != plain:
                self.is_bad(run, "judged anew it is not done", status, text[:200], len(again))
            return
        if new:
            self.is_bad(run, "changes behind the change", status, *(str(a) for a in new))
        if not run.begun:
            self.numbers["judged-anew"] += 1
            if status != self.change.anew:
                self.is_bad(run, "not judged anew", status, text)
            if not await stage.until(run.story.links[0].ended.is_set):
                self.is_bad(run, "the old link stays")
        elif isinstance(self.change, Until) and run.hold == run.plan["client"] + 1:
            # Where the answer was there before the date, it is told, or there was no time for it.
            self.numbers["cut-short"] += 1
            run.story.go.set()
            if status != 504 and (run.how == "held" or status not in (0, plain)):
                self.is_bad(run, "an answer behind its date", status, text)
            await self.finish(run, status)
        elif not run.is_own:
            self.numbers["cut-short"] += 1
            if status < 500:
                self.is_bad(run, "no error", status, text)
            await self.finish(run, status)
        else:
            self.numbers["finished"] += 1
            if status != plain:
                self.is_bad(run, "what had come to its end is told otherwise", status, text)
            if run.more:
                await self.finish(run, status)

    async def look_exchanged(self, run):
        """What is sent is what was looked at, or nothing is."""
        status, text = await run.client.answer()
        plan = run.plan["asked"]
        right = [a for a, c in zip(plan, run.plan["changes"]) if c]
        sent = [normal(a, run.uid, self.stage.home(run.i)) for a in run.story.changes()]
        named = [n for n in range(run.hold, len(plan)) if self.names_object(plan[n])]
        told = f"{status} {text[:200]}"
        if not named:
            self.numbers["finished"] += 1
            if status != run.plan["status"] or sent != right:
                self.is_bad(run, "goes by an id, and is not done", told, *sent)
        elif self.change.kind == "own":
            # Looked at behind the exchange: the new one, in all of it.
            self.numbers["judged-anew"] += 1
            mapped = [s.replace(identity("mine exchanged"), identity("mine")) for s in sent]
            if mapped != right[:len(sent)] or (status < 400 and mapped != right):
                self.is_bad(run, "not what was looked at", told, *sent)
        else:
            self.numbers["cut-short"] += 1
            if status < 400 or sent != right[:sum(run.plan["changes"][:named[0] + 1])][:len(sent)]:
                self.is_bad(run, "another's was taken", told, *sent)

    def names_object(self, text):
        """Does the engine say to this whose something is?"""
        if self.change.kind == "taken":
            return re.search(r"GET \S+/(volumes|networks)/(fresh[12]|safedocker-|BIND)|"
                             r"POST \S+/volumes/create", text)
        return re.search(r"GET \S+/(containers|networks|volumes|exec)/(mine|[0-9a-f]{64})\b|"
                         r"GET \S+/images/own:1/json", text)


# --- all of it --------------------------------------------------------------------------------
class Phase:
    def __init__(self, st, engine, change, how):
        self.stage, self.engine, self.change = st, engine, change
        self.stopper = {"stopped": stage.Stop, "frozen": stage.Freeze, "held": lambda: None}[how]()
        self.next_user = 0
        self.judge = Judge(st, change)
        self.voids = 0

    def set_policy(self, seconds):
        date = ""
        if isinstance(self.change, Until):
            self.until = int(time.time()) + seconds
            date = "until = " + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.until))
        self.stage.policy(POLICY.format(until=date))

    def is_late(self):
        if isinstance(self.change, Until):
            return time.time() > self.until - 0.2
        return time.monotonic() - self.started > QUICK

    async def held(self, runs):
        """True when each of them waits for its answer, or it is too late for that."""
        for n, r in enumerate(runs):
            if self.is_late():
                del runs[n:]
                return True
            try:
                await r.begin(self.engine, self.stage, self.next_user)
            except ConnectionRefusedError:
                # Behind its date a strong rule is not even begun with.
                if not self.is_late():
                    self.judge.is_bad(r, "its helper ends at once")
                del runs[n:]
                return True
            self.next_user += 1
        for r in runs:
            try:
                await asyncio.wait_for(r.story.held.wait(), stage.PATIENCE)
            except asyncio.TimeoutError:
                if self.is_late():
                    return True
                status, text = await r.client.answer(seconds=1)
                self.judge.is_bad(r, "its answer is never asked for", status, text, *r.seen())
                return False
        return True

    async def batch(self, runs, seconds=6):
        """With a machine that is too slow for that, half of them at a time, or more seconds."""
        self.set_policy(seconds)
        self.started = time.monotonic()
        wanted, runs = runs, list(runs)
        if not await self.held(runs):
            return
        dated = isinstance(self.change, Until)
        if self.is_late() or len(runs) < len(wanted):
            for r in runs:
                r.end()
            self.voids += 1
            if self.voids > 6:
                self.judge.bad.append("the machine is too slow for this test")
            elif dated:
                await self.batch(wanted, 2 * seconds)
            else:
                await self.batch(wanted[::2])
                await self.batch(wanted[1::2])
            return
        self.judge.begun_is_recorded(runs)
        await self.change_and_go(runs, dated)
        exchanged = isinstance(self.change, Exchanged)
        await asyncio.gather(*((self.judge.look_exchanged if exchanged else self.judge.look)(r)
                               for r in runs))
        await self.ended(runs)

    async def change_and_go(self, runs, dated):
        pids = [pid for r in runs for pid in r.helper.workers()]
        if self.stopper and (not await self.stopper.stop(pids) or len(pids) != len(runs)):
            self.judge.bad.append(f"{len(runs)} workers are not stopped")
        if self.stopper:
            for r in runs:
                r.story.go.set()
            for r in runs:
                await r.story.given.wait()
        self.change.make(runs)
        if dated:
            await asyncio.sleep(max(0, self.until - time.time()) + 0.05)
        await asyncio.sleep(self.change.seconds)
        for r in runs:
            # Nobody waits for an answer behind the date: so it need not come.
            if not (dated and r.hold == r.plan["client"] + 1):
                r.story.go.set()
        if self.stopper:
            self.stopper.go_on(pids)

    async def ended(self, runs):
        """The helpers end, and with them whatever they still did; then the record is complete."""
        for r in runs:
            r.client.end()
        for r in runs:
            await stage.until(lambda: not r.helper.workers())
            r.end()
        self.judge.all_records = self.stage.records()
        for r in runs:
            self.judge.recorded(r, 0)


async def plain(st, engine, path):
    plans, bad = [], []
    st.policy(POLICY.format(until=""))
    runs = [Run(case, 0, None, "held") for case in CASES]
    for i, r in enumerate(runs):
        await r.begin(engine, st, i)
    for r in runs:
        status, text = await r.client.answer()
        if not 200 <= status < 300:
            bad.append(f"{r.case.name} | is not allowed | {status} {text}")
        changes = [a.changes for a in r.story.asked]
        own = [n for n, a in enumerate(r.story.asked) if a.changes]
        plans.append({"asked": r.seen(), "changes": changes, "client": own[-1], "status": status})
        mine = st.records(uid=r.uid)
        for phase in ("intent", "outcome"):
            if sum(e["phase"] == phase for e in mine) != sum(changes):
                bad.append(f"{r.case.name} | not each of its elements has its {phase}")
        r.end()
    with open(path, "w") as f:
        json.dump(plans, f)
    print("number answers", sum(len(p["asked"]) for p in plans))
    print("number elements", sum(sum(p["changes"]) for p in plans))
    return bad


async def changed(st, engine, path, name):
    word, how = name.split("-")
    with open(path) as f:
        plans = json.load(f)
    try:
        phase = Phase(st, engine, CHANGES[word](st), how)
    except OSError as e:
        print("skip", e)
        return []
    runs = [Run(case, hold, plan, how) for case, plan in zip(CASES, plans)
            for hold in range(1, len(plan["asked"]) + 1)]
    if word in ("exchanged", "remade", "taken"):
        runs = [r for r in runs if not r.plan["changes"][r.hold - 1]]
    try:
        await phase.batch(runs)
    finally:
        if phase.stopper:
            phase.stopper.end()
    print("number combinations", len(runs))
    for key, n in phase.judge.numbers.items():
        print("number", key, n)
    return phase.judge.bad


async def main():
    helper, work, name, path = sys.argv[1:]
    st = stage.Stage(helper, work, name, 600)
    engine = Engine()
    server = await engine.listen(st.socket)
    try:
        bad = await (plain(st, engine, path) if name == "plain" else
                     changed(st, engine, path, name))
    finally:
        server.close()
        st.end()
    for line in bad:
        print("bad", line.replace("\n", " "))
    print("end")


if __name__ == "__main__":
    asyncio.run(main())
