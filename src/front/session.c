/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/target.h"

#define COMPOSE "docker-compose"

/* How much of an argument may be recorded: of what carries a secret, the name alone. */
static size_t telling(const char *before, const char *argument, bool login)
{
	static const char *const secret[] = { "-e", "--env", "--build-arg", "--password" };
	const char *value = NULL;

	/* Elsewhere -p is --publish. */
	if (login && (strcmp(before, "-p") == 0 || strncmp(argument, "-p", 2) == 0))
		return strcmp(before, "-p") == 0 ? 0 : 2;
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		size_t n = strlen(secret[i]);

		if (strcmp(before, secret[i]) == 0)
			value = strcmp(secret[i], "--password") == 0 ?
				argument : strchr(argument, '=');
		else if (strncmp(argument, secret[i], n) == 0 && n > 2 && argument[n] == '=')
			value = strcmp(secret[i], "--password") == 0 ?
				argument + n : strchr(argument + n + 1, '=');
		else if (strncmp(argument, "-e", 2) == 0)
			value = strchr(argument, '=');
		if (value != NULL)
			return (size_t)(value - argument);
	}
	return strlen(argument);
}

void session_claim(int argc, char **argv, char *out)
{
	size_t n = 0;
	bool login = false;

	for (int i = 1; i < argc && n < CLAIMED_SHOWN; i++) {
		size_t end = telling(argv[i - 1], argv[i], login);

		login = login || strcmp(argv[i], "login") == 0;

		if (i > 1)
			out[n++] = ' ';
		for (size_t k = 0; k < end && n < CLAIMED_SHOWN; k++)
			out[n++] = argv[i][k] >= 0x20 && argv[i][k] < 0x7f ? argv[i][k] : '?';
		if (argv[i][end] != '\0' && n < CLAIMED_SHOWN)
			out[n++] = '?';
	}
	out[n] = '\0';
}

int session_start(const struct helper_options *options, struct socketdir *ret, struct error *reterr)
{
	struct spawned s;
	struct socketdir *dir;

	if (options->as != NULL && *options->as != '\0' && spawn_auth(options, reterr) < 0)
		return -1;
	if (spawn_tidier(&s, reterr) < 0)
		return -1;
	/* From here on the end of this process is all the tidying that is needed. */
	dir = &s.shared->dir;
	if ((options->lasting ? socketdir_make_lasting : socketdir_make)(dir, reterr) < 0)
		return -1;
	*ret = *dir;
	return spawn_helper(&s, options, reterr);
}

int session_enter(const struct socketdir *dir, bool strong, struct error *reterr)
{
	const char *builder = getenv("DOCKER_BUILDKIT");
	char host[128];

	(void)snprintf(host, sizeof(host), "unix://%s", dir->socket);
	if (setenv("DOCKER_HOST", host, 1) < 0 || unsetenv("DOCKER_CONTEXT") < 0 ||
	    unsetenv("DOCKER_TLS_VERIFY") < 0 || unsetenv("DOCKER_TLS") < 0 ||
	    (!strong && (builder == NULL || *builder == '\0') &&
	     setenv("DOCKER_BUILDKIT", "0", 1) < 0))
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	return 0;
}

/* A link named docker that leads back here would start us for ever. */
int session_check_cli(struct error *reterr)
{
	struct stat cli, self;

	if (stat(SAFEDOCKER_DOCKER_CLI, &cli) < 0)
		return error_set(reterr, ERR_SYSTEM,
				 "%s: %s; install the docker command line (docker.io, or "
				 "docker-cli)",
				 SAFEDOCKER_DOCKER_CLI, strerror(errno));
	if (stat("/proc/self/exe", &self) == 0 && cli.st_dev == self.st_dev &&
	    cli.st_ino == self.st_ino)
		return error_set(reterr, ERR_SYSTEM,
				 "%s is safedocker itself; it was configured with the wrong "
				 "--with-docker-cli",
				 SAFEDOCKER_DOCKER_CLI);
	return 0;
}

/* Where docker looks for its plugins (docker(1)). */
static bool has_compose_plugin(void)
{
	static const char *const dirs[] = {
		"/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
		"/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
	};
	char config[4096], path[4200];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/" COMPOSE, dirs[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	if (!target_config(config, sizeof(config)))
		return false;
	(void)snprintf(path, sizeof(path), "%s/cli-plugins/" COMPOSE, config);
	return access(path, X_OK) == 0;
}

const char *session_program(int argc, char **argv, int *ret_skip)
{
	static const char *const alone[] = { "/usr/local/bin/" COMPOSE, "/usr/bin/" COMPOSE };

	*ret_skip = 0;
	if (argc < 2 || strcmp(argv[1], "compose") != 0 || has_compose_plugin())
		return SAFEDOCKER_DOCKER_CLI;
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (access(alone[i], X_OK) == 0) {
			*ret_skip = 1;
			return alone[i];
		}
	return SAFEDOCKER_DOCKER_CLI;
}

int session_become_docker(int argc, char **argv)
{
	static char name[] = "docker", compose[] = COMPOSE;
	int skip;
	const char *program = session_program(argc, argv, &skip);

	argv[skip] = skip > 0 ? compose : name;
	(void)execv(program, argv + skip);
	(void)fprintf(stderr, "safedocker: %s: %s\n", program, strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
