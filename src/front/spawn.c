/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
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
#define NO_PASSWORD 76	/* the exit status where the password was wrong or could not be asked for */

/* In the child. Only async-signal-safe calls; what fails is said on the status pipe. */
static void become_helper(const struct socketdir *dir, char **argv, int status)
{
	static char helper[] = SAFEDOCKER_HELPER;
	char *environment[] = { NULL };
	static const char missing[] =
		"the helper " SAFEDOCKER_HELPER " cannot be started; is safedocker installed?\n";

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
	argv[n++] = (char *)(o->explain ? "--mode=explain" : "--tell");
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

static pid_t start_helper(const struct spawned *s, const struct helper_options *options)
{
	char *argv[ARGUMENTS_MAX];
	pid_t pid;

	make_arguments(options, argv);
	pid = fork();
	if (pid == 0)
		become_helper(&s->shared->dir, argv, s->lines[1]);
	return pid;
}

static int fail_with(int status, const char *said, struct error *reterr)
{
	return error_set(reterr, WIFEXITED(status) && WEXITSTATUS(status) == NO_PASSWORD ?
			 ERR_PASSWORD : ERR_DENIED,
			 "%s", said);
}

int spawn_helper(struct spawned *s, const struct helper_options *options, struct error *reterr)
{
	char line[1024] = "";
	int status = 0;
	pid_t pid = start_helper(s, options);
	bool ready;

	(void)close(s->lines[1]);
	if (pid > 0)
		read_line(s->lines[0], line, sizeof(line));
	ready = strcmp(line, "ready") == 0;
	s->shared->helper = ready ? pid : 0;
	s->shared->lasting = options->lasting;
	s->shared->tells = ready && !options->explain;
	/* From here on the lines are the tidier's. */
	(void)close(s->go);
	if (ready && options->report != NULL)
		*options->report = s->lines[0];
	else
		(void)close(s->lines[0]);
	if (ready)
		return 0;
	if (pid < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot start a process: %s", strerror(errno));
	(void)waitpid(pid, &status, 0);
	return fail_with(status, *line != '\0' ? line : "the helper ended without a word", reterr);
}

/*
 * Runs safedocker-auth to its end; what it says on its output is in `line`. Its exit status, -1:
 * none.
 */
static int run_auth(char **argv, char *line, size_t size)
{
	static char auth[] = SAFEDOCKER_AUTH;
	char *environment[] = { NULL };
	int lines[2], status = -1;
	pid_t pid;

	*line = '\0';
	if (pipe2(lines, O_CLOEXEC) < 0)
		return -1;
	argv[0] = auth;
	pid = fork();
	if (pid == 0) {
		if (dup2(lines[1], STDOUT_FILENO) >= 0)
			(void)execve(auth, argv, environment);
		_exit(127);
	}
	(void)close(lines[1]);
	if (pid > 0) {
		read_line(lines[0], line, size);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(lines[0]);
	return status;
}

int spawn_auth(const struct helper_options *options, struct error *reterr)
{
	char *argv[] = { NULL,
			 (char *)(options->ask_nothing ? "ticket" : "password"),
			 (char *)options->as,
			 (char *)(options->reason != NULL ? options->reason : ""),
			 (char *)(options->claimed != NULL ? options->claimed : ""),
			 NULL };
	char line[1024];
	int status = run_auth(argv, line, sizeof(line));

	if (status == 0)
		return 0;
	if (*line == '\0')
		(void)snprintf(line, sizeof(line), "%s %s", SAFEDOCKER_AUTH,
			       WIFSIGNALED(status) ? "was killed before it said why" :
						     "cannot be started; is safedocker installed?");
	return fail_with(status, line, reterr);
}

int spawn_forget(void)
{
	char *argv[] = { NULL, (char *)"forget", NULL };
	char line[1024];

	return run_auth(argv, line, sizeof(line)) == 0 ? 0 : -1;
}

/* In the child, all signals blocked; forked twice, so that docker gets no child of ours. */
static void become_tidier(const struct spawned *s, int front, int waiting)
{
	pid_t pid;

	(void)setsid();
	pid = fork();
	if (pid == 0) {
		(void)close(s->lines[1]);
		(void)close(s->go);
		tidier_run(s->shared, front, waiting, s->lines[0]);
	}
	_exit(pid < 0);
}

/* 0, or -1 with errno. */
static int start_tidier(const struct spawned *s, int waiting)
{
	int front = pidfd(getpid()), status = 0;
	sigset_t all, before;
	pid_t pid;

	if (front < 0)
		return -1;
	/* A ^C is for the whole process group: the tidier has left it before this goes on. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_tidier(s, front, waiting);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0) {
		errno = EAGAIN;
		pid = -1;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(front);
	return pid < 0 ? -1 : 0;
}

int spawn_tidier(struct spawned *ret, struct error *reterr)
{
	const size_t size = sizeof(*ret->shared);
	int go[2] = { -1, -1 }, r = -1;

	*ret = (struct spawned){ .lines = { -1, -1 }, .go = -1 };
	ret->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ret->shared != MAP_FAILED && pipe2(ret->lines, O_CLOEXEC) == 0 &&
	    pipe2(go, O_CLOEXEC) == 0) {
		ret->shared->dir.listening = -1;
		ret->go = go[1];
		r = start_tidier(ret, go[0]);
	}
	if (r < 0)
		(void)error_set(reterr, ERR_SYSTEM, "cannot start a process: %s", strerror(errno));
	(void)close(go[0]);
	if (r == 0)
		return 0;
	(void)close(go[1]);
	(void)close(ret->lines[0]);
	(void)close(ret->lines[1]);
	if (ret->shared != MAP_FAILED)
		(void)munmap(ret->shared, size);
	return -1;
}
