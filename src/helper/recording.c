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

#include "helper/io.h"
#include "helper/trust.h"

#define LINES_MAX (1024 * 1024)		/* of one step of a stream: each byte may take six, each frame a line */
#define HEAD_MAX (16 * 1024)
#define SUFFIX ".cast"

/* --- the file ----------------------------------------------------------------------------- */
static void file_name(const char *name, char ret[RECORDING_NAME_SIZE + sizeof(SUFFIX)])
{
	(void)snprintf(ret, RECORDING_NAME_SIZE + sizeof(SUFFIX), "%s%s", name, SUFFIX);
}

/* --- writing ----------------------------------------------------------------------------- */
/* All of it, in one write, or -1. */
static int put(const struct recording *r, long long max, const struct buf *lines, struct error *reterr)
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
		return error_set(reterr, ERR_LIMIT, "the recording is full (record-max, %lld bytes)", max);
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
	cast_header(out, size.ws_col, size.ws_row, time(NULL), title, *command != '\0' ? command : NULL);
}

int recording_make(struct recording *ret, gid_t group, const struct subject *subject, const char *id,
		   const char *command, int tty, struct error *reterr)
{
	struct recording r = { .fd = -1, .began = io_now() };
	char file[RECORDING_NAME_SIZE + sizeof(SUFFIX)];
	struct buf head = buf_new(HEAD_MAX);
	int dir = trust_open_shut(SAFEDOCKER_RECORDINGS, true, group, reterr), failed;
	struct stat st;

	if (dir < 0)
		return -1;
	(void)snprintf(r.name, sizeof(r.name), "%u-%.*s", (unsigned)subject->uid, AUDIT_ID_LEN, id);
	file_name(r.name, file);
	r.fd = openat(dir, file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
	(void)close(dir);
	/* Nobody opens it for writing again, nor does its owner; the group reads it for those who may see all. */
	if (r.fd < 0 || fchmod(r.fd, 0440) < 0 || fstat(r.fd, &st) < 0 || st.st_gid != group) {
		(void)error_set(reterr, ERR_SYSTEM, "the recording cannot be made in %s: %s", SAFEDOCKER_RECORDINGS,
				r.fd < 0 ? strerror(errno) : "it would not belong to group " SAFEDOCKER_GROUP);
		if (r.fd >= 0)
			(void)close(r.fd);
		return -1;
	}
	add_header(&head, subject, command, tty);
	failed = put(&r, HEAD_MAX, &head, reterr);
	buf_free(&head);
	if (failed < 0) {
		(void)close(r.fd);
		return -1;
	}
	*ret = r;
	return 0;
}

static long long since(const struct recording *r)
{
	return io_now() - r->began;
}

void recording_resize(const struct recording *recording, long long max, unsigned columns, unsigned rows)
{
	struct buf line = buf_new(HEAD_MAX);
	struct error ignored;

	cast_resize(&line, since(recording), columns, rows);
	(void)put(recording, max, &line, &ignored);
	buf_free(&line);
}

/* --- a stream ------------------------------------------------------------------------------ */
struct tap tap_new(const struct recording *to, const struct strong *strong, bool framed)
{
	return (struct tap){ .to = to, .max = strong->record_max, .typed = strong->record_input, .framed = framed };
}

static int unframe(struct tap *tap, struct slice bytes, struct buf *lines)
{
	enum frames_stream stream;
	struct slice data;
	int r;

	while ((r = frames_next(&tap->frames, &bytes, &stream, &data)) > 0)
		cast_text(lines, since(tap->to), CAST_OUTPUT, &tap->out[stream], data);
	return r == 0 ? 0 : error_set(&tap->error, ERR_ENGINE, "the engine's stream cannot be recorded: it is not what "
				      "a process without a terminal gives");
}

int tap_take(struct tap *tap, bool from_client, struct slice bytes)
{
	struct frames before = tap->frames;
	struct buf lines = buf_new(LINES_MAX);
	int r = 0;

	if (bytes.n == 0 || (from_client && !tap->typed))
		return 0;
	if (from_client)
		cast_text(&lines, since(tap->to), CAST_INPUT, &tap->in, bytes);
	else if (tap->framed)
		r = unframe(tap, bytes, &lines);
	else
		cast_text(&lines, since(tap->to), CAST_OUTPUT, &tap->out[FRAMES_OUT], bytes);
	if (r == 0)
		r = put(tap->to, tap->max, &lines, &tap->error);
	/* What is said to the client then goes where these bytes would have gone. */
	if (r < 0)
		tap->frames = before;
	buf_free(&lines);
	return r;
}

void tap_end(struct tap *tap)
{
	struct buf lines = buf_new(HEAD_MAX);
	struct error ignored;

	for (int i = 0; i < FRAMES_STREAMS; i++)
		cast_text_end(&lines, since(tap->to), CAST_OUTPUT, &tap->out[i]);
	cast_text_end(&lines, since(tap->to), CAST_INPUT, &tap->in);
	(void)put(tap->to, tap->max, &lines, &ignored);
	buf_free(&lines);
}

/* --- reading --------------------------------------------------------------------------------- */
/* "UID-ID", and nothing else: no path comes from it. */
static bool is_name(const char *name, uid_t *ret_uid)
{
	const char *dash = strchr(name, '-');
	unsigned long long uid;

	if (dash == NULL || slice_to_u64(slice_of(name, (size_t)(dash - name)), UINT32_MAX - 1, &uid) < 0 ||
	    strlen(dash + 1) != AUDIT_ID_LEN || strspn(dash + 1, "0123456789abcdef") != AUDIT_ID_LEN)
		return false;
	*ret_uid = (uid_t)uid;
	return true;
}

int recording_open(gid_t group, const char *name, uid_t uid, bool all, struct error *reterr)
{
	char file[RECORDING_NAME_SIZE + sizeof(SUFFIX)];
	int dir, fd = -1;
	struct stat st;
	uid_t owner;

	if (!is_name(name, &owner) || (owner != uid && !all))
		return error_set(reterr, ERR_NOT_FOUND, "there is no such recording that you may see");
	dir = trust_open_shut(SAFEDOCKER_RECORDINGS, true, group, reterr);
	if (dir < 0)
		return -1;
	file_name(name, file);
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	(void)close(dir);
	if (fd < 0)
		return error_set(reterr, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, errno == ENOENT ?
				 "the recording is no longer there" : "the recording cannot be opened");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != owner) || st.st_gid != group ||
	    st.st_nlink != 1 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)close(fd);
		return error_set(reterr, ERR_SYSTEM, "the recording is not as it was made");
	}
	return fd;
}
