/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runtime_info - what an engine's answer to GET /info says about mapped containers: whether
 * safedocker-runtime is registered under its installed path, and whether this engine can have such
 * containers at all. Pure; the helper and doctor ask the same question here.
 */
#ifndef SAFEDOCKER_RUNTIME_INFO_H
#define SAFEDOCKER_RUNTIME_INFO_H

#include <stdbool.h>

#include "common/slice.h"

#define RUNTIME_INFO_NAME "safedocker"	/* of the runtime, in daemon.json and in creates */

enum cgroup_driver { CGROUP_DRIVER_NONE = 0, CGROUP_DRIVER_CGROUPFS, CGROUP_DRIVER_SYSTEMD };

struct runtime_info {
	bool registered;	/* Runtimes.safedocker is SAFEDOCKER_RUNTIME, without arguments */
	bool is_default;	/* DefaultRuntime is safedocker, and it is registered */
	bool fits;		/* nothing but the registration is missing */
	bool can_map;		/* registered and fits: mapped containers can be had */
	enum cgroup_driver driver;
};

/*
 * Reads the body of GET /info. Returns 0 and fills *ret; -1, and *ret is all zero, where it is no JSON
 * object (or has more than JSON_TOKENS_MAX tokens). *why_not is NULL where mapped containers can be
 * had, else one plain sentence, without a full stop, that says what is missing and what cures it: a
 * constant. What cannot be mended by registering comes before the registration.
 */
int runtime_info_read(struct slice info_body, struct runtime_info *ret, const char **why_not);

#endif
