/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain - what a docker command line would do, and whether it may; nothing is done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/kind.h"
#include "front/explain.h"
#include "front/output.h"
#include "front/who.h"
#include "front/word.h"

static void print_rank(const char *indent, enum rank rank)
{
	(void)printf("%s%s%s%s  ", indent, output_start(output_rank(rank_name(rank))),
		     rank_name(rank), output_end());
}

static void print_flag(const struct asked *a, const struct asked_fact *f)
{
	print_rank("     ", f->fact.rank);
	(void)fputs(flag_name(f->fact.flag), stdout);
	if (*f->fact.value != '\0') {
		(void)putchar('=');
		output_plain(f->fact.value);
	}
	(void)printf("  %s%s%s", output_start(COLOUR_DIM), f->effect != NULL ? f->effect : "",
		     output_end());
	if (!f->allowed && !a->allowed)
		(void)printf("  %snot allowed%s", output_start(COLOUR_BAD), output_end());
	(void)putchar('\n');
}

/* The first line of a denial is complete in itself. */
static void print_message(const char *message)
{
	char *text = strdup(message);

	if (text == NULL)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, "safedocker: ", 12) == 0)
		output_plain(text + 12);
	else
		output_plain(text);
	free(text);
}

static void print_asked(const struct asked *a)
{
	bool absent = !a->allowed && a->status == 404 && a->operation != NULL;

	/* What every client asks first, and everybody may, says nothing of the command. */
	if (a->allowed && a->verb == NULL)
		return;
	print_rank("  ", a->rank);
	(void)fputs(a->operation != NULL ? a->operation : "a request that is none", stdout);
	if (a->object != NULL && *a->object != '\0') {
		char brief[64];

		/* Ids as docker shows them. */
		(void)snprintf(brief, sizeof(brief), "%.*s",
			       strspn(a->object, "0123456789abcdef") == 64 ? 12 : 60, a->object);
		(void)putchar(' ');
		output_plain(brief);
	}
	if (a->image != NULL) {
		(void)fputs(" of ", stdout);
		output_plain(a->image);
	}
	/* Ranks depend on it. */
	if (a->kind != CONTAINER_UNKNOWN)
		(void)printf(" (%s)", kind_name(a->kind));
	if (a->allowed && a->rule != NULL)
		(void)printf("  %sallowed by %s at %s:%u%s\n", output_start(COLOUR_GOOD), a->rule,
			     a->file, a->line, output_end());
	else if (a->allowed)
		(void)printf("  %sallowed%s\n", output_start(COLOUR_GOOD), output_end());
	else if (absent)
		(void)printf("  %snot there%s\n", output_start(COLOUR_DIM), output_end());
	else
		(void)printf("  %sdenied%s\n", output_start(COLOUR_BAD), output_end());
	/* Of what only looks, and may, the flags are of no interest. */
	for (size_t i = 0; i < a->n_facts && !(a->allowed && a->looks); i++)
		print_flag(a, &a->facts[i]);
	if (a->allowed || absent)
		return;
	if (a->message != NULL) {
		(void)fputs("     ", stdout);
		print_message(a->message);
		(void)putchar('\n');
	}
	if (a->rule != NULL)
		(void)printf("     the nearest rule is %s at %s:%u\n", a->rule, a->file, a->line);
	if (a->change != NULL) {
		(void)fputs("     to allow it: ", stdout);
		output_plain(a->change);
		(void)putchar('\n');
	}
}

/* The last line that docker said, when it asked nothing of the engine. */
static void print_output(const struct explanation *e)
{
	const char *text = e->output != NULL ? e->output : "";

	while (*text != '\0') {
		size_t n = strcspn(text, "\r\n");
		char *line = strndup(text, n);

		if (line != NULL && n > 0) {
			(void)fputs("  docker: ", stdout);
			output_plain(line);
			(void)putchar('\n');
		}
		free(line);
		text += n + strspn(text + n, "\r\n");
	}
}

static bool asked_anything(const struct explanation *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (!e->list[i].allowed || e->list[i].verb != NULL)
			return true;
	return false;
}

static void print(const struct explanation *e, int argc, char **argv)
{
	(void)fputs(output_start(COLOUR_BOLD), stdout);
	for (int i = 0; i < argc; i++) {
		(void)fputs(i > 0 ? " " : "", stdout);
		output_plain(argv[i]);
	}
	(void)printf("%s\n", output_end());
	if (e->said != NULL) {
		print_rank("  ", e->rank);
		output_plain(e->said);
		(void)putchar('\n');
	}
	for (size_t i = 0; i < e->n; i++)
		print_asked(&e->list[i]);
	if (e->said == NULL && !asked_anything(e)) {
		(void)fputs("  it asks nothing of the engine\n", stdout);
		print_output(e);
	}
	if (e->status < 0 && e->said == NULL)
		(void)printf("  docker was ended after %d seconds: there may be more to it\n",
			     EXPLAIN_PATIENCE);
	(void)printf("%s%s%s, rank %s%s%s: nothing was done\n",
		     output_start(e->allowed ? COLOUR_GOOD : COLOUR_BAD),
		     e->allowed ? "allowed" : "denied", output_end(),
		     output_start(output_rank(rank_name(e->rank))), rank_name(e->rank),
		     output_end());
}

/* 0 allowed, 1 denied. */
static int one(struct explainer *x, int argc, char **argv, bool json)
{
	struct explanation e;
	struct error why = { 0 };
	int status;

	if (explain_command(x, argc, argv, &e, &why) < 0)
		return output_fail("%s", why.text);
	status = e.allowed ? 0 : 1;
	if (json)
		(void)output_json(explain_json(&e, argc, argv));
	else
		print(&e, argc, argv);
	explain_free(&e);
	return status;
}

static void cannot(const char *line, const char *why, bool json)
{
	if (json) {
		(void)output_json(json_pack("{s:i, s:s, s:s, s:s, s:s?}", "version", 1, "decision",
					    "deny", "rank", "?", "message", why, "line", line));
		return;
	}
	output_plain(line);
	(void)printf("\n  %s\n%sdenied%s: nothing was done\n", why, output_start(COLOUR_BAD),
		     output_end());
}

/* One command a line; empty lines and comments are passed over. The worst of all is the status. */
static int lines(struct explainer *x, bool json)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int worst = 0;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		struct error why = { 0 };
		char **words;
		int count, status = 1;

		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (line[strspn(line, " \t")] == '\0' || line[strspn(line, " \t")] == '#')
			continue;
		if (strlen(line) != (size_t)n)
			(void)error_set(&why, ERR_SYNTAX, "a NUL byte in the line");
		if (why.code != ERR_NONE || explain_split(line, &words, &count, &why) < 0) {
			cannot(line, why.text, json);
		} else {
			status = count > 0 ? one(x, count, words, json) : 1;
			free(words);
		}
		worst = status > worst ? status : worst;
		(void)fflush(stdout);
	}
	free(line);
	return worst;
}

int word_explain(int argc, char **argv)
{
	bool json = false, standard_input = false;
	const char *user = NULL;
	struct explainer x;
	struct error why = { 0 };
	int i = 1, status;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--stdin") == 0)
			standard_input = true;
		else if (strcmp(argv[i], "--user") == 0 && i + 1 < argc)
			user = argv[++i];
		else
			return word_usage("explain");
	}
	if ((i == argc) != standard_input)
		return word_usage("explain");
	if (who_become(user, &why) < 0 || explain_open(&x, &why) < 0)
		return output_fail("%s", why.text);
	status = standard_input ? lines(&x, json) : one(&x, argc - i, argv + i, json);
	explain_close(&x);
	return output_done(status);
}
