/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "together/together.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says of itself when it has come to its end. */
enum end { NOT_REACHED, FAILED, PASSED };

static int run(SRunner *runner, enum fork_status how)
{
	srunner_set_fork_status(runner, how);
	srunner_run_all(runner, CK_NORMAL);
	return srunner_ntests_failed(runner) == 0 ? 0 : 1;
}

/* Only a way out of waitpid(). */
static void on_alarm(int number)
{
	(void)number;
}

static int wait_for(pid_t pid)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int status;

	(void)sigaction(SIGALRM, &action, NULL);
	(void)alarm(ALL_PATIENCE);
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			return -1;
		(void)kill(pid, SIGKILL);
	}
	(void)alarm(0);
	return status;
}

/*
 * All cases in one child, what it prints in `out`. Returns what waitpid() says of it, -1 where
 * there was none. A case that ends the child by exit(0) is no success: *end is set behind the last
 * of them.
 */
static int in_one_child(SRunner *runner, FILE *out, volatile enum end *end)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return -1;
	}
	if (pid == 0) {
		if (dup2(fileno(out), STDOUT_FILENO) < 0 || dup2(fileno(out), STDERR_FILENO) < 0)
			_exit(99);
		*end = run(runner, CK_NOFORK) == 0 ? PASSED : FAILED;
		exit(0);
	}
	return wait_for(pid);
}

static void show(FILE *out)
{
	char part[4096];
	size_t n;

	rewind(out);
	while ((n = fread(part, 1, sizeof(part), out)) > 0)
		(void)fwrite(part, 1, n, stdout);
	(void)fflush(stdout);
}

static void say_why(int status, enum end end)
{
	printf("All cases in one process: ");
	if (status >= 0 && WIFSIGNALED(status))
		printf("signal %d (%s) ended it", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (end == NOT_REACHED)
		printf("it ended before its last case (exit status %d)", status < 0 ? -1 : WEXITSTATUS(status));
	else
		printf("not all of them passed");
	printf(". Now each in a process of its own:\n");
	(void)fflush(stdout);
}

int together_run(SRunner *runner)
{
	const char *asked = getenv("CK_FORK");
	volatile enum end *end;
	FILE *out;
	int status;

	if (asked != NULL)
		return run(runner, strcmp(asked, "no") == 0 ? CK_NOFORK : CK_FORK);
	out = tmpfile();
	end = mmap(NULL, sizeof(*end), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (out == NULL || end == MAP_FAILED) {
		perror("together");
		return 1;
	}
	status = in_one_child(runner, out, end);
	if (status == 0 && *end == PASSED) {
		show(out);
		(void)fclose(out);
		return 0;
	}
	say_why(status, *end);
	if (run(runner, CK_FORK) == 0) {
		printf("By itself each case passes; in one process, that failed:\n");
		(void)fflush(stdout);
		show(out);
	}
	(void)fclose(out);
	return 1;
}
