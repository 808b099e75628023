/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

#define PATH_MAX_LEN 256

static int take_object(struct judging *j, const char *prefix, const json_t *object, json_t **ret);

static const struct field *find(const struct field *table, const char *path)
{
	for (const struct field *f = table; f->path != NULL; f++)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}

static int out_of_memory(struct judging *j)
{
	return error_set(j->reterr, ERR_SYSTEM, "out of memory");
}

static int wrong_type(struct judging *j, const char *path, const char *expected)
{
	return error_set(j->reterr, ERR_SYNTAX, "%s must be %s", path, expected);
}

/*
 * The engine's decoder folds case, the walk does not: a key that folds to one of
 * ours is told apart in the message, because it is either a slip or an attack.
 */
static int unknown(struct judging *j, const char *path)
{
	for (const struct field *f = j->table; f->path != NULL; f++)
		if (slice_is_nocase(slice_str(path), f->path) && strcmp(path, f->path) != 0)
			return error_set(j->reterr, ERR_DENIED, "unknown field %s (it is spelt %s)",
					 path, f->path);
	return error_set(j->reterr, ERR_DENIED, "unknown field %s", path);
}

static int copy_text(struct judging *j, const char *path, const json_t *value, bool raw, json_t **ret)
{
	struct slice text;

	if (!json_is_string(value))
		return wrong_type(j, path, "a string");
	text = slice_of(json_string_value(value), json_string_length(value));
	if (!raw && !slice_is_clean_text(text))
		return error_set(j->reterr, ERR_SYNTAX, "%s holds a control character", path);
	*ret = json_stringn(text.p, text.n);
	return *ret != NULL ? 0 : out_of_memory(j);
}

static int copy_list(struct judging *j, const char *path, const json_t *value, bool raw,
		     bool bare_too, json_t **ret)
{
	json_t *list = json_array(), *item;

	if (list == NULL)
		return out_of_memory(j);
	if (bare_too && json_is_string(value)) {
		if (copy_text(j, path, value, raw, &item) < 0)
			goto err;
		if (json_array_append_new(list, item) < 0)
			goto memory;
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			if (copy_text(j, path, json_array_get(value, i), raw, &item) < 0)
				goto err;
			if (json_array_append_new(list, item) < 0)
				goto memory;
		}
	} else {
		(void)wrong_type(j, path, "a list of strings");
		goto err;
	}
	*ret = list;
	return 0;
memory:
	(void)out_of_memory(j);
err:
	json_decref(list);
	return -1;
}

/* One copy of a value that holds others: `one` takes each element. */
typedef int take_one(struct judging *j, const char *path, const json_t *value, json_t **ret);

static int take_int(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	if (!json_is_integer(value))
		return wrong_type(j, path, "a whole number");
	*ret = json_integer(json_integer_value(value));
	return *ret != NULL ? 0 : out_of_memory(j);
}

static int take_clean_list(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	return copy_list(j, path, value, false, false, ret);
}

static int take_string(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	return copy_text(j, path, value, true, ret);
}

static int take_string_or_null(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	if (!json_is_null(value))
		return copy_text(j, path, value, true, ret);
	*ret = json_null();
	return 0;
}

static int take_nothing(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	if (!json_is_null(value) && !(json_is_object(value) && json_object_size(value) == 0))
		return wrong_type(j, path, "a set: its values are {}");
	*ret = json_object();
	return *ret != NULL ? 0 : out_of_memory(j);
}

static int take_items(struct judging *j, const char *path, const json_t *value, take_one *one,
		      json_t **ret)
{
	json_t *list, *item = NULL;

	if (!json_is_array(value))
		return wrong_type(j, path, "a list");
	list = json_array();
	if (list == NULL)
		return out_of_memory(j);
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (one(j, path, json_array_get(value, i), &item) < 0)
			goto err;
		if (json_array_append_new(list, item) < 0) {
			(void)out_of_memory(j);
			goto err;
		}
	}
	*ret = list;
	return 0;
err:
	json_decref(list);
	return -1;
}

static int take_entries(struct judging *j, const char *path, const json_t *value, take_one *one,
			json_t **ret)
{
	const char *key;
	json_t *map, *item, *entry = NULL;

	if (!json_is_object(value))
		return wrong_type(j, path, "an object");
	map = json_object();
	if (map == NULL)
		return out_of_memory(j);
	json_object_foreach((json_t *)value, key, item) {
		if (!slice_is_clean_text(slice_str(key))) {
			(void)error_set(j->reterr, ERR_SYNTAX, "a key of %s holds a control character", path);
			goto err;
		}
		if (one(j, path, item, &entry) < 0)
			goto err;
		if (json_object_set_new(map, key, entry) < 0) {
			(void)out_of_memory(j);
			goto err;
		}
	}
	*ret = map;
	return 0;
err:
	json_decref(map);
	return -1;
}

/* The rows of an element stand under the path with `[]` or `.*` behind it. */
static int take_below(struct judging *j, const char *path, const char *suffix, const json_t *value,
		      json_t **ret)
{
	char below[PATH_MAX_LEN];

	if (!json_is_object(value) && !json_is_null(value))
		return wrong_type(j, path, "made of objects");
	if ((size_t)snprintf(below, sizeof(below), "%s%s", path, suffix) >= sizeof(below))
		return unknown(j, path);
	return take_object(j, below, value, ret);
}

static int take_element(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	return take_below(j, path, "[]", value, ret);
}

static int take_entry(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	return take_below(j, path, ".*", value, ret);
}

static int take_entry_elements(struct judging *j, const char *path, const json_t *value, json_t **ret)
{
	char below[PATH_MAX_LEN];

	if ((size_t)snprintf(below, sizeof(below), "%s.*", path) >= sizeof(below))
		return unknown(j, path);
	if (json_is_null(value)) {
		*ret = json_array();
		return *ret != NULL ? 0 : out_of_memory(j);
	}
	return take_items(j, below, value, take_element, ret);
}

static int take_typed(struct judging *j, const struct field *f, const json_t *value, json_t **ret)
{
	switch (f->type) {
	case FIELD_BOOL:
	case FIELD_STRICT_BOOL:
		if (!json_is_boolean(value))
			return wrong_type(j, f->path, "true or false");
		*ret = json_boolean(json_is_true(value));
		return 0;
	case FIELD_INT:
	case FIELD_STRICT_INT:
		return take_int(j, f->path, value, ret);
	case FIELD_TEXT:
	case FIELD_STRICT_TEXT:
		return copy_text(j, f->path, value, false, ret);
	case FIELD_RAW_TEXT:
		return copy_text(j, f->path, value, true, ret);
	case FIELD_LIST:
	case FIELD_STRICT_LIST:
		return copy_list(j, f->path, value, false, false, ret);
	case FIELD_STRINGS:
		return copy_list(j, f->path, value, false, true, ret);
	case FIELD_RAW_LIST:
		return copy_list(j, f->path, value, true, false, ret);
	case FIELD_RAW_STRINGS:
		return copy_list(j, f->path, value, true, true, ret);
	case FIELD_MAP:
		return take_entries(j, f->path, value, take_string, ret);
	case FIELD_ARGS:
		return take_entries(j, f->path, value, take_string_or_null, ret);
	case FIELD_SET:
		return take_entries(j, f->path, value, take_nothing, ret);
	case FIELD_INTS:
		return take_items(j, f->path, value, take_int, ret);
	case FIELD_REAL:
		if (!json_is_number(value))
			return wrong_type(j, f->path, "a number");
		*ret = json_is_integer(value) ? json_integer(json_integer_value(value)) : json_real(json_real_value(value));
		return *ret != NULL ? 0 : out_of_memory(j);
	case FIELD_STRING_LISTS:
		return take_items(j, f->path, value, take_clean_list, ret);
	case FIELD_OBJECT:
		if (!json_is_object(value))
			return wrong_type(j, f->path, "an object");
		return take_object(j, f->path, value, ret);
	case FIELD_OBJECTS:
		return take_items(j, f->path, value, take_element, ret);
	case FIELD_OBJECT_MAP:
		return take_entries(j, f->path, value, take_entry, ret);
	case FIELD_OBJECTS_MAP:
		return take_entries(j, f->path, value, take_entry_elements, ret);
	default:
		return unknown(j, f->path);
	}
}

static bool is_strict(enum field_type type)
{
	return type >= FIELD_STRICT_BOOL;
}

/* null, false, 0, nothing in it. */
static bool is_zero(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_FALSE:
	case JSON_NULL:
		return true;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	case JSON_OBJECT:
		return json_object_size(value) == 0;
	case JSON_REAL:
		return !(json_real_value(value) < 0 || json_real_value(value) > 0);
	case JSON_TRUE:
	default:
		return false;
	}
}

static bool asks_nothing(const struct field *f, const json_t *value)
{
	char number[32];

	if (f->harmless != NULL && json_is_string(value) &&
	    strcmp(json_string_value(value), f->harmless) == 0)
		return true;
	if (f->harmless != NULL && json_is_integer(value)) {
		(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		if (strcmp(number, f->harmless) == 0)
			return true;
	}
	if (is_strict(f->type))
		return false;
	return is_zero(value);
}

int fields_fact(struct judging *j, const struct field *field, enum flag flag, const char *value,
		long long number)
{
	if (facts_add(j->facts, flag, value, number, field->path) < 0)
		return error_set(j->reterr, ERR_LIMIT, "more than %d flags in one request", FACTS_MAX);
	return 0;
}

int fields_reference(struct judging *j, enum object_kind kind, struct slice name, json_t *at,
		     const char *before, const char *behind)
{
	return references_add(j->references, j->facts, kind, name, at, before, behind, j->reterr);
}

/* "k=v" or the text itself, as one fact. */
static int fact_of_entry(struct judging *j, const struct field *f, const char *key, const json_t *value)
{
	char *text = NULL;
	int r;

	if (!json_is_string(value))
		return fields_fact(j, f, f->flag, key, 0);
	if (asprintf(&text, "%s=%s", key, json_string_value(value)) < 0)
		return out_of_memory(j);
	r = fields_fact(j, f, f->flag, text, 0);
	free(text);
	return r;
}

static int facts_of_value(struct judging *j, const struct field *f, const json_t *value)
{
	char number[32];
	const char *key;
	json_t *entry;

	switch (json_typeof(value)) {
	case JSON_TRUE:
		return fields_fact(j, f, f->flag, "", 0);
	case JSON_FALSE:
		return fields_fact(j, f, f->flag, "false", 0);
	case JSON_INTEGER:
		(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		return fields_fact(j, f, f->flag, number, (long long)json_integer_value(value));
	case JSON_STRING:
		return fields_fact(j, f, f->flag, json_string_value(value), 0);
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(value); i++)
			if (facts_of_value(j, f, json_array_get(value, i)) < 0)
				return -1;
		/* An empty list gets here only where it asks something (STRICT). */
		return json_array_size(value) == 0 ? fields_fact(j, f, f->flag, "", 0) : 0;
	case JSON_REAL:
		(void)snprintf(number, sizeof(number), "%g", json_real_value(value));
		return fields_fact(j, f, f->flag, number, 0);
	case JSON_OBJECT:
		json_object_foreach((json_t *)value, key, entry)
			if (fact_of_entry(j, f, key, entry) < 0)
				return -1;
		return 0;
	case JSON_NULL:
	default:
		return wrong_type(j, f->path, "of another type");
	}
}

/* What stands in the engine already is judged, but its shape was somebody's choice before ours. */
static bool has_grammar(const struct judging *j, const struct field *f)
{
	return !j->answered && f->how != FIELD_REFUSE && f->type != FIELD_BOOL && f->type != FIELD_STRICT_BOOL &&
		f->type != FIELD_OBJECT;
}

/* What never decides anything may be a secret: no message shows it. */
static bool is_raw(enum field_type type)
{
	return type == FIELD_RAW_TEXT || type == FIELD_RAW_LIST || type == FIELD_RAW_STRINGS;
}

static int judge_value(struct judging *j, const struct field *f, json_t *value)
{
	if (asks_nothing(f, value))
		return 0;
	if (has_grammar(j, f) &&
	    grammar_check(f->grammar, f->flag != FLAG_NONE ? flag_name(f->flag) : f->path, is_raw(f->type), value,
			  j->reterr) < 0)
		return -1;
	switch (f->how) {
	case FIELD_FREE:
		return 0;
	case FIELD_FLAG:
		return facts_of_value(j, f, value);
	case FIELD_JUDGE:
		return f->judge(j, f, value);
	case FIELD_REFUSE:
	default:
		return error_set(j->reterr, ERR_DENIED, "%s is refused: no docker command line sets it",
				 f->path);
	}
}

static int take_object(struct judging *j, const char *prefix, const json_t *object, json_t **ret)
{
	char path[PATH_MAX_LEN];
	const char *key;
	json_t *value, *copy, *result = json_object();

	if (result == NULL)
		return out_of_memory(j);
	json_object_foreach((json_t *)object, key, value) {
		const struct field *f;
		int n = snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);

		/* A key with a dot in it would be taken for a row of another object. */
		f = n >= 0 && (size_t)n < sizeof(path) && strpbrk(key, ".[*") == NULL &&
			slice_is_clean_text(slice_str(key)) ? find(j->table, path) : NULL;
		if (f == NULL && j->answered && is_zero(value))
			continue;
		if (f == NULL) {
			(void)unknown(j, n >= 0 && (size_t)n < sizeof(path) ? path : prefix);
			goto err;
		}
		if (json_is_null(value))
			continue;
		if (take_typed(j, f, value, &copy) < 0)
			goto err;
		if (judge_value(j, f, copy) < 0) {
			json_decref(copy);
			goto err;
		}
		/* The key of the table, never the client's. */
		if (json_object_set_new(result, strrchr(f->path, '.') != NULL ?
					strrchr(f->path, '.') + 1 : f->path, copy) < 0) {
			(void)out_of_memory(j);
			goto err;
		}
	}
	*ret = result;
	return 0;
err:
	json_decref(result);
	return -1;
}

int fields_take(struct judging *j, const json_t *object, json_t **ret)
{
	if (!json_is_object(object))
		return wrong_type(j, "the body", "an object");
	return take_object(j, "", object, ret);
}

static json_t *setting_value(const struct field *f, const struct setting *s)
{
	switch (f->type) {
	case FIELD_BOOL:
	case FIELD_STRICT_BOOL:
		return json_true();
	case FIELD_INT:
	case FIELD_STRICT_INT:
		return json_integer(s->number);
	case FIELD_TEXT:
	case FIELD_STRICT_TEXT:
	case FIELD_LIST:
	case FIELD_STRINGS:
		return json_string(s->value);
	case FIELD_RAW_TEXT: case FIELD_STRICT_LIST: case FIELD_RAW_LIST: case FIELD_RAW_STRINGS: case FIELD_MAP:
	case FIELD_ARGS: case FIELD_REAL: case FIELD_SET: case FIELD_INTS: case FIELD_STRING_LISTS: case FIELD_OBJECT:
	case FIELD_OBJECTS: case FIELD_OBJECT_MAP: case FIELD_OBJECTS_MAP:
	default:
		return NULL;
	}
}

/* The object that holds the row's key, made where it is missing; paths here have no [] or *. */
static json_t *holder(json_t *body, const char *path, const char **ret_key)
{
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		char *key = slice_dup(slice_of(path, (size_t)(dot - path)));
		json_t *next = key != NULL ? json_object_get(body, key) : NULL;

		if (key != NULL && !json_is_object(next)) {
			next = json_object();
			if (json_object_set_new(body, key, next) < 0)
				next = NULL;
		}
		free(key);
		if (next == NULL)
			return NULL;
		body = next;
		path = dot + 1;
	}
	*ret_key = path;
	return body;
}

static int set_row(const struct field *f, json_t *body, const struct setting *s)
{
	const char *key;
	json_t *in = holder(body, f->path, &key);
	json_t *now = in != NULL ? json_object_get(in, key) : NULL;
	json_t *value;

	if (in == NULL)
		return -1;
	if (f->type == FIELD_LIST || f->type == FIELD_STRINGS) {
		if (now == NULL) {
			now = json_array();
			if (json_object_set_new(in, key, now) < 0)
				return -1;
		}
		return json_list_has(now, s->value) ? 0 : json_array_append_new(now, setting_value(f, s));
	}
	if (now != NULL && !asks_nothing(f, now))
		return 0;
	value = setting_value(f, s);
	return value != NULL ? json_object_set_new(in, key, value) : -1;
}

int fields_set(const struct field *table, json_t *body, const struct setting *setting,
	       struct error *reterr)
{
	for (const struct field *f = table; f->path != NULL; f++) {
		if (f->flag != setting->flag || strpbrk(f->path, "[*") != NULL ||
		    (f->how != FIELD_FLAG && f->type != FIELD_LIST))
			continue;
		if (set_row(f, body, setting) < 0)
			return error_set(reterr, ERR_DENIED, "this version cannot set %s=%s by itself",
					 flag_name(setting->flag), setting->value);
		return 0;
	}
	return error_set(reterr, ERR_DENIED, "this version cannot set %s=%s by itself",
			 flag_name(setting->flag), setting->value);
}
