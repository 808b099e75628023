/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asking - the helper's port (judge/port.h): look-ups go to the engine over the link, paths are
 * looked at with the caller's own rights. All that is asked for one request of the client's has one
 * deadline and one number.
 */
#ifndef SAFEDOCKER_ASKING_H
#define SAFEDOCKER_ASKING_H

#include "helper/still.h"
#include "helper/worker.h"
#include "judge/port.h"
#include "setgid/io.h"

#define ASKING_MAX 200	/* requests of ours for one of the client's */

struct asking {
	const struct worker *w;
	unsigned n;		/* asked so far */
	long long deadline;	/* io_now(), from the first of them on */
	struct port port;	/* whose context this is */
};

/* Fills it for one connection; `w` outlives it. */
void asking_init(struct asking *a, const struct worker *w);

/* The next request of the client, or what comes behind it: counted anew. */
void asking_anew(struct asking *a);

/*
 * One request of ours that changes something: all of `bytes` but the last one is written, then
 * `still` is asked, and the last byte follows where it says STILL_SO. ERR_CHANGED or ERR_DENIED
 * otherwise, and nothing has happened.
 */
int asking_change(struct asking *a, enum http_method method, struct slice bytes,
		  const struct still_question *still, struct answer *ret, struct error *reterr);

/* One more may be asked, within *ret. -1: ERR_LIMIT. */
int asking_turn(struct asking *a, struct io_limit *ret, struct error *reterr);

#endif
