/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader - the record, read: what comes out are its lines, the caller's own, or all for root and
 * members of group adm. Opened with the group, read and parsed without.
 */
#ifndef SAFEDOCKER_READER_H
#define SAFEDOCKER_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "setgid/caller.h"

#define READER_ROTATED 2	/* files that are not compressed yet */

struct reader {
	int files[READER_ROTATED + 1];	/* the oldest first; -1: not there */
	int dir;
	char name[256];
	char own[64];		/* what every line of the caller's holds; "" for all lines */
	char *bytes;		/* owned; read and not yet written out */
	size_t n;
};

/* May this user read what is everybody's? */
bool reader_sees_all(const struct subject *subject);

/*
 * With the group: opens the record and its youngest rotated files. Ends the program where the
 * record is not root's and the group's. What is open stays so until the program's end.
 */
void reader_open(struct reader *ret, const struct caller *c);

/*
 * Without it: writes the lines to fd 1, the oldest first, and ends the program. With `follow` it
 * goes on with what is added until nobody reads, and ends with EXIT_STALE when the file was
 * rotated.
 */
void reader_run(struct reader *r, bool follow) __attribute__((noreturn));

/* Writes all of it to fd 1; ends the program where nobody reads any more. */
void reader_give(const char *bytes, size_t n);

#endif
