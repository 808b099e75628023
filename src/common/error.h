/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error - a value that says what went wrong; filling it cannot fail. Functions
 * that can fail take one last, return -1 (or NULL) and have filled it then;
 * pure layers never print.
 */
#ifndef SAFEDOCKER_ERROR_H
#define SAFEDOCKER_ERROR_H

enum err {
	ERR_NONE = 0,
	ERR_SYNTAX,	/* the bytes are not what the grammar allows */
	ERR_LIMIT,	/* longer, deeper or more than the stated maximum */
	ERR_DENIED,	/* understood, and refused */
	ERR_BUDGET,	/* the caller has used up what a user may have in a time: try again later */
	ERR_PASSWORD,	/* the caller has not proved to be there */
	ERR_NOT_FOUND,	/* no such object, or somebody else's */
	ERR_CONFLICT,	/* it is there already, and is somebody else's */
	ERR_CHANGED,	/* what was decided does not hold any more */
	ERR_TIMEOUT,	/* the peer did not send or take in time */
	ERR_ENGINE,	/* the engine is absent or answers what it must not */
	ERR_SYSTEM,	/* memory, disk, kernel */
	ERR_CLOSED,	/* the peer went away between two messages: not a failure */
};

struct error {
	enum err code;
	unsigned line;		/* of the file being read, 0 where there is none */
	char at[100];		/* the words of that line that are meant, "" where all are */
	char text[1024];	/* one line of UTF-8; longer texts are cut */
};

/* Fills *reterr, which may be NULL. */
void error_fill(struct error *reterr, enum err code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same as a value, -1, so that `return error_set(…)` reads well; a macro, so that who reads the
 * code alone sees it.
 */
#define error_set(...) (error_fill(__VA_ARGS__), -1)

#endif
