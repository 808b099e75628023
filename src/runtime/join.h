/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * join - namespaces of another container (`--network=container:X` and the like). A namespace can only be
 * used by whom its owner lets: so X's own user namespace is joined as well, and its id map is ours. It
 * must be one that the runtime made for the same user, in which the container's process is the same id.
 */
#ifndef SAFEDOCKER_RUNTIME_JOIN_H
#define SAFEDOCKER_RUNTIME_JOIN_H

#include "common/error.h"
#include "runtime/bundle.h"
#include "runtime/identity.h"

struct join {
	int user;		/* the user namespace, or -1: none is joined */
	int fd[BUNDLE_JOINS];	/* -1: not joined */
	struct idmap uids, gids;	/* of the joined user namespace */
};

/*
 * Opens what b->join names. A network that is the host's is not joined: b->host_network says so then,
 * and nothing does in b->join. -1: not a mapped container of this user's, or one with another main id.
 */
int join_open(struct bundle *b, const struct identity *who, struct join *ret, struct error *reterr);

/* After mounts_begin(): each namespace at the path that the rewritten bundle names. */
int join_place(const struct join *join, struct error *reterr);

#endif
