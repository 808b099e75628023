/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal - one secret, asked for on a terminal. Whatever happens, the terminal is as it was, and
 * nothing typed is left in it.
 */
#ifndef SAFEDOCKER_TERMINAL_H
#define SAFEDOCKER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_PATIENCE (5 * 60 * 1000LL)	/* ms for an answer */

/* The signals that come from a terminal, and SIGTERM, are noted from now on and end nothing. */
void terminal_note_signals(void);

/* Has one of them come, or has the terminal gone away? */
bool terminal_is_over(void);

/* Writes a text of ours; a terminal that does not take it counts as gone. */
void terminal_say(int tty, const char *text);

/* Of a text of others: what could be more than text becomes a space. */
void terminal_make_plain(char *text);

/*
 * Asks, and reads one line without echo into `out`. Returns its length; -1: ^C, ^\, ^Z, ^D, an
 * answer of `size` bytes or more, TERMINAL_PATIENCE is over, or the terminal went away.
 */
int terminal_read_secret(int tty, const char *question, char *out, size_t size);

#endif
