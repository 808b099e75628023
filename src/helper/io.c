/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/io.h"

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
	return until != 0 && (date_now() >= (long long)until * 1000 || (uptime_end != 0 && io_now() >= uptime_end));
}

long long io_before(time_t until)
{
	long long left;

	if (until == 0)
		return IO_FOREVER;
	left = (long long)until * 1000 - date_now();
	if (uptime_end != 0 && uptime_end - io_now() < left)
		left = uptime_end - io_now();
	return io_now() + (left < 0 ? 0 : left > GLANCE ? GLANCE : left);
}

int io_timeout(long long deadline)
{
	long long left;

	if (deadline == IO_FOREVER)
		return -1;
	left = deadline - io_now();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int io_wait(int fd, int watched, long long deadline)
{
	for (;;) {
		struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .fd = watched, .events = 0 } };
		int left = io_timeout(deadline), n;

		/* Bytes that never stop coming must not outlive the deadline. */
		if (left == 0)
			return 0;
		n = poll(fds, 2, left);
		if (n < 0 && errno == EINTR)
			continue;
		/* INT_MAX ms may be less than what is left. */
		if (n == 0)
			continue;
		if (n < 0)
			return 0;
		if (fds[0].revents != 0)
			return 1;
		if (fds[1].revents != 0)
			return -1;
	}
}

long io_read(int fd, struct buf *in, long long deadline, struct error *reterr)
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
			return error_set(reterr, ERR_CLOSED, "the connection broke: %s", strerror(errno));
		if (io_wait(fd, -1, deadline) == 0)
			return error_set(reterr, ERR_TIMEOUT, "nothing came in time");
	}
}

int io_write(int fd, struct slice bytes, long long deadline, struct error *reterr)
{
	while (bytes.n > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			bytes = slice_after(bytes, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return error_set(reterr, ERR_CLOSED, "the connection broke: %s", strerror(errno));
		if (poll(&p, 1, io_timeout(deadline)) == 0)
			return error_set(reterr, ERR_TIMEOUT, "nothing was taken in time");
	}
	return 0;
}

void io_linger(int fd)
{
	long long deadline = io_now() + LINGER;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char nowhere[4096];
	ssize_t n;

	(void)shutdown(fd, SHUT_WR);
	do
		n = recv(fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);
	while ((n > 0 && io_timeout(deadline) > 0) ||
	       (n < 0 && errno == EAGAIN && poll(&p, 1, io_timeout(deadline)) > 0));
}
