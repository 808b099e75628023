/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opener - opens the source of a bind. It runs in a child that has the user's ids and no capability
 * (child.h), so that whatever is reached is what the user reaches in a shell of their own.
 *
 * No link is followed, since the policy allowed the path that was asked for and not where a link leads
 * today; but one that root made in a directory that only root can change is root's word (/var/run, a
 * home elsewhere) and is followed, by its text. Links of /proc that are more than their text are not.
 */
#ifndef SAFEDOCKER_RUNTIME_OPENER_H
#define SAFEDOCKER_RUNTIME_OPENER_H

#include <stdbool.h>

#include "common/error.h"

#define OPENER_LINKS_MAX 40

struct opener {
	const char *path;	/* absolute, of variable.h's grammar */
	bool make;		/* what is missing is made: directories, 0755 */
};

/* For struct child_work: argument is a struct opener. Returns a descriptor (O_PATH), or CHILD_FAILED. */
int opener_open(void *argument, struct error *reterr);

#endif
