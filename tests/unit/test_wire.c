/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http.h"
#include "wire/json.h"
#include "wire/url.h"

#define GET "GET /_ping HTTP/1.1\r\nHost: x\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: x\r\n"

/* --- request heads ------------------------------------------------------------------- */
static const char *const good_heads[] = {
	GET "\r\n",
	"HEAD /_ping HTTP/1.1\r\nHost:x\r\n\r\n",
	"DELETE /v1.41/containers/a?force=1 HTTP/1.1\r\nhOsT: \t x \t\r\n\r\n",
	POST "Content-Length: 5\r\n\r\n",
	POST "Content-Length: 0\r\n\r\n",
	POST "Transfer-Encoding: chunked\r\n\r\n",
	POST "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
	POST "Connection: keep-alive, Upgrade\r\nUpgrade: tcp\r\n\r\n",
	GET "Connection: close\r\n\r\n",
	GET "Connection: \t close\t , keep-alive \r\n\r\n",
	GET "Content-Length: 0\r\n\r\n",
	POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n",
	GET "X-Odd!#$%&'*+-.^_`|~: \xff\xfe\r\n\r\n",
	GET "Empty:\r\n\r\n",
	GET "Accept: a\r\nAccept: b\r\n\r\n",
	"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4611686018427387904\r\n\r\n",
};

START_TEST(good_head)
{
	const char *text = good_heads[_i];
	size_t n = strlen(text), used = 0;
	struct http_head whole, h;

	ck_assert_int_eq(http_request_parse(slice_str(text), &whole, &used, NULL), HTTP_DONE);
	ck_assert_uint_eq(used, n);
	/* Byte by byte it is the same head, and never done before its last byte. */
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(http_request_parse(slice_of(text, i), &h, &used, NULL) == HTTP_MORE,
			      "%zu bytes of %s", i, text);
	/* What stands behind it is not part of it. */
	{
		char more[4096];

		(void)snprintf(more, sizeof(more), "%sGET", text);
		ck_assert_int_eq(http_request_parse(slice_str(more), &h, &used, NULL), HTTP_DONE);
		ck_assert_uint_eq(used, n);
		ck_assert_int_eq(h.method, whole.method);
		ck_assert_int_eq(h.framing, whole.framing);
	}
}
END_TEST

static const char *const bad_heads[] = {
	/* the first line */
	"get /x HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
	"PATCH /x HTTP/1.1\r\nHost: x\r\n\r\n", "GET  /x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /x  HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /x HTTP/1.1 \r\nHost: x\r\n\r\n", "GET\t/x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /x HTTP/1.0\r\nHost: x\r\n\r\n",
	"GET /x HTTP/1.9\r\nHost: x\r\n\r\n", "GET /x http/1.1\r\nHost: x\r\n\r\n", "GET /x\r\n\r\n",
	"GET http://evil/_ping HTTP/1.1\r\nHost: x\r\n\r\n", "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /x#y HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", "\r\nGET /x HTTP/1.1\r\nHost: x\r\n\r\n", " GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
	"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "TRACE /x HTTP/1.1\r\nHost: x\r\n\r\n",
	/* line ends and bytes */
	"GET /x HTTP/1.1\nHost: x\n\n", "GET /x HTTP/1.1\r\nHost: x\n\r\n", "GET /x HTTP/1.1\r\nHost: x\r\r\n\r\n",
	GET "A: b\x01\r\n\r\n", GET "A: b\x7f\r\n\r\n", "GET /x HTTP/1.1\rHost: x\r\n\r\n",
	/* fields */
	"GET /x HTTP/1.1\r\n\r\n", GET "Host: y\r\n\r\n", GET " folded: x\r\n\r\n", GET "A: b\r\n more\r\n\r\n",
	GET "A : b\r\n\r\n", GET ": b\r\n\r\n", GET "A\r\n\r\n", GET "A\x80: b\r\n\r\n", GET "A(b): c\r\n\r\n",
	/* framing */
	POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", POST "Transfer-Encoding: chunked;q=1\r\n\r\n",
	POST "Transfer-Encoding: chunked, chunked\r\n\r\n", POST "Content-Length: 5 5\r\n\r\n", POST "Content-Length: 5.0\r\n\r\n",
	POST "Content-Length: 18446744073709551616\r\n\r\n", POST "Content-Length: 00\r\n\r\n", POST "Content-Length: 1e1\r\n\r\n",
	"HEAD /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
	"DELETE /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
	POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", POST "Transfer-Encoding: Chunked\r\n\r\n",
	POST "Transfer-Encoding: gzip, chunked\r\n\r\n", POST "Transfer-Encoding: identity\r\n\r\n",
	POST "Transfer-Encoding: xchunked\r\n\r\n", POST "Transfer-Encoding:\x0b" "chunked\r\n\r\n", POST "Transfer-Encoding:\r\n\r\n",
	POST "Content-Length: +5\r\n\r\n", POST "Content-Length: -5\r\n\r\n", POST "Content-Length: 05\r\n\r\n",
	POST "Content-Length: 0x5\r\n\r\n", POST "Content-Length: 5, 5\r\n\r\n", POST "Content-Length:\r\n\r\n",
	POST "Content-Length: 4611686018427387905\r\n\r\n", POST "Content-Length: 99999999999999999999\r\n\r\n",
	GET "Content-Length: 5\r\n\r\n", GET "Transfer-Encoding: chunked\r\n\r\n",
	"DELETE /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
	POST "Trailer: X\r\n\r\n", POST "TE: trailers\r\n\r\n", POST "Content-Encoding: gzip\r\n\r\n",
	/* connection */
	POST "Upgrade: tcp\r\n\r\n", POST "Connection: Upgrade\r\n\r\n", POST "Connection: Content-Length\r\n\r\n",
	POST "Connection: close\r\nConnection: close\r\n\r\n", POST "Expect: 200-ok\r\n\r\n", POST "Expect:\r\n\r\n",
	POST "Connection:\r\n\r\n", POST "Connection: close,\r\n\r\n", POST "Connection: ,close\r\n\r\n",
	POST "Connection: close,,keep-alive\r\n\r\n", POST "Connection: close keep-alive\r\n\r\n",
	POST "Connection: close, Transfer-Encoding\r\n\r\n", POST "Connection: HTTP2-Settings, Upgrade\r\nUpgrade: h2c\r\n\r\n",
	POST "Connection: Upgrade\r\nUpgrade: tcp\r\nUpgrade: tcp\r\n\r\n", POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n",
	POST "Content-Type: a\r\nContent-Type: b\r\n\r\n",
};

START_TEST(bad_head)
{
	struct http_head h;
	struct error why = { 0 };
	size_t used;

	ck_assert_msg(http_request_parse(slice_str(bad_heads[_i]), &h, &used, &why) == HTTP_ERROR,
		      "accepted: %s", bad_heads[_i]);
	ck_assert_int_eq(why.code, ERR_SYNTAX);
	ck_assert(*why.text != '\0');
}
END_TEST

START_TEST(nul_in_a_head)
{
	static const char head[] = "GET /x HTTP/1.1\r\nHost: x\0y\r\n\r\n";
	struct http_head h;
	size_t used;

	ck_assert_int_eq(http_request_parse(slice_of(head, sizeof(head) - 1), &h, &used, NULL), HTTP_ERROR);
}
END_TEST

/* Nonsense is refused before its end is there: nobody waits for more of it. */
static const char *const bad_at_once_t[] = { "PRI * HT", "x", "GETT", "GET /x HTTP/1.1\n", "\x16\x03\x01", "GET /\x01" };

START_TEST(bad_at_once)
{
	struct http_head h;
	size_t used;

	ck_assert_int_eq(http_request_parse(slice_str(bad_at_once_t[_i]), &h, &used, NULL), HTTP_ERROR);
}
END_TEST

static void fill(struct buf *b, const char *start, size_t n)
{
	buf_add_str(b, start);
	while (b->len < n)
		buf_add_str(b, "a");
}

START_TEST(heads_have_limits)
{
	struct buf b = buf_new(1 << 20);
	struct http_head h;
	struct error why = { 0 };
	size_t used;

	fill(&b, GET "A: ", HTTP_HEAD_MAX - 4);
	buf_add_str(&b, "\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, NULL), HTTP_DONE);
	buf_reset(&b);
	fill(&b, GET "A: ", HTTP_HEAD_MAX - 3);
	buf_add_str(&b, "\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	/* Also while it is not complete. */
	buf_reset(&b);
	fill(&b, GET "A: ", HTTP_HEAD_MAX + 1);
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	/* One byte short of the maximum the end can still come; at the maximum it cannot. */
	ck_assert_int_eq(http_request_parse(slice_of(b.data, HTTP_HEAD_MAX - 1), &h, &used, NULL), HTTP_MORE);
	ck_assert_int_eq(http_request_parse(slice_of(b.data, HTTP_HEAD_MAX), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_reset(&b);
	buf_add_str(&b, GET);
	for (int i = 0; i < HTTP_FIELDS_MAX - 1; i++)
		buf_add_str(&b, "A: b\r\n");
	buf_add_str(&b, "\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, NULL), HTTP_DONE);
	b.len -= 2;
	buf_add_str(&b, "A: b\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_reset(&b);
	fill(&b, "GET /", HTTP_TARGET_MAX + 4);
	buf_add_str(&b, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, NULL), HTTP_DONE);
	ck_assert_uint_eq(h.target.n, HTTP_TARGET_MAX);
	buf_reset(&b);
	fill(&b, "GET /", HTTP_TARGET_MAX + 5);
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, NULL), HTTP_MORE);
	buf_add_str(&b, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_reset(&b);
	fill(&b, "GET /", HTTP_TARGET_MAX + 100);
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_free(&b);
}
END_TEST

/* A refused head leaves nothing behind that could be taken for one. */
START_TEST(a_refused_head_fills_nothing)
{
	struct http_head h = { .status = 7 };
	size_t used = 7;

	ck_assert_int_eq(http_request_parse(slice_str(POST "TE: x\r\n\r\n"), &h, &used, NULL), HTTP_ERROR);
	ck_assert_int_eq(http_request_parse(slice_str(POST), &h, &used, NULL), HTTP_MORE);
	ck_assert_int_eq(http_request_parse(slice_of(NULL, 0), &h, &used, NULL), HTTP_MORE);
	ck_assert_int_eq(http_answer_parse(slice_str("HTTP/3 200 OK\r\n\r\n"), HTTP_GET, &h, &used, NULL), HTTP_ERROR);
	ck_assert_int_eq(http_answer_parse(slice_of(NULL, 0), HTTP_GET, &h, &used, NULL), HTTP_MORE);
	ck_assert_int_eq(h.status, 7);
	ck_assert_uint_eq(used, 7);
}
END_TEST

START_TEST(names_and_reasons)
{
	static const struct { enum http_method method; const char *name; } t[] = {
		{ HTTP_GET, "GET" }, { HTTP_HEAD, "HEAD" }, { HTTP_POST, "POST" }, { HTTP_PUT, "PUT" },
		{ HTTP_DELETE, "DELETE" }, { HTTP_METHOD_NONE, "?" }, { (enum http_method)99, "?" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(http_method_name(t[i].method), t[i].name);
	ck_assert_str_eq(http_reason(403), "Forbidden");
	ck_assert_str_eq(http_reason(999), "Error");
}
END_TEST

START_TEST(what_a_head_says)
{
	struct http_head h;
	size_t used;

	ck_assert_int_eq(http_request_parse(slice_str(POST "A: 1\r\na: 2\r\nB: x\r\nContent-Length: 7\r\n"
						      "Connection: close\r\nExpect: 100-Continue\r\n\r\n"),
					    &h, &used, NULL), HTTP_DONE);
	ck_assert_int_eq(h.method, HTTP_POST);
	ck_assert(slice_is(h.target, "/x"));
	ck_assert_int_eq(h.framing, HTTP_BODY_COUNTED);
	ck_assert_uint_eq(h.length, 7);
	ck_assert(h.close && h.expect_continue && !h.upgrade);
	ck_assert_ptr_null(http_field(&h, "A").p);
	ck_assert_uint_eq(http_field_count(&h, "A"), 2);
	ck_assert(slice_is(http_field(&h, "b"), "x"));
	ck_assert_ptr_null(http_field(&h, "C").p);
}
END_TEST

/* --- answers ---------------------------------------------------------------------------- */
static const struct { const char *text; enum http_method asked; int status; enum http_framing framing; } answers_t[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_GET, 200, HTTP_BODY_COUNTED },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_HEAD, 200, HTTP_BODY_NONE },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_GET, 200, HTTP_BODY_NONE },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, 200, HTTP_BODY_CHUNKED },
	{ "HTTP/1.1 200 OK\r\n\r\n", HTTP_POST, 200, HTTP_BODY_UNTIL_CLOSE },
	{ "HTTP/1.0 200 OK\r\n\r\n", HTTP_POST, 200, HTTP_BODY_UNTIL_CLOSE },
	{ "HTTP/1.1 204 No Content\r\n\r\n", HTTP_POST, 204, HTTP_BODY_NONE },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_GET, 304, HTTP_BODY_NONE },
	{ "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", HTTP_POST, 101, HTTP_BODY_NONE },
	{ "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
	  "Upgrade: tcp\r\n\r\n", HTTP_POST, 101, HTTP_BODY_NONE },
	{ "HTTP/1.1 100 Continue\r\n\r\n", HTTP_POST, 100, HTTP_BODY_NONE },
	{ "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_POST, 204, HTTP_BODY_NONE },
	{ "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_HEAD, 404, HTTP_BODY_NONE },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_GET, 200, HTTP_BODY_COUNTED },
	{ "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n", HTTP_GET, 200, HTTP_BODY_COUNTED },
	/* and what an engine must not say */
	{ "HTTP/2 200 OK\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 2000 OK\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 099 OK\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 600 OK\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 20 OK\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 +20 OK\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1  200 OK\r\n\r\n", HTTP_GET, -1, 0 },
	{ "HTTP/1.1 200 OK\nContent-Length: 2\n\n", HTTP_GET, -1, 0 }, { "\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_GET, -1, 0 },
	{ "junk\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 200 OK\r\n bad\r\n\r\n", HTTP_GET, -1, 0 },
};

START_TEST(answers)
{
	struct http_head h;
	struct error why = { 0 };
	size_t used;
	size_t n = strlen(answers_t[_i].text);
	enum http_progress p = http_answer_parse(slice_str(answers_t[_i].text), answers_t[_i].asked, &h, &used, &why);

	for (size_t i = 0; i < n; i++) {
		struct http_head part;
		size_t part_used;

		ck_assert_int_ne(http_answer_parse(slice_of(answers_t[_i].text, i), answers_t[_i].asked, &part, &part_used, NULL), HTTP_DONE);
	}
	if (answers_t[_i].status < 0) {
		ck_assert_int_eq(p, HTTP_ERROR);
		ck_assert_int_eq(why.code, ERR_ENGINE);
		return;
	}
	ck_assert_int_eq(p, HTTP_DONE);
	ck_assert_uint_eq(used, n);
	ck_assert_int_eq(h.status, answers_t[_i].status);
	ck_assert_int_eq(h.framing, answers_t[_i].framing);
	ck_assert(h.upgrade == (answers_t[_i].status == 101));
	ck_assert(h.close == slice_starts(slice_str(answers_t[_i].text), "HTTP/1.0"));
}
END_TEST

/* --- bodies -------------------------------------------------------------------------------- */
/* All of one piece; what it holds is added to *data, what was not used is left in *piece. */
static enum http_progress feed_piece(struct http_body *body, struct slice *piece, struct buf *data)
{
	for (;;) {
		struct slice run;
		size_t used, before = piece->n;
		enum http_progress p = http_body_feed(body, *piece, &used, &run, NULL);

		if (p == HTTP_ERROR)
			return p;
		ck_assert_uint_le(used, before);
		ck_assert_uint_le(run.n, used);
		buf_add_slice(data, run);
		*piece = slice_after(*piece, used);
		if (p == HTTP_DONE || used == 0)
			return p;
	}
}

/* The text in two pieces, split at `at`; *data is emptied before. */
static enum http_progress feed(struct http_body body, struct slice text, size_t at, struct buf *data, size_t *ret_left)
{
	struct slice first = slice_of(text.p, at), second = slice_after(text, at);
	enum http_progress p;

	buf_reset(data);
	p = feed_piece(&body, &first, data);
	if (p == HTTP_MORE) {
		ck_assert_uint_eq(first.n, 0);
		p = feed_piece(&body, &second, data);
	}
	*ret_left = first.n + second.n;
	return p;
}

static struct http_body body_of(enum http_framing framing, uint64_t length)
{
	struct http_head head = { .framing = framing, .length = length };

	return http_body_start(&head);
}

static const struct { enum http_framing framing; uint64_t length; const char *text, *data; size_t left; } good_body_t[] = {
	{ HTTP_BODY_NONE, 0, "next", "", 4 },
	{ HTTP_BODY_COUNTED, 5, "hello", "hello", 0 },
	{ HTTP_BODY_COUNTED, 5, "hellonext", "hello", 4 },
	{ HTTP_BODY_CHUNKED, 0, "5\r\nhello\r\n0\r\n\r\nnext", "hello", 4 },
	{ HTTP_BODY_CHUNKED, 0, "0\r\n\r\n", "", 0 },
	{ HTTP_BODY_CHUNKED, 0, "0\r\n\r\n0\r\n\r\n", "", 5 },
	{ HTTP_BODY_CHUNKED, 0, "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a", 0 },
	{ HTTP_BODY_CHUNKED, 0, "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0 },
	{ HTTP_BODY_CHUNKED, 0, "1\r\na\r\n1\r\nb\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n", "ab0123456789abcdef", 0 },
	/* Data that looks like framing is data. */
	{ HTTP_BODY_CHUNKED, 0, "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", 0 },
};

START_TEST(good_body)
{
	struct buf data = buf_new(1000);
	struct slice text = slice_str(good_body_t[_i].text);

	for (size_t at = 0; at <= text.n; at++) {
		size_t left;

		ck_assert_int_eq(feed(body_of(good_body_t[_i].framing, good_body_t[_i].length), text, at, &data, &left), HTTP_DONE);
		ck_assert(slice_is(buf_slice(&data), good_body_t[_i].data));
		ck_assert_uint_eq(left, good_body_t[_i].left);
	}
	/* And what is cut short is never whole. */
	for (size_t n = 0; n + good_body_t[_i].left < text.n; n++) {
		size_t left;

		ck_assert_int_eq(feed(body_of(good_body_t[_i].framing, good_body_t[_i].length), slice_of(text.p, n), n / 2, &data, &left), HTTP_MORE);
		ck_assert_uint_eq(left, 0);
	}
	buf_free(&data);
}
END_TEST

static const char *const bad_body_t[] = {
	/* extensions, and sizes of another spelling */
	"5;ext=1\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n", "0;a\r\n\r\n", "05\r\nhello\r\n0\r\n\r\n", "00\r\n\r\n",
	"5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
	"5\t\r\nhello\r\n0\r\n\r\n", "5_0\r\n", "g\r\n", "\r\n", "\r\n0\r\n\r\n", "5\xff\r\n",
	/* 2^64 and more */
	"10000000000000000\r\n", "fffffffffffffffff\r\n", "00000000000000005\r\n",
	/* line ends */
	"5\nhello\n0\n\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\rhello", "5\r\nhello\r0\r\n\r\n",
	/* a chunk that is longer, or shorter, than it says */
	"5\r\nhelloX0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n",
	/* trailers */
	"0\r\nX: y\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "5\r\nhello\r\n0\r\n \r\n",
};

START_TEST(bad_body)
{
	struct buf data = buf_new(1000);
	struct slice text = slice_str(bad_body_t[_i]);

	for (size_t at = 0; at <= text.n; at++) {
		size_t left;

		ck_assert_msg(feed(body_of(HTTP_BODY_CHUNKED, 0), text, at, &data, &left) == HTTP_ERROR, "accepted: %s", bad_body_t[_i]);
	}
	buf_free(&data);
}
END_TEST

START_TEST(nothing_follows_a_bad_chunk)
{
	struct http_body body = body_of(HTTP_BODY_CHUNKED, 0);
	struct error why = { 0 };
	struct slice run;
	size_t used;

	ck_assert_int_eq(http_body_feed(&body, slice_str("5\rX"), &used, &run, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_SYNTAX);
	ck_assert_int_eq(http_body_feed(&body, slice_str("hello\r\n0\r\n\r\n"), &used, &run, NULL), HTTP_ERROR);
	ck_assert_int_eq(http_body_feed(&body, slice_str(""), &used, &run, NULL), HTTP_ERROR);
}
END_TEST

START_TEST(sizes_have_64_bits)
{
	struct http_body body = body_of(HTTP_BODY_CHUNKED, 0);
	struct slice run;
	size_t used;

	ck_assert_int_eq(http_body_feed(&body, slice_str("FFFFFFFFffffffff\r\nab"), &used, &run, NULL), HTTP_MORE);
	ck_assert_uint_eq(used, 20);
	ck_assert(slice_is(run, "ab"));
	ck_assert(body.left == UINT64_MAX - 2);
	body = body_of(HTTP_BODY_COUNTED, 1ULL << 62);
	ck_assert_int_eq(http_body_feed(&body, slice_str("abc"), &used, &run, NULL), HTTP_MORE);
	ck_assert(body.left == (1ULL << 62) - 3);
	/* Until close: everything is data, and no byte is its last. */
	body = body_of(HTTP_BODY_UNTIL_CLOSE, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(http_body_feed(&body, slice_str("0\r\n\r\n"), &used, &run, NULL), HTTP_MORE);
		ck_assert_uint_eq(used, 5);
		ck_assert(slice_is(run, "0\r\n\r\n"));
	}
	/* Nothing arrived: nothing happens, whatever the framing is. */
	for (int f = HTTP_BODY_COUNTED; f <= HTTP_BODY_UNTIL_CLOSE; f++) {
		body = body_of((enum http_framing)f, 1);
		ck_assert_int_eq(http_body_feed(&body, slice_of(NULL, 0), &used, &run, NULL), HTTP_MORE);
		ck_assert_uint_eq(used, 0);
		ck_assert_uint_eq(run.n, 0);
	}
}
END_TEST

START_TEST(chunks_that_we_make)
{
	struct buf b = buf_new(100), data = buf_new(100);
	size_t left;

	http_chunk_head(&b, 26);
	buf_add_str(&b, "abcdefghijklmnopqrstuvwxyz\r\n");
	http_chunk_end(&b);
	ck_assert_str_eq(buf_cstr(&b), "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
	ck_assert_int_eq(feed(body_of(HTTP_BODY_CHUNKED, 0), buf_slice(&b), 3, &data, &left), HTTP_DONE);
	ck_assert_str_eq(buf_cstr(&data), "abcdefghijklmnopqrstuvwxyz");
	buf_reset(&b);
	http_chunk_head(&b, SIZE_MAX);
	ck_assert_str_eq(buf_cstr(&b), "ffffffffffffffff\r\n");
	buf_free(&b);
	buf_free(&data);
}
END_TEST

/* --- targets -------------------------------------------------------------------------------- */
static const struct { const char *text; size_t segments; const char *last; const char *a; } good_target_t[] = {
	{ "/_ping", 1, "_ping", NULL }, { "/v1.41/containers/json?a=1", 3, "json", "1" },
	{ "/v1.41/images/docker.io%2Flibrary%2Fbb:1", 3, "docker.io/library/bb:1", NULL },
	{ "/x?a=%7B%22b%22%3A1%7D", 1, "x", "{\"b\":1}" }, { "/x?a", 1, "x", "" }, { "/x?", 1, "x", NULL },
	{ "/x?a=b+c%20d", 1, "x", "b c d" }, { "/x?b=1&a=%C3%BC", 1, "x", "\xc3\xbc" },
	{ "/v1.41/images/a%2fb%3Ac%40d%2Be/json", 4, "json", NULL }, { "/.x/...", 2, "...", NULL }, { "/x?b=a&a=1&a=2", 1, "x", "1" },
	{ "/x?a=%2B%26%3D%3b%25", 1, "x", "+&=;%" }, { "/x?a=//../?/", 1, "x", "//../?/" }, { "/x?A=1", 1, "x", NULL },
	{ "/x?a=1%09%0a", 1, "x", "1\t\n" }, { "/x?a=%252F", 1, "x", "%2F" },
	{ "/x?a=b=c", 1, "x", "b=c" }, { "/a@sha256:0/~b-c_d", 2, "~b-c_d", NULL }, { "/x?a=1%0A2", 1, "x", "1\n2" },
};

START_TEST(good_target)
{
	struct url u;

	ck_assert_int_eq(url_parse(slice_str(good_target_t[_i].text), &u, NULL), 0);
	ck_assert_uint_eq(u.n_segments, good_target_t[_i].segments);
	ck_assert(slice_is(u.segments[u.n_segments - 1], good_target_t[_i].last));
	if (good_target_t[_i].a == NULL)
		ck_assert_ptr_null(url_param(&u, "a").p);
	else
		ck_assert(slice_is(url_param(&u, "a"), good_target_t[_i].a));
	url_free(&u);
}
END_TEST

static const char *const bad_target_t[] = {
	"/", "x", "", "//x", "/x/", "/x//y", "/./x", "/x/..", "/../x", "/x/%2e%2e/y", "/%63ontainers", "/v1%2E41/x",
	"/x%2F..%2Fy", "/x%2F/y", "/%2Fname", "/x%00", "/x%0a", "/x%", "/x%2", "/x%zz", "/x\\y", "/x;y", "/x\"", "/x<",
	"/x?a;b", "/x?a=%", "/x?a=%00", "/x?a=%1b", "/x?a=%ff", "/x?a=%c2%9b", "/x?&", "/x?a=1&", "/x?a=1&&b=2", "/x?=1",
	"/x/%2e", "/x/.%2e", "/x%252Fy", "/x%2F", "/x%2F.", "/x/..%2fy", "/x%5cy", "/x%20y", "/x+%", "/x%7e", "/x=y", "/x,y", "/x!", "/x*",
	"/x&y", "/x'", "/x|", "/x y", "/x\xc3\xbc", "/x%c3%bc", "/x?a=%+1", "/x?a=%1", "/x?a=%0x", "/x?a=%7f", "/x?a=%0d", "/x?a=%c0%af",
	"/x?a=%ed%a0%bd%ed%b0%b3", "/x?a=%f4%90%80%80", "/x?a+b=1", "/x?a%00=1", "/x?a.b=1", "/x??a=1", "?a=1", "x?a=1", "http://x/y", "*",
	"/x?%61=1", "/x?a[]=1", "/x?a=%ed%a0%80", "/x%25", "/x?a b=1",
};

START_TEST(bad_target)
{
	struct url u;
	struct error why = { 0 };

	ck_assert_msg(url_parse(slice_str(bad_target_t[_i]), &u, &why) == -1, "accepted: %s", bad_target_t[_i]);
	ck_assert_int_eq(why.code, ERR_SYNTAX);
}
END_TEST

START_TEST(targets_have_limits)
{
	struct buf b = buf_new(1 << 16);
	struct url u;
	struct error why = { 0 };

	for (int i = 0; i < URL_SEGMENTS_MAX; i++)
		buf_add_str(&b, "/a");
	ck_assert_int_eq(url_parse(buf_slice(&b), &u, NULL), 0);
	url_free(&u);
	buf_add_str(&b, "/a");
	ck_assert_int_eq(url_parse(buf_slice(&b), &u, &why), -1);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_reset(&b);
	buf_add_str(&b, "/x?a=1");
	for (int i = 1; i < URL_PARAMS_MAX; i++)
		buf_add_str(&b, "&a=1");
	ck_assert_int_eq(url_parse(buf_slice(&b), &u, NULL), 0);
	url_free(&u);
	buf_add_str(&b, "&a=1");
	ck_assert_int_eq(url_parse(buf_slice(&b), &u, &why), -1);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_free(&b);
}
END_TEST

START_TEST(encoding)
{
	struct buf b = buf_new(1000);

	buf_add_str(&b, "/x?a=");
	for (int c = 0x20; c < 0x7f; c++)
		url_encode(&b, slice_of(&(char){ (char)c }, 1));
	{
		struct url u;

		ck_assert_int_eq(url_parse(buf_slice(&b), &u, NULL), 0);
		ck_assert_uint_eq(url_param(&u, "a").n, 0x7f - 0x20);
		url_free(&u);
	}
	/* One spelling for every byte, which no reader could take for anything else. */
	buf_reset(&b);
	for (int c = 0; c < 256; c++)
		url_encode(&b, slice_of(&(char){ (char)c }, 1));
	ck_assert_uint_eq(b.len, 66 + 3 * (256 - 66));
	for (size_t i = 0; i < b.len; i++)
		ck_assert(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-%", b.data[i]) != NULL);
	buf_reset(&b);
	url_encode(&b, slice_str("a/b c:\xc3\xbc"));
	ck_assert_str_eq(buf_cstr(&b), "a%2Fb%20c%3A%C3%BC");
	buf_free(&b);
}
END_TEST

/* --- JSON -------------------------------------------------------------------------------------- */
static const char *const good_json_t[] = {
	"{}", " {\"a\":[1,-2,true,null,\"x\"]} \n", "[]", "\"x\"", "9223372036854775807", "{\"a\":{\"a\":1}}",
	"\"\\ud83d\\udc33\"", "1.5", "-9223372036854775808", "{\"a\":1,\"A\":2}", "\t\r\n null \t\r\n", "1e308", "\"\\\"[[[\"",
	"\"\xf0\x9f\x90\xb3\"", "[[],{},\"\"]", "{\"\":0}",
};

START_TEST(good_json)
{
	json_t *v = json_parse(slice_str(good_json_t[_i]), JSON_TOKENS_MAX, NULL);
	char *text;

	ck_assert_ptr_nonnull(v);
	text = json_render(v);
	json_decref(v);
	v = json_parse(slice_str(text), JSON_TOKENS_MAX, NULL);
	ck_assert_ptr_nonnull(v);
	json_decref(v);
	free(text);
}
END_TEST

static const char *const bad_json_t[] = {
	"", "{", "{}{}", "{} x", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{'a':1}", "{\"a\":1,}", "[1,]", "nul",
	"\"\\u0000\"", "{\"\\u0000\":1}", "\"\xff\"", "\"\\ud800\"", "9223372036854775808", "\xef\xbb\xbf{}", "\"a\nb\"", "01",
	"{\"a\":{\"b\":1,\"b\":1}}", "[{\"a\":1,\"b\":2,\"a\":null}]", "{\"a\":1}\xef\xbb\xbf", "\xff\xfe{\0}", "{}]", "1 1", "null x", "[] []",
	"-9223372036854775809", "18446744073709551616", "99999999999999999999999999999999999999", "-", "-01", "0x10", "1.", ".5", "1e",
	"-1e999", "\"\\udc33\"", "\"\\udc33\\ud83d\"", "\"\\ud83d\\ud83d\"", "\"\\ud83dx\"", "\"\\u12\"", "\"\xc0\xaf\"",
	"\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\x01\"", "\"\\", "{\"a\":}", "{\"a\"}", "{1:2}", "{,}", "[,]",
	"[1 2]", "[1}", "{\"a\":1]", "True", "/**/{}", "# c\n{}", "\x0b{}", "\xc2\xa0{}", "Infinity", "\x1b[2J", "{\"a\":\x1b}",
	"+1", "NaN", "// c\n{}", "{\"a\" 1}", "\"abc", "]", "\"\\x\"", "1e999",
};

START_TEST(bad_json)
{
	struct error why = { 0 };
	json_t *v = json_parse(slice_str(bad_json_t[_i]), JSON_TOKENS_MAX, &why);

	ck_assert_msg(v == NULL, "accepted: %s", bad_json_t[_i]);
	ck_assert_int_eq(why.code, ERR_SYNTAX);
	/* What somebody sent does not come out again where people read. */
	ck_assert(*why.text != '\0' && slice_is_clean_text(slice_str(why.text)));
}
END_TEST

START_TEST(json_has_limits)
{
	struct buf b = buf_new(1 << 20);
	struct error why = { 0 };
	json_t *v;

	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		buf_add_str(&b, "[");
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		buf_add_str(&b, "]");
	v = json_parse(buf_slice(&b), JSON_TOKENS_MAX, NULL);
	ck_assert_ptr_nonnull(v);
	json_decref(v);
	buf_reset(&b);
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		buf_add_str(&b, "[");
	ck_assert_ptr_null(json_parse(buf_slice(&b), JSON_TOKENS_MAX, &why));
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_reset(&b);
	buf_add_str(&b, "[0");
	for (int i = 0; i < 9; i++)
		buf_add_str(&b, ",{}");
	buf_add_str(&b, "]");
	v = json_parse(buf_slice(&b), 11, NULL);
	ck_assert_ptr_nonnull(v);
	json_decref(v);
	ck_assert_ptr_null(json_parse(buf_slice(&b), 10, &why));
	ck_assert_int_eq(why.code, ERR_LIMIT);
	/* Brackets in a string are text, and one that was closed is not deep. */
	buf_reset(&b);
	buf_add_str(&b, "[\"\\\"");
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		buf_add_str(&b, "[{");
	buf_add_str(&b, "\"");
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		buf_add_str(&b, ",[]");
	buf_add_str(&b, "]");
	v = json_parse(buf_slice(&b), JSON_TOKENS_MAX, NULL);
	ck_assert_ptr_nonnull(v);
	json_decref(v);
	buf_free(&b);
}
END_TEST

/* Each kind of value costs one, wherever it stands; what comes behind the limit is not even looked at. */
static const struct { const char *text; size_t tokens; } tokens_are_counted_t[] = {
	{ "0", 1 }, { "\"a\"", 1 }, { "true", 1 }, { "[]", 1 }, { "{}", 1 }, { "[[],[]]", 3 }, { "{\"a\":1}", 3 },
	{ "[1,-2.5e3,null]", 4 }, { "{\"a\":{\"b\":[\"c\"]}}", 6 }, { " [ 1 , 2 ] ", 3 }, { "[\"\\\\\",\"\\\"\"]", 3 },
};

START_TEST(tokens_are_counted)
{
	struct error why = { 0 };
	json_t *v = json_parse(slice_str(tokens_are_counted_t[_i].text), tokens_are_counted_t[_i].tokens, NULL);

	ck_assert_ptr_nonnull(v);
	json_decref(v);
	ck_assert_ptr_null(json_parse(slice_str(tokens_are_counted_t[_i].text), tokens_are_counted_t[_i].tokens - 1, &why));
	ck_assert_int_eq(why.code, ERR_LIMIT);
}
END_TEST

static const char *const token_bombs_t[] = { "0,", "\"\",", "[],", "{},", "[", "{\"a\":", "1 ", "\"\"" };

START_TEST(token_bombs)
{
	struct buf b = buf_new(1 << 20);
	struct error why = { 0 };

	buf_add_str(&b, "[");
	for (int i = 0; i <= JSON_TOKENS_MAX; i++)
		buf_add_str(&b, token_bombs_t[_i]);
	ck_assert_ptr_null(json_parse(buf_slice(&b), JSON_TOKENS_MAX, &why));
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_free(&b);
}
END_TEST

START_TEST(json_with_nul)
{
	static const char *const t[] = { "{}\0", "\0{}", "\"a\0b\"", "{\0}", "1\0\0" };
	static const size_t n[] = { 3, 3, 5, 3, 3 };

	ck_assert_ptr_null(json_parse(slice_of(t[_i], n[_i]), JSON_TOKENS_MAX, NULL));
}
END_TEST

START_TEST(json_is_rendered_as_it_stood)
{
	static const char text[] = "{\"b\":[1,-2,true,null],\"a\":{\"z\":\"\xc3\xbc\\n\",\"y\":9223372036854775807}}";
	json_t *v = json_parse(slice_str(text), JSON_TOKENS_MAX, NULL);
	char *again = json_render(v);

	ck_assert_str_eq(again, text);
	free(again);
	json_decref(v);
	ck_assert_ptr_null(json_parse(slice_of(NULL, 0), JSON_TOKENS_MAX, NULL));
}
END_TEST

Suite *wire_suite(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");

	tcase_add_loop_test(t, good_head, 0, COUNT(good_heads));
	tcase_add_loop_test(t, bad_head, 0, COUNT(bad_heads));
	tcase_add_test(t, nul_in_a_head);
	tcase_add_loop_test(t, bad_at_once, 0, COUNT(bad_at_once_t));
	tcase_add_test(t, heads_have_limits);
	tcase_add_test(t, a_refused_head_fills_nothing);
	tcase_add_test(t, names_and_reasons);
	tcase_add_test(t, what_a_head_says);
	tcase_add_loop_test(t, answers, 0, COUNT(answers_t));
	tcase_add_loop_test(t, good_body, 0, COUNT(good_body_t));
	tcase_add_loop_test(t, bad_body, 0, COUNT(bad_body_t));
	tcase_add_test(t, nothing_follows_a_bad_chunk);
	tcase_add_test(t, sizes_have_64_bits);
	tcase_add_test(t, chunks_that_we_make);
	tcase_add_loop_test(t, good_target, 0, COUNT(good_target_t));
	tcase_add_loop_test(t, bad_target, 0, COUNT(bad_target_t));
	tcase_add_test(t, targets_have_limits);
	tcase_add_test(t, encoding);
	tcase_add_loop_test(t, good_json, 0, COUNT(good_json_t));
	tcase_add_loop_test(t, bad_json, 0, COUNT(bad_json_t));
	tcase_add_test(t, json_has_limits);
	tcase_add_loop_test(t, tokens_are_counted, 0, COUNT(tokens_are_counted_t));
	tcase_add_loop_test(t, token_bombs, 0, COUNT(token_bombs_t));
	tcase_add_loop_test(t, json_with_nul, 0, 5);
	tcase_add_test(t, json_is_rendered_as_it_stood);
	suite_add_tcase(s, t);
	return s;
}
