/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * announce - what a caller with a strong rule sees on the terminal, and a recording of it: before
 * it is done.
 */
#ifndef SAFEDOCKER_ANNOUNCE_H
#define SAFEDOCKER_ANNOUNCE_H

#include "docker/request.h"
#include "helper/worker.h"

/*
 * One line on the caller's terminal: the request's rank, and what it can do to the host. Nothing
 * for plain looks.
 */
void announce(const struct worker *w, const struct request *request, const struct decision *d,
	      enum verb verb);

/* Another size of a terminal that is recorded. */
void announce_size(const struct worker *w, const struct request *request, const struct decision *d);

#endif
