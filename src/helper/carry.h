/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carry - a plan (judge/plan.h) is carried out. What this promises:
 *   - Each element that changes something has its own intent in the record before a byte of it is
 * written, its last byte is written directly behind the answer STILL_SO, and its outcome follows
 * its answer.
 *   - Where one fails, nothing behind it is written.
 *   - Where policy or record were changed before anything was written, nothing was done:
 * AFTER_ANEW.
 *   - What depends on what the caller has at that moment is done by one of the caller's workers at
 * a time, from the look until the engine's answer.
 */
#ifndef SAFEDOCKER_CARRY_H
#define SAFEDOCKER_CARRY_H

#include "helper/asking.h"
#include "helper/client.h"
#include "helper/tell.h"
#include "judge/plan.h"

/* One plan on its way. */
struct carrying {
	const struct worker *w;
	struct asking *asking;
	struct client *client;
	struct plan *plan;
	struct audit_entry *entry;	/* of the client's request */
	long long began;		/* as in still.h */
	bool wrote;			/* something was changed already */
	bool unanswered;		/* what changes something was sent, and its answer has not come */
	int begun;			/* its place among what counts (budget.h); -1: none */
	bool waited;			/* for the caller's other workers, in vain: nobody does twice */
};

/* How it is carried out: for real (carry_way), or in words alone (explain.h). */
struct way {
	/* May it be done now? NULL: yes; else why not, and the status of the refusal. */
	const char *(*admit)(const struct carrying *k, int *ret_status);
	/* Before the first of its elements: what is counted, and the caller's other workers wait. */
	int (*take_turn)(struct carrying *k, struct error *reterr);
	/* Element i of ours, which changes something: all of its bytes. */
	int (*change)(struct carrying *k, size_t i, struct slice bytes, struct answer *ret,
		      struct error *reterr);
	/* The client's request, which is recorded by now, and the answer to it. */
	enum after (*forward)(struct carrying *k, const struct buf *bytes, bool anew);
};

extern const struct way carry_way;

/* Its last part by itself: `anew` as below. */
enum after carry_forward(struct carrying *k, const struct buf *bytes, bool anew);

/*
 * All of it, in the worker's way, and the answer to the client. `entry` is the record's of the client's
 * request; `began` as in still.h; `anew`: the request can be judged anew.
 */
enum after carry_out(const struct worker *w, struct asking *a, struct client *c, struct plan *plan,
		     struct audit_entry *entry, long long began, bool anew);

#endif
