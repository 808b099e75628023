/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tables - the parts of the program that writes the tables for people and shells (tables.c). */
#ifndef SAFEDOCKER_TABLES_H
#define SAFEDOCKER_TABLES_H

/* A line for each key of the policy (policy/key.def), as `tables words` has them. */
void tables_keys(void);

#endif
