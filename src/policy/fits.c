/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/fits.h"

#include <stdio.h>
#include <string.h>

#include "policy/pattern.h"

/* --- for whom -------------------------------------------------------------------- */
static bool is_user(const char *word, const struct subject *subject)
{
	unsigned long long uid;

	if (strcmp(word, "*") == 0)
		return true;
	if (word[0] == '#')
		return slice_to_u64(slice_str(word + 1), 4294967294ULL, &uid) == 0 &&
			uid == subject->uid;
	if (word[0] != '%')
		return strcmp(word, subject->name) == 0;
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->group_names[i] != NULL &&
		    strcmp(word + 1, subject->group_names[i]) == 0)
			return true;
	return false;
}

bool fits_user(const struct section *s, const struct subject *subject)
{
	for (size_t i = 0; i < s->users.n; i++)
		if (is_user(s->users.list[i].text, subject))
			return true;
	return false;
}

bool fits_host(const struct section *s, const struct subject *subject)
{
	for (size_t i = 0; i < s->hosts.n; i++)
		if (text_fits(s->hosts.list[i].text, subject->host))
			return true;
	return s->hosts.n == 0;
}

bool fits_subject(const struct section *s, const struct subject *subject)
{
	return fits_user(s, subject) && fits_host(s, subject);
}

/* --- verbs and flags --------------------------------------------------------------- */
static bool allows_verb(const struct rule *rule, enum operation operation)
{
	const enum verb *verbs = operation_verbs(operation);

	if (verbs[0] == VERB_NONE)
		return true;
	for (; *verbs != VERB_NONE; verbs++)
		if (rule_has_bit(rule->verbs, *verbs))
			return true;
	return false;
}

/*
 * Does a flag listed for `verb` (or for all) hold for this operation under this rule? What a
 * container that is there was made with is measured by what is listed for making one, also where
 * the rule makes none.
 */
static bool flag_holds(const struct rule *rule, enum operation operation, enum flag flag,
		       enum verb verb, bool again)
{
	if (again)
		return flag_has_verb(flag, VERB_RUN) &&
			(verb == VERB_NONE || verb == VERB_RUN || verb == VERB_CREATE);
	for (const enum verb *v = operation_verbs(operation); *v != VERB_NONE; v++)
		if (rule_has_bit(rule->verbs, *v) && flag_has_verb(flag, *v) &&
		    (verb == VERB_NONE || verb == *v))
			return true;
	return false;
}

static bool value_fits(const struct listed *p, const struct subject *subject,
		       const struct fact *fact)
{
	switch (flag_value_kind(p->flag)) {
	case VALUE_PATH:
		return pattern_volume_fits(p->text, subject->home, fact->value) &&
			(fact->top == 0 ||
			 pattern_volume_names(p->text, subject->home, fact->top));
	case VALUE_PORT:
		return pattern_port_fits(p->text, fact->value);
	case VALUE_BYTES:
	case VALUE_CPUS:
	case VALUE_COUNT:
		return strcmp(p->text, "all") == 0 ? fact->number < 0 :
			fact->number >= 0 && fact->number == p->number;
	case VALUE_TEXT:
		if (listed_is_ulimit(p))
			return listed_is_ulimit_of(p, fact->value) && fact->number >= 0 &&
				fact->number <= p->number;
		return text_fits(p->text, fact->value);
	case VALUE_NONE:
	default:
		return false;
	}
}

static bool says_the_same(const struct setting *s, const struct fact *fact)
{
	return listed_is_number(flag_value_kind(s->flag)) ? s->number == fact->number :
		strcmp(s->value, fact->value) == 0;
}

/* What the rule itself set, where the request left it open. */
static bool is_forced(const struct rule *rule, const struct fact *fact)
{
	for (size_t i = 0; i < rule->n_forced; i++)
		if (rule->settings[i].flag == fact->flag &&
		    says_the_same(&rule->settings[i], fact))
			return true;
	return false;
}

/* Is there a maximum for what the fact is about? Then the bare flag alone does not allow it. */
static bool is_bounded(const struct rule *rule, const struct fact *fact)
{
	if (rule_has_bit(rule->bounded, fact->flag) ||
	    rule_has_bit(rule->bounded, flag_bounded_by(fact->flag)))
		return true;
	for (size_t i = 0; i < rule->n_listed && fact->flag == FLAG_ULIMIT; i++)
		if (listed_is_ulimit_of(&rule->listed[i], fact->value))
			return true;
	return false;
}

/* What no list of flags can allow. */
static bool is_out_of_question(const struct rule *rule, const struct fact *fact,
			       enum container_kind kind)
{
	/* What is stopped at its time must stay stopped. */
	if (rule->section->max_runtime != 0 && fact->flag == FLAG_RESTART &&
	    strcmp(fact->value, "no") != 0)
		return true;
	/* What the kind cannot have, no rule gives; strong facts are for strong rules. */
	return fact->ranks[kind] == RANK_NONE ||
		(rank_is_strong(fact->ranks[kind]) && !rule_is_strong(rule));
}

/* The flag alone means what is no stronger than itself, and of the host nothing that must be named. */
static bool bare_allows(const struct fact *fact, enum container_kind kind, bool bounded)
{
	return !bounded && fact->ranks[kind] >= flag_rank(fact->flag) && fact->top == 0;
}

static bool item_allows(const struct listed *p, const struct subject *subject,
			const struct fact *fact, enum container_kind kind, bool bounded)
{
	switch (p->kind) {
	case LISTED_MAXIMUM:
		return fact->number >= 0 && fact->number <= p->number;
	case LISTED_VALUE:
		return value_fits(p, subject, fact);
	case LISTED_BARE:
		return bare_allows(fact, kind, bounded);
	default:
		return false;
	}
}

bool fits_fact(const struct rule *rule, const struct subject *subject, enum operation operation,
	       const struct fact *fact, enum container_kind kind)
{
	enum flag limit = flag_bounded_by(fact->flag);
	bool bounded = is_bounded(rule, fact);

	/*
	 * In a container that is there, what is everyday may be the image's or the engine's. What is so
	 * in some kinds alone, a path or a port, somebody asked for: the rule must list it.
	 */
	if (fact->again && ((fact->ranks[kind] == RANK_C &&
			     fact->ranks[CONTAINER_UNKNOWN] == RANK_C && !bounded) ||
			    is_forced(rule, fact)))
		return true;
	if (is_out_of_question(rule, fact, kind))
		return false;
	if (rule_has_bit(rule->bare, fact->flag) && bare_allows(fact, kind, bounded) &&
	    flag_holds(rule, operation, fact->flag, VERB_NONE, fact->again))
		return true;
	for (size_t i = 0; i < rule->n_listed; i++) {
		const struct listed *p = &rule->listed[i];

		if ((p->flag == fact->flag || (p->kind == LISTED_MAXIMUM && p->flag == limit)) &&
		    flag_holds(rule, operation, p->flag, p->verb, fact->again) &&
		    item_allows(p, subject, fact, kind, bounded))
			return true;
	}
	return false;
}

/* Lists take what is forced beside what is asked. */
static bool takes_both(enum flag flag)
{
	return flag == FLAG_SECURITY_OPT || flag == FLAG_ENV || flag == FLAG_LABEL;
}

bool fits_against_force(const struct rule *rule, const struct fact *fact)
{
	for (size_t i = 0; i < rule->n_forced && !fact->again; i++) {
		const struct setting *s = &rule->settings[i];

		if (s->flag == fact->flag && !takes_both(s->flag) && !says_the_same(s, fact))
			return true;
	}
	return false;
}

/* --- images -------------------------------------------------------------------------- */
/* An image by its id has the names that the engine knows for it, one a line. */
static bool fits_a_line(const char *pattern, const char *lines)
{
	struct slice rest = slice_str(lines != NULL ? lines : "");
	char name[512];

	while (rest.n > 0) {
		size_t n = slice_find(rest, '\n');

		if (n < sizeof(name)) {
			memcpy(name, rest.p, n);
			name[n] = '\0';
			if (pattern_path_fits(pattern, name))
				return true;
		}
		rest = slice_after(rest, n + 1);
	}
	return false;
}

/*
 * What users made themselves is called as they like: of that only `own` speaks, and `**`, which
 * trusts everything.
 */
static bool pattern_allows_image(const char *pattern, const struct facts *facts)
{
	if (strcmp(pattern, "**") == 0)
		return true;
	if (strcmp(pattern, RULE_IMAGES_OWN) == 0)
		return facts->image_own;
	return !facts->image_made && (pattern_path_fits(pattern, facts->image) ||
				      fits_a_line(pattern, facts->image_names));
}

static bool allows_image(const struct rule *rule, const struct facts *facts)
{
	const struct words *images = &rule->section->images;

	for (size_t i = 0; i < images->n && facts->image != NULL; i++)
		if (pattern_allows_image(images->list[i].text, facts))
			return true;
	return images->n == 0 || facts->image == NULL;
}

/* A registry is named by what stands before the first slash of a pattern. */
static bool pattern_allows_registry(const char *pattern, const char *registry)
{
	const char *slash = strchr(pattern, '/');
	char host[300];

	/* Without a slash it names no registry, but for the one that every name fits. */
	if (slash == NULL && strcmp(pattern, "**") != 0)
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", slash != NULL ? (int)(slash - pattern) : 2,
		       pattern);
	return pattern_path_fits(host, registry);
}

static bool allows_registry(const struct rule *rule, const struct facts *facts)
{
	const struct words *images = &rule->section->images;

	for (size_t i = 0; i < images->n && facts->registry != NULL; i++)
		if (pattern_allows_registry(images->list[i].text, facts->registry))
			return true;
	return images->n == 0 || facts->registry == NULL;
}

enum missing fits_lacks(const struct rule *rule, const struct subject *subject,
			enum operation operation, const struct facts *facts, size_t *ret_fact)
{
	enum container_kind kind = facts_kind(facts, rule->section->root);

	if (!allows_verb(rule, operation))
		return MISSING_VERB;
	/* What is there is beyond the rule at all; or the rule insists on what this host cannot. */
	if (facts->kind != CONTAINER_UNKNOWN ? !root_allows(rule->section->root, facts->kind) :
	    facts->makes && kind == CONTAINER_UNKNOWN)
		return MISSING_ROOT;
	for (*ret_fact = 0; *ret_fact < facts->n; ++*ret_fact)
		if (!fits_fact(rule, subject, operation, &facts->list[*ret_fact], kind))
			return MISSING_FLAG;
	for (*ret_fact = 0; *ret_fact < facts->n; ++*ret_fact)
		if (fits_against_force(rule, &facts->list[*ret_fact]))
			return MISSING_FORCE;
	return allows_image(rule, facts) && allows_registry(rule, facts) ? MISSING_NONE :
									   MISSING_IMAGE;
}
