/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/url.h"

#include <stdlib.h>
#include <string.h>

#include "wire/http.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool in(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* One escape at the start of s: the byte, or -1. */
static int escape(struct slice s)
{
	int high, low;

	if (s.n < 3)
		return -1;
	high = hex_digit(s.p[1]);
	low = hex_digit(s.p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static int segment(struct slice in_bytes, char **store, struct slice *ret, struct error *reterr)
{
	char *at = *store;

	while (in_bytes.n > 0) {
		char c = in_bytes.p[0];
		int byte;

		if (c == '%') {
			byte = escape(in_bytes);
			if (byte < 0 || !in("/:@+", (char)byte))
				return error_set(reterr, ERR_SYNTAX,
						 "an escape in the path that nothing needs");
			*at++ = (char)byte;
			in_bytes = slice_after(in_bytes, 3);
			continue;
		}
		if (!is_alnum(c) && !in("._:@~+-", c))
			return error_set(reterr, ERR_SYNTAX,
					 "a byte in the path that has no place there");
		*at++ = c;
		in_bytes = slice_after(in_bytes, 1);
	}
	*ret = slice_of(*store, (size_t)(at - *store));
	*store = at;
	if (ret->n == 0 || slice_is(*ret, ".") || slice_is(*ret, ".."))
		return error_set(reterr, ERR_SYNTAX, "an empty, `.` or `..` segment in the path");
	/* What was decoded must not make such a segment either. */
	for (struct slice rest = *ret;;) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/'));

		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return error_set(reterr, ERR_SYNTAX,
					 "an empty, `.` or `..` segment in the path");
		if (part.n == rest.n)
			return 0;
		rest = slice_after(rest, part.n + 1);
	}
}

static bool value_ok(struct slice s)
{
	while (s.n > 0) {
		uint32_t point;
		size_t used = slice_utf8_next(s, &point);

		if (used == 0 || (point < 0x20 && point != '\t' && point != '\n') ||
		    (point >= 0x7f && point < 0xa0))
			return false;
		s = slice_after(s, used);
	}
	return true;
}

static int value(struct slice in_bytes, char **store, struct slice *ret, struct error *reterr)
{
	char *at = *store;

	while (in_bytes.n > 0) {
		int byte = (unsigned char)in_bytes.p[0];
		size_t used = 1;

		if (byte == '%') {
			byte = escape(in_bytes);
			used = 3;
		} else if (byte == '+') {
			byte = ' ';
		}
		if (byte < 0 || (used == 1 && byte == ';'))
			return error_set(reterr, ERR_SYNTAX,
					 "a broken escape or a `;` in the query");
		*at++ = (char)byte;
		in_bytes = slice_after(in_bytes, used);
	}
	*ret = slice_of(*store, (size_t)(at - *store));
	*store = at;
	if (!value_ok(*ret))
		return error_set(reterr, ERR_SYNTAX,
				 "a control character or broken UTF-8 in the query");
	return 0;
}

static int param(struct slice piece, char **store, struct url_param *ret, struct error *reterr)
{
	size_t equals = slice_find(piece, '=');

	ret->name = slice_of(piece.p, equals);
	if (equals == 0)
		return error_set(reterr, ERR_SYNTAX, "a query parameter without a name");
	for (size_t i = 0; i < equals; i++)
		if (!is_alnum(piece.p[i]) && !in("_-", piece.p[i]))
			return error_set(reterr, ERR_SYNTAX,
					 "a byte in a query parameter's name that has no "
					 "place there");
	return value(slice_after(piece, equals + 1), store, &ret->value, reterr);
}

/* Calls for each piece between the separators; a trailing separator makes an empty last piece. */
static int take_path(struct slice path, struct url *u, char **store, struct error *reterr)
{
	if (path.n < 2 || path.p[0] != '/')
		return error_set(reterr, ERR_SYNTAX,
				 "the path does not begin with a slash, or names nothing");
	for (struct slice rest = slice_after(path, 1);;) {
		struct slice piece = slice_of(rest.p, slice_find(rest, '/'));

		if (u->n_segments == URL_SEGMENTS_MAX)
			return error_set(reterr, ERR_LIMIT, "more than %d segments in the path",
					 URL_SEGMENTS_MAX);
		if (segment(piece, store, &u->segments[u->n_segments++], reterr) < 0)
			return -1;
		if (piece.n == rest.n)
			return 0;
		rest = slice_after(rest, piece.n + 1);
	}
}

static int take_query(struct slice query, struct url *u, char **store, struct error *reterr)
{
	for (struct slice rest = query;;) {
		struct slice piece = slice_of(rest.p, slice_find(rest, '&'));

		if (u->n_params == URL_PARAMS_MAX)
			return error_set(reterr, ERR_LIMIT, "more than %d query parameters",
					 URL_PARAMS_MAX);
		if (param(piece, store, &u->params[u->n_params++], reterr) < 0)
			return -1;
		if (piece.n == rest.n)
			return 0;
		rest = slice_after(rest, piece.n + 1);
	}
}

int url_parse(struct slice target, struct url *ret, struct error *reterr)
{
	size_t mark = slice_find(target, '?');
	struct slice query = slice_after(target, mark + 1);
	struct url u = { .path = slice_of(target.p, mark) };
	char *at;

	if (target.n > HTTP_HEAD_MAX)
		return error_set(reterr, ERR_LIMIT,
				 "the path and its parameters are longer than %d bytes",
				 HTTP_HEAD_MAX);
	/* Decoding never makes anything longer. */
	u.store = at = malloc(target.n + 1);
	if (u.store == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (take_path(u.path, &u, &at, reterr) < 0 ||
	    (query.n > 0 && take_query(query, &u, &at, reterr) < 0)) {
		url_free(&u);
		return -1;
	}
	*ret = u;
	return 0;
}

void url_free(struct url *url)
{
	free(url->store);
	*url = (struct url){ 0 };
}

void url_encode(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_alnum(s.p[i]) || in("._~-", s.p[i]))
			buf_add(out, s.p + i, 1);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

struct slice url_param(const struct url *url, const char *name)
{
	for (size_t i = 0; i < url->n_params; i++)
		if (slice_is(url->params[i].name, name))
			return url->params[i].value;
	return slice_of(NULL, 0);
}
