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
	POST "Connection: close\r\nConnection: close\r\n\r\n", POST "Expect: 200-ok\r\n\r\n",
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
START_TEST(bad_at_once)
{
	static const char *const t[] = { "PRI * HT", "x", "GETT", "GET /x HTTP/1.1\n", "\x16\x03\x01", "GET /\x01" };
	struct http_head h;
	size_t used;

	ck_assert_int_eq(http_request_parse(slice_str(t[_i]), &h, &used, NULL), HTTP_ERROR);
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
	fill(&b, "GET /", HTTP_TARGET_MAX + 5);
	buf_add_str(&b, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(http_request_parse(buf_slice(&b), &h, &used, &why), HTTP_ERROR);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	buf_free(&b);
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
START_TEST(answers)
{
	static const struct { const char *text; enum http_method asked; int status; enum http_framing framing; } t[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_GET, 200, HTTP_BODY_COUNTED },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_HEAD, 200, HTTP_BODY_NONE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_GET, 200, HTTP_BODY_NONE },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, 200, HTTP_BODY_CHUNKED },
		{ "HTTP/1.1 200 OK\r\n\r\n", HTTP_POST, 200, HTTP_BODY_UNTIL_CLOSE },
		{ "HTTP/1.0 200 OK\r\n\r\n", HTTP_POST, 200, HTTP_BODY_UNTIL_CLOSE },
		{ "HTTP/1.1 204 No Content\r\n\r\n", HTTP_POST, 204, HTTP_BODY_NONE },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_GET, 304, HTTP_BODY_NONE },
		{ "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", HTTP_POST, 101, HTTP_BODY_NONE },
		{ "HTTP/1.1 100 Continue\r\n\r\n", HTTP_POST, 100, HTTP_BODY_NONE },
		{ "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n", HTTP_GET, 200, HTTP_BODY_COUNTED },
		/* and what an engine must not say */
		{ "HTTP/2 200 OK\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 2000 OK\r\n\r\n", HTTP_GET, -1, 0 },
		{ "HTTP/1.1 099 OK\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 600 OK\r\n\r\n", HTTP_GET, -1, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", HTTP_GET, -1, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, -1, 0 },
		{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_GET, -1, 0 },
		{ "junk\r\n\r\n", HTTP_GET, -1, 0 }, { "HTTP/1.1 200 OK\r\n bad\r\n\r\n", HTTP_GET, -1, 0 },
	};
	struct http_head h;
	struct error why = { 0 };
	size_t used;
	enum http_progress p = http_answer_parse(slice_str(t[_i].text), t[_i].asked, &h, &used, &why);

	if (t[_i].status < 0) {
		ck_assert_int_eq(p, HTTP_ERROR);
		ck_assert_int_eq(why.code, ERR_ENGINE);
		return;
	}
	ck_assert_int_eq(p, HTTP_DONE);
	ck_assert_int_eq(h.status, t[_i].status);
	ck_assert_int_eq(h.framing, t[_i].framing);
}
END_TEST

/* --- bodies -------------------------------------------------------------------------------- */
/* Feeds the text in two pieces, split at `at`; returns the data, or NULL. */
static char *feed(enum http_framing framing, uint64_t length, struct slice text, size_t at, size_t *ret_left)
{
	struct http_head head = { .framing = framing, .length = length };
	struct http_body body = http_body_start(&head);
	struct slice pieces[2] = { slice_of(text.p, at), slice_after(text, at) };
	struct buf data = buf_new(1 << 20);
	enum http_progress p = HTTP_MORE;
	char *result = NULL;

	for (int i = 0; i < 2 && p == HTTP_MORE; i++) {
		while (p == HTTP_MORE) {
			struct slice run;
			size_t used;

			p = http_body_feed(&body, pieces[i], &used, &run, NULL);
			if (p == HTTP_ERROR)
				break;
			buf_add_slice(&data, run);
			pieces[i] = slice_after(pieces[i], used);
			if (used == 0)
				break;
		}
	}
	*ret_left = pieces[0].n + pieces[1].n;
	if (p == HTTP_DONE)
		result = slice_dup(buf_slice(&data));
	buf_free(&data);
	return result;
}

START_TEST(good_body)
{
	static const struct { enum http_framing framing; uint64_t length; const char *text, *data; size_t left; } t[] = {
		{ HTTP_BODY_NONE, 0, "next", "", 4 },
		{ HTTP_BODY_COUNTED, 5, "hellonext", "hello", 4 },
		{ HTTP_BODY_CHUNKED, 0, "5\r\nhello\r\n0\r\n\r\nnext", "hello", 4 },
		{ HTTP_BODY_CHUNKED, 0, "0\r\n\r\n", "", 0 },
		{ HTTP_BODY_CHUNKED, 0, "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a", 0 },
		{ HTTP_BODY_CHUNKED, 0, "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0 },
	};

	for (size_t at = 0; at <= strlen(t[_i].text); at++) {
		size_t left;
		char *data = feed(t[_i].framing, t[_i].length, slice_str(t[_i].text), at, &left);

		ck_assert_ptr_nonnull(data);
		ck_assert_str_eq(data, t[_i].data);
		ck_assert_uint_eq(left, t[_i].left);
		free(data);
	}
}
END_TEST

START_TEST(bad_body)
{
	static const char *const t[] = {
		"5;ext=1\r\nhello\r\n0\r\n\r\n", "05\r\nhello\r\n0\r\n\r\n", "00\r\n\r\n", "5\nhello\n0\n\n", "5\r\nhelloX0\r\n\r\n",
		"5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
		"\r\n", "0\r\nX: y\r\n\r\n", "g\r\n", "fffffffffffffffff\r\n", "1000000000000000\r\n", "5\r\nhello\r0\r\n\r\n",
	};

	for (size_t at = 0; at <= strlen(t[_i]); at++) {
		size_t left;

		ck_assert_ptr_null(feed(HTTP_BODY_CHUNKED, 0, slice_str(t[_i]), at, &left));
	}
}
END_TEST

START_TEST(chunks_that_we_make)
{
	struct buf b = buf_new(100);
	size_t left;
	char *data;

	http_chunk_head(&b, 26);
	buf_add_str(&b, "abcdefghijklmnopqrstuvwxyz\r\n");
	http_chunk_end(&b);
	data = feed(HTTP_BODY_CHUNKED, 0, buf_slice(&b), 3, &left);
	ck_assert_str_eq(data, "abcdefghijklmnopqrstuvwxyz");
	free(data);
	buf_free(&b);
}
END_TEST

/* --- targets -------------------------------------------------------------------------------- */
START_TEST(good_target)
{
	static const struct { const char *text; size_t segments; const char *last; const char *a; } t[] = {
		{ "/_ping", 1, "_ping", NULL }, { "/v1.41/containers/json?a=1", 3, "json", "1" },
		{ "/v1.41/images/docker.io%2Flibrary%2Fbb:1", 3, "docker.io/library/bb:1", NULL },
		{ "/x?a=%7B%22b%22%3A1%7D", 1, "x", "{\"b\":1}" }, { "/x?a", 1, "x", "" }, { "/x?", 1, "x", NULL },
		{ "/x?a=b+c%20d", 1, "x", "b c d" }, { "/x?b=1&a=%C3%BC", 1, "x", "\xc3\xbc" },
		{ "/x?a=b=c", 1, "x", "b=c" }, { "/a@sha256:0/~b-c_d", 2, "~b-c_d", NULL }, { "/x?a=1%0A2", 1, "x", "1\n2" },
	};
	struct url u;

	ck_assert_int_eq(url_parse(slice_str(t[_i].text), &u, NULL), 0);
	ck_assert_uint_eq(u.n_segments, t[_i].segments);
	ck_assert(slice_is(u.segments[u.n_segments - 1], t[_i].last));
	if (t[_i].a == NULL)
		ck_assert_ptr_null(url_param(&u, "a").p);
	else
		ck_assert(slice_is(url_param(&u, "a"), t[_i].a));
	url_free(&u);
}
END_TEST

START_TEST(bad_target)
{
	static const char *const t[] = {
		"/", "x", "", "//x", "/x/", "/x//y", "/./x", "/x/..", "/../x", "/x/%2e%2e/y", "/%63ontainers", "/v1%2E41/x",
		"/x%2F..%2Fy", "/x%2F/y", "/%2Fname", "/x%00", "/x%0a", "/x%", "/x%2", "/x%zz", "/x\\y", "/x;y", "/x\"", "/x<",
		"/x?a;b", "/x?a=%", "/x?a=%00", "/x?a=%1b", "/x?a=%ff", "/x?a=%c2%9b", "/x?&", "/x?a=1&", "/x?a=1&&b=2", "/x?=1",
		"/x?%61=1", "/x?a[]=1", "/x?a=%ed%a0%80", "/x%25", "/x?a b=1",
	};
	struct url u;
	struct error why = { 0 };

	ck_assert_msg(url_parse(slice_str(t[_i]), &u, &why) == -1, "accepted: %s", t[_i]);
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
	buf_reset(&b);
	url_encode(&b, slice_str("a/b c:\xc3\xbc"));
	ck_assert_str_eq(buf_cstr(&b), "a%2Fb%20c%3A%C3%BC");
	buf_free(&b);
}
END_TEST

/* --- JSON -------------------------------------------------------------------------------------- */
START_TEST(good_json)
{
	static const char *const t[] = {
		"{}", " {\"a\":[1,-2,true,null,\"x\"]} \n", "[]", "\"x\"", "9223372036854775807", "{\"a\":{\"a\":1}}",
		"\"\\ud83d\\udc33\"", "1.5",
	};
	json_t *v = json_parse(slice_str(t[_i]), JSON_TOKENS_MAX, NULL);
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

START_TEST(bad_json)
{
	static const char *const t[] = {
		"", "{", "{}{}", "{} x", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{'a':1}", "{\"a\":1,}", "[1,]", "nul",
		"\"\\u0000\"", "{\"\\u0000\":1}", "\"\xff\"", "\"\\ud800\"", "9223372036854775808", "\xef\xbb\xbf{}", "\"a\nb\"", "01",
		"+1", "NaN", "// c\n{}", "{\"a\" 1}", "\"abc", "]", "\"\\x\"", "1e999",
	};
	struct error why = { 0 };
	json_t *v = json_parse(slice_str(t[_i]), JSON_TOKENS_MAX, &why);

	ck_assert_msg(v == NULL, "accepted: %s", t[_i]);
	ck_assert_int_eq(why.code, ERR_SYNTAX);
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
	buf_free(&b);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *wire_suite(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");

	tcase_add_loop_test(t, good_head, 0, COUNT(good_heads));
	tcase_add_loop_test(t, bad_head, 0, COUNT(bad_heads));
	tcase_add_test(t, nul_in_a_head);
	tcase_add_loop_test(t, bad_at_once, 0, 6);
	tcase_add_test(t, heads_have_limits);
	tcase_add_test(t, what_a_head_says);
	tcase_add_loop_test(t, answers, 0, 20);
	tcase_add_loop_test(t, good_body, 0, 6);
	tcase_add_loop_test(t, bad_body, 0, 15);
	tcase_add_test(t, chunks_that_we_make);
	tcase_add_loop_test(t, good_target, 0, 11);
	tcase_add_loop_test(t, bad_target, 0, 39);
	tcase_add_test(t, targets_have_limits);
	tcase_add_test(t, encoding);
	tcase_add_loop_test(t, good_json, 0, 8);
	tcase_add_loop_test(t, bad_json, 0, 26);
	tcase_add_test(t, json_has_limits);
	suite_add_tcase(s, t);
	return s;
}
