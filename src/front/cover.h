/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cover - rules that are never used, since an earlier one allows all of it. Pure. */
#ifndef SAFEDOCKER_FRONT_COVER_H
#define SAFEDOCKER_FRONT_COVER_H

#include "policy/policy.h"

/*
 * Does an earlier [rule] allow all that this one allows, to all for whom it is, for as long, and
 * in containers of the same kind? Then this one is never used, and *ret_by is the first such rule.
 * Not all that is so is found. Strong rules are asked for by their name, and never covered.
 */
bool cover_find(const struct policy *policy, size_t rule, size_t *ret_by);

#endif
