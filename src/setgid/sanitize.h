/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sanitize - the caller made this process and owns what it inherited: each such
 * thing is put right here, in one place, or the program ends.
 */
#ifndef SAFEDOCKER_SANITIZE_H
#define SAFEDOCKER_SANITIZE_H

#include <stdbool.h>
#include <stddef.h>

#define CWD_MAX 512		/* bytes of a directory's name that are recorded */
#define CLAIMED_MAX 1024	/* bytes of the command line that the front end claims */
#define SANITIZE_TEXTS 3

/* One argument that a program knows, and the texts that must stand behind it. */
struct sanitize_word {
	const char *name;
	size_t max[SANITIZE_TEXTS];	/* bytes of each text; 0: there is none */
};

/*
 * What was said of it. The texts are the process's own arguments: borrowed, for as long as it
 * runs.
 */
struct sanitize_said {
	bool there;
	const char *texts[SANITIZE_TEXTS];	/* never NULL; "" where nothing was said */
};

/*
 * Reads the arguments by a table of n words into ret[n]: each word in any place, at most once, with
 * its texts behind it. Anything else, too few texts or one too long: the usage, or what is wrong,
 * is said and the program ends with EXIT_USAGE. Nothing is done before that.
 */
void sanitize_arguments(int argc, char **argv, const char *usage, const struct sanitize_word *words,
			size_t n, struct sanitize_said *ret);

/*
 * As above, for a program that does one thing: returns the one word that was said, an index into
 * ret.
 */
size_t sanitize_one_word(int argc, char **argv, const char *usage,
			 const struct sanitize_word *words, size_t n, struct sanitize_said *ret);

/*
 * Descriptors 0-2 are open, no other is. Environment, directory, umask, signals, timers, limits.
 * Where the caller was, by the kernel's word, is noted in ret_cwd for the record.
 */
void sanitize_process(char ret_cwd[CWD_MAX + 1]);

#endif
