/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * still - is what was decided still so? The caller may have sent a body slowly, or stopped us for
 * days, between any two instructions. So this is asked directly before the last byte of everything
 * that changes something.
 */
#ifndef SAFEDOCKER_STILL_H
#define SAFEDOCKER_STILL_H

#include "helper/worker.h"

enum still {
	STILL_NO = 0, /* the permission itself has ended: its date, or the password's time */
	STILL_CHANGED, /* policy, record or identity are not the ones of this worker any more */
	STILL_SO = 0x3c3c3, /* far from the others, so that no flipped bit turns one into it;
			       compare with this only */
};

/* Have policy or record been changed since this worker was made? */
bool still_replaced(const struct worker *w);

/* The same, and who the caller is: groups, accounts, and the age of what is known of them. */
bool still_stale(const struct worker *w);

/* Does the password that was given still count for this operation, where its rule wants one? */
bool still_proved(const struct worker *w, enum operation operation, const struct decision *d);

/* What is to be still so. */
struct still_question {
	const struct worker *w;
	enum operation operation;
	const struct decision *decision;
	long long began;	/* io_now() when policy, record and identity were last looked at */
	bool changes; /* it changes something, or is recorded; a plain look of less than a second
			 goes by `began` */
};

enum still still_so(const struct still_question *q);

/* 0 where it is so; -1 with ERR_CHANGED, or ERR_DENIED where the permission itself has ended. */
int still_ask(const struct still_question *q, struct error *reterr);

#endif
