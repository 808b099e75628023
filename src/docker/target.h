/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target - the place in the container where something is mounted, whatever it is. Pure. */
#ifndef SAFEDOCKER_TARGET_H
#define SAFEDOCKER_TARGET_H

#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"

enum target_kind {
	TARGET_NONE = 0,
	TARGET_BIND = 1,	/* a path of the host */
	TARGET_VOLUME = 2,	/* with a name or without */
	TARGET_TMPFS = 4,
	TARGET_OTHER = 8,	/* an image's files, a volume of the swarm's */
};

/*
 * May a mount of this kind stand at `target`? `what` says in the message what is mounted; it need
 * not be text that is safe to print. -1: ERR_SYNTAX for what is not an absolute path of plain names
 * (slashes at the end do not count), ERR_DENIED for what is the engine's or the kernel's own
 * (target.def).
 *
 * `.`, `..` and empty names are refused, not resolved: the engine resolves them as text for a
 * volume, and runc in the container's file system for a tmpfs, where a link of the image's may lead
 * elsewhere.
 */
int target_check(enum target_kind kind, struct slice what, struct slice target,
		 struct error *reterr);

/* Is it absolute, and every part a name? `/` is. */
bool target_is_plain(struct slice path);

/*
 * As the engine resolves a path, as text: absolute, without `.`, `..` and empty parts. The caller
 * frees it; NULL when memory is out.
 */
char *target_clean(struct slice path);

/* Without the slashes at its end; `/` stays. */
struct slice target_trim(struct slice path);

#endif
