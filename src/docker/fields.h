/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fields - one walk over a JSON body by one table: every key must stand in the
 * table in exactly that spelling, every value must have the type that stands
 * there, what asks something of the engine becomes a fact, and what is forwarded
 * is a new tree made of the table's keys and typed copies of the values. The
 * tables are create_field.def and its like.
 */
#ifndef SAFEDOCKER_FIELDS_H
#define SAFEDOCKER_FIELDS_H

#include <jansson.h>

#include "common/error.h"
#include "docker/grammar.h"
#include "docker/reference.h"
#include "model/model.h"

enum field_type {
	FIELD_BOOL = 1,
	FIELD_INT,
	FIELD_TEXT,		/* clean UTF-8: no control characters */
	FIELD_RAW_TEXT,		/* any string: it never decides anything */
	FIELD_LIST,		/* of such texts */
	FIELD_STRINGS,		/* the same, or one bare text (Go's strslice) */
	FIELD_RAW_LIST,		/* of any strings: they never decide anything */
	FIELD_RAW_STRINGS,
	FIELD_MAP,		/* clean text to any string */
	FIELD_ARGS,		/* the same, or null: the name alone */
	FIELD_SET,		/* clean text to {} */
	FIELD_INTS,
	FIELD_REAL,		/* any number */
	FIELD_STRING_LISTS,	/* list of lists of clean texts */
	FIELD_OBJECT,		/* its keys are rows "PATH.key" */
	FIELD_OBJECTS,		/* list of objects, rows "PATH[].key" */
	FIELD_OBJECT_MAP,	/* clean text to object, rows "PATH.*.key" */
	FIELD_OBJECTS_MAP,	/* clean text to list of objects, rows "PATH.*[].key" */
	/* The zero value asks something too; only null does not. */
	FIELD_STRICT_BOOL,
	FIELD_STRICT_INT,
	FIELD_STRICT_TEXT,
	FIELD_STRICT_LIST,
};

enum field_how { FIELD_REFUSE = 0, FIELD_FREE, FIELD_FLAG, FIELD_JUDGE };

struct field;
struct judging;

/*
 * Judges one value that asks something. `value` is the typed copy that will be
 * forwarded; the judge adds facts and may change it in place. -1 refuses.
 */
typedef int field_judge(struct judging *j, const struct field *field, json_t *value);

struct field {
	const char *path;
	enum field_type type;
	enum field_how how;
	enum flag flag;
	const char *harmless;
	field_judge *judge;
	enum grammar grammar;	/* what the value may be; NONE: only true, false and what has rows of its own */
};

struct judging {
	const struct field *table;	/* ended by a row whose path is NULL */
	const struct subject *subject;
	const json_t *root;		/* the client's own body, to look across; never forwarded */
	struct facts *facts;
	struct references *references;	/* what the body names; NULL where it can name nothing */
	bool answered;			/* it is the engine's own answer: a new field that asks nothing is passed over */
	struct error *reterr;
};

/*
 * Walks the client's object. Returns 0 and a new reference in *ret, or -1:
 * ERR_SYNTAX for a wrong type, ERR_DENIED for an unknown or refused field,
 * ERR_LIMIT for too many facts.
 */
int fields_take(struct judging *j, const json_t *object, json_t **ret);

/* Adds a fact for this row; -1 with ERR_LIMIT. */
int fields_fact(struct judging *j, const struct field *field, enum flag flag, const char *value,
		long long number);

/*
 * The newest fact names an object: it stands in `at`, a string of the new tree between
 * `before` (static) and `behind`, or an object whose key it is.
 */
int fields_reference(struct judging *j, enum object_kind kind, struct slice name, json_t *at,
		     const char *before, const char *behind);

/*
 * Sets what `flag` stands for in a body already taken, where it is still open:
 * the first FLAG row of the table with it that is a plain value, a list (then it
 * is added) or a map ("k=v"). -1 with ERR_DENIED where the table has no such row.
 */
int fields_set(const struct field *table, json_t *body, const struct setting *setting,
	       struct error *reterr);

#endif
