/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tried - what together.sh tries together_run() with: `tried NAME…` has the cases of these names
 * between two that pass.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "together/together.h"

static int before;	/* cases of this process that ran before */

START_TEST(passes)
{
	before++;
}
END_TEST

START_TEST(fails)
{
	ck_abort_msg("it fails");
}
END_TEST

START_TEST(crashes)
{
	(void)raise(SIGSEGV);
}
END_TEST

START_TEST(ends)
{
	exit(0);
}
END_TEST

/* A state that another case leaves: seen in one process alone. */
START_TEST(minds)
{
	ck_assert_msg(before == 0, "it minds the others");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("tried");
	TCase *tcase = tcase_create("cases");
	SRunner *runner;
	int status;

	tcase_add_test(tcase, passes);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "fails") == 0)
			tcase_add_test(tcase, fails);
		else if (strcmp(argv[i], "crashes") == 0)
			tcase_add_test(tcase, crashes);
		else if (strcmp(argv[i], "ends") == 0)
			tcase_add_test(tcase, ends);
		else if (strcmp(argv[i], "minds") == 0)
			tcase_add_test(tcase, minds);
		else
			return 99;
	}
	tcase_add_test(tcase, passes);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	status = together_run(runner);
	srunner_free(runner);
	return status;
}
