/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames - the stream of a process without a terminal, as the engine sends it: standard output and standard error
 * in pieces, each behind a head of eight bytes. Pure: bytes pass by.
 */
#ifndef SAFEDOCKER_FRAMES_H
#define SAFEDOCKER_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/slice.h"

/* Which stream a piece is of; the engine's numbers. FRAMES_SAYS: a message of the engine's own. */
enum frames_stream { FRAMES_IN = 0, FRAMES_OUT, FRAMES_ERR, FRAMES_SAYS, FRAMES_STREAMS };

struct frames {
	unsigned char head[8];
	size_t n_head;		/* of the head that is being read */
	enum frames_stream stream;
	uint32_t left;		/* of the piece behind it */
};

/*
 * Takes the next run of data off *bytes: 1 with its stream and the data, 0 when all is taken, -1 for what
 * is no such stream.
 */
int frames_next(struct frames *frames, struct slice *bytes, enum frames_stream *ret_stream, struct slice *ret_data);

/*
 * What may follow on the same stream so that a reader sees `text` on standard error: the piece that is under way
 * is filled up with NUL, which a terminal does not show. False where that would be too much, or a head is half sent.
 */
bool frames_say(const struct frames *frames, struct slice text, struct buf *out);

#endif
