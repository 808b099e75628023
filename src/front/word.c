/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/word.h"

#include <stdio.h>
#include <string.h>

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

int word_usage(const char *name)
{
	const struct word *w = word_by_name(name);

	(void)fprintf(stderr, "Usage: safedocker %s%s%s\n%s; see safedocker(1).\n", name,
		      w != NULL && *w->arguments != '\0' ? " " : "", w != NULL ? w->arguments : "",
		      w != NULL ? w->help : "");
	return EXIT_USAGE;
}

int word_options(const char *name, int *argc, char ***argv, bool with_user, struct word_options *ret)
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
				(void)printf("Usage: safedocker %s %s\n%s; see safedocker(1).\n", name, w->arguments,
					     w->help);
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
