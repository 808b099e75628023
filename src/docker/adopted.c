/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/adopted.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "docker/kind.h"

#define HEX "0123456789abcdef"
#define ID_LEN 64
#define IMAGE_PREFIX "sha256:"
#define FIELDS_MAX 5
#define CREATED_MAX 64

static const struct { const char *word; enum object_kind kind; size_t fields; } kinds[] = {
	{ "container", OBJECT_CONTAINER, 3 }, { "network", OBJECT_NETWORK, 3 }, { "image", OBJECT_IMAGE, 3 },
	{ "volume", OBJECT_VOLUME, 5 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum object_kind adopted_kind(struct slice word)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (slice_is(word, kinds[i].word))
			return kinds[i].kind;
	return OBJECT_NONE;
}

const char *adopted_word(enum object_kind kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].word;
	return "?";
}

static size_t fields_of(enum object_kind kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].fields;
	return 0;
}

static bool is_id(const char *text)
{
	return strlen(text) == ID_LEN && strspn(text, HEX) == ID_LEN;
}

static bool name_fits(enum object_kind kind, const char *name)
{
	size_t prefix = strlen(IMAGE_PREFIX);

	if (kind == OBJECT_VOLUME)
		return object_name_ok(slice_str(name));
	if (kind == OBJECT_IMAGE)
		return strncmp(name, IMAGE_PREFIX, prefix) == 0 && is_id(name + prefix);
	return (kind == OBJECT_CONTAINER || kind == OBJECT_NETWORK) && is_id(name);
}

/* RFC 3339 as the engine writes it, or "-". */
static bool created_fits(const char *text)
{
	return *text != '\0' && strlen(text) <= CREATED_MAX && strspn(text, "0123456789TZ:.+-") == strlen(text);
}

static struct adoption *find(const struct adopted *all, enum object_kind kind, const char *name)
{
	/* An image has two kinds: to look at, and to take away. */
	if (kind == OBJECT_IMAGE_OWN)
		kind = OBJECT_IMAGE;
	for (size_t i = 0; all != NULL && name != NULL && i < all->n; i++)
		if (all->list[i].kind == kind && strcmp(all->list[i].name, name) == 0)
			return &all->list[i];
	return NULL;
}

static void drop(struct adoption *one)
{
	free((char *)one->name);
	free((char *)one->created);
}

int adopted_add(struct adopted *all, const struct adoption *one, struct error *reterr)
{
	bool volume = one->kind == OBJECT_VOLUME;
	struct adoption copy = { .kind = one->kind, .owner = one->owner, .of = volume ? one->of : CONTAINER_UNKNOWN };
	struct adoption *list, *there = find(all, one->kind, one->name);

	if (one->name == NULL || fields_of(one->kind) == 0 || !name_fits(one->kind, one->name))
		return error_set(reterr, ERR_SYNTAX, "a full id is expected, or the name of a volume");
	if (one->owner >= UINT_MAX - 1)
		return error_set(reterr, ERR_SYNTAX, "a user's number is expected");
	if (volume && (one->created == NULL || !created_fits(one->created) ||
		       (one->of != CONTAINER_MAPPED && one->of != CONTAINER_OPEN)))
		return error_set(reterr, ERR_SYNTAX, "a volume has its date (or -) and mapped or open");
	if (there == NULL && all->n == ADOPTED_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d objects", ADOPTED_MAX);
	copy.name = strdup(one->name);
	copy.created = volume ? strdup(one->created) : NULL;
	list = there == NULL ? reallocarray(all->list, all->n + 1, sizeof(*list)) : all->list;
	if (list != NULL)
		all->list = list;
	if (copy.name == NULL || (volume && copy.created == NULL) || list == NULL) {
		drop(&copy);
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	if (there != NULL)
		drop(there);
	*(there != NULL ? there : &all->list[all->n++]) = copy;
	return 0;
}

bool adopted_remove(struct adopted *all, enum object_kind kind, const char *name)
{
	struct adoption *there = find(all, kind, name);

	if (there == NULL)
		return false;
	drop(there);
	memmove(there, there + 1, (size_t)(&all->list[--all->n] - there) * sizeof(*there));
	return true;
}

/* One space between two fields, none before or behind. */
static size_t split(char *line, char *ret[FIELDS_MAX])
{
	size_t n = 0;

	for (char *field; n < FIELDS_MAX && (field = strsep(&line, " ")) != NULL; n++)
		ret[n] = field;
	return line == NULL ? n : 0;
}

static int parse_line(char *line, struct adopted *all, struct error *reterr)
{
	char *fields[FIELDS_MAX] = { NULL };
	size_t n = split(line, fields);
	struct adoption one = { .kind = n > 0 ? adopted_kind(slice_str(fields[0])) : OBJECT_NONE };
	unsigned long long uid;

	if (one.kind == OBJECT_NONE || n != fields_of(one.kind) ||
	    slice_to_u64(slice_str(fields[2]), UINT_MAX - 1, &uid) < 0)
		return error_set(reterr, ERR_SYNTAX, "container ID UID, network ID UID, image sha256:ID UID or "
				 "volume NAME UID CREATED KIND is expected");
	one.name = fields[1];
	one.owner = (uid_t)uid;
	one.created = fields[3];
	one.of = n > 4 ? kind_by_name(fields[4]) : CONTAINER_UNKNOWN;
	if (find(all, one.kind, one.name) != NULL)
		return error_set(reterr, ERR_SYNTAX, "this object stands here twice");
	return adopted_add(all, &one, reterr);
}

int adopted_parse(struct slice text, struct adopted *ret, struct error *reterr)
{
	struct adopted all = { .n = 0 };
	struct error why = { 0 };
	unsigned number = 0;

	while (text.n > 0) {
		struct slice line = slice_of(text.p, slice_find(text, '\n'));
		bool whole = line.n < text.n && memchr(line.p, '\0', line.n) == NULL;
		char *copy = whole ? slice_dup(line) : NULL;
		int r = 0;

		number++;
		if (!whole)
			r = error_set(&why, ERR_SYNTAX, "a line of text with its end is expected");
		else if (copy == NULL)
			r = error_set(&why, ERR_SYSTEM, "out of memory");
		else if (*copy != '\0' && *copy != '#')
			r = parse_line(copy, &all, &why);
		free(copy);
		if (r < 0) {
			adopted_free(&all);
			return error_set(reterr, why.code, "line %u: %s", number, why.text);
		}
		text = slice_after(text, line.n + 1);
	}
	*ret = all;
	return 0;
}

void adopted_render(const struct adopted *all, struct buf *out)
{
	buf_add_str(out, "# Objects that root gave to users: `safedocker audit adopt`, safedocker(1).\n");
	for (size_t i = 0; i < all->n; i++) {
		const struct adoption *one = &all->list[i];

		buf_addf(out, "%s %s %u", adopted_word(one->kind), one->name, (unsigned)one->owner);
		if (one->kind == OBJECT_VOLUME)
			buf_addf(out, " %s %s", one->created, kind_name(one->of));
		buf_add_str(out, "\n");
	}
}

const struct adoption *adopted_find(const struct adopted *all, enum object_kind kind, const char *name,
				    const char *created)
{
	const struct adoption *one = name != NULL ? find(all, kind, name) : NULL;

	if (one != NULL && one->kind == OBJECT_VOLUME && strcmp(one->created, "-") != 0 &&
	    (created == NULL || strcmp(one->created, created) != 0))
		return NULL;
	return one;
}

bool adopted_has(const struct adopted *all, enum object_kind kind, uid_t owner)
{
	for (size_t i = 0; all != NULL && i < all->n; i++)
		if ((all->list[i].kind == kind || kind == OBJECT_NONE) && all->list[i].owner == owner)
			return true;
	return false;
}

bool adopted_network_ok(const char *name, const char *driver)
{
	static const char *const engines[] = { "bridge", "host", "none", "ingress", "docker_gwbridge" };

	for (size_t i = 0; name != NULL && i < COUNT(engines); i++)
		if (strcmp(name, engines[i]) == 0)
			return false;
	return name != NULL && driver != NULL && strcmp(driver, "bridge") == 0;
}

void adopted_free(struct adopted *all)
{
	for (size_t i = 0; i < all->n; i++)
		drop(&all->list[i]);
	free(all->list);
	*all = (struct adopted){ .n = 0 };
}
