/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decide - what the decision under a rule says, shared by ordinary rules and strong ones. */
#ifndef SAFEDOCKER_POLICY_DECIDE_H
#define SAFEDOCKER_POLICY_DECIDE_H

#include "policy/rule.h"

/* The rule allows the whole request: its name, its terms, and what it fills in. */
struct decision decide_allowed(const struct rule *rule, const struct subject *subject,
			       const struct facts *facts);

/* Names the rule that came nearest, with its own words on what is missing, and the kind by which it was looked at. */
void decide_name_rule(struct decision *d, const struct rule *rule, const struct facts *facts,
		      enum missing missing);

#endif
