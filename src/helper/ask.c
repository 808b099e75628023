/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/turn.h"

#include "docker/answer.h"
#include "docker/inspect.h"
#include "helper/explain.h"
#include "helper/io.h"

#define INTERIM_MAX 32		/* 1xx answers in front of one that counts; engines send one at most */

int engine_head(struct turn *t, enum http_method asked, long long deadline, time_t until,
		struct http_head *ret, size_t *ret_used, struct error *reterr)
{
	unsigned interim = 0;

	for (;;) {
		enum http_progress p = HTTP_MORE;
		long n;

		if (t->out->len > 0)
			p = http_answer_parse(buf_slice(t->out), asked, ret, ret_used, reterr);
		if (p == HTTP_ERROR)
			return -1;
		if (p == HTTP_DONE && ret->status < 200 && ret->status != 101) {
			buf_consume(t->out, *ret_used);
			if (++interim > INTERIM_MAX)
				return error_set(reterr, ERR_ENGINE, "the engine's answer does not come to its point");
			continue;
		}
		if (p == HTTP_DONE)
			return 0;
		n = (long)io_wait(t->w->engine, t->w->client, deadline == IO_FOREVER ? io_before(until) : deadline);
		if (n < 0)
			return error_set(reterr, ERR_CLOSED, "the client has gone");
		if (n == 0 && until != 0 && !io_is_over(until))
			continue;
		if (n == 0)
			return error_set(reterr, ERR_TIMEOUT, "the engine does not answer in time");
		n = io_read(t->w->engine, t->out, deadline, reterr);
		if (n == 0)
			return error_set(reterr, ERR_ENGINE, "the engine ended the connection");
		/* Closed is what the client is; who still waits is told that the engine is. */
		if (n < 0 && reterr->code == ERR_CLOSED)
			reterr->code = ERR_ENGINE;
		if (n < 0)
			return -1;
	}
}

int engine_body(struct turn *t, const struct http_head *head, long long deadline, struct buf *body,
		struct error *reterr)
{
	struct http_body state = http_body_start(head);

	while (head->framing != HTTP_BODY_NONE) {
		struct slice data;
		size_t used;
		enum http_progress p = http_body_feed(&state, buf_slice(t->out), &used, &data, reterr);
		long n = 1;

		if (p == HTTP_ERROR)
			return error_set(reterr, ERR_ENGINE, "the engine's answer cannot be read");
		buf_add_slice(body, data);
		buf_consume(t->out, used);
		if (body->failed)
			return error_set(reterr, ERR_LIMIT, "the engine's answer is larger than %zu bytes", body->max);
		if (p == HTTP_DONE)
			break;
		if (used == 0)
			n = io_read(t->w->engine, t->out, deadline, reterr);
		if (n <= 0)
			return error_set(reterr, ERR_ENGINE, "the engine ended in the middle of its answer");
	}
	return 0;
}

int ask(struct turn *t, enum http_method method, struct slice bytes, struct buf *body, struct error *reterr)
{
	long long deadline = io_now() + LOOKUP_PATIENCE;
	struct http_head head;
	size_t used;

	/* What is explained changes nothing, not even by a request of our own. */
	if (t->w->explain != NULL && method != HTTP_GET && method != HTTP_HEAD)
		return 201;
	if (io_write(t->w->engine, bytes, deadline, reterr) < 0 ||
	    engine_head(t, method, deadline, 0, &head, &used, reterr) < 0)
		return -1;
	buf_consume(t->out, used);
	return engine_body(t, &head, deadline, body, reterr) < 0 ? -1 : head.status;
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
	long long deadline = io_now() + LOOKUP_PATIENCE;
	struct buf bytes = buf_new(4096), body = buf_new(INSPECT_MAX);
	struct engine_info info = { .known = true };
	struct http_head head;
	size_t used;
	int r;

	if (t->info->known)
		return 0;
	request_render_lookup(&t->request, "/info", &bytes);
	r = io_write(t->w->engine, buf_slice(&bytes), deadline, reterr);
	if (r == 0)
		r = engine_head(t, HTTP_GET, deadline, 0, &head, &used, reterr);
	if (r == 0) {
		/* The slices of `head` end with these bytes. */
		info.minor = inspect_version(http_field(&head, "Api-Version"));
		buf_consume(t->out, used);
		r = engine_body(t, &head, deadline, &body, reterr);
	}
	if (r == 0 && head.status == 200)
		info.remapped = inspect_info(buf_slice(&body), info.data_root, sizeof(info.data_root));
	if (r == 0)
		*t->info = info;
	buf_free(&bytes);
	buf_free(&body);
	return r;
}
