/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/image_limit.h"

#include <string.h>

#include "docker/grammar.h"

/* The engine merges these one by one: what is 0 in the request is the image's. */
static int slow_down(json_t *body, const json_t *theirs, const char *key)
{
	json_int_t every = json_integer_value(json_object_get(theirs, key));
	json_t *check = json_object_get(body, "Healthcheck");

	if (every <= 0 || every >= GRAMMAR_CHECK_EVERY_MIN ||
	    json_integer_value(json_object_get(check, key)) != 0)
		return 0;
	if (check == NULL && json_object_set_new(body, "Healthcheck", check = json_object()) < 0)
		return -1;
	return json_object_set_new(check, key, json_integer(GRAMMAR_CHECK_EVERY_MIN));
}

/* Ports of the image that the request does not name itself. */
static size_t ports(const json_t *body, const json_t *config)
{
	json_t *own = json_object_get(body, "ExposedPorts"),
	       *theirs = json_object_get(config, "ExposedPorts"), *nothing;
	size_t n = json_object_size(own);
	const char *port;

	json_object_foreach(theirs, port, nothing)
		if (json_object_get(own, port) == NULL)
			n++;
	return n;
}

int image_limit(json_t *body, const json_t *image, struct error *reterr)
{
	const json_t *config = json_object_get(image, "Config"),
		     *host = json_object_get(body, "HostConfig");
	const json_t *check = json_object_get(config, "Healthcheck");

	if (json_object_size(json_object_get(config, "Volumes")) > grammar_most(GRAMMAR_PATHS))
		return error_set(reterr, ERR_LIMIT,
				 "the image declares too many volumes (expected at most %zu)",
				 grammar_most(GRAMMAR_PATHS));
	if (json_is_true(json_object_get(host, "PublishAllPorts")) &&
	    ports(body, config) > grammar_most(GRAMMAR_PUBLISHED))
		return error_set(reterr, ERR_LIMIT,
				 "--publish-all: too many ports are exposed (expected at most %zu)",
				 grammar_most(GRAMMAR_PUBLISHED));
	return slow_down(body, check, "Interval") < 0 || slow_down(body, check, "StartInterval") < 0
		       ? error_set(reterr, ERR_SYSTEM, "out of memory")
		       : 0;
}
