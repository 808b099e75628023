/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look of doctor's in a process of its own: one that hangs, or falls, hides nothing of the others. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "front/doctor.h"

#define LOOK_MAX (1024 * 1024)	/* bytes of what one look finds */

static long long now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* WHAT, object, detail: each with a NUL at its end. */
static void tell(const struct doctor *d, size_t from, int fd)
{
	struct buf out = buf_new(LOOK_MAX);
	size_t at = 0;

	for (size_t i = from; i < d->n; i++) {
		buf_addf(&out, "%d", (int)d->list[i].what);
		buf_add(&out, "", 1);
		buf_add(&out, d->list[i].object, strlen(d->list[i].object) + 1);
		buf_add(&out, d->list[i].detail, strlen(d->list[i].detail) + 1);
	}
	buf_add(&out, out.failed ? "" : "end", out.failed ? 0 : 4);
	while (at < out.len) {
		ssize_t n = write(fd, out.data + at, out.len - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	_exit(0);
}

/* Takes over what was told; false where its end is missing. */
static bool hear(struct doctor *d, struct buf *in)
{
	const char *p = buf_cstr(in), *end = p != NULL ? p + in->len : NULL;

	while (p != NULL && p < end) {
		const char *object = p + strlen(p) + 1, *detail;
		long what;

		if (strcmp(p, "end") == 0)
			return true;
		what = strtol(p, NULL, 10);
		detail = object < end ? object + strlen(object) + 1 : end;
		if (detail >= end || what <= FINDING_NONE || what >= FINDING_MAX)
			return false;
		doctor_found(d, (enum finding)what, object, "%s", detail);
		p = detail + strlen(detail) + 1;
	}
	return false;
}

void doctor_look(struct doctor *d, const char *name, unsigned seconds, void (*look)(struct doctor *d))
{
	struct buf in = buf_new(2 * LOOK_MAX);
	long long end = now_ms() + seconds * 1000LL, left;
	pid_t pid = -1;
	int ends[2];

	(void)fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) == 0) {
		pid = fork();
		if (pid == 0) {
			size_t from = d->n;

			look(d);
			tell(d, from, ends[1]);
		}
		(void)close(ends[1]);
		while (pid > 0 && (left = end - now_ms()) > 0) {
			struct pollfd p = { .fd = ends[0], .events = POLLIN };
			char *room = buf_room(&in, 4096);
			ssize_t n = -1;

			if (room != NULL && poll(&p, 1, (int)left) > 0)
				n = read(ends[0], room, 4096);
			if (n <= 0)
				break;
			buf_added(&in, (size_t)n);
		}
		(void)close(ends[0]);
	}
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		/* One that waits for a dead file server cannot be ended: it is not waited for. */
		for (int i = 0; i < 20 && waitpid(pid, NULL, WNOHANG) == 0; i++)
			(void)usleep(10000);
	}
	if (pid < 0 || !hear(d, &in))
		doctor_found(d, FINDING_NOT_LOOKED, "", "%s: not done within %u s, or not to the end", name, seconds);
	buf_free(&in);
}
