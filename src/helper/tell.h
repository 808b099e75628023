/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell - answers of our own: refusals, recorded before they are said, and errors. */
#ifndef SAFEDOCKER_TELL_H
#define SAFEDOCKER_TELL_H

#include "docker/request.h"
#include "helper/client.h"
#include "helper/worker.h"

#define TELL_MAX 2048	/* bytes of a message */

/* What becomes of the connection after a request. */
enum after {
	AFTER_CLOSE = 0,
	AFTER_KEEP,
	AFTER_ANEW,	/* nothing was done for it: it is judged anew, by today's policy */
};

/*
 * What is said ends up on a terminal: no byte of it is more than text there. With `lines`, new
 * lines of ours stay.
 */
void tell_plain(char *text, bool lines);

/*
 * Is nothing served behind this answer: the client wants it so, or the link to the engine is out of
 * step?
 */
bool tell_last(const struct worker *w, const struct client *c);

/* An answer of ours whose body is the message. */
enum after tell(const struct worker *w, struct client *c, int status, const char *message);

/*
 * A refusal: the record first, then `said`, then the lines of `more`. Where even the record fails,
 * the answer says so and the operation is refused all the same.
 */
enum after tell_refused(const struct worker *w, struct client *c, const struct request *request,
			struct audit_entry *entry, int status, const char *said, const char *more);

/* The same for what failed, with the status and the code that belong to it. */
enum after tell_error(const struct worker *w, struct client *c, const struct request *request,
		      struct audit_entry *entry, const struct error *why);

/* The same for a decision that is no. */
enum after tell_denied(const struct worker *w, struct client *c, const struct request *request,
		       struct audit_entry *entry, const struct decision *d);

#endif
