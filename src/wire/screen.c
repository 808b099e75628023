/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/screen.h"

#define ESC '\033'
#define BEL '\007'
#define ENQ '\005'

/*
 * ECMA-48 and xterm's names: what moves the cursor, erases, scrolls, colours. None of them is
 * answered.
 */
static const char finals[] = "@ABCDEFGHIJKLMPSTXZ`abdefmrsu";

/* Modes of the screen alone: none that changes what keys or the mouse send. */
static bool is_screen_mode(struct slice number)
{
	static const char *const modes[] = {
		"5", "6", "7", "12", "25", "47", "1047", "1048", "1049",
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (slice_is(number, modes[i]))
			return true;
	return false;
}

static bool are_screen_modes(struct slice numbers)
{
	while (numbers.n > 0) {
		size_t n = slice_find(numbers, ';');

		if (!is_screen_mode(slice_of(numbers.p, n)))
			return false;
		numbers = slice_after(numbers, n + 1);
	}
	return true;
}

/* A whole sequence, from ESC [ to its last byte. */
static bool is_shown(struct screen *s)
{
	char final = s->held[s->n - 1];
	struct slice middle = slice_of(s->held + 2, s->n - 3);
	bool private = middle.n > 0 && *middle.p == '?';

	for (size_t i = private; i < middle.n; i++)
		if (strchr("0123456789;:", middle.p[i]) == NULL || middle.p[i] == '\0')
			return false;
	if (private && (final == 'h' || final == 'l')) {
		middle = slice_after(middle, 1);
		if (!are_screen_modes(middle))
			return false;
		/* Whichever of the three numbers it is. */
		if (slice_find(middle, '4') < middle.n)
			s->alternate = final == 'h';
		return true;
	}
	if (private)
		return final == 'J' || final == 'K';
	if (final == 'h' || final == 'l')
		return slice_is(middle, "4");
	return strchr(finals, final) != NULL;
}

/* Its last byte has come. */
static void end_sequence(struct screen *s, bool shown, struct buf *out)
{
	if (shown)
		buf_add(out, s->held, s->n);
	s->n = 0;
	s->at = SCREEN_TEXT;
}

static void hold(struct screen *s, char c)
{
	if (s->n < sizeof(s->held))
		s->held[s->n++] = c;
	else
		s->n = sizeof(s->held) + 1;
}

static void begin(struct screen *s)
{
	s->n = 0;
	hold(s, ESC);
	s->at = SCREEN_ESCAPE;
}

static void escape(struct screen *s, char c, struct buf *out)
{
	if (c == ESC) {
		begin(s);
	} else if (s->n == 1 && c == '[') {
		hold(s, c);
		s->at = SCREEN_CONTROL;
	} else if (s->n == 1 && c != '\0' && strchr("]PX^_", c) != NULL) {
		s->n = 0;
		s->at = SCREEN_STRING;
	} else if (c >= ' ' && c <= '/') {
		hold(s, c);
	} else {
		hold(s, c);
		/* ESC Z asks the terminal what it is. */
		end_sequence(s, c > '/' && c < 0x7f && c != 'Z' && s->n <= sizeof(s->held), out);
	}
}

static void control(struct screen *s, char c, struct buf *out)
{
	if (c == ESC) {
		begin(s);
	} else if (c >= ' ' && c <= '?') {
		hold(s, c);
	} else {
		hold(s, c);
		end_sequence(s, s->n <= sizeof(s->held) && c >= '@' && c < 0x7f && is_shown(s),
			     out);
	}
}

void screen_add(struct screen *screen, struct slice text, struct buf *out)
{
	while (text.n > 0) {
		uint32_t point;
		size_t used = slice_utf8_next(text, &point);
		char c = *text.p;

		if (used == 0)
			used = 1;
		switch (screen->at) {
		case SCREEN_ESCAPE:
			escape(screen, c, out);
			break;
		case SCREEN_CONTROL:
			control(screen, c, out);
			break;
		case SCREEN_STRING:
			screen->at = c == ESC ? SCREEN_STRING_ESCAPE :
				c == BEL ? SCREEN_TEXT : SCREEN_STRING;
			break;
		case SCREEN_STRING_ESCAPE:
			screen->at = c == '\\' ? SCREEN_TEXT :
				c == ESC ? SCREEN_STRING_ESCAPE : SCREEN_STRING;
			break;
		case SCREEN_TEXT:
		default:
			if (c == ESC)
				begin(screen);
			/* C1 are the same sequences in one character; ENQ is answered. */
			else if (c != ENQ && (used != 2 || point >= 0xa0))
				buf_add(out, text.p, used);
			break;
		}
		text = slice_after(text, used);
	}
}

void screen_end(struct screen *screen, struct buf *out)
{
	if (screen->alternate)
		buf_add_str(out, "\033[?1049l");
	buf_add_str(out, "\033[!p\033>\033[0m\033[?25h\033(B\017");
	*screen = (struct screen){ .at = SCREEN_TEXT };
}
