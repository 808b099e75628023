/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recordings - one recording, given out as it is. Opened with the group, read without. */
#ifndef SAFEDOCKER_RECORDINGS_H
#define SAFEDOCKER_RECORDINGS_H

#include "setgid/caller.h"

/*
 * With the group: the recording of this name ("UID-ID"): the caller's own, or anybody's for those
 * who see all. Ends the program where there is none that the caller may see, or where it is not as
 * it was made. Returns a descriptor.
 */
int recordings_open(const struct caller *c, const char *name);

/* Without it: writes it to fd 1 and ends the program. */
void recordings_run(int fd) __attribute__((noreturn));

#endif
