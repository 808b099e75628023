/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filters - the JSON in the `filters` parameter of lists: {"key":{"value":true}} or {"key":["value"]}. */
#ifndef SAFEDOCKER_FILTERS_H
#define SAFEDOCKER_FILTERS_H

#include "common/error.h"
#include "common/slice.h"
#include "docker/fields.h"
#include "docker/reference.h"

/*
 * Parses, checks every key against `keys` (separated by spaces), adds a
 * --filter fact "key=value" for each, or what the operation's FILTER row says, a reference for each value that names
 * an object, and returns the canonical list form as text that the caller frees; NULL: ERR_SYNTAX, ERR_LIMIT or ERR_DENIED.
 */
char *filters_take(struct slice text, const char *keys, enum operation operation, struct facts *facts,
		   struct references *references, struct error *reterr);

/* The same filters (NULL: none) and `label=text` as well, once; the caller frees it; NULL when memory is out. */
char *filters_with_label(const char *filters, const char *label);

/* The same and `label!=text`, which prunes know. */
char *filters_without_label(const char *filters, const char *label);

#endif
