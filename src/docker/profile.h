/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile - the list of system calls of a closed container, in the engine's own form. Pure. */
#ifndef SAFEDOCKER_PROFILE_H
#define SAFEDOCKER_PROFILE_H

#include <sys/types.h>

#define PROFILE_PREFIX "seccomp="

/*
 * PROFILE_PREFIX and the profile as JSON, as it stands in HostConfig.SecurityOpt: syscall.def, with
 * set*uid and setfsuid refused for every argument from uid_min up except -1. The same text for the same
 * uid_min, so that it can be told again by comparing. The caller frees it; NULL when memory is out.
 */
char *profile_text(uid_t uid_min);

#endif
