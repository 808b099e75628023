/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/numbers.h"

#define BEFORE "\"\\u0001"

static size_t digits(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* How long the string at the front is, both quotes included; all of s where it has no end. */
static size_t string(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

/* A number of any form, at whose sign or first digit s begins. */
static size_t number(struct slice s)
{
	size_t n = 0;

	while (n < s.n && strchr("+-.0123456789Ee", s.p[n]) != NULL && s.p[n] != '\0')
		n++;
	return n;
}

void numbers_protect(struct slice json, struct buf *ret)
{
	while (json.n > 0) {
		bool starts = json.p[0] == '-' || digits(json) > 0;
		size_t step = starts ? number(json) : json.p[0] == '"' ? string(json) : 1;
		struct slice piece = slice_of(json.p, step);
		bool large = starts && digits(piece) == step && step >= NUMBERS_DIGITS;

		json = slice_after(json, step);
		if (large)
			buf_add_str(ret, BEFORE);
		buf_add_slice(ret, piece);
		if (large)
			buf_add_str(ret, "\"");
	}
}

void numbers_restore(struct slice json, struct buf *ret)
{
	const size_t before = strlen(BEFORE);

	while (json.n > 0) {
		size_t step = json.p[0] == '"' ? string(json) : 1;
		struct slice piece = slice_of(json.p, step), number = slice_after(piece, before);

		json = slice_after(json, step);
		if (slice_starts(piece, BEFORE) && number.n > NUMBERS_DIGITS && digits(number) == number.n - 1)
			piece = slice_of(number.p, number.n - 1);
		buf_add_slice(ret, piece);
	}
}
