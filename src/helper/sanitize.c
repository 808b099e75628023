/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/sanitize.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "helper/die.h"

static const char usage[] = "usage: safedocker-helper [--until-parent-ends] "
	"[--mode=explain | --tell] [--claimed TEXT] [--as NAME] [--reason TEXT] [--ask-nothing] "
	"[--forget] [--mode=record [--follow | --recording NAME]] "
	"[--mode=request [--for TIME]]";

void sanitize_arguments(int argc, char **argv, struct claims *ret)
{
	const struct { const char *name; bool *given; char *text; size_t size; } options[] = {
		{ "--until-parent-ends", &ret->until_parent_ends, NULL, 0 },
		{ "--mode=explain", &ret->explain, NULL, 0 },
		{ "--tell", &ret->tell, NULL, 0 },
		{ "--mode=record", &ret->record, NULL, 0 },
		{ "--mode=request", &ret->request, NULL, 0 },
		{ "--follow", &ret->follow, NULL, 0 },
		{ "--ask-nothing", &ret->ask_nothing, NULL, 0 },
		{ "--forget", &ret->forget, NULL, 0 },
		{ "--claimed", NULL, ret->claimed, sizeof(ret->claimed) },
		{ "--recording", NULL, ret->recording, sizeof(ret->recording) },
		{ "--as", NULL, ret->as, sizeof(ret->as) },
		{ "--reason", NULL, ret->reason, sizeof(ret->reason) },
		{ "--for", NULL, ret->wanted, sizeof(ret->wanted) },
	};
	const size_t n = sizeof(options) / sizeof(options[0]);

	*ret = (struct claims){ .until_parent_ends = false };
	/* With argc 0, argv[1] is the environment. */
	if (argc < 1 || (size_t)argc > 1 + 2 * n)
		die(EXIT_USAGE, "%s", usage);
	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		while (k < n && strcmp(argv[i], options[k].name) != 0)
			k++;
		if (k == n || (options[k].given != NULL ? *options[k].given : *options[k].text != '\0'))
			die(EXIT_USAGE, "%s", usage);
		if (options[k].given != NULL) {
			*options[k].given = true;
			continue;
		}
		if (++i == argc || strlen(argv[i]) >= options[k].size)
			die(EXIT_USAGE, "%s: a value is missing, or it is longer than %zu bytes", options[k].name,
			    options[k].size - 1);
		(void)memcpy(options[k].text, argv[i], strlen(argv[i]) + 1);
	}
	/* What is read: the record, going on with it or not, or one recording. */
	if ((ret->follow && *ret->recording != '\0') || ((ret->follow || *ret->recording != '\0') && !ret->record))
		die(EXIT_USAGE, "%s", usage);
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
			die(EXIT_FAILED, "the limit %s is too low to write records safely; raise it and "
			    "try again", wanted[i].name);
	}
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		die(EXIT_FAILED, "cannot switch core dumps off");
}

/* For the record alone: nothing is opened by it. */
static void note_directory(struct claims *ret)
{
	char path[PATH_MAX];

	(void)snprintf(ret->cwd, sizeof(ret->cwd), "%.*s", CWD_MAX, getcwd(path, sizeof(path)) != NULL ? path : "");
}

void sanitize_process(struct claims *ret)
{
	standard_descriptors();
	stray_descriptors();
	if (clearenv() != 0)
		die(EXIT_FAILED, "cannot clear the environment");
	note_directory(ret);
	if (chdir("/") < 0)
		die(EXIT_FAILED, "cannot change to /");
	(void)umask(077);
	signals();
	timers();
	limits();
	if (prctl(PR_SET_PDEATHSIG, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		die(EXIT_FAILED, "cannot make the process non-dumpable");
	/* libc reads the zone's file once, now; later no file can be opened. */
	tzset();
}
