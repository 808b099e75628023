/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox - what safedocker-auth may ask of the kernel once it waits for somebody who types:
 * sandbox.def.
 */
#ifndef SAFEDOCKER_AUTH_SANDBOX_H
#define SAFEDOCKER_AUTH_SANDBOX_H

/* For good. Ends the program where it cannot be. */
void sandbox_auth(void);

#endif
