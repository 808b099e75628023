/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/arguments.h"

#include <string.h>

#include "common/slice.h"

#define STATE_DIRECTORY "/run/runc"	/* runc's own default, for root */

static const struct option {
	const char *name;
	bool value;
} options[] = {
#define OPTION(name, value) { name, value },
#include "runtime/option.def"
#undef OPTION
};

static const struct { const char *name; enum arguments_command command; } commands[] = {
	{ "create", COMMAND_CREATE }, { "exec", COMMAND_EXEC }, { "run", COMMAND_RUN },
	{ "restore", COMMAND_RESTORE }, { "checkpoint", COMMAND_CHECKPOINT },
};

static bool is(const struct option *o, const char *name)
{
	return strcmp(o->name, name) == 0;
}

static void note(struct arguments *ret, const struct option *o, const char *value, int at)
{
	if (is(o, "root"))
		ret->root = value;
	else if (is(o, "log"))
		ret->log = value;
	else if (is(o, "log-format"))
		ret->log_json = strcmp(value, "json") == 0;
	else if (is(o, "bundle") || is(o, "b"))
		ret->bundle = value;
	else if (is(o, "process") || is(o, "p"))
		ret->process = value, ret->process_at = at;
}

/*
 * Go's flags: -x and --x are the same; the value stands behind "=" or is the next word. Returns how many
 * words it takes, 0 where the option is unknown or its value missing.
 */
static int read_option(int argc, char **argv, int at, struct arguments *ret)
{
	const char *text = argv[at] + (argv[at][1] == '-' ? 2 : 1);
	struct slice name = slice_of(text, strcspn(text, "="));

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!slice_is(name, options[i].name))
			continue;
		if (!options[i].value)
			return 1;
		if (text[name.n] == '=')
			return note(ret, &options[i], text + name.n + 1, at), 1;
		if (at + 1 == argc)
			return 0;
		return note(ret, &options[i], argv[at + 1], at + 1), 2;
	}
	return 0;
}

/* The options from *at on; *at is behind them then. */
static int read_options(int argc, char **argv, int *at, struct arguments *ret, struct error *reterr)
{
	while (*at < argc && argv[*at][0] == '-' && argv[*at][1] != '\0') {
		int taken;

		if (strcmp(argv[*at], "--") == 0) {
			++*at;
			return 0;
		}
		taken = read_option(argc, argv, *at, ret);
		if (taken == 0)
			return error_set(reterr, ERR_SYNTAX, "unknown option of runc's, or one without its "
					 "value: %s", argv[*at]);
		*at += taken;
	}
	return 0;
}

int arguments_parse(int argc, char **argv, struct arguments *ret, struct error *reterr)
{
	int at = 1;

	*ret = (struct arguments){ .root = STATE_DIRECTORY, .bundle = ".", .name = "" };
	for (int i = 1; i < argc && ret->command == COMMAND_OTHER; i++)
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++)
			if (strcmp(argv[i], commands[k].name) == 0)
				ret->command = commands[k].command;
	/* Without such a word anywhere there is nothing to be understood. */
	if (ret->command == COMMAND_OTHER)
		return 0;
	ret->command = COMMAND_OTHER;
	if (read_options(argc, argv, &at, ret, reterr) < 0)
		return -1;
	for (size_t k = 0; at < argc && k < sizeof(commands) / sizeof(commands[0]); k++)
		if (strcmp(argv[at], commands[k].name) == 0) {
			ret->command = commands[k].command;
			ret->name = commands[k].name;
		}
	if (ret->command == COMMAND_OTHER)
		return 0;
	at++;
	if (read_options(argc, argv, &at, ret, reterr) < 0)
		return -1;
	if (at < argc)
		ret->id = argv[at];
	/* What follows an exec's name is the command in the container. */
	if (ret->command != COMMAND_EXEC && at + 1 < argc)
		return error_set(reterr, ERR_SYNTAX, "%s: unexpected argument: %s", ret->name, argv[at + 1]);
	if (ret->id == NULL || ret->id[0] == '\0' || ret->id[0] == '.' || strchr(ret->id, '/') != NULL)
		return error_set(reterr, ERR_SYNTAX, "%s: expected the name of one container", ret->name);
	return 0;
}
