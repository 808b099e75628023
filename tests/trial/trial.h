/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trial - a request before the helper's own pipeline (judge/), with a port that is made up: bytes, request,
 * look-ups, decision, plan. For golden cases, replay, differential and fuzzers; it never asserts.
 *
 * The caller is alice, 1001:1001, of the groups alice and developers (2000). What the engine says is engine.h's.
 */
#ifndef SAFEDOCKER_TESTS_TRIAL_H
#define SAFEDOCKER_TESTS_TRIAL_H

#include "docker/request.h"
#include "policy/policy.h"

#define TRIAL_NOW 1800000000	/* 2027-01-15, for `until`; of the boot below the 1000th second */
#define TRIAL_PLACEHOLDER "@PLACEHOLDER"
#define TRIAL_FORWARDED_MAX (16 * 1024 * 1024)

extern const struct subject trial_alice;
extern const struct moment trial_now;

struct trial {
	int status;		/* 0: allowed; else what the client is answered with */
	char reason[2048];	/* of a refusal; of a decision `missing flag --x=y` and the like */
	struct request request;	/* as far as it came */
	struct decision decision;	/* borrows from the policy */
	struct buf forwarded;	/* the client's request, head and body as the engine gets them */
	struct buf steps;	/* all of the plan, in order: a line `--- OPERATION OBJECT` before each request; "" for one alone */
	size_t used;		/* bytes of the input that were the request */
};

/*
 * What the engine says where it is not what engine.h makes up: the text of a case's file `engine`, blocks with an empty line
 * between them. The first line of each is `METHOD PATH STATUS` (the path without its version), the rest is the body.
 * A first line `never` says
 * that the engine cannot map containers. TRIAL_PLACEHOLDER in it stands for the
 * path of that name, which configure says. Borrowed until the next call; NULL: nothing.
 */
void trial_script(const char *text);

/* Judges the first request in `bytes`. *ret is filled in any case; free it with trial_free(). */
void trial_bytes(const struct policy *policy, struct slice bytes, struct trial *ret);

/* The same for alice with other words: `subject` is a copy of trial_alice that asks for a strong rule. */
void trial_bytes_for(const struct policy *policy, const struct subject *subject, struct slice bytes,
		     struct trial *ret);

void trial_free(struct trial *judged);

/*
 * A request as people write it to bytes: the head one line each (LF stands for CR LF), an empty line, the
 * body as it is. `Content-Length: @` becomes the body's length; a newline at the end of the body is not
 * part of it. -1 where there is no empty line.
 */
int trial_notation(struct slice text, struct buf *out);

#endif
