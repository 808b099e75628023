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
 * May `path` (absolute, without `.`, `..` and empty parts) be mounted? It must be a directory or a plain file
 * that the caller reaches, no part of it a link.
 *
 * The engine resolves it again, as root, at every start: *ret_root is how many bytes of it lead to where the caller
 * could exchange nothing on the way. All of them: it can be mounted as it stands. Less: it must be resolved from
 * that directory, its root, and never leave it (docker/bind.h). The root is then a directory of the caller's
 * where nobody else writes: in another, a link could lead past the walls that others put up there for each other.
 * With `races` what the caller can exchange counts as out of reach.
 * -1 with ERR_DENIED and the way out.
 */
int path_judge(const char *path, uid_t uid, bool races, size_t *ret_root, struct error *reterr);

/* Is it there? Links on the way count as yes: where they lead, nobody can say for the container. */
bool path_exists(const char *path);

#endif
