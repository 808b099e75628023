/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tar - an archive of one directory, as POSIX.1-1988 (ustar) has it. */
#ifndef SAFEDOCKER_TAR_H
#define SAFEDOCKER_TAR_H

#include <sys/types.h>

#include "common/buf.h"

#define TAR_DIRECTORY_LEN (3 * 512)	/* its header, and the two empty blocks of the end */

/*
 * Adds the archive. Numbers too large for seven octal digits take GNU's base-256 form. A name of
 * more than 98 bytes marks out as failed.
 */
void tar_directory(struct buf *out, struct slice name, unsigned mode, uid_t uid, gid_t gid);

#endif
