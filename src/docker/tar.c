/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/tar.h"

#include <stdio.h>
#include <string.h>

/* Where the fields of a header stand, in bytes. */
enum { MODE = 100, UID = 108, GID = 116, SIZE = 124, MTIME = 136, SUM = 148, TYPE = 156, MAGIC = 257, BLOCK = 512 };

static void number(char *field, unsigned value)
{
	if (value <= 07777777) {
		(void)snprintf(field, 8, "%07o", value);
		return;
	}
	field[0] = (char)0x80;
	for (int i = 7; i > 3; i--, value >>= 8)
		field[i] = (char)(value & 0xff);
}

void tar_directory(struct buf *out, struct slice name, unsigned mode, uid_t uid, gid_t gid)
{
	char archive[TAR_DIRECTORY_LEN] = "";
	unsigned sum = 0;

	if (name.n == 0 || name.n > 98) {
		out->failed = true;
		return;
	}
	memcpy(archive, name.p, name.n);
	archive[name.n] = '/';
	number(archive + MODE, mode);
	number(archive + UID, uid);
	number(archive + GID, gid);
	memcpy(archive + SIZE, "00000000000", 11);
	memcpy(archive + MTIME, "00000000000", 11);
	/* The sum is taken with spaces in its own place. */
	memset(archive + SUM, ' ', 8);
	archive[TYPE] = '5';
	memcpy(archive + MAGIC, "ustar\00000", 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)archive[i];
	(void)snprintf(archive + SUM, 8, "%06o", sum);
	buf_add(out, archive, sizeof(archive));
}
