/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_remark - what a policy says that is right by the grammar, and yet may be a slip. */
#ifndef SAFEDOCKER_FRONT_POLICY_REMARK_H
#define SAFEDOCKER_FRONT_POLICY_REMARK_H

#include "policy/policy.h"

/*
 * Prints one line "FILE:LINE: note: …" for each. The engine is asked only where a rule insists on
 * mapped containers; that it does not answer is said.
 */
void policy_remark(const struct policy *policy);

#endif
