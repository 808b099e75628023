/* SPDX-License-Identifier: GPL-2.0-or-later */
/* learn - the smallest rule that would have allowed what the record shows of one user. */
#ifndef SAFEDOCKER_LEARN_H
#define SAFEDOCKER_LEARN_H

/* USER [--since T] [--file RECORD]; an exit status. */
int learn(int argc, char **argv);

#endif
