/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/target.h"

#include <stdlib.h>

#define SHOWN 200	/* bytes of a path in a message */

enum target_reach { TARGET_SELF = 1, TARGET_BELOW };

static const struct row {
	const char *path;
	enum target_reach reach;
	unsigned but;		/* of enum target_kind */
} rows[] = {
#define TARGET(path, reach, but) { path, TARGET_##reach, TARGET_##but },
#include "docker/target.def"
};

struct slice target_trim(struct slice path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

bool target_is_plain(struct slice path)
{
	if (path.n < 2 || path.p[0] != '/')
		return path.n == 1 && path.p[0] == '/';
	while (path.n > 0) {
		struct slice part;

		path = slice_after(path, 1);
		part = slice_of(path.p, slice_find(path, '/'));
		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return false;
		path = slice_after(path, part.n);
	}
	return true;
}

char *target_clean(struct slice rest)
{
	char *clean = malloc(rest.n + 2);
	size_t n = 0;

	while (clean != NULL && rest.n > 0) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/'));

		rest = slice_after(rest, part.n + 1);
		if (slice_is(part, "..")) {
			while (n > 0 && clean[--n] != '/')
				;
		} else if (part.n > 0 && !slice_is(part, ".")) {
			clean[n++] = '/';
			memcpy(clean + n, part.p, part.n);
			n += part.n;
		}
	}
	if (clean != NULL && n == 0)
		clean[n++] = '/';
	if (clean != NULL)
		clean[n] = '\0';
	return clean;
}

static bool fits(const struct row *row, struct slice target)
{
	size_t n = strlen(row->path);

	return slice_starts(target, row->path) &&
		(target.n == n || (row->reach == TARGET_BELOW && target.p[n] == '/'));
}

static int shown(struct slice text)
{
	return (int)(text.n < SHOWN ? text.n : SHOWN);
}

int target_check(enum target_kind kind, struct slice what, struct slice target,
		 struct error *reterr)
{
	target = target_trim(target);
	if (!target_is_plain(target))
		return error_set(reterr, ERR_SYNTAX, "%.*s: the place in the container, %.*s, is not "
				 "an absolute path without . and ..", shown(what), what.p, shown(target),
				 target.p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!fits(&rows[i], target))
			continue;
		if ((rows[i].but & kind) != 0)
			return 0;
		return error_set(reterr, ERR_DENIED, "%.*s: %.*s in the container is the engine's "
				 "own; take another place", shown(what), what.p, shown(target), target.p);
	}
	return 0;
}
