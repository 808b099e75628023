/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * petition - a user asks root for a strong rule: what is asked is written down where only root
 * reads it, in a directory that only the group may pass, one file for each uid. Nothing is allowed
 * by it.
 */
#ifndef SAFEDOCKER_PETITION_H
#define SAFEDOCKER_PETITION_H

#include "setgid/caller.h"

struct petition {
	int dir;	/* where they lie */
	int file;	/* open; -1: nothing was asked */
};

/* With the group: what the caller asked before. Ends the program where it cannot be read. */
struct petition petition_open_own(const struct caller *c);

/* Without it: gives that out and ends the program. */
void petition_show(const struct petition *p) __attribute__((noreturn));

/*
 * With the group: a new file beside the one that there is. Ends the program where none can be
 * made.
 */
struct petition petition_open_new(const struct caller *c);

/*
 * Forks, and returns only in the child. The parent, which keeps the group and is confined to this,
 * parses nothing: it waits, and puts the new file in the place of the old one if the child has
 * ended with EXIT_DONE; else removes it. It ends as the child did; `rule` is what was asked for.
 */
void petition_await(const struct petition *p, const char *rule);

/*
 * Without the group, in that child: checks what is asked by the policy, records it, and writes it
 * into the new file. subject->as and ->reason are set, `wanted` is a time as in strong_duration().
 * Ends the program, with EXIT_DONE if it is all there.
 */
void petition_write(const struct petition *p, const struct caller *c, const char *wanted)
	__attribute__((noreturn));

#endif
