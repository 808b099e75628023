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
#include "helper/turn.h"

#define EXPLAIN_MADE_MAX 64		/* objects that one explanation makes up */
#define EXPLAIN_TEXT_MAX (64 * 1024)	/* bytes of what is known about each */

struct explain;

/* Before the first fork: workers see the objects that others of them made up. Dies without memory. */
struct explain *explain_prepare(void);

/* Tells the front end how this request was judged; `message` is the refusal, NULL where it is allowed. */
void explain_report(const struct turn *t, int status, const char *message);

/* In place of the engine, for a look-up of ours: 200 with *body filled, or -1: made up was no such thing. */
int explain_look_up(const struct explain *explain, const char *path, struct buf *body);

/* Is the request answered here? Then nothing of it may go to the engine. */
bool explain_answers(const struct turn *t);

/* Adds that answer. *ret_raw as in pretend.h. -1: reterr says why there is none. */
int explain_answer(struct turn *t, struct buf *out, bool *ret_raw, struct error *reterr);

#endif
