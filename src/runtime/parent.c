/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/parent.h"

#include <stdbool.h>
#include <string.h>

#include "common/slice.h"

#define PARENT_UID_MAX 4294967293ULL	/* the two above it are not users */

/* Takes `word` off the front of *s. */
static bool take(struct slice *s, const char *word)
{
	if (!slice_starts(*s, word))
		return false;
	*s = slice_after(*s, strlen(word));
	return true;
}

/* uUID up to `stop`, which is taken as well. */
static bool take_uid(struct slice *s, const char *stop, uid_t *ret)
{
	unsigned long long uid;
	size_t n;

	if (!take(s, "u"))
		return false;
	n = slice_find(*s, stop[0]);
	if (slice_to_u64(slice_of(s->p, n), PARENT_UID_MAX, &uid) < 0)
		return false;
	*s = slice_after(*s, n);
	*ret = (uid_t)uid;
	return take(s, stop);
}

static bool is_id(struct slice s)
{
	return s.n == 64 && strspn(s.p, "0123456789abcdef") >= s.n;
}

/* safedocker, safedocker.slice, safedocker-X.slice or .scope: a part that is ours with a driver. */
static bool is_ours(struct slice part)
{
	if (!take(&part, PARENT_NAME))
		return false;
	return part.n == 0 || part.p[0] == '.' || (part.p[0] == '-' && memchr(part.p, '.', part.n) != NULL);
}

/*
 * Has the path such a part? Also that of the other driver: a container stays as it was made when
 * the engine gets another, and must not become one that is nobody's. What stands behind the first
 * colon is the engine's name.
 */
static bool has_ours(struct slice path)
{
	path.n = slice_find(path, ':');
	while (path.n > 0)
		if (is_ours(slice_take(&path, '/')))
			return true;
	return false;
}

enum parent parent_of(const char *cgroups_path, uid_t *ret_uid, const char **ret_id)
{
	struct slice path = slice_str(cgroups_path), rest = path;
	bool user;

	if (!has_ours(path))
		return PARENT_NOBODY;
	if (take(&rest, "/" PARENT_NAME "/")) {
		user = take_uid(&rest, "/", ret_uid);
	} else {
		user = take(&rest, PARENT_NAME "-") && take_uid(&rest, ".slice:", ret_uid);
		/* The prefix is the engine's name for itself. */
		rest = slice_after(rest, slice_find(rest, ':') + 1);
	}
	if (!user || !is_id(rest))
		return PARENT_DOUBTFUL;
	*ret_id = rest.p;
	return PARENT_USER;
}
