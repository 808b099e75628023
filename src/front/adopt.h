/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adopt - root gives objects that have no owner to users: the file that the helper reads
 * (docker/adopted.h), kept.
 */
#ifndef SAFEDOCKER_ADOPT_H
#define SAFEDOCKER_ADOPT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * `safedocker audit adopt …`, behind that word: USER OBJECT…, --undo OBJECT…, or nothing, which
 * lists. Returns an exit status as words do.
 */
int adopt(int argc, char **argv);

/* Gives these containers, by their full ids, to a user, all or none. As above. */
int adopt_containers(uid_t uid, const char *const *ids, size_t n);

#endif
