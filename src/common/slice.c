/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/slice.h"

#include <stdlib.h>

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

bool slice_is_nocase(struct slice a, const char *s)
{
	size_t n = strlen(s);

	if (a.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower((unsigned char)a.p[i]) != lower((unsigned char)s[i]))
			return false;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice a)
{
	while (a.n > 0 && blank(a.p[0]))
		a = slice_after(a, 1);
	while (a.n > 0 && blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

int slice_to_u64(struct slice a, unsigned long long max, unsigned long long *ret)
{
	unsigned long long value = 0;

	if (a.n == 0 || (a.n > 1 && a.p[0] == '0'))
		return -1;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] < '0' || a.p[i] > '9')
			return -1;
		if (__builtin_mul_overflow(value, 10ULL, &value) ||
		    __builtin_add_overflow(value, (unsigned long long)(a.p[i] - '0'), &value) ||
		    value > max)
			return -1;
	}
	*ret = value;
	return 0;
}

char *slice_dup(struct slice a)
{
	char *copy = malloc(a.n + 1);

	if (copy == NULL)
		return NULL;
	if (a.n > 0)
		memcpy(copy, a.p, a.n);
	copy[a.n] = '\0';
	return copy;
}

bool slice_is_clean_text(struct slice a)
{
	while (a.n > 0) {
		uint32_t point;
		size_t used = slice_utf8_next(a, &point);

		if (used == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0))
			return false;
		a = slice_after(a, used);
	}
	return true;
}

size_t slice_utf8_next(struct slice a, uint32_t *ret)
{
	static const struct { unsigned char mask, lead; size_t n; uint32_t min; } forms[] = {
		{ 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 },
		{ 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 },
	};

	if (a.n == 0)
		return 0;
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		unsigned char c = (unsigned char)a.p[0];
		uint32_t point;

		if ((c & forms[f].mask) != forms[f].lead)
			continue;
		if (a.n < forms[f].n)
			return 0;
		point = c & (unsigned char)~forms[f].mask;
		for (size_t i = 1; i < forms[f].n; i++) {
			c = (unsigned char)a.p[i];
			if ((c & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (c & 0x3f);
		}
		if (point < forms[f].min || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return 0;
		*ret = point;
		return forms[f].n;
	}
	return 0;
}
