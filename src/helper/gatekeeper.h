/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gatekeeper - accepts connections, opens the engine for each, and forks a worker
 * that reads. It holds the group and reads no byte of any client.
 */
#ifndef SAFEDOCKER_GATEKEEPER_H
#define SAFEDOCKER_GATEKEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/recording.h"
#include "setgid/caller.h"

#define WORKERS_MAX 128 /* at a time; further clients wait in the socket's backlog, */
#define FULL_PATIENCE 2000LL		/* ms from when on they are turned away */
#define IDENTITY_AGE (10 * 60 * 1000LL)	/* ms after which the caller's groups are read anew */

#define UNSERVED_TEXT_MAX 2048

struct engine;
struct explain;

struct gatekeeper {
	struct caller caller;		/* subject.as is the strong rule that was asked for, or NULL */
	pid_t self;
	int parent;			/* pidfd of the process whose end ends us, or -1 */
	int children;			/* signalfd of SIGCHLD */
	long long identity_until;	/* io_now() */
	char command[AUDIT_ID_LEN + 1];	/* joins all that this helper serves */
	const char *auth;		/* how the caller proved to be there; NULL: nobody asked */
	long long proved_until;		/* io_now() until when that counts; 0: it was not proved */
	int tty; /* where a line is said before a strong operation; -1: nowhere */
	struct recording recording;	/* of the terminal, where the strong rule wants one */
	struct explain *explain;	/* NULL: what is allowed is done */
	bool tells;			/* standard output is told what is refused (news.h) */
	struct {
		pid_t pid;		/* 0: free */
		int client;
	} workers[WORKERS_MAX];
	struct handover *handovers; /* one for each place below, shared with the workers there */
	size_t n_workers;
	long long full_since;		/* io_now() when the last place was taken */
};

/* What a worker serves. */
struct connection {
	int client;
	struct engine *engine;	/* NULL: the caller is served nothing, by `status` and `text` */
	int status;
	char text[UNSERVED_TEXT_MAX];
	struct handover *handover;
	pid_t bound_to;		/* the gatekeeper, whose end ends it under a strong rule; or 0 */
};

/* Policy, identity and record, as they are now; again whenever one of them has changed. */
void gatekeeper_load(struct gatekeeper *g);

/* Is fd 0 a socket that listens? */
bool gatekeeper_listens(void);

/*
 * Accepts at the socket on fd 0, opens the engine for each client and forks. Returns in a worker
 * alone: its client at fd 0, nothing else of the gatekeeper's open, and not confined yet. The
 * gatekeeper itself ends, with EXIT_DONE, when the parent has ended and the last worker too; under
 * a strong rule they end with it.
 */
const struct connection *gatekeeper_next(struct gatekeeper *g);

#endif
