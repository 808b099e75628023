/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/peek.h"

#include "helper/io.h"

#define PATIENCE 30000	/* ms for the first bytes of a body */

/* One more read; the end of the stream is none of the body's. */
static int read_on(int client, struct buf *in, long long deadline, struct error *reterr)
{
	long n = io_read(client, in, deadline, reterr);

	/* Whose time is over is the client, not the engine that was asked before. */
	if (n < 0 && reterr->code == ERR_TIMEOUT)
		return error_set(reterr, ERR_SYNTAX, "the body does not begin within %d seconds",
				 PATIENCE / 1000);
	if (n == 0)
		return error_set(reterr, ERR_SYNTAX, "the request ends in the middle of its body");
	return n < 0 ? -1 : 0;
}

int peek_body(int client, struct http_head *head, struct buf *in, struct buf *first,
	      bool *ret_whole, struct error *reterr)
{
	long long deadline = io_now() + PATIENCE;
	struct http_body state = http_body_start(head);
	enum http_progress p = head->framing == HTTP_BODY_NONE ? HTTP_DONE : HTTP_MORE;
	size_t at = 0;

	if (head->expect_continue &&
	    io_write(client, slice_str("HTTP/1.1 100 Continue\r\n\r\n"), deadline, reterr) < 0)
		return -1;
	head->expect_continue = false;
	while (p == HTTP_MORE && first->len < first->max) {
		struct slice data;
		size_t used, room = first->max - first->len;

		p = http_body_feed(&state, slice_after(buf_slice(in), at), &used, &data, reterr);
		if (p == HTTP_ERROR)
			return -1;
		at += used;
		buf_add(first, data.p, data.n < room ? data.n : room);
		if (first->failed)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
		if (p == HTTP_MORE && used == 0 && read_on(client, in, deadline, reterr) < 0)
			return -1;
	}
	*ret_whole = p == HTTP_DONE;
	return 0;
}
