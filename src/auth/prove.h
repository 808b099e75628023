/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prove - how the caller proves to be there, by the terms of the strong rule that is asked for. Who
 * does not is told why, which is recorded, and the program ends.
 */
#ifndef SAFEDOCKER_PROVE_H
#define SAFEDOCKER_PROVE_H

#include <stdbool.h>

#include "auth/asker.h"
#include "setgid/caller.h"
#include "setgid/die.h"
#include "setgid/ticket.h"

enum prove {
	PROVE_NOTHING = 0,	/* the rule wants none, it is root, or it is remembered */
	PROVE_ACCOUNT,		/* none is set, which the rule takes: the account must be good */
	PROVE_PASSWORD,
};

/*
 * What subject->as wants of this caller, now, with this reason. Ends the program where the rule is
 * not for the caller, and, with `ask_nothing`, where a password would be asked for. Of PROVE_PASSWORD
 * *ret_place is the place that a wrong one has in the record; where there is none left the program
 * ends.
 */
enum prove prove_wanted(const struct caller *c, const struct ticket *ticket, bool ask_nothing,
			struct audit_entry *ret_place);

/*
 * Asks until it is proved and leaves a fresh ticket; `wanted` is not PROVE_NOTHING. Each wrong
 * password is a record, and has its place there before it is asked for.
 */
void prove_ask(const struct caller *c, struct asker *asker, const struct ticket *ticket,
	       enum prove wanted, struct audit_entry *place);

/*
 * Records why it was not proved and ends the program: a refusal by the rule, or for want of a
 * password.
 */
void prove_refuse(const struct caller *c, enum exit_status status, const char *what)
	__attribute__((noreturn));

#endif
