/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/cover.h"

#include <string.h>

#include "policy/pattern.h"
#include "policy/rule.h"

/* Does the rule have a maximum for the flag, its own or that of the flag which bounds it? */
static bool is_bounded(const struct rule *rule, enum flag flag)
{
	return rule_has_bit(rule->bounded, flag) ||
		rule_has_bit(rule->bounded, flag_bounded_by(flag));
}

static bool has_bare(const struct rule *rule, enum flag flag, enum verb verb)
{
	if (rule_has_bit(rule->bare, flag))
		return true;
	for (size_t i = 0; i < rule->n_listed; i++) {
		const struct listed *p = &rule->listed[i];

		if (p->flag == flag && p->kind == LISTED_BARE &&
		    (p->verb == VERB_NONE || p->verb == verb))
			return true;
	}
	return false;
}

/* Do both set a maximum for one thing: a flag, or a limit of --ulimit? */
static bool is_same_limit(const struct listed *p, const struct listed *q)
{
	if (p->flag != q->flag)
		return false;
	if (p->kind == LISTED_MAXIMUM)
		return q->kind == LISTED_MAXIMUM;
	return listed_is_ulimit(p) && listed_is_ulimit(q) &&
		strcspn(p->text, "<") == strcspn(q->text, "<") &&
		strncmp(p->text, q->text, strcspn(p->text, "<")) == 0;
}

/*
 * What `over` bounds, `rule` bounds as low. Else a container that is there may have more than
 * `over` allows, and be started by `rule`.
 */
static bool bounds_as_low(const struct rule *over, const struct rule *rule)
{
	for (size_t i = 0; i < over->n_listed; i++) {
		const struct listed *p = &over->listed[i];
		bool found = p->kind != LISTED_MAXIMUM && !listed_is_ulimit(p);

		for (size_t k = 0; k < rule->n_listed && !found; k++)
			found = is_same_limit(p, &rule->listed[k]) &&
				rule->listed[k].number <= p->number;
		if (!found)
			return false;
	}
	return true;
}

/* The bare flag, for one verb or all: where the rule has a maximum it allows nothing by itself. */
static bool covers_bare(const struct rule *over, const struct rule *rule, enum flag flag,
			enum verb verb)
{
	return is_bounded(rule, flag) || has_bare(over, flag, verb);
}

/* What the pattern `narrow` fits, `wide` fits too; the former's stars are taken as they stand. */
static bool covers_text(const struct listed *wide, const struct listed *narrow)
{
	size_t n = strlen(narrow->text);

	if (strcmp(wide->text, narrow->text) == 0)
		return true;
	switch (flag_value_kind(wide->flag)) {
	case VALUE_TEXT:
		if (listed_is_ulimit(wide) || listed_is_ulimit(narrow))
			return is_same_limit(wide, narrow) && narrow->number <= wide->number;
		return text_fits(wide->text, narrow->text);
	case VALUE_PORT:
		return strchr(narrow->text, ':') != NULL && strchr(narrow->text, '*') == NULL &&
			pattern_port_fits(wide->text, narrow->text);
	case VALUE_PATH:
		/* What may be mounted may be mounted read-only. */
		return n > 3 && strcmp(narrow->text + n - 3, ":ro") == 0 &&
			strlen(wide->text) == n - 3 &&
			strncmp(wide->text, narrow->text, n - 3) == 0;
	case VALUE_BYTES:
	case VALUE_CPUS:
	case VALUE_COUNT:
	case VALUE_NONE:
	default:
		return false;
	}
}

static bool covers_by(const struct listed *p, const struct listed *q)
{
	if (p->flag != q->flag || (p->verb != VERB_NONE && p->verb != q->verb))
		return false;
	if (p->kind == LISTED_MAXIMUM)
		return (q->kind == LISTED_MAXIMUM || strcmp(q->text, "all") != 0) &&
			listed_is_number(flag_value_kind(q->flag)) && q->kind != LISTED_BARE &&
			q->number <= p->number;
	return p->kind == LISTED_VALUE && q->kind == LISTED_VALUE && covers_text(p, q);
}

/* A maximum allows what it bounds as well (--memory, --memory-swap): all their bare flags. */
static bool covers_bounded(const struct rule *over, const struct listed *q)
{
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (((enum flag)f == q->flag || flag_bounded_by((enum flag)f) == q->flag) &&
		    (!has_bare(over, (enum flag)f, q->verb) || is_bounded(over, (enum flag)f)))
			return false;
	return true;
}

static bool covers_listed(const struct rule *over, const struct rule *rule, const struct listed *q)
{
	if (q->kind == LISTED_BARE)
		return covers_bare(over, rule, q->flag, q->verb);
	for (size_t i = 0; i < over->n_listed; i++)
		if (covers_by(&over->listed[i], q))
			return true;
	return q->kind == LISTED_MAXIMUM && covers_bounded(over, q);
}

static bool covers_flags(const struct rule *over, const struct rule *rule)
{
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (rule_has_bit(rule->verbs, (unsigned)v) &&
		    !rule_has_bit(over->verbs, (unsigned)v))
			return false;
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++) {
		bool used = false;

		for (const enum verb *v = flag_verbs((enum flag)f); *v != VERB_NONE; v++)
			used = used || rule_has_bit(rule->verbs, *v);
		if (used && rule_has_bit(rule->bare, (unsigned)f) &&
		    !covers_bare(over, rule, (enum flag)f, VERB_NONE))
			return false;
	}
	for (size_t i = 0; i < rule->n_listed; i++)
		if (!covers_listed(over, rule, &rule->listed[i]))
			return false;
	return true;
}

/* What one forces, the other forces too. */
static bool forces_all(const struct rule *one, const struct rule *other)
{
	for (size_t i = 0; i < one->n_forced; i++) {
		const struct setting *s = &one->settings[i];
		bool found = false;

		for (size_t k = 0; k < other->n_forced && !found; k++)
			found = other->settings[k].flag == s->flag &&
				strcmp(other->settings[k].value, s->value) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool has_word(const struct words *words, const char *text)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->list[i].text, text) == 0)
			return true;
	return false;
}

/* A list in which a missing one, or the word for all, is all. */
static bool covers_words(const struct words *over, const struct words *words, const char *all)
{
	if (has_word(over, all))
		return true;
	for (size_t i = 0; i < words->n; i++)
		if (!has_word(over, words->list[i].text))
			return false;
	return words->n > 0;
}

static bool covers_terms(const struct section *over, const struct section *s)
{
	if (!covers_words(&over->users, &s->users, "*") ||
	    (over->hosts.n > 0 && !covers_words(&over->hosts, &s->hosts, "*")) ||
	    (over->images.n > 0 && !covers_words(&over->images, &s->images, "**")))
		return false;
	if (over->until != 0 && (s->until == 0 || s->until > over->until))
		return false;
	/* Where the one insists, the other makes the same or the one nothing. */
	return over->root == s->root || (over->root == ROOT_UNSAID && s->root == ROOT_MAPPED);
}

bool cover_find(const struct policy *policy, size_t rule, size_t *ret_by)
{
	const struct rule *r = &policy->rules[rule];

	for (*ret_by = 0; *ret_by < rule && !rule_is_strong(r); ++*ret_by) {
		const struct rule *over = &policy->rules[*ret_by];

		if (!rule_is_strong(over) && covers_terms(over->section, r->section) &&
		    covers_flags(over, r) && bounds_as_low(over, r) && forces_all(over, r) &&
		    forces_all(r, over))
			return true;
	}
	return false;
}
