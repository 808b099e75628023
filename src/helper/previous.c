/* SPDX-License-Identifier: GPL-2.0-or-later */
/* previous - what the engine would restore is looked up, so that it is judged as if it were asked. */
#include "helper/turn.h"

int previous_take(struct turn *t, struct buf *body, struct error *reterr)
{
	struct buf answer = buf_new(INSPECT_MAX);
	struct resource service = { .owned = false };
	const char *name = t->request.object;
	char path[400];
	int r = object_path(OBJECT_SERVICE, name, path, sizeof(path)), status = 0;

	if (r == 0)
		status = look_up(t, path, &answer, reterr);
	if (r < 0 || status < 0)
		r = -1;
	else if (status == 503)
		r = error_set(reterr, ERR_SYNTAX, "this engine is no swarm manager");
	else if (status != 200 && status != 400 && status != 404)
		r = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	else if (status == 200)
		r = inspect_resource(OBJECT_SERVICE, buf_slice(&answer), &t->w->config->adopted,
				     &service, reterr);
	/* A refusal would tell of another's settings. */
	if (r == 0 && (status != 200 || !service.owned || service.owner != t->w->subject->uid))
		r = object_missing(OBJECT_SERVICE, name, ERR_NOT_FOUND, reterr);
	if (r == 0)
		r = request_previous(&t->request, buf_slice(&answer), body, reterr);
	buf_free(&answer);
	return r;
}
