/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity - who the user is whom the cgroup parent names: account, groups, subordinate ids, and the id
 * that owns their namespaces. From this machine's own files and name services, anew for each container.
 */
#ifndef SAFEDOCKER_RUNTIME_IDENTITY_H
#define SAFEDOCKER_RUNTIME_IDENTITY_H

#include <sys/types.h>

#include "common/error.h"
#include "model/subids.h"

#define IDENTITY_GROUPS_MAX 1024

struct identity {
	uid_t uid;
	gid_t gid;
	char name[256];
	gid_t group[IDENTITY_GROUPS_MAX];	/* all of them, the main one too */
	size_t n_groups;
	struct subids_range uids, gids;
	uint32_t owner;
};

/* Account and groups alone. -1: no such account, a system account, or too many groups. */
int identity_account(uid_t uid, struct identity *ret, struct error *reterr);

/* Fills in the subordinate ids and the owner; may add to the table of those (SAFEDOCKER_SUBIDS). */
int identity_subids(struct identity *who, struct error *reterr);

#endif
