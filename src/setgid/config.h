/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config - the policy's files, and what root gave to whom: opened with trust, read once, watched by held descriptors. */
#ifndef SAFEDOCKER_CONFIG_H
#define SAFEDOCKER_CONFIG_H

#include <stdbool.h>
#include <sys/stat.h>

#include "docker/adopted.h"
#include "policy/policy.h"

#define CONFIG_HELD_MAX (POLICY_FILES_MAX + 5)	/* two directories, passwd and group, what was adopted */

struct config {
	struct policy *policy;	/* NULL when it is refused: then nothing is allowed */
	struct error error;	/* why it is refused */
	struct adopted adopted;
	struct {
		int fd;
		struct stat st;
	} held[CONFIG_HELD_MAX];	/* directories and files, as they were read; who is in which group */
	size_t n_names;		/* the first of them: passwd and group */
	size_t n_held;
};

/* Never fails: a policy that cannot be used is one that allows nothing and says why. */
void config_load(struct config *ret);
void config_free(struct config *config);

/* A file of the policy was written, replaced, added or removed since. Needs nothing but fstat(2). */
bool config_changed(const struct config *config);

/* As config_changed(), of /etc/passwd and /etc/group: who somebody is may have changed, the policy has not. */
bool config_names_changed(const struct config *config);

#endif
