/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/slice.h"
#include "front/word.h"

bool output_has_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0') && term != NULL &&
		*term != '\0' && strcmp(term, "dumb") != 0;
}

const char *output_start(enum colour colour)
{
	if (!output_has_colour())
		return "";
	switch (colour) {
	case COLOUR_BAD: return "\033[31m";
	case COLOUR_WARN: return "\033[33m";
	case COLOUR_GOOD: return "\033[32m";
	case COLOUR_DIM: return "\033[2m";
	case COLOUR_BOLD: return "\033[1m";
	case COLOUR_NONE:
	default: return "";
	}
}

const char *output_end(void)
{
	return output_has_colour() ? "\033[0m" : "";
}

enum colour output_rank(const char *rank)
{
	switch (rank[0]) {
	case 'S':
	case 'A': return COLOUR_BAD;
	case 'B': return COLOUR_WARN;
	case 'C': return COLOUR_GOOD;
	default: return COLOUR_BAD;
	}
}

/* The columns that the text takes, and the text itself where `print`. */
static size_t plain(const char *text, bool print)
{
	struct slice rest = slice_str(text);
	size_t width = 0;

	for (; rest.n > 0; width++) {
		uint32_t c = 0;
		size_t n = slice_utf8_next(rest, &c);
		/*
		 * Controls, those of C1, and what turns or hides text (Unicode's bidi controls,
		 * zero widths).
		 */
		bool good = n > 0 && c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) &&
			!(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
			!(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;

		if (print)
			(void)fwrite(good ? rest.p : "?", 1, good ? n : 1, stdout);
		rest = slice_after(rest, n > 0 ? n : 1);
	}
	return width;
}

void output_plain(const char *text)
{
	(void)plain(text, true);
}

struct table table_new(size_t columns, const char *indent)
{
	return (struct table){ .columns = columns, .indent = indent };
}

static void *must(void *memory)
{
	if (memory == NULL) {
		(void)fputs("safedocker: out of memory\n", stderr);
		exit(EXIT_REFUSED);
	}
	return memory;
}

void table_row(struct table *table, enum colour colour, const char *const *cells)
{
	size_t n = table->columns;

	table->cells =
		must(reallocarray(table->cells, (table->rows + 1) * n, sizeof(*table->cells)));
	table->colours =
		must(reallocarray(table->colours, table->rows + 1, sizeof(*table->colours)));
	for (size_t i = 0; i < n; i++)
		table->cells[table->rows * n + i] = must(strdup(cells[i] != NULL ? cells[i] : ""));
	table->colours[table->rows++] = colour;
}

void table_print_free(struct table *table)
{
	size_t n = table->columns, *widths = must(calloc(n + 1, sizeof(*widths)));

	for (size_t i = 0; n > 0 && i < table->rows * n; i++) {
		size_t w = plain(table->cells[i], false);

		if (w > widths[i % n])
			widths[i % n] = w;
	}
	for (size_t i = 0; n > 0 && i < table->rows * n; i++) {
		size_t pad = i % n + 1 < n ? widths[i % n] - plain(table->cells[i], false) + 2 : 0;

		(void)fputs(i % n == 0 ? table->indent : "", stdout);
		if (i % n == 0)
			(void)fputs(output_start(table->colours[i / n]), stdout);
		output_plain(table->cells[i]);
		if (i % n == 0)
			(void)fputs(table->colours[i / n] != COLOUR_NONE ? output_end() : "",
				    stdout);
		for (; pad > 0 && i % n + 1 < n; pad--)
			(void)putchar(' ');
		if (i % n + 1 == n)
			(void)putchar('\n');
		free(table->cells[i]);
	}
	free(table->cells);
	free(table->colours);
	free(widths);
	*table = table_new(n, table->indent);
}

int output_json(json_t *value)
{
	/* ASCII alone: nothing in it can bend a terminal or a careless reader. */
	int r = json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	json_decref(value);
	(void)putchar('\n');
	return r < 0;
}

int output_done(int good)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fputs("safedocker: cannot write\n", stderr);
		return 1;
	}
	return good;
}

int output_fail(const char *format, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)fputs("safedocker: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return EXIT_REFUSED;
}
