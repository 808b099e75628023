/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "wire/http.h"

/* Feeds `step` bytes at a time; returns how it ended, and what was data. */
static enum http_progress feed(struct slice in, size_t step, struct buf *data, size_t *ret_used)
{
	struct http_head head = { .framing = HTTP_BODY_CHUNKED };
	struct http_body body = http_body_start(&head);
	enum http_progress p = HTTP_MORE;
	size_t end = 0, at = 0;

	while (p == HTTP_MORE && end < in.n) {
		end = in.n - end < step ? in.n : end + step;
		while (p == HTTP_MORE && at < end) {
			struct slice run;
			size_t used;

			p = http_body_feed(&body, slice_of(in.p + at, end - at), &used, &run, NULL);
			if (p == HTTP_ERROR)
				break;
			MUST(used <= end - at);
			MUST(run.n == 0 || (run.p >= in.p + at && run.p + run.n <= in.p + at + used));
			buf_add_slice(data, run);
			at += used;
			if (used == 0)
				break;
		}
	}
	*ret_used = at;
	return p;
}

void fuzz_chunked(struct slice in)
{
	struct buf whole = buf_new(1 << 20), parts = buf_new(1 << 20), again = buf_new(1 << 20);
	size_t used, used_parts, step = in.n > 0 ? 1 + (unsigned char)in.p[0] % 7 : 1;
	enum http_progress p;

	p = feed(in, in.n + 1, &whole, &used);
	MUST(feed(in, step, &parts, &used_parts) == p);
	if (p == HTTP_DONE) {
		MUST(used == used_parts && slice_eq(buf_slice(&whole), buf_slice(&parts)));
		/* Framed anew it is the same data, and one message. */
		buf_reset(&parts);
		if (whole.len > 0) {
			http_chunk_head(&parts, whole.len);
			buf_add_slice(&parts, buf_slice(&whole));
			buf_add_str(&parts, "\r\n");
		}
		http_chunk_end(&parts);
		MUST(feed(buf_slice(&parts), parts.len, &again, &used) == HTTP_DONE && used == parts.len);
		MUST(slice_eq(buf_slice(&whole), buf_slice(&again)));
	}
	buf_free(&whole);
	buf_free(&parts);
	buf_free(&again);
}
