/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runtime_info - can an engine map containers? The helper asks before each create, safedocker doctor before it
 * promises anything: both by this one function. Pure.
 */
#ifndef SAFEDOCKER_RUNTIME_INFO_H
#define SAFEDOCKER_RUNTIME_INFO_H

#include <stdbool.h>

#include "common/slice.h"

/* How the engine spells control groups. */
enum cgroup_driver {
	CGROUP_UNKNOWN = 0,
	CGROUP_CGROUPFS,
	CGROUP_SYSTEMD,
};

struct runtime_info {
	bool registered;	/* the engine knows safedocker-runtime by its name and our own path */
	bool is_default;	/* and starts it for everything that names no runtime, steps of builds too */
	bool can_map;		/* and nothing else is in the way */
	enum cgroup_driver driver;
};

/*
 * Reads the answer to GET /info (Engine API 1.41 and later). Where it cannot map, *why_not is one sentence without a full stop that
 * says so, else NULL; it may be NULL. -1: it is no such answer.
 */
int runtime_info_read(struct slice body, struct runtime_info *ret, const char **why_not);

#endif
