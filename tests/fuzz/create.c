/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

static void post(const char *target, struct slice body)
{
	struct buf bytes = buf_new(1 << 22);

	buf_addf(&bytes, "POST /v1.45%s HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
		 "Content-Length: %zu\r\n\r\n", target, body.n);
	buf_add_slice(&bytes, body);
	fuzz_request(buf_slice(&bytes));
	buf_free(&bytes);
}

void fuzz_create(struct slice in)
{
	post("/containers/create", in);
}

/*
 * METHOD SP TEMPLATE LF, then the body: every route that has a body to judge, so that words that look like
 * heads need not be found first. Names in the path are `mine`, or an id where it must be one.
 */
static const struct { const char *method, *template; } routes[] = {
#define ROUTE(method, template, ...) { #method, template },
#include "docker/route.def"
};

void fuzz_body(struct slice in)
{
	static const char id[] = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
	struct slice line = fuzz_word(&in);
	struct slice method = slice_of(line.p, slice_find(line, ' '));
	struct slice template = slice_after(line, method.n + 1);
	struct slice rest = template;
	struct buf target = buf_new(4096);

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!slice_is(method, "POST") || !slice_is(method, routes[i].method) ||
		    !slice_is(template, routes[i].template))
			continue;
		while (rest.n > 0) {
			size_t open = slice_find(rest, '{');

			buf_add(&target, rest.p, open);
			rest = slice_after(rest, open);
			if (rest.n > 0)
				buf_add_str(&target, slice_starts(template, "/exec/") ? id : "mine");
			rest = slice_after(rest, slice_find(rest, '}') + 1);
		}
		post(buf_cstr(&target), in);
		break;
	}
	buf_free(&target);
}
