/* SPDX-License-Identifier: GPL-2.0-or-later */
/* who - about whom a word is asked: the user who runs it, or, for root, another. */
#ifndef SAFEDOCKER_WHO_H
#define SAFEDOCKER_WHO_H

#include "common/error.h"
#include "model/model.h"

/*
 * The user of that name (NULL: who runs this), with the groups of today. Lives until the process
 * ends.
 */
int who_is(const char *name, struct subject *ret, struct error *reterr);

/*
 * This process becomes that user for good: ids, groups, HOME, USER, /. Only root can, and only
 * where `name` is somebody else's. NULL: nothing happens.
 */
int who_become(const char *name, struct error *reterr);

#endif
