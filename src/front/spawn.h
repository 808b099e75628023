/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spawn - the two processes beside the docker CLI: the helper, and the one that tidies up. */
#ifndef SAFEDOCKER_SPAWN_H
#define SAFEDOCKER_SPAWN_H

#include <stdbool.h>

#include "common/error.h"
#include "front/socketdir.h"

/* What the helper is told: for the record, or to narrow what it does. "" or NULL: not said. */
struct helper_options {
	const char *claimed;	/* the command line */
	const char *as;		/* the strong rule that the user asks for */
	const char *reason;
	bool ask_nothing;	/* rather refused than asked for the password */
	bool explain;		/* nothing is done: each decision comes as a line of JSON on *report */
	int *report;		/* set to a descriptor that the caller closes; needed for `explain` */
	bool lasting;		/* the socket is at the place that stays the same */
};

/*
 * Starts the helper as a child of this process, whose end will be the helper's,
 * and waits until it is ready. -1: reterr->text is the helper's own line, or why
 * it could not be started; nothing of it is left.
 */
int spawn_helper(const struct socketdir *dir, const struct helper_options *options, struct error *reterr);

/* Has the helper forget that the password was given. -1: it did not. */
int spawn_forget(void);

/*
 * Starts what removes the directory once this process has ended, however and
 * whenever it ends: before there is a directory, so that it sees what is made in
 * *ret, which is shared with it and stays for as long as this process. It is
 * nobody's child, in a session of its own, and holds no descriptor.
 */
int spawn_tidier(struct socketdir **ret, struct error *reterr);

#endif
