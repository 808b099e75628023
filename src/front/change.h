/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change - the smallest change of the policy that would let a refused request pass, tried before it is told. */
#ifndef SAFEDOCKER_CHANGE_H
#define SAFEDOCKER_CHANGE_H

#include "common/buf.h"
#include "front/explain.h"

/*
 * Marks which facts the rule that counts lets pass, ranks them as they count under it, and sets asked->change
 * where a line in that rule (or a rule, where there is none) would do. What ranks S or A gets no such line:
 * it names the strong rules that the user has, or what one would need.
 */
void change_find(const struct policy *policy, const struct subject *subject, struct asked *asked);

/* A flag as a policy would allow just this value; quoted where it must be. */
void change_flag(struct buf *out, const struct fact *fact);

#endif
