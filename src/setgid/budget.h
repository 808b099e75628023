/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget - how much one user may cost the others: refusals that are written down each minute, bytes
 * of the record each day, streams at a time. All helpers of a user share one page of memory, a file
 * in a directory that only the group may pass (1730 root:docker), so that a second helper is no
 * second budget. The file is named UID.BOOT and is gone with the next boot.
 *
 * The caller may stop or kill a process between any two instructions. So there is no lock: each
 * count is one atomic word that holds its own minute or day. A process that is killed between its
 * count and its write has used up its place for nothing; so counts and records differ by no more
 * than the number of processes that were killed or stopped there. Times are of CLOCK_BOOTTIME,
 * which nobody sets; a process that was stopped brings an old time, and then counts for the minute
 * and the day that the page is in.
 */
#ifndef SAFEDOCKER_BUDGET_H
#define SAFEDOCKER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

#define BUDGET_REFUSALS 60	/* written down of a user in a minute; more are counted */
#define BUDGET_STREAMS 128	/* long answers of a user at a time: as one helper has workers */
#define BUDGET_SIZE 4096	/* bytes of the file */

struct budget_page;

struct budget {
	int fd;	/* -1: not open */
	struct budget_page *page;	/* shared with the other helpers of the user */
	int stream;	/* the place that this process holds; -1: none */
};

/*
 * Opens the caller's own, makes it where it is not there yet, and maps it: later nothing is opened,
 * and counting needs no system call. `boot` is this boot's id. -1 with the cure in *reterr: then
 * nothing may be served. Closed by the process's end.
 */
int budget_open(struct budget *ret, gid_t group, const char *boot, struct error *reterr);

/*
 * The same with a file that is open for reading and writing; it becomes BUDGET_SIZE bytes where it
 * was shorter.
 */
int budget_map(struct budget *ret, int fd, struct error *reterr);

/* `now` is io_now(): milliseconds of CLOCK_BOOTTIME. */

/* May one more refusal be written down in this minute? false: it is counted. */
bool budget_take_refusal(struct budget *b, long long now);

/* Counts a refusal that is not written down for another reason. */
void budget_count_refusal(struct budget *b);

/* May `n` bytes more be written on this day, of `most` in all? false: none of them counts. */
bool budget_take_bytes(struct budget *b, long long now, size_t n, uint64_t most);

/* `n` bytes that are written in any case: the end of what has begun. */
void budget_spend_bytes(struct budget *b, long long now, size_t n);

/* Is this the one that says that the day's bytes are used up? true once a day. */
bool budget_tell_day(struct budget *b, long long now);

/*
 * How many refusals were counted and are not in the record yet. More than 0 for one caller in a
 * minute: who gets it writes the record and then calls budget_reported() with *ret_mark. Who is
 * killed in between leaves it to the next minute.
 */
uint64_t budget_unreported(struct budget *b, long long now, uint64_t *ret_mark);
void budget_reported(struct budget *b, uint64_t mark);

#define BUDGET_BEGUN 16		/* places for what was asked of the engine and not answered */

/* What is made, as bits: one request may make several. */
enum { BUDGET_CONTAINERS = 1, BUDGET_NETWORKS = 2, BUDGET_VOLUMES = 4 };	/* judge/plan.h: 1 << COUNTED_… */

/*
 * Something of these kinds, which counts towards a limit, is asked of the engine: it counts until
 * budget_answered(), and where this process is ended before that, for BEGUN_PATIENCE (patience.h;
 * then perhaps beside what the engine lists). -1: no place is left.
 */
int budget_begin(struct budget *b, unsigned kinds, long long now);
void budget_answered(struct budget *b, int place);

/* How many of this kind there are without an answer. */
long budget_begun(struct budget *b, unsigned kind, long long now);

/*
 * Takes one of the user's places for streams; it is this process's until budget_stream_end() or its
 * end, however that comes (a lock of the kernel's, fcntl(2)). A process holds one at most. false:
 * all are taken.
 */
bool budget_stream(struct budget *b);
void budget_stream_end(struct budget *b);

#endif
