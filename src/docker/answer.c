/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/inspect.h"
#include "wire/json.h"

/* The fields of the engine's answers that a client may see. */
static const char *const fields[] = {
	"Api-Version", "Builder-Version", "Content-Type", "Date", "Docker-Experimental", "Ostype",
	"Server", "Swarm", "X-Docker-Container-Path-Stat", "Cache-Control", "Pragma",
};

int answer_status(enum err code)
{
	switch (code) {
	case ERR_SYNTAX: return 400;
	case ERR_LIMIT: return 413;
	case ERR_BUDGET: return 429;
	case ERR_DENIED: case ERR_PASSWORD: return 403;
	case ERR_NOT_FOUND: return 404;
	case ERR_CONFLICT: return 409;
	case ERR_CHANGED: return 503;
	case ERR_TIMEOUT: return 408;
	case ERR_ENGINE: return 502;
	case ERR_SYSTEM: return 500;
	case ERR_NONE: case ERR_CLOSED:
	default: return 500;
	}
}

void answer_error(struct buf *out, int status, const char *message, enum http_method asked, bool close)
{
	struct buf body = buf_new(64 * 1024);

	buf_add_str(&body, "{\"message\":");
	buf_add_json(&body, slice_str(message));
	buf_add_str(&body, "}\n");
	buf_addf(out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
		 status, http_reason(status), body.len, close ? "Connection: close\r\n" : "");
	if (asked != HTTP_HEAD)
		buf_add_slice(out, buf_slice(&body));
	if (body.failed)
		out->failed = true;
	buf_free(&body);
}

void answer_json(struct buf *out, int status, struct slice body, bool close)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
		 status, http_reason(status), body.n, close ? "Connection: close\r\n" : "");
	buf_add_slice(out, body);
}

void answer_head(struct buf *out, const struct http_head *head, bool close)
{
	bool raw = head->status == 101;

	buf_addf(out, "HTTP/1.1 %d ", head->status);
	buf_add_slice(out, head->reason);
	buf_add_str(out, "\r\n");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct slice value = http_field(head, fields[i]);

		if (value.p == NULL)
			continue;
		buf_addf(out, "%s: ", fields[i]);
		buf_add_slice(out, value);
		buf_add_str(out, "\r\n");
	}
	switch (head->framing) {
	case HTTP_BODY_COUNTED:
		buf_addf(out, "Content-Length: %llu\r\n", (unsigned long long)head->length);
		break;
	case HTTP_BODY_CHUNKED:
		buf_add_str(out, "Transfer-Encoding: chunked\r\n");
		break;
	case HTTP_BODY_NONE:
		/* 204 and 304 say themselves that they have none (RFC 9110, section 8.6). */
		if (!raw && head->status != 204 && head->status != 304 && head->status >= 200)
			buf_add_str(out, "Content-Length: 0\r\n");
		break;
	case HTTP_BODY_UNTIL_CLOSE:
	default:
		break;
	}
	if (raw)
		buf_addf(out, "Connection: Upgrade\r\nUpgrade: %s\r\n",
			 slice_is_nocase(http_field(head, "Upgrade"), "h2c") ? "h2c" : "tcp");
	else if (close)
		buf_add_str(out, "Connection: close\r\n");
	buf_add_str(out, "\r\n");
}

char *answer_without_ids(struct slice body)
{
	static const char hex[] = "0123456789abcdef";
	json_t *root = json_parse(body, JSON_TOKENS_MAX, NULL);
	const char *text = json_string_value(json_object_get(root, "message"));
	struct buf out = buf_new(64 * 1024);
	char *result = NULL;

	while (text != NULL && *text != '\0') {
		size_t other = strcspn(text, hex), run = strspn(text + other, hex);

		buf_add(&out, text, other);
		if (run == OBJECT_ID_LEN)
			buf_add_str(&out, "(hidden)");
		else
			buf_add(&out, text + other, run);
		text += other + run;
	}
	if (text != NULL && !out.failed)
		result = slice_dup(buf_slice(&out));
	buf_free(&out);
	json_decref(root);
	return result;
}

bool answer_message(struct slice body, const char *begins, char *ret, size_t n)
{
	json_t *root = json_parse(body, JSON_TOKENS_MAX, NULL);
	const char *text = json_string_value(json_object_get(root, "message"));
	bool fits = text != NULL && slice_starts(slice_str(text), begins);

	if (fits)
		(void)snprintf(ret, n, "%s", text);
	json_decref(root);
	return fits;
}
