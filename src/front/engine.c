/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/engine.h"

#include <stdio.h>

#include "front/capture.h"
#include "front/policyfile.h"

void engine_socket(char *ret, size_t size)
{
	struct policy *policy = NULL;
	const char *path = SAFEDOCKER_SOCKET;

	if (policyfile_load(&policy, NULL) == 0 && policy_engine_socket(policy) != NULL)
		path = policy_engine_socket(policy);
	(void)snprintf(ret, size, "%s", path);
	policy_free(policy);
}

static int ask(const char *const *arguments, int (*how)(char **argv, struct buf *out), struct buf *out)
{
	static char host[4200], path[4100];
	const char *argv[ENGINE_ARGUMENTS_MAX + 4] = { SAFEDOCKER_DOCKER_CLI, "-H", host };
	size_t n = 3;

	engine_socket(path, sizeof(path));
	(void)snprintf(host, sizeof(host), "unix://%s", path);
	while (*arguments != NULL && n < ENGINE_ARGUMENTS_MAX + 3)
		argv[n++] = *arguments++;
	return *arguments != NULL ? -1 : how((char **)argv, out);
}

int engine_ask(const char *const *arguments, struct buf *out)
{
	return ask(arguments, capture, out);
}

int engine_try(const char *const *arguments, struct buf *out)
{
	return ask(arguments, capture_all, out);
}

json_t *engine_inspect(const char *kind, const char *const *names, size_t n)
{
	const char *arguments[ENGINE_ARGUMENTS_MAX + 1] = { "inspect", "--type", kind, "--" };
	struct buf text = buf_new(ENGINE_OUTPUT_MAX);
	json_t *found = NULL;

	for (size_t i = 0; i < n && i < ENGINE_ARGUMENTS_MAX - 4; i++)
		arguments[4 + i] = names[i];
	if (n <= ENGINE_ARGUMENTS_MAX - 4 && engine_ask(arguments, &text) == 0)
		found = json_loadb(text.data, text.len, 0, NULL);
	buf_free(&text);
	return found;
}
