# SPDX-License-Identifier: GPL-2.0-or-later
"""The faults that fault_engine.py gives, one a row: what is written in place of the right answer.

A step is bytes, STALL (nothing more is ever said), CLOSE, GO (wait for the test, then go on), or
a number of seconds to wait. All bytes of a step are in the helper's hands at once: what stands
behind an answer is there when that is read.
"""
import random
import re

STALL, CLOSE, GO = "stall", "close", "go"
BREAKS, HARMLESS, EITHER = "breaks", "harmless", "either"
FAULTS = {}             # each of them certain to be given
RACES = {}              # whether the helper is still there for them is chance
TAKEN = 8 << 20         # bytes that the helper reads of an answer at the most: INSPECT_MAX
PATIENCE = 1.0          # seconds that the helper of these tests has: LOOKUP_PATIENCE in Makefile.am


class Fault:
    """steps(right, other) of an answer and one that belongs to no request.

    kind: BREAKS: nothing may be asked on this connection any more. HARMLESS: it is as good as no
    fault at all. EITHER: the answer is framed as it must be and says something else; so both may
    be right.
    """
    def __init__(self, steps, kind, body=False, waits=False, only_ours=False, dear=False):
        self.steps, self.kind, self.waits = steps, kind, waits
        self.needs_body = body          # of the right answer
        self.only_ours = only_ours      # it is none in the answer that goes on to the client
        self.dear = dear                # it costs time, and is given once for each shape of request


def fault(kind, **more):
    def add(function):
        FAULTS[function.__name__] = Fault(function, kind, **more)
        return function
    return add


def race(function):
    RACES[function.__name__] = Fault(function, EITHER, waits=True)
    return function


def find(name):
    return FAULTS.get(name) or RACES[name]


def chunked(data, *sizes):
    out, at = b"", 0
    for n in sizes or (len(data),):
        part = data[at:at + n]
        out += b"%x\r\n" % len(part) + part + b"\r\n"
        at += n
    return out


def split(data):
    return data[:len(data) // 2], data[len(data) // 2:]


CHUNKED = "Transfer-Encoding: chunked"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


# --- no answer, or not in time -------------------------------------------------------------------
@fault(BREAKS, waits=True)
def stall(a, o):
    return [STALL]


@fault(BREAKS, waits=True)
def stall_in_head(a, o):
    return [split(a.head(len(a.body)))[0], STALL]


@fault(BREAKS, body=True, waits=True)
def stall_in_body(a, o):
    return [a.head(len(a.body)) + split(a.body)[0], STALL]


@fault(BREAKS, body=True, waits=True)
def stall_short(a, o):
    return [a.head(len(a.body) + 9) + a.body, STALL]


@fault(BREAKS, body=True, waits=True)
def stall_in_chunk(a, o):
    return [a.head(None, CHUNKED) + chunked(a.body)[:-9], STALL]


@fault(BREAKS, body=True, waits=True)
def stall_without_length(a, o):
    return [a.head() + a.body, STALL]


@fault(BREAKS, waits=True, only_ours=True)
def late(a, o):
    return [GO, a.render()]


@fault(BREAKS, waits=True, only_ours=True)
def late_from_head(a, o):
    first, rest = split(a.head(len(a.body)))
    return [first, GO, rest + a.body]


@fault(BREAKS, body=True, waits=True, only_ours=True)
def late_from_body(a, o):
    first, rest = split(a.body)
    return [a.head(len(a.body)) + first, GO, rest]


# --- more than was asked for ---------------------------------------------------------------------
@fault(BREAKS)
def twice(a, o):
    return [a.render() + a.render()]


@fault(BREAKS)
def another_behind(a, o):
    return [a.render() + o.render()]


@fault(BREAKS)
def bytes_behind(a, o):
    return [a.render() + b"\r\n"]


@fault(BREAKS, waits=True)
def another_while_idle(a, o):
    return [a.render(), GO, o.render()]


@fault(BREAKS, body=True)
def longer_than_said(a, o):
    return [a.head(len(a.body)) + a.body + b" " * 20 + o.render()]


@fault(BREAKS, body=True)
def behind_last_chunk(a, o):
    return [a.head(None, CHUNKED) + chunked(a.body) + b"0\r\n\r\n" + o.render()]


@fault(BREAKS, body=True, only_ours=True, dear=True)
def larger_than_taken(a, o):
    """More than the helper reads of any answer to a request of its own."""
    return [a.head(len(a.body) + 9000000) + a.body + b" " * 9000000]


@fault(BREAKS)
def body_of_204(a, o):
    a.status = 204
    return [a.head(len(o.body)) + o.body]


@fault(BREAKS)
def body_of_304(a, o):
    a.status = 304
    return [a.head(len(o.body)) + o.body + o.render()]


@fault(BREAKS)
def body_of_head(a, o):
    """An answer as to HEAD, and then its body all the same."""
    if a.asked == "HEAD":
        return [a.head(len(o.body)) + o.body]
    return [a.head(0) + o.body]


@fault(BREAKS, body=True)
def another_behind_one_read(a, o):
    """The answer is as long as what is read at a time (64 KiB): the other one is not among it."""
    n = 65536 - len(a.head(65000))
    a.body = a.body.ljust(n)
    return [a.render() + o.render()]


@fault(BREAKS, body=True, waits=True, only_ours=True, dear=True)
def stall_when_too_large(a, o):
    """One byte more than is taken, and nothing behind it that could be seen later."""
    return [a.head(9000000) + a.body.ljust(TAKEN + 1), STALL]


# --- less than was said --------------------------------------------------------------------------
@fault(BREAKS)
def close_at_once(a, o):
    return [CLOSE]


@fault(BREAKS)
def close_in_head(a, o):
    return [split(a.head(len(a.body)))[0], CLOSE]


@fault(BREAKS, body=True)
def close_in_body(a, o):
    return [a.head(len(a.body)) + split(a.body)[0], CLOSE]


@fault(BREAKS, body=True)
def close_short(a, o):
    return [a.head(len(a.body) + 9) + a.body, CLOSE]


@fault(BREAKS, body=True)
def close_in_chunk(a, o):
    return [a.head(None, CHUNKED) + chunked(a.body)[:-9], CLOSE]


@fault(BREAKS, body=True)
def close_before_last_chunk(a, o):
    return [a.head(None, CHUNKED) + chunked(a.body), CLOSE]


@fault(BREAKS, body=True)
def close_is_the_end(a, o):
    return [a.head() + a.body, CLOSE]


@fault(BREAKS)
def close_behind(a, o):
    return [a.render(), CLOSE]


@fault(BREAKS)
def says_close(a, o):
    a.fields.append(("Connection", "close"))
    return [a.render()]


@fault(BREAKS, body=True)
def version_1_0(a, o):
    return [a.head(len(a.body), version="1.0") + a.body]


# --- two readings, or none -----------------------------------------------------------------------
@fault(BREAKS, body=True)
def two_lengths(a, o):
    return [a.head(len(a.body), f"Content-Length: {len(a.body) - 5}") + a.body]


@fault(BREAKS, body=True)
def two_equal_lengths(a, o):
    return [a.head(len(a.body), f"Content-Length: {len(a.body)}") + a.body]


@fault(BREAKS, body=True)
def length_and_chunks(a, o):
    return [a.head(len(a.body), CHUNKED) + chunked(a.body) + b"0\r\n\r\n"]


@fault(BREAKS, body=True)
def length_of_words(a, o):
    return [a.head(f"+{len(a.body)}") + a.body]


@fault(BREAKS, body=True)
def coding_unknown(a, o):
    return [a.head(None, "Transfer-Encoding: gzip, chunked") + chunked(a.body) + b"0\r\n\r\n"]


@fault(BREAKS, body=True)
def chunk_size_bad(a, o):
    return [a.head(None, CHUNKED) + b"0x" + chunked(a.body) + b"0\r\n\r\n"]


@fault(BREAKS, body=True)
def chunk_size_huge(a, o):
    return [a.head(None, CHUNKED) + b"fffffffffffffffff\r\n" + a.body + b"\r\n0\r\n\r\n"]


@fault(BREAKS, body=True)
def chunk_longer_than_said(a, o):
    return [a.head(None, CHUNKED) + b"5\r\n" + a.body + b"\r\n0\r\n\r\n"]


@fault(BREAKS)
def interim_without_end(a, o):
    return [INTERIM * 3000 + a.render()]


@fault(BREAKS)
def interim_too_many(a, o):
    return [INTERIM * 33 + a.render()]


@fault(BREAKS)
def upgrade_unasked(a, o):
    return [b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + o.render()]


@fault(BREAKS)
def head_too_large(a, o):
    return [a.head(len(a.body), "X: " + "x" * 70000) + a.body]


@fault(BREAKS)
def head_with_nul(a, o):
    return [a.head(len(a.body), "X: a\0b") + a.body]


@fault(BREAKS)
def head_with_bare_lf(a, o):
    return [a.render().replace(b"\r\n", b"\n", 1)]


@fault(BREAKS)
def head_folded(a, o):
    return [a.head(len(a.body), "X: a\r\n b") + a.body]


@fault(BREAKS)
def no_head(a, o):
    return [a.body + b"what is this\r\n\r\n"]


@fault(BREAKS)
def status_unknown(a, o):
    return [a.render().replace(b"HTTP/1.1 ", b"HTTP/1.1 9", 1)]


# --- framed well, and about something else -------------------------------------------------------
@fault(EITHER)
def about_another(a, o):
    """Another user's: the object of `other` with another owner."""
    o.body = re.sub(rb'(safedocker(?:\.uid": "|:))\d+', rb"\g<1>1", o.body)
    return [o.render()]


@fault(EITHER, body=True)
def body_unreadable(a, o):
    a.body = a.body[:-5]
    return [a.render()]


@fault(EITHER)
def error_500(a, o):
    a.status, a.body = 500, b'{"message":"oh"}'
    return [a.render()]


# --- the twins: as good as no fault --------------------------------------------------------------
@fault(HARMLESS)
def none(a, o):
    return [a.render()]


@fault(HARMLESS)
def interim_few(a, o):
    return [INTERIM * 3 + a.render()]


@fault(HARMLESS, body=True)
def many_chunks(a, o):
    n = len(a.body)
    return [a.head(None, CHUNKED) + chunked(a.body, 1, 2, 3, n - 6) + b"0\r\n\r\n"]


@fault(HARMLESS)
def in_parts(a, o):
    return [bytes([b]) for b in a.render()[:40]] + [a.render()[40:]]


# --- chance --------------------------------------------------------------------------------------
def around():
    return random.uniform(0.5, 1.5) * PATIENCE


@race
def around_patience(a, o):
    return [around(), a.render()]


@race
def around_patience_in_parts(a, o):
    first, rest = split(a.render())
    return [first, around(), rest]


@race
def around_patience_twice(a, o):
    """Both at once: when the next request is under way, this cannot be told from its answer."""
    return [around(), a.render() + a.render()]
