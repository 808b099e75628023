/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/slice.h"

#define NAME_LEN 256	/* of one part; NAME_MAX and its end */

/* The next part, or -1 with errno. Never through a link. */
static int step(int dir, struct slice part)
{
	char name[NAME_LEN];

	if (part.n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, part.p, part.n);
	name[part.n] = '\0';
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* Access lists that let others write show in the group's bits. */
static bool is_roots(const struct stat *st)
{
	return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int refuse(const char *path, struct slice done, const char *why, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "--volume %s: %.*s %s", path, (int)done.n, done.p, why);
}

/* What `dir` is by now; no link, and nobody's but root's. */
static int check(int dir, const char *path, struct slice done, struct stat *st, struct error *reterr)
{
	if (dir < 0 || fstat(dir, st) < 0)
		return refuse(path, done, "cannot be looked at", reterr);
	if (S_ISLNK(st->st_mode))
		return refuse(path, done, "is a link: write the path that it leads to", reterr);
	return is_roots(st) ? 0 :
		refuse(path, done, "can be changed by others than root: a container that runs as its owner sees only "
		       "what root alone can change (an administrator can have containers mapped: safedocker doctor --fix)",
		       reterr);
}

int path_judge(const char *path, struct error *reterr)
{
	struct slice rest = slice_after(slice_str(path), 1), done = slice_of(path, 1);
	int dir = open("/", O_PATH | O_NOFOLLOW | O_CLOEXEC), next;
	struct stat st = { 0 };
	int r = check(dir, path, done, &st, reterr);

	while (r == 0 && rest.n > 0) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/'));

		done = slice_of(path, (size_t)(part.p + part.n - path));
		rest = slice_after(rest, part.n + 1);
		next = step(dir, part);
		if (next < 0)
			r = refuse(path, done, errno == ENOENT ? "is not there: make it first" :
				   "is beyond your own rights", reterr);
		(void)close(dir);
		dir = next;
		if (r == 0)
			r = check(dir, path, done, &st, reterr);
	}
	if (r == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		r = refuse(path, done, "is neither a directory nor a plain file", reterr);
	if (dir >= 0)
		(void)close(dir);
	return r;
}
