/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/word.h"

#include <stdio.h>
#include <string.h>

#include "front/output.h"

#define USAGE_WIDTH 80

static const struct word words[] = {
#define WORD(id, arguments, help) { #id, arguments, help, word_##id },
#include "front/word.def"
#undef WORD
	{ NULL, NULL, NULL, NULL },
};

const struct word *word_at(int i)
{
	return i >= 0 && (size_t)i + 1 < sizeof(words) / sizeof(words[0]) ? &words[i] : NULL;
}

const struct word *word_by_name(const char *name)
{
	for (const struct word *w = words; w->name != NULL; w++)
		if (strcmp(w->name, name) == 0)
			return w;
	return NULL;
}

/*
 * One form to a line, as they are separated by ` | ` outside of brackets; a long one goes on below
 * itself.
 */
static void print_usage(FILE *out, const struct word *w)
{
	int column = fprintf(out, "Usage: safedocker %s", w->name), depth = 0;

	for (const char *at = w->arguments; *at != '\0'; ) {
		size_t n = 0;

		if (depth == 0 && *at == '|') {
			column = fprintf(out, "\n   or: safedocker %s", w->name) - 1;
			at += 2;
		}
		/* A word, or all that a bracket holds. */
		for (; at[n] != '\0' && (at[n] != ' ' || depth > 0); n++)
			depth += (at[n] == '[') - (at[n] == ']');
		if (column + (int)n >= USAGE_WIDTH)
			column = fprintf(out, "\n        ") - 1;
		column += fprintf(out, " %.*s", (int)n, at);
		at += n + (at[n] == ' ');
	}
	(void)fprintf(out, "\n%s.\nSee safedocker(1).\n", w->help);
}

int word_usage(const char *name)
{
	const struct word *w = word_by_name(name);

	if (w != NULL)
		print_usage(stderr, w);
	return EXIT_USAGE;
}

int word_call(const struct word *word, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage(stdout, word);
		return output_done(0);
	}
	return word->run(argc, argv);
}

int word_options(const char *name, int *argc, char ***argv, bool with_user,
		 struct word_options *ret)
{
	int i = 1;

	*ret = (struct word_options){ .json = false };
	for (; i < *argc && strncmp((*argv)[i], "--", 2) == 0; i++) {
		const char *option = (*argv)[i];

		if (strcmp(option, "--") == 0) {
			i++;
			break;
		}
		if (strcmp(option, "--json") == 0) {
			ret->json = true;
		} else if (with_user && strcmp(option, "--user") == 0 && i + 1 < *argc) {
			ret->user = (*argv)[++i];
		} else if (with_user && strncmp(option, "--user=", 7) == 0) {
			ret->user = option + 7;
		} else if (strcmp(option, "--help") == 0) {
			const struct word *w = word_by_name(name);

			if (w != NULL)
				print_usage(stdout, w);
			return 1;
		} else {
			(void)word_usage(name);
			return -1;
		}
	}
	*argc -= i;
	*argv += i;
	return 0;
}
