/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/news.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_SIZE 400	/* below PIPE_BUF, so that lines of two workers never mix */

static void news_tell(const char *word, const char *name)
{
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", word, *name != '\0' ? " " : "", name);

	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	/* Nobody may read any more: then nobody is to be told. */
	if (write(STDOUT_FILENO, line, (size_t)n) < 0)
		return;
}

void news_made(const struct worker *w, const struct request *request, const char *id)
{
	const json_t *host = json_object_get(request->body, "HostConfig");

	if (w->tells && request->route->body == BODY_CREATE &&
	    json_is_true(json_object_get(host, "AutoRemove")))
		news_tell("made", id);
}

void news_refused(const struct worker *w, const struct request *request)
{
	if (!w->tells || request->route == NULL)
		return;
	if (operation_has(request->route->operation, TRAIT_TELLS_UNSTARTED) && request->object != NULL)
		news_tell("unstarted", request->object);
	else if (operation_has(request->route->operation, TRAIT_TELLS_UNBUILT))
		news_tell("unbuilt", "");
}

void news_streams(const struct worker *w, const struct request *request)
{
	if (w->tells && operation_has(request->route->operation, TRAIT_TELLS_SESSION))
		news_tell("session", "");
}

void news_unserved(void)
{
	news_tell("unserved", "");
}
