/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy - the policy's own tools: check, show, edit, diff, learn. What root grants is in policy_grant.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/learn.h"
#include "front/output.h"
#include "front/policy_edit.h"
#include "front/policy_grant.h"
#include "front/policy_remark.h"
#include "front/policyfile.h"
#include "front/rules.h"
#include "front/who.h"
#include "front/word.h"

/* --- check -------------------------------------------------------------------------- */
static int check(int argc, char **argv)
{
	static struct policyfile files;
	struct policy *policy = NULL;
	struct error why = { 0 };
	int r = 0;

	files = (struct policyfile){ .n = 0 };
	for (int i = 0; i < argc && r == 0; i++)
		r = policyfile_add(&files, argv[i], &why);
	if (argc == 0)
		r = policyfile_add_installed(&files, &why);
	if (r < 0)
		return output_fail("%s", why.text);
	if (policy_parse(files.files, files.n, &policy, &why) < 0) {
		policy_say_error(&files, &why);
		policyfile_free(&files);
		return 1;
	}
	policy_remark(policy);
	(void)printf("%zu rule%s in %zu file%s: understood\n", policy_rules(policy), policy_rules(policy) == 1 ? "" : "s",
		     files.n, files.n == 1 ? "" : "s");
	policy_free(policy);
	policyfile_free(&files);
	return output_done(0);
}

/* --- show ---------------------------------------------------------------------------- */
static int show(int argc, char **argv, bool json)
{
	struct policy *policy = NULL;
	struct subject subject;
	struct error why = { 0 };
	json_t *list = json_array();
	time_t now = time(NULL);
	size_t shown = 0;

	if (argc > 1)
		return word_usage("policy");
	if (policyfile_load(&policy, &why) < 0 || (argc == 1 && who_is(argv[0], &subject, &why) < 0))
		return output_fail("%s", why.text);
	for (size_t i = 0; i < policy_rules(policy); i++) {
		if (argc == 1 && !policy_rule_is_for(policy, i, &subject))
			continue;
		if (json) {
			(void)json_array_append_new(list, rules_json(policy, i, now));
		} else {
			(void)fputs(shown > 0 ? "\n" : "", stdout);
			rules_print(policy, i, now);
		}
		shown++;
	}
	if (json)
		(void)output_json(json_pack("{s:i, s:O}", "version", 1, "rules", list));
	json_decref(list);
	policy_free(policy);
	if (shown == 0 && !json)
		(void)puts("no rule");
	return output_done(shown > 0 ? 0 : 1);
}

/* --- diff ----------------------------------------------------------------------------- */
static struct policy *load_one(const char *file)
{
	static struct policyfile files;
	struct policy *policy = NULL;
	struct error why = { 0 };

	files = (struct policyfile){ .n = 0 };
	if (policyfile_add(&files, file, &why) < 0)
		(void)output_fail("%s", why.text);
	else if (policy_parse(files.files, files.n, &policy, &why) < 0)
		policy_say_error(&files, &why);
	policyfile_free(&files);
	return policy;
}

static bool find_rule(const struct policy *policy, const struct policy_rule *like, size_t *ret)
{
	for (*ret = 0; *ret < policy_rules(policy); ++*ret) {
		struct policy_rule r;

		policy_rule_at(policy, *ret, &r);
		if (strcmp(r.name, like->name) == 0 && (r.strong != NULL) == (like->strong != NULL))
			return true;
	}
	return false;
}

static bool has_pattern(const struct policy *policy, size_t rule, const struct policy_pattern *like)
{
	struct policy_pattern p;

	for (size_t i = 0; policy_rule_pattern(policy, rule, i, &p); i++)
		if (p.flag == like->flag && p.verb == like->verb && p.relation == like->relation &&
		    strcmp(p.text, like->text) == 0)
			return true;
	return false;
}

static bool has_word(const struct policy *policy, size_t rule, enum policy_key key, const char *like)
{
	const char *word;

	for (size_t i = 0; (word = policy_rule_word(policy, rule, key, i)) != NULL; i++)
		if (strcmp(word, like) == 0)
			return true;
	return false;
}

static void line(char sign, const char *what, const char *text)
{
	(void)printf("%s  %c %s%s", output_start(sign == '+' ? COLOUR_GOOD : COLOUR_BAD), sign, what, *what != '\0' ? " " : "");
	output_plain(text);
	(void)printf("%s\n", output_end());
}

/* What rule `i` of `a` has and rule `k` of `b` lacks. Returns how many lines that were. */
static int one_way(const struct policy *a, size_t i, const struct policy *b, size_t k, char sign)
{
	static const struct { enum policy_key key; const char *name; } lists[] = {
		{ KEY_USERS, "user" }, { KEY_IMAGES, "image" }, { KEY_FORCE, "forced" }, { KEY_HOSTS, "host" },
	};
	struct policy_pattern p;
	const char *word;
	int n = 0;

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		for (size_t w = 0; (word = policy_rule_word(a, i, lists[l].key, w)) != NULL; w++)
			if (!has_word(b, k, lists[l].key, word)) {
				line(sign, lists[l].name, word);
				n++;
			}
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (policy_rule_has_verb(a, i, (enum verb)v) && !policy_rule_has_verb(b, k, (enum verb)v)) {
			line(sign, "verb", verb_name((enum verb)v));
			n++;
		}
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (policy_rule_has_flag(a, i, (enum flag)f) && !policy_rule_has_flag(b, k, (enum flag)f)) {
			line(sign, "flag", flag_name((enum flag)f));
			n++;
		}
	for (size_t w = 0; policy_rule_pattern(a, i, w, &p); w++)
		if (!has_pattern(b, k, &p)) {
			char text[1300];

			(void)snprintf(text, sizeof(text), "%s%s%s%s%.1000s", p.verb != VERB_NONE ? verb_name(p.verb) : "",
				       p.verb != VERB_NONE ? ":" : "", flag_name(p.flag),
				       p.relation == '<' ? "<=" : p.relation == '=' ? "=" : "", p.text);
			line(sign, "flag", text);
			n++;
		}
	return n;
}

static int scalars(const struct policy_rule *a, const struct policy_rule *b)
{
	char was[40] = "", is[40] = "", text[120];

	if (a->until != 0)
		rules_until(a->until, was, sizeof(was));
	if (b->until != 0)
		rules_until(b->until, is, sizeof(is));
	if (a->until == b->until && a->scope_all == b->scope_all && a->root == b->root)
		return 0;
	(void)snprintf(text, sizeof(text), "until %s, scope %s, root %d", *was != '\0' ? was : "for ever",
		       a->scope_all ? "all" : "own", (int)a->root);
	line('-', "", text);
	(void)snprintf(text, sizeof(text), "until %s, scope %s, root %d", *is != '\0' ? is : "for ever",
		       b->scope_all ? "all" : "own", (int)b->root);
	line('+', "", text);
	return 2;
}

static int diff(const char *old, const char *new)
{
	struct policy *a = load_one(old), *b = load_one(new);
	int n = 0;

	for (size_t i = 0; a != NULL && b != NULL && i < policy_rules(a); i++) {
		struct policy_rule r, other;
		size_t k;

		policy_rule_at(a, i, &r);
		(void)printf("%s %s\n", r.strong != NULL ? "strong" : "rule", r.name);
		if (!find_rule(b, &r, &k)) {
			line('-', "", "the whole rule");
			n++;
			continue;
		}
		policy_rule_at(b, k, &other);
		n += one_way(a, i, b, k, '-') + one_way(b, k, a, i, '+') + scalars(&r, &other);
	}
	for (size_t k = 0; a != NULL && b != NULL && k < policy_rules(b); k++) {
		struct policy_rule r;
		size_t i;

		policy_rule_at(b, k, &r);
		if (find_rule(a, &r, &i))
			continue;
		(void)printf("%s %s\n", r.strong != NULL ? "strong" : "rule", r.name);
		line('+', "", "the whole rule");
		n++;
	}
	if (a == NULL || b == NULL)
		n = EXIT_USAGE;
	policy_free(a);
	policy_free(b);
	return output_done(n == 0 ? 0 : n == EXIT_USAGE ? EXIT_USAGE : 1);
}

/* --- which ----------------------------------------------------------------------------- */
int word_policy(int argc, char **argv)
{
	static const struct { const char *name; int (*run)(int argc, char **argv); } granting[] = {
		{ "list", policy_word_list }, { "grant", policy_word_grant }, { "refuse", policy_word_refuse },
		{ "expire", policy_word_expire },
	};
	const char *what = argc > 1 ? argv[1] : "";
	bool json = argc > 2 && strcmp(argv[2], "--json") == 0;

	if (strcmp(what, "check") == 0)
		return check(argc - 2, argv + 2);
	if (strcmp(what, "show") == 0)
		return show(argc - 2 - json, argv + 2 + json, json);
	if (strcmp(what, "edit") == 0 && argc <= 3)
		return policy_edit(argc == 3 ? argv[2] : SAFEDOCKER_CONF);
	if (strcmp(what, "diff") == 0 && argc == 4)
		return diff(argv[2], argv[3]);
	if (strcmp(what, "learn") == 0)
		return learn(argc - 2, argv + 2);
	for (size_t i = 0; i < sizeof(granting) / sizeof(granting[0]); i++)
		if (strcmp(what, granting[i].name) == 0)
			return granting[i].run(argc - 2, argv + 2);
	return word_usage("policy");
}
