/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/config.h"
#include "helper/die.h"
#include "helper/identity.h"
#include "helper/recording.h"
#include "helper/trust.h"

#define STEP (256 * 1024)
#define LINE_MAX_BYTES (128 * 1024)	/* twice what a record may be */
#define ROTATED 2			/* files that are not compressed yet */
#define GLANCE 500			/* ms between two looks while following */
#define READERS "adm"			/* who may read the records of all, beside root */

struct reader {
	int files[ROTATED + 1];	/* the oldest first; -1: not there */
	int dir;
	char name[256];
	char own[64];		/* what every line of the caller's holds; "" for all lines */
	char *bytes;		/* owned; read and not yet written out */
	size_t n;
};

/* --- opening, with the group ----------------------------------------------------------- */
static int open_one(int dir, const char *name, gid_t group)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_gid != group ||
			(st.st_mode & S_IWOTH) != 0)) {
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
	for (int i = 0; i <= ROTATED; i++) {
		char rotated[sizeof(r->name) + 4];

		(void)snprintf(rotated, sizeof(rotated), "%s.%d", name, ROTATED - i);
		r->files[i] = open_one(r->dir, i == ROTATED ? name : rotated, group);
	}
	if (r->files[ROTATED] < 0)
		die(EXIT_CONFIG, "the record cannot be read: %s: %s; it must be root:%s 0660", path, strerror(errno),
		    SAFEDOCKER_GROUP);
}

static bool reads_all(const struct subject *subject)
{
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->group_names[i] != NULL && strcmp(subject->group_names[i], READERS) == 0)
			return true;
	return subject->uid == 0;
}

/* As a worker does: the saved gid keeps others of the same uid from the open files, and is of no other use here. */
static void give_up_group(gid_t group)
{
	gid_t own = getgid(), real, effective, saved;

	if (setresgid(own, own, group) < 0 || getresgid(&real, &effective, &saved) < 0 || effective != own ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		die(EXIT_FAILED, "cannot give up group %s", SAFEDOCKER_GROUP);
}

/* --- lines --------------------------------------------------------------------------------- */
static void put(const char *bytes, size_t n)
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
	put(r->bytes, kept);
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

	return fstatat(r->dir, r->name, &named, AT_SYMLINK_NOFOLLOW) < 0 || fstat(r->files[ROTATED], &held) < 0 ||
		named.st_ino != held.st_ino || named.st_dev != held.st_dev;
}

static void go_on(struct reader *r)
{
	for (;;) {
		struct pollfd p = { .fd = STDOUT_FILENO };
		bool rotated = is_rotated(r);

		read_to_end(r, r->files[ROTATED]);
		if (rotated)
			_exit(EXIT_STALE);
		/* A reader that has gone is seen without a line to write. */
		if (poll(&p, 1, GLANCE) > 0)
			_exit(EXIT_DONE);
	}
}

static void pass_recording(gid_t group, const char *name, const struct subject *subject)
{
	static char bytes[STEP];
	struct error why = { 0 };
	int fd = recording_open(group, name, subject->uid, reads_all(subject), &why);
	ssize_t n;

	if (fd < 0)
		die(why.code == ERR_NOT_FOUND ? EXIT_NOT_ALLOWED : EXIT_CONFIG, "%s", why.text);
	give_up_group(group);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		put(bytes, (size_t)n);
	_exit(n < 0 ? EXIT_FAILED : EXIT_DONE);
}

void reader_run(gid_t group, bool follow, const char *recording)
{
	struct reader r = { .n = 0 };
	struct config config;
	struct subject subject;
	const char *path;

	config_load(&config);
	identity_load(&subject);
	if (*recording != '\0')
		pass_recording(group, recording, &subject);
	path = config.policy != NULL ? policy_log_file(config.policy) : NULL;
	open_all(&r, path != NULL ? path : SAFEDOCKER_LOG, group);
	give_up_group(group);
	if (!reads_all(&subject))
		(void)snprintf(r.own, sizeof(r.own), ",\"uid\":%u,\"pid\":", (unsigned)subject.uid);
	r.bytes = malloc(STEP + LINE_MAX_BYTES);
	if (r.bytes == NULL)
		die(EXIT_FAILED, "out of memory");
	for (int i = 0; i <= ROTATED; i++) {
		if (r.files[i] < 0)
			continue;
		read_to_end(&r, r.files[i]);
		if (i < ROTATED)
			r.n = 0;
	}
	if (follow)
		go_on(&r);
	_exit(EXIT_DONE);
}
