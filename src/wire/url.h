/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * url - request targets (RFC 3986), with one accepted spelling each: the engine
 * decodes before it routes, so what decodes to something else is refused here.
 */
#ifndef SAFEDOCKER_URL_H
#define SAFEDOCKER_URL_H

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"

#define URL_SEGMENTS_MAX 32
#define URL_PARAMS_MAX 64

struct url_param {
	struct slice name;	/* decoded */
	struct slice value;	/* decoded */
};

struct url {
	struct slice path;			/* as it stood */
	struct slice segments[URL_SEGMENTS_MAX];	/* between the slashes, decoded */
	size_t n_segments;
	struct url_param params[URL_PARAMS_MAX];
	size_t n_params;
	char *store;				/* owned: what the decoded slices point into */
};

/*
 * Takes a target apart. Path: begins with `/`; segments are not empty (so no
 * `//` and no slash at the end; the path "/" alone is refused), not `.` or `..`, and
 * consist of [A-Za-z0-9._:@~+-] or %XX (upper or lower case hex) where XX is one of `/`, `:`, `@`,
 * `+`: what a client encodes in image names. A `/` that is decoded stays inside its segment.
 * Query: name=value joined by `&`; `=` may be missing (empty value) ; names and values are decoded
 * once, `+` is a space, `;` is refused; names are [A-Za-z0-9_-]+ as they stand (an encoded name is
 * refused); values must decode to clean UTF-8 without control characters, but TAB and LF. An empty
 * query after `?` is no query; an empty piece (`&&`) is refused.
 * Returns 0 (free with url_free()) or -1: ERR_SYNTAX, or ERR_LIMIT for the counts above and for a
 * target of more than HTTP_HEAD_MAX bytes.
 */
int url_parse(struct slice target, struct url *ret, struct error *reterr);
void url_free(struct url *url);

/* Adds s percent-encoded: all but [A-Za-z0-9._~-]; one spelling for the engine. */
void url_encode(struct buf *out, struct slice s);

/*
 * The value of the only parameter of this name; p == NULL where there is none. Repeated ones: the
 * first.
 */
struct slice url_param(const struct url *url, const char *name);

#endif
