/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/http.h"

#include <string.h>

#define LENGTH_MAX (1ULL << 62)
/* Method, version and blanks with the longest target. */
#define FIRST_LINE_MAX (HTTP_TARGET_MAX + 32)

static const struct {
	enum http_method method;
	const char *name;
} methods[] = {
	{ HTTP_GET, "GET" }, { HTTP_HEAD, "HEAD" }, { HTTP_POST, "POST" }, { HTTP_PUT, "PUT" },
	{ HTTP_DELETE, "DELETE" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *http_method_name(enum http_method method)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "?";
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 400, "Bad Request" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

/* --- lines and fields ------------------------------------------- */
/* RFC 9110, section 5.6.2. */
static bool is_tchar(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_value_byte(char c)
{
	unsigned char u = (unsigned char)c;

	return u == '\t' || (u >= 0x20 && u != 0x7f);
}

enum line { LINE_BAD = -1, LINE_WHOLE = 0, LINE_PART = 1 };

/*
 * The line at the start of `in`, without its CR LF. What cannot become a good
 * line any more is bad at once. Neither LF nor CR ends a line alone (RFC 9112,
 * section 2.2, would let us take the one and replace the other).
 */
static enum line next_line(struct slice in, struct slice *ret)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '\r') {
			if (i + 1 == in.n)
				return LINE_PART;
			if (in.p[i + 1] != '\n')
				return LINE_BAD;
			*ret = slice_of(in.p, i);
			return LINE_WHOLE;
		}
		if (!is_value_byte(c))
			return LINE_BAD;
	}
	return LINE_PART;
}

static int parse_field(struct slice line, struct http_head *h, struct error *reterr)
{
	size_t colon = slice_find(line, ':');

	if (colon == 0 || colon == line.n)
		return error_set(reterr, ERR_SYNTAX,
				 "a header field without a name, or without a colon");
	for (size_t i = 0; i < colon; i++)
		if (!is_tchar(line.p[i]))
			return error_set(reterr, ERR_SYNTAX,
					 "a byte in a header field's name that has no "
					 "place there");
	if (h->n_fields == HTTP_FIELDS_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d header fields", HTTP_FIELDS_MAX);
	h->fields[h->n_fields++] = (struct http_field){
		.name = slice_of(line.p, colon),
		.value = slice_trim(slice_after(line, colon + 1)),
	};
	return 0;
}

struct slice http_field(const struct http_head *head, const char *name)
{
	struct slice found = slice_of(NULL, 0);
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++) {
		if (slice_is_nocase(head->fields[i].name, name)) {
			found = head->fields[i].value;
			n++;
		}
	}
	return n == 1 ? found : slice_of(NULL, 0);
}

size_t http_field_count(const struct http_head *head, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++)
		n += slice_is_nocase(head->fields[i].name, name);
	return n;
}

/* Fields that may stand there once at most, because two of them would be two meanings. */
static int at_most_once(const struct http_head *h, struct error *reterr)
{
	static const char *const single[] = {
		"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect",
		"Content-Type",
	};

	for (size_t i = 0; i < COUNT(single); i++)
		if (http_field_count(h, single[i]) > 1)
			return error_set(reterr, ERR_SYNTAX, "header field %s stands there twice",
					 single[i]);
	return 0;
}

/* RFC 9110, section 7.6.1; empty list elements are refused. */
static int parse_connection(struct http_head *h, struct error *reterr)
{
	struct slice rest = http_field(h, "Connection");
	size_t comma = 0;

	for (bool more = rest.p != NULL; more; rest = slice_after(rest, comma + 1)) {
		struct slice option;

		comma = slice_find(rest, ',');
		more = comma < rest.n;
		option = slice_trim(slice_of(rest.p, comma));

		if (slice_is_nocase(option, "close"))
			h->close = true;
		else if (slice_is_nocase(option, "Upgrade"))
			h->upgrade = true;
		else if (!slice_is_nocase(option, "keep-alive"))
			return error_set(reterr, ERR_SYNTAX,
					 "a Connection option that is not known here");
	}
	return 0;
}

/* RFC 9112, section 6: one framing, or none. */
static int parse_framing(struct http_head *h, struct error *reterr)
{
	struct slice length = http_field(h, "Content-Length");
	struct slice coding = http_field(h, "Transfer-Encoding");
	unsigned long long n;

	if (length.p != NULL && coding.p != NULL)
		return error_set(reterr, ERR_SYNTAX,
				 "Content-Length and Transfer-Encoding together");
	if (coding.p != NULL) {
		if (!slice_is(coding, "chunked"))
			return error_set(reterr, ERR_SYNTAX,
					 "a transfer coding other than chunked");
		h->framing = HTTP_BODY_CHUNKED;
	} else if (length.p != NULL) {
		if (slice_to_u64(length, LENGTH_MAX, &n) < 0)
			return error_set(reterr, ERR_SYNTAX,
					 "a Content-Length that is not a plain number");
		h->framing = n > 0 ? HTTP_BODY_COUNTED : HTTP_BODY_NONE;
		h->length = n;
	}
	return 0;
}

/* --- the first line --------------------------------------------- */
static bool method_may_follow(struct slice in)
{
	for (size_t i = 0; i < COUNT(methods); i++) {
		size_t n = strlen(methods[i].name);
		size_t common = in.n < n ? in.n : n;

		if (memcmp(in.p, methods[i].name, common) == 0 && (in.n <= n || in.p[n] == ' '))
			return true;
	}
	return false;
}

static int parse_request_line(struct slice line, struct http_head *h, struct error *reterr)
{
	size_t space = slice_find(line, ' ');
	struct slice method = slice_of(line.p, space), rest = slice_after(line, space + 1), version;

	for (size_t i = 0; i < COUNT(methods); i++)
		if (slice_is(method, methods[i].name))
			h->method = methods[i].method;
	if (h->method == HTTP_METHOD_NONE)
		return error_set(reterr, ERR_SYNTAX, "a method that is not known here");
	space = slice_find(rest, ' ');
	h->target = slice_of(rest.p, space);
	version = slice_after(rest, space + 1);
	if (!slice_is(version, "HTTP/1.1"))
		return error_set(reterr, ERR_SYNTAX,
				 "the request line is not METHOD /path HTTP/1.1");
	if (h->target.n > HTTP_TARGET_MAX)
		return error_set(reterr, ERR_LIMIT, "a target longer than %d bytes",
				 HTTP_TARGET_MAX);
	if (h->target.n == 0 || h->target.p[0] != '/')
		return error_set(reterr, ERR_SYNTAX, "the target does not begin with a slash");
	for (size_t i = 0; i < h->target.n; i++)
		if (h->target.p[i] < 0x21 || h->target.p[i] > 0x7e || h->target.p[i] == '#')
			return error_set(reterr, ERR_SYNTAX,
					 "a byte in the target that has no place there");
	return 0;
}

static int parse_status_line(struct slice line, struct http_head *h, struct error *reterr)
{
	unsigned long long status;
	struct slice rest;

	if (slice_starts(line, "HTTP/1.0 "))
		h->close = true;
	else if (!slice_starts(line, "HTTP/1.1 "))
		return error_set(reterr, ERR_SYNTAX, "not a status line");
	rest = slice_after(line, 9);
	if (rest.n < 3 || slice_to_u64(slice_of(rest.p, 3), 599, &status) < 0 || status < 100 ||
	    (rest.n > 3 && rest.p[3] != ' '))
		return error_set(reterr, ERR_SYNTAX, "not a status line");
	h->status = (int)status;
	h->reason = slice_after(rest, 4);
	return 0;
}

typedef int first_line(struct slice line, struct http_head *h, struct error *reterr);

/* Everything up to the empty line, into *h. */
static enum http_progress parse_head(struct slice in, first_line *first, struct http_head *h,
				     size_t *ret_used, struct error *reterr)
{
	struct slice rest = in, line = slice_of("", 0);
	bool is_first = true;
	enum line what;

	*h = (struct http_head){ .method = HTTP_METHOD_NONE };
	while ((what = next_line(rest, &line)) == LINE_WHOLE) {
		rest = slice_after(rest, line.n + 2);
		if (is_first && first(line, h, reterr) < 0)
			return HTTP_ERROR;
		if (!is_first && line.n == 0) {
			if (in.n - rest.n > HTTP_HEAD_MAX)
				break;
			*ret_used = in.n - rest.n;
			return HTTP_DONE;
		}
		if (!is_first && parse_field(line, h, reterr) < 0)
			return HTTP_ERROR;
		is_first = false;
	}
	if (what == LINE_BAD) {
		(void)error_set(reterr, ERR_SYNTAX,
				"a control character, or a line that does not end in CR LF");
		return HTTP_ERROR;
	}
	if (is_first && rest.n > FIRST_LINE_MAX) {
		(void)error_set(reterr, ERR_LIMIT, "a first line longer than %d bytes",
				FIRST_LINE_MAX);
		return HTTP_ERROR;
	}
	/* As many bytes without an end: with one more the head would be too long. */
	if (in.n >= HTTP_HEAD_MAX) {
		(void)error_set(reterr, ERR_LIMIT, "a head longer than %d bytes", HTTP_HEAD_MAX);
		return HTTP_ERROR;
	}
	return HTTP_MORE;
}

/* --- requests --------------------------------------------------- */
static int check_request(struct http_head *h, struct error *reterr)
{
	static const char *const refused[] = { "Trailer", "TE", "Content-Encoding" };
	struct slice expect = http_field(h, "Expect");

	if (at_most_once(h, reterr) < 0 || parse_connection(h, reterr) < 0 ||
	    parse_framing(h, reterr) < 0)
		return -1;
	if (http_field_count(h, "Host") != 1)
		return error_set(reterr, ERR_SYNTAX, "there is no Host field");
	for (size_t i = 0; i < COUNT(refused); i++)
		if (http_field_count(h, refused[i]) > 0)
			return error_set(reterr, ERR_SYNTAX, "header field %s is refused",
					 refused[i]);
	if (h->upgrade != (http_field_count(h, "Upgrade") == 1))
		return error_set(reterr, ERR_SYNTAX,
				 "Upgrade and Connection: Upgrade do not stand together");
	if (expect.p != NULL && !slice_is_nocase(expect, "100-continue"))
		return error_set(reterr, ERR_SYNTAX, "an Expect other than 100-continue");
	h->expect_continue = expect.p != NULL;
	if (h->framing != HTTP_BODY_NONE && h->method != HTTP_POST && h->method != HTTP_PUT)
		return error_set(reterr, ERR_SYNTAX, "%s with a body", http_method_name(h->method));
	return 0;
}

enum http_progress http_request_parse(struct slice in, struct http_head *ret, size_t *ret_used,
				      struct error *reterr)
{
	struct http_head h;
	enum http_progress p;
	size_t used;

	if (in.n > 0 && !method_may_follow(in)) {
		(void)error_set(reterr, ERR_SYNTAX, "a method that is not known here");
		return HTTP_ERROR;
	}
	p = parse_head(in, parse_request_line, &h, &used, reterr);
	if (p == HTTP_DONE && check_request(&h, reterr) < 0)
		return HTTP_ERROR;
	if (p == HTTP_DONE) {
		*ret = h;
		*ret_used = used;
	}
	return p;
}

/* --- answers ---------------------------------------------------- */
static int check_answer(struct http_head *h, enum http_method asked, struct error *reterr)
{
	bool old = h->close;

	if (at_most_once(h, reterr) < 0 || parse_framing(h, reterr) < 0)
		return -1;
	if (old && h->framing == HTTP_BODY_CHUNKED)
		return error_set(reterr, ERR_SYNTAX, "a chunked answer of HTTP/1.0");
	if (parse_connection(h, reterr) < 0)
		return -1;
	h->upgrade = h->upgrade && http_field_count(h, "Upgrade") == 1;
	/* RFC 9112, section 6.3. */
	if (h->status < 200 || h->status == 204 || h->status == 304 || asked == HTTP_HEAD)
		h->framing = HTTP_BODY_NONE;
	else if (h->framing == HTTP_BODY_NONE && http_field_count(h, "Content-Length") == 0)
		h->framing = HTTP_BODY_UNTIL_CLOSE;
	return 0;
}

enum http_progress http_answer_parse(struct slice in, enum http_method asked, struct http_head *ret,
				     size_t *ret_used, struct error *reterr)
{
	struct http_head h;
	size_t used;
	enum http_progress p = parse_head(in, parse_status_line, &h, &used, reterr);

	if (p == HTTP_DONE && check_answer(&h, asked, reterr) < 0)
		p = HTTP_ERROR;
	if (p == HTTP_DONE) {
		*ret = h;
		*ret_used = used;
	}
	if (p == HTTP_ERROR && reterr != NULL)
		reterr->code = ERR_ENGINE;
	return p;
}
