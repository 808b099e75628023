/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit - the suites, one for each layer. */
#ifndef SAFEDOCKER_UNIT_H
#define SAFEDOCKER_UNIT_H

#include <check.h>

/* Elements of a table. */
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *common_suite(void);
Suite *model_suite(void);
Suite *wire_suite(void);
Suite *sieve_suite(void);
Suite *recording_suite(void);
Suite *policy_suite(void);
Suite *docker_suite(void);
Suite *engine_suite(void);
Suite *inspect_suite(void);
Suite *mapped_suite(void);
Suite *value_suite(void);
Suite *budget_suite(void);
Suite *record_suite(void);
Suite *ticket_suite(void);
Suite *values_suite(void);

#endif
