/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mountinfo - reads the kernel's list of mounts, /proc/self/mountinfo (proc(5)). */
#ifndef SAFEDOCKER_RUNTIME_MOUNTINFO_H
#define SAFEDOCKER_RUNTIME_MOUNTINFO_H

#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"

#define MOUNTINFO_MAX (64 << 20)	/* bytes */
#define MOUNTINFO_PATH "/proc/self/mountinfo"
#define MOUNTINFO_LOWERS_MAX 500	/* the kernel's own limit of layers */

/* One line. The slices lie in the text, as the kernel escapes them. */
struct mountinfo {
	struct slice id, point, optional, type, super_options;
};

/*
 * The topmost mount of this path (the last line of it). Returns 1, 0 where the path is no mount
 * point, -1 where the text is unreadable or holds the path in an escaped form.
 */
int mountinfo_find(struct slice text, const char *path, struct mountinfo *ret, struct error *reterr);

/* The mount of this number; 1, or 0 where there is none. */
int mountinfo_find_id(struct slice text, unsigned long long id, struct mountinfo *ret);

/* Is anything mounted below the path? */
bool mountinfo_below(struct slice text, const char *path);

/* What an overlay is made of. The slices lie in the options. */
struct mountinfo_overlay {
	struct slice lower[MOUNTINFO_LOWERS_MAX];
	size_t n;
	struct slice upper, work;
};

/*
 * Reads an overlay's super options. An option that changes what is in a layer and that we could not
 * repeat (metacopy, redirect_dir, userxattr, SELinux's contexts) is refused by its name: only those are
 * taken that mean what they mean by default.
 */
int mountinfo_overlay(struct slice super_options, struct mountinfo_overlay *ret, struct error *reterr);

#endif
