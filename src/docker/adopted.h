/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adopted - objects that root gave to somebody. A label cannot be written on what is there already, so the
 * gift stands in a file of root's, a line each:
 *   container ID UID | network ID UID | image sha256:ID UID
 *   volume NAME UID CREATED KIND
 * It says whose the object is where the object itself says nothing, and nothing else: what may be done with
 * it is judged by what it is. An id is never used twice; the name of a volume may be, so its date is the
 * witness ("-": none is asked for). KIND is which containers may mount the volume (kind.h). Pure.
 */
#ifndef SAFEDOCKER_ADOPTED_H
#define SAFEDOCKER_ADOPTED_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "docker/reference.h"

#define ADOPTED_FILE_MAX (512 * 1024)	/* bytes of the file */
#define ADOPTED_MAX 1000		/* objects in it */

struct adoption {
	enum object_kind kind;	/* OBJECT_CONTAINER, _NETWORK, _IMAGE or _VOLUME */
	const char *name;	/* owned by the list; the full id, or a volume's name */
	uid_t owner;
	const char *created;	/* likewise; of a volume: its date as the engine says it, or "-" */
	enum container_kind of;	/* of a volume */
};

struct adopted {
	struct adoption *list;	/* owned */
	size_t n;
};

/* "container", "network", "image", "volume"; OBJECT_NONE for any other word. */
enum object_kind adopted_kind(struct slice word);
const char *adopted_word(enum object_kind kind);

/* From the file's text. -1: ERR_SYNTAX "line N: …" for what is not understood, also an object that stands twice. */
int adopted_parse(struct slice text, struct adopted *ret, struct error *reterr);

/* Adds one, copied; what it says of the same object takes the former's place. -1: ERR_SYNTAX, ERR_LIMIT, ERR_SYSTEM. */
int adopted_add(struct adopted *all, const struct adoption *one, struct error *reterr);

/* Takes one out; false: it was not in. */
bool adopted_remove(struct adopted *all, enum object_kind kind, const char *name);

/* The file's text. */
void adopted_render(const struct adopted *all, struct buf *out);

/*
 * To whom root gave the object, by its full id or name; `created` is the date of a volume, else NULL. `all`
 * may be NULL, and so may `name`. NULL: to nobody.
 */
const struct adoption *adopted_find(const struct adopted *all, enum object_kind kind, const char *name,
				    const char *created);

/* Was any object of that kind given to this user? Then lists are asked for without the owner's label. */
bool adopted_has(const struct adopted *all, enum object_kind kind, uid_t owner);

/*
 * May one of these be given away: a network that is a bridge of its own, none of those that come with the
 * engine? Whoever joins these reaches the host, or everybody.
 */
bool adopted_network_ok(const char *name, const char *driver);

void adopted_free(struct adopted *all);

#endif
