/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/resource.h"

#include <stdio.h>
#include <string.h>

#include "docker/label.h"
#include "docker/name.h"
#include "docker/network_option.h"
#include "docker/value.h"

static field_judge judge_container, judge_network_name;

#define NO_FIELD { NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE }

static const struct field network_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
#include "docker/network_field.def"
	NO_FIELD,
};

static const struct field connect_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge, grammar) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_##grammar },
#include "docker/connect_field.def"
	NO_FIELD,
};

static const struct field volume_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
#include "docker/volume_field.def"
	NO_FIELD,
};

static int judge_name_of(struct judging *j, const struct field *field, json_t *value,
			 enum object_kind kind)
{
	struct slice name = slice_str(json_string_value(value));

	if (!object_name_ok(name))
		return error_set(j->reterr, ERR_SYNTAX, "%s: letters, digits, then also _.- are expected", field->path);
	return name_check(kind, name, field->path, j->reterr);
}

int judge_name(struct judging *j, const struct field *field, json_t *value)
{
	return judge_name_of(j, field, value, OBJECT_VOLUME);
}

int judge_swarm_name(struct judging *j, const struct field *field, json_t *value)
{
	return judge_name_of(j, field, value, OBJECT_SERVICE);
}

static int judge_network_name(struct judging *j, const struct field *field, json_t *value)
{
	return judge_name_of(j, field, value, OBJECT_NETWORK);
}

int judge_keys(struct judging *j, const struct field *field, json_t *value)
{
	return value_is_keys(slice_str(json_string_value(value))) ?
		       0 :
		       error_set(j->reterr, ERR_SYNTAX,
				 "invalid value for %s: %.100s (expected single characters and "
				 "ctrl-X, with "
				 "commas between them)",
				 field->path, json_string_value(value));
}

int judge_size(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_int_t one = json_integer_value(json_array_get(value, i));

		if (one < 0 || one > 65535 || i > 1)
			return error_set(j->reterr, ERR_SYNTAX,
					 "%s: height and width are expected, at most 65535",
					 field->path);
	}
	return 0;
}

static int judge_container(struct judging *j, const struct field *field, json_t *value)
{
	(void)field;
	return references_add(j->references, NULL, OBJECT_CONTAINER, slice_str(json_string_value(value)), value,
			      "", "", j->reterr);
}

int links_judge(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *link = json_array_get(value, i);
		struct slice text = slice_str(json_string_value(link)), name, alias;
		char behind[260];

		/* Older clients write a slash in front of names. */
		if (slice_starts(text, "/"))
			text = slice_after(text, 1);
		name = slice_of(text.p, slice_find(text, ':'));
		alias = name.n < text.n ? slice_after(text, name.n + 1) : name;
		if (!object_name_ok(alias))
			return error_set(j->reterr, ERR_SYNTAX, "--link %s: NAME:ALIAS is expected",
					 json_string_value(link));
		(void)snprintf(behind, sizeof(behind), ":%.*s", (int)alias.n, alias.p);
		if (fields_fact(j, field, FLAG_LINK, json_string_value(link), 0) < 0 ||
		    fields_reference(j, OBJECT_CONTAINER, name, link, "", behind) < 0)
			return -1;
	}
	return 0;
}

static int own(json_t *result, const struct subject *subject, const char *driver, struct error *reterr)
{
	/* What was left open is spelt out: no setting of the engine's fills it in. */
	if (label_own(result, "Labels", subject) < 0 ||
	    (*driver != '\0' && (json_string_length(json_object_get(result, "Driver")) == 0) &&
	     json_object_set_new(result, "Driver", json_string(driver)) < 0)) {
		json_decref(result);
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	return 0;
}

int network_judge(const json_t *body, const struct subject *subject, struct facts *facts, json_t **ret,
		  struct error *reterr)
{
	struct judging j = {
		.table = network_fields, .subject = subject, .root = body, .facts = facts, .reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, body, &result) < 0)
		return -1;
	/* Two networks of one name could not be told apart in a request. */
	if (json_object_set_new(result, "CheckDuplicate", json_true()) < 0) {
		json_decref(result);
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	if (json_string_length(json_object_get(result, "Name")) == 0) {
		json_decref(result);
		return error_set(reterr, ERR_SYNTAX, "Name is missing");
	}
	if (own(result, subject, "bridge", reterr) < 0)
		return -1;
	*ret = result;
	return 0;
}

int connect_judge(const json_t *body, struct facts *facts, struct references *references, json_t **ret,
		  struct error *reterr)
{
	struct judging j = {
		.table = connect_fields, .root = body, .facts = facts, .references = references, .reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, body, &result) < 0)
		return -1;
	if (json_string_length(json_object_get(result, "Container")) == 0) {
		json_decref(result);
		return error_set(reterr, ERR_SYNTAX, "Container is missing");
	}
	*ret = result;
	return 0;
}

int volume_judge(const json_t *body, const struct subject *subject, struct facts *facts, json_t **ret,
		 struct error *reterr)
{
	struct judging j = {
		.table = volume_fields, .subject = subject, .root = body, .facts = facts, .reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, body, &result) < 0 || own(result, subject, "local", reterr) < 0)
		return -1;
	*ret = result;
	return 0;
}
