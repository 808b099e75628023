/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/client.h"

#include "setgid/io.h"
#include "setgid/patience.h"

struct client client_new(int fd)
{
	return (struct client){
		.fd = fd,
		.in = buf_new(HTTP_HEAD_MAX + 64 * 1024),
		.taken = buf_new(CLIENT_TAKEN_MAX),
	};
}

void client_free(struct client *c)
{
	buf_free(&c->in);
	buf_free(&c->taken);
}

void client_next(struct client *c)
{
	buf_reset(&c->taken);
	c->head = (struct http_head){ .method = HTTP_METHOD_NONE };
	c->close = c->continued = false;
}

/* The first n bytes of c->in belong to this request. */
static void take(struct client *c, size_t n)
{
	buf_add(&c->taken, c->in.data, n);
	buf_consume(&c->in, n);
}

int client_read_head(struct client *c, size_t *ret_used, struct error *reterr)
{
	const struct io_limit limit = { .deadline = io_now() + HEAD_PATIENCE };

	for (;;) {
		enum http_progress p = HTTP_MORE;
		long n;

		if (c->in.len > 0)
			p = http_request_parse(buf_slice(&c->in), &c->head, ret_used, reterr);
		if (p != HTTP_MORE)
			return p == HTTP_DONE ? 1 : -1;
		n = io_read(c->fd, &c->in, &limit, reterr);
		if (n == 0 && c->in.len == 0)
			return 0;
		if (n == 0)
			return error_set(reterr, ERR_SYNTAX,
					 "the request ends in the middle of its head");
		if (n < 0)
			return reterr->code == ERR_CLOSED ? 0 : -1;
	}
}

void client_take_head(struct client *c, size_t used)
{
	take(c, used);
}

int client_continue(struct client *c, struct error *reterr)
{
	if (!c->head.expect_continue || c->continued)
		return 0;
	c->continued = true;
	return client_say(c, slice_str("HTTP/1.1 100 Continue\r\n\r\n"), reterr);
}

/* What has arrived of the body. */
static enum http_progress take_body(struct client *c, struct http_body *state, struct buf *body,
				    struct error *reterr)
{
	enum http_progress p = HTTP_MORE;
	struct slice data;
	size_t used = 1;

	while (p == HTTP_MORE && used > 0) {
		p = http_body_feed(state, buf_slice(&c->in), &used, &data, reterr);
		if (p == HTTP_ERROR)
			return p;
		buf_add_slice(body, data);
		if (body->failed) {
			(void)error_set(reterr, ERR_LIMIT, "the body is larger than %zu bytes",
					body->max);
			return HTTP_ERROR;
		}
		take(c, used);
	}
	return p;
}

int client_read_body(struct client *c, struct buf *body, struct error *reterr)
{
	const struct io_limit limit = { .deadline = io_now() + BODY_PATIENCE };
	struct http_body state = http_body_start(&c->head);
	enum http_progress p;
	long n;

	if (c->head.framing == HTTP_BODY_NONE)
		return 0;
	if (c->head.framing == HTTP_BODY_COUNTED && c->head.length > body->max)
		return error_set(reterr, ERR_LIMIT, "the body is larger than %zu bytes", body->max);
	if (client_continue(c, reterr) < 0)
		return -1;
	while ((p = take_body(c, &state, body, reterr)) == HTTP_MORE) {
		n = io_read(c->fd, &c->in, &limit, reterr);
		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(reterr, ERR_SYNTAX,
					 "the request ends in the middle of its body");
	}
	return p == HTTP_DONE ? 0 : -1;
}

int client_say(struct client *c, struct slice bytes, struct error *reterr)
{
	return io_write(c->fd, bytes, IO_WITHIN(WRITE_PATIENCE), reterr);
}
