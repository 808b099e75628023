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

/*
 * All of it, and the answer to the client. `entry` is the record's of the client's request; `began`
 * as in still.h; `anew`: the request can be judged anew. Under explain nothing is changed
 * (explain.h).
 */
enum after carry_out(const struct worker *w, struct asking *a, struct client *c, struct plan *plan,
		     struct audit_entry *entry, long long began, bool anew);

#endif
