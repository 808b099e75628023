/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * password - is it the caller who sits there? PAM is asked (service `safedocker`), in
 * a process of its own that holds neither socket nor record, before no_new_privs: the
 * password modules run programs with privileges of their own. It proves presence, and
 * keeps no program of the same user out.
 */
#ifndef SAFEDOCKER_PASSWORD_H
#define SAFEDOCKER_PASSWORD_H

#include "common/error.h"
#include "model/model.h"

/* Far apart, as the exit status of the process that asks; compare with RIGHT only. */
enum password_result {
	PASSWORD_FAILED = 1,	/* it could not be asked: no terminal, no service, a module failed */
	PASSWORD_WRONG = 6,
	PASSWORD_CANCELLED = 24,	/* ^C, ^D, the terminal went away */
	PASSWORD_ACCOUNT = 56,	/* right, but the account is locked, expired, or must change its password */
	PASSWORD_RIGHT = 0xa5,
};

/*
 * Asks once on the controlling terminal, without echo. Whatever happens, the terminal is as it was
 * and nothing that was typed is left in it. reterr->text says why it is not RIGHT.
 */
enum password_result password_ask(const struct subject *subject, struct error *reterr);

/* The account alone, where no password is set. RIGHT, ACCOUNT or FAILED. */
enum password_result password_account(const struct subject *subject, struct error *reterr);

#endif
