/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spawn - the processes beside the docker CLI: who asks for the password, the helper, and the one that tidies up. */
#ifndef SAFEDOCKER_SPAWN_H
#define SAFEDOCKER_SPAWN_H

#include <stdbool.h>

#include "common/error.h"
#include "front/tidier.h"

/* What the helper is told: for the record, or to narrow what it does. "" or NULL: not said. */
struct helper_options {
	const char *claimed;	/* the command line */
	const char *as;		/* the strong rule that the user asks for */
	const char *reason;
	bool ask_nothing;	/* rather refused than asked for the password; for spawn_auth() */
	bool explain;		/* nothing is done: each decision comes as a line of JSON on *report */
	int *report;		/* set to a descriptor that the caller closes; needed for `explain` */
	bool lasting;		/* the socket is at the place that stays the same */
};

/*
 * The front end's side of both; what is shared with the tidier stays for as long as this process.
 */
struct spawned {
	struct tidied *shared;
	int lines[2];		/* the helper's standard output */
	int go;			/* closed as soon as its first line has been read */
};

/*
 * Starts the helper as a child of this process, whose end will be the helper's, and waits until it
 * is ready. -1: reterr->text is the helper's own line, or why it could not be started; nothing of
 * it is left. The descriptors of *s are closed or given away in any case.
 */
int spawn_helper(struct spawned *s, const struct helper_options *options, struct error *reterr);

/*
 * Has safedocker-auth ask for what the strong rule options->as wants, and leave it for the helper that is started
 * next. -1: reterr->text is its own line, or why it could not be started; ERR_PASSWORD where the
 * password was wrong or could not be asked for.
 */
int spawn_auth(const struct helper_options *options, struct error *reterr);

/* Has safedocker-auth forget that the password was given. -1: it did not. */
int spawn_forget(void);

/*
 * Starts what removes the directory once this process has ended, however and whenever it ends (see
 * tidier.h): before there is a directory, so that it sees what is made in ret->shared->dir. -1 with
 * ERR_SYSTEM: nothing is left.
 */
int spawn_tidier(struct spawned *ret, struct error *reterr);

#endif
