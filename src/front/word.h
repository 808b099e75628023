/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * word - safedocker's own words. A word is a function that gets its own name as
 * argv[0] and returns the exit status: 0 yes or done, 1 no or findings, EXIT_USAGE,
 * EXIT_REFUSED where safedocker itself cannot go on.
 */
#ifndef SAFEDOCKER_WORD_H
#define SAFEDOCKER_WORD_H

#include <stdbool.h>

#define EXIT_USAGE 2
#define EXIT_REFUSED 125	/* as docker itself says "not the container's fault" */

typedef int word_function(int argc, char **argv);

#define WORD(id, arguments, help) word_function word_##id;
#include "front/word.def"
#undef WORD

struct word {
	const char *name;
	const char *arguments;	/* for the usage, "" where there are none */
	const char *help;	/* one line */
	word_function *run;
};

/* By its name; NULL for what is docker's. */
const struct word *word_by_name(const char *name);

/* In the table's order; NULL behind the last. */
const struct word *word_at(int i);

/* Runs it, or says for `--help` alone how it is used. Returns the exit status. */
int word_call(const struct word *word, int argc, char **argv);

/* How it is used, on standard error; returns EXIT_USAGE. */
int word_usage(const char *name);

/*
 * The options that words share, in any place before `--` or the first other argument.
 * Takes what it knows off argv (argc and argv are changed); -1 with the usage shown.
 */
struct word_options {
	bool json;		/* --json */
	const char *user;	/* --user NAME: root asks for somebody else */
};
int word_options(const char *name, int *argc, char ***argv, bool with_user,
		 struct word_options *ret);

#endif
