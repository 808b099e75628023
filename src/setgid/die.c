/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
	size_t n = strlen(text);

	/* Nobody may be listening; there is nothing more to do then. */
	if (write(STDOUT_FILENO, text, n) != (ssize_t)n)
		return;
}

void die(enum exit_status status, const char *format, ...)
{
	char text[1200];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text) - 1, format, ap);
	va_end(ap);
	(void)strcat(text, "\n");
	say(text);
	_exit(status);
}

void bug(const char *what)
{
	die(EXIT_FAILED, "this is a bug of safedocker: %s", what);
}
