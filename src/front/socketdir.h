/* SPDX-License-Identifier: GPL-2.0-or-later */
/* socketdir - a directory of the caller's alone, and the listening socket in it. */
#ifndef SAFEDOCKER_SOCKETDIR_H
#define SAFEDOCKER_SOCKETDIR_H

#include "common/error.h"

struct socketdir {
	char directory[80];	/* absolute */
	char socket[100];	/* directory/docker.sock */
	int listening;		/* close-on-exec */
};

/*
 * Below XDG_RUNTIME_DIR where that is the caller's own and nobody else's, else
 * below /tmp; mode 0700 either way. Made in place: *ret names it before it is there.
 * -1 with ERR_SYSTEM: nothing was left behind.
 */
int socketdir_make(struct socketdir *ret, struct error *reterr);

/*
 * The same at a place that stays the same, safedocker/docker.sock below XDG_RUNTIME_DIR, where that
 * is the caller's own; otherwise as above. A socket that nobody listens at is replaced.
 */
int socketdir_make_lasting(struct socketdir *ret, struct error *reterr);

/* Removes both, as far as they are there. */
void socketdir_remove(const struct socketdir *dir);

#endif
