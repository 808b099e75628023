/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * section - what stands in one section of the policy, and sections by their name. Its members
 * are made from key.def: a key that does not stand has the value that its row gives.
 */
#ifndef SAFEDOCKER_POLICY_SECTION_H
#define SAFEDOCKER_POLICY_SECTION_H

#include "policy/list.h"
#include "policy/policy.h"
#include "policy/strong.h"

#define SECTION_CHAINS 1024	/* a power of two */

struct section {
	enum section_kind kind;
	char *name;		/* owned; "" where it has none */
	const char *file;	/* borrowed from the policy */
	unsigned line;
	size_t next;		/* in its chain, counted from 1; 0: the last */
#define LIST(id, name, sections, member, meaning) struct words member;
#define ONE(id, name, sections, kind, member, ...) key_##kind member;
#include "policy/key.def"
	struct words written;	/* the single values as they stand; texts above borrow from it */
	struct hours *windows;	/* owned; one for each word of `hours` */
	struct strong strong;	/* the terms that a decision hands out, of [strong] alone */
	int visiting;		/* while sets are followed: a cycle meets itself */
};

struct sections {
	struct section *list;	/* owned; pointers into it hold as long as none is added */
	size_t n;
	size_t chains[SECTION_CHAINS];	/* by name: the first of each, counted from 1; 0: none */
};

/* A section that says nothing. -1: out of memory. */
int section_init(struct section *section, enum section_kind kind, const char *name,
		 const struct place *at, struct error *reterr);
void section_free(struct section *section);

/*
 * Adds one, which *ret is borrowed from. -1 with ERR_SYNTAX: it needs a name, it stands already
 * (only grants may stand again), its name is a built-in set's, or there are too many.
 */
int section_add(struct sections *all, enum section_kind kind, const char *name,
		const struct place *at, struct section **ret, struct error *reterr);

/* The section of that kind and name; NULL: there is none. */
struct section *section_find(const struct sections *all, enum section_kind kind,
			     const char *name);

/* The same for those that may stand again: the next behind `after`, the first for NULL. */
struct section *section_next(const struct sections *all, enum section_kind kind,
			     const char *name, const struct section *after);

/* "rule", "strong", … */
const char *section_word(enum section_kind kind);

/* The list of a key; NULL: the key has no list. */
const struct words *section_words(const struct section *section, enum policy_key key);

/* The single value of a key as it is written; NULL: it does not stand. */
const struct word *section_written(const struct section *section, enum policy_key key);

#endif
