/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cast - a terminal's recording as text: asciicast, version 2. A header line, then one line for
 * each event: [seconds, kind, text]. Everything is ASCII; what is no UTF-8 becomes U+FFFD, as that
 * format wants it.
 */
#ifndef SAFEDOCKER_CAST_H
#define SAFEDOCKER_CAST_H

#include <time.h>

#include "common/buf.h"
#include "common/slice.h"

/* What happened. */
enum cast_kind { CAST_OUTPUT = 'o', CAST_INPUT = 'i', CAST_RESIZE = 'r' };

/*
 * One flow of bytes, in which a character may come in two pieces: what came of it so far. Those
 * bytes, three at most, are written with the next ones or at the end.
 */
struct cast_text {
	char held[4];
	size_t n;
};

/* The first line. `command` and `title` are for people; NULL: none. */
void cast_header(struct buf *out, unsigned columns, unsigned rows, time_t at, const char *title,
		 const char *command);

/* Bytes of a flow, `ms` after the beginning. No line where there is no whole character in them. */
void cast_text(struct buf *out, long long ms, enum cast_kind kind, struct cast_text *flow,
	       struct slice bytes);

/* The flow is at its end: what was held back is no character any more. */
void cast_text_end(struct buf *out, long long ms, enum cast_kind kind, struct cast_text *flow);

void cast_resize(struct buf *out, long long ms, unsigned columns, unsigned rows);

#endif
