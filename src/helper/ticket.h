/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket - that the caller has given the password, on this terminal, in this login
 * session, in this boot, for this rule. Tickets lie in a directory that only the
 * group may pass (1730 root:docker), in one file for each uid. Such a file belongs to
 * the caller, who cannot reach it: without the helper the directory is shut.
 */
#ifndef SAFEDOCKER_TICKET_H
#define SAFEDOCKER_TICKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/identity.h"

/* Whose ticket, for what: all of it must be the same again. */
struct ticket {
	gid_t group;
	const struct terminal *terminal;
	const char *boot;
	const char *rule;
};

/*
 * Is there one that was written less than `remember` seconds of CLOCK_BOOTTIME ago? false for
 * everything that is not exactly as ticket_write() leaves it, and where there is no terminal.
 */
bool ticket_holds(const struct ticket *ticket, long remember);

/* Writes it, or writes its time anew. Best effort: without it the password is asked for again. */
void ticket_write(const struct ticket *ticket);

/* Removes all of the caller's. -1 when they are still there. */
int ticket_forget(gid_t group);

#endif
