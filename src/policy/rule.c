/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/rule.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "policy/blame.h"

static void set_bit(uint64_t *set, unsigned bit)
{
	set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void set_bits(uint64_t *set, const uint64_t *more, size_t words)
{
	for (size_t i = 0; i < words; i++)
		set[i] |= more[i];
}

/* --- sets ------------------------------------------------------------------------ */
typedef int take_word(struct rule *rule, const struct word *word, bool own, struct error *reterr);

/* Calls `take` for each word of the list, those of named sets included. `own`: the rule's own. */
static int each_word(struct sections *all, struct rule *rule, struct section *in,
		     enum policy_key key, bool own, take_word *take, struct error *reterr)
{
	const struct words *words = section_words(in, key);

	for (size_t i = 0; i < words->n; i++) {
		const struct word *w = &words->list[i];
		struct section *set;
		int r;

		if (w->text[0] != '@' || set_by_name(slice_str(w->text + 1)) != 0) {
			if (take(rule, w, own, reterr) < 0)
				return blame_words(reterr, w->text);
			continue;
		}
		set = section_find(all, IN_SET, w->text + 1);
		if (set == NULL) {
			(void)blame_at(reterr, w->file, w->line, "unknown set %s", w->text);
			return blame_words(reterr, w->text);
		}
		if (set->visiting)
			return blame_at(reterr, w->file, w->line, "set %s contains itself",
					w->text);
		set->visiting = 1;
		r = each_word(all, rule, set, key, false, take, reterr);
		set->visiting = 0;
		if (r < 0)
			return -1;
	}
	return 0;
}

/* What a built-in set stands for: the same in every rule, so it is gathered once. */
static const struct built_in {
	bool known;
	uint64_t verbs[RULE_VERB_WORDS], flags[RULE_FLAG_WORDS];
} *built_in_set(unsigned set)
{
	static struct built_in all[SET_INDEX_MAX];
	struct built_in *b = &all[__builtin_ctz(set)];

	for (int v = VERB_NONE + 1; !b->known && v < VERB_MAX; v++)
		if ((verb_sets((enum verb)v) & set) != 0)
			set_bit(b->verbs, (unsigned)v);
	for (int f = FLAG_NONE + 1; !b->known && f < FLAG_MAX; f++)
		if (flag_rank((enum flag)f) == RANK_C &&
		    (set == SET_EVERYDAY || flag_in_sets((enum flag)f, set)))
			set_bit(b->flags, (unsigned)f);
	b->known = true;
	return b;
}

static unsigned built_in(const struct word *w)
{
	return w->text[0] == '@' ? set_by_name(slice_str(w->text + 1)) : 0;
}

/* --- verbs and flags --------------------------------------------------------------- */
static int take_verb(struct rule *rule, const struct word *w, bool own, struct error *reterr)
{
	unsigned set = built_in(w);
	enum verb verb = set == 0 ? verb_by_name(slice_str(w->text)) : VERB_NONE;
	char guess[100];

	(void)own;
	if (set != 0) {
		set_bits(rule->verbs, built_in_set(set)->verbs, RULE_VERB_WORDS);
		return 0;
	}
	if (verb == VERB_NONE)
		return blame_at(reterr, w->file, w->line, "unknown verb %s%s", w->text,
				listed_guess_verb(guess, sizeof(guess), w->text));
	if (rank_is_strong(verb_rank(verb)) && !rule_is_strong(rule))
		return blame_at(reterr, w->file, w->line,
				"%s ranks %s: it may stand only in a [strong NAME] section",
				w->text, rank_name(verb_rank(verb)));
	set_bit(rule->verbs, verb);
	return 0;
}

/* A flag without a verb that has it would allow nothing, and look as if it did. */
static bool has_a_verb(const struct rule *rule, const struct listed *p)
{
	for (const enum verb *v = flag_verbs(p->flag); *v != VERB_NONE; v++)
		if (rule_has_bit(rule->verbs, *v) && (p->verb == VERB_NONE || p->verb == *v))
			return true;
	return false;
}

/* Does the rule list the flag bare, or with values, where this is a maximum, or the reverse? */
static bool has_otherwise(const struct rule *rule, const struct listed *p)
{
	for (size_t i = 0; i < rule->n_listed; i++) {
		const struct listed *q = &rule->listed[i];

		if (q->flag == p->flag && q->verb == p->verb && q->kind != p->kind &&
		    (q->kind == LISTED_MAXIMUM || p->kind == LISTED_MAXIMUM))
			return true;
	}
	return false;
}

static int take_flag(struct rule *rule, const struct word *w, bool own, struct error *reterr)
{
	unsigned set = built_in(w);
	struct listed p, *list;

	if (set != 0) {
		set_bits(rule->bare, built_in_set(set)->flags, RULE_FLAG_WORDS);
		return 0;
	}
	/* --network alone allows the values of its own rank, never those that rank higher. */
	if (listed_parse(w, &p, reterr) < 0 ||
	    listed_check_rank(&p, w, rule->section->root, rule_is_strong(rule), reterr) < 0)
		return -1;
	if (own && !has_a_verb(rule, &p))
		return blame_at(reterr, w->file, w->line, "no verb of this rule has %s",
				flag_name(p.flag));
	if (own && has_otherwise(rule, &p))
		return blame_at(reterr, w->file, w->line,
				"%s stands with a maximum and without in one rule",
				flag_name(p.flag));
	list = list_grow(rule->listed, rule->n_listed, sizeof(*list));
	if (list == NULL)
		return blame_memory(reterr);
	rule->listed = list;
	list[rule->n_listed++] = p;
	if (p.kind == LISTED_MAXIMUM)
		set_bit(rule->bounded, p.flag);
	return 0;
}

/* --- what is filled in --------------------------------------------------------------- */
static int add_setting(struct rule *rule, enum flag flag, const struct listed *p,
		       struct error *reterr)
{
	struct setting *list = list_grow(rule->settings, rule->n_settings, sizeof(*list));

	if (list == NULL)
		return blame_memory(reterr);
	rule->settings = list;
	list[rule->n_settings++] = (struct setting){
		.flag = flag, .value = p->text, .number = p->number,
	};
	return 0;
}

static bool is_one_value(const struct listed *p)
{
	return p->kind != LISTED_MAXIMUM && !listed_is_ulimit(p) && p->verb == VERB_NONE &&
		strchr(p->text, '*') == NULL &&
		(p->kind != LISTED_BARE || flag_value_kind(p->flag) == VALUE_NONE);
}

static int force(struct rule *rule, const struct word *w, struct error *reterr)
{
	struct listed p;

	if (listed_parse(w, &p, reterr) < 0 ||
	    listed_check_rank(&p, w, rule->section->root, rule_is_strong(rule), reterr) < 0 ||
	    add_setting(rule, p.flag, &p, reterr) < 0)
		return blame_words(reterr, w->text);
	if (is_one_value(&p))
		return 0;
	(void)blame_at(reterr, w->file, w->line,
		       "force sets one value: --FLAG or --FLAG=VALUE, not %s", w->text);
	return blame_words(reterr, w->text);
}

static int add_settings(struct rule *rule, struct error *reterr)
{
	const struct words *forced = &rule->section->force;

	for (size_t i = 0; i < forced->n; i++)
		if (force(rule, &forced->list[i], reterr) < 0)
			return -1;
	rule->n_forced = rule->n_settings;
	for (size_t i = 0; i < rule->n_listed; i++)
		if (listed_is_ulimit(&rule->listed[i]) &&
		    add_setting(rule, FLAG_ULIMIT, &rule->listed[i], reterr) < 0)
			return -1;
	for (size_t i = 0; i < rule->n_listed; i++) {
		const struct listed *p = &rule->listed[i];

		for (int f = FLAG_NONE + 1; p->kind == LISTED_MAXIMUM && f < FLAG_MAX; f++)
			if (flag_bounded_by((enum flag)f) == p->flag &&
			    add_setting(rule, (enum flag)f, p, reterr) < 0)
				return -1;
	}
	return 0;
}

/* --- what a section must say ----------------------------------------------------------- */
static int check_users(const struct section *s, struct error *reterr)
{
	const char *word = section_word(s->kind);
	unsigned long long uid;

	if (s->users.n == 0)
		return blame_at(reterr, s->file, s->line, "[%s %s] names no users", word, s->name);
	if (s->verbs.n == 0 && s->kind != IN_GRANT)
		return blame_at(reterr, s->file, s->line, "[%s %s] names no verbs", word, s->name);
	for (size_t i = 0; i < s->users.n; i++) {
		const struct word *w = &s->users.list[i];

		if (w->text[0] == '#' &&
		    slice_to_u64(slice_str(w->text + 1), 4294967294ULL, &uid) < 0)
			return blame_at(reterr, w->file, w->line, "%s is no uid", w->text);
		if (w->text[0] == '%' && w->text[1] == '\0')
			return blame_at(reterr, w->file, w->line,
					"a group's name is missing behind %%");
	}
	return 0;
}

static int read_hours(struct section *s, struct error *reterr)
{
	const struct words *words = &s->hours;

	s->windows = calloc(words->n + 1, sizeof(*s->windows));
	if (s->windows == NULL)
		return blame_memory(reterr);
	for (size_t i = 0; i < words->n; i++)
		if (strong_hours(words->list[i].text, &s->windows[i]) < 0)
			return blame_at(reterr, words->list[i].file, words->list[i].line,
					"hours = %s: expected DAY[-DAY] hh:mm-hh:mm, "
					"as in Mon-Fri 08:00-18:00", words->list[i].text);
	return 0;
}

/* The terms of a strong rule, together and checked against one another. */
static int make_terms(struct section *s, struct error *reterr)
{
	s->strong = (struct strong){
		.name = s->name, .reason = s->reason, .ticket = s->ticket,
		.password = s->password, .remember = s->remember,
		.max_runtime = s->max_runtime, .record = s->record != RECORD_NO,
		.record_input = s->record == RECORD_WITH_INPUT, .record_max = s->record_max,
	};
	if (s->ticket != NULL && s->reason == REASON_NEVER)
		return blame_at(reterr, s->file, s->line,
				"[strong %s] wants a ticket in a reason that it never takes",
				s->name);
	if (s->record == RECORD_NO && section_written(s, KEY_RECORD_MAX) != NULL)
		return blame_at(reterr, s->file, s->line,
				"[strong %s] has a record-max and records nothing: record = yes?",
				s->name);
	return 0;
}

/* The rule's own words on one key, as a denial shows them. */
static char *say(const char *key, const struct words *words)
{
	struct buf text = buf_new(400);
	char *result;

	buf_addf(&text, "%s =", key);
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->list[i].text;

		if (text.len + strlen(word) + 8 >= text.max)
			break;
		buf_addf(&text, "%s%s", i > 0 ? ", " : " ", word);
	}
	result = slice_dup(buf_slice(&text));
	buf_free(&text);
	return result;
}

static int make_rule(struct policy *p, struct section *s, struct error *reterr)
{
	struct rule *rule, *list = list_grow(p->rules, p->n_rules, sizeof(*list));

	if (list == NULL)
		return blame_memory(reterr);
	p->rules = list;
	rule = &list[p->n_rules++];
	*rule = (struct rule){ .section = s };
	if (check_users(s, reterr) < 0 ||
	    each_word(&p->sections, rule, s, KEY_VERBS, true, take_verb, reterr) < 0 ||
	    each_word(&p->sections, rule, s, KEY_FLAGS, true, take_flag, reterr) < 0 ||
	    add_settings(rule, reterr) < 0 || make_terms(s, reterr) < 0 ||
	    read_hours(s, reterr) < 0)
		return -1;
	rule->verbs_text = say("verbs", &s->verbs);
	rule->flags_text = say("flags", &s->flags);
	rule->images_text = say("images", &s->images);
	if (rule->verbs_text == NULL || rule->flags_text == NULL || rule->images_text == NULL)
		return blame_memory(reterr);
	return 0;
}

/* Sets that no rule uses must be right too: a slip there is found on the day it is written. */
static int check_set(struct policy *p, struct section *s, struct error *reterr)
{
	struct rule scratch = { .section = s };
	int r;

	s->visiting = 1;
	r = each_word(&p->sections, &scratch, s, KEY_VERBS, false, take_verb, reterr);
	if (r == 0)
		r = each_word(&p->sections, &scratch, s, KEY_FLAGS, false, take_flag, reterr);
	s->visiting = 0;
	free(scratch.listed);
	return r;
}

/*
 * Whether there is such a strong rule is not asked: a grant of what is gone gives nothing, and must
 * not take everybody's rules away. What it may not be is without an end.
 */
static int check_grant(const struct section *s, struct error *reterr)
{
	if (check_users(s, reterr) < 0)
		return -1;
	if (s->until == 0 || s->boot == NULL || s->uptime == 0)
		return blame_at(reterr, s->file, s->line,
				"[grant %s] needs until, boot and uptime: it ends by the date, "
				"by the clock that nobody sets, and with the boot", s->name);
	return 0;
}

int rule_make_all(struct policy *policy, struct error *reterr)
{
	for (size_t i = 0; i < policy->sections.n; i++) {
		struct section *s = &policy->sections.list[i];
		int r = s->kind == IN_SET ? check_set(policy, s, reterr) :
			s->kind == IN_GRANT ? check_grant(s, reterr) : make_rule(policy, s, reterr);

		if (r < 0)
			return -1;
	}
	return 0;
}

void rule_free(struct rule *rule)
{
	free(rule->listed);
	free(rule->settings);
	free(rule->verbs_text);
	free(rule->flags_text);
	free(rule->images_text);
}
