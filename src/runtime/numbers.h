/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numbers - the engine writes unlimited rlimits as 18446744073709551615, which jansson does not take for an
 * integer and a real number would not keep. So integers of NUMBERS_DIGITS digits and more pass through as
 * strings that begin with a control character, and come out as they were.
 */
#ifndef SAFEDOCKER_RUNTIME_NUMBERS_H
#define SAFEDOCKER_RUNTIME_NUMBERS_H

#include "common/buf.h"
#include "common/slice.h"

#define NUMBERS_DIGITS 19

/* From JSON text to JSON text; both leave everything else as it is, byte for byte. */
void numbers_protect(struct slice json, struct buf *ret);
void numbers_restore(struct slice json, struct buf *ret);

#endif
