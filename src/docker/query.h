/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query - the parameters of a request and the fields of its head, by the tables of route.def: each is
 * known, has its type, is judged, and is rendered anew. Pure.
 */
#ifndef SAFEDOCKER_QUERY_H
#define SAFEDOCKER_QUERY_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"
#include "docker/change.h"
#include "docker/reference.h"
#include "model/model.h"
#include "wire/http.h"
#include "wire/url.h"

#define QUERY_MAX 64	/* parameters, as many as url.h takes */
#define HEADERS_MAX 32	/* fields of the head that are passed on */

struct param;
struct header;

struct query_value {
	const struct param *param;
	json_t *text;		/* owned; a string: as it will be forwarded; a reference may stand in it */
};

struct query_header {
	const struct header *header;
	char *text;		/* owned; never recorded */
};

struct query {
	struct query_value values[QUERY_MAX + 4];	/* some of them ours: query_own(), query_own_mapped() */
	size_t n_values;
	struct query_header headers[HEADERS_MAX];
	size_t n_headers;
	struct change_sum changes;	/* what the lines of `changes` add up to */
};

/* Does an operation with this parameter mean something else than without? "?fromSrc" of a template. */
bool query_has(const struct url *url, struct slice name);

/*
 * Takes all parameters and fields of the operation. What they ask is added to facts, what they name to
 * references, which may point into the query. -1: ERR_SYNTAX, ERR_DENIED for a parameter that is unknown, ERR_LIMIT.
 */
int query_take(struct query *query, enum operation operation, const struct http_head *head, const struct url *url,
	       struct facts *facts, struct references *references, struct error *reterr);

/* Was the parameter given? */
bool query_asks(const struct query *query, const char *name);

/* The value of a parameter as it will be forwarded; NULL where it is not there. */
const char *query_text(const struct query *query, const char *name);

/* Takes the parameter out of what will be forwarded. */
void query_drop(struct query *query, const char *name);

/*
 * The owner's label on what the query makes: a build, an import, a commit; and, with `words`, his
 * uid before the words by which the engine knows his sessions and builds from others'. -1 when
 * memory is out.
 */
int query_own(struct query *query, enum operation operation, const struct subject *subject, bool words);

/*
 * Of a commit of a mapped container, behind query_own(): what was for the runtime does not get into the image, and
 * `workdir`, where the container's process really begins (absolute, or ""), does. -1 when memory is out.
 */
int query_own_mapped(struct query *query, enum operation operation, const char *workdir);

/* Sets what a rule limits and the request left open, where the operation has a parameter for it. */
int query_apply(struct query *query, enum operation operation, const struct setting *setting, struct error *reterr);

/* Adds "?…". With `label`, it is added to the filters (there must be a row for them). */
int query_render(const struct query *query, const char *label, const char *but, struct buf *out,
		 struct error *reterr);

/* Adds the fields of the head, each with its CR LF. */
void query_render_headers(const struct query *query, struct buf *out);

void query_free(struct query *query);

#endif
