/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "setgid/io.h"
#include "setgid/trust.h"
#include "wire/cast.h"

#define HEAD_MAX (16 * 1024)

int recording_put(const struct recording *r, long long max, const struct buf *lines,
		  struct error *reterr)
{
	struct stat st;
	ssize_t n;

	if (lines->failed)
		return error_set(reterr, ERR_LIMIT, "out of memory for the recording");
	if (lines->len == 0)
		return 0;
	if (fstat(r->fd, &st) < 0 || st.st_nlink != 1)
		return error_set(reterr, ERR_SYSTEM, "the recording was removed");
	if (st.st_size > max - (long long)lines->len)
		return error_set(reterr, ERR_LIMIT,
				 "the recording is full (record-max, %lld bytes)", max);
	n = write(r->fd, lines->data, lines->len);
	if (n != (ssize_t)lines->len)
		return error_set(reterr, ERR_SYSTEM, "the recording cannot be written: %s",
				 n < 0 ? strerror(errno) : "the disk is full");
	return 0;
}

static void add_header(struct buf *out, const struct subject *subject, const char *command, int tty)
{
	struct winsize size = { .ws_row = 0 };
	char title[2 * RULE_NAME_MAX + 300];

	if (tty < 0 || ioctl(tty, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	(void)snprintf(title, sizeof(title), "%.255s under %s", subject->name, subject->as);
	cast_header(out, size.ws_col, size.ws_row, time(NULL), title,
		    *command != '\0' ? command : NULL);
}

int recording_make(struct recording *ret, gid_t group, const struct subject *subject,
		   const char *id, const char *command, int tty, struct error *reterr)
{
	struct recording r = { .fd = -1, .began = io_now() };
	char file[RECORDING_FILE_SIZE];
	struct buf head = buf_new(HEAD_MAX);
	int dir = trust_open_shut(SAFEDOCKER_RECORDINGS, true, group, reterr), failed;
	struct stat st;

	if (dir < 0)
		return -1;
	(void)snprintf(r.name, sizeof(r.name), "%u-%.*s", (unsigned)subject->uid, AUDIT_ID_LEN, id);
	(void)snprintf(file, sizeof(file), "%s%s", r.name, RECORDING_SUFFIX);
	r.fd = openat(dir, file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0440);
	(void)close(dir);
	/*
	 * Nobody opens it for writing again, nor does its owner; the group reads it for those who
	 * may see all.
	 */
	if (r.fd < 0 || fchmod(r.fd, 0440) < 0 || fstat(r.fd, &st) < 0 || st.st_gid != group) {
		(void)error_set(reterr, ERR_SYSTEM, "the recording cannot be made in %s: %s",
				SAFEDOCKER_RECORDINGS,
				r.fd < 0 ? strerror(errno)
					 : "it would not belong to group " SAFEDOCKER_GROUP);
		if (r.fd >= 0)
			(void)close(r.fd);
		return -1;
	}
	add_header(&head, subject, command, tty);
	failed = recording_put(&r, HEAD_MAX, &head, reterr);
	buf_free(&head);
	if (failed < 0) {
		(void)close(r.fd);
		return -1;
	}
	*ret = r;
	return 0;
}

long long recording_since(const struct recording *r)
{
	return io_now() - r->began;
}

void recording_resize(const struct recording *recording, long long max, unsigned columns,
		      unsigned rows)
{
	struct buf line = buf_new(HEAD_MAX);
	struct error ignored;

	cast_resize(&line, recording_since(recording), columns, rows);
	(void)recording_put(recording, max, &line, &ignored);
	buf_free(&line);
}
