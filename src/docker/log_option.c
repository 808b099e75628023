/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log driver is a program inside the engine, and its options are what it evaluates as root:
 * templates, regular expressions, sizes of what it holds in memory, names in the host's journal.
 * None is passed on that has no row.
 */
#include "docker/log_option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct log_option {
	const char *driver, *key;
	enum grammar grammar;
	bool bare;
};

static const struct log_option options[] = {
#define LOG_OPTION(driver, key, grammar, bare) { driver, key, GRAMMAR_##grammar, bare },
#include "docker/log_option.def"
};

#define COUNT (sizeof(options) / sizeof(options[0]))

static bool is_known(const char *driver)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(options[i].driver, driver) == 0 && strcmp(driver, "*") != 0 &&
		    strcmp(driver, "?") != 0)
			return true;
	return false;
}

static const struct log_option *find(const char *driver, const char *key)
{
	const char *rows = is_known(driver) ? driver : "?";

	for (size_t i = 0; i < COUNT; i++)
		if ((strcmp(options[i].driver, "*") == 0 || strcmp(options[i].driver, rows) == 0) &&
		    text_fits(options[i].key, key))
			return &options[i];
	return NULL;
}

static int no_option(struct judging *j, const char *driver, const char *key)
{
	if (*driver == '\0')
		return error_set(
			j->reterr, ERR_DENIED,
			"--log-opt %s: only with --log-driver json-file or local beside it, "
			"because the engine's default driver may be the host's journal",
			key);
	return error_set(j->reterr, ERR_DENIED,
			 "--log-opt %s is refused: the log driver %s has no such option", key,
			 driver);
}

static int judge_option(struct judging *j, const struct field *field, const char *driver,
			const char *key, json_t *value)
{
	const struct log_option *option = find(driver, key);
	char name[320], *fact = NULL;
	int r;

	if (option == NULL)
		return no_option(j, driver, key);
	(void)snprintf(name, sizeof(name), "--log-opt %.256s", key);
	if (grammar_check(option->grammar, name, false, value, j->reterr) < 0)
		return -1;
	if (asprintf(&fact, "%s%s%s=%s", option->bare ? "" : driver, option->bare ? "" : ":", key,
		     json_string_value(value)) < 0)
		return error_set(j->reterr, ERR_SYSTEM, "out of memory");
	r = fields_fact(j, field, FLAG_LOG_OPT, fact, 0);
	free(fact);
	return r;
}

int log_option_judge(struct judging *j, const struct field *field, json_t *value)
{
	const char *driver = json_string_value(json_object_get(value, "Type")), *key;
	json_t *all = json_object_get(value, "Config"), *one;

	if (driver == NULL)
		driver = json_string_value(json_object_get(value, "Name"));
	if (all == NULL)
		all = json_object_get(value, "Options");
	json_object_foreach(all, key, one)
		if (judge_option(j, field, driver != NULL ? driver : "", key, one) < 0)
			return -1;
	return 0;
}
