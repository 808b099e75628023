/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pass - the engine's answer to a client's request, on its way to the client: seen through the
 * view, framed anew.
 */
#ifndef SAFEDOCKER_PASS_H
#define SAFEDOCKER_PASS_H

#include "docker/view.h"
#include "helper/client.h"
#include "helper/tell.h"
#include "helper/worker.h"
#include "judge/plan.h"

/* What the caller gets to see of an answer to this request; borrows from all three. */
struct view pass_view(const struct worker *w, const struct request *request,
		      const struct found *found, const struct decision *d);

/* Is it a terminal that the rule wants recorded? */
bool pass_is_taped(const struct request *request, const struct decision *d);

/* Does it stand in the record: all but looks, and those where the policy says so? */
bool pass_is_recorded(const struct worker *w, enum operation operation);

/* How an answer was passed on. */
struct passed {
	enum after after;
	int status;	/* the engine's; 0: none came */
	bool switched;	/* it became a stream, whose beginning is recorded already */
};

/*
 * The client that is watched while the plan's request is answered: -1 where the answer is waited
 * for in any case.
 */
int pass_watched(const struct client *c, const struct plan *plan);

/*
 * Waits for the answer to a request that was written whole, and passes it on. The client that goes
 * ends the wait; where pass_watched() says -1, not before BEGUN_PATIENCE has passed. An answer that
 * the plan must see first is left with the link behind its head: *ret_status is 201 and true is
 * returned.
 */
bool pass_answer(const struct worker *w, struct client *c, struct plan *plan,
		 struct audit_entry *entry, struct passed *ret);

#endif
