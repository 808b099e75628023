/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tar - is what somebody sends an archive (POSIX.1-1988, ustar), as it stands? Pure. */
#ifndef SAFEDOCKER_TAR_H
#define SAFEDOCKER_TAR_H

#include "common/buf.h"
#include "common/error.h"

#define TAR_BLOCK 512
/*
 * Is a body, of which these are the first bytes (TAR_BLOCK of them; fewer only where that is all),
 * an archive that an engine unpacks without a program that decompresses it? Engines go by the first
 * bytes, and some run the container's own xz, as root. So it must begin with a header whose sum is
 * right, or with an empty block; a body without a byte is an empty archive. A header is refused as
 * well, however right, if its first bytes, the name, are what an engine takes for compressed. -1:
 * ERR_DENIED for what is compressed, ERR_SYNTAX for anything else.
 */
int tar_check_plain(struct slice first, struct error *reterr);

#endif
