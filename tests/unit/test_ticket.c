/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setgid/ticket.h"

static char place[64];
static const struct terminal here = { .device = 34817, .session = 100, .leader_start = 5000 };

/* A directory of the test's own in the place of the one that only the group may pass. */
static struct ticket fresh(void)
{
	struct ticket t = { .terminal = &here, .boot = "6233e08f-0fd2", .rule = "debug" };

	(void)snprintf(place, sizeof(place), "/tmp/safedocker-ticket.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place));
	t.dir = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(t.dir, 0);
	return t;
}

static void done(struct ticket *t)
{
	ck_assert_int_eq(ticket_forget(t->dir), 0);
	(void)close(t->dir);
	ck_assert_int_eq(rmdir(place), 0);
}

/* The file as root would change it behind everybody's back. */
static FILE *open_own(const char *mode)
{
	char path[96];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%u", place, (unsigned)getuid());
	f = fopen(path, mode);
	ck_assert_ptr_nonnull(f);
	(void)fchmod(fileno(f), 0600);
	return f;
}

static void write_own(const char *text)
{
	FILE *f = open_own("w");

	ck_assert_int_ge(fputs(text, f), 0);
	(void)fclose(f);
}

START_TEST(one_command)
{
	struct ticket t = fresh();

	ck_assert_int_eq(ticket_take(&t, 0), TICKET_NONE);
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert(!ticket_holds(&t, 900));
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_PASSWORD);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_NONE);
	/* Not though the policy remembers from then on: nothing was. */
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_NONE);
	/* Two commands that were each proved are two. */
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert_int_eq(ticket_leave(&t, TICKET_ACCOUNT), 0);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_ACCOUNT);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_PASSWORD);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_NONE);
	done(&t);
}
END_TEST

START_TEST(remembered)
{
	struct ticket t = fresh();

	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_PASSWORD);
	ck_assert(ticket_holds(&t, 900));
	ck_assert(!ticket_holds(&t, 0));
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_REMEMBERED);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_REMEMBERED);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_NONE);
	/* An account without a password has given none that could be remembered. */
	ck_assert_int_eq(ticket_forget(t.dir), 0);
	ck_assert_int_eq(ticket_leave(&t, TICKET_ACCOUNT), 0);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_ACCOUNT);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_NONE);
	done(&t);
}
END_TEST

START_TEST(another)
{
	static const struct terminal others[] = {
		{ .device = 34818, .session = 100, .leader_start = 5000 },
		{ .device = 34817, .session = 101, .leader_start = 5000 },
		{ .device = 34817, .session = 100, .leader_start = 5001 },
	};
	struct ticket t = fresh(), other = t;

	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	for (int i = 0; i < COUNT(others); i++) {
		other.terminal = &others[i];
		ck_assert_int_eq(ticket_take(&other, 900), TICKET_NONE);
	}
	other = t;
	other.rule = "debu";
	ck_assert_int_eq(ticket_take(&other, 900), TICKET_NONE);
	other.rule = "debug ";
	ck_assert_int_eq(ticket_take(&other, 900), TICKET_NONE);
	other = t;
	other.boot = "6233e08f-0fd3";
	ck_assert_int_eq(ticket_take(&other, 900), TICKET_NONE);
	other.boot = "";
	ck_assert_int_eq(ticket_leave(&other, TICKET_PASSWORD), -1);
	ck_assert_int_eq(ticket_take(&other, 900), TICKET_NONE);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_PASSWORD);
	done(&t);
}
END_TEST

/* Without a terminal, or a session that can be told from a later one, nothing is remembered. */
START_TEST(nowhere)
{
	static const struct terminal none = { .session = 100, .leader_start = 5000 }, headless = { .device = 34817, .session = 100 },
		no_session = { .device = 34817 };
	struct ticket t = fresh();

	t.terminal = &none;
	ck_assert_int_eq(ticket_leave(&t, TICKET_ACCOUNT), 0);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_ACCOUNT);
	t.terminal = &headless;
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_PASSWORD);
	ck_assert_int_eq(ticket_take(&t, 900), TICKET_NONE);
	ck_assert(!ticket_holds(&t, 900));
	t.terminal = &no_session;
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), -1);
	t.terminal = &here;
	done(&t);
}
END_TEST

#define KEY "6233e08f-0fd2 34817 100 5000 debug "

START_TEST(bent)
{
	static const char *const texts[] = {
		KEY "password 1\n", KEY "remembered 1\n", KEY "password 99999999999999\n", KEY "password -1\n",
		KEY "password \n", KEY "password\n", KEY "passwor 1\n", KEY "\n", KEY, "\n\n", "password 1\n",
		KEY "none 1\n", KEY " 1\n", KEY "passwordx 1\n",
	};
	char text[256], line[64];
	struct timespec now;
	struct ticket t = fresh();

	/* So that this long ago is before the boot nowhere. */
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	for (int i = now.tv_sec > 31 ? 0 : 2; i < COUNT(texts); i++) {
		write_own(texts[i]);
		ck_assert_msg(ticket_take(&t, 30) == TICKET_NONE, "%s", texts[i]);
		ck_assert_msg(!ticket_holds(&t, 30), "%s", texts[i]);
	}
	/* What is well made holds: as a fresh one, and as one that is remembered. */
	(void)snprintf(line, sizeof(line), " %lld\n", (long long)now.tv_sec * 1000);
	(void)snprintf(text, sizeof(text), KEY "remembered%s" KEY "password%s", line, line);
	write_own(text);
	ck_assert(ticket_holds(&t, 30));
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_PASSWORD);
	/* But not in a file that others could have written. */
	write_own(text);
	{
		FILE *f = open_own("a");

		(void)fchmod(fileno(f), 0660);
		(void)fclose(f);
	}
	ck_assert(!ticket_holds(&t, 30));
	ck_assert_int_eq(ticket_take(&t, 30), TICKET_NONE);
	/* It gives way to a new one. */
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_PASSWORD);
	ck_assert_int_eq(ticket_take(&t, 30), TICKET_NONE);
	done(&t);
}
END_TEST

START_TEST(linked)
{
	char path[96], elsewhere[96];
	struct ticket t = fresh();

	(void)snprintf(path, sizeof(path), "%s/%u", place, (unsigned)getuid());
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/x", place);
	ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	ck_assert_int_eq(rename(path, elsewhere), 0);
	ck_assert_int_eq(symlink("x", path), 0);
	ck_assert_int_eq(ticket_take(&t, 30), TICKET_NONE);
	(void)unlink(path);
	ck_assert_int_eq(link(elsewhere, path), 0);
	ck_assert_int_eq(ticket_take(&t, 30), TICKET_NONE);
	(void)unlink(elsewhere);
	ck_assert_int_eq(ticket_take(&t, 30), TICKET_PASSWORD);
	done(&t);
}
END_TEST

/* However many helpers reach for it at the same time, one gets it; and however many are left, each is there. */
START_TEST(at_once)
{
	enum { PROCESSES = 8 };
	struct ticket t = fresh();
	int got = 0, status;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < PROCESSES; i++)
			if (fork() == 0)
				_exit(ticket_leave(&t, TICKET_PASSWORD) == 0 ? 0 : 1);
		for (int i = 0; i < PROCESSES; i++) {
			ck_assert_int_gt(wait(&status), 0);
			ck_assert_int_eq(status, 0);
		}
		for (int i = 0; i < 2 * PROCESSES; i++)
			if (fork() == 0)
				_exit(ticket_take(&t, 0) == TICKET_PASSWORD ? 1 : 0);
		for (int i = 0; i < 2 * PROCESSES; i++) {
			ck_assert_int_gt(wait(&status), 0);
			got += WEXITSTATUS(status);
		}
		ck_assert_int_eq(got, (round + 1) * PROCESSES);
	}
	done(&t);
}
END_TEST

/* The file stays small, whatever is left in it and not taken. */
START_TEST(many)
{
	char path[96];
	struct stat st;
	struct ticket t = fresh();

	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(ticket_leave(&t, TICKET_PASSWORD), 0);
	(void)snprintf(path, sizeof(path), "%s/%u", place, (unsigned)getuid());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, 16 * 1024);
	ck_assert_int_eq(ticket_take(&t, 0), TICKET_PASSWORD);
	done(&t);
}
END_TEST

Suite *ticket_suite(void)
{
	Suite *suite = suite_create("ticket");
	TCase *tcase = tcase_create("ticket");

	tcase_add_test(tcase, one_command);
	tcase_add_test(tcase, remembered);
	tcase_add_test(tcase, another);
	tcase_add_test(tcase, nowhere);
	tcase_add_test(tcase, bent);
	tcase_add_test(tcase, linked);
	tcase_add_test(tcase, at_once);
	tcase_add_test(tcase, many);
	suite_add_tcase(suite, tcase);
	return suite;
}
