/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/filters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/value.h"
#include "wire/json.h"

#define VALUES_MAX 100	/* the engine tries each with each object */

static const struct {
	enum operation operation;
	const char *key;
	const char *value;
	enum flag flag;
} others[] = {
#define FILTER(operation, key, value, flag) { OPERATION_##operation, key, value, FLAG_##flag },
#include "docker/route.def"
};

static const struct {
	enum operation operation;
	const char *key;
	enum object_kind kind;
} named[] = {
#define FILTER_NAMES(operation, key, object) { OPERATION_##operation, key, OBJECT_##object },
#include "docker/route.def"
};

/* What a value is taken with. */
struct gathering {
	enum operation operation;
	struct facts *facts;
	struct references *references;
	struct error *reterr;
};

/* What a filter is called on docker's command line; FLAG_NONE for one that docker sends by itself. */
static enum flag flag_of(enum operation operation, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].operation == operation && strcmp(others[i].key, key) == 0 &&
		    text_fits(others[i].value, value))
			return others[i].flag;
	return FLAG_FILTER;
}

static bool known_key(const char *keys, const char *key)
{
	struct slice rest = slice_str(keys);

	while (rest.n > 0) {
		struct slice word = slice_of(rest.p, slice_find(rest, ' '));

		if (slice_is(word, key))
			return true;
		rest = slice_after(rest, word.n + 1);
	}
	return false;
}

static int add_fact(enum operation operation, const char *key, const char *value, struct facts *facts)
{
	enum flag flag = flag_of(operation, key, value);
	char *pair = NULL;
	int r;

	if (flag == FLAG_NONE)
		return 0;
	if (asprintf(&pair, "%s=%s", key, value) < 0)
		return -1;
	r = facts_add(facts, flag, flag_value_kind(flag) == VALUE_NONE ? "" : pair, 0, "filters");
	free(pair);
	return r;
}

/* Its answer tells whether there is such an object: so it must be one that the caller may see. */
static int add_reference(const struct gathering *g, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (named[i].operation == g->operation && strcmp(named[i].key, key) == 0)
			return references_add(g->references, NULL, named[i].kind, slice_str(value), NULL, "", "",
					      g->reterr);
	return 0;
}

/* The engine takes these two for regular expressions; beside others that it compares it does not
 * matter. */
static bool is_pattern_key(const char *key)
{
	return strcmp(key, "name") == 0 || strcmp(key, "id") == 0;
}

static int take_value(json_t *list, const char *key, const char *value, const struct gathering *g)
{
	struct error *reterr = g->reterr;

	if (value == NULL || !slice_is_clean_text(slice_str(value)))
		return error_set(reterr, ERR_SYNTAX, "filters: a value of %s is not plain text", key);
	if (is_pattern_key(key) && !value_is_pattern(slice_str(value)))
		return error_set(reterr, ERR_SYNTAX,
				 "filters: %s=%.100s: at most 255 characters are expected, and no "
				 "{, } or (? "
				 "of a regular expression",
				 key, value);
	if (add_reference(g, key, value) < 0)
		return -1;
	if (add_fact(g->operation, key, value, g->facts) < 0 || json_array_append_new(list, json_string(value)) < 0)
		return error_set(reterr, ERR_LIMIT, "filters: too many values");
	return 0;
}

static int take_key(json_t *result, const char *key, json_t *values, const struct gathering *g)
{
	json_t *list = json_array(), *on;
	const char *value;

	if (list == NULL || json_object_set_new(result, key, list) < 0)
		return error_set(g->reterr, ERR_SYSTEM, "out of memory");
	if (json_is_array(values)) {
		for (size_t i = 0; i < json_array_size(values); i++)
			if (take_value(list, key, json_string_value(json_array_get(values, i)), g) < 0)
				return -1;
		return 0;
	}
	if (!json_is_object(values))
		return error_set(g->reterr, ERR_SYNTAX, "filters: %s is neither a list nor an object", key);
	json_object_foreach(values, value, on) {
		if (!json_is_true(on))
			return error_set(g->reterr, ERR_SYNTAX, "filters: a value of %s is not true", key);
		if (take_value(list, key, value, g) < 0)
			return -1;
	}
	return 0;
}

static size_t count(json_t *filters)
{
	const char *key;
	json_t *list;
	size_t n = 0;

	json_object_foreach(filters, key, list)
		n += json_array_size(list);
	return n;
}

char *filters_take(struct slice text, const char *keys, enum operation operation, struct facts *facts,
		   struct references *references, struct error *reterr)
{
	const struct gathering g = {
		.operation = operation, .facts = facts, .references = references, .reterr = reterr,
	};
	json_t *in = json_parse(text, JSON_TOKENS_MAX, reterr), *out = json_object(), *values;
	const char *key;
	char *result = NULL;

	if (in == NULL || out == NULL)
		goto done;
	if (!json_is_object(in)) {
		(void)error_set(reterr, ERR_SYNTAX, "filters: not an object");
		goto done;
	}
	json_object_foreach(in, key, values) {
		if (!known_key(keys, key)) {
			(void)error_set(reterr, ERR_DENIED, "unknown filter %s",
					slice_is_clean_text(slice_str(key)) ? key : "?");
			goto done;
		}
		if (take_key(out, key, values, &g) < 0)
			goto done;
	}
	if (count(out) > VALUES_MAX)
		(void)error_set(reterr, ERR_LIMIT, "filters: more than %d values", VALUES_MAX);
	else
		result = json_render(out);
done:
	json_decref(in);
	json_decref(out);
	return result;
}

static char *with(const char *filters, const char *key, const char *text)
{
	json_t *all = filters != NULL ? json_loads(filters, 0, NULL) : json_object();
	json_t *values = json_object_get(all, key);
	char *result = NULL;

	if (values == NULL && json_object_set_new(all, key, json_array()) == 0)
		values = json_object_get(all, key);
	if (json_list_has(values, text) || json_array_append_new(values, json_string(text)) == 0)
		result = json_render(all);
	json_decref(all);
	return result;
}

char *filters_with_label(const char *filters, const char *label)
{
	return with(filters, "label", label);
}

char *filters_without_label(const char *filters, const char *label)
{
	return with(filters, "label!", label);
}
