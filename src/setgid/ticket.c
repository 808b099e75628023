/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "setgid/io.h"
#include "setgid/trust.h"

#define TICKETS_MAX 64 /* lines of one file: so many terminals, rules and commands at a time */
#define LINE_SIZE 176
#define FILE_MAX (TICKETS_MAX * LINE_SIZE)
#define PATIENCE 5000 /* ms for the caller's other programs: each holds the file for a moment */
#define STEP 10			/* ms */

static const char *const words[] = {
	[TICKET_PASSWORD] = "password",
	[TICKET_ACCOUNT] = "account",
	[TICKET_REMEMBERED] = "remembered",
};

/* --- the file ----------------------------------------------------------------------- */
int ticket_open(gid_t group)
{
	struct error ignored;

	return trust_open_shut(SAFEDOCKER_TICKETS, false, group, &ignored);
}

static void file_name(char ret[16])
{
	(void)snprintf(ret, 16, "%u", (unsigned)getuid());
}

/* Whoever is stopped while the lock is held keeps nobody else from anything but the own tickets. */
static int lock(int fd)
{
	const struct io_limit limit = { .deadline = io_now() + PATIENCE };
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_SETLK, &whole) < 0) {
		if ((errno != EAGAIN && errno != EACCES) || io_left(&limit) == 0)
			return -1;
		(void)poll(NULL, 0, STEP);
	}
	return 0;
}

static bool is_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == getuid() &&
	       st.st_nlink == 1 && (st.st_mode & 07777) == 0600;
}

/*
 * The caller's file, locked until it is closed; -1 where there is none, or where it is not what it
 * should be. With `make` such a one gives way to a new one.
 */
static int open_file(int dir, bool make)
{
	const int flags =
		O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (make ? O_CREAT : 0);
	char name[16];
	int fd;

	file_name(name);
	fd = openat(dir, name, flags, 0600);
	if (make && (fd < 0 || !is_own(fd))) {
		if (fd >= 0)
			(void)close(fd);
		(void)unlinkat(dir, name, 0);
		fd = openat(dir, name, flags, 0600);
	}
	/* Looked at behind the lock: who held it may have removed the file. */
	if (fd >= 0 && (lock(fd) < 0 || !is_own(fd))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Whole or empty: a process that is killed in between leaves nothing that holds. */
static int write_file(int fd, const struct buf *text)
{
	if (text->failed || ftruncate(fd, 0) < 0)
		return -1;
	return pwrite(fd, text->data, text->len, 0) == (ssize_t)text->len ? 0 : -1;
}

/* --- lines ---------------------------------------------------------------------------- */
/* What is the same for one ticket as long as it lives. */
static int make_key(const struct ticket *t, char ret[LINE_SIZE])
{
	const struct terminal *at = t->terminal;

	if (t->dir < 0 || *t->boot == '\0' || at->session <= 0)
		return -1;
	(void)snprintf(ret, LINE_SIZE, "%s %u %d %llu %s ", t->boot, at->device, (int)at->session,
		       at->leader_start, t->rule);
	return 0;
}

/*
 * What is remembered is remembered for a terminal, and for a session that can be told from a later
 * one.
 */
static bool is_remembered_here(const struct ticket *t)
{
	return t->terminal->device != 0 && t->terminal->leader_start != 0;
}

/* Of which kind a line is, where it is of this key and written less than its time ago. */
static enum ticket_kind read_line(struct slice line, const char *key, long remember)
{
	long long now = io_now();

	if (!slice_starts(line, key))
		return TICKET_NONE;
	line = slice_after(line, strlen(key));
	for (enum ticket_kind kind = TICKET_PASSWORD; kind <= TICKET_REMEMBERED; kind++) {
		long seconds = kind == TICKET_REMEMBERED ? remember : TICKET_FRESH;
		struct slice word = slice_of(line.p, slice_find(line, ' '));
		unsigned long long at;

		/*
		 * The clock of this boot does not go back: what is later than now was not written
		 * by us.
		 */
		if (slice_is(word, words[kind]) &&
		    slice_to_u64(slice_after(line, word.n + 1), (unsigned long long)now, &at) ==
			    0 &&
		    now - (long long)at < seconds * 1000LL)
			return kind;
	}
	return TICKET_NONE;
}

static void add_line(struct buf *out, const char *key, enum ticket_kind kind)
{
	buf_addf(out, "%s%s %lld\n", key, words[kind], io_now());
}

/*
 * Copies what stays of the file behind what `out` begins with: without the line `taken`, what is
 * remembered for this key where it is written anew, other boots' lines, and the oldest beyond the
 * maximum.
 */
static void add_others(struct buf *out, const struct ticket *t, struct slice old, const char *taken,
		       const char *renewed)
{
	int kept = 1;

	for (struct slice left = old; left.n > 0 && kept < TICKETS_MAX;) {
		struct slice line = slice_take(&left, '\n');

		if (line.p == taken || line.n >= LINE_SIZE || !slice_starts(line, t->boot) ||
		    (renewed != NULL && slice_starts(line, renewed)))
			continue;
		buf_add_slice(out, line);
		buf_add_str(out, "\n");
		kept++;
	}
}

/* --- what is done with them ------------------------------------------------------------ */
int ticket_leave(const struct ticket *ticket, enum ticket_kind kind)
{
	struct buf old = buf_new(FILE_MAX), out = buf_new(2 * FILE_MAX);
	struct error ignored;
	char key[LINE_SIZE];
	int fd = make_key(ticket, key) == 0 ? open_file(ticket->dir, true) : -1, r = -1;

	if (fd >= 0) {
		add_line(&out, key, kind);
		if (trust_read(fd, &old, &ignored) == 0)
			add_others(&out, ticket, buf_slice(&old), NULL, NULL);
		r = write_file(fd, &out);
		(void)close(fd);
	}
	buf_free(&old);
	buf_free(&out);
	return r;
}

/*
 * The first line of the text that holds: a fresh one where `fresh` says so, or else what is
 * remembered.
 */
static enum ticket_kind find(struct slice text, const char *key, long remember, bool fresh,
			     const char **ret_at)
{
	enum ticket_kind found = TICKET_NONE;

	for (struct slice left = text; left.n > 0;) {
		struct slice line = slice_take(&left, '\n');
		enum ticket_kind kind = read_line(line, key, remember);

		if (kind == TICKET_NONE || (kind == TICKET_REMEMBERED ? found != TICKET_NONE : !fresh))
			continue;
		found = kind;
		*ret_at = line.p;
		if (kind != TICKET_REMEMBERED)
			break;
	}
	return found;
}

bool ticket_holds(const struct ticket *ticket, long remember)
{
	struct buf text = buf_new(FILE_MAX);
	struct error ignored;
	char key[LINE_SIZE];
	const char *at;
	bool holds = false;
	int fd = -1;

	if (is_remembered_here(ticket) && make_key(ticket, key) == 0)
		fd = open_file(ticket->dir, false);
	if (fd >= 0 && trust_read(fd, &text, &ignored) == 0)
		holds = find(buf_slice(&text), key, remember, false, &at) == TICKET_REMEMBERED;
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	return holds;
}

/* The line `at` of the file was used. Only where that was written down does it count. */
static int use(int fd, const struct ticket *t, struct slice old, const char *key, const char *at,
	       bool remembers)
{
	struct buf out = buf_new(2 * FILE_MAX);
	char renewed[2 * LINE_SIZE];
	int r;

	(void)snprintf(renewed, sizeof(renewed), "%s%s ", key, words[TICKET_REMEMBERED]);
	if (remembers)
		add_line(&out, key, TICKET_REMEMBERED);
	add_others(&out, t, old, at, remembers ? renewed : NULL);
	r = write_file(fd, &out);
	buf_free(&out);
	return r;
}

enum ticket_kind ticket_take(const struct ticket *ticket, long remember)
{
	struct buf text = buf_new(FILE_MAX);
	struct error ignored;
	char key[LINE_SIZE];
	int fd = make_key(ticket, key) == 0 ? open_file(ticket->dir, false) : -1;
	enum ticket_kind found = TICKET_NONE;
	const char *at = NULL;
	bool remembers;

	if (!is_remembered_here(ticket))
		remember = 0;
	if (fd >= 0 && trust_read(fd, &text, &ignored) == 0)
		found = find(buf_slice(&text), key, remember, true, &at);
	remembers = remember > 0 && found != TICKET_ACCOUNT;
	if (found != TICKET_NONE && use(fd, ticket, buf_slice(&text), key, at, remembers) < 0)
		found = TICKET_NONE;
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	return found;
}

int ticket_forget(int dir)
{
	char name[16];

	if (dir < 0)
		return 0;
	file_name(name);
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -1 : 0;
}
