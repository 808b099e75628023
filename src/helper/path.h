/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path - what the caller may reach on the host, seen with the caller's own rights:
 * a worker has no others. Descriptors of O_PATH only: nothing is read.
 */
#ifndef SAFEDOCKER_PATH_H
#define SAFEDOCKER_PATH_H

#include "common/error.h"

/*
 * May `path` (absolute, without `.`, `..` and empty parts) be mounted into a container that runs as its owner? It
 * must be a directory or a plain file that the caller reaches, no part of it a link, and root alone may change it
 * and every directory on the way: the engine resolves it again, as root, at every start. -1 with ERR_DENIED and
 * the way out.
 */
int path_judge(const char *path, struct error *reterr);

#endif
