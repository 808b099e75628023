/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/variable.h"

#include <string.h>

/* One component, and whether another follows, by turns; the grammar stands in model/variable.h. */
static bool components_are_plain(struct slice path)
{
	for (;;) {
		size_t n = slice_find(path, '/');
		struct slice part = slice_of(path.p, n);

		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return false;
		if (n == path.n)
			return true;
		path = slice_after(path, n + 1);
	}
}

static bool is_path(const char *text, bool absolute, bool may_be_root)
{
	struct slice path = slice_str(text);

	if (path.n > VARIABLE_PATH_MAX || !slice_is_clean_text(path))
		return false;
	if (!absolute)
		return components_are_plain(path);
	if (slice_is(path, "/"))
		return may_be_root;
	return slice_starts(path, "/") && components_are_plain(slice_after(path, 1));
}

static int not_valid(const char *what, struct error *reterr)
{
	return error_set(reterr, ERR_SYNTAX, "the variable %s is not valid: %s", VARIABLE_NAME, what);
}

/* A text of this key into *ret, which stays as it is where the key is missing. */
static int read_path(const json_t *object, const char *key, bool absolute, bool may_be_root,
		     const char **ret, struct error *reterr)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_string(value) || !is_path(json_string_value(value), absolute, may_be_root))
		return not_valid(key, reterr);
	*ret = json_string_value(value);
	return 1;
}

static int read_flag(const json_t *object, const char *key, bool *ret, struct error *reterr)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_boolean(value))
		return not_valid(key, reterr);
	*ret = json_is_true(value);
	return 1;
}

static int read_entry(const json_t *object, struct variable_entry *ret, struct error *reterr)
{
	int ro, make, copy, seen = 0;

	*ret = (struct variable_entry){ .target = NULL };
	if (!json_is_object(object))
		return not_valid("an entry of mounts", reterr);
	if (read_path(object, "target", true, false, &ret->target, reterr) < 0 ||
	    read_path(object, "source", true, true, &ret->source, reterr) < 0 ||
	    read_path(object, "subpath", false, false, &ret->subpath, reterr) < 0)
		return -1;
	ro = read_flag(object, "ro", &ret->read_only, reterr);
	make = ro < 0 ? -1 : read_flag(object, "make", &ret->make, reterr);
	copy = make < 0 ? -1 : read_flag(object, "copy", &ret->copy, reterr);
	if (copy < 0)
		return -1;
	seen = (ret->target != NULL) + (ret->source != NULL) + (ret->subpath != NULL) + ro + make + copy;
	if (ret->target == NULL || (size_t)seen != json_object_size(object))
		return not_valid("an entry has no target, or a key that is unknown", reterr);
	if (ret->source != NULL ? ret->subpath != NULL || copy : ro || make)
		return not_valid("an entry mixes keys of binds and of volumes", reterr);
	if (ret->subpath != NULL && ret->copy)
		return not_valid("subpath and copy in one entry", reterr);
	return 0;
}

int variable_parse(struct slice text, struct variable *ret, struct error *reterr)
{
	const json_t *mounts;
	int cwd;

	ret->json = NULL;
	ret->cwd = "/";
	ret->n = 0;
	if (text.n > VARIABLE_MAX)
		return error_set(reterr, ERR_LIMIT, "the variable %s is longer than %d bytes",
				 VARIABLE_NAME, VARIABLE_MAX);
	ret->json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(ret->json))
		return not_valid("not one JSON object", reterr);
	cwd = read_path(ret->json, "cwd", true, true, &ret->cwd, reterr);
	if (cwd < 0)
		return -1;
	mounts = json_object_get(ret->json, "mounts");
	if (mounts != NULL && (!json_is_array(mounts) || json_array_size(mounts) > VARIABLE_ENTRIES_MAX))
		return not_valid("mounts is not a list, or too long", reterr);
	if ((size_t)cwd + (mounts != NULL) != json_object_size(ret->json))
		return not_valid("unknown key", reterr);
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		struct variable_entry entry;

		if (read_entry(json_array_get(mounts, i), &entry, reterr) < 0)
			return -1;
		if (variable_find(ret, entry.target) != NULL)
			return not_valid("two entries for one target", reterr);
		ret->entry[ret->n++] = entry;
	}
	return 0;
}

void variable_free(struct variable *v)
{
	json_decref(v->json);
	v->json = NULL;
	v->n = 0;
}

struct variable_entry *variable_find(struct variable *v, const char *target)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->entry[i].target, target) == 0)
			return &v->entry[i];
	return NULL;
}

bool variable_is(const char *assignment)
{
	size_t n = strlen(VARIABLE_NAME);

	return strncmp(assignment, VARIABLE_NAME, n) == 0 &&
	       (assignment[n] == '=' || assignment[n] == '\0');
}
