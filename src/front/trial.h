/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trial - one container of a user's, by safedocker-runtime, to see that it really is mapped. */
#ifndef SAFEDOCKER_TRIAL_H
#define SAFEDOCKER_TRIAL_H

#include <sys/types.h>

#include "common/error.h"
#include "docker/runtime_info.h"

/*
 * Imports an image of one small program, starts a container of it in the cgroup parent of this user, and
 * looks at its uid_map: 0 inside must be `uid` outside, and there must be 65,536 ids and more. Image and
 * container have names that nobody else has, and are gone afterwards. -1: the runtime's own reason.
 */
int trial_run(uid_t uid, enum cgroup_driver driver, struct error *reterr);

#endif
