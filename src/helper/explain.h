/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain - the mode in which nothing is done. Requests are judged as always; what is allowed and
 * only looks is forwarded, everything else that is allowed gets an answer made up here, and no
 * request of the helper's own but look-ups leaves it. Each decision goes to the front end as lines
 * of JSON on descriptor 1, which is open in this mode alone.
 *
 * The lines of one request have the same "request"; a line of it for each flag, then one with the
 * decision. Each is at most PIPE_BUF bytes, so that those of several workers do not mix (pipe(7)).
 */
#ifndef SAFEDOCKER_EXPLAIN_H
#define SAFEDOCKER_EXPLAIN_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "helper/carry.h"
#include "helper/client.h"
#include "helper/tell.h"
#include "helper/worker.h"
#include "judge/plan.h"

#define EXPLAIN_MADE_MAX 64		/* objects that one explanation makes up */
#define EXPLAIN_TEXT_MAX (64 * 1024)	/* bytes of what is known about each */

struct explain;

/*
 * Before the first fork: workers see the objects that others of them made up. Dies without memory.
 */
struct explain *explain_prepare(void);

/*
 * Tells the front end how this request was judged; `message` is the refusal, NULL where it is
 * allowed. Nothing where `explain` is NULL.
 */
void explain_report(struct explain *explain, const struct request *request,
		    const struct audit_entry *entry, int status, const char *message);

/*
 * In place of the engine, for a look-up of ours: 200 with *body filled, or -1: made up was no such
 * thing.
 */
int explain_look_up(const struct explain *explain, const char *path, struct buf *body);

/* In this mode a plan is carried out so: changes, and what was made up before, are answered here. */
extern const struct way explain_way;

#endif
