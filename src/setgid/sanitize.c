/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/sanitize.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "setgid/die.h"

/* Returns how many arguments it takes, itself among them. */
static int take_word(int argc, char **argv, const struct sanitize_word *word,
		     struct sanitize_said *ret)
{
	int n = 0;

	ret->there = true;
	for (; n < SANITIZE_TEXTS && word->max[n] != 0; n++) {
		/* Behind the last one stands NULL, and behind that the environment. */
		if (1 + n >= argc || strlen(argv[1 + n]) > word->max[n])
			die(EXIT_USAGE, "%s: a value is missing, or it is longer than %zu bytes",
			    word->name, word->max[n]);
		ret->texts[n] = argv[1 + n];
	}
	return 1 + n;
}

void sanitize_arguments(int argc, char **argv, const char *usage, const struct sanitize_word *words,
			size_t n, struct sanitize_said *ret)
{
	for (size_t k = 0; k < n; k++)
		ret[k] = (struct sanitize_said){ .there = false, .texts = { "", "", "" } };
	/* With argc 0, argv[1] is the environment. */
	if (argc < 1)
		die(EXIT_USAGE, "%s", usage);
	for (int i = 1; i < argc;) {
		size_t k = 0;

		while (k < n && strcmp(argv[i], words[k].name) != 0)
			k++;
		if (k == n || ret[k].there)
			die(EXIT_USAGE, "%s", usage);
		i += take_word(argc - i, argv + i, &words[k], &ret[k]);
	}
}

size_t sanitize_one_word(int argc, char **argv, const char *usage,
			 const struct sanitize_word *words, size_t n, struct sanitize_said *ret)
{
	size_t found = n;

	sanitize_arguments(argc, argv, usage, words, n, ret);
	for (size_t k = 0; k < n; k++) {
		if (!ret[k].there)
			continue;
		if (found != n)
			die(EXIT_USAGE, "%s", usage);
		found = k;
	}
	if (found == n)
		die(EXIT_USAGE, "%s", usage);
	return found;
}

static void standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			die(EXIT_FAILED, "cannot open /dev/null");
}

static void stray_descriptors(void)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
	/* Linux before 5.9. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max > 1048576)
		limit.rlim_max = 1048576;
	for (int fd = 3; fd < (int)limit.rlim_max; fd++)
		(void)close(fd);
}

static void signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		/* KILL and STOP cannot be changed, nor can the two that libc keeps. */
		(void)signal(s, s == SIGPIPE || s == SIGXFSZ ? SIG_IGN : SIG_DFL);
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		die(EXIT_FAILED, "cannot reset the signal mask");
}

static void timers(void)
{
	static const struct itimerval off;

	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)setitimer(ITIMER_VIRTUAL, &off, NULL);
	(void)setitimer(ITIMER_PROF, &off, NULL);
}

/*
 * A limit too small turns into a record half written or a worker half made. Hard
 * limits cannot be raised without privilege: refused, with the limit's name.
 */
static void limits(void)
{
	static const struct {
		__rlimit_resource_t resource;
		const char *name;
		rlim_t least;
	} wanted[] = {
		{ RLIMIT_FSIZE, "FSIZE (ulimit -f)", RLIM_INFINITY },
		{ RLIMIT_CPU, "CPU (ulimit -t)", RLIM_INFINITY },
		{ RLIMIT_NOFILE, "NOFILE (ulimit -n)", 256 },
		{ RLIMIT_AS, "AS (ulimit -v)", 256UL << 20 },
		{ RLIMIT_DATA, "DATA (ulimit -d)", 128UL << 20 },
		{ RLIMIT_STACK, "STACK (ulimit -s)", 1UL << 20 },
	};
	static const struct rlimit none;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct rlimit now;

		if (getrlimit(wanted[i].resource, &now) < 0)
			die(EXIT_FAILED, "cannot read the limit %s", wanted[i].name);
		if (now.rlim_cur >= wanted[i].least)
			continue;
		now.rlim_cur = now.rlim_max;
		if (now.rlim_max < wanted[i].least || setrlimit(wanted[i].resource, &now) < 0)
			die(EXIT_FAILED,
			    "the limit %s is too low to write records safely; raise it and "
			    "try again",
			    wanted[i].name);
	}
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		die(EXIT_FAILED, "cannot switch core dumps off");
}

/* For the record alone: nothing is opened by it. */
static void note_directory(char ret[CWD_MAX + 1])
{
	char path[PATH_MAX];

	(void)snprintf(ret, CWD_MAX + 1, "%.*s", CWD_MAX,
		       getcwd(path, sizeof(path)) != NULL ? path : "");
}

/* What libc would ask of the kernel when it is first used, it asks now: later it may not. */
static void libc_beforehand(void)
{
	char first;

	/* The zone's file. */
	tzset();
	/* Room for random numbers, with signals blocked meanwhile (glibc 2.41). */
	if (getrandom(&first, sizeof(first), 0) != (ssize_t)sizeof(first))
		die(EXIT_FAILED, "no random numbers");
}

void sanitize_process(char ret_cwd[CWD_MAX + 1])
{
	standard_descriptors();
	stray_descriptors();
	if (clearenv() != 0)
		die(EXIT_FAILED, "cannot clear the environment");
	note_directory(ret_cwd);
	if (chdir("/") < 0)
		die(EXIT_FAILED, "cannot change to /");
	(void)umask(077);
	signals();
	timers();
	limits();
	if (prctl(PR_SET_PDEATHSIG, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		die(EXIT_FAILED, "cannot make the process non-dumpable");
	libc_beforehand();
}
