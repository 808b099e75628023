/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reference - the objects that a body names: another container, a network, a
 * volume. Each is looked up before the decision, must be the caller's, and its id
 * takes the name's place, so that what was checked is what the engine uses. Pure:
 * the look-ups themselves are the helper's.
 */
#ifndef SAFEDOCKER_REFERENCE_H
#define SAFEDOCKER_REFERENCE_H

#include <jansson.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/model.h"

enum object_kind {
	OBJECT_NONE = 0,
	OBJECT_CONTAINER,
	OBJECT_EXEC,
	OBJECT_IMAGE,
	OBJECT_NETWORK,
	OBJECT_VOLUME,
	OBJECT_PATH,		/* a file or directory of the host */
	OBJECT_LIST,		/* no name in the path: the answer holds many, or it acts on many */
	OBJECT_IMAGE_OWN,	/* an image that the caller made */
	OBJECT_SERVICE,
	OBJECT_TASK,
	OBJECT_SECRET,
	OBJECT_CONFIG,
	OBJECT_NODE,		/* everybody's to look at */
	OBJECT_PLUGIN,		/* likewise */
};

/* Whose the object is, as its look-up says. */
enum owner {
	OWNER_UNKNOWN = 0,	/* not looked up */
	OWNER_MISSING,		/* there is none of that name */
	OWNER_CALLER,
	OWNER_NOBODY,		/* no user's: root's */
	OWNER_OTHER,
};

#define REFERENCES_MAX 64
#define REFERENCE_NONE ((size_t)-1)

struct reference {
	enum object_kind kind;
	char *name;		/* owned; as the client wrote it */
	char *id;		/* owned; what the look-up found, NULL before */
	char *called;		/* owned; its true name, where the look-up tells one */
	enum owner owner;
	bool plain;		/* the look-up, of a volume: nothing of the host is reached by it */
	enum container_kind of;	/* the look-up: the kind of a container, or of those that may mount the volume */
	size_t fact;		/* index of the flag that stands for it, or REFERENCE_NONE */
	json_t *at;		/* held; the string in the new body, or the object with the name as key */
	const char *before;	/* static; what stands in front of the name in the string */
	char *behind;		/* owned; and behind it */
	bool read_only;		/* of a path */
};

struct references {
	struct reference list[REFERENCES_MAX];
	size_t n;
};

/* Letters, digits, then also `_.-`; at most 255: what the engine takes for a name, and safe in a path. */
bool object_name_ok(struct slice name);

/* Where the helper looks such an object up. -1 for a kind whose owner is no label's matter, or when n bytes are too few. */
int object_path(enum object_kind kind, const char *name, char *ret, size_t n);

/* "network x not found", in the engine's own words; returns -1 with `code`. */
int object_missing(enum object_kind kind, const char *name, enum err code, struct error *reterr);

/*
 * Adds one; copies name and behind, holds `at`. The fact that stands for it is the newest of `facts`
 * (NULL: none). -1: ERR_SYNTAX for no name, ERR_LIMIT, ERR_SYSTEM.
 */
int references_add(struct references *references, const struct facts *facts, enum object_kind kind,
		   struct slice name, json_t *at, const char *before, const char *behind,
		   struct error *reterr);

/* The name that an image is to get: with its tag, in canonical form. It must be free, or stand for an image of the caller's. */
int references_add_name(struct references *references, struct slice name, struct error *reterr);

/* The repository of such a name, without its tag, into n bytes; false for another kind of reference. */
bool reference_repository(const struct reference *reference, char *ret, size_t n);

/*
 * A path of the host: `name` is it, `behind` where it is mounted; there is nothing to settle. The newest of `facts`
 * stands for it.
 */
int references_add_path(struct references *references, const struct facts *facts, struct slice path,
			struct slice target, bool read_only, struct error *reterr);

/*
 * After the look-ups: a fact about the caller's own object is of rank C, one about
 * a network of root's holds the network's true name. What is missing, or another's,
 * counts as own here: references_check() refuses it in the same words. -1 when memory is out.
 */
int references_facts(const struct references *references, struct facts *facts);

/*
 * After the decision: -1 with ERR_SYNTAX for what is missing or not the caller's (unless everybody's),
 * ERR_DENIED for what reaches the host. A missing volume is none of them: it is made.
 */
int references_check(const struct references *references, bool everybody, struct error *reterr);

/*
 * Do descriptors pass by it? By volumes and namespaces, not over the addresses of a link or by joining a
 * network. `facts` are those that its index is of.
 */
bool reference_shares(const struct reference *r, const struct facts *facts);

/*
 * When the kind of the container that is made is known: descriptors pass through volumes and namespaces,
 * so what is shared must be of the same kind. -1 with ERR_DENIED.
 */
int references_kinds(const struct references *references, const struct facts *facts, enum container_kind kind,
		     struct error *reterr);

/* The ids take the names' places. -1 when memory is out. */
int references_settle(const struct references *references);

void references_free(struct references *references);

#endif
