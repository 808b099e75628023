/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn - one request on its way through a worker. worker.c reads, judges and
 * forwards it; ask.c asks the engine on its behalf; resolve.c finds out whose the
 * objects are that it names.
 */
#ifndef SAFEDOCKER_TURN_H
#define SAFEDOCKER_TURN_H

#include "docker/inspect.h"
#include "docker/private.h"
#include "docker/request.h"
#include "helper/worker.h"
#include "wire/http.h"

#define LOOKUP_PATIENCE 30000	/* ms for the engine's answer to a look-up of ours */
#define WRITE_PATIENCE 60000	/* ms in which a peer must take an answer of ours */

/* What the engine says of itself; asked once a connection, where it matters. */
struct engine_info {
	bool known;
	bool remapped;			/* it maps users (userns-remap); what cannot be read says no */
	unsigned minor;			/* API 1.minor is the newest that it speaks; 0: it does not say */
	char data_root[4096];		/* empty: it does not say */
};

/* Everything about one request; made and freed in serve_one(). */
struct turn {
	const struct worker *w;
	struct engine_info *info;	/* see engine_info() */
	struct buf *in;			/* from the client */
	struct buf *out;		/* from the engine */
	struct http_head head;
	struct request request;
	struct decision decision;
	struct container container;
	struct exec exec;
	struct resource resource;
	/* What containers that exist already were made with, and what those borrow from. */
	struct facts again;
	struct references borrowed;
	json_t *image;			/* what is run, as the engine describes it; NULL: it is not there */
	char network[PRIVATE_NAME_MAX];	/* the caller's private one, where it is joined; else "" */
	struct facts mounted;		/* paths of the host in containers that exist already */
	json_t *volumes;		/* and the names of the volumes there; owned, NULL for none */
	json_t *shown;			/* the caller's containers on a network that is shown; owned, see struct view */
	json_t *asked;			/* binds of the container that were rewritten, as they were asked; owned */
	struct audit_entry entry;
	long long began;		/* io_now() when policy and record were looked at */
	char ended[1024];		/* why a stream was ended here, or "" */
	bool switched;			/* the connection carries a stream, and that it does is recorded */
	bool close;			/* the client wants, or must get, no further request */
};

/* --- worker.c --------------------------------------------------------------------- */
/* Asks the policy, with all facts that are known by now. */
void decide(struct turn *t);

/* --- ask.c ------------------------------------------------------------------------ */
/*
 * The head of the engine's next answer (not 1xx), waiting as long as the client does: until
 * `deadline`, or where that is IO_FOREVER, until the date (0: none).
 */
int engine_head(struct turn *t, enum http_method asked, long long deadline, time_t until,
		struct http_head *ret, size_t *ret_used, struct error *reterr);

/* A whole body of the engine's, behind a head that was read. */
int engine_body(struct turn *t, const struct http_head *head, long long deadline, struct buf *body,
		struct error *reterr);

/*
 * One request of our own over the same connection: `bytes` is all of it. Returns the status, its body
 * in *body; -1 on failure.
 */
int ask(struct turn *t, enum http_method method, struct slice bytes, struct buf *body, struct error *reterr);

/* The same for GET of path below the request's API version. */
int look_up(struct turn *t, const char *path, struct buf *body, struct error *reterr);

/* Fills t->info, where it is not known yet. */
int engine_info(struct turn *t, struct error *reterr);

/* --- resolve.c -------------------------------------------------------------------- */
/* Looks up what the body names, before the decision; the facts then say whose it is. */
int resolve_references(struct turn *t, struct error *reterr);

/*
 * After the decision: what the body names must be the caller's, and the name in the path becomes
 * a full id whose owner is known. What does not exist and what is another's get the same words. What is
 * entered is judged again with what it is: then -1 may also stand for a decision that is no more to allow.
 */
int resolve(struct turn *t, struct error *reterr);

/* --- private.c -------------------------------------------------------------------- */
/* Where a new container asks for the default network, it gets its user's own. */
int private_join(struct turn *t, struct error *reterr);

/* Behind the intent: makes that network when it is not there, with a record of its own; looks at it in any case. */
int private_make(struct turn *t, struct error *reterr);

/* --- resolve.c, behind the intent --------------------------------------------------- */
/* Behind the intent: makes the volumes that are not there yet, each with a record of its own. */
int resolve_volumes(struct turn *t, struct error *reterr);

/* The container was made: its volumes are given to its user, who could write to none of them otherwise. */
void give_volumes(struct turn *t, const char *id);

#endif
