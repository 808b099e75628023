/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fits - one rule against one request: for whom the rule is, and the first thing of the request
 * that it does not allow. Promises: each fact must be allowed by what the same rule lists; a
 * strong fact only by a strong rule; what is unknown fits nothing. Cannot fail, allocates nothing.
 */
#ifndef SAFEDOCKER_POLICY_FITS_H
#define SAFEDOCKER_POLICY_FITS_H

#include "policy/rule.h"

/* Does the section name the subject among its users; on this host; both? */
bool fits_user(const struct section *section, const struct subject *subject);
bool fits_host(const struct section *section, const struct subject *subject);
bool fits_subject(const struct section *section, const struct subject *subject);

/* Does what the rule lists allow this one fact, in a container of this kind? */
bool fits_fact(const struct rule *rule, const struct subject *subject, enum operation operation,
	       const struct fact *fact, enum container_kind kind);

/* Does the fact say otherwise than the rule forces? */
bool fits_against_force(const struct rule *rule, const struct fact *fact);

/*
 * How far the rule goes along with the request: the first thing that it lacks. *ret_fact is the
 * index of the fact for MISSING_FLAG and MISSING_FORCE. For whom the rule is, and when, is not
 * looked at.
 */
enum missing fits_lacks(const struct rule *rule, const struct subject *subject,
			enum operation operation, const struct facts *facts, size_t *ret_fact);

#endif
