/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scarce - memory that is not there: one allocation of the program's own fails, as it is told to; none of the
 * libraries', which in the helper ends the process (main.c). The program is linked with -Wl,--wrap for what scarce.c
 * defines. Not for threads.
 */
#ifndef SAFEDOCKER_TESTS_SCARCE_H
#define SAFEDOCKER_TESTS_SCARCE_H

#include <stdbool.h>

/* The `nth` allocation from now on fails, once; 0: none does. */
void scarce_begin(unsigned long nth);

/* Until it is called with false, none fails, and none is counted. */
void scarce_pause(bool paused);

/* From here on none fails. Has one failed since scarce_begin()? */
bool scarce_end(void);

#endif
