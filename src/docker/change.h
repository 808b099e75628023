/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change - the lines of a Dockerfile in `changes` of commit and import. The engine joins all of
 * them to one text and parses that: so each line must be one whole instruction by a grammar of
 * ours, which is a part of the engine's that every version reads alike. No line can take in the
 * next one, none can spell a label of ours, and what variables unfold to is bounded. Pure.
 */
#ifndef SAFEDOCKER_CHANGE_H
#define SAFEDOCKER_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/slice.h"

/* What the lines of one request add up to; all zero before the first. */
struct change_sum {
	unsigned long long
		largest; /* what the longest variable may unfold to, in values of the container's */
	unsigned long long
		total;	     /* the same for all lines together, but what they say themselves */
	unsigned long ports; /* that EXPOSE names */
};

/*
 * Checks the next line of the request. *ret_env: does it set variables? -1: ERR_DENIED for an
 * instruction or a spelling that is not taken, ERR_LIMIT for too much of it.
 */
int change_check(struct change_sum *sum, struct slice line, bool *ret_env, struct error *reterr);

/*
 * What is known only later: `longest`, the bytes of the longest variable of the container. -1 with
 * ERR_LIMIT when the lines might unfold to more than the engine should hold.
 */
int change_fits(const struct change_sum *sum, size_t longest, struct error *reterr);

#endif
