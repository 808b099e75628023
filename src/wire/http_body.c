/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies as they pass by. A counted body ends where its head said; a chunked one has one spelling
 * of each size, CR LF and no other line end, no extension and no trailer. What is wrong once is
 * wrong for good: nothing behind an error has a meaning.
 */
#include "wire/http.h"

#define CHUNK_DIGITS_MAX 16	/* 64 bit */

enum chunk_state {
	CHUNK_SIZE = 0,		/* hex digits */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_END_CR,		/* of the empty line behind the last chunk */
	CHUNK_END_LF,
	CHUNK_OVER,
	CHUNK_BAD,		/* for good: nothing behind an error has a meaning */
};

struct http_body http_body_start(const struct http_head *head)
{
	return (struct http_body){ .framing = head->framing,
				   .left = head->length,
				   .state = CHUNK_SIZE };
}

static enum http_progress bad_chunk(struct http_body *b, struct error *reterr)
{
	b->state = CHUNK_BAD;
	(void)error_set(reterr, ERR_SYNTAX, "a chunk that is not SIZE CR LF DATA CR LF");
	return HTTP_ERROR;
}

static int size_digit(struct http_body *b, char c)
{
	int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

	/* No zero in front, so that a size has one spelling. */
	if (digit < 0 || b->digits == CHUNK_DIGITS_MAX || (b->digits > 0 && b->left == 0))
		return -1;
	b->left = b->left * 16 + (unsigned)digit;
	b->digits++;
	return 0;
}

/* One byte of the framing itself. */
static int chunk_byte(struct http_body *b, char c)
{
	switch ((enum chunk_state)b->state) {
	case CHUNK_SIZE:
		if (c != '\r')
			return size_digit(b, c);
		if (b->digits == 0)
			return -1;
		b->state = CHUNK_SIZE_LF;
		return 0;
	case CHUNK_SIZE_LF:
		b->state = b->left > 0 ? CHUNK_DATA : CHUNK_END_CR;
		return c == '\n' ? 0 : -1;
	case CHUNK_DATA_CR:
		b->state = CHUNK_DATA_LF;
		return c == '\r' ? 0 : -1;
	case CHUNK_DATA_LF:
		b->state = CHUNK_SIZE;
		b->digits = 0;
		return c == '\n' ? 0 : -1;
	case CHUNK_END_CR:
		b->state = CHUNK_END_LF;
		return c == '\r' ? 0 : -1;
	case CHUNK_END_LF:
		b->state = CHUNK_OVER;
		return c == '\n' ? 0 : -1;
	case CHUNK_DATA:
	case CHUNK_OVER:
	case CHUNK_BAD:
	default:
		return -1;
	}
}

static struct slice take_data(struct http_body *b, struct slice in)
{
	if (b->framing != HTTP_BODY_UNTIL_CLOSE) {
		if (in.n > b->left)
			in.n = (size_t)b->left;
		b->left -= in.n;
	}
	return in;
}

static enum http_progress feed_chunked(struct http_body *b, struct slice in, size_t *ret_used,
				       struct slice *ret_data, struct error *reterr)
{
	size_t at = 0;

	if (b->state == CHUNK_BAD)
		return bad_chunk(b, reterr);
	while (at < in.n && b->state != CHUNK_DATA && b->state != CHUNK_OVER)
		if (chunk_byte(b, in.p[at++]) < 0)
			return bad_chunk(b, reterr);
	if (b->state == CHUNK_DATA) {
		*ret_data = take_data(b, slice_after(in, at));
		at += ret_data->n;
		if (b->left == 0)
			b->state = CHUNK_DATA_CR;
	}
	*ret_used = at;
	return b->state == CHUNK_OVER ? HTTP_DONE : HTTP_MORE;
}

enum http_progress http_body_feed(struct http_body *body, struct slice in, size_t *ret_used,
				  struct slice *ret_data, struct error *reterr)
{
	*ret_data = slice_of(in.p, 0);
	*ret_used = 0;
	switch (body->framing) {
	case HTTP_BODY_NONE:
		return HTTP_DONE;
	case HTTP_BODY_CHUNKED:
		return feed_chunked(body, in, ret_used, ret_data, reterr);
	case HTTP_BODY_COUNTED:
	case HTTP_BODY_UNTIL_CLOSE:
	default:
		*ret_data = take_data(body, in);
		*ret_used = ret_data->n;
		return body->framing == HTTP_BODY_COUNTED && body->left == 0 ? HTTP_DONE
									     : HTTP_MORE;
	}
}

void http_chunk_head(struct buf *out, size_t n)
{
	buf_addf(out, "%zx\r\n", n);
}

void http_chunk_end(struct buf *out)
{
	buf_add_str(out, "0\r\n\r\n");
}
