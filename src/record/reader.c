/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setgid/die.h"
#include "setgid/trust.h"

#define STEP (256 * 1024)
#define LINE_MAX_BYTES (128 * 1024)	/* twice what a record may be */
#define GLANCE 500			/* ms between two looks while following */
#define READERS "adm"			/* who may read the records of all, beside root */

/* --- opening, with the group ----------------------------------------------------------- */
static int open_one(int dir, const char *name, gid_t group)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
			st.st_gid != group || (st.st_mode & S_IWOTH) != 0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void open_all(struct reader *r, const char *path, gid_t group)
{
	struct error why = { 0 };
	const char *name;

	r->dir = trust_open_parent(path, true, &name, &why);
	if (r->dir < 0 || strlen(name) >= sizeof(r->name))
		die(EXIT_CONFIG, "the record cannot be read: %s", why.text);
	(void)strcpy(r->name, name);
	for (int i = 0; i <= READER_ROTATED; i++) {
		char rotated[sizeof(r->name) + 4];

		(void)snprintf(rotated, sizeof(rotated), "%s.%d", name, READER_ROTATED - i);
		r->files[i] = open_one(r->dir, i == READER_ROTATED ? name : rotated, group);
	}
	if (r->files[READER_ROTATED] < 0)
		die(EXIT_CONFIG, "the record cannot be read: %s: %s; it must be root:%s 0660", path,
		    strerror(errno), SAFEDOCKER_GROUP);
}

bool reader_sees_all(const struct subject *subject)
{
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->group_names[i] != NULL &&
		    strcmp(subject->group_names[i], READERS) == 0)
			return true;
	return subject->uid == 0;
}

void reader_open(struct reader *ret, const struct caller *c)
{
	*ret = (struct reader){ .dir = -1 };
	open_all(ret, caller_log_path(c), c->group);
	if (!reader_sees_all(&c->subject))
		(void)snprintf(ret->own, sizeof(ret->own),
			       ",\"uid\":%u,\"pid\":", (unsigned)c->subject.uid);
	ret->bytes = malloc(STEP + LINE_MAX_BYTES);
	if (ret->bytes == NULL)
		die(EXIT_FAILED, "out of memory");
}

/* --- lines --------------------------------------------------------------------------------- */
void reader_give(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		/* Nobody reads any more. */
		if (done <= 0)
			_exit(EXIT_DONE);
		bytes += done;
		n -= (size_t)done;
	}
}

/*
 * A text in a record cannot hold `own`: its quotes are escaped. A torn line without a uid is
 * nobody's, and is shown to those who see all.
 */
static size_t keep_own(const struct reader *r, char *bytes, size_t n)
{
	size_t kept = 0, at = 0;

	while (at < n) {
		size_t line = (size_t)((char *)memchr(bytes + at, '\n', n - at) - (bytes + at)) + 1;

		if (memmem(bytes + at, line, r->own, strlen(r->own)) != NULL) {
			memmove(bytes + kept, bytes + at, line);
			kept += line;
		}
		at += line;
	}
	return kept;
}

/* Whole lines go out, the rest stays. A line that is longer than any record is no record. */
static void pass_lines(struct reader *r)
{
	const char *last = r->n > 0 ? memrchr(r->bytes, '\n', r->n) : NULL;
	size_t whole = last != NULL ? (size_t)(last - r->bytes) + 1 : 0, kept = whole;
	size_t rest = r->n - whole;
	char *tail = r->bytes + whole;

	if (whole > 0 && *r->own != '\0')
		kept = keep_own(r, r->bytes, whole);
	reader_give(r->bytes, kept);
	if (rest > LINE_MAX_BYTES)
		rest = 0;
	memmove(r->bytes, tail, rest);
	r->n = rest;
}

static void read_to_end(struct reader *r, int fd)
{
	ssize_t got;

	while ((got = read(fd, r->bytes + r->n, STEP)) > 0) {
		r->n += (size_t)got;
		pass_lines(r);
	}
}

static bool is_rotated(const struct reader *r)
{
	struct stat named, held;

	return fstatat(r->dir, r->name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	       fstat(r->files[READER_ROTATED], &held) < 0 || named.st_ino != held.st_ino ||
	       named.st_dev != held.st_dev;
}

static void go_on(struct reader *r)
{
	for (;;) {
		struct pollfd p = { .fd = STDOUT_FILENO };
		bool rotated = is_rotated(r);

		read_to_end(r, r->files[READER_ROTATED]);
		if (rotated)
			_exit(EXIT_STALE);
		/* A reader that has gone is seen without a line to write. */
		if (poll(&p, 1, GLANCE) > 0)
			_exit(EXIT_DONE);
	}
}

void reader_run(struct reader *r, bool follow)
{
	for (int i = 0; i <= READER_ROTATED; i++) {
		if (r->files[i] < 0)
			continue;
		read_to_end(r, r->files[i]);
		if (i < READER_ROTATED)
			r->n = 0;
	}
	if (follow)
		go_on(r);
	_exit(EXIT_DONE);
}
