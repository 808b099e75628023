/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules - how a rule of the policy is shown, in docker's words; `rights` and `policy show` share it. */
#ifndef SAFEDOCKER_RULES_H
#define SAFEDOCKER_RULES_H

#include <jansson.h>
#include <time.h>

#include "policy/policy.h"

/* Prints the rule; `now` is for how long it still holds. */
void rules_print(const struct policy *policy, size_t rule, time_t now);

/* The same for programs: a new reference. */
json_t *rules_json(const struct policy *policy, size_t rule, time_t now);

/* Over: its date has passed. */
bool rules_expired(const struct policy_rule *rule, time_t now);

/* "2027-03-31" for the last day on which it holds, with the hour where it does not end with a day. */
void rules_until(time_t until, char *ret, size_t size);

#endif
