/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox - what safedocker-record may ask of the kernel once all is open: sandbox.def. For good,
 * or the program ends.
 */
#ifndef SAFEDOCKER_RECORD_SANDBOX_H
#define SAFEDOCKER_RECORD_SANDBOX_H

/* Who has given up the group, and parses. */
void sandbox_reader(void);

/* Who keeps the group, and parses nothing. */
void sandbox_keeper(void);

#endif
