/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy_grant - root grants a strong rule for a while: `policy list`, `grant`, `refuse`, `expire`. */
#ifndef SAFEDOCKER_POLICY_GRANT_H
#define SAFEDOCKER_POLICY_GRANT_H

/* Each takes the words behind its own name and returns the exit status of `safedocker policy`. */

/* [--json]: who asks for what, and what is granted. */
int policy_word_list(int argc, char **argv);

/* USER NAME [--for TIME]: what was asked is granted, for as long as was asked where no time is given. */
int policy_word_grant(int argc, char **argv);

/* USER NAME: the request goes, and what was granted ends. */
int policy_word_refuse(int argc, char **argv);

/* Removes grants that are over, and requests that nobody waits for any more; safedocker-reap(8) does so each minute. */
int policy_word_expire(int argc, char **argv);

#endif
