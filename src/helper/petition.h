/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * petition - a user asks root for a strong rule: what is asked is written down where only root reads it, in a
 * directory that only the group may pass, one file for each uid. Nothing is allowed by it.
 */
#ifndef SAFEDOCKER_PETITION_H
#define SAFEDOCKER_PETITION_H

#include <sys/types.h>

#include "helper/sanitize.h"

/*
 * With a rule, a time and a reason among the claims: leaves them for root in the place of what the caller asked
 * before. With none of them: gives out what the caller asked. Ends the helper.
 */
void petition_run(gid_t group, const struct claims *claims) __attribute__((noreturn));

#endif
