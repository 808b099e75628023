/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/child.h"

#define COPYUP_TRIES 1000

static int failed(struct error *reterr)
{
	error_fill(reterr, ERR_SYSTEM, "%s", strerror(errno));
	return CHILD_FAILED;
}

static int open_within(int root, const char *path, unsigned long long flags, unsigned long long resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve | RESOLVE_NO_MAGICLINKS };

	int fd = -1;

	/* The kernel wants to be asked again when something was renamed anywhere meanwhile. */
	for (int tries = 0; fd < 0 && tries < COPYUP_TRIES && (tries == 0 || errno == EAGAIN); tries++)
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd;
}

/* Owner before mode, since a change of owner clears bits of it. */
static int same_marks(int fd, const struct stat *is)
{
	const struct timespec times[] = { is->st_atim, is->st_mtim };

	return fchown(fd, is->st_uid, is->st_gid) < 0 || fchmod(fd, is->st_mode & 07777) < 0 ||
	       futimens(fd, times) < 0 ? -1 : 0;
}

static int copy_file(int from, const char *name, int to, const struct stat *is)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int out = in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = out < 0 ? -1 : 1;

	while (n > 0)
		n = sendfile(out, in, NULL, 1 << 20);
	if (n == 0 && same_marks(out, is) < 0)
		n = -1;
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return n < 0 ? -1 : 0;
}

static int copy_link(int from, const char *name, int to, const struct stat *is)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ||
	       fchownat(to, name, is->st_uid, is->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : 0;
}

static int copy_pipe(const char *name, int to, const struct stat *is)
{
	return mknodat(to, name, S_IFIFO | (is->st_mode & 0777), 0) < 0 ||
	       fchownat(to, name, is->st_uid, is->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : 0;
}

static int copy_directory(int from, int to, unsigned depth);

static int copy_below(int from, const char *name, int to, unsigned depth)
{
	int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out = -1;
	int result = -1;

	if (in >= 0 && mkdirat(to, name, 0700) == 0)
		out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out >= 0)
		result = copy_directory(in, out, depth + 1);
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return result;
}

static int copy_entry(int from, const char *name, int to, unsigned depth)
{
	struct stat is;

	if (fstatat(from, name, &is, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	switch (is.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_below(from, name, to, depth);
	case S_IFREG:
		return copy_file(from, name, to, &is);
	case S_IFLNK:
		return copy_link(from, name, to, &is);
	case S_IFIFO:
		return copy_pipe(name, to, &is);
	default:
		/* A device's node or a socket: neither can be made here, or means anything in a copy. */
		return 0;
	}
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Everything in `from` and what it is itself. Another start on the same volume may do it too: EEXIST. */
static int copy_directory(int from, int to, unsigned depth)
{
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *list = depth < COPYUP_DEPTH_MAX && again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;
	struct stat is;

	if (list == NULL) {
		if (again >= 0)
			(void)close(again);
		return -1;
	}
	while (result == 0 && (entry = readdir(list)) != NULL)
		if (!is_dots(entry->d_name) && copy_entry(from, entry->d_name, to, depth) < 0 &&
		    errno != EEXIST)
			result = -1;
	(void)closedir(list);
	return result < 0 || fstat(from, &is) < 0 || same_marks(to, &is) < 0 ? -1 : 0;
}

/* 1: nothing in it. */
static int is_empty(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;
	int result = 1;

	if (list == NULL)
		return -1;
	while ((entry = readdir(list)) != NULL)
		if (!is_dots(entry->d_name))
			result = 0;
	(void)closedir(list);
	return result;
}

int copyup_run(void *argument, struct error *reterr)
{
	const struct copyup *wanted = argument;
	int empty = is_empty(wanted->volume), from, to;

	if (empty == 0)
		return CHILD_NOTHING;
	(void)umask(0);
	from = open_within(wanted->root, wanted->target, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
	if (from < 0 && (errno == ENOENT || errno == ENOTDIR))
		return CHILD_NOTHING;
	to = openat(wanted->volume, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (empty < 0 || from < 0 || to < 0 || copy_directory(from, to, 0) < 0)
		return failed(reterr);
	return CHILD_NOTHING;
}

int copyup_subpath(void *argument, struct error *reterr)
{
	const struct copyup *wanted = argument;
	int fd = open_within(wanted->volume, wanted->target, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

	return fd >= 0 ? fd : failed(reterr);
}
