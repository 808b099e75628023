/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the sum of a header stands, in bytes. */
#define SUM 148

/*
 * What engines recognise, from 20.10 to 29 (bzip2, gzip, xz, and since 23 zstd), and a little more
 * than that: gzip by two bytes for their three.
 */
static const struct magic {
	const char *bytes;
	size_t n;
	const char *name, *program;
} magics[] = {
	{ "\x1f\x8b", 2, "gzip", "gzip" },
	{ "BZh", 3, "bzip2", "bzip2" },
	{ "\xfd" "7zXZ\0", 6, "xz", "xz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zstd" },
};

/* A frame that zstd skips: 0x184D2A50 to 0x184D2A5F, the lowest byte first. */
static bool is_skippable(struct slice first)
{
	return first.n >= 4 && (first.p[0] & 0xf0) == 0x50 &&
		memcmp(first.p + 1, "\x2a\x4d\x18", 3) == 0;
}

/*
 * Octal digits, with spaces before them and anything but a digit behind; -1 where there are none.
 */
static long octal(const char *field, size_t n)
{
	long value = -1;
	size_t i = 0;

	while (i < n && field[i] == ' ')
		i++;
	for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
		value = (value < 0 ? 0 : value) * 8 + (field[i] - '0');
	return value;
}

/* Old programs took the sum of signed bytes: readers accept either. */
static bool is_sum_right(const char *header)
{
	long plain = 0, with_signs = 0, said = octal(header + SUM, 8);

	for (int i = 0; i < TAR_BLOCK; i++) {
		char c = i >= SUM && i < SUM + 8 ? ' ' : header[i];

		plain += (unsigned char)c;
		with_signs += (signed char)c;
	}
	return said >= 0 && (said == plain || said == with_signs);
}

static bool is_empty(struct slice block)
{
	for (size_t i = 0; i < block.n; i++)
		if (block.p[i] != '\0')
			return false;
	return true;
}

static int refuse_compressed(const char *name, const char *program, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "the archive is compressed with %s, or looks so to an "
			 "engine: some unpack it with the container's own programs, as root; send it "
			 "as plain tar (`%s -dc`)", name, program);
}

int tar_check_plain(struct slice first, struct error *reterr)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (first.n >= magics[i].n && memcmp(first.p, magics[i].bytes, magics[i].n) == 0)
			return refuse_compressed(magics[i].name, magics[i].program, reterr);
	if (is_skippable(first))
		return refuse_compressed("zstd", "zstd", reterr);
	if (first.n == 0)
		return 0;
	if (first.n < TAR_BLOCK ||
	    (!is_sum_right(first.p) && !is_empty(slice_of(first.p, TAR_BLOCK))))
		return error_set(reterr, ERR_SYNTAX, "the archive is not plain tar: its first %d "
				 "bytes are not a header of tar", TAR_BLOCK);
	return 0;
}
