/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct buf buf_new(size_t max)
{
	return (struct buf){ .max = max };
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = buf_new(b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

char *buf_room(struct buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->failed)
		return NULL;
	/* One byte beyond what is counted is kept for the NUL of buf_cstr(). */
	if (n > b->max - b->len || __builtin_add_overflow(b->len + 1, n, &need)) {
		b->failed = true;
		return NULL;
	}
	if (need > b->cap) {
		cap = b->cap < 256 ? 256 : b->cap;
		while (cap < need)
			cap = cap > SIZE_MAX / 2 ? need : cap * 2;
		if (cap > b->max + 1)
			cap = b->max + 1;
		data = realloc(b->data, cap);
		if (data == NULL) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

void buf_added(struct buf *b, size_t n)
{
	b->len += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	char *at = buf_room(b, n);

	if (at == NULL)
		return;
	if (n > 0)
		memcpy(at, p, n);
	b->len += n;
}

void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;
	char *at;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	at = n >= 0 ? buf_room(b, (size_t)n) : NULL;
	if (at != NULL) {
		(void)vsnprintf(at, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	} else {
		b->failed = true;
	}
	va_end(again);
}

static void add_unit(struct buf *b, uint32_t unit)
{
	buf_addf(b, "\\u%04x", unit);
}

/* One character, or one byte that begins none; returns how many bytes of s it is. */
static size_t add_character(struct buf *b, struct slice s)
{
	uint32_t point;
	size_t used = slice_utf8_next(s, &point);

	if (used == 0) {
		add_unit(b, 0xfffd);
		return 1;
	}
	if (point == '"' || point == '\\') {
		buf_add(b, "\\", 1);
		buf_add(b, s.p, 1);
	} else if (point >= 0x20 && point < 0x7f) {
		buf_add(b, s.p, 1);
	} else if (point < 0x10000) {
		add_unit(b, point);
	} else {
		add_unit(b, 0xd800 + ((point - 0x10000) >> 10));
		add_unit(b, 0xdc00 + ((point - 0x10000) & 0x3ff));
	}
	return used;
}

void buf_add_json(struct buf *b, struct slice s)
{
	buf_add(b, "\"", 1);
	while (s.n > 0)
		s = slice_after(s, add_character(b, s));
	buf_add(b, "\"", 1);
}

size_t buf_add_json_max(struct buf *b, struct slice s, size_t max)
{
	size_t begin = b->len, taken = 0;

	buf_add(b, "\"", 1);
	while (taken < s.n && !b->failed) {
		size_t before = b->len, used = add_character(b, slice_after(s, taken));

		if (b->len + 1 - begin > max) {
			b->len = before;
			break;
		}
		taken += used;
	}
	buf_add(b, "\"", 1);
	return taken;
}

void buf_consume(struct buf *b, size_t n)
{
	/* Of a buffer that never held anything there is no address to move from. */
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

const char *buf_cstr(struct buf *b)
{
	char *at = buf_room(b, 0);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return b->data;
}
