/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket - how safedocker-auth tells the helper that the caller has proved to be there: on this
 * terminal, in this login session, in this boot, for this rule. A fresh ticket is for one command,
 * which must begin within TICKET_FRESH; that command may leave one that is remembered.
 *
 * Tickets lie in a directory that only the group may pass (1730 root:docker), in one file for each
 * uid. Such a file belongs to the caller, who cannot reach it: without a setgid program the
 * directory is shut. Who uses it holds a lock on it: the caller's own, with a deadline.
 */
#ifndef SAFEDOCKER_TICKET_H
#define SAFEDOCKER_TICKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "setgid/identity.h"

#define TICKET_FRESH 30	/* seconds of CLOCK_BOOTTIME */

/* Whose ticket, for what: all of it must be the same again. */
struct ticket {
	int dir;	/* ticket_open() */
	const struct terminal *terminal;
	const char *boot;
	const char *rule;
};

/* What the caller did for it. The words stand in the file. */
enum ticket_kind {
	TICKET_NONE = 0,
	TICKET_PASSWORD,	/* gave the password, for this command */
	TICKET_ACCOUNT,		/* has no password; the account was good for this command */
	TICKET_REMEMBERED,	/* gave the password, for a command before */
};

/*
 * The directory (O_PATH, close-on-exec), or -1: there are no tickets here, and there will be none.
 */
int ticket_open(gid_t group);

/*
 * Leaves a fresh one of this kind. -1: it was not written, and nobody will find it. Where the
 * caller cannot be told apart from another session (no boot's id, no session) there are no tickets.
 */
int ticket_leave(const struct ticket *ticket, enum ticket_kind kind);

/*
 * Is there one that is remembered, written less than `remember` seconds ago? false for everything
 * that is not exactly as this file writes it, and where there is no terminal.
 */
bool ticket_holds(const struct ticket *ticket, long remember);

/*
 * Takes a fresh one, which is gone then; or TICKET_REMEMBERED where ticket_holds() says so. With
 * `remember` > 0 a password is remembered from now on. TICKET_NONE: the caller must prove it anew.
 */
enum ticket_kind ticket_take(const struct ticket *ticket, long remember);

/* Removes all of the caller's. -1 when they are still there. */
int ticket_forget(int dir);

#endif
