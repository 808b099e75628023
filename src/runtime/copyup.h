/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copyup - what the image has at a volume's target is copied into the volume while that is empty, as
 * docker does it, but inside the user's namespace: no id that is not the user's, no device nodes, no
 * link followed on the way into the volume, and those of the image only within its root file system.
 * Kept are kinds, owners, modes, times and hard links' contents (each name becomes a file of its own).
 */
#ifndef SAFEDOCKER_RUNTIME_COPYUP_H
#define SAFEDOCKER_RUNTIME_COPYUP_H

#include "common/error.h"

#define COPYUP_DEPTH_MAX 128

struct copyup {
	int root;		/* the container's root file system */
	const char *target;	/* in it */
	int volume;
};

/* For struct child_work: argument is a struct copyup. Returns CHILD_NOTHING, or CHILD_FAILED. */
int copyup_run(void *argument, struct error *reterr);

/* A path in a volume, no link followed: argument is a struct copyup whose target it is. */
int copyup_subpath(void *argument, struct error *reterr);

#endif
