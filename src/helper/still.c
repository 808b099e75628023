/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/still.h"

#include "setgid/io.h"

#define RECENT 1000	/* ms for which a look at the files holds for a plain look */

bool still_replaced(const struct worker *w)
{
	return config_changed(w->config) || audit_replaced(w->audit);
}

bool still_stale(const struct worker *w)
{
	return still_replaced(w) || config_names_changed(w->config) ||
	       io_now() >= w->identity_until;
}

/*
 * The password counts for as long as the rule remembers it. What a command that has begun needs
 * to come to its end is let through: looking, and ending what it made.
 */
bool still_proved(const struct worker *w, enum operation operation, const struct decision *d)
{
	const struct strong *strong = d->strong;

	if (strong == NULL || strong->password == PASSWORD_NO || w->subject->uid == 0)
		return true;
	/* A policy that is newer than the question may ask for what was not asked. */
	if (w->proved_until == 0)
		return false;
	return io_now() < w->proved_until || operation_kind(operation) == KIND_READ ||
		operation_has(operation, TRAIT_ENDS);
}

enum still still_so(const struct still_question *q)
{
	if (io_is_over(q->decision->until) || !still_proved(q->w, q->operation, q->decision))
		return STILL_NO;
	/*
	 * Who the caller is was looked at as the request began: that somebody is given an account
	 * meanwhile, or that the age at which it is asked anew is just reached, refuses nobody. And
	 * looks come by the hundred: theirs is as fresh as the time that they took.
	 */
	if (io_now() < q->began + RECENT)
		return q->changes && still_replaced(q->w) ? STILL_CHANGED : STILL_SO;
	return still_stale(q->w) ? STILL_CHANGED : STILL_SO;
}

int still_ask(const struct still_question *q, struct error *reterr)
{
	switch (still_so(q)) {
	case STILL_SO:
		return 0;
	case STILL_NO:
		return error_set(reterr, ERR_CHANGED,
				 "the permission has ended; give the command again");
	case STILL_CHANGED:
		break;
	}
	return error_set(reterr, ERR_CHANGED, "the policy or the record has changed; try again");
}
