/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/child.h"

#define FUSE_MAGIC 0x65735546	/* statfs(2) */

struct walk {
	int at;				/* the directory that was reached */
	char rest[2 * PATH_MAX];	/* what is still to be walked */
	unsigned links;
	bool make;
};

static void go_on(struct walk *w, int fd)
{
	(void)close(w->at);
	w->at = fd;
}

/* Takes the first component off w->rest, without the slashes around it. */
static void next_part(struct walk *w, char part[PATH_MAX])
{
	size_t skip = strspn(w->rest, "/"), n = strcspn(w->rest + skip, "/");

	/* One that is too long for a name stays too long, so that the kernel refuses it. */
	(void)snprintf(part, PATH_MAX, "%.*s", (int)n, w->rest + skip);
	memmove(w->rest, w->rest + skip + n, strlen(w->rest + skip + n) + 1);
}

/* The link's text is put before what is left. */
static int follow(struct walk *w, int link, const struct stat *is, struct error *reterr)
{
	struct stat parent;
	struct statfs on;
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n;

	/* Of a file server of the user's own it says nothing that something belongs to root. */
	if (fstatfs(w->at, &on) < 0 || on.f_type == FUSE_MAGIC ||
	    fstat(w->at, &parent) < 0 || parent.st_uid != 0 || (parent.st_mode & 022) != 0 ||
	    is->st_uid != 0 || ++w->links > OPENER_LINKS_MAX)
		return error_set(reterr, ERR_DENIED, "there is a symbolic link in the path; give the path "
				 "that it leads to");
	n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n <= 0 || strlen(w->rest) >= sizeof(rest))
		return error_set(reterr, ERR_SYSTEM, "cannot read a link: %s", strerror(errno));
	target[n] = '\0';
	(void)snprintf(rest, sizeof(rest), "%s", w->rest);
	(void)snprintf(w->rest, sizeof(w->rest), "%s/%s", target, rest);
	if (target[0] == '/') {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0)
			return error_set(reterr, ERR_SYSTEM, "%s", strerror(errno));
		go_on(w, root);
	}
	return 0;
}

static int step(struct walk *w, const char *part, struct error *reterr)
{
	int fd = openat(w->at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC), result = 0;
	struct stat is;

	/* Somebody else may make it at the same time. */
	if (fd < 0 && errno == ENOENT && w->make && (mkdirat(w->at, part, 0755) == 0 || errno == EEXIST))
		fd = openat(w->at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	/* In words of our own: the engine takes the usual ones for "the command is not in the image". */
	if (fd < 0 && errno == ENOENT)
		return error_set(reterr, ERR_NOT_FOUND, "%s does not exist", part);
	if (fd < 0 || fstat(fd, &is) < 0)
		return error_set(reterr, ERR_NOT_FOUND, "%s: %s", part, strerror(errno));
	if (!S_ISLNK(is.st_mode)) {
		go_on(w, fd);
		return 0;
	}
	result = follow(w, fd, &is, reterr);
	(void)close(fd);
	return result;
}

int opener_open(void *argument, struct error *reterr)
{
	const struct opener *wanted = argument;
	struct walk w = { .at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), .make = wanted->make };
	char part[PATH_MAX];

	(void)umask(022);
	(void)snprintf(w.rest, sizeof(w.rest), "%s", wanted->path);
	if (w.at < 0) {
		error_fill(reterr, ERR_SYSTEM, "%s", strerror(errno));
		return CHILD_FAILED;
	}
	for (;;) {
		next_part(&w, part);
		if (part[0] == '\0')
			return w.at;
		if (strcmp(part, ".") != 0 && step(&w, part, reterr) < 0)
			return CHILD_FAILED;
	}
}
