/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine - what the gatekeeper and its workers give up (setgid/giveup.h) and their lists of
 * system calls. Failure is fatal.
 */
#ifndef SAFEDOCKER_CONFINE_H
#define SAFEDOCKER_CONFINE_H

#include <sys/types.h>

/* Clients live at or above this number, where the gatekeeper's list forbids reading. */
#define CLIENT_FD_MIN 100

/*
 * The gatekeeper: no capability in any set (for root the bounding set too),
 * no_new_privs, non-dumpable, the first system call list. It also prepares the
 * workers' list, so that a worker has only to load it.
 */
void confine_gatekeeper(void);

/* The version of Landlock that this kernel has, for the record; below 1: none, and workers do without. */
long confine_landlock_abi(void);

/*
 * A worker: real and effective gid are the caller's, the saved one stays `group`
 * (setgid/giveup.c), nothing can be opened (Landlock, where the kernel has it),
 * the strict list.
 */
void confine_worker(gid_t group, pid_t bound_to);

#endif
