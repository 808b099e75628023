/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rights - what somebody may do, in docker's words (sudo -l); or, of one command, whether. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string.h>

#include "front/explain.h"
#include "front/grant.h"
#include "front/output.h"
#include "front/policyfile.h"
#include "front/rules.h"
#include "front/usage.h"
#include "front/who.h"
#include "front/word.h"

/* yes or no, by the real docker command line and the real helper. */
static int may(int argc, char **argv, const struct word_options *options)
{
	struct explainer x;
	struct explanation e;
	struct error why = { 0 };
	int status;

	if (who_become(options->user, &why) < 0 || explain_open(&x, &why) < 0)
		return output_fail("%s", why.text);
	if (explain_command(&x, argc, argv, &e, &why) < 0) {
		explain_close(&x);
		return output_fail("%s", why.text);
	}
	status = e.allowed ? 0 : 1;
	if (options->json)
		(void)output_json(explain_json(&e, argc, argv));
	else
		(void)printf("%s\n", e.allowed ? "yes" : "no: `safedocker explain` says why");
	explain_free(&e);
	explain_close(&x);
	return output_done(status);
}

static void print_usage(const struct usage *u)
{
	(void)printf("\nin use now: %zu container%s", u->running, u->running == 1 ? "" : "s");
	(void)printf(", memory limits of %lld MiB", u->memory >> 20);
	if (u->unlimited_memory > 0)
		(void)printf(" and %zu without", u->unlimited_memory);
	(void)printf(", %lld.%02lld processors\n", u->cpus / 1000000000, u->cpus / 10000000 % 100);
}

/* Strong rules that root granted to the subject for a while. Returns how many. */
static size_t show_grants(const struct policy *policy, const struct subject *subject, json_t *list)
{
	struct moment now = grant_moment();
	struct policy_grant g;
	size_t shown = 0;

	for (size_t i = 0; policy_grant_at(policy, i, &now, &g); i++) {
		char until[40];

		if (!g.holds || !policy_grant_is_for(policy, i, subject))
			continue;
		rules_until(g.until, until, sizeof(until));
		for (size_t k = 0; k < policy_rules(policy); k++) {
			struct policy_rule rule;

			policy_rule_at(policy, k, &rule);
			if (rule.strong == NULL || strcmp(rule.name, g.rule) != 0)
				continue;
			shown++;
			if (list != NULL) {
				json_t *json = rules_json(policy, k, now.date);

				(void)json_object_set_new(json, "granted_until",
							  json_string(until));
				(void)json_array_append_new(list, json);
				continue;
			}
			(void)printf("\ngranted to you until %s:\n", until);
			rules_print(policy, k, now.date);
		}
	}
	return shown;
}

static int all(const struct word_options *options)
{
	struct policy *policy = NULL;
	struct subject subject;
	struct error why = { 0 };
	struct usage usage;
	json_t *list = json_array();
	time_t now = time(NULL);
	size_t shown = 0, everyday = 0;
	bool counted;

	if (who_become(options->user, &why) < 0 || who_is(NULL, &subject, &why) < 0 ||
	    policyfile_load(&policy, &why) < 0)
		return output_fail("%s", why.text);
	if (!options->json)
		(void)printf("What %s may do on %s:\n", subject.name, subject.host);
	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule rule;

		policy_rule_at(policy, i, &rule);
		if (!policy_rule_is_for(policy, i, &subject) || rules_expired(&rule, now))
			continue;
		shown++;
		everyday += rule.strong == NULL;
		if (options->json) {
			(void)json_array_append_new(list, rules_json(policy, i, now));
		} else {
			(void)putchar('\n');
			rules_print(policy, i, now);
		}
	}
	shown += show_grants(policy, &subject, options->json ? list : NULL);
	/* Whom strong rules alone are for is served nothing without one of them. */
	counted = everyday > 0 && usage_count(&usage) == 0;
	if (options->json) {
		json_t *root = json_pack("{s:i, s:s, s:s, s:o}", "version", 1, "user", subject.name,
					 "host", subject.host, "rules", list);

		if (counted)
			(void)json_object_set_new(root, "usage", json_pack("{s:I, s:I, s:I}",
				"running", (json_int_t)usage.running,
				"memory", (json_int_t)usage.memory,
				"nanocpus", (json_int_t)usage.cpus));
		(void)output_json(root);
	} else {
		json_decref(list);
		if (shown == 0)
			(void)printf("\nnothing: no rule of " SAFEDOCKER_CONF " is for %s.\n"
				     "The group safedocker is whom its default names; ask whoever "
				     "administers this host.\n", subject.name);
		else if (counted)
			print_usage(&usage);
		else
			(void)puts("\nin use now: not known (no rule lets you list containers, or "
				   "the engine does not answer)");
	}
	policy_free(policy);
	return output_done(shown > 0 ? 0 : 1);
}

int word_rights(int argc, char **argv)
{
	struct word_options options;
	int r = word_options("rights", &argc, &argv, true, &options);

	if (r != 0)
		return r < 0 ? EXIT_USAGE : 0;
	return argc > 0 ? may(argc, argv, &options) : all(&options);
}
