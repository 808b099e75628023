/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay - a recording (asciicast, version 2), shown on the terminal as it went, or passed on as it
 * is.
 */
#ifndef SAFEDOCKER_REPLAY_H
#define SAFEDOCKER_REPLAY_H

#include <stdbool.h>

struct replay {
	double speed;		/* 2: in half of the time */
	double max_wait;	/* seconds that nothing may happen for; 0: any time */
	bool raw;		/* the file itself, also to a terminal */
};

/*
 * Reads fd to its end. To a terminal what was shown is shown, in its time; elsewhere the recording
 * goes out as it is. Returns the exit status; where what comes is no recording, its first line goes
 * to standard error.
 */
int replay_run(int fd, const struct replay *replay);

#endif
