/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limit - counts what the caller has before more of it is made. */
#include <stdio.h>
#include <string.h>

#include "helper/turn.h"

/* The caller's things in a list of the engine's, by their label. -1 on failure. */
static long count(struct turn *t, const char *list, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[160];
	long n;

	(void)snprintf(path, sizeof(path),
		       "/%s?filters=%%7B%%22label%%22%%3A%%5B%%22safedocker.uid%%3D%u%%22%%5D%%7D",
		       list, (unsigned)t->w->subject->uid);
	n = look_up(t, path, &body, reterr) == 200 ?
		    inspect_count(buf_slice(&body), reterr) :
		    error_set(reterr, ERR_ENGINE, "the engine does not list %s", list);
	buf_free(&body);
	return n;
}

static int check(const struct turn *t, long n, long more, long limit, const char *what,
		 struct error *reterr)
{
	if (n < 0)
		return -1;
	return n + more <= limit ?
		       0 :
		       error_set(reterr, ERR_DENIED,
				 "you have %ld %s already, and rule %s gives %ld: remove one first",
				 n, what, t->decision.rule, limit);
}

int limit_networks(struct turn *t, struct error *reterr)
{
	if (t->request.route->operation != OPERATION_NETWORK_CREATE)
		return 0;
	/* What is explained makes nothing. */
	t->locked = t->w->explain == NULL && audit_lock(t->w->audit, t->w->subject->uid);
	if (!t->locked && t->w->explain == NULL)
		return error_set(reterr, ERR_DENIED, "another request of yours makes a network and is "
				 "not done: try again");
	return check(t, count(t, "networks", reterr), 1, t->decision.networks, "networks", reterr);
}

/* A name that is there already makes no volume. */
static bool is_there(struct turn *t)
{
	const char *name = json_string_value(json_object_get(t->request.body, "Name"));
	struct buf body = buf_new(INSPECT_MAX);
	char path[300];
	bool there;

	(void)snprintf(path, sizeof(path), "/volumes/%s", name != NULL ? name : "");
	there = name != NULL && *name != '\0' && look_up(t, path, &body, NULL) == 200;
	buf_free(&body);
	return there;
}

int limit_volumes(struct turn *t, struct error *reterr)
{
	bool create = t->request.route->body == BODY_CREATE;
	size_t more = create ? request_new_volumes(&t->request) : 1;

	if (t->decision.volumes == 0 || more == 0 || (!create && is_there(t)))
		return 0;
	return check(t, count(t, "volumes", reterr), (long)more, t->decision.volumes, "volumes",
		     reterr);
}
