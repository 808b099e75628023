/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust - opening what only root may have written. Every component of a path is
 * opened without following links and checked on the open descriptor, so that
 * what is checked is what is used.
 */
#ifndef SAFEDOCKER_TRUST_H
#define SAFEDOCKER_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

/*
 * The directory that holds `path` (an absolute one), every parent being root's
 * and writable by nobody else; with `own_only` just the last. Returns an
 * O_PATH descriptor, or -1; *ret_name is the last component inside `path`.
 */
int trust_open_parent(const char *path, bool own_only, const char **ret_name, struct error *reterr);

/* A directory below such a one; readable. -1 with ERR_NOT_FOUND where it does not exist. */
int trust_open_dir(int parent, const char *name, struct error *reterr);

/*
 * A directory that only the group may pass, and in which the sticky bit keeps each to the own files (root:group
 * 1730): an O_PATH descriptor. What lies in it belongs to users who reach it by the helper alone. `own_only` as
 * for trust_open_parent().
 */
int trust_open_shut(const char *path, bool own_only, gid_t group, struct error *reterr);

/* A regular file for reading: root's, no other's to write, one link. ERR_NOT_FOUND where there is none. */
int trust_open_file(int parent, const char *name, struct error *reterr);

/*
 * A regular file for appending: root's, group `group`, not the world's to write, one link.
 * The helper never makes it: a file made here would belong to the caller.
 */
int trust_open_log(int parent, const char *name, gid_t group, struct error *reterr);

/* All bytes of an open file into out; ERR_LIMIT over its maximum. */
int trust_read(int fd, struct buf *out, struct error *reterr);

#endif
