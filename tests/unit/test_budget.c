/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setgid/budget.h"
#include "setgid/patience.h"

#define MINUTE 60000LL
#define DAY (24 * 60 * MINUTE)
#define NOW (1000 * MINUTE + 500)

/* A file without a name, as a second helper of the same user would open it. */
static struct budget fresh(void)
{
	struct error why = { 0 };
	struct budget b;
	int fd = memfd_create("budget", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(budget_map(&b, fd, &why), 0);
	return b;
}

static unsigned take(struct budget *b, long long now, unsigned times)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < times; i++)
		taken += budget_take_refusal(b, now);
	return taken;
}

START_TEST(refusals)
{
	struct budget b = fresh();
	uint64_t mark;

	ck_assert_uint_eq(take(&b, NOW, BUDGET_REFUSALS), BUDGET_REFUSALS);
	ck_assert_uint_eq(budget_unreported(&b, NOW, &mark), 0);
	ck_assert_uint_eq(take(&b, NOW, 40), 0);
	/* Another minute is another budget; what was counted before is told once. */
	ck_assert_uint_eq(take(&b, NOW + MINUTE, 2), 2);
	ck_assert_uint_eq(budget_unreported(&b, NOW + MINUTE, &mark), 40);
	ck_assert_uint_eq(budget_unreported(&b, NOW + MINUTE, &(uint64_t){ 0 }), 0);
	budget_reported(&b, mark);
	ck_assert_uint_eq(budget_unreported(&b, NOW + 2 * MINUTE, &mark), 0);
	/* Who is killed before the record is there leaves it to the next minute. */
	budget_count_refusal(&b);
	ck_assert_uint_eq(budget_unreported(&b, NOW + 3 * MINUTE, &mark), 1);
	ck_assert_uint_eq(budget_unreported(&b, NOW + 4 * MINUTE, &mark), 1);
	budget_reported(&b, mark);
	/* And who comes late with an old one takes nothing back. */
	budget_reported(&b, mark - 1);
	ck_assert_uint_eq(budget_unreported(&b, NOW + 5 * MINUTE, &mark), 0);
}
END_TEST

/* A process that was stopped for an hour brings the time that it had read before. */
START_TEST(old_time)
{
	struct budget b = fresh();

	ck_assert_uint_eq(take(&b, NOW + 60 * MINUTE, 1000), BUDGET_REFUSALS);
	ck_assert_uint_eq(take(&b, NOW, 1000), 0);
	ck_assert_uint_eq(take(&b, NOW + 60 * MINUTE, 1000), 0);
	ck_assert(budget_take_bytes(&b, NOW + DAY, 10, 10));
	ck_assert(!budget_take_bytes(&b, NOW, 1, 10));
	ck_assert(!budget_take_bytes(&b, NOW + DAY, 1, 10));
	ck_assert(budget_tell_day(&b, NOW + DAY));
	ck_assert(!budget_tell_day(&b, NOW));
}
END_TEST

START_TEST(bytes)
{
	struct budget b = fresh();

	ck_assert(budget_take_bytes(&b, NOW, 900, 1000));
	ck_assert(!budget_take_bytes(&b, NOW, 101, 1000));
	ck_assert(budget_take_bytes(&b, NOW, 100, 1000));
	ck_assert(!budget_take_bytes(&b, NOW, 1, 1000));
	ck_assert(!budget_take_bytes(&b, NOW, 1, 0));
	ck_assert(budget_tell_day(&b, NOW));
	ck_assert(!budget_tell_day(&b, NOW + MINUTE));
	/* What has begun is written to its end. */
	budget_spend_bytes(&b, NOW, 5000);
	ck_assert(!budget_take_bytes(&b, NOW, 1, 1000));
	ck_assert(budget_take_bytes(&b, NOW + DAY, 1000, 1000));
	ck_assert(!budget_take_bytes(&b, NOW + DAY, 1, 1000));
	ck_assert(budget_tell_day(&b, NOW + DAY));
	ck_assert(!budget_take_bytes(&b, NOW + 2 * DAY, SIZE_MAX, 1000));
	ck_assert(!budget_take_bytes(&b, NOW + 2 * DAY, SIZE_MAX, UINT64_MAX));
}
END_TEST

/* Many processes at once take exactly as much as one could. */
START_TEST(at_once)
{
	struct budget b = fresh();
	unsigned taken = 0;
	int status;

	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			_exit((int)take(&b, NOW, 1000));
	}
	while (wait(&status) > 0)
		taken += (unsigned)WEXITSTATUS(status);
	ck_assert_uint_eq(taken, BUDGET_REFUSALS);
	ck_assert_uint_eq(budget_unreported(&b, NOW, &(uint64_t){ 0 }), 8000 - BUDGET_REFUSALS);
}
END_TEST

/* Ended or stopped at any instruction, nobody is held up, and nothing is left behind. */
START_TEST(killed)
{
	struct budget b = fresh();
	pid_t pids[20];

	for (int i = 0; i < 20; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		while (pids[i] == 0) {
			(void)take(&b, NOW, 10);
			(void)budget_take_bytes(&b, NOW, 1, 1 << 30);
			(void)budget_stream(&b);
			budget_stream_end(&b);
		}
	}
	for (int i = 0; i < 20; i++) {
		ck_assert_uint_eq(take(&b, NOW + (i + 1) * MINUTE, 10), 10);
		(void)kill(pids[i], i % 2 == 0 ? SIGKILL : SIGSTOP);
	}
	ck_assert_uint_eq(take(&b, NOW + 30 * MINUTE, 1000), BUDGET_REFUSALS);
	ck_assert(budget_take_bytes(&b, NOW, 1, 1 << 30));
	for (int i = 0; i < 20; i++)
		(void)kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}
END_TEST

/* Takes a place, tells so, and keeps it until it is ended. */
static pid_t hold(struct budget *b, int told)
{
	pid_t pid = fork();
	char got;

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	got = budget_stream(b) ? 'y' : 'n';
	if (write(told, &got, 1) != 1)
		_exit(1);
	(void)pause();
	_exit(0);
}

START_TEST(streams)
{
	struct budget b = fresh();
	pid_t pids[BUDGET_STREAMS + 3];
	int ends[2], n = 0;
	char got;

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < BUDGET_STREAMS + 2; i++) {
		pids[n++] = hold(&b, ends[1]);
		ck_assert_int_eq(read(ends[0], &got, 1), 1);
		ck_assert_int_eq(got, i < BUDGET_STREAMS ? 'y' : 'n');
	}
	/* The end of a process, however it comes, gives its place back. */
	(void)kill(pids[5], SIGKILL);
	ck_assert_int_eq(waitpid(pids[5], NULL, 0), pids[5]);
	pids[5] = hold(&b, ends[1]);
	ck_assert_int_eq(read(ends[0], &got, 1), 1);
	ck_assert_int_eq(got, 'y');
	for (int i = 0; i < n; i++)
		(void)kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	/* A process that has one takes no second, and can give it back. */
	ck_assert(budget_stream(&b) && budget_stream(&b));
	budget_stream_end(&b);
	ck_assert_int_eq(b.stream, -1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

START_TEST(files)
{
	struct error why = { 0 };
	struct budget a = fresh(), b;
	int fd = memfd_create("long", MFD_CLOEXEC), ends[2];

	/* What is opened a second time is the same budget. */
	ck_assert_int_eq(budget_map(&b, dup(a.fd), &why), 0);
	ck_assert_uint_eq(take(&a, NOW, 50) + take(&b, NOW, 50), BUDGET_REFUSALS);
	/* One that was torn when it was made is made whole, and keeps what it counted. */
	ck_assert_int_eq(ftruncate(a.fd, 100), 0);
	ck_assert_int_eq(budget_map(&b, dup(a.fd), &why), 0);
	ck_assert_uint_eq(take(&b, NOW, 1), 0);
	ck_assert_int_eq(ftruncate(fd, BUDGET_SIZE + 1), 0);
	ck_assert_int_eq(budget_map(&b, fd, &why), -1);
	ck_assert_int_eq(b.fd, -1);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(budget_map(&b, ends[0], &why), -1);
}
END_TEST

/* What has no answer counts for a minute, however its process ended; what has one does not. */
START_TEST(begun)
{
	struct budget b = fresh(), other;
	struct error why = { 0 };
	int first, second;

	ck_assert_int_eq(budget_map(&other, b.fd, &why), 0);
	ck_assert_int_eq(budget_begun(&b, BUDGET_CONTAINERS, 1000), 0);
	first = budget_begin(&b, BUDGET_CONTAINERS | BUDGET_NETWORKS, 1000);
	second = budget_begin(&other, BUDGET_CONTAINERS, 1001);
	ck_assert_int_ge(first, 0);
	ck_assert_int_ge(second, 0);
	ck_assert_int_ne(first, second);
	ck_assert_int_eq(budget_begun(&other, BUDGET_CONTAINERS, 1002), 2);
	ck_assert_int_eq(budget_begun(&other, BUDGET_NETWORKS, 1002), 1);
	ck_assert_int_eq(budget_begun(&other, BUDGET_VOLUMES, 1002), 0);
	budget_answered(&b, first);
	budget_answered(&b, -1);
	ck_assert_int_eq(budget_begun(&other, BUDGET_CONTAINERS, 1002), 1);
	ck_assert_int_eq(budget_begun(&b, BUDGET_CONTAINERS, 1000 + BEGUN_PATIENCE), 1);
	ck_assert_int_eq(budget_begun(&b, BUDGET_CONTAINERS, 1001 + BEGUN_PATIENCE), 0);
	/* A place whose time is over is taken again; when all are taken there is none. */
	for (int i = 0; i < BUDGET_BEGUN; i++)
		ck_assert_int_ge(budget_begin(&b, BUDGET_VOLUMES, 1001 + BEGUN_PATIENCE), 0);
	ck_assert_int_eq(budget_begin(&other, BUDGET_VOLUMES, 1001 + BEGUN_PATIENCE), -1);
}
END_TEST

Suite *budget_suite(void)
{
	Suite *suite = suite_create("budget");
	TCase *tcase = tcase_create("budget");

	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, old_time);
	tcase_add_test(tcase, bytes);
	tcase_add_test(tcase, at_once);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, begun);
	tcase_add_test(tcase, streams);
	tcase_add_test(tcase, files);
	suite_add_tcase(suite, tcase);
	return suite;
}
