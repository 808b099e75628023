/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

#define ARGUMENTS_MAX 20
#define HELPER_NO_PASSWORD 76	/* its exit status where the password was wrong or could not be asked for */

/* In the child. Only async-signal-safe calls; what fails is said on the status pipe. */
static void become_helper(const struct socketdir *dir, char **argv, int status)
{
	static char helper[] = SAFEDOCKER_HELPER;
	char *environment[] = { NULL };
	static const char missing[] = "the helper " SAFEDOCKER_HELPER " cannot be started; is safedocker installed?\n";

	argv[0] = helper;
	/* dup2() clears close-on-exec; everything else of ours has it. */
	if (dup2(dir->listening, STDIN_FILENO) >= 0 && dup2(status, STDOUT_FILENO) >= 0)
		(void)execve(helper, argv, environment);
	if (write(status, missing, sizeof(missing) - 1) < 0)
		_exit(126);
	_exit(127);
}

static void make_arguments(const struct helper_options *o, char *argv[ARGUMENTS_MAX])
{
	const struct { const char *option, *text; } texts[] = {
		{ "--claimed", o->claimed }, { "--as", o->as }, { "--reason", o->reason },
	};
	size_t n = 1;

	memset(argv, 0, ARGUMENTS_MAX * sizeof(*argv));
	argv[n++] = (char *)"--until-parent-ends";
	if (o->explain)
		argv[n++] = (char *)"--mode=explain";
	if (o->ask_nothing)
		argv[n++] = (char *)"--ask-nothing";
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].text == NULL || *texts[i].text == '\0')
			continue;
		argv[n++] = (char *)texts[i].option;
		argv[n++] = (char *)texts[i].text;
	}
}

/* One line, or what there is of it. */
static void read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		/* A byte at a time: what follows the line is somebody else's to read. */
		ssize_t got = read(fd, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
		if (memchr(line, '\n', n) != NULL)
			break;
	}
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

int spawn_helper(const struct socketdir *dir, const struct helper_options *options, struct error *reterr)
{
	char line[1024], *argv[ARGUMENTS_MAX];
	int ends[2], status = 0;
	pid_t pid;

	make_arguments(options, argv);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_helper(dir, argv, ends[1]);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return error_set(reterr, ERR_SYSTEM, "cannot start a process: %s", strerror(errno));
	}
	read_line(ends[0], line, sizeof(line));
	if (strcmp(line, "ready") == 0) {
		if (options->report != NULL)
			*options->report = ends[0];
		else
			(void)close(ends[0]);
		return 0;
	}
	(void)close(ends[0]);
	(void)waitpid(pid, &status, 0);
	return error_set(reterr, WIFEXITED(status) && WEXITSTATUS(status) == HELPER_NO_PASSWORD ? ERR_PASSWORD : ERR_DENIED,
			 "%s", *line != '\0' ? line : "the helper ended without a word");
}

int spawn_forget(void)
{
	static char helper[] = SAFEDOCKER_HELPER, forget[] = "--forget";
	char *argv[] = { helper, forget, NULL }, *environment[] = { NULL };
	int status = 0, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = null >= 0 ? fork() : -1;

	if (pid == 0) {
		/* It says one line where the front end of a command would read it. */
		if (dup2(null, STDOUT_FILENO) >= 0)
			(void)execve(helper, argv, environment);
		_exit(127);
	}
	if (null >= 0)
		(void)close(null);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void tidy(const struct socketdir *dir, int front)
{
	struct pollfd p = { .fd = front, .events = POLLIN };

	if (chdir("/") < 0)
		_exit(1);
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	socketdir_remove(dir);
}

int spawn_tidier(struct socketdir **ret, struct error *reterr)
{
	struct socketdir *dir = mmap(NULL, sizeof(*dir), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int front = dir != MAP_FAILED ? pidfd(getpid()) : -1;
	sigset_t all, before;
	int status = 0;
	pid_t pid = -1;

	if (front >= 0) {
		/* A ^C, and worse, is for the whole process group: the tidier has left it before this goes on. */
		(void)sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, &before);
		pid = fork();
		if (pid == 0) {
			(void)setsid();
			/* Twice, so that docker gets no child that it knows nothing of. */
			pid = fork();
			if (pid == 0)
				tidy(dir, front);
			_exit(pid < 0);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0) {
			errno = EAGAIN;
			pid = -1;
		}
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		(void)close(front);
	}
	if (pid < 0) {
		if (dir != MAP_FAILED)
			(void)munmap(dir, sizeof(*dir));
		return error_set(reterr, ERR_SYSTEM, "cannot start a process: %s", strerror(errno));
	}
	dir->listening = -1;
	*ret = dir;
	return 0;
}
