/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory - the layers that link no library, fed every prefix and many damaged copies of a few
 * messages; built with MemorySanitizer, which ends it where unwritten memory is looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "wire/http.h"
#include "wire/url.h"

static const char *const messages[] = {
	"GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%22%5D%7D HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: y\r\n\r\nOK",
	"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
};
static unsigned long used;

static void body(const struct http_head *head, struct slice left)
{
	struct http_body state = http_body_start(head);
	enum http_progress p = HTTP_MORE;

	while (p == HTTP_MORE && left.n > 0) {
		struct slice data;
		size_t n;

		p = http_body_feed(&state, left, &n, &data, NULL);
		if (p == HTTP_ERROR || (n == 0 && p == HTTP_MORE))
			return;
		for (size_t i = 0; i < data.n; i++)
			used += (unsigned char)data.p[i];
		left = slice_after(left, n);
	}
}

static void take(struct slice in)
{
	struct http_head head;
	struct error why = { 0 };
	struct url url;
	size_t n;

	if (http_request_parse(in, &head, &n, &why) == HTTP_DONE) {
		if (url_parse(head.target, &url, &why) == 0)
			url_free(&url);
		body(&head, slice_after(in, n));
	}
	if (http_answer_parse(in, HTTP_GET, &head, &n, &why) == HTTP_DONE)
		body(&head, slice_after(in, n));
	used += strlen(why.text);
}

int main(void)
{
	unsigned seed = 1;

	for (size_t m = 0; m < sizeof(messages) / sizeof(messages[0]); m++) {
		size_t n = strlen(messages[m]);

		for (size_t i = 0; i <= n; i++)
			take(slice_of(messages[m], i));
		for (int round = 0; round < 20000; round++) {
			/* Of its own size, so that a byte behind it is nobody's. */
			char *copy = malloc(n);

			if (copy == NULL)
				return 1;
			memcpy(copy, messages[m], n);
			for (int change = 0; change < 3; change++) {
				seed = seed * 1103515245u + 12345u;
				copy[(seed >> 8) % n] = (char)(seed >> 24);
			}
			take(slice_of(copy, n));
			free(copy);
		}
	}
	/* So that nothing of it is left out. */
	return printf("%lu\n", used) < 0;
}
