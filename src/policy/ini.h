/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ini - libinih behind a strict reader. The library reads the lines; the reader
 * hands it only such lines as it cannot bend: it would split over-long ones,
 * take an indented `x = y` for a continuation, drop what follows a `]`, accept
 * `:` for `=`, and never says on which line it is.
 */
#ifndef SAFEDOCKER_POLICY_INI_H
#define SAFEDOCKER_POLICY_INI_H

#include <stdbool.h>

#include "common/error.h"
#include "policy/policy.h"

struct policy_ini_events {
	/* [KIND] or [KIND NAME]; name is "" in the first form. */
	int (*section)(void *user, unsigned line, const char *kind, const char *name,
		       struct error *reterr);
	/* `continued`: an indented line that goes on with the key above it. */
	int (*value)(void *user, unsigned line, const char *key, const char *value, bool continued,
		     struct error *reterr);
};

/* -1 with ERR_SYNTAX or ERR_LIMIT and reterr->line; the text is without file and line. */
int policy_ini_read(struct slice text, const struct policy_ini_events *events, void *user,
		    struct error *reterr);

#endif
