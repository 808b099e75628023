/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value - grammars of the single values that the engine, or a program that it starts as root,
 * evaluates: each is the part of the engine's own grammar that ordinary requests need, and that
 * every version reads alike. Pure.
 */
#ifndef SAFEDOCKER_VALUE_H
#define SAFEDOCKER_VALUE_H

#include <stdbool.h>

#include "common/slice.h"

/* A number of 1 to 64, or a name like KILL, SIGTERM, RTMIN+3. */
bool value_is_signal(struct slice text);

/* A date, seconds with a fraction, or a duration, at most 40 characters: 1700000000.5,
 * 2026-01-02T03:04:05+01:00, 1h30m. */
bool value_is_time(struct slice text);

/* "all", -1, or a number of lines that fits 31 bits. */
bool value_is_tail(struct slice text);

/* Keys that end an attachment: single characters and ctrl-X, with commas between; at most 16 of
 * them. */
bool value_is_keys(struct slice text);

/* OS, OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, each of letters, digits, _.- (and a version in
 * brackets). */
bool value_is_platform(struct slice text);

/* NAME:ADDRESS (or NAME=ADDRESS), ADDRESS perhaps "host-gateway". */
bool value_is_host(struct slice text);

/* Numbers of processors or memory nodes, below 8192, and ranges of them: 0-3,8. */
bool value_is_cpuset(struct slice text);

/*
 * A regular expression for a name or an id: at most 255 bytes, no repetition by number and no
 * flags; the engine compiles it anew for each object, and a{1000} is a thousand times its size in
 * memory.
 */
bool value_is_pattern(struct slice text);

/*
 * Arguments of ps, which the engine runs as root on the host; it then shows the lines in whose
 * column PID a process of the container stands. So what is chosen is layout alone, and no column
 * that is empty, or holds blanks, stands before that one.
 */
bool value_is_ps(struct slice text);

#endif
