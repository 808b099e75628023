/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary: who did how much of which rank, what was refused, and which rules are of no use. */
#include "front/audit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/output.h"
#include "front/policyfile.h"
#include "front/who.h"

struct summary {
	const struct audit_filter *filter;
	json_t *users;		/* user → rank or "denied" → count */
	json_t *flags;		/* denied flag → count */
	json_t *refusals;	/* what was said → count */
	json_t *rules;		/* rule → count */
};

static void count_more(json_t *counts, const char *key, json_int_t n)
{
	json_int_t before = json_integer_value(json_object_get(counts, key));

	if (*key != '\0')
		(void)json_object_set_new(counts, key, json_integer(before + n));
}

static void count(json_t *counts, const char *key)
{
	count_more(counts, key, 1);
}

/* Of "safedocker: denied: --pid=host (create): …" the flag, without its value. */
static void count_flag(json_t *flags, const char *missing)
{
	static const char before[] = "denied: --";
	const char *at = strstr(missing, before);
	char flag[100];

	if (at == NULL)
		return;
	at += sizeof(before) - 3;
	(void)snprintf(flag, sizeof(flag), "%.*s", (int)strcspn(at, "= ("), at);
	count(flags, flag);
}

static bool summary_line(void *user, struct slice line)
{
	struct summary *s = user;
	json_t *record = audit_read_line(line), *of;
	const char *phase = audit_read_text(record, "phase");

	if (record != NULL && audit_filter_fits(s->filter, record) &&
	    (strcmp(phase, "intent") == 0 || strcmp(phase, "denied") == 0)) {
		bool denied = strcmp(phase, "denied") == 0;
		const char *name = audit_read_text(record, "submituser");

		of = json_object_get(s->users, name);
		if (of == NULL) {
			of = json_object();
			(void)json_object_set_new(s->users, name, of);
		}
		count_more(of, denied ? "denied" : audit_read_text(record, "rank"),
			   audit_read_refusals(record));
		if (!denied) {
			count(s->rules, audit_read_text(record, "rule"));
		} else {
			count_more(s->refusals, audit_read_text(record, "missing"),
				   audit_read_refusals(record));
			count_flag(s->flags, audit_read_text(record, "missing"));
		}
	}
	json_decref(record);
	return true;
}

static void print_counts(const char *title, const json_t *counts)
{
	const char *key;
	json_t *value;

	(void)printf("\n%s\n", title);
	json_object_foreach((json_t *)counts, key, value) {
		(void)printf("  %8lld  ", (long long)json_integer_value(value));
		output_plain(key);
		(void)putchar('\n');
	}
}

/*
 * Rules for the reader that allowed nothing in these records; for root, and who reads the records
 * of all, any rule.
 */
static json_t *unused_rules(const json_t *used)
{
	json_t *list = json_array();
	struct policy *policy = NULL;
	struct subject self = { .uid = 0 };
	struct error ignored;
	bool all = geteuid() == 0;

	if (policyfile_load(&policy, &ignored) < 0 || who_is(NULL, &self, &ignored) < 0) {
		policy_free(policy);
		return list;
	}
	for (size_t i = 0; i < self.n_groups; i++)
		all = all || (self.group_names[i] != NULL &&
			      strcmp(self.group_names[i], "adm") == 0);
	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule rule;

		policy_rule_at(policy, i, &rule);
		if (json_object_get(used, rule.name) == NULL &&
		    (all || policy_rule_is_for(policy, i, &self)))
			(void)json_array_append_new(list, json_string(rule.name));
	}
	policy_free(policy);
	return list;
}

int audit_summary(const struct audit_filter *f)
{
	static const char *const titles[] = { "USER", "S", "A", "B", "C", "DENIED" };
	struct summary s = { .filter = f, .users = json_object(), .flags = json_object(),
		.refusals = json_object(), .rules = json_object() };
	struct table table = table_new(6, "");
	const char *name;
	json_t *of, *unused, *rule;
	size_t at;
	int status = audit_read(f, false, summary_line, &s);

	if (status != 0)
		return status;
	unused = unused_rules(s.rules);
	if (f->json)
		return output_json(json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "version", 1, "users",
					     s.users, "denied_flags", s.flags, "refusals",
					     s.refusals, "rules", s.rules, "unused_rules", unused));
	table_row(&table, COLOUR_BOLD, titles);
	json_object_foreach(s.users, name, of) {
		char numbers[5][24];
		const char *cells[6] = { name };

		for (int i = 0; i < 5; i++) {
			(void)snprintf(numbers[i], sizeof(numbers[i]), "%lld",
				       (long long)json_integer_value(json_object_get(
					       of, i < 4 ? titles[i + 1] : "denied")));
			cells[i + 1] = numbers[i];
		}
		table_row(&table, COLOUR_NONE, cells);
	}
	table_print_free(&table);
	print_counts("Rules that allowed", s.rules);
	(void)puts("\nRules that allowed nothing");
	json_array_foreach(unused, at, rule)
		(void)printf("            %s\n", json_string_value(rule));
	print_counts("Flags that were refused", s.flags);
	print_counts("Refusals", s.refusals);
	json_decref(s.users);
	json_decref(s.flags);
	json_decref(s.rules);
	json_decref(s.refusals);
	json_decref(unused);
	return output_done(0);
}
