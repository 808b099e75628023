/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list - the words that stand behind a key, and where each of them stands. */
#ifndef SAFEDOCKER_POLICY_LIST_H
#define SAFEDOCKER_POLICY_LIST_H

#include <stddef.h>

#include "common/error.h"
#include "policy/key.h"

struct word {
	char *text;		/* owned by the list */
	const char *file;	/* borrowed from the policy */
	unsigned line;
	enum policy_key key;
};

struct words {
	struct word *list;	/* owned */
	size_t n;
};

/* Where something stands, and as what. */
struct place {
	const char *file;
	unsigned line;
	enum policy_key key;
};

/* Adds one word as it is. -1: out of memory. */
int list_add(struct words *words, const char *text, const struct place *at, struct error *reterr);

/*
 * Adds the items of one line: they are separated by commas, an item in double quotes may hold
 * some, and a comma at the line's end ends nothing twice. -1 with ERR_SYNTAX for a line without
 * an item, an empty item, or a quote in the middle of one; or out of memory.
 */
int list_add_line(struct words *words, const char *line, const struct place *at,
		  struct error *reterr);

/* The n-th word, NULL behind the last. */
const char *list_at(const struct words *words, size_t n);

void list_free(struct words *words);

/*
 * Room for one more element at the end of an array that doubles: the array, perhaps elsewhere.
 * NULL: out of memory, and the old one is as it was. `n` elements of `size` bytes are in use.
 */
void *list_grow(void *array, size_t n, size_t size);

#endif
