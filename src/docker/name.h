/* SPDX-License-Identifier: GPL-2.0-or-later */
/* name - what nobody may call the things that they make: one table, name.def. Pure. */
#ifndef SAFEDOCKER_NAME_H
#define SAFEDOCKER_NAME_H

#include "docker/reference.h"

/* `what` stands before the name in the message ("--name", "Name"). 0, or -1 with ERR_DENIED for a
 * name that is taken. */
int name_check(enum object_kind kind, struct slice name, const char *what, struct error *reterr);

#endif
