/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision: facts against rules. policy_decide() returns a value and cannot fail. It allows by
 * one rule alone, the first in file order that allows the verb and every fact; where none does,
 * it names the one that lacks least. Zero, which is what was never filled in, means deny. A strong
 * rule counts only where it was asked for by its name, and then no other rule does. A rule whose
 * time is over allows nothing, and is named where it alone would have allowed.
 */
#include "policy/decide.h"

#include <string.h>

#include "policy/fits.h"

static int nearness(enum missing missing)
{
	switch (missing) {
	case MISSING_NONE: return 6;
	case MISSING_IMAGE: return 5;
	case MISSING_FORCE: return 4;
	case MISSING_FLAG: return 3;
	case MISSING_ROOT: return 2;
	case MISSING_VERB: return 1;
	case MISSING_RULE:
	case MISSING_STRONG:
	case MISSING_REASON:
	case MISSING_TIME:
	default: return 0;
	}
}

void decide_name_rule(struct decision *d, const struct rule *rule, const struct facts *facts,
		      enum missing missing)
{
	const struct section *s = rule->section;

	d->rule = s->name;
	d->file = s->file;
	d->line = s->line;
	d->root = s->root;
	d->makes = facts_kind(facts, s->root);
	d->allowed = missing == MISSING_VERB ? rule->verbs_text :
		missing == MISSING_IMAGE ? rule->images_text :
		missing == MISSING_FLAG && s->flags.n > 0 ? rule->flags_text : NULL;
}

struct decision decide_allowed(const struct rule *rule, const struct subject *subject,
			       const struct facts *facts)
{
	const struct section *s = rule->section;
	char value[] = "grpc";
	const struct fact interface = { .flag = FLAG_BUILDER, .value = value, .rank = RANK_S,
					.ranks = { RANK_S, RANK_S, RANK_S, RANK_S } };
	struct decision d = {
		.verdict = VERDICT_ALLOW,
		.scope_all = s->scope_all,
		.root = s->root,
		.containers = s->containers,
		.networks = s->networks,
		.volumes = s->volumes,
		.settings = rule->settings,
		.n_settings = rule->n_settings,
		.until = s->until,
		.builder = fits_fact(rule, subject, OPERATION_BUILD_GRPC, &interface,
				     CONTAINER_UNKNOWN),
	};

	decide_name_rule(&d, rule, facts, MISSING_NONE);
	return d;
}

static bool is_over(const struct section *s, const struct moment *now)
{
	return s->until != 0 && now->date >= s->until;
}

struct decision policy_decide(const struct policy *policy, const struct subject *subject,
			      enum operation operation, const struct facts *facts,
			      const struct moment *now)
{
	struct decision d = { .verdict = VERDICT_DENY, .missing = MISSING_RULE };
	const struct rule *expired = NULL;

	/* The one rule that was asked for, and no other; it is never fallen into. */
	if (subject->as != NULL)
		return strong_decide(policy, subject, operation, facts, now);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		size_t fact = 0;
		enum missing missing;

		if (rule_is_strong(rule) || !fits_subject(rule->section, subject))
			continue;
		missing = fits_lacks(rule, subject, operation, facts, &fact);
		if (is_over(rule->section, now)) {
			if (missing == MISSING_NONE && expired == NULL)
				expired = rule;
			continue;
		}
		if (missing == MISSING_NONE)
			return decide_allowed(rule, subject, facts);
		if (nearness(missing) > nearness(d.missing)) {
			d.missing = missing;
			d.fact = fact;
			decide_name_rule(&d, rule, facts, missing);
		}
	}
	if (expired != NULL) {
		decide_name_rule(&d, expired, facts, MISSING_NONE);
		d.expired = true;
	}
	return d;
}

/* --- whom no rule is for ------------------------------------------------------------------- */
static enum deny explain_unserved(const struct policy *policy, const struct subject *subject,
				  const struct rule *expired, const struct moment *now,
				  struct error *reterr)
{
	const char *strong = strong_rule_for(policy, subject, now);

	if (strong != NULL)
		(void)error_set(reterr, ERR_DENIED,
				"the policy has strong rules alone for %s, and each must be asked "
				"for by its name: safedocker --as %s COMMAND",
				subject->name, strong);
	else if (expired != NULL)
		(void)error_set(reterr, ERR_DENIED,
				"no rule of the policy is for %s now: %s at %s:%u has expired; ask "
				"whoever administers this host to renew it",
				subject->name, expired->section->name, expired->section->file,
				expired->section->line);
	else
		(void)error_set(reterr, ERR_DENIED,
				"no rule of the policy is for %s; ask whoever administers this "
				"host to name you in one (what it says: safedocker rights)",
				subject->name);
	return strong == NULL && expired != NULL ? DENY_EXPIRED : DENY_RULE;
}

enum deny policy_serves(const struct policy *policy, const struct subject *subject,
			const struct moment *now, struct error *reterr)
{
	const struct rule *expired = NULL;

	if (subject->as != NULL)
		return policy_strong(policy, subject, now, reterr) != NULL ? DENY_NONE :
			DENY_STRONG;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule_is_strong(rule) || !fits_subject(rule->section, subject))
			continue;
		if (!is_over(rule->section, now))
			return DENY_NONE;
		expired = rule;
	}
	return explain_unserved(policy, subject, expired, now, reterr);
}

bool policy_sees_everybodys(const struct policy *policy, const struct subject *subject)
{
	/* Whoever asks for a strong rule was looked at before anything was served under it. */
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		bool strong = rule_is_strong(rule);

		if (rule->section->scope_all &&
		    (subject->as == NULL ? !strong && fits_subject(rule->section, subject) :
		     strong && strcmp(rule->section->name, subject->as) == 0))
			return true;
	}
	return false;
}
