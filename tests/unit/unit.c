/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "together/together.h"
#include "unit.h"

int main(void)
{
	SRunner *runner = srunner_create(common_suite());
	int failed;

	srunner_add_suite(runner, model_suite());
	srunner_add_suite(runner, wire_suite());
	srunner_add_suite(runner, sieve_suite());
	srunner_add_suite(runner, recording_suite());
	srunner_add_suite(runner, engine_suite());
	srunner_add_suite(runner, policy_suite());
	srunner_add_suite(runner, docker_suite());
	srunner_add_suite(runner, inspect_suite());
	srunner_add_suite(runner, mapped_suite());
	srunner_add_suite(runner, value_suite());
	srunner_add_suite(runner, budget_suite());
	srunner_add_suite(runner, record_suite());
	srunner_add_suite(runner, ticket_suite());
	srunner_add_suite(runner, values_suite());
	failed = together_run(runner);
	srunner_free(runner);
	return failed;
}
