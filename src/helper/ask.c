/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/turn.h"

#include <stdio.h>

#include "docker/answer.h"
#include "docker/inspect.h"
#include "helper/engine.h"
#include "helper/explain.h"

void ask_anew(struct turn *t)
{
	t->asking = (struct asking){ .n = 0 };
}

/* Bounded for each request of the client's: nobody keeps the engine busy, or waits in it, for longer. */
static int take_turn(struct turn *t, struct io_limit *limit, struct error *reterr)
{
	if (t->asking.n == ASKS_MAX)
		return error_set(reterr, ERR_LIMIT, "this request needs more than %d look-ups at the engine: name fewer "
				 "objects at a time", ASKS_MAX);
	if (t->asking.n++ == 0)
		t->asking.deadline = io_now() + LOOKUP_PATIENCE;
	*limit = (struct io_limit){ .deadline = t->asking.deadline };
	return 0;
}

int ask_field(struct turn *t, enum http_method method, struct slice bytes, const char *name, char *ret, size_t size,
	      struct buf *body, struct error *reterr)
{
	struct engine *e = t->w->engine;
	struct io_limit limit;
	struct http_head head;
	struct slice value;

	/* What is explained changes nothing, not even by a request of our own. */
	if (t->w->explain != NULL && method != HTTP_GET && method != HTTP_HEAD)
		return 201;
	if (take_turn(t, &limit, reterr) < 0 || engine_begin(e, method, bytes, &limit, reterr) < 0)
		return -1;
	engine_sent(e);
	if (engine_head(e, t->w->client, &limit, &head, reterr) < 0)
		return -1;
	if (name != NULL) {
		value = http_field(&head, name);
		(void)snprintf(ret, size, "%.*s", (int)value.n, value.n > 0 ? value.p : "");
	}
	return engine_whole(e, t->w->client, &limit, body, reterr) < 0 ? -1 : head.status;
}

int ask(struct turn *t, enum http_method method, struct slice bytes, struct buf *body, struct error *reterr)
{
	return ask_field(t, method, bytes, NULL, NULL, 0, body, reterr);
}

int look_up(struct turn *t, const char *path, struct buf *body, struct error *reterr)
{
	struct buf bytes = buf_new(4096);
	char text[400];
	int r;

	if (t->w->explain != NULL && explain_look_up(t->w->explain, path, body) == 200)
		return 200;
	request_render_lookup(&t->request, path, &bytes);
	r = bytes.failed ? error_set(reterr, ERR_LIMIT, "the name is too long") :
		ask(t, HTTP_GET, buf_slice(&bytes), body, reterr);
	/* The engine does not know this version: that is the answer to the client, in the engine's words. */
	if (r == 400 && answer_message(buf_slice(body), "client version ", text, sizeof(text)))
		r = error_set(reterr, ERR_SYNTAX, "%s", text);
	buf_free(&bytes);
	return r;
}

int engine_info(struct turn *t, struct error *reterr)
{
	struct buf bytes = buf_new(4096), body = buf_new(INSPECT_MAX);
	struct engine_info info = { .known = true };
	char version[32];
	int status;

	if (t->info->known)
		return 0;
	request_render_lookup(&t->request, "/info", &bytes);
	status = ask_field(t, HTTP_GET, buf_slice(&bytes), "Api-Version", version, sizeof(version), &body, reterr);
	if (status >= 0)
		info.minor = inspect_version(slice_str(version));
	if (status == 200)
		info.remapped = inspect_info(buf_slice(&body), info.data_root, sizeof(info.data_root));
	if (status >= 0)
		*t->info = info;
	buf_free(&bytes);
	buf_free(&body);
	return status < 0 ? -1 : 0;
}
