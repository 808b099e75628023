/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port - all that judging a request asks of the world. The helper's port is the link to the engine
 * and the caller's own view of the host's paths; explain's answers for objects that it made up; a
 * test's reads files. Nothing else in judge/ does I/O.
 */
#ifndef SAFEDOCKER_JUDGE_PORT_H
#define SAFEDOCKER_JUDGE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"
#include "wire/http.h"

/* What is said to a request of ours. */
struct answer {
	int status;
	struct buf body;	/* owned */
	char field[4096]; /* value of the head's field that was asked for; "" where there is none */
};

struct port {
	void *context;
	/*
	 * A look-up, which changes nothing: `bytes` is all of the request, `path` what stands in it
	 * behind the version; `field` names a field of the answer's head that is wanted (NULL:
	 * none). 0 with *ret filled; -1 when no whole answer came.
	 */
	int (*look)(void *context, enum http_method method, const char *path, struct slice bytes,
		    const char *field, struct answer *ret, struct error *reterr);
	/* As path_judge() in helper/path.h. */
	int (*path)(void *context, const char *path, struct error *reterr);
	/* Is it the home of somebody else than this user, or may it be? */
	bool (*path_is_home)(void *context, const char *path, uid_t uid);
};

#endif
