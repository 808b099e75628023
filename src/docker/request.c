/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/filters.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/resource.h"
#include "docker/tar.h"
#include "wire/json.h"
#include "wire/url.h"

enum param_type {
	PARAM_BOOL = 1,
	PARAM_NUMBER,		/* a whole number that may have a minus */
	PARAM_TEXT,
	PARAM_WORD,		/* one of the words in detail */
	PARAM_NAME,		/* of a container */
	PARAM_IMAGE,
	PARAM_TAG,		/* or a digest */
	PARAM_FILTERS,		/* the keys are in detail */
};

struct param {
	enum operation operation;
	const char *name;
	enum param_type type;
	enum flag flag;
	const char *detail;
};

static const struct route routes[] = {
#define ROUTE(method, template, operation, body, reply, object) \
	{ HTTP_##method, template, OPERATION_##operation, BODY_##body, REPLY_##reply, OBJECT_##object },
#include "docker/route.def"
};

static const struct param params[] = {
#define PARAM(operation, name, type, flag, detail) \
	{ OPERATION_##operation, name, PARAM_##type, FLAG_##flag, detail },
#include "docker/route.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- path --------------------------------------------------------------- */
/* "v1.41" and nothing else: the engine also takes v01.41, v1.41.0 and the like. */
static int parse_version(struct slice segment, unsigned *ret)
{
	unsigned long long minor;

	if (!slice_starts(segment, "v1.") ||
	    slice_to_u64(slice_after(segment, 3), 999, &minor) < 0)
		return -1;
	*ret = (unsigned)minor;
	return 0;
}

/* Joins the segments of an image's name; each was decoded and may hold slashes itself. */
static char *join(const struct url *url, size_t from, size_t to)
{
	struct buf name = buf_new(2048);
	char *result;

	for (size_t i = from; i < to; i++) {
		buf_add_str(&name, i > from ? "/" : "");
		buf_add_slice(&name, url->segments[i]);
	}
	result = name.failed ? NULL : slice_dup(buf_slice(&name));
	buf_free(&name);
	return result;
}

/* Does the template fit the segments? Where it has a name, *ret_from and *ret_to are its segments. */
static bool template_fits(const char *template, const struct url *url, size_t first,
			  size_t *ret_from, size_t *ret_to)
{
	struct slice rest = slice_after(slice_str(template), 1);
	size_t at = first;

	*ret_from = *ret_to = 0;
	while (rest.n > 0) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/'));
		size_t behind = 0;

		rest = slice_after(rest, part.n + 1);
		for (size_t i = 0; i < rest.n; i++)
			behind += i == 0 || rest.p[i] == '/';
		if (at >= url->n_segments)
			return false;
		if (slice_is(part, "{image}")) {
			/* One or more; what stands behind it in the template must be left over. */
			if (url->n_segments < at + 1 + behind)
				return false;
			*ret_from = at;
			at = *ret_to = url->n_segments - behind;
		} else if (slice_is(part, "{name}")) {
			*ret_from = at;
			*ret_to = ++at;
		} else if (slice_eq(part, url->segments[at])) {
			at++;
		} else {
			return false;
		}
	}
	return at == url->n_segments;
}

static bool exec_id_ok(struct slice id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'f')))
			return false;
	return id.n == 64;
}

static int check_object(const struct request *r, struct error *reterr)
{
	struct image_ref ref;

	switch (r->route->object) {
	case OBJECT_NONE:
	case OBJECT_PATH:
	case OBJECT_LIST:
		return 0;
	case OBJECT_NETWORK:
		if (!object_name_ok(slice_str(r->object)))
			return error_set(reterr, ERR_NOT_FOUND, "network %s not found", r->object);
		return 0;
	case OBJECT_VOLUME:
		if (!object_name_ok(slice_str(r->object)))
			return error_set(reterr, ERR_NOT_FOUND, "get %s: no such volume", r->object);
		return 0;
	case OBJECT_CONTAINER:
		if (!object_name_ok(slice_str(r->object)))
			return error_set(reterr, ERR_NOT_FOUND, "No such container: %s", r->object);
		return 0;
	case OBJECT_EXEC:
		if (!exec_id_ok(slice_str(r->object)))
			return error_set(reterr, ERR_NOT_FOUND, "No such exec instance: %s", r->object);
		return 0;
	case OBJECT_IMAGE:
		if (image_ref_parse(slice_str(r->object), &ref, NULL) < 0)
			return error_set(reterr, ERR_NOT_FOUND, "No such image: %s", r->object);
		image_ref_free(&ref);
		return 0;
	default:
		return error_set(reterr, ERR_DENIED, "an object of no kind");
	}
}

static int find_route(const struct http_head *head, const struct url *url, struct request *r,
		      struct error *reterr)
{
	size_t first = 0, from, to;

	if (parse_version(url->segments[0], &r->minor) == 0)
		first = 1;
	for (size_t i = 0; i < COUNT(routes) && first < url->n_segments; i++) {
		if (routes[i].method != head->method ||
		    !template_fits(routes[i].template, url, first, &from, &to))
			continue;
		r->route = &routes[i];
		if (to > from) {
			r->object = join(url, from, to);
			if (r->object == NULL)
				return error_set(reterr, ERR_LIMIT, "the name in the path is too long");
		}
		break;
	}
	if (r->route == NULL)
		return error_set(reterr, ERR_NOT_FOUND, "page not found: %s %.*s is not a route that "
				 "safedocker knows", http_method_name(head->method),
				 (int)(url->path.n < 200 ? url->path.n : 200), url->path.p);
	/* Clients ask these two to learn which version to say. */
	if (first == 0 && r->route->operation != OPERATION_SYSTEM_PING &&
	    r->route->operation != OPERATION_SYSTEM_VERSION)
		return error_set(reterr, ERR_SYNTAX, "say which API version: /v1.%d%.*s", API_MINOR_MIN,
				 (int)(url->path.n < 200 ? url->path.n : 200), url->path.p);
	if (first == 1 && (r->minor < API_MINOR_MIN || r->minor > API_MINOR_MAX))
		return error_set(reterr, ERR_SYNTAX, "client version 1.%u is not supported: safedocker "
				 "knows 1.%d to 1.%d", r->minor, API_MINOR_MIN, API_MINOR_MAX);
	return check_object(r, reterr);
}

/* --- query --------------------------------------------------------------- */
static const struct param *find_param(enum operation operation, struct slice name)
{
	for (size_t i = 0; i < COUNT(params); i++)
		if (params[i].operation == operation && slice_is(name, params[i].name))
			return &params[i];
	return NULL;
}

/* The engine takes everything but these few for true; "off" and "2" are refused instead. */
static int parse_bool(struct slice value, bool *ret)
{
	if (slice_is(value, "1") || slice_is_nocase(value, "true"))
		*ret = true;
	else if (value.n == 0 || slice_is(value, "0") || slice_is_nocase(value, "false"))
		*ret = false;
	else
		return -1;
	return 0;
}

static bool word_in(const char *words, struct slice word)
{
	struct slice rest = slice_str(words);

	while (rest.n > 0) {
		struct slice one = slice_of(rest.p, slice_find(rest, ' '));

		if (slice_eq(one, word))
			return true;
		rest = slice_after(rest, one.n + 1);
	}
	return false;
}

static int bad_param(const struct param *p, struct slice value, struct error *reterr)
{
	return error_set(reterr, ERR_SYNTAX, "parameter %s: %.*s is not what is expected there",
			 p->name, (int)(value.n < 100 ? value.n : 100), value.p);
}

static int take_image(struct request *r, const struct param *p, struct slice value, struct error *reterr)
{
	struct image_ref ref;

	if (image_ref_parse(value, &ref, reterr) < 0)
		return -1;
	if (ref.is_id) {
		image_ref_free(&ref);
		return bad_param(p, value, reterr);
	}
	r->facts.image = ref.repository;
	return 0;
}

/* Checks one value and adds what it asks; *ret_text is what will be forwarded, owned. */
static int take_value(struct request *r, const struct param *p, struct slice value, char **ret_text,
		      struct error *reterr)
{
	bool asks = value.n > 0;
	long long number = 0;
	unsigned long long magnitude;
	struct slice digits = value;

	switch (p->type) {
	case PARAM_BOOL:
		if (parse_bool(value, &asks) < 0)
			return bad_param(p, value, reterr);
		*ret_text = slice_dup(slice_str(asks ? "1" : "0"));
		value.n = 0;
		break;
	case PARAM_NUMBER:
		if (value.n > 0 && value.p[0] == '-')
			digits = slice_after(value, 1);
		if (value.n > 0 && slice_to_u64(digits, 1ULL << 40, &magnitude) < 0)
			return bad_param(p, value, reterr);
		number = value.n == 0 ? 0 : digits.n < value.n ? -(long long)magnitude : (long long)magnitude;
		*ret_text = slice_dup(value);
		break;
	case PARAM_TEXT:
		if (!slice_is_clean_text(value))
			return bad_param(p, value, reterr);
		*ret_text = slice_dup(value);
		break;
	case PARAM_WORD:
		if (value.n > 0 && !word_in(p->detail, value))
			return bad_param(p, value, reterr);
		*ret_text = slice_dup(value);
		break;
	case PARAM_NAME:
		/* One slash in front is how older clients write names. */
		if (value.n > 0 && value.p[0] == '/')
			value = slice_after(value, 1);
		if (value.n > 0 && !object_name_ok(value))
			return bad_param(p, value, reterr);
		*ret_text = slice_dup(value);
		break;
	case PARAM_IMAGE:
		if (take_image(r, p, value, reterr) < 0)
			return -1;
		*ret_text = slice_dup(value);
		break;
	case PARAM_TAG:
		for (size_t i = 0; i < value.n; i++)
			if (strchr("-._:", value.p[i]) == NULL && !object_name_ok(slice_of(value.p + i, 1)))
				return bad_param(p, value, reterr);
		*ret_text = slice_dup(value);
		break;
	case PARAM_FILTERS:
		if (value.n == 0) {
			*ret_text = slice_dup(slice_str("{}"));
			break;
		}
		*ret_text = filters_take(value, p->detail, &r->facts, reterr);
		return *ret_text != NULL ? 0 : -1;
	default:
		return bad_param(p, value, reterr);
	}
	if (*ret_text == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (asks && p->flag != FLAG_NONE &&
	    facts_add(&r->facts, p->flag, value.n > 0 ? *ret_text : "", number, p->name) < 0)
		return error_set(reterr, ERR_LIMIT, "too many flags");
	return 0;
}

static int take_params(struct request *r, const struct url *url, struct error *reterr)
{
	for (size_t i = 0; i < url->n_params; i++) {
		const struct param *p = find_param(r->route->operation, url->params[i].name);
		char *text = NULL;

		if (p == NULL)
			return error_set(reterr, ERR_DENIED, "unknown parameter %.*s",
					 (int)(url->params[i].name.n < 100 ? url->params[i].name.n : 100),
					 url->params[i].name.p);
		for (size_t k = 0; k < r->n_values; k++)
			if (r->values[k].param == p)
				return error_set(reterr, ERR_SYNTAX, "parameter %s stands there twice", p->name);
		if (r->n_values == REQUEST_PARAMS_MAX)
			return error_set(reterr, ERR_LIMIT, "too many parameters");
		if (take_value(r, p, url->params[i].value, &text, reterr) < 0) {
			free(text);
			return -1;
		}
		r->values[r->n_values++] = (struct request_value){ .param = p, .text = text };
	}
	if (r->route->operation == OPERATION_IMAGE_PULL && r->facts.image == NULL)
		return error_set(reterr, ERR_SYNTAX, "parameter fromImage is missing");
	if (r->route->operation == OPERATION_CONTAINER_RENAME &&
	    (r->n_values == 0 || *r->values[0].text == '\0'))
		return error_set(reterr, ERR_SYNTAX, "parameter name is missing");
	return 0;
}

/* --- fields of the head ---------------------------------------------------- */
/*
 * A form body is parameters to the engine, and wins over the query: so the type
 * is an allowlist. Without a body the two types that docker sends mean nothing.
 */
static int check_content_type(const struct http_head *head, const struct route *route,
			      struct error *reterr)
{
	struct slice type = http_field(head, "Content-Type");
	struct slice media;

	if (http_field_count(head, "Content-Type") > 1)
		return error_set(reterr, ERR_SYNTAX, "two Content-Type fields");
	media = slice_trim(slice_of(type.p, type.p != NULL ? slice_find(type, ';') : 0));
	if (route->body == BODY_STREAM) {
		if (type.p != NULL && !slice_is_nocase(media, "application/x-tar") &&
		    !slice_is_nocase(media, "application/octet-stream") && !slice_is_nocase(media, "text/plain"))
			return error_set(reterr, ERR_SYNTAX, "Content-Type must be application/x-tar");
		return 0;
	}
	if (route->body != BODY_NONE) {
		if (type.p == NULL || !slice_is_nocase(media, "application/json"))
			return error_set(reterr, ERR_SYNTAX, "Content-Type must be application/json");
		return 0;
	}
	if (head->framing != HTTP_BODY_NONE && !(head->framing == HTTP_BODY_COUNTED && head->length == 0))
		return error_set(reterr, ERR_SYNTAX, "this request has no body");
	if (type.p != NULL && !slice_is_nocase(media, "text/plain") &&
	    !slice_is_nocase(media, "application/json"))
		return error_set(reterr, ERR_SYNTAX, "this request takes no Content-Type %.*s",
				 (int)(media.n < 100 ? media.n : 100), media.p);
	return 0;
}

static bool is_base64(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("-_=+/", text.p[i]) == NULL && !object_name_ok(slice_of(text.p + i, 1)))
			return false;
	return text.n > 0;
}

static int take_registry_auth(const struct http_head *head, struct request *r, struct error *reterr)
{
	struct slice auth = http_field(head, "X-Registry-Auth");

	if (r->route->operation != OPERATION_IMAGE_PULL ||
	    http_field_count(head, "X-Registry-Auth") == 0)
		return 0;
	if (!is_base64(auth) || auth.n > 16384)
		return error_set(reterr, ERR_SYNTAX, "X-Registry-Auth is not base64");
	r->registry_auth = slice_dup(auth);
	return r->registry_auth != NULL ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
}

int request_parse(const struct http_head *head, struct request *ret, struct error *reterr)
{
	struct url url;
	int r;

	*ret = (struct request){ .upgrade = head->upgrade, .framing = head->framing, .length = head->length };
	if (url_parse(head->target, &url, reterr) < 0)
		return -1;
	r = find_route(head, &url, ret, reterr);
	if (r == 0)
		r = check_content_type(head, ret->route, reterr);
	if (r == 0 && head->upgrade && ret->route->reply != REPLY_HIJACK)
		r = error_set(reterr, ERR_SYNTAX, "this request cannot be upgraded");
	if (r == 0)
		r = take_params(ret, &url, reterr);
	if (r == 0)
		r = take_registry_auth(head, ret, reterr);
	url_free(&url);
	return r;
}

int request_judge(struct request *request, struct slice body, const struct subject *subject,
		  struct error *reterr)
{
	json_t *in;
	int r;

	if (request->route->body == BODY_NONE || request->route->body == BODY_STREAM)
		return 0;
	in = json_parse(body, JSON_TOKENS_MAX, reterr);
	if (in == NULL)
		return -1;
	switch (request->route->body) {
	case BODY_CREATE:
		r = create_judge(in, subject, &request->facts, &request->references, &request->body, reterr);
		break;
	case BODY_EXEC:
		r = exec_judge(in, subject, &request->facts, &request->body, reterr);
		break;
	case BODY_EXEC_START:
		r = exec_start_judge(in, &request->facts, &request->detach, &request->body, reterr);
		break;
	case BODY_NETWORK:
		r = network_judge(in, subject, &request->facts, &request->body, reterr);
		break;
	case BODY_CONNECT:
		r = connect_judge(in, &request->facts, &request->references, &request->body, reterr);
		break;
	case BODY_VOLUME:
		r = volume_judge(in, subject, &request->facts, &request->body, reterr);
		break;
	case BODY_NONE:
	case BODY_STREAM:
	default:
		r = error_set(reterr, ERR_DENIED, "no table for this body");
	}
	json_decref(in);
	return r;
}

static bool has_binds(const struct references *references)
{
	for (size_t i = 0; i < references->n; i++)
		if (references->list[i].kind == OBJECT_PATH)
			return true;
	return false;
}

static int apply_create(struct request *r, const struct decision *d, const struct subject *subject,
			struct error *reterr)
{
	r->kind = kind_of_new(r->body, d->root, r->remapped, has_binds(&r->references));
	if (r->kind == CONTAINER_CLOSED && has_binds(&r->references))
		return error_set(reterr, ERR_DENIED, "a closed container takes no path of the host");
	if (references_kinds(&r->references, &r->facts, r->kind, reterr) < 0 ||
	    kind_make(r->body, r->kind, &r->facts, r->remapped, subject, reterr) < 0)
		return -1;
	return create_apply(r->body, d->settings, d->n_settings, reterr);
}

int request_apply(struct request *request, const struct decision *decision, const struct subject *subject,
		  struct error *reterr)
{
	if (references_settle(&request->references) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	switch (request->route->body) {
	case BODY_CREATE:
		return apply_create(request, decision, subject, reterr);
	case BODY_EXEC:
		return kind_exec(request->body, request->kind, request->owner, subject, reterr);
	case BODY_VOLUME:
		request->kind = kind_of_rule(decision->root, request->remapped);
		return kind_label(request->body, "Labels", request->kind) < 0 ?
			error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
	case BODY_NONE:
	case BODY_EXEC_START:
	case BODY_NETWORK:
	case BODY_CONNECT:
	case BODY_STREAM:
	default:
		return 0;
	}
}

/* --- rendering --------------------------------------------------------------- */
static void render_path(const struct request *r, const char *id, struct buf *out)
{
	struct slice rest = slice_str(r->route->template);

	if (r->minor != 0)
		buf_addf(out, "/v1.%u", r->minor);
	while (rest.n > 0) {
		size_t open = slice_find(rest, '{');

		buf_add(out, rest.p, open);
		rest = slice_after(rest, open);
		if (rest.n == 0)
			break;
		/* Ids are hex, names of images are what image_ref_parse() lets through: no byte to encode. */
		buf_add_str(out, id != NULL ? id : r->object);
		rest = slice_after(rest, slice_find(rest, '}') + 1);
	}
}

static int render_query(const struct request *r, const struct subject *subject, bool everybody,
			struct buf *out, struct error *reterr)
{
	char mark = '?', *filters = NULL, owner[64];
	bool owned = r->route->object == OBJECT_LIST && !everybody;

	for (size_t i = 0; i < r->n_values; i++) {
		if (owned && r->values[i].param->type == PARAM_FILTERS)
			continue;
		buf_addf(out, "%c%s=", mark, r->values[i].param->name);
		url_encode(out, slice_str(r->values[i].text));
		mark = '&';
	}
	if (!owned)
		return 0;
	for (size_t i = 0; i < r->n_values && filters == NULL; i++)
		if (r->values[i].param->type == PARAM_FILTERS)
			filters = r->values[i].text;
	(void)snprintf(owner, sizeof(owner), LABEL_OWNER "=%u", (unsigned)subject->uid);
	filters = filters_with_label(filters, owner);
	if (filters == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	buf_addf(out, "%cfilters=", mark);
	url_encode(out, slice_str(filters));
	free(filters);
	return 0;
}

int request_render(const struct request *request, const char *id, const struct subject *subject,
		   bool everybody, struct buf *out, struct error *reterr)
{
	char *body = NULL;

	buf_addf(out, "%s ", http_method_name(request->route->method));
	render_path(request, id, out);
	if (render_query(request, subject, everybody, out, reterr) < 0)
		return -1;
	buf_add_str(out, " HTTP/1.1\r\nHost: docker\r\n");
	if (request->registry_auth != NULL)
		buf_addf(out, "X-Registry-Auth: %s\r\n", request->registry_auth);
	if (request->upgrade && !request->detach)
		buf_add_str(out, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
	if (request->body != NULL) {
		body = json_render(request->body);
		if (body == NULL)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
		buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", strlen(body));
		buf_add_str(out, body);
		free(body);
	} else if (request->route->body == BODY_STREAM) {
		buf_add_str(out, "Content-Type: application/x-tar\r\n");
		if (request->framing == HTTP_BODY_CHUNKED)
			buf_add_str(out, "Transfer-Encoding: chunked\r\n\r\n");
		else
			buf_addf(out, "Content-Length: %llu\r\n\r\n", (unsigned long long)request->length);
	} else {
		buf_add_str(out, request->route->method == HTTP_POST ? "Content-Length: 0\r\n\r\n" : "\r\n");
	}
	return out->failed ? error_set(reterr, ERR_LIMIT, "the request is too long") : 0;
}

void request_render_lookup(const struct request *request, const char *path, struct buf *out)
{
	buf_addf(out, "GET /v1.%u%s HTTP/1.1\r\nHost: docker\r\n\r\n", request->minor, path);
}

void request_render_volume(const struct request *request, const char *name, const struct subject *subject,
			   struct buf *out)
{
	char body[512];
	int n = snprintf(body, sizeof(body), "{\"Name\":\"%s\",\"Driver\":\"local\",\"Labels\":{\""
			 LABEL_OWNER "\":\"%u\",\"" LABEL_KIND "\":\"%s\"}}", name, (unsigned)subject->uid,
			 kind_name(request->kind));

	buf_addf(out, "POST /v1.%u/volumes/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
		 "Content-Length: %d\r\n\r\n%s", request->minor, n, body);
}

void request_render_stat(const struct request *request, const char *id, struct slice path, struct buf *out)
{
	buf_addf(out, "HEAD /v1.%u/containers/%s/archive?path=", request->minor, id);
	url_encode(out, path);
	buf_add_str(out, " HTTP/1.1\r\nHost: docker\r\n\r\n");
}

/*
 * The engine changes owner and mode of a directory that is there already when an archive with it is
 * unpacked into its parent; what is in it stays as it is.
 */
void request_render_give(const struct request *request, const char *id, struct slice path, unsigned mode,
			 const struct subject *subject, struct buf *out)
{
	struct slice parent = path, name;

	while (parent.n > 1 && parent.p[parent.n - 1] == '/')
		parent.n--;
	name = slice_of(parent.p + parent.n, 0);
	while (parent.n > 0 && parent.p[parent.n - 1] != '/') {
		parent.n--;
		name = slice_of(name.p - 1, name.n + 1);
	}
	buf_addf(out, "PUT /v1.%u/containers/%s/archive?noOverwriteDirNonDir=true&path=", request->minor, id);
	url_encode(out, parent);
	buf_addf(out, " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n",
		 TAR_DIRECTORY_LEN);
	tar_directory(out, name, mode, subject->uid, subject->gid);
}

void request_free(struct request *request)
{
	for (size_t i = 0; i < request->n_values; i++)
		free(request->values[i].text);
	free(request->object);
	free(request->registry_auth);
	references_free(&request->references);
	json_decref(request->body);
	facts_free(&request->facts);
	*request = (struct request){ 0 };
}
