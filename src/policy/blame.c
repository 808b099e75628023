/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/blame.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LONG 64		/* what is as long is no slip of the finger */

int blame_at(struct error *reterr, const char *file, unsigned line, const char *format, ...)
{
	char what[600];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (reterr != NULL)
		reterr->line = line;
	return error_set(reterr, ERR_SYNTAX, "%s:%u: %s", file, line, what);
}

int blame_words(struct error *reterr, const char *words)
{
	if (reterr != NULL && *reterr->at == '\0')
		(void)snprintf(reterr->at, sizeof(reterr->at), "%.99s", words);
	return -1;
}

int blame_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

/* Levenshtein's distance, as far as it matters here: short words, small results. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONG], na = strlen(a), nb = strlen(b);

	if (na >= LONG || nb >= LONG)
		return LONG;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0]++;

		for (size_t j = 1; j <= nb; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

const char *blame_guess(char *ret, size_t size, const char *given, const char *(*name)(int),
			int n)
{
	size_t best = 3;

	ret[0] = '\0';
	for (int i = 1; i < n; i++) {
		size_t d = distance(given, name(i));

		if (d < best && d < strlen(given)) {
			best = d;
			(void)snprintf(ret, size, ", did you mean %s?", name(i));
		}
	}
	return ret;
}
