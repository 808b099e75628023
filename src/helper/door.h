/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * door - the way to a strong rule: its terms, the caller's password or ticket, before
 * anything is served. Who does not pass is told why, which is recorded, and the helper ends.
 */
#ifndef SAFEDOCKER_DOOR_H
#define SAFEDOCKER_DOOR_H

#include "helper/gatekeeper.h"
#include "helper/sanitize.h"

/*
 * Returns when the rule that the claims name may be used by this caller, now, with this reason.
 * It is for one command: of the process whose end is ours, and a socket that listens.
 */
void door_pass(struct gatekeeper *g, const struct claims *claims);

/* -k: the caller's tickets are gone; the helper ends. */
void door_forget(gid_t group) __attribute__((noreturn));

#endif
