# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of held answers stand on: users, policy and record of their own, helpers, clients.

All of it lives in the mount namespace that the test was started in, with an /etc of its own: users
are lines in files that nobody else sees, so each conversation can have a user of its own, and a
test changes who is in which group without any other test noticing.
"""
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

BASE = 700000000        # uids that nobody has
CONF = "/etc/safedocker/safedocker.conf"
LOG = "/var/log/safedocker/operations.log"
PATIENCE = 30           # s: what has not come by then does not come


def mount(*words):
    subprocess.run(["mount", *words], check=True)


class Stage:
    def __init__(self, helper, work, name, users):
        self.helper, self.work, self.name = helper, work, name
        self.socket = f"{work}/{name}.sock"
        self.users = users
        try:
            os.setsid()     # a strong rule is for a session that has a name
        except OSError:
            pass
        self.docker = int(re.search(r"^docker:[^:]*:(\d+)", read("/etc/group"), re.M).group(1))
        self.n_logs = 0
        self.logs = []
        self.helpers = []
        os.makedirs(f"{work}/{name}", exist_ok=True)
        self.own_etc()
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/var/log/safedocker")
        if os.path.isdir("/run/safedocker/budget"):
            mount("-t", "tmpfs", "-o", f"mode=1730,gid={self.docker}", "tmpfs",
                  "/run/safedocker/budget")
        os.chown("/var/log/safedocker", 0, self.docker)
        self.new_log()

    # --- who there is ---
    def name_of(self, i):
        return f"held{i}"

    def home(self, i):
        home = f"{self.work}/homes/{BASE + i}"
        os.makedirs(home + "/dir", exist_ok=True)
        os.chown(home, BASE + i, BASE + i)
        os.chown(home + "/dir", BASE + i, BASE + i)
        return home

    def passwd(self):
        return read("/etc/passwd") + "".join(
            f"{self.name_of(i)}:x:{BASE + i}:{BASE + i}::{self.home(i)}:/bin/sh\n"
            for i in range(self.users))

    def group(self, text):
        names = ",".join(self.name_of(i) for i in range(self.users))
        kept = [line for line in text.splitlines() if not line.startswith("safedocker:")]
        gid = re.search(r"^safedocker:[^:]*:(\d+)", text, re.M)[1]
        self.members = f"safedocker:x:{gid}:{names}\n"
        return "\n".join(kept) + "\n" + self.members

    def own_etc(self):
        """With no more in it than a helper reads. A file that is mounted over another would be
        gone as soon as somebody renames a new one to there."""
        kept = {}
        for name in ("nsswitch.conf", "login.defs", "ld.so.cache", "localtime"):
            try:
                with open(f"/etc/{name}", "rb") as f:
                    kept[name] = f.read()
            except OSError:
                pass
        kept["passwd"] = self.passwd().encode()
        kept["group"] = self.group(read("/etc/group")).encode()
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/etc")
        for name, data in kept.items():
            with open(f"/etc/{name}", "wb") as f:
                f.write(data)
        os.mkdir("/etc/safedocker")

    def leave_group(self):
        """Nobody is in it any more. One write of as many bytes: nobody reads half of it."""
        text = read("/etc/group")
        at = text.index(self.members)
        fd = os.open("/etc/group", os.O_WRONLY)
        os.pwrite(fd, self.members.replace("held", "gone").encode(), len(text[:at].encode()))
        os.close(fd)

    def join_group(self):
        text = read("/etc/group")
        fd = os.open("/etc/group", os.O_WRONLY)
        gone = self.members.replace("held", "gone")
        os.pwrite(fd, self.members.encode(), len(text[:text.index(gone)].encode()))
        os.close(fd)

    # --- policy and record ---
    def policy(self, text):
        with open(CONF + ".new", "w") as f:
            f.write(f"[engine]\nsocket = {self.socket}\n{text}")
        os.rename(CONF + ".new", CONF)

    def new_log(self):
        """Rotated: the old file is kept under another name, as logrotate does it."""
        fresh = f"{LOG}.{self.n_logs}"
        self.n_logs += 1
        with open(fresh, "w"):
            pass
        os.chown(fresh, 0, self.docker)
        os.chmod(fresh, 0o660)
        if os.path.exists(LOG):
            os.rename(LOG, f"{fresh}.old")
        os.rename(fresh, LOG)
        self.keep_log()

    def remove_log(self):
        os.unlink(LOG)

    def keep_log(self):
        self.logs.append(open(LOG, errors="surrogateescape"))

    def records(self, **fields):
        """Of all the files that have been the record, those that were removed too."""
        found = []
        if os.path.exists(LOG) and os.stat(LOG).st_ino != os.fstat(self.logs[-1].fileno()).st_ino:
            self.keep_log()
        for log in self.logs:
            log.seek(0)
            for line in log.read().splitlines():
                if line:
                    entry = json.loads(line)
                    if all(entry.get(k) == v for k, v in fields.items()):
                        found.append(entry)
        return found

    def end(self):
        for helper in self.helpers:
            helper.end()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        shutil.rmtree(f"{self.work}/{self.name}", ignore_errors=True)


def read(path):
    with open(path) as f:
        return f.read()


# --- processes --------------------------------------------------------------------------------
def children(pid):
    try:
        return [int(n) for n in read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []


def state(pid):
    try:
        return read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


async def until(what, seconds=PATIENCE):
    """True as soon as it is so."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


class Stop:
    """SIGSTOP, as the user may at any instruction."""
    async def stop(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        return await until(lambda: all(state(pid) == "T" for pid in pids))

    def go_on(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    def end(self):
        pass


class Freeze:
    """The freezer of a control group: no signal is sent, and none is seen."""
    OLD, NEW = "/sys/fs/cgroup/freezer", "/sys/fs/cgroup"

    def __init__(self):
        self.new = os.path.exists(self.NEW + "/cgroup.controllers")
        self.at = f"{self.NEW if self.new else self.OLD}/safedocker-held-{os.getpid()}"
        os.mkdir(self.at)
        if not os.path.exists(f"{self.at}/{'cgroup.freeze' if self.new else 'freezer.state'}"):
            os.rmdir(self.at)
            raise OSError("no freezer there")

    def say(self, frozen):
        with open(f"{self.at}/{'cgroup.freeze' if self.new else 'freezer.state'}", "w") as f:
            f.write(("1" if frozen else "0") if self.new else "FROZEN" if frozen else "THAWED")

    def is_frozen(self):
        if self.new:
            return "frozen 1" in read(self.at + "/cgroup.events")
        return read(self.at + "/freezer.state").strip() == "FROZEN"

    async def stop(self, pids):
        for pid in pids:
            with open(self.at + "/cgroup.procs", "w") as f:
                f.write(str(pid))
        self.say(True)
        return await until(self.is_frozen)

    def go_on(self, pids):
        self.say(False)

    def end(self):
        """Who is in there still goes back, that the group can be removed."""
        self.say(False)
        for pid in read(self.at + "/cgroup.procs").split():
            try:
                with open(os.path.dirname(self.at) + "/cgroup.procs", "w") as f:
                    f.write(pid)
            except OSError:
                pass
        os.rmdir(self.at)


# --- clients ----------------------------------------------------------------------------------
class Helper:
    """A helper of one user's, at a socket of its own; a strong one serves the rule `all`."""
    def __init__(self, stage, i, strong=False):
        self.uid = BASE + i
        self.path = f"{stage.work}/{stage.name}/{len(stage.helpers)}"
        argv = [stage.helper, "--until-parent-ends"]
        argv += ["--as", "all", "--reason", "test"] if strong else []
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path)
            listener.listen(200)
            self.process = subprocess.Popen(
                argv, stdin=listener, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                env={"PATH": "/usr/bin:/bin"}, user=self.uid, group=self.uid, extra_groups=[])
        stage.helpers.append(self)

    def workers(self):
        return children(self.process.pid)

    def end(self):
        for pid in [*self.workers(), self.process.pid]:
            for number in (signal.SIGKILL, signal.SIGCONT):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        self.process.wait()


class Client:
    """One connection to a helper."""
    def __init__(self, helper):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(helper.path)
        self.sock.setblocking(False)
        self.data, self.ended = b"", False

    async def send(self, data):
        try:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)
        except ConnectionError:
            pass        # what became of it, the answer says

    async def more(self):
        if self.ended:
            return False
        try:
            got = await asyncio.get_running_loop().sock_recv(self.sock, 1 << 20)
        except ConnectionError:
            got = b""
        self.data += got
        self.ended = not got
        return bool(got)

    async def answer(self, head_only=False, seconds=PATIENCE):
        """(status, text); (0, what came) where it ended before."""
        try:
            return await asyncio.wait_for(self.receive(head_only), seconds)
        except asyncio.TimeoutError:
            return -1, "nothing comes"

    async def receive(self, head_only):
        while b"\r\n\r\n" not in self.data:
            if not await self.more():
                return 0, self.data.decode("latin-1")
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        body = b""
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
        if head_only or status in (100, 101, 204):
            pass
        elif length:
            while len(self.data) < int(length[1]):
                if not await self.more():
                    return 0, "torn"
            body, self.data = self.data[:int(length[1])], self.data[int(length[1]):]
        elif re.search(rb"\r\ntransfer-encoding: chunked", head, re.I):
            while True:
                while b"\r\n" not in self.data:
                    if not await self.more():
                        return 0, "torn"
                size, _, rest = self.data.partition(b"\r\n")
                if len(rest) < int(size, 16) + 2:
                    if not await self.more():
                        return 0, "torn"
                    continue
                body += rest[:int(size, 16)]
                self.data = rest[int(size, 16) + 2:]
                if int(size, 16) == 0:
                    break
        return status, body.decode("utf-8", "replace")

    async def closed(self, seconds=PATIENCE):
        """Does the connection end? What comes until then is thrown away."""
        async def drain():
            while await self.more():
                pass
        try:
            await asyncio.wait_for(drain(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def end(self):
        self.sock.close()
