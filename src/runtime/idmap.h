/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idmap - which id inside a user namespace is which outside: at most IDMAP_MAX ranges that overlap
 * neither inside nor outside, the last valid id being 4294967294.
 */
#ifndef SAFEDOCKER_RUNTIME_IDMAP_H
#define SAFEDOCKER_RUNTIME_IDMAP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

/* The kernel takes 340 ranges, but one page of text at most. */
#define IDMAP_MAX 136
#define IDMAP_TEXT_MAX 4095	/* bytes */

struct idmap_range {
	uint32_t inside, outside, count;
};

struct idmap {
	struct idmap_range range[IDMAP_MAX];
	size_t n;
};

/* Adds a range; nothing for an empty one. -1: too many, beyond the last id, or overlapping. */
int idmap_add(struct idmap *map, uint64_t inside, uint64_t outside, uint64_t count, struct error *reterr);

/*
 * The map of a container whose process has the id `main` inside: it is `caller` outside. The others,
 * from 0 on and in order, are the `count` ids from `start` on. An id at `extra` that is neither of
 * those gets an id of its own behind them, in order.
 */
int idmap_make(struct idmap *ret, uint32_t main, uint32_t caller, uint32_t start, uint32_t count,
	       const uint32_t *extra, size_t n_extra, struct error *reterr);

/* False where the id has none on the other side. */
bool idmap_outside(const struct idmap *map, uint32_t inside, uint32_t *ret);
bool idmap_inside(const struct idmap *map, uint32_t outside, uint32_t *ret);

/* The kernel's form, lines of "INSIDE OUTSIDE COUNT", and back; what is not exactly that is -1. */
void idmap_text(const struct idmap *map, struct buf *ret);
int idmap_parse(struct slice text, struct idmap *ret, struct error *reterr);

/* OCI's form, a list of objects, and back. The list is the caller's; NULL when memory is out. */
json_t *idmap_json(const struct idmap *map);
int idmap_from_json(const json_t *list, struct idmap *ret, struct error *reterr);

#endif
