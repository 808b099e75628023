/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/slice.h"
#include "docker/bind.h"

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

/* Can the caller exchange what is in this directory? Who owns it can give himself the right. */
static bool can_exchange(int dir, const struct stat *st, uid_t uid)
{
	/* faccessat2(2) asks the kernel, access lists included; any other answer than no counts as yes. */
	return st->st_uid == uid ||
		!(syscall(SYS_faccessat2, dir, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 &&
		  (errno == EACCES || errno == EROFS));
}

static int refuse(const char *path, struct slice done, const char *why, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "--volume %s: %.*s %s", path, (int)done.n, done.p, why);
}

int path_judge(const char *path, uid_t uid, bool races, size_t *ret_root, struct error *reterr)
{
	struct slice rest = slice_after(slice_str(path), 1), done = slice_of(path, 1);
	int dir = open("/", O_PATH | O_NOFOLLOW | O_CLOEXEC), next, r = 0;
	struct stat st;

	*ret_root = strlen(path);
	while (r == 0 && rest.n > 0) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/')), whole;

		whole = slice_of(path, (size_t)(part.p + part.n - path));
		rest = slice_after(rest, part.n + 1);
		if (dir < 0 || fstat(dir, &st) < 0) {
			r = refuse(path, done, "cannot be looked at", reterr);
		} else if (!races && *ret_root > done.n && can_exchange(dir, &st, uid)) {
			/* Access lists that let others write show in the group's bits. */
			if (st.st_uid != uid || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
				r = bind_exchangeable(path, done.n, reterr);
			else
				*ret_root = done.n;
		}
		if (r == 0) {
			next = step(dir, part);
			if (next < 0)
				r = refuse(path, whole, errno == ENOENT ? "is not there: make it first" :
					   "is beyond your own rights", reterr);
			(void)close(dir);
			dir = next;
		}
		if (r == 0 && (fstat(dir, &st) < 0 || S_ISLNK(st.st_mode)))
			r = refuse(path, whole, "is a link: write the path that it leads to", reterr);
		done = whole;
	}
	if (r == 0 && (dir < 0 || fstat(dir, &st) < 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))))
		r = refuse(path, done, "is neither a directory nor a plain file", reterr);
	if (dir >= 0)
		(void)close(dir);
	return r;
}

bool path_exists(const char *path)
{
	struct slice rest = slice_after(slice_str(path), 1);
	int dir = open("/", O_PATH | O_NOFOLLOW | O_CLOEXEC), next;
	struct stat st;

	while (dir >= 0 && rest.n > 0) {
		struct slice part = slice_of(rest.p, slice_find(rest, '/'));

		rest = slice_after(rest, part.n + 1);
		next = step(dir, part);
		(void)close(dir);
		dir = next;
		if (dir >= 0 && fstat(dir, &st) == 0 && S_ISLNK(st.st_mode))
			break;
	}
	if (dir >= 0)
		(void)close(dir);
	return dir >= 0;
}
