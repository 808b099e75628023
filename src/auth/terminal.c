/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "setgid/io.h"

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

void terminal_note_signals(void)
{
	static const int noted[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM };
	const struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++)
		(void)sigaction(noted[i], &action, NULL);
}

bool terminal_is_over(void)
{
	return told_to_end != 0;
}

void terminal_say(int tty, const char *text)
{
	size_t n = strlen(text);

	/* Nobody may be there any more; the next read tells. */
	if (write(tty, text, n) != (ssize_t)n)
		told_to_end = 1;
}

/* A module's words become one line of plain text. */
void terminal_make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = ' ';
}

/*
 * One line without echo. The terminal's keys are read as bytes (no signal comes from them), so that
 * there is one way out: ^C, ^\ and ^Z end the question like ^D. Returns its length, -1: cancelled.
 */
static int read_keys(int tty, const struct termios *keys, char *out, size_t size)
{
	const struct io_limit limit = { .deadline = io_now() + TERMINAL_PATIENCE };
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = tty, .events = POLLIN };
		unsigned char c;

		if (told_to_end || io_left(&limit) == 0)
			return -1;
		if (poll(&p, 1, io_left(&limit)) <= 0)
			continue;
		if (read(tty, &c, 1) != 1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (c == '\n' || c == '\r') {
			out[n] = '\0';
			return (int)n;
		}
		if (c == keys->c_cc[VINTR] || c == keys->c_cc[VQUIT] || c == keys->c_cc[VSUSP] ||
		    c == keys->c_cc[VEOF])
			return -1;
		if (c == keys->c_cc[VERASE] && n > 0)
			n--;
		else if (c == keys->c_cc[VKILL])
			n = 0;
		else if (c != keys->c_cc[VERASE] && c != '\0' && n + 1 < size)
			out[n++] = (char)c;
		else if (n + 1 == size)
			return -1;	/* nobody's password; never cut to one that fits */
	}
}

/* The question comes when the echo is off: who answers at once is not seen either. */
int terminal_read_secret(int tty, const char *question, char *out, size_t size)
{
	struct termios before, silent;
	int n;

	if (tcgetattr(tty, &before) < 0)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ICANON | ISIG | IEXTEN);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	/* What was typed before the question is no answer to it. */
	if (tcsetattr(tty, TCSAFLUSH, &silent) < 0)
		return -1;
	terminal_say(tty, question);
	n = read_keys(tty, &before, out, size);
	/* And what was typed behind it is nobody else's to read. */
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	terminal_say(tty, "\n");
	return n;
}
