/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_edit - the policy's files changed as visudo changes sudoers: one at a time, checked, whole or not at all. */
#ifndef SAFEDOCKER_POLICY_EDIT_H
#define SAFEDOCKER_POLICY_EDIT_H

#include <sys/types.h>

#include "common/error.h"
#include "front/policyfile.h"

/*
 * Lets the user's editor change a copy of the file, and puts it in the file's place when the whole policy with
 * it is understood. 0 installed or unchanged, 1 given up, EXIT_REFUSED with the reason said.
 */
int policy_edit(const char *file);

/* The error with its line and a caret below the words that are meant, on standard error. */
void policy_say_error(const struct policyfile *files, const struct error *why);

/* Is the installed policy understood with `text` in the place of `file`, or beside the others? -1: no, which is said. */
int policy_try(const char *file, struct slice text);

/*
 * Puts `text` in the place of `file`: root's, 0644, on the disk before it has the name. -1 with the reason.
 */
int policy_install(const char *file, struct slice text, struct error *reterr);

/* The same for a file that a group may read. */
int policy_install_for(const char *file, struct slice text, gid_t group, mode_t mode, struct error *reterr);

#endif
