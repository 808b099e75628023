/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bind - directories and files of the host in a container: how they are spelt, and which of them are the host's own. Pure. */
#ifndef SAFEDOCKER_BIND_H
#define SAFEDOCKER_BIND_H

#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/model.h"

/* What stands in HostConfig.Binds: NAME:TARGET[:OPTION[,OPTION...]]. */
struct bind_text {
	struct slice source, target, relabel;	/* relabel: z, Z, or nothing */
	bool read_only;
	bool no_copy;		/* of a volume: it does not get what the image has there */
};

/* Its parts, which point into `text`. ERR_DENIED for an option that is not known; of the parts nothing else is judged. */
int bind_parse(struct slice text, struct bind_text *ret, struct error *reterr);

/* Of a fact about a path: what the kernel, the engine and the services of the host keep there, no wide pattern means. */
void bind_protect_host(struct facts *facts, size_t fact);

#endif
