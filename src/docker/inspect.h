/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inspect - what the engine says of an object that exists. Pure: the answer's bytes go in. */
#ifndef SAFEDOCKER_INSPECT_H
#define SAFEDOCKER_INSPECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/model.h"

#define INSPECT_MAX (8 * 1024 * 1024)	/* bytes of an answer */
#define OBJECT_ID_LEN 64

struct container {
	char id[OBJECT_ID_LEN + 1];
	bool owned;		/* the two witnesses agree on `owner` */
	uid_t owner;
	bool pinned;		/* runs as `owner`, without capabilities, with no-new-privileges */
};

/* The answer to GET /containers/{name}/json; ERR_ENGINE when it is not what it must be. */
int inspect_container(struct slice body, struct container *ret, struct error *reterr);

struct exec {
	char container[OBJECT_ID_LEN + 1];
	bool privileged;
	bool has_user;		/* it runs as `user`, by number */
	uid_t user;
};

/* The answer to GET /exec/{id}/json. */
int inspect_exec(struct slice body, struct exec *ret, struct error *reterr);

#endif
