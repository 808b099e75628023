/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "wire/http.h"

/* The slices are pieces of the input, and one reader's lines are every reader's. */
static void check_head(struct slice in, const struct http_head *head, size_t used)
{
	MUST(used >= 4 && used <= in.n && memcmp(in.p + used - 4, "\r\n\r\n", 4) == 0);
	MUST(used <= HTTP_HEAD_MAX && head->n_fields <= HTTP_FIELDS_MAX);
	for (size_t i = 0; i < used; i++) {
		MUST(in.p[i] != '\0');
		MUST((in.p[i] == '\n') == (i > 0 && in.p[i - 1] == '\r'));
	}
	/* The first empty line, not a later one. */
	MUST(memmem(in.p, used - 1, "\r\n\r\n", 4) == NULL);
	for (size_t i = 0; i < head->n_fields; i++) {
		const struct http_field *f = &head->fields[i];

		MUST(f->name.n > 0 && f->name.p >= in.p && f->name.p + f->name.n <= in.p + used);
		MUST(f->value.n == 0 || (f->value.p >= in.p && f->value.p + f->value.n <= in.p + used));
	}
	MUST(head->framing != HTTP_BODY_CHUNKED || http_field_count(head, "Content-Length") == 0);
	MUST(head->framing != HTTP_BODY_COUNTED || http_field_count(head, "Transfer-Encoding") == 0);
}

void fuzz_http_head(struct slice in)
{
	static const enum http_method methods[] = { HTTP_GET, HTTP_HEAD, HTTP_POST };
	enum http_progress p, part;
	struct http_head head, again;
	size_t used = 0, other;

	p = http_request_parse(in, &head, &used, NULL);
	if (p == HTTP_DONE) {
		check_head(in, &head, used);
		MUST(head.method != HTTP_METHOD_NONE && head.target.n > 0 && head.target.p[0] == '/');
		MUST(http_field_count(&head, "Host") == 1);
	}
	/* As bytes arrive: what is less is never another message, nor refused where the whole is taken. */
	for (size_t n = 0; n < in.n && n < 512; n += 1 + n / 8) {
		part = http_request_parse(slice_of(in.p, n), &again, &other, NULL);
		MUST(part != HTTP_DONE || (p == HTTP_DONE && other == used));
		MUST(part != HTTP_ERROR || p == HTTP_ERROR);
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (http_answer_parse(in, methods[i], &head, &used, NULL) == HTTP_DONE) {
			check_head(in, &head, used);
			MUST(head.status >= 100 && head.status <= 599);
			MUST(methods[i] != HTTP_HEAD || head.framing == HTTP_BODY_NONE);
		}
}
