/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/peek.h"

#include "setgid/io.h"
#include "setgid/patience.h"

/* One more read; the end of the stream is none of the body's. */
static int read_on(struct client *c, const struct io_limit *limit, struct error *reterr)
{
	long n = io_read(c->fd, &c->in, limit, reterr);

	/* Whose time is over is the client, not the engine that was asked before. */
	if (n < 0 && reterr->code == ERR_TIMEOUT)
		return error_set(reterr, ERR_SYNTAX, "the body does not begin within %d seconds",
				 BODY_PATIENCE / 1000);
	if (n == 0)
		return error_set(reterr, ERR_SYNTAX, "the request ends in the middle of its body");
	return n < 0 ? -1 : 0;
}

int peek_body(struct client *c, struct buf *first, struct error *reterr)
{
	const struct io_limit limit = { .deadline = io_now() + BODY_PATIENCE };
	struct http_body state = http_body_start(&c->head);
	enum http_progress p = c->head.framing == HTTP_BODY_NONE ? HTTP_DONE : HTTP_MORE;
	size_t at = 0;

	if (client_continue(c, reterr) < 0)
		return -1;
	while (p == HTTP_MORE && first->len < first->max) {
		struct slice data;
		size_t used, room = first->max - first->len;

		p = http_body_feed(&state, slice_after(buf_slice(&c->in), at), &used, &data, reterr);
		if (p == HTTP_ERROR)
			return -1;
		at += used;
		buf_add(first, data.p, data.n < room ? data.n : room);
		if (first->failed)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
		if (p == HTTP_MORE && used == 0 && read_on(c, &limit, reterr) < 0)
			return -1;
	}
	return 0;
}
