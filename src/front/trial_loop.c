/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-trial - what the trial container runs: it is there until it is ended. It needs no library and
 * no system call, so that it runs in an empty root file system on any machine.
 */
void _start(void);

void _start(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}
