/* SPDX-License-Identifier: GPL-2.0-or-later */
/* variable - reads what safedocker-helper says of a container; the grammar stands in model/variable.h. */
#ifndef SAFEDOCKER_RUNTIME_VARIABLE_H
#define SAFEDOCKER_RUNTIME_VARIABLE_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/variable.h"

struct variable_entry {
	const char *target;
	const char *source;	/* NULL: the entry is about a volume */
	const char *subpath;	/* NULL: all of the volume */
	bool read_only, make, copy;
	bool used;		/* for who matches entries with mounts */
};

/* The texts live as long as json. */
struct variable {
	json_t *json;		/* owned */
	const char *cwd;
	struct variable_entry entry[VARIABLE_ENTRIES_MAX];
	size_t n;
};

/*
 * Reads the text behind `SAFEDOCKER=`. Returns 0, or -1 with ERR_SYNTAX or ERR_LIMIT; two entries
 * with one target are refused. The caller hands *ret to variable_free() in both cases.
 */
int variable_parse(struct slice text, struct variable *ret, struct error *reterr);
void variable_free(struct variable *v);

/* The entry of this target, NULL where there is none. */
struct variable_entry *variable_find(struct variable *v, const char *target);

/* Is `assignment` (KEY=VALUE) an assignment to the variable? */
bool variable_is(const char *assignment);

#endif
