/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define READ_MAX (64 * 1024)
#define LINGER 5000		/* ms in which a client that was answered early may notice */
#define GLANCE 30000		/* ms between two looks at the date */

long long io_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct moment io_moment(const char *boot)
{
	return (struct moment){ .date = time(NULL), .uptime = io_now() / 1000, .boot = boot };
}

static long long date_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long long uptime_end;	/* ms of io_now(); 0: none */

void io_end_by_uptime(long long seconds)
{
	uptime_end = seconds * 1000;
}

bool io_is_over(time_t until)
{
	return until != 0 && (date_now() >= (long long)until * 1000 ||
			      (uptime_end != 0 && io_now() >= uptime_end));
}

/* The shorter of two times that are left; -1 is for ever. */
static long long sooner(long long a, long long b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static long long not_negative(long long left)
{
	return left < 0 ? 0 : left;
}

int io_left(const struct io_limit *limit)
{
	long long left = -1;

	if (limit->deadline != IO_FOREVER)
		left = not_negative(limit->deadline - io_now());
	if (limit->until != 0) {
		left = sooner(left, not_negative((long long)limit->until * 1000 - date_now()));
		if (uptime_end != 0)
			left = sooner(left, not_negative(uptime_end - io_now()));
		left = sooner(left, GLANCE);
	}
	return left > INT_MAX ? INT_MAX : (int)left;
}

int io_wait(int fd, int watched, const struct io_limit *limit)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .fd = watched, .events = 0 } };

	for (;;) {
		/* One look behind the limit too: what has arrived by then has arrived in time. */
		int left = io_left(limit), n = poll(fds, 2, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && fds[0].revents != 0)
			return 1;
		if (n > 0)
			return -1;
		if (n < 0 || left == 0)
			return 0;
	}
}

long io_read(int fd, struct buf *in, const struct io_limit *limit, struct error *reterr)
{
	size_t want = in->max - in->len < READ_MAX ? in->max - in->len : READ_MAX;
	char *at = want > 0 ? buf_room(in, want) : NULL;

	if (at == NULL)
		return error_set(reterr, ERR_LIMIT, "more than %zu bytes", in->max);
	for (;;) {
		ssize_t n = recv(fd, at, want, MSG_DONTWAIT);

		if (n >= 0) {
			buf_added(in, (size_t)n);
			return (long)n;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return error_set(reterr, ERR_CLOSED, "the connection broke: %s",
					 strerror(errno));
		if (io_wait(fd, -1, limit) == 0)
			return error_set(reterr, ERR_TIMEOUT, "nothing came in time");
	}
}

int io_write(int fd, struct slice bytes, const struct io_limit *limit, struct error *reterr)
{
	while (bytes.n > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		int left = io_left(limit);
		ssize_t n;

		/* Who is always ready to take a little must not outlive a date. */
		if (limit->until != 0 && left == 0)
			return error_set(reterr, ERR_TIMEOUT, "the time of the rule is over");
		n = send(fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			bytes = slice_after(bytes, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return error_set(reterr, ERR_CLOSED, "the connection broke: %s",
					 strerror(errno));
		if (poll(&p, 1, left) == 0 && left == 0)
			return error_set(reterr, ERR_TIMEOUT, "nothing was taken in time");
	}
	return 0;
}

void io_linger(int fd)
{
	struct io_limit limit = { .deadline = io_now() + LINGER };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char nowhere[4096];
	ssize_t n;

	(void)shutdown(fd, SHUT_WR);
	do
		n = recv(fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);
	while ((n > 0 && io_left(&limit) > 0) ||
	       (n < 0 && errno == EAGAIN && poll(&p, 1, io_left(&limit)) > 0));
}
