/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gatekeeper - accepts connections, opens the engine for each, and forks a worker
 * that reads. It holds the group and reads no byte of any client.
 */
#ifndef SAFEDOCKER_GATEKEEPER_H
#define SAFEDOCKER_GATEKEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/audit.h"
#include "helper/budget.h"
#include "helper/config.h"
#include "helper/recording.h"
#include "model/model.h"

#define WORKERS_MAX 128 /* at a time; further clients wait in the socket's backlog, */
#define FULL_PATIENCE 2000LL		/* ms from when on they are turned away */
#define IDENTITY_AGE (10 * 60 * 1000LL)	/* ms after which the caller's groups are read anew */

struct explain;

struct gatekeeper {
	gid_t group;
	pid_t self;
	int parent;			/* pidfd of the process whose end ends us, or -1 */
	int children;			/* signalfd of SIGCHLD */
	struct config config;
	struct subject subject;
	long long identity_until;	/* io_now() */
	struct audit audit;
	struct budget budget;		/* shared by all helpers of the caller */
	const struct terminal *terminal;
	const char *claimed;
	const char *cwd;		/* where the caller was */
	char command[AUDIT_ID_LEN + 1];	/* joins all that this helper serves */
	const char *as, *reason; /* the strong rule that was asked for, and why; NULL: none */
	const char *auth;		/* how the caller proved to be there; NULL: nobody asked */
	long long proved_until;		/* io_now() until when that counts; 0: it was not proved */
	int tty; /* where a line is said before a strong operation; -1: nowhere */
	struct recording recording;	/* of the terminal, where the strong rule wants one */
	const char *boot;		/* this boot's id */
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

/* Policy, identity and record, as they are now; again whenever one of them has changed. */
void gatekeeper_load(struct gatekeeper *g);

/* Is fd 0 a socket that listens? */
bool gatekeeper_listens(void);

/*
 * Serves the socket on fd 0 until the parent has ended and the last worker too; under a strong rule
 * they end with it.
 */
void gatekeeper_serve(struct gatekeeper *g);

#endif
