/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path - what the caller may reach on the host, seen with the caller's own rights:
 * a worker has no others. Descriptors of O_PATH only: nothing is read.
 */
#ifndef SAFEDOCKER_PATH_H
#define SAFEDOCKER_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

/*
 * May `path` (absolute, without `.`, `..` and empty parts) be mounted? The engine resolves it again,
 * as root, at every start: so it must be a directory or a plain file that the caller reaches, no part
 * of it a link, and no directory above it one in which the caller could exchange the next part.
 * -1 with ERR_DENIED and the way out.
 */
int path_stable(const char *path, uid_t uid, struct error *reterr);

/* Is it there? Links on the way count as yes: where they lead, nobody can say for the container. */
bool path_exists(const char *path);

#endif
