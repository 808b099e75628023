/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "front/grant.h"

#define NO_RULE ((size_t)-1)

static enum operation operation_by_name(const char *name)
{
	for (int o = OPERATION_NONE + 1; name != NULL && o < OPERATION_MAX; o++)
		if (strcmp(operation_name((enum operation)o), name) == 0)
			return (enum operation)o;
	return OPERATION_NONE;
}

static size_t rule_of(const struct policy *policy, const struct asked *a)
{
	for (size_t i = 0; policy != NULL && a->rule != NULL && i < policy_rules(policy); i++) {
		struct policy_rule rule;

		policy_rule_at(policy, i, &rule);
		if (strcmp(rule.name, a->rule) == 0 && rule.line == a->line &&
		    strcmp(rule.file, a->file) == 0)
			return i;
	}
	return NO_RULE;
}

/* A list separates by commas, ends at ` ;`, and takes quotes for quotes (safedocker.conf(5)). */
static void add_quoted(struct buf *out, const char *text)
{
	bool quote = strpbrk(text, ",;\" ") != NULL;

	buf_addf(out, "%s%s%s", quote ? "\"" : "", text, quote ? "\"" : "");
}

void change_flag(struct buf *out, const struct fact *fact)
{
	const char *name = flag_name(fact->flag);
	char text[1200];

	switch (flag_value_kind(fact->flag)) {
	case VALUE_NONE:
		buf_add_str(out, name);
		return;
	case VALUE_BYTES:
		if (fact->number > 0)
			buf_addf(out, "%s<=%lld%s", name,
				 fact->number % (1 << 20) == 0 ? fact->number >> 20 : fact->number,
				 fact->number % (1 << 20) == 0 ? "m" : "b");
		else
			buf_add_str(out, name);
		return;
	case VALUE_CPUS:
	case VALUE_COUNT:
		if (fact->number >= 0 && *fact->value != '\0')
			buf_addf(out, "%s<=%s", name, fact->value);
		else
			buf_addf(out, "%s%s%s", name, *fact->value != '\0' ? "=" : "", fact->value);
		return;
	case VALUE_TEXT:
	case VALUE_PATH:
	case VALUE_PORT:
	default:
		/* A value of the flag's own rank needs no spelling; ports and paths always do. */
		if (flag_value_kind(fact->flag) == VALUE_TEXT &&
		    fact->rank == flag_rank(fact->flag)) {
			buf_add_str(out, name);
			return;
		}
		if (flag_value_kind(fact->flag) == VALUE_PATH && fact->value[0] != '/') {
			buf_add_str(out, name);
			return;
		}
		(void)snprintf(text, sizeof(text), "%s=%s", name, fact->value);
		add_quoted(out, text);
		return;
	}
}

/* May the subject use it now: by its own words, or because root granted it? */
static bool is_theirs(const struct policy *policy, size_t i, const char *name,
		      const struct subject *subject)
{
	struct moment now = grant_moment();
	struct policy_grant g;

	for (size_t k = 0; policy_grant_at(policy, k, &now, &g); k++)
		if (g.holds && strcmp(g.rule, name) == 0 && policy_grant_is_for(policy, k, subject))
			return true;
	return policy_rule_is_for(policy, i, subject);
}

/* What is made becomes what the rule makes; what is entered stays what it is. */
static bool makes_kind(enum operation operation)
{
	return operation_has(operation, TRAIT_MAKES_CONTAINER) ||
		operation_has(operation, TRAIT_MAKES_VOLUME);
}

static enum container_kind kind_under(const struct policy *policy, size_t rule,
				      enum operation operation, const struct asked *a)
{
	struct policy_rule r;

	policy_rule_at(policy, rule, &r);
	return makes_kind(operation) ? root_makes(r.root, a->kind == CONTAINER_MAPPED) : a->kind;
}

/* Strong rules that would let all of it pass: this user's, or those that root could grant. */
static bool add_strong_of(struct buf *out, const struct policy *policy,
			  const struct subject *subject, enum operation operation,
			  const struct asked *a, bool theirs)
{
	bool any = false;

	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule rule;
		bool all = true, verb = false;

		policy_rule_at(policy, i, &rule);
		if (rule.strong == NULL || is_theirs(policy, i, rule.name, subject) != theirs ||
		    (rule.until != 0 && rule.until <= time(NULL)))
			continue;
		for (size_t k = 0; k < a->n_facts; k++)
			all = all &&
				policy_rule_allows_fact(policy, i, subject, operation,
							&a->facts[k].fact,
							kind_under(policy, i, operation, a));
		for (const enum verb *v = operation_verbs(operation); *v != VERB_NONE; v++)
			verb = verb || policy_rule_has_verb(policy, i, *v);
		if (!all || !verb)
			continue;
		if (theirs)
			buf_addf(out, "%s`safedocker --as %s%s ...`",
				 any ? " or " : "ask for it: ", rule.name,
				 rule.strong->reason == REASON_REQUIRED ? " --reason TEXT" : "");
		else
			buf_addf(out, "%s`safedocker request --as %s --for 2h --reason TEXT`",
				 any ? " or " : "ask root for it: ", rule.name);
		any = true;
	}
	return any;
}

static void add_strong(struct buf *out, const struct policy *policy, const struct subject *subject,
		       enum operation operation, const struct asked *a)
{
	if (!add_strong_of(out, policy, subject, operation, a, true) &&
	    !add_strong_of(out, policy, subject, operation, a, false))
		buf_addf(out, "only a strong rule can (safedocker.conf(5)), and none of %s's does",
			 subject->name);
}

/*
 * Would a rule of these verbs, of all that is asked, and of that image do? Then so does the one
 * with the addition.
 */
static bool tried(const struct subject *subject, enum operation operation, const struct asked *a,
		  const struct policy *policy, size_t rule, const char *image)
{
	struct buf text = buf_new(POLICY_FILE_MAX);
	struct policy_file file = { .name = "change" };
	struct moment now = { .date = time(NULL), .boot = "" };
	bool makes = makes_kind(operation);
	struct facts facts = {
		.n = a->n_facts, .image = a->image, .makes = makes,
		.kind = makes ? CONTAINER_UNKNOWN : a->kind,
		.can_map = a->kind == CONTAINER_MAPPED,
	};
	struct policy *changed = NULL;
	struct decision d = { .verdict = VERDICT_DENY };

	facts.list = calloc(a->n_facts + 1, sizeof(*facts.list));
	if (facts.list == NULL)
		return false;
	buf_add_str(&text, "[rule changed]\nusers = *\nverbs = ");
	for (int v = VERB_NONE + 1; rule != NO_RULE && v < VERB_MAX; v++)
		if (policy_rule_has_verb(policy, rule, (enum verb)v))
			buf_addf(&text, "%s,\n  ", verb_name((enum verb)v));
	/* The operation's own verb may stand twice: a list is no worse for it. */
	buf_addf(&text, "%s\nimages = %s\n", a->verb, *image != '\0' ? image : "**");
	for (size_t k = 0; k < a->n_facts; k++) {
		facts.list[k] = a->facts[k].fact;
		buf_add_str(&text, k == 0 ? "flags = " : ",\n  ");
		change_flag(&text, &a->facts[k].fact);
	}
	buf_add_str(&text, "\n");
	file.text = buf_slice(&text);
	if (!text.failed && policy_parse(&file, 1, &changed, NULL) == 0)
		d = policy_decide(changed, subject, operation, &facts, &now);
	free(facts.list);
	policy_free(changed);
	buf_free(&text);
	return d.verdict == VERDICT_ALLOW;
}

static void suggest(const struct policy *policy, const struct subject *subject,
		    enum operation operation, struct asked *a, size_t rule, struct buf *out)
{
	struct buf flags = buf_new(64 * 1024);
	const char *verb = a->missing == MISSING_VERB || rule == NO_RULE ? a->verb : "";
	const char *image = a->missing == MISSING_IMAGE && a->image != NULL ? a->image : "";
	bool strong = false, cut = false;

	for (size_t k = 0; k < a->n_facts; k++) {
		const struct asked_fact *f = &a->facts[k];

		if (f->allowed)
			continue;
		strong = strong || rank_is_strong(f->fact.rank);
		cut = cut || strlen(f->fact.value) >= 1000;
		buf_add_str(&flags, flags.len > 0 ? ", " : "");
		change_flag(&flags, &f->fact);
	}
	if (*verb != '\0' && rank_is_strong(verb_rank(verb_by_name(slice_str(verb)))))
		strong = true;
	if (strong) {
		add_strong(out, policy, subject, operation, a);
	} else if (!cut && buf_cstr(&flags) != NULL && a->missing != MISSING_FORCE &&
		   a->missing != MISSING_ROOT &&
		   tried(subject, operation, a, policy, rule, image)) {
		if (rule == NO_RULE)
			buf_addf(out, "a rule: [rule NAME] users = %s", subject->name);
		else
			buf_addf(out, "add to rule %s at %s:%u:", a->rule, a->file, a->line);
		buf_addf(out, "%s%s", *verb != '\0' ? "  verbs = " : "", verb);
		buf_addf(out, "%s%s", flags.len > 0 ? "  flags = " : "", buf_cstr(&flags));
		buf_addf(out, "%s%s", *image != '\0' ? "  images = " : "", image);
	}
	buf_free(&flags);
}

void change_find(const struct policy *policy, const struct subject *subject, struct asked *asked)
{
	size_t rule = rule_of(policy, asked);
	enum operation operation = operation_by_name(asked->operation);
	struct buf out = buf_new(64 * 1024);

	if (policy == NULL || operation == OPERATION_NONE)
		return;
	asked->looks = operation_kind(operation) == KIND_READ;
	for (size_t k = 0; k < asked->n_facts; k++) {
		struct asked_fact *f = &asked->facts[k];

		f->allowed = asked->allowed ||
			(rule != NO_RULE &&
			 policy_rule_allows_fact(policy, rule, subject, operation, &f->fact,
						 kind_under(policy, rule, operation, asked)));
	}
	/* What has no verb of its own goes with any rule. */
	if (!asked->allowed && asked->missing != MISSING_NONE && asked->verb != NULL)
		suggest(policy, subject, operation, asked, rule, &out);
	if (out.len > 0 && buf_cstr(&out) != NULL)
		asked->change = strdup(buf_cstr(&out));
	buf_free(&out);
}
