#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hold.py: on the host, as the user, what goes with hold.c.

  hold.py hand SOCKET PATH          hands a descriptor of PATH in; SOCKET @NAME is abstract
  hold.py open SOCKET               takes a descriptor from the container and opens it anew, for reading
  hold.py swap SOCKET DIR TARGET    takes a descriptor of a directory of the container's, says `ready`, and when the
                                    first of the files in DIR goes, or a line comes in, makes DIR a link to TARGET
  hold.py flip SOCKET DIR TARGET    takes a descriptor of a directory of the container's, says `ready`, and makes DIR
                                    a link to TARGET and a directory again, by turns, until stdin ends; says how often
  hold.py graball                   `grab` of each process of the user's that is in a namespace of another's, again
                                    and again until stdin ends; says at how many it tried, and what worked
  hold.py grab PID                  each way to a descriptor or a file of that process: says which worked
  hold.py fuse DIRECTORY UID GID [TARGET]
                                    as root: a file server of that user's that never answers; with TARGET one in
                                    which every name is a link of root's to it; stays"""
import array
import ctypes
import os
import select
import socket
import struct
import sys
import threading


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect("\0" + path[1:] if path[0] == "@" else path)
    return s


def received(path):
    s = connect(path)
    return socket.recv_fds(s, 1, 1)[1][0]


def hand(path, what):
    s = connect(path)
    fd = os.open(what, os.O_RDONLY | os.O_DIRECTORY)
    s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    s.recv(1)


def open_again(path):
    fd = received(path)
    try:
        os.read(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY), 1)
        print("opened")
    except OSError as e:
        print(e.strerror)


def swap(path, directory, target):
    root = received(path)
    inside = os.open(directory, os.O_RDONLY | os.O_DIRECTORY, dir_fd=root)
    names = sorted(os.listdir(inside))
    watched = [os.open(n, os.O_RDONLY, dir_fd=inside) for n in names[:: max(1, len(names) // 64)]]
    print("ready", flush=True)
    while all(os.fstat(fd).st_nlink for fd in watched):
        if select.select([sys.stdin], [], [], 0)[0]:
            break
    try:
        os.rename(directory, directory + ".away", src_dir_fd=root, dst_dir_fd=root)
        os.symlink(target, directory, dir_fd=root)
        print("exchanged", flush=True)
    except OSError as e:
        print("not exchanged:", e.strerror, flush=True)


def flip(path, directory, target):
    root = received(path)
    print("ready", flush=True)
    times = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            os.rename(directory, directory + ".away", src_dir_fd=root, dst_dir_fd=root)
            os.symlink(target, directory, dir_fd=root)
            os.unlink(directory, dir_fd=root)
            os.rename(directory + ".away", directory, src_dir_fd=root, dst_dir_fd=root)
            times += 1
        except OSError:
            # It was removed, or half of it: what is left is what is tried.
            for step in (lambda: os.symlink(target, directory, dir_fd=root), lambda: os.unlink(directory, dir_fd=root)):
                try:
                    step()
                except OSError:
                    pass
    print("flipped", times, flush=True)


def others():
    """Processes with the user's id at which the user may not look, as /proc says it."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status") as f:
                uids = next(line for line in f if line.startswith("Uid:")).split()[1:]
            if str(os.getuid()) in uids:
                os.readlink(f"/proc/{pid}/ns/user")
        except PermissionError:
            yield pid
        except (OSError, StopIteration):
            pass


def graball():
    seen = set()
    while not select.select([sys.stdin], [], [], 0)[0]:
        for pid in others():
            seen.add(pid)
            try:
                got = ways(pid)
                with open(f"/proc/{pid}/comm") as f:
                    name = f.read().strip()
            except OSError:
                continue
            # A program of the test's that has just become the user's own.
            if got and name not in ("setpriv", "env", "python3"):
                print(name, *got, flush=True)
    print("tried", len(seen), flush=True)


def ways(pid):
    libc, got = ctypes.CDLL(None, use_errno=True), []

    for what in ("root/etc/passwd", "cwd/etc/passwd", "environ", "maps", "mem", "fd/0", "ns/user", "exe"):
        try:
            os.close(os.open(f"/proc/{pid}/{what}", os.O_RDONLY))
            got.append(what)
        except OSError:
            pass
    pidfd = os.pidfd_open(int(pid))
    for fd in range(8):
        if libc.syscall(438, pidfd, fd, 0) >= 0:
            got.append("pidfd_getfd")
    if libc.ptrace(16, int(pid), 0, 0) == 0:
        got.append("ptrace")
    if libc.setns(pidfd, 0x10000000) == 0:
        got.append("setns")
    os.close(pidfd)
    return got


def grab(pid):
    for way in ways(pid):
        print(way)


def links(fd, target):
    """Answers what the kernel asks: a directory of root's, and in it links of root's."""
    def attr(node):
        return struct.pack("<6Q10I", node, 4096, 8, 0, 0, 0, 0, 0, 0, 0o40755 if node == 1 else 0o120777, 1, 0, 0, 0, 4096, 0)

    while True:
        question = os.read(fd, 1 << 17)
        opcode, unique, node = struct.unpack_from("<IQQ", question, 4)
        error, body = 0, b""
        if opcode == 1:
            body = struct.pack("<4Q2I", 2, 0, 0, 0, 0, 0) + attr(2)
        elif opcode == 3:
            body = struct.pack("<Q2I", 0, 0, 0) + attr(node)
        elif opcode == 5:
            body = target.encode()
        elif opcode == 17:
            body = bytes(80)
        elif opcode in (2, 42):
            continue
        else:
            error = -38
        os.write(fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


def fuse(directory, uid, gid, target=None):
    fd = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={fd},rootmode=40000,user_id={uid},group_id={gid}".encode()
    if libc.mount(b"never", directory.encode(), b"fuse", 6, options) != 0:
        print("not mounted:", os.strerror(ctypes.get_errno()), flush=True)
        sys.exit(1)
    # The kernel's first question is answered, nothing else.
    os.read(fd, 1 << 17)
    os.write(fd, (80).to_bytes(4, "little") + (0).to_bytes(4, "little") + (2).to_bytes(8, "little") +
             (7).to_bytes(4, "little") + (31).to_bytes(4, "little") + bytes(56))
    print("mounted", flush=True)
    if target is not None:
        threading.Thread(target=links, args=(fd, target), daemon=True).start()
    sys.stdin.read()


words = {"hand": hand, "open": open_again, "swap": swap, "flip": flip, "grab": grab, "graball": graball, "fuse": fuse}
words[sys.argv[1]](*sys.argv[2:])
