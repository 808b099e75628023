/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rule - what a section says becomes a rule: its sets are followed, its patterns are read, and
 * what cannot be meant is refused. Promises: a set is followed once for each place where it
 * stands, never in a circle; what ranks S or A stands in strong rules alone; a rule that mounts
 * paths of the host names the images that may. Pure.
 */
#ifndef SAFEDOCKER_POLICY_RULE_H
#define SAFEDOCKER_POLICY_RULE_H

#include <stdint.h>

#include "policy/listed.h"
#include "policy/section.h"

#define RULE_IMAGES_OWN "own"	/* in `images`: those that the caller made */
#define RULE_VERB_WORDS ((VERB_MAX + 63) / 64)
#define RULE_FLAG_WORDS ((FLAG_MAX + 63) / 64)

struct rule {
	const struct section *section;
	uint64_t verbs[RULE_VERB_WORDS];
	uint64_t bare[RULE_FLAG_WORDS];		/* flags listed without a value, for every verb */
	uint64_t bounded[RULE_FLAG_WORDS];	/* flags with a maximum */
	struct listed *listed;		/* owned; all but the plain bare ones */
	size_t n_listed;
	struct setting *settings;	/* owned; forced ones first, maxima behind */
	size_t n_settings, n_forced;
	char *verbs_text, *flags_text, *images_text; /* owned; as the rule says it, for denials */
};

struct policy {
	char *files[POLICY_FILES_MAX];	/* owned; names */
	size_t n_files;
	struct section engine, log;	/* kind 0 where they do not stand */
	struct sections sections;
	struct rule *rules;		/* owned; in file order */
	size_t n_rules;
};

/*
 * All sections of the policy, of which none is added any more, become rules; sets and grants
 * are checked. -1 with the first thing that cannot be meant, or out of memory.
 */
int rule_make_all(struct policy *policy, struct error *reterr);

void rule_free(struct rule *rule);

static inline bool rule_has_bit(const uint64_t *set, unsigned bit)
{
	return (set[bit / 64] >> (bit % 64) & 1) != 0;
}

static inline bool rule_is_strong(const struct rule *rule)
{
	return rule->section->kind == IN_STRONG;
}

#endif
