/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture - a program's standard output as bytes. */
#ifndef SAFEDOCKER_CAPTURE_H
#define SAFEDOCKER_CAPTURE_H

#include "common/buf.h"

/*
 * Runs argv[0], an absolute path, without input and without what it says on standard error, for a
 * minute at most. Returns its exit status, -1 where it did not come to one, or said more than
 * out->max bytes.
 */
int capture(char **argv, struct buf *out);

/* The same with what it says on standard error. */
int capture_all(char **argv, struct buf *out);

#endif
