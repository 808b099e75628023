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
	for (size_t i = 0; i < s.n; i++)
		if (strchr("0123456789abcdef", s.p[i]) == NULL)
			return false;
	return s.n == 64;
}

enum parent parent_of(const char *cgroups_path, uid_t *ret_uid, const char **ret_id)
{
	struct slice path = slice_str(cgroups_path), rest = path;
	bool user, systemd = slice_find(path, ':') < path.n;

	if (systemd) {
		if (!slice_starts(path, PARENT_NAME "-") && !slice_starts(path, PARENT_NAME "."))
			return PARENT_NOBODY;
		user = take(&rest, PARENT_NAME "-") && take_uid(&rest, ".slice:", ret_uid);
		/* The prefix is the engine's name for itself. */
		rest = slice_after(rest, slice_find(rest, ':') + 1);
	} else {
		/* Whatever it means with dots in it or more than one slash, it is not in the form. */
		if (path.n == 0 || strstr(cgroups_path, PARENT_NAME) == NULL)
			return PARENT_NOBODY;
		while (take(&rest, "/") || take(&rest, "./") || take(&rest, "../"))
			;
		if (strstr(cgroups_path, "..") == NULL && !slice_is(rest, PARENT_NAME) &&
		    !slice_starts(rest, PARENT_NAME "/"))
			return PARENT_NOBODY;
		rest = path;
		user = take(&rest, "/" PARENT_NAME "/") && take_uid(&rest, "/", ret_uid);
	}
	if (!user || !is_id(rest))
		return PARENT_DOUBTFUL;
	*ret_id = rest.p;
	return PARENT_USER;
}
