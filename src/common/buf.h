/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf - bytes that grow up to a hard maximum. Going over it, or running out of
 * memory, marks the buffer as failed; everything added afterwards is dropped,
 * so that a whole rendering needs one check at its end. Nothing is truncated
 * silently: a failed buffer must not be used.
 */
#ifndef SAFEDOCKER_BUF_H
#define SAFEDOCKER_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/slice.h"

struct buf {
	char *data;	/* owned */
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
};

/* An empty buffer that may hold max bytes; nothing is allocated yet. */
struct buf buf_new(size_t max);

/* Frees the bytes; the buffer is empty and usable afterwards. */
void buf_free(struct buf *b);

/* Empties it and clears the failure, but keeps the memory. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_str(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds s as a JSON string, quotes included, in pure ASCII: control characters,
 * DEL and everything beyond ASCII become \u escapes, each byte of malformed
 * UTF-8 becomes \ufffd (RFC 8259, section 7).
 */
void buf_add_json(struct buf *b, struct slice s);

/*
 * The same with so much of s as fits into `max` bytes, both quotes included (2 at least). It ends
 * between two characters. Returns how many bytes of s that is.
 */
size_t buf_add_json_max(struct buf *b, struct slice s, size_t max);

/* Takes n bytes off the front; n is at most b->len. */
void buf_consume(struct buf *b, size_t n);

/*
 * Room for n more bytes at the end: returns where to write them, NULL (and the
 * buffer is failed) when that is over the maximum. buf_added() counts them in.
 */
char *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

static inline struct slice buf_slice(const struct buf *b)
{
	return slice_of(b->data != NULL ? b->data : "", b->len);
}

/* The bytes as a C string (a NUL is put behind them, not counted); NULL when failed. */
const char *buf_cstr(struct buf *b);

#endif
