/* SPDX-License-Identifier: GPL-2.0-or-later */
/* readonly - a process that can write to no file, whatever it runs (landlock(7)). */
#ifndef SAFEDOCKER_READONLY_H
#define SAFEDOCKER_READONLY_H

#include "common/error.h"

/* Can this kernel do it? -1: reterr says that nothing can be explained then. */
int readonly_check(struct error *reterr);

/*
 * From here on this process and what it runs make, change and remove nothing in any file system;
 * terminals and /dev/null can be written to. It gains no privilege by running anything either.
 */
int readonly_enter(struct error *reterr);

#endif
