/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "helper/io.h"
#include "helper/trust.h"

#define TICKETS_MAX 16		/* lines of one file: so many terminals and rules at a time */
#define LINE_SIZE 160

/* --- the directory ------------------------------------------------------------------ */
static int open_directory(gid_t group)
{
	struct error ignored;

	return trust_open_shut(SAFEDOCKER_TICKETS, false, group, &ignored);
}

static void file_name(char ret[16])
{
	(void)snprintf(ret, 16, "%u", (unsigned)getuid());
}

/* --- lines ---------------------------------------------------------------------------- */
/* What is the same for one ticket as long as it lives. */
static int key_of(const struct ticket *t, char ret[LINE_SIZE])
{
	const struct terminal *at = t->terminal;

	if (*t->boot == '\0' || at->device == 0 || at->session <= 0 || at->leader_start == 0)
		return -1;
	(void)snprintf(ret, LINE_SIZE, "%s %u %d %llu %s ", t->boot, at->device, (int)at->session, at->leader_start,
		       t->rule);
	return 0;
}

/* The caller's file, whole; empty where there is none or where it is not what it should be. */
static void read_all(int dir, struct buf *ret)
{
	char name[16];
	struct error ignored;
	struct stat st;
	int fd;

	file_name(name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != getuid() || st.st_nlink != 1 ||
	    (st.st_mode & 07777) != 0600 || trust_read(fd, ret, &ignored) < 0 || ret->failed)
		buf_reset(ret);
	(void)close(fd);
}

bool ticket_holds(const struct ticket *ticket, long remember)
{
	struct buf text = buf_new(TICKETS_MAX * LINE_SIZE);
	long long now = io_now();
	char key[LINE_SIZE];
	int dir = open_directory(ticket->group);
	bool holds = false;
	struct slice left;

	if (dir >= 0 && key_of(ticket, key) == 0)
		read_all(dir, &text);
	for (left = buf_slice(&text); left.n > 0 && !holds;) {
		struct slice line = slice_of(left.p, slice_find(left, '\n'));
		unsigned long long at;

		left = slice_after(left, line.n + 1);
		/* The clock of this boot does not go back: what is later than now was not written by us. */
		holds = slice_starts(line, key) &&
			slice_to_u64(slice_after(line, strlen(key)), (unsigned long long)now, &at) == 0 &&
			now - (long long)at < remember * 1000LL;
	}
	buf_free(&text);
	if (dir >= 0)
		(void)close(dir);
	return holds;
}

void ticket_write(const struct ticket *ticket)
{
	struct buf old = buf_new(TICKETS_MAX * LINE_SIZE), out = buf_new(2 * TICKETS_MAX * LINE_SIZE);
	char key[LINE_SIZE], name[16], fresh[32];
	int dir = open_directory(ticket->group), fd = -1, kept = 1;
	struct slice left;

	file_name(name);
	/* One name: who ends us over and over leaves one file more. What two at once make of it holds for neither. */
	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	if (dir >= 0 && key_of(ticket, key) == 0) {
		read_all(dir, &old);
		(void)unlinkat(dir, fresh, 0);
		fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	if (fd >= 0) {
		buf_addf(&out, "%s%lld\n", key, io_now());
		/* The newest come first; those of another boot are nothing any more. */
		for (left = buf_slice(&old); left.n > 0 && kept < TICKETS_MAX;) {
			struct slice line = slice_of(left.p, slice_find(left, '\n'));

			left = slice_after(left, line.n + 1);
			if (!slice_starts(line, ticket->boot) || slice_starts(line, key))
				continue;
			buf_add_slice(&out, line);
			buf_add_str(&out, "\n");
			kept++;
		}
		if (out.failed || write(fd, out.data, out.len) != (ssize_t)out.len ||
		    renameat(dir, fresh, dir, name) < 0)
			(void)unlinkat(dir, fresh, 0);
		(void)close(fd);
	}
	buf_free(&old);
	buf_free(&out);
	if (dir >= 0)
		(void)close(dir);
}

int ticket_forget(gid_t group)
{
	char name[16];
	int dir = open_directory(group), r;

	if (dir < 0)
		return 0;
	file_name(name);
	r = unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -1 : 0;
	(void)close(dir);
	return r;
}
