/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/target.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LARGEST (1024 * 1024)

/* Docker's global options that take a value (docker(1)). */
static const char *const with_value[] = {
	"--config", "-c", "--context", "-H", "--host", "-l", "--log-level", "--tlscacert",
	"--tlscert", "--tlskey",
};

static bool takes_value(const char *option)
{
	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
		if (strcmp(option, with_value[i]) == 0)
			return true;
	return false;
}

int target_command(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0')
		i += takes_value(argv[i]) ? 2 : 1;
	return i < argc ? i : argc;
}

/*
 * The value of a global option, NULL where it is not given. `brief` is NULL for one without a
 * letter.
 */
static const char *option(int argc, char **argv, const char *brief, const char *name)
{
	const char *found = NULL;
	int end = target_command(argc, argv);

	for (int i = 1; i < end; i++) {
		size_t n = strlen(name);

		if ((strcmp(argv[i], name) == 0 ||
		     (brief != NULL && strcmp(argv[i], brief) == 0)) &&
		    i + 1 < argc)
			found = argv[++i];
		else if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
			found = argv[i] + n + 1;
		else if (brief != NULL && strncmp(argv[i], brief, 2) == 0 && argv[i][2] != '\0')
			found = argv[i] + (argv[i][2] == '=' ? 3 : 2);
		else if (takes_value(argv[i]))
			i++;
	}
	return found;
}

bool target_config(char *ret, size_t size)
{
	const char *config = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	int n;

	if (config != NULL && *config != '\0')
		n = snprintf(ret, size, "%s", config);
	else if (home != NULL && *home != '\0')
		n = snprintf(ret, size, "%s/.docker", home);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

static json_t *load(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_LARGEST)
		return NULL;
	return json_load_file(path, 0, NULL);
}

void target_current(const char *config, char *ret, size_t size)
{
	char path[4200];
	json_t *root;
	const char *name;

	(void)snprintf(path, sizeof(path), "%s/config.json", config);
	root = load(path);
	name = json_string_value(json_object_get(root, "currentContext"));
	(void)snprintf(ret, size, "%s", name != NULL && strcmp(name, "default") != 0 ? name : "");
	json_decref(root);
}

void target_contexts(const char *config,
		     void (*take)(void *user, const char *name, const char *host), void *user)
{
	char path[4200];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/contexts/meta", config);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *name, *host;
		char meta[4500];
		json_t *root;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(meta, sizeof(meta), "%s/%s/meta.json", path, entry->d_name);
		root = load(meta);
		name = json_string_value(json_object_get(root, "Name"));
		host = json_string_value(json_object_get(
			json_object_get(json_object_get(root, "Endpoints"), "docker"), "Host"));
		if (name != NULL)
			take(user, name, host != NULL ? host : "");
		json_decref(root);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

struct wanted {
	const char *name;
	struct target *target;
};

static void match(void *user, const char *name, const char *host)
{
	struct wanted *w = user;

	if (strcmp(name, w->name) == 0)
		(void)snprintf(w->target->endpoint, sizeof(w->target->endpoint), "%s", host);
}

static void by_context(struct target *t, const char *config, const char *how, const char *name)
{
	struct wanted wanted = { .name = name, .target = t };

	if (*name == '\0' || strcmp(name, "default") == 0)
		return;
	t->chosen = true;
	(void)snprintf(t->said, sizeof(t->said), "%s%.200s", how, name);
	if (*config != '\0')
		target_contexts(config, match, &wanted);
}

static void by_host(struct target *t, const char *how, const char *host)
{
	t->chosen = true;
	(void)snprintf(t->said, sizeof(t->said), "%s%.200s", how, host);
	(void)snprintf(t->endpoint, sizeof(t->endpoint), "%s", host);
}

static bool has_tls(int argc, char **argv)
{
	const char *verify = getenv("DOCKER_TLS_VERIFY"), *tls = getenv("DOCKER_TLS");
	int end = target_command(argc, argv);

	for (int i = 1; i < end; i++)
		if (strncmp(argv[i], "--tls", 5) == 0)
			return true;
	return (verify != NULL && *verify != '\0') || (tls != NULL && *tls != '\0');
}

/*
 * A socket that safedocker made (…/safedocker/docker.sock, …/safedocker-XXXXXX/docker.sock): the
 * policy holds.
 */
static bool is_ours(const char *endpoint)
{
	static const char name[] = "/docker.sock", directory[] = "safedocker";
	size_t n = strlen(endpoint), at;

	if (strncmp(endpoint, "unix://", 7) != 0 || n < sizeof(name) ||
	    strcmp(endpoint + n - sizeof(name) + 1, name) != 0)
		return false;
	for (at = n - sizeof(name) + 1; at > 0 && endpoint[at - 1] != '/'; at--)
		;
	n = n - sizeof(name) + 1 - at;
	return strncmp(endpoint + at, directory, sizeof(directory) - 1) == 0 &&
		(n == sizeof(directory) - 1 ||
		 (n == sizeof(directory) + 6 && endpoint[at + sizeof(directory) - 1] == '-'));
}

void target_of(int argc, char **argv, struct target *ret)
{
	const char *host = option(argc, argv, "-H", "--host");
	const char *context = option(argc, argv, "-c", "--context");
	const char *host_variable = getenv("DOCKER_HOST");
	const char *context_variable = getenv("DOCKER_CONTEXT");
	const char *where = option(argc, argv, NULL, "--config");
	char config[4096] = "", current[200] = "";

	*ret = (struct target){ .chosen = false };
	if (where != NULL)
		(void)snprintf(config, sizeof(config), "%s", where);
	else if (!target_config(config, sizeof(config)))
		config[0] = '\0';
	if (*config != '\0')
		target_current(config, current, sizeof(current));
	if (host != NULL)
		by_host(ret, "-H ", host);
	else if (context != NULL)
		by_context(ret, config, "--context ", context);
	else if (host_variable != NULL && *host_variable != '\0')
		by_host(ret, "DOCKER_HOST=", host_variable);
	else if (context_variable != NULL && *context_variable != '\0')
		by_context(ret, config, "DOCKER_CONTEXT=", context_variable);
	else
		by_context(ret, config, "docker context use ", current);
	ret->bypasses =
		ret->chosen && strncmp(ret->endpoint, "ssh://", 6) != 0 && !is_ours(ret->endpoint);
	ret->plain_tcp = ret->bypasses &&
		(strncmp(ret->endpoint, "tcp://", 6) == 0 ||
		 strncmp(ret->endpoint, "http://", 7) == 0) &&
		!has_tls(argc, argv);
}
