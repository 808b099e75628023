/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of what hooks for accelerators take. */
#include "docker/grammar_read.h"

#include <string.h>

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_number(struct slice text)
{
	unsigned long long number;

	return text.n > 0 && text.n <= 3 && (text.p[0] != '0' || text.n == 1) &&
	       slice_to_u64(text, 999, &number) == 0;
}

/* 8-4-4-4-12 */
static bool is_uuid(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((i == 8 || i == 13 || i == 18 || i == 23) ? text.p[i] != '-'
							      : !is_hex(text.p[i]))
			return false;
	return text.n == 36;
}

/* MIG-GPU-UUID/N/N, as older drivers name a part. */
static bool is_old_part(struct slice text)
{
	size_t first = slice_find(text, '/');
	struct slice rest = slice_after(text, first + 1);
	size_t second = slice_find(rest, '/');

	return is_uuid(slice_of(text.p, first)) && is_number(slice_of(rest.p, second)) &&
	       is_number(slice_after(rest, second + 1));
}

bool grammar_read_device_id(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t colon = slice_find(text, ':');

	(void)key;
	(void)row;
	if (slice_starts(text, "GPU-"))
		return is_uuid(slice_after(text, 4));
	if (slice_starts(text, "MIG-GPU-"))
		return is_old_part(slice_after(text, 8));
	if (slice_starts(text, "MIG-"))
		return is_uuid(slice_after(text, 4));
	if (colon < text.n)
		return is_number(slice_of(text.p, colon)) &&
		       is_number(slice_after(text, colon + 1));
	return is_number(text);
}

static bool is_part(struct slice text, const char *more)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter(text.p[i]) && !(text.p[i] >= '0' && text.p[i] <= '9') &&
		    (i == 0 || text.p[i] == '\0' || strchr(more, text.p[i]) == NULL))
			return false;
	return text.n > 0;
}

/* As the container device interface says it. */
bool grammar_read_cdi_name(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t slash = slice_find(text, '/'), equal = slice_find(text, '=');

	(void)key;
	(void)row;
	return slash < equal && equal < text.n && is_part(slice_of(text.p, slash), "._-") &&
	       is_part(slice_of(text.p + slash + 1, equal - slash - 1), "._-") &&
	       is_part(slice_after(text, equal + 1), "._:-");
}

bool grammar_read_vendor_words(struct slice key, struct slice text, const struct grammar_row *row)
{
	while (text.n > 0) {
		struct slice word = slice_of(text.p, slice_find(text, ','));

		if (!grammar_read_words(key, word, row))
			return false;
		text = slice_after(text, word.n + 1);
	}
	return true;
}

bool grammar_read_require(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter(text.p[i]) && !(text.p[i] >= '0' && text.p[i] <= '9') &&
		    (text.p[i] == '\0' || strchr(" .,_<>=!-", text.p[i]) == NULL))
			return false;
	return true;
}
