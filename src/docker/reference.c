/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/name.h"

bool object_name_ok(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!alnum && (i == 0 || (c != '_' && c != '.' && c != '-')))
			return false;
	}
	return name.n > 0 && name.n <= 255;
}

static const struct {
	const char *word;
	const char *path;	/* where it is looked up, for what has its owner in a label alone */
	const char *tail;
	const char *missing;	/* the engine's own words, around the name */
	const char *behind;
} kinds[] = {
	[OBJECT_NONE] = { "object", NULL, "", "no such object: ", "" },
#define OBJECT(kind, word, path, tail, missing, behind) [OBJECT_##kind] = { word, path, tail, missing, behind },
#include "docker/object.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t row(enum object_kind kind)
{
	return kind > OBJECT_NONE && (size_t)kind < COUNT(kinds) && kinds[kind].word != NULL ? (size_t)kind : OBJECT_NONE;
}

static const char *kind_of_object(enum object_kind kind)
{
	return kinds[row(kind)].word;
}

int object_path(enum object_kind kind, const char *name, char *ret, size_t n)
{
	size_t k = row(kind);

	if (kinds[k].path == NULL)
		return -1;
	return (size_t)snprintf(ret, n, "%s%s%s", kinds[k].path, name, kinds[k].tail) < n ? 0 : -1;
}

int object_missing(enum object_kind kind, const char *name, enum err code, struct error *reterr)
{
	return error_set(reterr, code, "%s%s%s", kinds[row(kind)].missing, name, kinds[row(kind)].behind);
}

static int add(struct references *references, struct reference *r, struct slice name, struct slice behind,
	       struct error *reterr)
{
	if (references->n == REFERENCES_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d other objects in one request", REFERENCES_MAX);
	r->name = slice_dup(name);
	r->behind = slice_dup(behind);
	if (r->name == NULL || r->behind == NULL) {
		free(r->name);
		free(r->behind);
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	references->list[references->n++] = *r;
	return 0;
}

int references_add(struct references *references, const struct facts *facts, enum object_kind kind,
		   struct slice name, json_t *at, const char *before, const char *behind,
		   struct error *reterr)
{
	struct reference r = { .kind = kind, .at = at, .before = before, .fact = REFERENCE_NONE };

	if (!object_name_ok(name))
		return error_set(reterr, ERR_SYNTAX, "%.*s is no name of a %s",
				 (int)(name.n < 100 ? name.n : 100), name.p, kind_of_object(kind));
	if (facts != NULL && facts->n > 0)
		r.fact = facts->n - 1;
	if (add(references, &r, name, slice_str(behind), reterr) < 0)
		return -1;
	(void)json_incref(at);
	return 0;
}

int references_add_name(struct references *references, struct slice name, struct error *reterr)
{
	struct reference r = { .kind = OBJECT_IMAGE, .before = "", .fact = REFERENCE_NONE, .plain = true };
	struct image_ref ref;
	char *text = NULL;
	int failed;

	if (image_ref_parse(name, &ref, reterr) < 0)
		return -1;
	/* Without a domain and a path it is what people type: there it would hide an id. */
	if (!ref.is_id && slice_starts(slice_str(ref.repository), "docker.io/library/") &&
	    name_check(OBJECT_IMAGE, slice_str(ref.repository + strlen("docker.io/library/")),
		       "the name", reterr) < 0) {
		failed = -1;
	} else if (ref.is_id || ref.digest.n > 0) {
		failed = error_set(reterr, ERR_SYNTAX, "%.*s: a name with a tag is expected",
				   (int)(name.n < 200 ? name.n : 200), name.p);
	} else if (asprintf(&text, "%s:%.*s", ref.repository, ref.tag.n > 0 ? (int)ref.tag.n : 6,
			    ref.tag.n > 0 ? ref.tag.p : "latest") < 0) {
		failed = error_set(reterr, ERR_SYSTEM, "out of memory");
	} else {
		failed = add(references, &r, slice_str(text), slice_str(""), reterr);
		free(text);
	}
	image_ref_free(&ref);
	return failed;
}

bool reference_repository(const struct reference *reference, char *ret, size_t n)
{
	const char *tag = strrchr(reference->name, ':');

	if (reference->kind != OBJECT_IMAGE || tag == NULL)
		return false;
	(void)snprintf(ret, n, "%.*s", (int)(tag - reference->name), reference->name);
	return true;
}

int references_add_path(struct references *references, const struct facts *facts, struct slice path,
			struct slice target, bool read_only, struct error *reterr)
{
	struct reference r = {
		.kind = OBJECT_PATH, .before = "", .fact = facts->n - 1, .read_only = read_only,
	};

	return add(references, &r, path, target, reterr);
}

int references_facts(const struct references *references, struct facts *facts)
{
	for (size_t i = 0; i < references->n; i++) {
		const struct reference *r = &references->list[i];

		/* A path of the host is nobody's own. */
		if (r->fact == REFERENCE_NONE || r->owner == OWNER_UNKNOWN || r->kind == OBJECT_PATH)
			continue;
		if (r->owner != OWNER_NOBODY)
			facts_own(facts, r->fact);
		else if (r->kind == OBJECT_NETWORK && r->called != NULL &&
			 facts_rename(facts, r->fact, r->called) < 0)
			return -1;
	}
	return 0;
}

static int check(const struct reference *r, bool everybody, struct error *reterr)
{
	bool theirs = r->owner == OWNER_OTHER || r->owner == OWNER_MISSING ||
		(r->owner == OWNER_NOBODY && r->kind != OBJECT_NETWORK);

	if (r->kind == OBJECT_PATH)
		return 0;	/* the helper itself walks it */
	/* Whoever uses the name would get something else from then on. */
	if (r->kind == OBJECT_IMAGE)
		return r->owner == OWNER_MISSING || !theirs || everybody ? 0 :
			error_set(reterr, ERR_DENIED, "image %s is there already and is not yours: take another name",
				  r->name);
	if (r->kind == OBJECT_VOLUME) {
		/* That a name is taken cannot be hidden: the same word would make the volume otherwise. */
		if (r->owner == OWNER_MISSING)
			return 0;
		if (theirs && !everybody)
			return error_set(reterr, ERR_SYNTAX, "volume %s is there already and is not yours: "
					 "take another name", r->name);
		if (!r->plain)
			return error_set(reterr, ERR_DENIED, "volume %s was made with a driver or with options: "
					 "it may be any directory of the host", r->name);
		return 0;
	}
	if (r->owner == OWNER_MISSING || (theirs && !everybody))
		return object_missing(r->kind, r->name, ERR_SYNTAX, reterr);
	return 0;
}

int references_check(const struct references *references, bool everybody, struct error *reterr)
{
	for (size_t i = 0; i < references->n; i++)
		if (check(&references->list[i], everybody, reterr) < 0)
			return -1;
	return 0;
}

bool reference_shares(const struct reference *r, const struct facts *facts)
{
	if (r->kind == OBJECT_VOLUME)
		return r->owner != OWNER_MISSING;
	return r->kind == OBJECT_CONTAINER && r->fact != REFERENCE_NONE && facts->list[r->fact].flag != FLAG_LINK;
}

int references_kinds(const struct references *references, const struct facts *facts, enum container_kind kind,
		     struct error *reterr)
{
	for (size_t i = 0; i < references->n; i++) {
		const struct reference *r = &references->list[i];

		if (reference_shares(r, facts) && r->of != kind)
			return error_set(reterr, ERR_DENIED, "%s %s is %s, the new container is %s: the kinds never share "
					 "anything, since root inside would pass", kind_of_object(r->kind), r->name,
					 kind_name(r->of), kind_name(kind));
	}
	return 0;
}

static int settle_key(const struct reference *r)
{
	json_t *value = json_object_get(r->at, r->name);
	int failed;

	/* Two spellings of one network: the first one's settings hold. */
	if (value == NULL || strcmp(r->name, r->id) == 0)
		return 0;
	failed = json_object_get(r->at, r->id) == NULL && json_object_set(r->at, r->id, value) < 0;
	return failed ? -1 : json_object_del(r->at, r->name);
}

int references_settle(const struct references *references)
{
	for (size_t i = 0; i < references->n; i++) {
		const struct reference *r = &references->list[i];
		char *text = NULL;
		int failed;

		if (r->id == NULL || r->at == NULL)
			continue;
		if (json_is_object(r->at)) {
			failed = settle_key(r) < 0;
		} else {
			failed = asprintf(&text, "%s%s%s", r->before, r->id, r->behind) < 0 ||
				json_string_set(r->at, text) < 0;
			free(text);
		}
		if (failed)
			return -1;
	}
	return 0;
}

void references_free(struct references *references)
{
	for (size_t i = 0; i < references->n; i++) {
		free(references->list[i].name);
		free(references->list[i].id);
		free(references->list[i].called);
		free(references->list[i].behind);
		json_decref(references->list[i].at);
	}
	references->n = 0;
}
