/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - one connection of a client, from its first byte to its last: read,
 * judge, record, forward, relay. It holds one engine connection, the record and
 * the policy's descriptors, and nothing else.
 */
#ifndef SAFEDOCKER_WORKER_H
#define SAFEDOCKER_WORKER_H

#include "common/error.h"
#include "helper/recording.h"
#include "model/model.h"
#include "setgid/audit.h"
#include "setgid/config.h"
#include "setgid/die.h"

struct engine;
struct explain;
struct way;

#define HANDOVER_MAX (384 * 1024)

/*
 * A request that nothing was done for yet, because policy or record had changed: its bytes go from
 * the worker that read them to the next one, through memory that both share. The gatekeeper, which
 * holds the group, never looks into it.
 */
struct handover {
	size_t n;		/* 0: none */
	bool anew;		/* it was judged before */
	bool continued;		/* and its client was told to go on (100 Continue) */
	char bytes[HANDOVER_MAX];
} __attribute__((aligned(4096)));	/* pages of its own */

struct worker {
	int client;
	struct engine *engine; /* broken from the first where it cannot be reached */
	const struct config *config;
	const struct subject *subject;
	const char *boot;			/* this boot's id */
	const struct audit *audit;
	const struct recording *recording;	/* of the terminal; NULL: none was begun */
	struct handover *handover;		/* from the worker before, and to the next one */
	const struct way *way;			/* how plans are carried out: carry.h, explain.h */
	struct explain *explain;		/* what was made up; NULL in the other way */
	bool tells;				/* somebody listens to what is refused (news.h) */
	long long proved_until; /* io_now() until when the password counts; 0: none was given */
	int tty; /* where a line is said before a strong operation; -1: nowhere */
	long long identity_until;		/* io_now() from when on `subject` is too old */
};

/*
 * Serves until either side ends it. EXIT_DONE; or EXIT_STALE when policy, record or identity
 * changed while nothing had been done for the request that was read, if one was: the connection is
 * whole, what was read of the request stands in the handover, and both can be served again with the
 * new ones.
 */
enum exit_status worker_serve(const struct worker *worker);

/*
 * SIGTERM, which comes when the gatekeeper has ended, shuts both connections: what is under way
 * ends as if they had.
 */
void worker_end_on_sigterm(const struct worker *worker);

#endif
