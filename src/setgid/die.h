/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * die - the two ways the helper ends early. The text goes to the status pipe
 * (fd 1), where the front end waits for it, one line, and nowhere else.
 */
#ifndef SAFEDOCKER_DIE_H
#define SAFEDOCKER_DIE_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_STALE = 75,	/* a worker: policy or identity changed before it read a byte more */
	EXIT_PASSWORD = 76,	/* the password was wrong, not given, or may not be asked for */
	EXIT_NOT_ALLOWED = 77,	/* without the group; or no (such strong) rule is for the caller */
	EXIT_CONFIG = 78,	/* the policy or the record cannot be used */
};

/* The environment or the input is at fault. */
void die(enum exit_status status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* We are at fault. */
void bug(const char *what) __attribute__((noreturn));

#endif
