/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "docker/private.h"
#include "helper/turn.h"

int private_join(struct turn *t, struct error *reterr)
{
	private_name(t->w->subject->uid, t->network);
	switch (private_use(t->request.body, t->network)) {
	case 1:
		return 0;
	case 0:
		t->network[0] = '\0';
		return 0;
	default:
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
}

/* 1: it is there, and is what it must be; 0: there is none. */
static int look(struct turn *t, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	struct resource network = { .owned = false };
	char path[PRIVATE_NAME_MAX + 16];
	int status, r = 0;

	(void)snprintf(path, sizeof(path), "/networks/%s", t->network);
	status = look_up(t, path, &body, reterr);
	if (status < 0)
		r = -1;
	else if (status == 200)
		r = inspect_network(buf_slice(&body), NULL, &network, reterr) < 0 ? -1 :
			private_is(&network, t->network, t->w->subject->uid) ? 1 :
			error_set(reterr, ERR_ENGINE, "network %s is not what safedocker made: an administrator must "
				  "remove it", t->network);
	else if (status == 400)
		r = error_set(reterr, ERR_ENGINE, "there is more than one network %s: an administrator must remove all "
			      "but one of them, by their ids", t->network);
	else if (status != 404)
		r = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	buf_free(&body);
	return r;
}

static int make(struct turn *t, struct error *reterr)
{
	struct audit_entry entry = {
		.subject = t->w->subject, .operation = OPERATION_NETWORK_CREATE, .verb = t->entry.verb,
		.object = t->network, .decision = &t->decision,
	};
	struct buf bytes = buf_new(4096), body = buf_new(INSPECT_MAX);
	int status = -1;

	private_render(t->request.minor, t->network, t->w->subject->uid, &bytes);
	if (audit_intent(t->w->audit, &entry, reterr) == 0) {
		status = ask(t, HTTP_POST, buf_slice(&bytes), &body, reterr);
		audit_outcome(t->w->audit, &entry, status < 0 ? 0 : status);
	}
	/* Another client of the same user may have been faster: that is looked at next. */
	if (status >= 0 && status != 201 && status != 409)
		status = error_set(reterr, ERR_ENGINE, "the engine does not make network %s: %d; use --network none, or ask "
				   "an administrator (are its address pools used up?)", t->network, status);
	buf_free(&bytes);
	buf_free(&body);
	return status < 0 ? -1 : 0;
}

/* The engine makes two of a name for two who ask at once, and from then on finds neither by it. */
static int make_alone(struct turn *t, struct error *reterr)
{
	int there = look(t, reterr);

	if (there != 0)
		return there;
	if (make(t, reterr) < 0)
		return -1;
	there = look(t, reterr);
	return there != 0 ? there : error_set(reterr, ERR_ENGINE, "network %s was made and is not there", t->network);
}

int private_make(struct turn *t, struct error *reterr)
{
	int there = t->network[0] == '\0' ? 1 : look(t, reterr);

	if (there == 0) {
		(void)audit_lock(t->w->audit, t->w->subject->uid);
		there = make_alone(t, reterr);
		audit_unlock(t->w->audit, t->w->subject->uid);
	}
	return there < 0 ? -1 : 0;
}
