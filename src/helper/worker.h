/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - one connection of a client, from its first byte to its last: read,
 * judge, record, forward, relay. It holds one engine connection, the record and
 * the policy's descriptors, and nothing else.
 */
#ifndef SAFEDOCKER_WORKER_H
#define SAFEDOCKER_WORKER_H

#include "common/error.h"
#include "helper/audit.h"
#include "helper/config.h"
#include "helper/die.h"
#include "helper/recording.h"
#include "model/model.h"

struct engine;
struct explain;

struct worker {
	int client;
	struct engine *engine;			/* broken from the first where it cannot be reached */
	const struct config *config;
	const struct subject *subject;
	const char *boot;			/* this boot's id */
	const struct audit *audit;
	const struct recording *recording;	/* of the terminal; NULL: none was begun */
	struct explain *explain;		/* nothing is done but looking; NULL: what is allowed is done */
	long long proved_until;			/* io_now() until when the password counts; 0: none was given */
	int tty;				/* where a line is said before a strong operation; -1: nowhere */
	long long identity_until;		/* io_now() from when on `subject` is too old */
};

/*
 * Serves until either side ends it. EXIT_DONE; or EXIT_STALE when policy, record
 * or identity changed while no byte of the next request had been read: the
 * connection is whole and can be served again with the new ones.
 */
enum exit_status worker_serve(const struct worker *worker);

/* SIGTERM, which comes when the gatekeeper has ended, shuts both connections: what is under way ends as if they had. */
void worker_end_on_sigterm(const struct worker *worker);

#endif
