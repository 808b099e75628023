/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity - who runs this, by the kernel's word and a fresh look-up; never by argv or environment. */
#ifndef SAFEDOCKER_IDENTITY_H
#define SAFEDOCKER_IDENTITY_H

#include <sys/types.h>

#include "model/model.h"

/* The number of the group that holds the engine's socket; dies where it does not exist. */
gid_t identity_group(void);

/*
 * Dies unless the real, effective and saved uid are one, and the effective and
 * saved gid are `group`. Nothing else proves that the setgid bit took effect:
 * AT_SECURE does not (a traced process has it too, without the group).
 */
void identity_check_self(gid_t group);

/*
 * The caller: name, home and groups fresh from NSS (a removed membership counts
 * at once; the kernel's list is as old as the login). Dies when the groups
 * cannot be had. The result lives until identity_free().
 */
void identity_load(struct subject *ret);
void identity_free(struct subject *subject);

#define BOOT_ID_SIZE 40

/* This boot's id, or "" where the kernel does not tell it. */
void identity_boot(char ret[BOOT_ID_SIZE]);

struct terminal {
	char tty[32];	/* "/dev/pts/3", or "" */
	unsigned device;	/* the terminal's number, 0 where there is none */
	pid_t session;	/* of the caller, noted before the helper leaves it */
	unsigned long long leader_start;	/* of the session's first process, in ticks since boot; 0: it has ended */
	char loginuid[16];
};

void identity_terminal(struct terminal *ret);

#endif
