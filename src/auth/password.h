/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * password - is it the caller who sits there? PAM is asked (service `safedocker`). It proves
 * presence, and keeps no program of the same user out.
 */
#ifndef SAFEDOCKER_PASSWORD_H
#define SAFEDOCKER_PASSWORD_H

#include "common/error.h"
#include "model/model.h"

#define PASSWORD_SAID_SIZE 256	/* bytes of what PAM says of it, with its NUL */

/* Far apart, since it goes from one process to another; compare with RIGHT only. */
enum password_result {
	PASSWORD_FAILED = 1,	/* not asked: no terminal, no service, a module failed */
	PASSWORD_WRONG = 6,
	PASSWORD_CANCELLED = 24,	/* ^C, ^D, the terminal went away */
	PASSWORD_ACCOUNT = 56,	/* right, but locked, expired, or to be changed first */
	PASSWORD_RIGHT = 0xa5,
};

/*
 * The service's file is there, root's, and nobody else's to write. -1: nothing may be asked of
 * PAM.
 */
int password_check_service(struct error *reterr);

/*
 * One conversation on the terminal, or of the account alone where there is none (tty < 0). `said`
 * is PAM's own word about the result.
 */
enum password_result password_check(const struct subject *subject, int tty,
				    char said[PASSWORD_SAID_SIZE]);

#endif
