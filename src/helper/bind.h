/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bind - paths of the host in what is made, started and entered: seen with the caller's own rights, and for those
 * that the caller could exchange, the volumes of docker/bind.h.
 */
#ifndef SAFEDOCKER_HELPER_BIND_H
#define SAFEDOCKER_HELPER_BIND_H

#include "helper/turn.h"

/* Before the decision: what is the engine's own or another user's needs a rule that names it. */
int bind_protect(struct turn *t, struct error *reterr);

/*
 * After the decision: every path of the body can be mounted safely, request_apply() rewrites where that needs it; or
 * -1 with ERR_DENIED and the way out.
 */
int bind_check(struct turn *t, struct error *reterr);

/* The same two for the paths in a container that is there: fact->number of their bytes are the root, 0: all. `unsafe`: the rule says so. */
int bind_protect_mounted(struct turn *t, struct error *reterr);
int bind_check_mounted(struct turn *t, bool unsafe, struct error *reterr);

/* Behind the intent: makes the volumes that are not there yet, each with a record of its own. */
int bind_make(struct turn *t, struct error *reterr);

#endif
