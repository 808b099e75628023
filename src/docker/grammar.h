/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grammar - what a value may be that somebody behind us evaluates. The rows are grammar.def, the
 * column `grammar` of the field tables names one. Pure.
 */
#ifndef SAFEDOCKER_GRAMMAR_H
#define SAFEDOCKER_GRAMMAR_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"

enum grammar {
	GRAMMAR_NONE = 0, /* no value may stand there: true, false and what holds rows of its own is
			     read without one */
#define GRAMMAR(id, reader, low, high, most, words) GRAMMAR_##id,
#include "docker/grammar.def"
	GRAMMAR_MAX,
};

/* Nanoseconds: no health check runs more often (CHECK_EVERY). */
#define GRAMMAR_CHECK_EVERY_MIN 1000000000LL

/* Bytes of all texts of one field together. */
#define GRAMMAR_TOTAL (512 * 1024)

/* What is expected, in words; static. */
const char *grammar_words(enum grammar grammar);

/* How many items, or entries, there may be. */
size_t grammar_most(enum grammar grammar);

/*
 * Reads a typed copy: a text, a number, or each item of a list, each key and value of a map or a
 * set, and how many there are. An address is spelt anew in place. `name` is what a message calls
 * it; a value is shown in it unless it is `secret`. -1 with ERR_SYNTAX, or with ERR_LIMIT where
 * there are too many.
 */
int grammar_check(enum grammar grammar, const char *name, bool secret, json_t *value,
		  struct error *reterr);

/* Does one text fit? Only for grammars of text; a number never fits. */
bool grammar_fits(enum grammar grammar, struct slice text);

/*
 * A whole number with k, m, g or t, an optional b, no fraction, sign or space: read alike by all
 * that read sizes, but for 1000 or 1024; here the larger counts. -1 where it is none, or does not
 * fit.
 */
int grammar_size(struct slice text, long long *ret);

#endif
