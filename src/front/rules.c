/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/rules.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "front/output.h"

#define LINE_MAX_SHOWN (64 * 1024)
#define WIDTH 76

bool rules_expired(const struct policy_rule *rule, time_t now)
{
	return rule->until != 0 && rule->until <= now;
}

void rules_until(time_t until, char *ret, size_t size)
{
	struct tm tm;
	time_t last = until - 1;

	if (localtime_r(&until, &tm) != NULL && tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0 &&
	    localtime_r(&last, &tm) != NULL)
		(void)strftime(ret, size, "%Y-%m-%d", &tm);
	else
		(void)strftime(ret, size, "%Y-%m-%dT%H:%M:%S%z", &tm);
}

/* A list behind a heading, broken between its items. */
static void print_list(const char *heading, struct buf *items)
{
	const char *text = buf_cstr(items);
	size_t column = 0;

	if (text == NULL || *text == '\0') {
		buf_free(items);
		return;
	}
	(void)printf("  %s%-9s%s%s", output_start(COLOUR_DIM), heading, output_end(),
		     strlen(heading) < 9 ? "" : " ");
	while (*text != '\0') {
		char item[1200];
		size_t n = strcspn(text, "\n");

		(void)snprintf(item, sizeof(item), "%.*s%s", (int)n, text, text[n] == '\n' && text[n + 1] != '\0' ? "," : "");
		if (column > 0 && column + strlen(item) > WIDTH - 11) {
			(void)fputs("\n           ", stdout);
			column = 0;
		} else if (column > 0) {
			(void)putchar(' ');
			column++;
		}
		output_plain(item);
		column += strlen(item);
		text += n + (text[n] == '\n');
	}
	(void)putchar('\n');
	buf_free(items);
}

static struct buf list(void)
{
	return buf_new(LINE_MAX_SHOWN);
}

static void print_words(const char *heading, const struct policy *policy, size_t rule, enum policy_key key)
{
	struct buf items = list();
	const char *word;

	for (size_t i = 0; (word = policy_rule_word(policy, rule, key, i)) != NULL; i++)
		buf_addf(&items, "%s\n", word);
	print_list(heading, &items);
}

static void print_verbs(const struct policy *policy, size_t rule)
{
	struct buf items = list();

	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (policy_rule_has_verb(policy, rule, (enum verb)v))
			buf_addf(&items, "%s\n", verb_name((enum verb)v));
	print_list("verbs", &items);
}

static bool has_some_verb(const struct policy *policy, size_t rule, enum flag flag)
{
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (policy_rule_has_verb(policy, rule, (enum verb)v) && flag_has_verb(flag, (enum verb)v))
			return true;
	return false;
}

static bool is_plain(const struct policy *policy, size_t rule, enum flag flag)
{
	return policy_rule_has_flag(policy, rule, flag) && has_some_verb(policy, rule, flag);
}

/* All of rank C that its verbs have: what @everyday means. */
static bool has_everyday(const struct policy *policy, size_t rule)
{
	bool any = false;

	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++) {
		if (flag_rank((enum flag)f) != RANK_C || !has_some_verb(policy, rule, (enum flag)f))
			continue;
		if (!policy_rule_has_flag(policy, rule, (enum flag)f))
			return false;
		any = true;
	}
	return any;
}

static void print_plain_flags(const struct policy *policy, size_t rule)
{
	struct buf items = list();
	bool everyday = has_everyday(policy, rule);

	if (everyday)
		buf_add_str(&items, "everyday ones (safedocker-flags(7))\n");
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (is_plain(policy, rule, (enum flag)f) && !(everyday && flag_rank((enum flag)f) == RANK_C))
			buf_addf(&items, "%s\n", flag_name((enum flag)f));
	print_list("flags", &items);
}

static void add_pattern(struct buf *items, const struct policy_pattern *p, bool with_name)
{
	if (p->verb != VERB_NONE)
		buf_addf(items, "%s:", verb_name(p->verb));
	if (with_name)
		buf_addf(items, "%s%s", flag_name(p->flag), p->relation == '<' ? " at most " : p->relation == '=' ? "=" : "");
	buf_addf(items, "%s\n", p->text);
}

/* What people look for first has a heading of its own. */
static void print_patterns(const struct policy *policy, size_t rule)
{
	struct buf mounts = list(), ports = list(), limits = list(), others = list();
	struct policy_pattern p;

	for (size_t i = 0; policy_rule_pattern(policy, rule, i, &p); i++) {
		if (p.relation == '<')
			add_pattern(&limits, &p, true);
		else if (p.flag == FLAG_VOLUME && p.relation == '=')
			add_pattern(&mounts, &p, false);
		else if (p.flag == FLAG_PUBLISH && p.relation == '=')
			add_pattern(&ports, &p, false);
		else
			add_pattern(&others, &p, true);
	}
	print_list("values", &others);
	print_list("mounts", &mounts);
	print_list("ports", &ports);
	print_list("limits", &limits);
}

static const char *root_word(enum root_mode root)
{
	switch (root) {
	case ROOT_UNSAID: return "mapped where this host can: root inside is you; else never";
	case ROOT_MAPPED: return "mapped: root inside is you";
	case ROOT_NEVER: return "never: containers run as you, without storage";
	case ROOT_OPEN: return "open: the container's root is the host's";
	}
	return "?";
}

static void print_terms(const struct policy_rule *rule)
{
	const struct strong *s = rule->strong;

	if (s == NULL)
		return;
	(void)printf("  %s%-9s%s%s%s%s", output_start(COLOUR_DIM), "asks for", output_end(),
		     s->reason == REASON_REQUIRED ? "a reason" : s->reason == REASON_OPTIONAL ? "a reason, if you like" :
		     "no reason", s->ticket != NULL ? " with a ticket like " : "", s->ticket != NULL ? s->ticket : "");
	(void)printf(", %s", s->password == PASSWORD_NO ? "no password" : s->password == PASSWORD_IF_SET ?
		     "your password, if you have one" : "your password");
	if (s->record)
		(void)printf("; the terminal is recorded%s", s->record_input ? ", what you type too" : "");
	if (s->max_runtime != 0)
		(void)printf("; a container runs for %ld minutes at most", s->max_runtime / 60);
	(void)putchar('\n');
}

/* Keys of which rules_print() says more than what is written, or nothing to whom the rule is for. */
static bool is_said(enum policy_key key)
{
	switch ((int)key) {
	case KEY_USERS: case KEY_HOSTS: case KEY_VERBS: case KEY_FLAGS: case KEY_FORCE:
	case KEY_IMAGES: case KEY_SCOPE: case KEY_ROOT: case KEY_UNTIL: case KEY_WHY:
	case KEY_REASON: case KEY_TICKET: case KEY_PASSWORD: case KEY_RECORD: case KEY_MAX_RUNTIME:
		return true;
	default:
		return false;
	}
}

void rules_print(const struct policy *policy, size_t rule, time_t now)
{
	struct policy_rule r;
	char until[40];

	policy_rule_at(policy, rule, &r);
	(void)printf("%s%s %s%s  %s:%u%s%s\n", output_start(COLOUR_BOLD), r.strong != NULL ? "strong" : "rule", r.name,
		     output_end(), r.file, r.line, rules_expired(&r, now) ? "  over" : "",
		     r.strong != NULL ? "  only by `safedocker --as NAME`" : "");
	print_terms(&r);
	print_verbs(policy, rule);
	print_plain_flags(policy, rule);
	print_patterns(policy, rule);
	print_words("forced", policy, rule, KEY_FORCE);
	print_words("images", policy, rule, KEY_IMAGES);
	if (r.scope_all)
		(void)printf("  %s%-9s%severybody's, not yours alone\n", output_start(COLOUR_DIM), "objects", output_end());
	if (r.root != ROOT_UNSAID || policy_rule_has_verb(policy, rule, VERB_RUN) ||
	    policy_rule_has_verb(policy, rule, VERB_CREATE))
		(void)printf("  %s%-9s%s%s\n", output_start(COLOUR_DIM), "root", output_end(),
			     root_word(r.root));
	for (int k = KEY_NONE + 1; k < KEY_MAX; k++)
		if (!is_said((enum policy_key)k))
			print_words(key_name((enum policy_key)k), policy, rule, (enum policy_key)k);
	if (r.until != 0) {
		rules_until(r.until, until, sizeof(until));
		(void)printf("  %s%-9s%s%s%s\n", output_start(COLOUR_DIM), "until", output_end(), until,
			     rules_expired(&r, now) ? ", which is over" : "");
	}
	if (r.why != NULL) {
		(void)printf("  %s%-9s%s", output_start(COLOUR_DIM), "why", output_end());
		output_plain(r.why);
		(void)putchar('\n');
	}
}

static json_t *words_json(const struct policy *policy, size_t rule, enum policy_key key)
{
	json_t *words = json_array();
	const char *word;

	for (size_t i = 0; (word = policy_rule_word(policy, rule, key, i)) != NULL; i++)
		(void)json_array_append_new(words, json_string(word));
	return words;
}

/* The other keys, as they are written. */
static void add_keys(json_t *root, const struct policy *policy, size_t rule)
{
	json_t *keys = json_object();

	for (int k = KEY_NONE + 1; k < KEY_MAX; k++)
		if (!is_said((enum policy_key)k) &&
		    policy_rule_word(policy, rule, (enum policy_key)k, 0) != NULL)
			(void)json_object_set_new(keys, key_name((enum policy_key)k),
						  words_json(policy, rule, (enum policy_key)k));
	(void)json_object_set_new(root, "keys", keys);
}

json_t *rules_json(const struct policy *policy, size_t rule, time_t now)
{
	json_t *root, *verbs = json_array(), *flags = json_array();
	struct policy_pattern p;
	struct policy_rule r;

	policy_rule_at(policy, rule, &r);
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (policy_rule_has_verb(policy, rule, (enum verb)v))
			(void)json_array_append_new(verbs, json_string(verb_name((enum verb)v)));
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (is_plain(policy, rule, (enum flag)f))
			(void)json_array_append_new(flags, json_pack("{s:s}", "flag", flag_name((enum flag)f)));
	for (size_t i = 0; policy_rule_pattern(policy, rule, i, &p); i++)
		(void)json_array_append_new(flags, json_pack("{s:s, s:s?, s:s?, s:s?}", "flag", flag_name(p.flag),
			"verb", p.verb != VERB_NONE ? verb_name(p.verb) : NULL, "value", p.relation == '=' ? p.text : NULL,
			"maximum", p.relation == '<' ? p.text : NULL));
	root = json_pack("{s:s, s:s, s:s, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s?}",
			 "kind", r.strong != NULL ? "strong" : "rule", "name", r.name, "file", r.file, "line", (int)r.line,
			 "expired", rules_expired(&r, now), "users", words_json(policy, rule, KEY_USERS), "verbs", verbs,
			 "flags", flags, "force", words_json(policy, rule, KEY_FORCE),
			 "images", words_json(policy, rule, KEY_IMAGES), "scope", r.scope_all ? "all" : "own",
			 "root", root_name(r.root), "why", r.why);
	add_keys(root, policy, rule);
	if (r.until != 0) {
		char until[40];

		rules_until(r.until, until, sizeof(until));
		(void)json_object_set_new(root, "until", json_string(until));
	}
	if (r.strong != NULL)
		(void)json_object_set_new(root, "terms", json_pack("{s:s, s:s?, s:s, s:b, s:b, s:I, s:i}",
			"reason", r.strong->reason == REASON_REQUIRED ? "required" : r.strong->reason == REASON_OPTIONAL ?
			"optional" : "never", "ticket", r.strong->ticket, "password", r.strong->password == PASSWORD_NO ? "no" :
			r.strong->password == PASSWORD_IF_SET ? "if-set" : "yes", "record", r.strong->record,
			"record_input", r.strong->record_input, "record_max", (json_int_t)r.strong->record_max, "max_runtime",
			(int)r.strong->max_runtime));
	return root;
}
