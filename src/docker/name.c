/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/name.h"

#define HEX_MIN 12   /* digits of an id that docker shows */
#define HEX_MAX 64   /* digits of a whole id */
#define SWARM_LEN 25 /* characters of an id in a swarm */

enum like { LIKE_BEGINS = 1, LIKE_IS, LIKE_HEX, LIKE_SWARM };

static const struct {
	enum object_kind kind;
	enum like like;
	const char *text, *why;
} names[] = {
#define NAME(kind, like, text, why) { OBJECT_##kind, LIKE_##like, text, why },
#include "docker/name.def"
};

/* Digits, and small letters up to `last`. */
static bool is_made_of(struct slice name, char last)
{
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= '0' && name.p[i] <= '9') &&
		    !(name.p[i] >= 'a' && name.p[i] <= last))
			return false;
	return true;
}

static bool fits(enum like like, const char *text, struct slice name)
{
	switch (like) {
	case LIKE_BEGINS:
		return slice_is_nocase(
			slice_of(name.p, name.n < strlen(text) ? name.n : strlen(text)), text);
	case LIKE_IS:
		return slice_is_nocase(name, text);
	case LIKE_HEX:
		return name.n >= HEX_MIN && name.n <= HEX_MAX && is_made_of(name, 'f');
	case LIKE_SWARM:
		return name.n == SWARM_LEN && is_made_of(name, 'z');
	default:
		return true;
	}
}

int name_check(enum object_kind kind, struct slice name, const char *what, struct error *reterr)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((names[i].kind == OBJECT_NONE || names[i].kind == kind) &&
		    fits(names[i].like, names[i].text, name))
			return error_set(reterr, ERR_DENIED, "%s %.*s: %s", what,
					 (int)(name.n < 100 ? name.n : 100), name.p, names[i].why);
	return 0;
}
