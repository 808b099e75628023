/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listed - one item of `flags` or `force`: [VERB:]--FLAG, --FLAG=VALUE or --FLAG<=MAXIMUM.
 * Promises: an item is understood whole or refused, with its file and line.
 */
#ifndef SAFEDOCKER_POLICY_LISTED_H
#define SAFEDOCKER_POLICY_LISTED_H

#include <stdbool.h>

#include "policy/list.h"

enum listed_kind { LISTED_BARE = 1, LISTED_VALUE, LISTED_MAXIMUM };

struct listed {
	enum flag flag;
	enum verb verb;		/* VERB_NONE: every verb of the rule that has the flag */
	enum listed_kind kind;
	const char *text;	/* the value, "" where there is none; borrowed from the word */
	long long number;	/* the value or maximum where it is a number, in the kind's unit */
};

/* The item's parts and its value, as far as the flag's table row says what it may be. */
int listed_parse(const struct word *word, struct listed *ret, struct error *reterr);

/* Refuses what ranks S or A, unless the rule is a strong one. */
int listed_check_rank(const struct listed *listed, const struct word *word, enum root_mode root, bool strong,
		      struct error *reterr);

/* Is the kind's value compared as a number? */
bool listed_is_number(enum value_kind kind);

/* --ulimit=NAME<=NUMBER, of which each name has a maximum of its own; and of this name? */
bool listed_is_ulimit(const struct listed *listed);
bool listed_is_ulimit_of(const struct listed *listed, const char *name);

/* ", did you mean VERB?" or "". Returns `ret`. */
const char *listed_guess_verb(char *ret, size_t size, const char *given);

#endif
