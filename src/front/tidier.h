/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidier - the process that puts things right behind a command: it removes the socket's directory
 * once the front end has ended, and what a refused start left. It has no privilege, is nobody's
 * child and in a session of its own.
 *
 * `docker run --rm` makes a container, waits for its removal, and starts it. Where the start is
 * refused there is nothing that would end that wait: the engine has not seen the start, and the
 * helper changes nothing for a refused request. So the tidier hears of both from the helper
 * (src/helper/news.h) and gives the command `safedocker rm`, which is judged and recorded like any
 * other of the user's. Without --force: what runs is left alone by the engine, and what ran and has
 * ended is gone already, since the engine removes it.
 */
#ifndef SAFEDOCKER_TIDIER_H
#define SAFEDOCKER_TIDIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "front/socketdir.h"

/* What the front end and the tidier share. The front end writes, until it closes `go`. */
struct tidied {
	struct socketdir dir;
	pid_t helper;		/* leads a process group of its own; 0: none was started */
	bool tells;		/* the tidier reads what the helper says behind "ready" */
	bool lasting;		/* an agent's: it serves more than one command */
};

/*
 * Does not return. `front` is a pidfd of the front end; `news` is the end to read of the helper's
 * standard output, read only when the other end of the pipe `go` is closed.
 */
_Noreturn void tidier_run(const struct tidied *tidied, int front, int go, int news);

#endif
