/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan - what goes to the engine for a request that is allowed: a list of requests, the client's
 * own among them, in the order in which they are sent. Each element that changes something is
 * carried out by itself: an intent, a look whether everything is still so directly before its last
 * byte, its answer, its outcome. An element may use what the engine said to an earlier one: so each
 * is rendered when its turn comes. Pure.
 */
#ifndef SAFEDOCKER_JUDGE_PLAN_H
#define SAFEDOCKER_JUDGE_PLAN_H

#include "judge/judge.h"

enum element_kind {
	ELEMENT_SEE = 1, /* a look whether the caller's own network is there by now; left out where
			    it was before */
	ELEMENT_NETWORK, /* it is made, where it is not there */
	ELEMENT_VOLUME, /* a volume that the body names and that is not there */
	ELEMENT_CLIENT, /* the request itself; there is exactly one */
};

struct element {
	enum element_kind kind;
	enum operation operation;	/* for the record */
	enum http_method method;
	const char *object; /* as the record names it; borrowed, NULL: as the request does */
	size_t reference;		/* index: ELEMENT_VOLUME */
	bool changes;			/* it has an intent and an outcome; else it only looks */
};

#define PLAN_MAX (3 + REFERENCES_MAX)

/* Borrows all of its parts, which must outlive it. */
struct plan {
	const struct judge *judge;
	struct request *request;
	struct found *found;
	const struct decision *decision;
	struct element list[PLAN_MAX];
	size_t n, client;		/* the index of ELEMENT_CLIENT */
	char made[OBJECT_ID_LEN + 1]; /* the container that the client's request made; "" before */
	bool everybody;			/* lists are asked for without the owner's filter */
};

/* The plan of a request for which judge_decide() said JUDGED_ALLOWED. -1: ERR_LIMIT. */
int plan_make(const struct judge *j, struct request *request, struct found *found,
	      const struct decision *decision, bool everybody, struct plan *ret,
	      struct error *reterr);

/* Is there nothing to do for this element, after what the ones before it found? */
bool plan_skips(const struct plan *plan, size_t i);

/*
 * Adds all bytes of element i; of the client's request without a body that is passed on. -1:
 * ERR_LIMIT, ERR_SYSTEM.
 */
int plan_render(const struct plan *plan, size_t i, struct buf *out, struct error *reterr);

/*
 * Takes what the engine answered to an element of ours, or to a client's request that makes a
 * container or a volume: what was made must be the caller's own, and is what later elements use.
 * -1: it is not, or the engine does not make it.
 */
int plan_take(struct plan *plan, size_t i, const struct answer *answer, struct error *reterr);

/*
 * Must the whole answer to the client's request be seen by plan_take() before the client gets it?
 */
bool plan_waits(const struct plan *plan, int status);

/* --- quota.c ------------------------------------------------------------------------- */
enum { COUNTED_CONTAINERS, COUNTED_NETWORKS, COUNTED_VOLUMES, COUNTED };

/*
 * Of which of these things, as bits (1 << COUNTED_…), that this plan makes, does the rule say how
 * many there may be?
 */
unsigned plan_is_counted(const struct plan *plan);

/*
 * Counts what the caller has, directly before more of it is made. -1 with ERR_DENIED where there is
 * no room for what the plan makes and for `begun`: what was asked of the engine for the caller and
 * not answered, of each kind.
 */
int plan_count(const struct plan *plan, const long begun[COUNTED], struct error *reterr);

#endif
