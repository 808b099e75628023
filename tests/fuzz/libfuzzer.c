/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libfuzzer - one target (FUZZ_TARGET) as libFuzzer calls it. */
#include <stdint.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	FUZZ_TARGET(slice_of((const char *)data, n));
	return 0;
}
