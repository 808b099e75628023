/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - one line of the record, rendered. It has a maximum, whatever its user sends: what
 * matters most is written first, and what does not fit any more is cut between two characters, or
 * left out, and named in the line (`cut`, `flags_more`). So a line is always whole JSON in ASCII.
 * Pure but for the clock and the process's number.
 */
#ifndef SAFEDOCKER_RECORD_H
#define SAFEDOCKER_RECORD_H

#include <stdint.h>

#include "common/buf.h"
#include "setgid/audit.h"

#define RECORD_MAX 4096	/* bytes of a line, with the newlines on both sides */
#define RECORD_REFUSAL_MAX 2048	/* the same of a refusal */

/* What one line says beside its entry. */
struct record_line {
	const char *phase;
	int status;	/* 0: none */
	const char *message;	/* of a refusal: what the user was told; else NULL */
	uint64_t refusals;	/* how many refusals it stands for; 0: it is not such a line */
	unsigned seq;
	size_t max;	/* of the two above */
	bool whole;	/* the reason, and what ranks S, A or B, must not be cut */
};

/*
 * Renders `\n{…}\n` into *out, whose maximum is line->max at least. -1 with ERR_LIMIT where
 * line->whole cannot be: the operation must be refused.
 */
int record_render(const struct audit *a, const struct audit_entry *e,
		  const struct record_line *line, struct buf *out, struct error *reterr);

#endif
