/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy says, for those who read it: the front end, and checks of names of images. */
#include <string.h>

#include "policy/fits.h"
#include "policy/pattern.h"

#define GLOBAL(id, name, sections, kind, member, ...) \
	key_##kind policy_##member(const struct policy *policy) \
	{ \
		return (sections == IN_ENGINE ? &policy->engine : &policy->log)->member; \
	}
#include "policy/key.def"

size_t policy_rules(const struct policy *policy)
{
	return policy->n_rules;
}

void policy_rule_at(const struct policy *policy, size_t rule, struct policy_rule *ret)
{
	const struct section *s = policy->rules[rule].section;

	*ret = (struct policy_rule){
		.name = s->name, .file = s->file, .line = s->line, .why = s->why,
		.until = s->until, .scope_all = s->scope_all, .from = s->from, .root = s->root,
		.strong = s->kind == IN_STRONG ? &s->strong : NULL,
	};
}

bool policy_rule_is_for(const struct policy *policy, size_t rule, const struct subject *subject)
{
	return fits_subject(policy->rules[rule].section, subject);
}

bool policy_rule_has_verb(const struct policy *policy, size_t rule, enum verb verb)
{
	return rule_has_bit(policy->rules[rule].verbs, verb);
}

bool policy_rule_has_flag(const struct policy *policy, size_t rule, enum flag flag)
{
	return rule_has_bit(policy->rules[rule].bare, flag);
}

static char relation(enum listed_kind kind)
{
	switch (kind) {
	case LISTED_VALUE: return '=';
	case LISTED_MAXIMUM: return '<';
	case LISTED_BARE:
	default: return ' ';
	}
}

bool policy_rule_pattern(const struct policy *policy, size_t rule, size_t n,
			 struct policy_pattern *ret)
{
	const struct rule *r = &policy->rules[rule];

	if (n >= r->n_listed)
		return false;
	*ret = (struct policy_pattern){
		.flag = r->listed[n].flag, .verb = r->listed[n].verb,
		.relation = relation(r->listed[n].kind), .text = r->listed[n].text,
	};
	return true;
}

const char *policy_rule_word(const struct policy *policy, size_t rule, enum policy_key key,
			     size_t n)
{
	const struct section *s = policy->rules[rule].section;
	const struct words *words = section_words(s, key);
	const struct word *written = words == NULL && n == 0 ? section_written(s, key) : NULL;

	return words != NULL ? list_at(words, n) : written != NULL ? written->text : NULL;
}

bool policy_rule_allows_fact(const struct policy *policy, size_t rule,
			     const struct subject *subject, enum operation operation,
			     const struct fact *fact, enum container_kind kind)
{
	const struct rule *r = &policy->rules[rule];

	return fits_fact(r, subject, operation, fact, kind) && !fits_against_force(r, fact);
}

/* --- images -------------------------------------------------------------------------------- */
/* Does the rule name the repository? A pattern that every name fits names none. */
static bool names_image(const struct rule *rule, const char *repository)
{
	const struct words *images = &rule->section->images;

	for (size_t i = 0; i < images->n; i++) {
		const char *pattern = images->list[i].text;

		if (strspn(pattern, "*/") != strlen(pattern) &&
		    pattern_path_fits(pattern, repository))
			return true;
	}
	return false;
}

const char *policy_lists_image(const struct policy *policy, const char *repository)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (names_image(&policy->rules[i], repository))
			return policy->rules[i].section->name;
	return NULL;
}

/* --- grants -------------------------------------------------------------------------------- */
static const struct section *nth_grant(const struct policy *policy, size_t grant)
{
	for (size_t i = 0; i < policy->sections.n; i++)
		if (policy->sections.list[i].kind == IN_GRANT && grant-- == 0)
			return &policy->sections.list[i];
	return NULL;
}

bool policy_grant_at(const struct policy *policy, size_t grant, const struct moment *now,
		     struct policy_grant *ret)
{
	const struct section *s = nth_grant(policy, grant);

	if (s == NULL)
		return false;
	*ret = (struct policy_grant){
		.rule = s->name,
		.file = s->file,
		.line = s->line,
		.why = s->why,
		.until = s->until,
		.user = list_at(&s->users, 0),
		.holds = strong_grant_holds(s, now),
	};
	return true;
}

bool policy_grant_is_for(const struct policy *policy, size_t grant, const struct subject *subject)
{
	const struct section *s = nth_grant(policy, grant);

	return s != NULL && fits_user(s, subject);
}
