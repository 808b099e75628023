/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPLACED_MAX 16	/* openings of a file that somebody replaces all the time */

static int check_dir(int fd, const char *name, struct error *reterr)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(reterr, ERR_SYSTEM, "%s is not a directory", name);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(reterr, ERR_SYSTEM, "directory %s must belong to root and be writable by "
				 "nobody else", name);
	return 0;
}

static int fail_open(const char *name, struct error *reterr)
{
	enum err code = errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;

	return error_set(reterr, code, "cannot open %s: %s", name, errno == ELOOP || errno == ENOTDIR ?
			 "a symbolic link or not what is expected there" : strerror(errno));
}

int trust_open_parent(const char *path, bool own_only, const char **ret_name, struct error *reterr)
{
	const char *at = path, *slash;
	char component[NAME_MAX + 1];
	int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next;

	if (dir < 0 || *path != '/')
		return error_set(reterr, ERR_SYSTEM, "%s is not an absolute path", path);
	while ((slash = strchr(++at, '/')) != NULL) {
		size_t n = (size_t)(slash - at);

		if (!own_only && check_dir(dir, path, reterr) < 0)
			goto err;
		if (n == 0 || n > NAME_MAX) {
			(void)error_set(reterr, ERR_SYSTEM, "%s is not a plain path", path);
			goto err;
		}
		memcpy(component, at, n);
		component[n] = '\0';
		next = openat(dir, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0) {
			(void)fail_open(path, reterr);
			goto err;
		}
		(void)close(dir);
		dir = next;
		at = slash;
	}
	if (check_dir(dir, path, reterr) < 0)
		goto err;
	*ret_name = at;
	return dir;
err:
	(void)close(dir);
	return -1;
}

int trust_open_dir(int parent, const char *name, struct error *reterr)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail_open(name, reterr);
	if (check_dir(fd, name, reterr) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int trust_open_shut(const char *path, bool own_only, gid_t group, struct error *reterr)
{
	const char *name;
	struct stat st;
	int parent = trust_open_parent(path, own_only, &name, reterr), dir;

	if (parent < 0)
		return -1;
	dir = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	(void)close(parent);
	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != 0 || st.st_gid != group || (st.st_mode & 07777) != 01730) {
		if (dir >= 0)
			(void)close(dir);
		return error_set(reterr, ERR_SYSTEM, "%s must be a directory, root:%s 1730", path, SAFEDOCKER_GROUP);
	}
	return dir;
}

/* One that is replaced between the two calls has no name any more: the new one is opened. */
static int open_named(int parent, const char *name, int flags, struct stat *ret)
{
	int fd = -1;

	for (int tries = 0; tries < REPLACED_MAX; tries++) {
		if (fd >= 0)
			(void)close(fd);
		fd = openat(parent, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, ret) < 0 || ret->st_nlink != 0)
			break;
	}
	return fd;
}

int trust_open_file(int parent, const char *name, struct error *reterr)
{
	struct stat st = { .st_nlink = 0 };
	int fd = open_named(parent, name, O_RDONLY, &st);

	if (fd < 0)
		return fail_open(name, reterr);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_nlink != 1 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)close(fd);
		return error_set(reterr, ERR_SYSTEM, "%s must be a regular file of root, writable by nobody "
				 "else, with one link", name);
	}
	return fd;
}

int trust_open_log(int parent, const char *name, gid_t group, struct error *reterr)
{
	struct stat st = { .st_nlink = 0 };
	int fd = open_named(parent, name, O_WRONLY | O_APPEND, &st);

	if (fd < 0)
		return fail_open(name, reterr);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_gid != group ||
	    st.st_nlink != 1 || (st.st_mode & S_IWOTH) != 0) {
		(void)close(fd);
		return error_set(reterr, ERR_SYSTEM, "%s must be a regular file, root:%s 0660, with one link",
				 name, SAFEDOCKER_GROUP);
	}
	return fd;
}

int trust_read(int fd, struct buf *out, struct error *reterr)
{
	char chunk[4096];
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof(chunk), (off_t)out->len)) > 0) {
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return error_set(reterr, ERR_LIMIT, "larger than %zu bytes", out->max);
	}
	return n == 0 ? 0 : error_set(reterr, ERR_SYSTEM, "cannot read: %s", strerror(errno));
}
