/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trees - the directories in which the engine works as root, by path, while a user's process may still
 * hold a descriptor of them: layers and volumes. Mounted on themselves with `nosymfollow`, whatever a
 * user makes there leads the engine nowhere else; and behind a directory that only root may search, a
 * setuid file in them is nobody's to start.
 */
#ifndef SAFEDOCKER_RUNTIME_TREES_H
#define SAFEDOCKER_RUNTIME_TREES_H

#include "common/error.h"

/*
 * Asks the kernel for each path what holds where it leads today; the list of mounts would not say whether
 * one lies hidden under another. -1: what is missing, and the cure.
 */
int trees_check(const char *data_root, struct error *reterr);

/*
 * Makes what is missing, also the directories themselves; nothing where all is there. -1 where something
 * is mounted below one of them already: the engine would not see it any more. An engine whose data root
 * is not on a shared mount binds it on itself when it starts, and would hide what is mounted below: so
 * that is done here, before it.
 */
int trees_make(const char *data_root, struct error *reterr);

#endif
