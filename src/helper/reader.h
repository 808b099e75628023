/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader - the mode in which the record is read: nothing is served, asked of the engine or written. What
 * comes out are lines of the record: the caller's own, or all for root and members of group adm.
 */
#ifndef SAFEDOCKER_READER_H
#define SAFEDOCKER_READER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Writes them to fd 1, the oldest first, those of the two youngest rotated files before those of the
 * file itself, and ends the helper. With `follow` it goes on with what is added until nobody reads, and
 * ends with EXIT_STALE when the file was rotated. With a recording's name (not ""), that is written instead,
 * as it is: the caller's own, or anybody's for those who see all.
 */
void reader_run(gid_t group, bool follow, const char *recording) __attribute__((noreturn));

#endif
