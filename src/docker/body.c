/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/image_ref.h"
#include "docker/label.h"
#include "docker/resource.h"
#include "docker/service.h"
#include "docker/value.h"

#define NO_FIELD { NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE }
#define FIELD(path, type, how, flag, harmless, judge, grammar) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_##grammar },

static field_judge judge_period, judge_pids, judge_arguments, judge_platform, judge_output;

static const struct field update_fields[] = {
#include "docker/update_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field commit_fields[] = {
#include "docker/commit_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field checkpoint_fields[] = {
#include "docker/checkpoint_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field auth_fields[] = {
#include "docker/auth_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field volume_update_fields[] = {
#include "docker/volume_update_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field secret_fields[] = {
#include "docker/secret_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field config_fields[] = {
#include "docker/config_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field node_fields[] = {
#include "docker/node_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field swarm_init_fields[] = {
#include "docker/swarm_init_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field swarm_join_fields[] = {
#include "docker/swarm_join_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field swarm_update_fields[] = {
#include "docker/swarm_update_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field swarm_unlock_fields[] = {
#include "docker/swarm_unlock_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field list_fields[] = {
#include "docker/list_field.def"
	NO_FIELD,
};

#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
static const struct field query_fields[] = {
#include "docker/query_field.def"
	NO_FIELD,
};

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

/* --- changing a container ------------------------------------------------------- */
/* A shorter period with the quota that stands is more processors: how many, nobody knows here. */
static int judge_period(struct judging *j, const struct field *field, json_t *value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	if (fields_fact(j, field, field->flag, text, (long long)json_integer_value(value)) < 0)
		return -1;
	if (json_integer_value(json_object_get(j->root, "CpuQuota")) != 0)
		return 0;
	return fields_fact(j, field, FLAG_CPUS, "-1", -1);
}

/* Here 0 is no limit; what is to stay as it is, is left out. */
static int judge_pids(struct judging *j, const struct field *field, json_t *value)
{
	json_int_t limit = json_integer_value(value) > 0 ? json_integer_value(value) : -1;
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)limit);
	return fields_fact(j, field, field->flag, text, (long long)limit);
}

/* --- parameters that are JSON --------------------------------------------------- */
/* Values may be secrets: the fact, and so the record, holds the name alone. */
static int judge_arguments(struct judging *j, const struct field *field, json_t *value)
{
	const char *name;
	json_t *text;

	json_object_foreach(value, name, text)
		if (fields_fact(j, field, field->flag, name, 0) < 0)
			return -1;
	return 0;
}

static int judge_platform(struct judging *j, const struct field *field, json_t *value)
{
	const char *os = json_string_value(json_object_get(value, "os"));
	const char *architecture = json_string_value(json_object_get(value, "architecture"));
	const char *variant = json_string_value(json_object_get(value, "variant"));
	char *text = NULL;
	int r;

	if (asprintf(&text, "%s/%s%s%s", os != NULL ? os : "", architecture != NULL ? architecture : "",
		     variant != NULL ? "/" : "", variant != NULL ? variant : "") < 0)
		return out_of_memory(j->reterr);
	r = strcmp(text, "/") != 0 && !value_is_platform(slice_str(text)) ?
		    error_set(j->reterr, ERR_SYNTAX,
			      "invalid value for parameter %s: %.100s (expected "
			      "OS/ARCHITECTURE/VARIANT)",
			      field->path, text) :
		    fields_fact(j, field, field->flag, text, 0);
	free(text);
	return r;
}

/* As -t does, with commas between them. */
static int take_output_names(struct judging *j, const struct field *field, const char *names)
{
	struct slice rest = slice_str(names);

	while (rest.n > 0) {
		struct slice name = slice_of(rest.p, slice_find(rest, ','));
		char *copy = slice_dup(name);
		int r = copy == NULL ? out_of_memory(j->reterr) : fields_fact(j, field, FLAG_TAG, copy, 0);

		free(copy);
		if (r < 0 || references_add_name(j->references, name, j->reterr) < 0)
			return -1;
		rest = slice_after(rest, name.n + 1);
	}
	return 0;
}

/* What is not listed may one day do more than shape the result. */
static int judge_output(struct judging *j, const struct field *field, json_t *value)
{
	static const char *const shape[] = {
		"compression", "compression-level", "force-compression", "oci-mediatypes", "platform-split",
		"rewrite-timestamp", "tar", "unpack",
	};
	const char *key;
	json_t *text;

	json_object_foreach(value, key, text) {
		const char *given = json_string_value(text);
		bool known = false;
		int r = 0;

		for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++)
			known = known || strcmp(key, shape[i]) == 0;
		if (strcmp(key, "name") == 0)
			r = take_output_names(j, field, given);
		else if (strcmp(key, "push") == 0)
			r = strcmp(given, "false") == 0 ? 0 : fields_fact(j, field, FLAG_PUSH, "", 0);
		else if (!known)
			r = error_set(j->reterr, ERR_DENIED, "--output %.100s=: safedocker does not know what it does; "
				      "name, push and what shapes the result are known", key);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* --- which table ------------------------------------------------------------------- */
/* What is put right when the fields are taken: `result` is the new tree. */
typedef int body_finish(struct judging *j, json_t *result);

static int own_labels(struct judging *j, json_t *result)
{
	return label_own(result, "Labels", j->subject) < 0 ? out_of_memory(j->reterr) : 0;
}

/* An update without a name would make one that has none; the engine compares it with the one that stands. */
static int finish_kept(struct judging *j, json_t *result)
{
	if (json_string_length(json_object_get(result, "Name")) == 0)
		return error_set(j->reterr, ERR_SYNTAX, "Name is missing");
	return own_labels(j, result);
}

static int finish_checkpoint(struct judging *j, json_t *result)
{
	return json_string_length(json_object_get(result, "CheckpointID")) > 0 ? 0 :
		error_set(j->reterr, ERR_SYNTAX, "CheckpointID is missing");
}

/* Where one logs in, the engine goes: like a pull, it is bounded by the policy's `images`. */
static int finish_auth(struct judging *j, json_t *result)
{
	return registry_of_address(
		slice_str(json_string_value(json_object_get(result, "serveraddress"))),
		&j->facts->registry, j->reterr);
}

static const struct {
	const struct field *fields;
	body_finish *finish;
} tables[BODY_MAX] = {
	[BODY_UPDATE] = { update_fields, NULL },
	[BODY_COMMIT] = { commit_fields, NULL },
	[BODY_CHECKPOINT] = { checkpoint_fields, finish_checkpoint },
	[BODY_AUTH] = { auth_fields, finish_auth },
	[BODY_VOLUME_UPDATE] = { volume_update_fields, NULL },
	[BODY_SERVICE] = { service_fields, service_finish },
	[BODY_SECRET] = { secret_fields, finish_kept },
	[BODY_CONFIG] = { config_fields, finish_kept },
	[BODY_NODE] = { node_fields, NULL },
	[BODY_SWARM_INIT] = { swarm_init_fields, NULL },
	[BODY_SWARM_JOIN] = { swarm_join_fields, NULL },
	[BODY_SWARM_UPDATE] = { swarm_update_fields, NULL },
	[BODY_SWARM_UNLOCK] = { swarm_unlock_fields, NULL },
};

static int take(struct body_judging *b, const struct field *fields, const json_t *in, body_finish *finish,
		json_t **ret, struct error *reterr)
{
	struct judging j = {
		.table = fields, .subject = b->subject, .root = in, .facts = b->facts, .references = b->references,
		.reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, in, &result) < 0)
		return -1;
	if (finish != NULL && finish(&j, result) < 0) {
		json_decref(result);
		return -1;
	}
	*ret = result;
	return 0;
}

typedef int body_take(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr);

static int take_table(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return take(b, tables[b->kind].fields, in, tables[b->kind].finish, ret, reterr);
}

/* A tree of one key: what has no name of its own is judged by the row of that key. */
static int take_under(struct body_judging *b, const struct field *fields, const char *key, const json_t *in,
		      json_t **ret, struct error *reterr)
{
	json_t *whole = json_object(), *result = NULL;
	int r = -1;

	if (whole == NULL || json_object_set(whole, key, (json_t *)in) < 0)
		(void)out_of_memory(reterr);
	else
		r = take(b, fields, whole, NULL, &result, reterr);
	if (r == 0)
		*ret = json_incref(json_object_get(result, key));
	json_decref(result);
	json_decref(whole);
	return r;
}

static int take_list(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return take_under(b, list_fields, b->kind == BODY_PRIVILEGES ? "privileges" : "set", in, ret, reterr);
}

static int take_create(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return create_judge(in, b->subject, b->facts, b->references, ret, reterr);
}

static int take_exec(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return exec_judge(in, b->subject, b->facts, ret, reterr);
}

static int take_exec_start(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return exec_start_judge(in, b->facts, &b->detach, ret, reterr);
}

static int take_network(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return network_judge(in, b->subject, b->facts, ret, reterr);
}

static int take_connect(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return connect_judge(in, b->facts, b->references, ret, reterr);
}

static int take_volume(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	return volume_judge(in, b->subject, b->facts, ret, reterr);
}

static const struct {
	enum media media;
	body_take *take;
} bodies[BODY_MAX] = {
#define BODY(id, media, judge) [BODY_##id] = { MEDIA_##media, judge },
#include "docker/body.def"
};

enum media body_media(enum body_kind kind)
{
	return kind < BODY_MAX ? bodies[kind].media : MEDIA_NONE;
}

const struct field *body_fields(enum body_kind kind)
{
	return kind == BODY_CREATE ? create_table() : kind < BODY_MAX ? tables[kind].fields : NULL;
}

int body_judge(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr)
{
	json_t *nothing = NULL;
	int r;

	if (b->kind >= BODY_MAX || bodies[b->kind].take == NULL)
		return error_set(reterr, ERR_DENIED, "no table for this body");
	/* Older clients write null for a body that they have no need of. */
	if (bodies[b->kind].media == MEDIA_MAYBE && (in == NULL || json_is_null(in)))
		in = nothing = json_object();
	if (in == NULL)
		return out_of_memory(reterr);
	r = bodies[b->kind].take(b, in, ret, reterr);
	json_decref(nothing);
	return r;
}

int body_judge_param(struct body_judging *b, const char *name, const json_t *in, json_t **ret,
		     struct error *reterr)
{
	return take_under(b, query_fields, name, in, ret, reterr);
}
