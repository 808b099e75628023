/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blame - messages about a policy that is not understood: "FILE:LINE: what, what was expected". */
#ifndef SAFEDOCKER_POLICY_BLAME_H
#define SAFEDOCKER_POLICY_BLAME_H

#include <stddef.h>

#include "common/error.h"

/* ERR_SYNTAX with that text, the line in reterr->line. Always -1. */
int blame_at(struct error *reterr, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Which words of the line are meant, unless it is said already. Always -1. */
int blame_words(struct error *reterr, const char *words);

/* ERR_SYSTEM. Always -1. */
int blame_memory(struct error *reterr);

/*
 * ", did you mean X?" for the nearest of name(1) to name(n - 1), or nothing where none is near.
 * Returns `ret`.
 */
const char *blame_guess(char *ret, size_t size, const char *given, const char *(*name)(int),
			int n);

#endif
