/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 60000	/* ms of silence after which it is ended */

static int run(char **argv, bool errors, struct buf *out)
{
	int ends[2], status = 0;
	ssize_t n = -1;
	pid_t pid;

	(void)fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(errors ? ends[1] : null, STDERR_FILENO) >= 0 &&
		    dup2(ends[1], STDOUT_FILENO) >= 0)
			(void)execv(argv[0], argv);
		_exit(127);
	}
	(void)close(ends[1]);
	while (pid > 0) {
		struct pollfd p = { .fd = ends[0], .events = POLLIN };
		char chunk[8192];

		if (poll(&p, 1, PATIENCE) == 0)
			break;
		n = read(ends[0], chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_add(out, chunk, (size_t)n);
	}
	(void)close(ends[0]);
	if (pid > 0 && n != 0)
		(void)kill(pid, SIGKILL);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || n != 0 || out->failed)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int capture(char **argv, struct buf *out)
{
	return run(argv, false, out);
}

int capture_all(char **argv, struct buf *out)
{
	return run(argv, true, out);
}
