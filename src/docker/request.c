/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/mapped.h"
#include "docker/member.h"
#include "docker/private.h"
#include "docker/service.h"
#include "wire/json.h"
#include "wire/sieve.h"
#include "wire/url.h"

static const struct route routes[] = {
#define ROUTE(method, template, operation, body, reply, object) \
	{ HTTP_##method, template, OPERATION_##operation, BODY_##body, REPLY_##reply, OBJECT_##object },
#include "docker/route.def"
};

static const struct {
	enum operation operation;
	const char *why;
} refused[] = {
#define REFUSE(operation, why) { OPERATION_##operation, why },
#include "docker/route.def"
};

enum fetch { FETCH_IMAGE = 1, FETCH_REGISTRY };

static const struct {
	enum operation operation;
	enum fetch what;
} fetched[] = {
#define FETCH(operation, what) { OPERATION_##operation, FETCH_##what },
#include "docker/route.def"
};

static const struct {
	enum operation operation;
	const char *parameter;
	bool absent;
} lasting[] = {
#define LASTS(operation, parameter, absent) { OPERATION_##operation, parameter, absent },
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

/* Which segments of a path are names. */
struct names {
	size_t from, to;	/* of the object: none when they are equal */
	size_t word;		/* of the second name; 0: there is none */
};

/* Does the template fit the segments, and the query where it says so? */
static bool template_fits(const char *template, const struct url *url, size_t first, struct names *ret)
{
	struct slice rest = slice_after(slice_str(template), 1);
	size_t mark = slice_find(rest, '?'), at = first;

	*ret = (struct names){ 0 };
	if (mark < rest.n && !query_has(url, slice_after(rest, mark + 1)))
		return false;
	rest.n = mark;
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
			ret->from = at;
			at = ret->to = url->n_segments - behind;
		} else if (slice_is(part, "{name}")) {
			ret->from = at;
			ret->to = ++at;
		} else if (slice_is(part, "{word}")) {
			ret->word = at++;
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
	enum object_kind kind = r->route->object;
	struct slice name = slice_str(r->object);
	bool ok = true;
	struct image_ref ref;

	switch (kind) {
	case OBJECT_NONE:
	case OBJECT_PATH:
	case OBJECT_LIST:
		break;
	case OBJECT_EXEC:
		ok = exec_id_ok(name);
		break;
	case OBJECT_IMAGE:
	case OBJECT_IMAGE_OWN:
	case OBJECT_PLUGIN:
		ok = image_ref_parse(name, &ref, NULL) == 0;
		if (ok)
			image_ref_free(&ref);
		break;
	case OBJECT_CONTAINER:
	case OBJECT_NETWORK:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
	case OBJECT_NODE:
	case OBJECT_VOLUME:
		ok = object_name_ok(name);
		break;
	default:
		return error_set(reterr, ERR_DENIED, "an object of no kind");
	}
	if (!ok)
		return object_missing(kind, r->object, ERR_NOT_FOUND, reterr);
	if (r->word != NULL && !object_name_ok(slice_str(r->word)))
		return error_set(reterr, ERR_NOT_FOUND, "no such thing: %s", r->word);
	return 0;
}

/* What the engine asks a registry for, by the name in the path. */
static int take_fetched(struct request *r, struct error *reterr)
{
	struct image_ref ref;

	for (size_t i = 0; i < COUNT(fetched); i++) {
		if (fetched[i].operation != r->route->operation)
			continue;
		if (fetched[i].what == FETCH_REGISTRY)
			return registry_of_name(slice_str(r->object), &r->facts.registry, reterr);
		if (image_ref_parse(slice_str(r->object), &ref, reterr) < 0)
			return -1;
		/* An id names no registry: the engine takes none either. */
		if (ref.is_id) {
			image_ref_free(&ref);
			return object_missing(r->route->object, r->object, ERR_NOT_FOUND, reterr);
		}
		r->facts.image = ref.repository;
		return 0;
	}
	return 0;
}

static int take_names(const struct url *url, const struct names *names, struct request *r, struct error *reterr)
{
	if (names->to > names->from) {
		r->object = join(url, names->from, names->to);
		if (r->object == NULL)
			return error_set(reterr, ERR_LIMIT, "the name in the path is too long");
	}
	if (names->word > 0) {
		r->word = slice_dup(url->segments[names->word]);
		if (r->word == NULL)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	return 0;
}

static int check_version(const struct request *r, bool said, struct slice path, struct error *reterr)
{
	if (!said && !operation_has(r->route->operation, TRAIT_UNVERSIONED))
		return error_set(reterr, ERR_SYNTAX, "say which API version: /v1.%d%.*s", API_MINOR_MIN,
				 (int)(path.n < 200 ? path.n : 200), path.p);
	if (said && (r->minor < API_MINOR_MIN || r->minor > API_MINOR_MAX))
		return error_set(reterr, ERR_SYNTAX, "client version 1.%u is too %s. %simum supported API version is 1.%d",
				 r->minor, r->minor < API_MINOR_MIN ? "old" : "new",
				 r->minor < API_MINOR_MIN ? "Min" : "Max",
				 r->minor < API_MINOR_MIN ? API_MINOR_MIN : API_MINOR_MAX);
	return 0;
}

static int find_route(const struct http_head *head, const struct url *url, struct request *r,
		      struct error *reterr)
{
	size_t first = parse_version(url->segments[0], &r->minor) == 0 ? 1 : 0;
	struct names names = { 0 };

	for (size_t i = 0; i < COUNT(routes) && first < url->n_segments && r->route == NULL; i++)
		if (routes[i].method == head->method && template_fits(routes[i].template, url, first, &names))
			r->route = &routes[i];
	if (r->route == NULL)
		return error_set(reterr, ERR_NOT_FOUND, "page not found: %s %.*s is not a route that "
				 "safedocker knows", http_method_name(head->method),
				 (int)(url->path.n < 200 ? url->path.n : 200), url->path.p);
	if (take_names(url, &names, r, reterr) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (refused[i].operation == r->route->operation)
			return error_set(reterr, ERR_DENIED, "%s", refused[i].why);
	return check_version(r, first == 1, url->path, reterr) < 0 || check_object(r, reterr) < 0 ?
		       -1 :
		       take_fetched(r, reterr);
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
	if (media_streams(body_media(route->body))) {
		if (type.p != NULL && !slice_is_nocase(media, "application/x-tar") &&
		    !slice_is_nocase(media, "application/octet-stream") && !slice_is_nocase(media, "text/plain"))
			return error_set(reterr, ERR_SYNTAX, "Content-Type must be application/x-tar");
		return 0;
	}
	if (body_media(route->body) == MEDIA_JSON ||
	    (body_media(route->body) == MEDIA_MAYBE && head->framing != HTTP_BODY_NONE)) {
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
		ret->http2 = operation_needs_root(ret->route->operation) && ret->route->reply == REPLY_HIJACK;
	if (r == 0 && ret->http2 && !slice_is_nocase(http_field(head, "Upgrade"), "h2c"))
		r = error_set(reterr, ERR_SYNTAX, "Upgrade: h2c is expected");
	if (r == 0)
		r = query_take(&ret->query, ret->route->operation, head, &url, &ret->facts, &ret->references, reterr);
	url_free(&url);
	return r;
}

bool request_streams(const struct request *request)
{
	return media_streams(body_media(request->route->body));
}

bool request_wants_plain_tar(const struct request *request)
{
	return body_media(request->route->body) == MEDIA_PLAIN;
}

bool request_lasts(const struct request *request)
{
	for (size_t i = 0; i < COUNT(lasting); i++) {
		const char *parameter = lasting[i].parameter, *value = NULL;

		if (lasting[i].operation != request->route->operation)
			continue;
		if (parameter != NULL)
			value = query_text(&request->query, parameter);
		/* True is forwarded as 1. */
		return !request->detach && (value != NULL ? *value == '1' : lasting[i].absent);
	}
	return false;
}

static int judge_body(struct request *request, struct slice body, const struct subject *subject,
		      struct error *reterr)
{
	struct body_judging b = {
		.kind = request->route->body, .subject = subject, .facts = &request->facts,
		.references = &request->references,
	};
	json_t *in = NULL;
	int r;

	if (body.n > 0 || body_media(b.kind) != MEDIA_MAYBE) {
		in = json_parse(body, JSON_TOKENS_MAX, reterr);
		if (in == NULL)
			return -1;
	}
	r = body_judge(&b, in, &request->body, reterr);
	request->detach = b.detach;
	json_decref(in);
	/* The engine takes an empty one for settings of its own: for a commit, the container's. */
	if (r == 0 && body_media(b.kind) == MEDIA_MAYBE && json_object_size(request->body) == 0) {
		json_decref(request->body);
		request->body = NULL;
	}
	return r;
}

bool request_wants_previous(const struct request *request)
{
	return operation_has(request->route->operation, TRAIT_ROLLS_BACK) &&
	       query_asks(&request->query, "rollback");
}

int request_previous(struct request *request, struct slice answer, struct buf *body,
		     struct error *reterr)
{
	static const struct sieve_rule rules[] = { { "PreviousSpec", SIEVE_PASS } };
	json_t *root = sieve_parse(rules, 1, answer, NULL);
	char *text = json_render(json_object_get(root, "PreviousSpec"));
	int r = 0;

	if (!json_is_object(json_object_get(root, "PreviousSpec")))
		r = error_set(reterr, ERR_SYNTAX, "service %s does not have a previous spec",
			      request->object);
	else if (text == NULL)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	buf_reset(body);
	if (r == 0)
		buf_add_str(body, text);
	if (r == 0 && body->failed)
		r = error_set(reterr, ERR_LIMIT, "the service's previous settings are too long");
	if (r == 0)
		query_drop(&request->query, "rollback");
	free(text);
	json_decref(root);
	return r;
}

int request_judge(struct request *request, struct slice body, const struct subject *subject,
		  struct error *reterr)
{
	enum media media = body_media(request->route->body);

	if (media == MEDIA_NONE || media_streams(media))
		return 0;
	if (request_wants_previous(request))
		return error_set(reterr, ERR_DENIED, "the engine would restore settings that were not judged");
	if (request->route->body == BODY_SERVICE && request->minor < SERVICE_API_MINOR)
		return error_set(reterr, ERR_DENIED, "an engine can run services as their owner from API 1.%d on: "
				 "this request says 1.%u", SERVICE_API_MINOR, request->minor);
	return judge_body(request, body, subject, reterr);
}

/* What is filled in besides containers. */
static bool takes_settings(const struct request *request)
{
	return request->route->body == BODY_SERVICE || operation_has(request->route->operation, TRAIT_SETTINGS);
}

static int apply_ulimit(struct request *r, const struct setting *s)
{
	json_t *in = r->route->body == BODY_SERVICE ?
		json_object_get(json_object_get(r->body, "TaskTemplate"), "ContainerSpec") :
		json_object_get(r->body, "HostConfig");
	json_t *list = json_object_get(in, "Ulimits");

	/* A service without a container has no process to limit. */
	if (in == NULL)
		return 0;
	if (list == NULL && json_object_set_new(in, "Ulimits", json_array()) == 0)
		list = json_object_get(in, "Ulimits");
	return create_ulimit(list, s);
}

static int apply_settings(struct request *r, const struct decision *d, struct error *reterr)
{
	const struct field *fields = body_fields(r->route->body);

	for (size_t i = 0; i < d->n_settings; i++) {
		const struct setting *s = &d->settings[i];

		/* A rule may force flags that other verbs of it have. */
		if (!flag_has_operation(s->flag, r->route->operation))
			continue;
		if (s->flag == FLAG_ULIMIT && strchr(s->value, '<') != NULL && fields != NULL) {
			if (apply_ulimit(r, s) < 0)
				return error_set(reterr, ERR_SYSTEM, "out of memory");
			continue;
		}
		if (r->route->body == BODY_CREATE && s->flag == FLAG_CPUS) {
			int done = create_cpus(r->body, s);

			if (done < 0)
				return error_set(reterr, ERR_SYSTEM, "out of memory");
			if (done > 0)
				continue;
		}
		if ((fields != NULL ? fields_set(fields, r->body, s, reterr) :
		     query_apply(&r->query, r->route->operation, s, reterr)) < 0)
			return -1;
	}
	return 0;
}

static int make_mapped(struct request *r, const struct subject *subject, struct error *reterr)
{
	struct mapped_how how = { .uid = subject->uid, .driver = r->driver, .lent = r->lent };

	/* What a rule forces comes after what the image says. */
	if (*text_of(r->body, "WorkingDir") != '\0') {
		free(r->workdir);
		r->workdir = create_workdir(r->body, NULL);
		if (r->workdir == NULL)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	how.workdir = r->workdir;
	return mapped_make(r->body, &how, reterr);
}

static int apply_create(struct request *r, const struct decision *d, const struct subject *subject,
			struct error *reterr)
{
	r->kind = d->makes;
	if (private_links(r->body) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (references_kinds(&r->references, &r->facts, r->kind, reterr) < 0 ||
	    kind_make(r->body, r->kind, subject, reterr) < 0 ||
	    (r->kind == CONTAINER_PINNED && create_check_nesting(r->body, &r->references, reterr) < 0))
		return -1;
	if (d->ends != 0 && json_object_set_new(json_object_get(r->body, "Labels"), LABEL_ENDS,
						json_sprintf("%lld", (long long)d->ends)) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (apply_settings(r, d, reterr) < 0)
		return -1;
	/* Last: what a rule fills in is the container's as well. */
	return r->kind == CONTAINER_MAPPED ? make_mapped(r, subject, reterr) : 0;
}

static int apply_volume(struct request *r, const struct decision *d, struct error *reterr)
{
	r->kind = d->makes;
	if (r->kind != CONTAINER_MAPPED && r->kind != CONTAINER_OPEN)
		return error_set(reterr, ERR_DENIED, "no container of yours could mount the volume: on a host without "
				 "safedocker-runtime, and under rules with root = never, containers keep no data (an "
				 "administrator: safedocker doctor --fix)");
	return kind_label(r->body, "Labels", r->kind) < 0 ? error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/* The engine walks the container's files as root to keep them: nothing in them may change meanwhile. */
static int apply_commit(struct request *r, struct error *reterr)
{
	const char *pause = query_text(&r->query, "pause");

	if (pause != NULL && strcmp(pause, "0") == 0)
		return error_set(reterr, ERR_DENIED, "--pause=false: a mapped container is kept only while it is paused");
	return query_own_mapped(&r->query, r->route->operation, r->workdir) < 0 ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

int request_apply(struct request *request, const struct decision *decision, const struct subject *subject,
		  struct error *reterr)
{
	if (references_settle(&request->references) < 0 ||
	    query_own(&request->query, request->route->operation, subject, !decision->builder) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	/* Whose steps nobody can confine. */
	if (operation_needs_root(request->route->operation) && decision->makes != CONTAINER_OPEN)
		return error_set(reterr, ERR_DENIED, "build: the steps of a Dockerfile would run as root of the host; that "
				 "they run as you comes with a later version; until then it takes a strong rule with root = "
				 "open");
	if (request->route->body == BODY_CREATE)
		return apply_create(request, decision, subject, reterr);
	if (request->route->body == BODY_EXEC)
		return kind_exec(request->body, request->kind, request->owner, subject, reterr);
	if (request->route->body == BODY_VOLUME)
		return apply_volume(request, decision, reterr);
	if (request->route->body == BODY_COMMIT && request->kind == CONTAINER_MAPPED)
		return apply_commit(request, reterr);
	return takes_settings(request) ? apply_settings(request, decision, reterr) : 0;
}

size_t request_new_volumes(const struct request *request)
{
	const json_t *mounts =
		json_object_get(json_object_get(request->body, "HostConfig"), "Mounts");
	size_t n = 0;

	for (size_t i = 0; i < request->references.n; i++)
		n += request->references.list[i].kind == OBJECT_VOLUME &&
		     request->references.list[i].owner == OWNER_MISSING;
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const char *type = json_string_value(json_object_get(mount, "Type"));

		n += type != NULL && strcmp(type, "volume") == 0 &&
		     json_string_length(json_object_get(mount, "Source")) == 0;
	}
	return n;
}

int request_fits(const struct request *request, size_t size, struct error *reterr)
{
	/* The variables may as well be those of the body. */
	if (request->body != NULL && size < REQUEST_BODY_MAX)
		size = REQUEST_BODY_MAX;
	return operation_has(request->route->operation, TRAIT_TAKES_CHANGES) &&
	       !operation_has(request->route->operation, TRAIT_FETCHES_ADDRESS) ?
		change_fits(&request->query.changes, size, reterr) : 0;
}

/* --- rendering --------------------------------------------------------------- */
static void render_path(const struct request *r, const char *id, struct buf *out)
{
	struct slice rest = slice_str(r->route->template);

	rest.n = slice_find(rest, '?');
	if (r->minor != 0)
		buf_addf(out, "/v1.%u", r->minor);
	while (rest.n > 0) {
		size_t open = slice_find(rest, '{');

		buf_add(out, rest.p, open);
		rest = slice_after(rest, open);
		if (rest.n == 0)
			break;
		/* Ids are hex, names of images are what image_ref_parse() lets through: no byte to encode. */
		buf_add_str(out, slice_starts(rest, "{word}") ? r->word : id != NULL ? id : r->object);
		rest = slice_after(rest, slice_find(rest, '}') + 1);
	}
}

int request_render(const struct request *request, const char *id, const struct subject *subject,
		   bool everybody, struct buf *out, struct error *reterr)
{
	bool owned = request->route->object == OBJECT_LIST && !everybody;
	/* The network that a user's containers have in place of `bridge` stays: the default one is never pruned either. */
	const char *but = operation_has(request->route->operation, TRAIT_KEEPS_PRIVATE) ? LABEL_KIND "=" KIND_PRIVATE : NULL;
	char *body = NULL, owner[64];

	(void)snprintf(owner, sizeof(owner), LABEL_OWNER "=%u", (unsigned)subject->uid);
	buf_addf(out, "%s ", http_method_name(request->route->method));
	render_path(request, id, out);
	if (query_render(&request->query, owned ? owner : NULL, but, out, reterr) < 0)
		return -1;
	buf_add_str(out, " HTTP/1.1\r\nHost: docker\r\n");
	query_render_headers(&request->query, out);
	if (request->upgrade && !request->detach)
		buf_addf(out, "Connection: Upgrade\r\nUpgrade: %s\r\n", request->http2 ? "h2c" : "tcp");
	if (request->body != NULL) {
		body = json_render(request->body);
		if (body == NULL)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
		buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", strlen(body));
		buf_add_str(out, body);
		free(body);
	} else if (request_streams(request)) {
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
	buf_add_str(out, "GET ");
	/* A request without a version is asked for as the engine reads that: by its newest one. */
	if (request->minor != 0)
		buf_addf(out, "/v1.%u", request->minor);
	buf_addf(out, "%s HTTP/1.1\r\nHost: docker\r\n\r\n", path);
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

void request_free(struct request *request)
{
	query_free(&request->query);
	free(request->object);
	free(request->word);
	free(request->workdir);
	json_decref(request->lent);
	references_free(&request->references);
	json_decref(request->body);
	facts_free(&request->facts);
	*request = (struct request){ 0 };
}
