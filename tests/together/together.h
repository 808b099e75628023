/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * together - runs the cases of one of Check's runners in one process, and names each that fails all
 * the same.
 *
 * A process for each of thousands of cases takes longer than the cases do. So all of them run in
 * one child. Only where one fails there, or ends that child, or hangs (ALL_PATIENCE), they run
 * again with a process for each: that run names what failed, goes on after a crash, and has the
 * closing line that is printed. What fails only among others is a failure too.
 *
 * CK_FORK=no runs them in the calling process alone, for a debugger or a sanitizer; CK_FORK=yes
 * only with a process for each.
 */
#ifndef SAFEDOCKER_TOGETHER_H
#define SAFEDOCKER_TOGETHER_H

#include <check.h>

#define ALL_PATIENCE 600	/* seconds for all cases together */

/*
 * Runs all cases of the runner, which stays the caller's, and prints what Check prints, with its
 * closing line `N%: Checks: N, Failures: N, Errors: N`. Returns the program's exit status: 0 where
 * every case passed, else 1; that line may say of no failure where it is 1, of a case that ends the
 * process by exit(0).
 */
int together_run(SRunner *runner);

#endif
