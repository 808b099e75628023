/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/news.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_SIZE 400	/* below PIPE_BUF, so that lines of two workers never mix */

static void news_tell(const struct turn *t, const char *word, const char *name)
{
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", word, *name != '\0' ? " " : "", name);

	if (t->w->explain != NULL || n < 0 || (size_t)n >= sizeof(line))
		return;
	/* Nobody may read any more: then nobody is to be told. */
	if (write(STDOUT_FILENO, line, (size_t)n) < 0)
		return;
}

void news_made(const struct turn *t, const char *id)
{
	const json_t *host = json_object_get(t->request.body, "HostConfig");

	if (t->request.route->operation == OPERATION_CONTAINER_CREATE &&
	    json_is_true(json_object_get(host, "AutoRemove")))
		news_tell(t, "made", id);
}

void news_refused(const struct turn *t)
{
	const struct route *route = t->request.route;
	enum operation operation = route != NULL ? route->operation : OPERATION_NONE;

	if (t->w->config->policy == NULL)
		news_tell(t, "unserved", "");
	else if (operation == OPERATION_CONTAINER_START && t->request.object != NULL)
		news_tell(t, "unstarted", t->request.object);
	else if (operation == OPERATION_BUILD)
		news_tell(t, "unbuilt", "");
}

void news_streams(const struct turn *t)
{
	if (t->request.route->operation == OPERATION_BUILD_SESSION)
		news_tell(t, "session", "");
}
