/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - the way of a request's bytes through the same layers as in the helper's worker, without a
 * socket: bytes, request, facts, decision, rendered bytes. For tests and fuzzers; it never asserts.
 *
 * The caller is alice, 1001:1001, of the groups alice and developers (2000).
 * Names in a path resolve to the id made of 64 `c`. Those in a body go by how they
 * begin: `mine` is the caller's, `theirs` another's, `roots` nobody's; the id is made
 * of 64 `d` (of a volume: its name), which is the caller's too; `host` in it: it reaches the host. Others
 * are not there. `closed`, `mapped` or `open` in any name is the object's kind, else it is pinned; its id
 * ends in 1, 2 or 3; an image whose name ends in -made is some user's, in -own the caller's. An
 * [engine] socket with `remapped` in its path is one that maps users.
 */
#ifndef SAFEDOCKER_TESTS_JUDGE_H
#define SAFEDOCKER_TESTS_JUDGE_H

#include "docker/request.h"
#include "policy/policy.h"

#define JUDGE_NOW 1800000000	/* 2027-01-15, for `until`; of the boot below the 1000th second */
#define JUDGE_FORWARDED_MAX (16 * 1024 * 1024)

extern const struct subject judge_alice;
extern const struct moment judge_now;

struct judged {
	int status;		/* 0: allowed; else what the client is answered with */
	char reason[2048];	/* of a refusal; of a decision `missing flag --x=y` and the like */
	struct request request;	/* as far as it came */
	struct decision decision;	/* borrows from the policy */
	struct buf forwarded;	/* head and body as the engine gets them */
	size_t used;		/* bytes of the input that were the request */
};

/* Judges the first request in `bytes`. *ret is filled in any case; free it with judge_free(). */
void judge_bytes(const struct policy *policy, struct slice bytes, struct judged *ret);

/* The same for alice with other words: `subject` is a copy of judge_alice that asks for a strong rule. */
void judge_bytes_for(const struct policy *policy, const struct subject *subject, struct slice bytes,
		     struct judged *ret);

void judge_free(struct judged *judged);

/*
 * A request as people write it to bytes: the head one line each (LF stands for CR LF), an empty line, the
 * body as it is. `Content-Length: @` becomes the body's length; a newline at the end of the body is not
 * part of it. `@PROFILE` in the body stands for judge_profile(). -1 where there is no empty line.
 */
int judge_notation(struct slice text, struct buf *out);

/* The seccomp profile of a closed container, as it stands inside a JSON string; the caller frees it. */
char *judge_profile(void);

#endif
