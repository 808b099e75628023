/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * giveup - giving up, step by step, what a process could do, and proving it. Failure is fatal: what
 * returns was done.
 */
#ifndef SAFEDOCKER_GIVEUP_H
#define SAFEDOCKER_GIVEUP_H

#include <seccomp.h>
#include <sys/types.h>

/*
 * No capability in any set (for root the bounding set too), no_new_privs, non-dumpable. Later
 * nothing that this process starts has more than it has itself.
 */
void giveup_privileges(void);

/* Real and effective gid become the caller's, the saved one stays `group` (see giveup.c). */
void giveup_group(gid_t group);

/*
 * A list of system calls, of which everything that is not on it ends the process. giveup_load()
 * puts it into force for good, and frees it. Ends the program where the kernel has no seccomp.
 */
scmp_filter_ctx giveup_list(void);
void giveup_allow(scmp_filter_ctx list, int call);
void giveup_allow_if(scmp_filter_ctx list, int call, struct scmp_arg_cmp condition);
void giveup_load(scmp_filter_ctx list);

#endif
