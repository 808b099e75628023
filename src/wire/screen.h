/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * screen - what of a recorded terminal's output may be shown on another one. Text, colours, the
 * cursor and the screen go through. What makes a terminal answer, as if somebody had typed it, or
 * reaches beyond the screen (titles, clipboard, printing, keys, reports) does not: a recording
 * shows what its maker chose to show.
 */
#ifndef SAFEDOCKER_SCREEN_H
#define SAFEDOCKER_SCREEN_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/slice.h"

#define SCREEN_SEQUENCE_MAX 64	/* bytes of a control sequence; a longer one is dropped */

/* Zero is the beginning. A sequence may come in pieces. */
struct screen {
	enum {
		SCREEN_TEXT = 0, SCREEN_ESCAPE, SCREEN_CONTROL, SCREEN_STRING, SCREEN_STRING_ESCAPE,
	} at;
	char held[SCREEN_SEQUENCE_MAX];
	size_t n;
	bool alternate;		/* the other screen is shown */
};

/* Adds what may be shown of well-formed UTF-8 text. */
void screen_add(struct screen *screen, struct slice text, struct buf *out);

/* Adds what makes the terminal usual again. */
void screen_end(struct screen *screen, struct buf *out);

#endif
