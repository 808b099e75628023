/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setgid/patience.h"
#include "setgid/trust.h"

#define MINUTE 60000LL	/* ms */
#define DAY (24 * 60 * MINUTE)
#define BYTES_BITS 44	/* of a day's word; the day stands above them */
#define BYTES_MAX ((UINT64_C(1) << BYTES_BITS) - 1)

/*
 * Other processes of the user count in it at the same time: a lock of libc's would be in their
 * memory, not here.
 */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "counts are shared between processes without a lock");

/* Minutes and days count from 1, so that a page of zeros has none of them. */
struct budget_page {
	_Atomic uint64_t refusals;	/* minute << 32 | written down in it */
	_Atomic uint64_t bytes;	/* day << BYTES_BITS | written on it */
	_Atomic uint64_t beyond;	/* refusals that were only counted, ever */
	_Atomic uint64_t reported;	/* so many of them stand in the record */
	_Atomic uint64_t told_minute;	/* in which they were reported last */
	_Atomic uint64_t told_day;	/* on which it was said that the bytes are used up */
	_Atomic uint64_t begun[BUDGET_BEGUN];	/* ms << KINDS_BITS | kinds that were asked for; 0: free */
};

_Static_assert(sizeof(struct budget_page) <= BUDGET_SIZE, "the page holds it");

/* --- the file ------------------------------------------------------------------------ */
int budget_map(struct budget *ret, int fd, struct error *reterr)
{
	struct stat st;
	void *page;

	*ret = (struct budget){ .fd = -1, .stream = -1 };
	/*
	 * Its memory is taken now, not at the first count: a full disk would end the process there
	 * (SIGBUS).
	 */
	if (fallocate(fd, 0, 0, BUDGET_SIZE) < 0)
		return error_set(reterr, ERR_SYSTEM, "no room for it: %s", strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != BUDGET_SIZE)
		return error_set(reterr, ERR_SYSTEM, "not a file of %d bytes", BUDGET_SIZE);
	page = mmap(NULL, BUDGET_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return error_set(reterr, ERR_SYSTEM, "it cannot be mapped: %s", strerror(errno));
	ret->fd = fd;
	ret->page = page;
	return 0;
}

/*
 * It belongs to the caller, who cannot reach it: who could make it shorter would end us with
 * SIGBUS, no more. Two helpers that make it at the same time make the same file, and zeros are a
 * budget of which nothing is used.
 */
static int open_own(int dir, const char *name, struct error *reterr)
{
	int fd = openat(dir, name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return error_set(reterr, ERR_SYSTEM, "%s",
				 errno == ELOOP ? "a symbolic link" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != getuid() ||
	    st.st_nlink != 1 || (st.st_mode & 07777) != 0600) {
		(void)close(fd);
		return error_set(reterr, ERR_SYSTEM,
				 "not a regular file of the user's with mode 0600 and one link");
	}
	return fd;
}

int budget_open(struct budget *ret, gid_t group, const char *boot, struct error *reterr)
{
	struct error why = { 0 };
	char name[32];
	int dir = trust_open_shut(SAFEDOCKER_BUDGETS, false, group, &why), fd;

	*ret = (struct budget){ .fd = -1, .stream = -1 };
	if (dir < 0)
		return error_set(reterr, ERR_SYSTEM,
				 "%s; as root: install -d -m 1730 -o root -g %s %s", why.text,
				 SAFEDOCKER_GROUP, SAFEDOCKER_BUDGETS);
	(void)snprintf(name, sizeof(name), "%u.%.8s", (unsigned)getuid(), boot);
	fd = open_own(dir, name, &why);
	(void)close(dir);
	if (fd >= 0 && budget_map(ret, fd, &why) == 0)
		return 0;
	if (fd >= 0)
		(void)close(fd);
	return error_set(reterr, ERR_SYSTEM, "%s/%s cannot be used: %s; as root: rm -r %s/%s",
			 SAFEDOCKER_BUDGETS, name, why.text, SAFEDOCKER_BUDGETS, name);
}

/* --- refusals ------------------------------------------------------------------------ */
static uint64_t minute_of(long long now)
{
	return (uint64_t)(now / MINUTE) + 1;
}

bool budget_take_refusal(struct budget *b, long long now)
{
	uint64_t minute = minute_of(now), old = atomic_load(&b->page->refusals), next;

	do {
		if (old >> 32 < minute)
			next = minute << 32 | 1;
		else if ((old & UINT32_MAX) < BUDGET_REFUSALS)
			next = old + 1;
		else {
			budget_count_refusal(b);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&b->page->refusals, &old, next));
	return true;
}

void budget_count_refusal(struct budget *b)
{
	(void)atomic_fetch_add(&b->page->beyond, 1);
}

/* Moves the word on to `now`, never back. false: somebody has done that already. */
static bool is_first(_Atomic uint64_t *word, uint64_t now)
{
	uint64_t old = atomic_load(word);

	do {
		if (old >= now)
			return false;
	} while (!atomic_compare_exchange_weak(word, &old, now));
	return true;
}

uint64_t budget_unreported(struct budget *b, long long now, uint64_t *ret_mark)
{
	/* In this order: what is reported never grows beyond what was counted before. */
	uint64_t reported = atomic_load(&b->page->reported);

	*ret_mark = atomic_load(&b->page->beyond);
	if (*ret_mark <= reported || !is_first(&b->page->told_minute, minute_of(now)))
		return 0;
	return *ret_mark - reported;
}

void budget_reported(struct budget *b, uint64_t mark)
{
	(void)is_first(&b->page->reported, mark);
}

/* --- bytes --------------------------------------------------------------------------- */
static bool add_bytes(struct budget *b, long long now, size_t n, uint64_t most)
{
	uint64_t day = (uint64_t)(now / DAY) + 1, old = atomic_load(&b->page->bytes);
	uint64_t next, at, used;

	do {
		at = old >> BYTES_BITS < day ? day : old >> BYTES_BITS;
		used = at > old >> BYTES_BITS ? 0 : old & BYTES_MAX;
		if (n > most || used > most - n)
			return false;
		next = at << BYTES_BITS | (used + n);
	} while (!atomic_compare_exchange_weak(&b->page->bytes, &old, next));
	return true;
}

bool budget_take_bytes(struct budget *b, long long now, size_t n, uint64_t most)
{
	return add_bytes(b, now, n, most < BYTES_MAX ? most : BYTES_MAX);
}

void budget_spend_bytes(struct budget *b, long long now, size_t n)
{
	/* A day of 16 TB needs no exact end. */
	(void)add_bytes(b, now, n, BYTES_MAX);
}

bool budget_tell_day(struct budget *b, long long now)
{
	return is_first(&b->page->told_day, (uint64_t)(now / DAY) + 1);
}

/* --- streams ------------------------------------------------------------------------- */
static int set_lock(const struct budget *b, short type, int place)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1 };

	return fcntl(b->fd, F_SETLK, &lock);
}

/* --- what was begun ------------------------------------------------------------------------- */
#define KINDS_BITS 3	/* of a word; the milliseconds stand above them */

static bool is_open(uint64_t word, long long now)
{
	return word != 0 && (long long)(word >> KINDS_BITS) + BEGUN_PATIENCE > now;
}

int budget_begin(struct budget *b, unsigned kinds, long long now)
{
	uint64_t word = (uint64_t)now << KINDS_BITS | kinds;

	for (int i = 0; i < BUDGET_BEGUN; i++) {
		uint64_t old = atomic_load(&b->page->begun[i]);

		if (!is_open(old, now) && atomic_compare_exchange_strong(&b->page->begun[i], &old, word))
			return i;
	}
	return -1;
}

void budget_answered(struct budget *b, int place)
{
	if (place >= 0)
		atomic_store(&b->page->begun[place], 0);
}

long budget_begun(struct budget *b, unsigned kind, long long now)
{
	long n = 0;

	for (size_t i = 0; i < BUDGET_BEGUN; i++) {
		uint64_t word = atomic_load(&b->page->begun[i]);

		n += is_open(word, now) && (word & kind) != 0;
	}
	return n;
}

bool budget_stream(struct budget *b)
{
	/* Not all at the same place first. */
	int first = (int)(getpid() % BUDGET_STREAMS);

	for (int i = 0; i < BUDGET_STREAMS && b->stream < 0; i++)
		if (set_lock(b, F_WRLCK, (first + i) % BUDGET_STREAMS) == 0)
			b->stream = (first + i) % BUDGET_STREAMS;
	return b->stream >= 0;
}

void budget_stream_end(struct budget *b)
{
	if (b->stream >= 0)
		(void)set_lock(b, F_UNLCK, b->stream);
	b->stream = -1;
}
