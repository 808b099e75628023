/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caller - the stages that every setgid program goes through in this order, behind sanitize.h: we
 * are what we should be; who asks, by the kernel's word and a fresh look-up; what the policy says;
 * where the record is. A program leaves out at most the last ones.
 */
#ifndef SAFEDOCKER_CALLER_H
#define SAFEDOCKER_CALLER_H

#include "model/model.h"
#include "setgid/audit.h"
#include "setgid/budget.h"
#include "setgid/config.h"
#include "setgid/identity.h"
#include "setgid/sanitize.h"

struct caller {
	gid_t group;			/* the one that holds the engine's socket */
	struct terminal terminal;
	char boot[BOOT_ID_SIZE];	/* this boot's id */
	char cwd[CWD_MAX + 1];		/* where the caller was; caller_know() leaves it */
	const char *claimed;		/* the command line, for the record alone; or NULL */
	struct config config;
	struct subject subject;
	struct budget budget;		/* shared by all programs of the caller */
	struct audit audit;
};

/* Nothing of it is known, nothing is open. */
#define CALLER_UNKNOWN \
	{ .budget = { .fd = -1, .stream = -1 }, .audit = { .fd = -1, .dir = -1, .journal = -1 } }

/*
 * The process is setgid and not setuid (identity_check_self()), or it ends. Where the caller is:
 * terminal, session, boot.
 */
void caller_know(struct caller *c);

/*
 * The policy and who the caller is, as they are now; what was loaded before is freed. Where the
 * policy is refused, config.policy is NULL and config.error says why.
 */
void caller_load(struct caller *c);

/*
 * Opens the record, anew where it was open, and the caller's budget where it was not. Without a
 * budget the program ends; without a record audit.fd is -1 and audit.error says why, and every
 * write to it refuses.
 */
void caller_open_record(struct caller *c);

/* Ends the program where the policy is refused or the record cannot be written. */
void caller_check(const struct caller *c);

/* Where the policy says that the record is. */
const char *caller_log_path(const struct caller *c);

#endif
