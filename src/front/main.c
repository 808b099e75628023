/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker - what users type instead of docker. It has no privilege: it makes a
 * private socket, has the helper listen at it, and becomes the docker CLI, whose
 * exit status, terminal, signals and job control are then its own.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/socketdir.h"
#include "front/spawn.h"

#define EXIT_REFUSED 125	/* as docker itself says "not the container's fault" */
#define CLAIMED_MAX 1000

static const char usage[] =
	"Usage: safedocker DOCKER-ARGUMENTS...\n"
	"\n"
	"Runs the docker command line through safedocker's policy: what it allows is\n"
	"done and recorded, what it does not is refused with the reason.\n"
	"\n"
	"  safedocker run --rm debian:12 id     a container that runs as you\n"
	"  safedocker run -it --rm debian:12    with your terminal\n"
	"  safedocker ps -a                     your containers, nobody else's\n"
	"  safedocker exec -it web sh           another process in one of them\n"
	"  safedocker logs -f web               what it prints\n"
	"\n"
	"The policy is " SAFEDOCKER_CONF " and conf.d beside it; see\n"
	"safedocker(1) and safedocker.conf(5).\n";

static int refuse(const struct error *why)
{
	(void)fprintf(stderr, "safedocker: %s\n", why->text);
	return EXIT_REFUSED;
}

/* How much of an argument may be recorded: of what carries a secret, the name alone. */
static size_t telling(const char *before, const char *argument)
{
	static const char *const secret[] = { "-e", "--env", "--build-arg", "--password" };
	const char *value = NULL;

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		size_t n = strlen(secret[i]);

		if (strcmp(before, secret[i]) == 0)
			value = strcmp(secret[i], "--password") == 0 ? argument : strchr(argument, '=');
		else if (strncmp(argument, secret[i], n) == 0 && n > 2 && argument[n] == '=')
			value = strcmp(secret[i], "--password") == 0 ? argument + n : strchr(argument + n + 1, '=');
		else if (strncmp(argument, "-e", 2) == 0)
			value = strchr(argument, '=');
		if (value != NULL)
			return (size_t)(value - argument);
	}
	return strlen(argument);
}

/* The command line as the record shows it: bounded, without what could bend a terminal. */
static void claim(int argc, char **argv, char *out)
{
	size_t n = 0;

	for (int i = 1; i < argc && n < CLAIMED_MAX; i++) {
		size_t end = telling(argv[i - 1], argv[i]);

		if (i > 1)
			out[n++] = ' ';
		for (size_t k = 0; k < end && n < CLAIMED_MAX; k++)
			out[n++] = argv[i][k] >= 0x20 && argv[i][k] < 0x7f ? argv[i][k] : '?';
		if (argv[i][end] != '\0' && n < CLAIMED_MAX)
			out[n++] = '?';
	}
	out[n] = '\0';
}

/* An engine that the user chose is the user's business; the policy then has no part in it. */
static bool chose_an_engine(void)
{
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT");

	if ((host == NULL || *host == '\0') && (context == NULL || *context == '\0'))
		return false;
	if (host != NULL && *host != '\0' && strncmp(host, "ssh://", 6) != 0)
		(void)fprintf(stderr, "safedocker: DOCKER_HOST=%s is used as it is: the policy does not hold there\n",
			      host);
	return true;
}

/* A link named docker that leads back here would start us for ever. */
static int check_cli(struct error *reterr)
{
	struct stat cli, self;

	if (stat(SAFEDOCKER_DOCKER_CLI, &cli) < 0)
		return error_set(reterr, ERR_SYSTEM, "%s: %s; install the docker command line (docker.io, or "
				 "docker-cli)", SAFEDOCKER_DOCKER_CLI, strerror(errno));
	if (stat("/proc/self/exe", &self) == 0 && cli.st_dev == self.st_dev && cli.st_ino == self.st_ino)
		return error_set(reterr, ERR_SYSTEM, "%s is safedocker itself; it was configured with the wrong "
				 "--with-docker-cli", SAFEDOCKER_DOCKER_CLI);
	return 0;
}

static int become_docker(char **argv)
{
	static char name[] = "docker";

	argv[0] = name;
	(void)execv(SAFEDOCKER_DOCKER_CLI, argv);
	(void)fprintf(stderr, "safedocker: %s: %s\n", SAFEDOCKER_DOCKER_CLI, strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	char claimed[CLAIMED_MAX + 1], host[128];
	struct socketdir dir;
	struct error why = { 0 };

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return fputs(usage, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("safedocker " PACKAGE_VERSION) < 0;
	if (argc < 2) {
		(void)fputs(usage, stderr);
		return 2;
	}

	if (check_cli(&why) < 0)
		return refuse(&why);
	if (chose_an_engine())
		return become_docker(argv);

	claim(argc, argv, claimed);
	if (socketdir_make(&dir, &why) < 0)
		return refuse(&why);
	if (spawn_tidier(&dir, &why) < 0) {
		socketdir_remove(&dir);
		return refuse(&why);
	}
	/* From here on the end of this process is all the tidying that is needed. */
	if (spawn_helper(&dir, claimed, &why) < 0)
		return refuse(&why);

	(void)snprintf(host, sizeof(host), "unix://%s", dir.socket);
	if (setenv("DOCKER_HOST", host, 1) < 0 || unsetenv("DOCKER_CONTEXT") < 0) {
		(void)error_set(&why, ERR_SYSTEM, "out of memory");
		return refuse(&why);
	}
	return become_docker(argv);
}
