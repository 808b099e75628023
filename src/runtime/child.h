/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child - work that is not done as root: a child takes the ids it is told, loses every capability that
 * it has outside, does one thing and may hand back one descriptor. It is nobody's to trace (it is not
 * dumpable), but its ids are the user's, who may stop or kill it: so it is not waited for beyond a
 * limit, and one that is stopped is ended. It dies with the runtime.
 */
#ifndef SAFEDOCKER_RUNTIME_CHILD_H
#define SAFEDOCKER_RUNTIME_CHILD_H

#include "common/error.h"
#include "runtime/identity.h"

#define CHILD_NOTHING (-1)
#define CHILD_FAILED (-2)

struct child_work {
	const char *what;	/* for errors: "opening /home/a/b" */
	unsigned seconds;	/* the limit */
	/* In the child: a descriptor to hand over, CHILD_NOTHING, or CHILD_FAILED with a reason in *reterr. */
	int (*work)(void *argument, struct error *reterr);
	void *argument;
};

/* With all ids of a user on the host, and no capability. *ret_fd: what was handed over, or CHILD_NOTHING. */
int child_as_user(const struct identity *who, const struct child_work *work, int *ret_fd,
		  struct error *reterr);

/* As root inside the user namespace: all capabilities there, and no id but mapped ones. */
int child_in_namespace(int namespace_fd, const struct child_work *work, int *ret_fd,
		       struct error *reterr);

/*
 * A user namespace that the id `owner` makes; maps are written by us. Returns its descriptor, or -1.
 * The owner keeps CAP_SYS_ADMIN for this one step, for hosts that forbid others to make namespaces.
 */
int child_namespace(uint32_t owner, struct slice uid_map, struct slice gid_map, struct error *reterr);

#endif
