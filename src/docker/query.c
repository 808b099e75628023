/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/query.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/body.h"
#include "docker/create.h"
#include "docker/filters.h"
#include "docker/image_ref.h"
#include "docker/label.h"
#include "docker/mapped.h"
#include "docker/name.h"
#include "docker/value.h"
#include "model/variable.h"
#include "wire/json.h"

#define QUERY_VALUE_MAX (64 * 1024)	/* bytes of a line of ours */
#define HEADER_MAX 16384	/* bytes of one field's value */

enum param_type {
	PARAM_BOOL = 1,
	PARAM_NUMBER,		/* a whole number that may have a minus; the one in detail asks nothing */
	PARAM_COUNT,		/* the same; 0 asks nothing */
	PARAM_QUOTA,		/* the same; with the period, a number of processors */
	PARAM_RANGE,		/* a whole number, within what detail says */
	PARAM_TIME,		/* value.h */
	PARAM_TAIL,
	PARAM_SIGNAL,
	PARAM_KEYS,
	PARAM_PS,
	PARAM_PLATFORM,
	PARAM_HOST,
	PARAM_CPUSET,
	PARAM_TEXT,		/* the value in detail asks nothing */
	PARAM_CGROUP,		/* the same: the path of a control group */
	PARAM_WORD,		/* one of the words in detail */
	PARAM_EMPTY,		/* nothing may be in it */
	PARAM_NAME,		/* of a checkpoint or the like */
	PARAM_NEW_NAME,		/* that a container is to get */
	PARAM_CONTAINER,	/* a container of the caller's: a reference */
	PARAM_NETWORK,		/* what steps of a build run in */
	PARAM_IMAGE,		/* that is fetched; the policy's `images` says which may be */
	PARAM_REFERENCE,	/* an image, or a plugin, that is there */
	PARAM_REMOTE,		/* the same, to be fetched; `images` says from which registry */
	PARAM_TERM,		/* that a registry is searched for */
	PARAM_NAMED,		/* what an image is to be called, its tag perhaps in the next parameter */
	PARAM_NAME_TAG,		/* the same, whole */
	PARAM_TAG,		/* or a digest */
	PARAM_FILTERS,		/* the keys are in detail */
	PARAM_JSON,		/* judged by query_field.def */
	PARAM_CHANGE,		/* a line of a Dockerfile */
	PARAM_SOURCE,		/* where the engine takes it from: the body, a session, or an address */
	PARAM_BUILDER,		/* the value in detail is the ordinary one */
	PARAM_SCOPED,		/* a word of the caller's own making; behind the one in detail, where that is there */
};

struct param {
	enum operation operation;
	const char *name;
	enum param_type type;
	enum flag flag;
	const char *detail;
	bool many;
};

enum header_type { HEADER_SECRET = 1, HEADER_TEXT, HEADER_TEXTS, HEADER_SCOPED };

struct header {
	enum operation operation;
	const char *name;
	enum header_type type;
};

static const struct param params[] = {
#define PARAM(operation, name, type, flag, detail) \
	{ OPERATION_##operation, name, PARAM_##type, FLAG_##flag, detail, false },
#define PARAMS(operation, name, type, flag, detail) \
	{ OPERATION_##operation, name, PARAM_##type, FLAG_##flag, detail, true },
#include "docker/route.def"
};

static const struct header headers[] = {
#define HEADER(operation, name, type) { OPERATION_##operation, name, HEADER_##type },
#include "docker/route.def"
};

static const struct {
	enum operation operation;
	enum flag flag;
	const char *value;
} asked[] = {
#define ASK(operation, flag, value) { OPERATION_##operation, FLAG_##flag, value },
#include "docker/route.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What one parameter is taken with. */
struct taking {
	struct query *query;
	enum operation operation;
	const struct url *url;
	struct facts *facts;
	struct references *references;
	struct error *reterr;
};

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

static const struct param *find_param(enum operation operation, struct slice name)
{
	for (size_t i = 0; i < COUNT(params); i++)
		if (params[i].operation == operation && slice_is(name, params[i].name))
			return &params[i];
	return NULL;
}

bool query_has(const struct url *url, struct slice name)
{
	for (size_t i = 0; i < url->n_params; i++)
		if (slice_eq(url->params[i].name, name))
			return true;
	return false;
}

const char *query_text(const struct query *query, const char *name)
{
	for (size_t i = 0; i < query->n_values; i++)
		if (strcmp(query->values[i].param->name, name) == 0)
			return json_string_value(query->values[i].text);
	return NULL;
}

static const char *value_of(const struct query *q, const char *name)
{
	const char *text = query_text(q, name);

	return text != NULL ? text : "";
}

bool query_asks(const struct query *query, const char *name)
{
	return *value_of(query, name) != '\0';
}

/* --- values ---------------------------------------------------------------------- */
static int bad(struct taking *t, const struct param *p, struct slice value)
{
	return error_set(t->reterr, ERR_SYNTAX, "parameter %s: %.*s is not what is expected there",
			 p->name, (int)(value.n < 100 ? value.n : 100), value.p);
}

static int fact(struct taking *t, const struct param *p, enum flag flag, const char *value, long long number)
{
	if (flag == FLAG_NONE)
		return 0;
	return facts_add(t->facts, flag, value, number, p->name) < 0 ?
		error_set(t->reterr, ERR_LIMIT, "more than %d flags in one request", FACTS_MAX) : 0;
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

static int parse_number(struct slice value, long long *ret)
{
	bool minus = value.n > 0 && value.p[0] == '-';
	unsigned long long magnitude = 0;

	if (value.n > 0 && slice_to_u64(minus ? slice_after(value, 1) : value, 1ULL << 53, &magnitude) < 0)
		return -1;
	*ret = minus ? -(long long)magnitude : (long long)magnitude;
	return 0;
}

static int take_range(struct taking *t, const struct param *p, const char *text, struct slice value)
{
	long long number, least = 0, most = 0;

	if (sscanf(p->detail, "%lld %lld", &least, &most) != 2 ||
	    parse_number(value, &number) < 0 || number < least || number > most)
		return error_set(
			t->reterr, ERR_SYNTAX,
			"invalid value for parameter %s: %.*s (expected a whole number from %lld "
			"to %lld)",
			p->name, (int)(value.n < 100 ? value.n : 100), value.p, least, most);
	return fact(t, p, p->flag, text, number);
}

/* Is it of the grammar that the type stands for? False for types that have none in value.h. */
static bool is_of_type(enum param_type type, struct slice value)
{
	static bool (*const grammars[])(struct slice) = {
		[PARAM_TIME] = value_is_time,	  [PARAM_TAIL] = value_is_tail,
		[PARAM_SIGNAL] = value_is_signal, [PARAM_KEYS] = value_is_keys,
		[PARAM_PS] = value_is_ps,	  [PARAM_PLATFORM] = value_is_platform,
		[PARAM_HOST] = value_is_host,	  [PARAM_CPUSET] = value_is_cpuset,
	};

	return (size_t)type < COUNT(grammars) && grammars[type] != NULL && grammars[type](value);
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

/* The names only: what `images` lets through is the repository. */
static int take_image(struct taking *t, const struct param *p, struct slice value)
{
	struct image_ref ref;

	if (image_ref_parse(value, &ref, t->reterr) < 0)
		return -1;
	if (ref.is_id) {
		image_ref_free(&ref);
		return bad(t, p, value);
	}
	free(t->facts->image);
	t->facts->image = ref.repository;
	return 0;
}

static int check_reference(struct taking *t, struct slice value)
{
	struct image_ref ref;

	if (image_ref_parse(value, &ref, t->reterr) < 0)
		return -1;
	image_ref_free(&ref);
	return 0;
}

static int take_registry(struct taking *t, const struct param *p, struct slice value)
{
	char *registry;

	if ((p->type == PARAM_TERM ? registry_of_term : registry_of_name)(value, &registry,
									  t->reterr) < 0)
		return -1;
	free(t->facts->registry);
	t->facts->registry = registry;
	return 0;
}

static int check_tag(struct taking *t, const struct param *p, struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (strchr("-._:", value.p[i]) == NULL && !object_name_ok(slice_of(value.p + i, 1)))
			return bad(t, p, value);
	return 0;
}

static int check_change(struct taking *t, const struct param *p, struct slice value)
{
	bool env;

	if (change_check(&t->query->changes, value, &env, t->reterr) < 0)
		return -1;
	return fact(t, p, p->flag, env ? "ENV" : "", 0);
}

/* As for a container, but a name is no container's: no step of a build joins one. */
static int take_network(struct taking *t, const struct param *p, json_t *text)
{
	const char *value = json_string_value(text);

	if (*value == '\0' || strcmp(value, "default") == 0)
		return 0;
	if (fact(t, p, p->flag, value, 0) < 0)
		return -1;
	if (strcmp(value, "none") == 0 || strcmp(value, "bridge") == 0 || strcmp(value, "host") == 0 ||
	    strchr(value, ':') != NULL)
		return 0;
	return references_add(t->references, t->facts, OBJECT_NETWORK, slice_str(value), text, "", "", t->reterr);
}

/* Fills what the period makes of the quota in as --cpus. */
static int take_quota(struct taking *t, const struct param *p, struct slice value)
{
	long long quota, period = 0, nano = -1;
	char text[32];

	if (parse_number(value, &quota) < 0 || parse_number(url_param(t->url, "cpuperiod"), &period) < 0)
		return bad(t, p, value);
	if (quota == 0)
		return 0;
	if (period <= 0)
		period = 100000;	/* the kernel's default, in microseconds */
	if (quota > 0 && !__builtin_mul_overflow(quota, 1000000000LL, &nano))
		nano /= period;
	else
		nano = -1;
	(void)snprintf(text, sizeof(text), "%lld", quota);
	if (fact(t, p, p->flag, text, quota) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%lld", nano);
	return fact(t, p, FLAG_CPUS, text, nano);
}

/*
 * A user's name before the host, or no scheme, would hide from a rule where the engine goes.
 * Returns 1, or -1.
 */
static int check_host(struct taking *t, const struct param *p, struct slice value)
{
	size_t scheme = slice_starts(value, "https://") ? 8 : slice_starts(value, "http://") ? 7 : 0;
	size_t end = scheme;
	char *host = NULL;

	while (end < value.n && strchr("/?#", value.p[end]) == NULL)
		end++;
	if (scheme == 0 || end == scheme ||
	    registry_of_address(slice_of(value.p, end), &host, NULL) < 0)
		return error_set(
			t->reterr, ERR_SYNTAX,
			"invalid value for parameter %s: %.*s (expected https://HOST/PATH, without "
			"a user's name)",
			p->name, (int)(value.n < 200 ? value.n : 200), value.p);
	free(host);
	return 1;
}

/* `-` is the body. The other two words are BuildKit's: a session, and the body of a request that follows. */
static int take_source(struct taking *t, const struct param *p, struct slice value)
{
	if (value.n == 0 || (slice_is(value, "-") && operation_has(t->operation, TRAIT_FETCHES_ADDRESS)))
		return 0;
	if (slice_is(value, "client-session") || slice_is(value, "upload-request"))
		return fact(t, p, FLAG_BUILDER, "buildkit", 0);
	if (!operation_has(t->operation, TRAIT_FETCHES_ADDRESS) && !slice_starts(value, "http://") &&
	    !slice_starts(value, "https://"))
		return 1;
	return check_host(t, p, value);
}

/* BuildKit passes over what stands before a colon: there the uid would be in vain. */
static int take_scoped(struct taking *t, const struct param *p, struct slice value)
{
	bool marked = p->detail != NULL && slice_starts(value, p->detail);
	struct slice word = slice_after(value, marked ? strlen(p->detail) : 0);

	if (slice_find(word, ':') < word.n)
		return bad(t, p, value);
	return marked || p->detail == NULL ? fact(t, p, p->flag, "buildkit", 0) : 0;
}

static int take_json(struct taking *t, const struct param *p, struct slice value, char **ret)
{
	struct body_judging b = { .facts = t->facts, .references = t->references };
	json_t *in = json_parse(value, JSON_TOKENS_MAX, t->reterr), *out = NULL;
	int r;

	if (in == NULL)
		return -1;
	r = body_judge_param(&b, p->name, in, &out, t->reterr);
	json_decref(in);
	if (r < 0)
		return -1;
	*ret = out != NULL ? json_render(out) : slice_dup(slice_str(""));
	json_decref(out);
	return *ret != NULL ? 0 : out_of_memory(t->reterr);
}

/* Checks one value and adds what it asks; *ret is what will be forwarded, owned. */
static int take_text(struct taking *t, const struct param *p, struct slice value, char **ret)
{
	bool on;
	long long number;
	int r = 0;

	if (p->type == PARAM_FILTERS) {
		*ret = value.n == 0 ? slice_dup(slice_str("{}")) :
			filters_take(value, p->detail, t->operation, t->facts, t->references, t->reterr);
		return *ret != NULL ? 0 : value.n == 0 ? out_of_memory(t->reterr) : -1;
	}
	if (p->type == PARAM_JSON && value.n > 0)
		return take_json(t, p, value, ret);
	if (p->type == PARAM_BOOL) {
		if (parse_bool(value, &on) < 0)
			return bad(t, p, value);
		*ret = slice_dup(slice_str(on ? "1" : "0"));
		return *ret == NULL ? out_of_memory(t->reterr) : on ? fact(t, p, p->flag, "", 0) : 0;
	}
	if (!slice_is_clean_text(value))
		return bad(t, p, value);
	if (p->type == PARAM_NEW_NAME && slice_starts(value, "/"))
		value = slice_after(value, 1);	/* how older clients write names */
	*ret = slice_dup(value);
	if (*ret == NULL)
		return out_of_memory(t->reterr);
	/* Nothing in it: nothing is asked. */
	if (value.n == 0 && p->type != PARAM_IMAGE)
		return 0;
	switch (p->type) {
	case PARAM_NUMBER:
		return parse_number(value, &number) < 0 ? bad(t, p, value) :
			p->detail != NULL && slice_is(value, p->detail) ? 0 : fact(t, p, p->flag, *ret, number);
	case PARAM_COUNT:
		return parse_number(value, &number) < 0 ? bad(t, p, value) :
			number == 0 ? 0 : fact(t, p, p->flag, *ret, number);
	case PARAM_QUOTA:
		return take_quota(t, p, value);
	case PARAM_RANGE:
		return take_range(t, p, *ret, value);
	case PARAM_TIME:
	case PARAM_TAIL:
	case PARAM_SIGNAL:
	case PARAM_KEYS:
	case PARAM_PS:
	case PARAM_PLATFORM:
	case PARAM_HOST: case PARAM_CPUSET:
		return is_of_type(p->type, value) ? fact(t, p, p->flag, *ret, 0) : bad(t, p, value);
	case PARAM_CGROUP:
		if (mapped_names_parent(*ret))
			return error_set(t->reterr, ERR_DENIED, "--cgroup-parent %s: what is below safedocker there is "
					 "its own", *ret);
		return fact(t, p, p->flag, *ret, 0);
	case PARAM_TEXT:
		return p->detail != NULL && slice_is(value, p->detail) ? 0 : fact(t, p, p->flag, *ret, 0);
	case PARAM_WORD:
		return word_in(p->detail, value) ? fact(t, p, p->flag, *ret, 0) : bad(t, p, value);
	case PARAM_NAME:
		return object_name_ok(value) ? fact(t, p, p->flag, *ret, 0) : bad(t, p, value);
	case PARAM_NEW_NAME:
		if (!object_name_ok(value))
			return bad(t, p, value);
		r = name_check(OBJECT_CONTAINER, value, "--name", t->reterr);
		return r < 0 ? -1 : fact(t, p, p->flag, *ret, 0);
	case PARAM_IMAGE:
		return take_image(t, p, value);
	case PARAM_REFERENCE:
		return check_reference(t, value);
	case PARAM_REMOTE:
	case PARAM_TERM:
		return take_registry(t, p, value);
	case PARAM_NAMED:
		return 0;	/* name_result() */
	case PARAM_NAME_TAG:
		return fact(t, p, p->flag, *ret, 0) < 0 ? -1 : references_add_name(t->references, value, t->reterr);
	case PARAM_TAG:
		return check_tag(t, p, value);
	case PARAM_CHANGE:
		return check_change(t, p, value);
	case PARAM_SOURCE:
		r = take_source(t, p, value);
		return r > 0 ? fact(t, p, p->flag, *ret, 0) : r;
	case PARAM_BUILDER:
		return p->detail != NULL && slice_is(value, p->detail) ? 0 : fact(t, p, p->flag, "buildkit", 0);
	case PARAM_SCOPED:
		return take_scoped(t, p, value);
	case PARAM_CONTAINER:
	case PARAM_NETWORK:
		return 0;	/* references: take_one() */
	case PARAM_BOOL: case PARAM_EMPTY: case PARAM_FILTERS: case PARAM_JSON:
	default:
		return bad(t, p, value);
	}
}

static int add_value(struct query *q, const struct param *p, const char *text, struct error *reterr)
{
	if (q->n_values == QUERY_MAX)
		return error_set(reterr, ERR_LIMIT, "too many parameters");
	q->values[q->n_values].text = json_string(text);
	if (q->values[q->n_values].text == NULL)
		return out_of_memory(reterr);
	q->values[q->n_values++].param = p;
	return 0;
}

static int take_one(struct taking *t, const struct url_param *one)
{
	const struct param *p = find_param(t->operation, one->name);
	struct query *q = t->query;
	char *text = NULL;
	json_t *at;
	int r;

	if (p == NULL)
		return error_set(t->reterr, ERR_DENIED, "unknown parameter %.*s",
				 (int)(one->name.n < 100 ? one->name.n : 100), one->name.p);
	for (size_t k = 0; k < q->n_values && !p->many; k++)
		if (q->values[k].param == p)
			return error_set(t->reterr, ERR_SYNTAX, "parameter %s stands there twice", p->name);
	r = take_text(t, p, one->value, &text);
	if (r == 0)
		r = add_value(q, p, text, t->reterr);
	free(text);
	if (r < 0)
		return -1;
	at = q->values[q->n_values - 1].text;
	if (p->type == PARAM_NETWORK)
		return take_network(t, p, at);
	if (p->type == PARAM_CONTAINER && json_string_length(at) > 0)
		return references_add(t->references, NULL, OBJECT_CONTAINER, slice_str(json_string_value(at)), at, "", "",
				      t->reterr);
	return 0;
}

/* --- what must be there ------------------------------------------------------------ */
static const struct {
	enum operation operation;
	const char *name;
} needs[] = {
#define NEED(operation, name) { OPERATION_##operation, name },
#include "docker/route.def"
};

static int need(struct taking *t, const char *name)
{
	return *value_of(t->query, name) != '\0' ? 0 :
		error_set(t->reterr, ERR_SYNTAX, "parameter %s is missing", name);
}

/* `repo` may hold the tag, or leave it to `tag`. */
static int name_result(struct taking *t)
{
	const char *repo = value_of(t->query, "repo"), *tag = value_of(t->query, "tag");
	char *name = NULL;
	int r;

	if (*repo == '\0')
		return *tag == '\0' ? 0 : need(t, "repo");
	if (asprintf(&name, "%s%s%s", repo, *tag != '\0' ? ":" : "", tag) < 0)
		return out_of_memory(t->reterr);
	r = references_add_name(t->references, slice_str(name), t->reterr);
	free(name);
	return r;
}

static int check_whole(struct taking *t)
{
	for (size_t i = 0; i < COUNT(needs); i++)
		if (needs[i].operation == t->operation && need(t, needs[i].name) < 0)
			return -1;
	return operation_has(t->operation, TRAIT_NAMES_RESULT) ? name_result(t) : 0;
}

/* --- fields of the head -------------------------------------------------------------- */
static bool is_base64(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("-_=+/", text.p[i]) == NULL && !object_name_ok(slice_of(text.p + i, 1)))
			return false;
	return text.n > 0;
}

static int take_header(struct query *q, const struct header *h, struct slice value, struct error *reterr)
{
	char *text;

	if (value.n > HEADER_MAX || (h->type == HEADER_SECRET ? !is_base64(value) : !slice_is_clean_text(value)))
		return error_set(reterr, ERR_SYNTAX, "%s is not what is expected there", h->name);
	if (q->n_headers == HEADERS_MAX)
		return error_set(reterr, ERR_LIMIT, "too many fields %s", h->name);
	text = slice_dup(value);
	if (text == NULL)
		return out_of_memory(reterr);
	q->headers[q->n_headers++] = (struct query_header){ .header = h, .text = text };
	return 0;
}

static int take_headers(struct query *q, enum operation operation, const struct http_head *head,
			struct error *reterr)
{
	for (size_t i = 0; i < COUNT(headers); i++) {
		const struct header *h = &headers[i];

		if (h->operation != operation)
			continue;
		if (h->type != HEADER_TEXTS && http_field_count(head, h->name) > 1)
			return error_set(reterr, ERR_SYNTAX, "%s stands there twice", h->name);
		for (size_t k = 0; k < head->n_fields; k++)
			if (slice_is_nocase(head->fields[k].name, h->name) &&
			    take_header(q, h, head->fields[k].value, reterr) < 0)
				return -1;
	}
	return 0;
}

int query_take(struct query *query, enum operation operation, const struct http_head *head, const struct url *url,
	       struct facts *facts, struct references *references, struct error *reterr)
{
	struct taking t = {
		.query = query, .operation = operation, .url = url, .facts = facts, .references = references,
		.reterr = reterr,
	};

	for (size_t i = 0; i < COUNT(asked); i++)
		if (asked[i].operation == operation &&
		    facts_add(facts, asked[i].flag, asked[i].value, 0, "route") < 0)
			return out_of_memory(reterr);
	for (size_t i = 0; i < url->n_params; i++)
		if (take_one(&t, &url->params[i]) < 0)
			return -1;
	return check_whole(&t) < 0 ? -1 : take_headers(query, operation, head, reterr);
}

/* --- what is set in it ------------------------------------------------------------------ */
static struct query_value *find_value(struct query *q, const char *name)
{
	for (size_t i = 0; i < q->n_values; i++)
		if (strcmp(q->values[i].param->name, name) == 0)
			return &q->values[i];
	return NULL;
}

void query_drop(struct query *query, const char *name)
{
	struct query_value *v = find_value(query, name);
	size_t at = v != NULL ? (size_t)(v - query->values) : 0;

	if (v == NULL)
		return;
	json_decref(v->text);
	query->n_values--;
	memmove(v, v + 1, (query->n_values - at) * sizeof(*v));
}

static int set_value(struct query *q, enum operation operation, const char *name, const char *text)
{
	struct query_value *v = find_value(q, name);

	if (v != NULL)
		return json_string_set(v->text, text);
	return add_value(q, find_param(operation, slice_str(name)), text, NULL);
}

static int own_build(struct query *q, const struct subject *subject)
{
	struct query_value *v = find_value(q, "labels");
	json_t *whole = json_object(), *labels = NULL;
	char *text = NULL;
	int r = -1;

	if (v != NULL && json_string_length(v->text) > 0)
		labels = json_loads(json_string_value(v->text), 0, NULL);
	if (labels != NULL)
		(void)json_object_set_new(whole, "labels", labels);
	if (label_own(whole, "labels", subject) == 0)
		text = json_render(json_object_get(whole, "labels"));
	if (text != NULL)
		r = set_value(q, OPERATION_BUILD, "labels", text);
	free(text);
	json_decref(whole);
	return r;
}

/*
 * What one client calls a session, a build or the files of its context, another could say as well, and the engine
 * would take it for the same: it would ask the one's client for its passwords, end the one's build, or compare its
 * files with those that the other says to have. So each caller has such words of his own, by the uid before them.
 * A word that has it stays as it is; a field of the head that was left out would be everybody's. Returns an owned
 * text, NULL when memory is out.
 */
static char *scoped(const char *text, const char *before, const struct subject *subject)
{
	size_t n = before != NULL && strncmp(text, before, strlen(before)) == 0 ? strlen(before) : 0;
	char uid[16], *result = NULL;
	bool has;

	(void)snprintf(uid, sizeof(uid), "%u.", (unsigned)subject->uid);
	has = strncmp(text + n, uid, strlen(uid)) == 0;
	return asprintf(&result, "%.*s%s%s", (int)n, text, has ? "" : uid, text + n) < 0 ? NULL : result;
}

static struct query_header *find_header(struct query *q, const struct header *header)
{
	for (size_t i = 0; i < q->n_headers; i++)
		if (q->headers[i].header == header)
			return &q->headers[i];
	if (q->n_headers == HEADERS_MAX)
		return NULL;
	q->headers[q->n_headers] = (struct query_header){ .header = header };
	return &q->headers[q->n_headers++];
}

static int own_words(struct query *q, enum operation operation, const struct subject *subject)
{
	for (size_t i = 0; i < q->n_values; i++) {
		const struct query_value *v = &q->values[i];
		char *text;
		int r;

		if (v->param->type != PARAM_SCOPED || json_string_length(v->text) == 0)
			continue;
		text = scoped(json_string_value(v->text), v->param->detail, subject);
		r = text != NULL ? json_string_set(v->text, text) : -1;
		free(text);
		if (r < 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct query_header *h;
		char *text;

		if (headers[i].operation != operation || headers[i].type != HEADER_SCOPED)
			continue;
		h = find_header(q, &headers[i]);
		text = h != NULL ? scoped(h->text != NULL ? h->text : "", NULL, subject) : NULL;
		if (text == NULL)
			return -1;
		free(h->text);
		h->text = text;
	}
	return 0;
}

/* Takes `line`, which becomes the value with this index. */
static int put_change(struct query *q, enum operation operation, size_t at, json_t *line)
{
	if (line == NULL || q->n_values == COUNT(q->values)) {
		json_decref(line);
		return -1;
	}
	memmove(&q->values[at + 1], &q->values[at], (q->n_values - at) * sizeof(q->values[0]));
	q->values[at] = (struct query_value){ .param = find_param(operation, slice_str("changes")), .text = line };
	q->n_values++;
	return 0;
}

/*
 * The owner's label is the first line: no escape directive can come before it, nothing can take it
 * in, and no line behind it can spell its name (docker/change.h). A line rather than a body: with a
 * body the engine's variables would be those of the body, not the container's.
 */
static int own_changes(struct query *q, enum operation operation, const struct subject *subject)
{
	return put_change(q, operation, 0, json_sprintf("LABEL " LABEL_OWNER "=%u", (unsigned)subject->uid));
}

/* Single quotes, in which nothing means anything but the next one; that stands outside, behind a \\. */
static json_t *workdir_line(const char *workdir)
{
	struct buf line = buf_new(QUERY_VALUE_MAX);
	json_t *text;

	buf_add_str(&line, "WORKDIR '");
	for (const char *c = workdir; *c != '\0'; c++)
		buf_add(&line, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
	buf_add_str(&line, "'");
	text = line.failed ? NULL : json_stringn(line.data, line.len);
	buf_free(&line);
	return text;
}

int query_own_mapped(struct query *query, enum operation operation, const char *workdir)
{
	if (put_change(query, operation, 1, json_string("ENV " VARIABLE_NAME "=")) < 0 ||
	    put_change(query, operation, 2, json_string("LABEL " MAPPED_LABEL "=")) < 0)
		return -1;
	return *workdir == '\0' ? 0 : put_change(query, operation, 3, workdir_line(workdir));
}

int query_own(struct query *query, enum operation operation, const struct subject *subject,
	      bool words)
{
	if (words && own_words(query, operation, subject) < 0)
		return -1;
	if (operation_has(operation, TRAIT_SETTINGS))
		return own_build(query, subject);
	return operation_has(operation, TRAIT_TAKES_CHANGES) ? own_changes(query, operation, subject) : 0;
}

static bool is_open(struct query *q, const char *name)
{
	const struct query_value *v = find_value(q, name);

	return v == NULL || json_string_length(v->text) == 0 || strcmp(json_string_value(v->text), "0") == 0;
}

static int add_ulimit(struct query *query, const struct setting *setting)
{
	json_t *list = json_loads(value_of(query, "ulimits"), 0, NULL);
	char *text = NULL;
	int r = -1;

	if (list == NULL)
		list = json_array();
	if (list != NULL && create_ulimit(list, setting) == 0)
		text = json_render(list);
	if (text != NULL)
		r = set_value(query, OPERATION_BUILD, "ulimits", text);
	free(text);
	json_decref(list);
	return r;
}

int query_apply(struct query *query, enum operation operation, const struct setting *setting, struct error *reterr)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", setting->number);
	/* Processors are a quota of a period here. */
	if (setting->flag == FLAG_CPUS && operation_has(operation, TRAIT_SETTINGS)) {
		(void)snprintf(text, sizeof(text), "%lld", setting->number / 10000);
		return !is_open(query, "cpuquota") || (set_value(query, operation, "cpuperiod", "100000") == 0 &&
						       set_value(query, operation, "cpuquota", text) == 0) ? 0 :
			out_of_memory(reterr);
	}
	if (setting->flag == FLAG_ULIMIT && operation_has(operation, TRAIT_SETTINGS) && strchr(setting->value, '<') != NULL)
		return add_ulimit(query, setting) < 0 ? out_of_memory(reterr) : 0;
	for (size_t i = 0; i < COUNT(params); i++) {
		const struct param *p = &params[i];

		if (p->operation != operation || p->flag != setting->flag)
			continue;
		if (p->type != PARAM_COUNT && p->type != PARAM_TEXT && p->type != PARAM_PLATFORM &&
		    p->type != PARAM_CPUSET && p->type != PARAM_NETWORK)
			break;
		if (!is_open(query, p->name))
			return 0;
		return set_value(query, operation, p->name, p->type == PARAM_COUNT ? text : setting->value) == 0 ? 0 :
			out_of_memory(reterr);
	}
	return error_set(reterr, ERR_DENIED, "this version cannot set %s=%s by itself", flag_name(setting->flag),
			 setting->value);
}

/* --- rendering ------------------------------------------------------------------------------ */
int query_render(const struct query *query, const char *label, const char *but, struct buf *out,
		 struct error *reterr)
{
	char mark = '?', *filters = NULL, *more;
	const char *given = NULL;

	for (size_t i = 0; i < query->n_values; i++) {
		const struct query_value *v = &query->values[i];

		if (v->param->type == PARAM_FILTERS && label != NULL) {
			given = json_string_value(v->text);
			continue;
		}
		/* JSON that says nothing is left out: it would not be any. */
		if (v->param->type == PARAM_JSON && json_string_length(v->text) == 0)
			continue;
		buf_addf(out, "%c%s=", mark, v->param->name);
		url_encode(out, slice_str(json_string_value(v->text)));
		mark = '&';
	}
	if (label == NULL)
		return 0;
	filters = filters_with_label(given, label);
	if (filters != NULL && but != NULL) {
		more = filters_without_label(filters, but);
		free(filters);
		filters = more;
	}
	if (filters == NULL)
		return out_of_memory(reterr);
	buf_addf(out, "%cfilters=", mark);
	url_encode(out, slice_str(filters));
	free(filters);
	return 0;
}

void query_render_headers(const struct query *query, struct buf *out)
{
	for (size_t i = 0; i < query->n_headers; i++)
		buf_addf(out, "%s: %s\r\n", query->headers[i].header->name, query->headers[i].text);
}

void query_free(struct query *query)
{
	for (size_t i = 0; i < query->n_values; i++)
		json_decref(query->values[i].text);
	for (size_t i = 0; i < query->n_headers; i++)
		free(query->headers[i].text);
	*query = (struct query){ 0 };
}
