/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * door - the way to a strong rule: its terms, and what safedocker-auth left as proof
 * (setgid/ticket.h), before anything is served. Who does not pass is told why, which is recorded,
 * and the helper ends.
 */
#ifndef SAFEDOCKER_DOOR_H
#define SAFEDOCKER_DOOR_H

#include "helper/gatekeeper.h"

/*
 * Returns when the rule that is asked for may be used by this caller, now, with this reason. A
 * fresh ticket is used up by it. It is for one command: of the process whose end is ours, and a
 * socket that listens.
 */
void door_pass(struct gatekeeper *g, bool until_parent_ends);

#endif
