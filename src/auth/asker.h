/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asker - the process in which PAM runs. The password modules run programs with privileges of their
 * own, which no_new_privs and a list of system calls would forbid: so it is started before its
 * parent is confined. It holds the terminal and two pipes; neither record nor policy nor tickets;
 * and the group as a saved gid only, which keeps other processes of the same user from tracing it.
 */
#ifndef SAFEDOCKER_ASKER_H
#define SAFEDOCKER_ASKER_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "auth/password.h"

struct asker {
	pid_t pid;
	int to, from;	/* pipes; -1: not open */
	int tty;	/* -1: nobody is asked */
	pid_t own;	/* our process group */
	struct termios before;	/* how the terminal was */
};

/*
 * Starts it, with the controlling terminal where a password is asked for (`asks`), and without one
 * where the account alone is looked at. From now on the signals that come from a terminal end
 * nothing: an answer that was given is recorded. -1: reterr->text says why it cannot be asked.
 */
int asker_start(struct asker *ret, gid_t group, const struct subject *subject, bool asks,
		struct error *reterr);

/*
 * Has it ask once. Whatever happens, the terminal is as it was, and nothing that was typed is left
 * in it. reterr->text says why it is not RIGHT. Needs no descriptor that asker_start() did not
 * open.
 */
enum password_result asker_ask(struct asker *asker, struct error *reterr);

#endif
