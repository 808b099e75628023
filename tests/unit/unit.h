/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit - the suites, one for each layer. */
#ifndef SAFEDOCKER_UNIT_H
#define SAFEDOCKER_UNIT_H

#include <check.h>

Suite *common_suite(void);
Suite *model_suite(void);
Suite *wire_suite(void);
Suite *policy_suite(void);
Suite *docker_suite(void);

#endif
