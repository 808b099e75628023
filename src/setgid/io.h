/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io - bytes in and out with a deadline. Every wait is poll(2), every transfer
 * MSG_DONTWAIT: O_NONBLOCK on a shared description would be the caller's to change.
 */
#ifndef SAFEDOCKER_IO_H
#define SAFEDOCKER_IO_H

#include <stdbool.h>
#include <time.h>

#include "common/buf.h"
#include "common/error.h"
#include "model/model.h"

/* Milliseconds of CLOCK_BOOTTIME: goes on while the machine sleeps, is never set. */
long long io_now(void);

/* Now, as the policy wants it; `boot` is borrowed. */
struct moment io_moment(const char *boot);

#define IO_FOREVER (-1LL)	/* as a deadline */

/*
 * How long something may take: until a moment of io_now(), and until a date (0: none) of the
 * policy. The clock that dates are read from may be set, so no wait looks at it more rarely than
 * every half a minute.
 */
struct io_limit {
	long long deadline;	/* io_now(); IO_FOREVER: none */
	time_t until;
};

#define IO_WITHIN(ms) (&(struct io_limit){ .deadline = io_now() + (ms) })
#define IO_UNTIL(date) (&(struct io_limit){ .deadline = IO_FOREVER, .until = (date) })

/*
 * What poll(2) takes for it: ms that may be waited before asking again; 0: it has passed; -1: for
 * ever.
 */
int io_left(const struct io_limit *limit);

/* Has a date (0: none) come? */
bool io_is_over(time_t until);

/*
 * From now on what ends at a date ends no later than this second of CLOCK_BOOTTIME (0: at the date
 * alone): a grant is over then, whatever the other clock is set to. A worker serves one request at
 * a time.
 */
void io_end_by_uptime(long long seconds);

/*
 * Waits until fd has bytes or its end, or `watched` (-1: none) was closed by its peer. What is
 * there already counts, even where the limit has passed: the caller may have stopped us. 1: fd is
 * readable (or at its end); 0: the limit passed; -1: `watched` is gone.
 */
int io_wait(int fd, int watched, const struct io_limit *limit);

/*
 * Reads what is there (at most 64 KiB) behind what `in` holds. Returns the
 * number of bytes, 0 at the end of the stream; -1 with ERR_LIMIT when `in` is
 * full, ERR_CLOSED when the connection broke, ERR_TIMEOUT at the limit.
 */
long io_read(int fd, struct buf *in, const struct io_limit *limit, struct error *reterr);

/* All of it, or -1. */
int io_write(int fd, struct slice bytes, const struct io_limit *limit, struct error *reterr);

/*
 * Says that nothing more will be written, and throws away what still comes, for 5 s at most. A
 * client whose request was answered before it was sent whole would otherwise find the connection
 * broken at its next write and never read the answer (RFC 9112, section 9.6).
 */
void io_linger(int fd);

#endif
