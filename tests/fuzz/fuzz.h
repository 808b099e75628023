/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - targets for libFuzzer, which tests/fuzz/replay runs over the seeds without it. A target takes any
 * bytes, twice the same way, and keeps nothing.
 */
#ifndef SAFEDOCKER_TESTS_FUZZ_H
#define SAFEDOCKER_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "common/slice.h"
#include "trial/trial.h"

#define TARGET(name) void fuzz_##name(struct slice in);
#include "target.def"

/* What must hold for any bytes. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, __LINE__, __func__, \
				      #condition); \
			abort(); \
		} \
	} while (0)

/* The first line taken off: a word that says what the rest is. */
struct slice fuzz_word(struct slice *in);

/*
 * Judges one request under policies from wide to narrow, and checks of what would be forwarded that it is
 * the request's own meaning and holds nothing that the policy has not allowed.
 */
void fuzz_request(struct slice bytes);

#endif
