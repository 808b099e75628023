/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usage - what the caller's containers take, by what the helper lets this user see. */
#ifndef SAFEDOCKER_USAGE_H
#define SAFEDOCKER_USAGE_H

#include <stddef.h>

struct usage {
	size_t containers, running;	/* listed, and still running when they were looked at */
	size_t unlimited_memory;	/* running ones without a limit */
	long long memory;		/* bytes, of running ones */
	long long cpus;			/* thousand-millionths, of running ones */
};

/* Asks docker through a helper of its own. -1: it cannot be known. */
int usage_count(struct usage *ret);

#endif
