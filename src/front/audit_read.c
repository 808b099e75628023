/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/output.h"

#define STALE 75		/* safedocker-record's exit status when the record was rotated under it */
#define STEP (256 * 1024)

pid_t audit_read_start(bool follow, char *recording, int *ret_fd)
{
	static char program[] = SAFEDOCKER_RECORD, record[] = "record";
	static char on[] = "follow", which[] = "recording";
	char *word = follow ? on : recording != NULL ? which : record;
	char *argv[] = { program, word, recording, NULL };
	char *environment[] = { NULL };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	(void)fcntl(ends[0], F_SETPIPE_SZ, 1024 * 1024);
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			(void)execve(program, argv, environment);
		_exit(127);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

static bool each_line(char *bytes, size_t n, const struct audit_filter *f, audit_line *take,
		      void *user)
{
	struct slice left = slice_of(bytes, n);

	while (left.n > 0) {
		struct slice line = slice_of(left.p, slice_find(left, '\n'));

		left = slice_after(left, line.n + 1);
		if (line.n > 0 && audit_filter_could_fit(f, line) && !take(user, line))
			return false;
	}
	return true;
}

/* What safedocker-record ended with; its last line, where it is no record, says why. */
static int read_once(const struct audit_filter *f, bool follow, audit_line *take, void *user)
{
	size_t n = 0, room = 2 * STEP;
	char *bytes = malloc(room);
	int fd = -1, status = 0;
	pid_t pid = bytes != NULL ? audit_read_start(follow, NULL, &fd) : -1;
	ssize_t got;

	if (pid < 0) {
		free(bytes);
		return -1;
	}
	while ((got = read(fd, bytes + n, room - n)) > 0 || (got < 0 && errno == EINTR)) {
		char *last;

		n += got > 0 ? (size_t)got : 0;
		last = memrchr(bytes, '\n', n);
		if (last != NULL) {
			size_t whole = (size_t)(last - bytes) + 1;

			/* A refusal of the program's is a line too: it is shown below. */
			if (!each_line(bytes, whole, f, take, user))
				break;
			memmove(bytes, bytes + whole, n - whole);
			n -= whole;
		}
		if (n == room)
			n = 0;
		if (follow)
			(void)fflush(stdout);
	}
	(void)close(fd);
	free(bytes);
	(void)waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int audit_read(const struct audit_filter *f, bool follow, audit_line *take, void *user)
{
	int status;

	do
		status = read_once(f, follow, take, user);
	while (follow && status == STALE);
	if (status != 0)
		return output_fail("the record cannot be read (%d); it must be there, "
				   "root:docker 0660", status);
	return 0;
}

json_t *audit_read_line(struct slice line)
{
	return json_loadb(line.p, line.n, 0, NULL);
}

const char *audit_read_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text != NULL ? text : "";
}

json_int_t audit_read_refusals(const json_t *record)
{
	json_int_t n = json_integer_value(json_object_get(record, "refusals_not_recorded"));

	return n > 0 ? n : 1;
}
