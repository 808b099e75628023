/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parent - whose a container is, by its cgroup parent and nothing else. The helper puts each
 * user's mapped containers below a parent of that user's, and nobody else's may ever be there.
 *
 *   cgroupfs driver	/safedocker/uUID/ID
 *   systemd driver	safedocker-uUID.slice:PREFIX:ID
 *
 * A path that has to do with safedocker's parent but is not exactly that is nobody's to use: a
 * doubt is a refusal, and never somebody else's container.
 */
#ifndef SAFEDOCKER_RUNTIME_PARENT_H
#define SAFEDOCKER_RUNTIME_PARENT_H

#include <sys/types.h>

#define PARENT_NAME "safedocker"

enum parent {
	PARENT_DOUBTFUL = 0,	/* safedocker's name in a place that is not the form above */
	PARENT_NOBODY,		/* not safedocker's */
	PARENT_USER,
};

/*
 * cgroups_path is OCI's linux.cgroupsPath; NULL is PARENT_NOBODY. For PARENT_USER sets *ret_uid, and
 * *ret_id to the container's id inside cgroups_path.
 */
enum parent parent_of(const char *cgroups_path, uid_t *ret_uid, const char **ret_id);

#endif
