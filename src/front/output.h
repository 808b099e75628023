/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output - what people and programs read on standard output: text with colour where a
 * terminal takes it, tables, and JSON. All text that others wrote goes through here, so
 * that no byte of it is more than text on a terminal.
 */
#ifndef SAFEDOCKER_OUTPUT_H
#define SAFEDOCKER_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum colour { COLOUR_NONE = 0, COLOUR_BAD, COLOUR_WARN, COLOUR_GOOD, COLOUR_DIM, COLOUR_BOLD };

/* Colour: only when standard output is a terminal that is not "dumb", and NO_COLOR is not set. */
bool output_has_colour(void);

/* The sequences around coloured text; "" where there is no colour. Static. */
const char *output_start(enum colour colour);
const char *output_end(void);

/* How a rank is shown: S and A alarm, B warns. */
enum colour output_rank(const char *rank);

/* Prints text, every byte that is not printable (UTF-8 is let through) as `?`. */
void output_plain(const char *text);

/* A table of n columns: collects rows, then prints them aligned. The last column is not padded. */
struct table {
	char **cells;		/* owned */
	enum colour *colours;	/* owned; of each row's first column */
	size_t columns, rows;
	const char *indent;
};

struct table table_new(size_t columns, const char *indent);
/* Copies `columns` strings. */
void table_row(struct table *table, enum colour colour, const char *const *cells);
void table_print_free(struct table *table);

/* One JSON document and a newline; takes the reference. 0, or 1 where it could not be written. */
int output_json(json_t *value);

/* What was printed reached its reader: the exit status `good`, or 1. */
int output_done(int good);

/* "safedocker: …" on standard error. Returns EXIT_REFUSED. */
int output_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
