/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slice - a piece of somebody else's memory. A slice never owns; whoever holds
 * one must know what keeps its bytes alive. It need not end in NUL.
 */
#ifndef SAFEDOCKER_SLICE_H
#define SAFEDOCKER_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

/* The slice of a C string, without its NUL; of NULL: the empty slice. */
static inline struct slice slice_str(const char *s)
{
	return (struct slice){ .p = s != NULL ? s : "", .n = s != NULL ? strlen(s) : 0 };
}

static inline struct slice slice_of(const char *p, size_t n)
{
	return (struct slice){ .p = p, .n = n };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Byte for byte; no case is folded. */
static inline bool slice_is(struct slice a, const char *s)
{
	return slice_eq(a, slice_str(s));
}

/* ASCII letters only are folded; every other byte must be the same. */
bool slice_is_nocase(struct slice a, const char *s);

static inline bool slice_starts(struct slice a, const char *s)
{
	size_t n = strlen(s);

	return a.n >= n && memcmp(a.p, s, n) == 0;
}

/* What is left after the first n bytes; n may be larger than the slice. */
static inline struct slice slice_after(struct slice a, size_t n)
{
	if (n > a.n)
		n = a.n;
	/* Not even 0 may be added to NULL. */
	return n == 0 ? a : slice_of(a.p + n, a.n - n);
}

/* The offset of the first c, or a.n where there is none. */
static inline size_t slice_find(struct slice a, char c)
{
	const char *at = a.n != 0 ? memchr(a.p, c, a.n) : NULL;

	return at != NULL ? (size_t)(at - a.p) : a.n;
}

/*
 * Takes what is before the first `stop` off the front of *a, and that one too; all of it where
 * there is none.
 */
static inline struct slice slice_take(struct slice *a, char stop)
{
	struct slice taken = slice_of(a->p, slice_find(*a, stop));

	*a = slice_after(*a, taken.n + 1);
	return taken;
}

/* Without the spaces and tabs at both ends. */
struct slice slice_trim(struct slice a);

/*
 * A decimal number without sign, space or leading zero (but "0" itself), at
 * most max. Returns 0 and sets *ret; -1 for everything else.
 */
int slice_to_u64(struct slice a, unsigned long long max, unsigned long long *ret);

/* A NUL-terminated copy that the caller frees; NULL when memory is out. */
char *slice_dup(struct slice a);

/*
 * Decodes the first character of a as UTF-8 (RFC 3629: shortest form, no
 * surrogates). Returns the bytes it takes and sets *ret, or 0 when it is
 * malformed or a is empty.
 */
size_t slice_utf8_next(struct slice a, uint32_t *ret);

/* True when a is well-formed UTF-8 (RFC 3629) without control characters (C0, DEL, C1). */
bool slice_is_clean_text(struct slice a);

#endif
