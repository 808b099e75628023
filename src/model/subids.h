/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subids - the subordinate ids of a user, from texts of /etc/subuid's form and from safedocker's own
 * table. All sums are made in 64 bits, and whatever cannot be read refuses everything.
 *
 * Rules. A range has at least SUBIDS_LEAST ids and ends before the id 4294967295. It overlaps neither
 * another user's range nor safedocker's own area nor the id of an account or group of this machine.
 * safedocker's area overlaps nobody's range and no account. Its first SUBIDS_LEAST ids are the owners:
 * one for each user, never mapped into any container (who has the owner's id enters the namespace with
 * all capabilities). The blocks of SUBIDS_LEAST ids behind them go to users who have no range.
 */
#ifndef SAFEDOCKER_MODEL_SUBIDS_H
#define SAFEDOCKER_MODEL_SUBIDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

#define SUBIDS_LEAST 65536
/* Where no `[engine] subids` says otherwise: above what sssd and systemd give out by default. */
#define SUBIDS_AREA_START 2013265920U
#define SUBIDS_AREA_COUNT 67108864U

struct subids_range {
	uint32_t start, count;
};

/* Have the ranges of na and nb ids an id in common? */
static inline bool subids_overlap(uint64_t a, uint64_t na, uint64_t b, uint64_t nb)
{
	return a < b + nb && b < a + na;
}

/*
 * Of a text of subid(5)'s form, called `file` in errors: the first range of this user (by name or by
 * number) that is large enough. Returns 1 and sets *ret, 0 where the user has none, -1 where they have
 * only shorter ones, where a line is unreadable, where a range of anybody's overlaps the area, where
 * another's overlaps *ret, or where the number `id` lies in anybody's range or in the area.
 */
int subids_own(struct slice text, const char *file, const char *name, uid_t uid, uint32_t id,
	       struct subids_range area, struct subids_range *ret, struct error *reterr);

/* -1 where `range` (of `whose`) overlaps a range that stands in the text under another name. */
int subids_apart(struct slice text, const char *file, const char *name, uid_t uid,
		 struct subids_range range, struct error *reterr);

static inline bool subids_holds(struct subids_range range, uint64_t id)
{
	return id >= range.start && id - range.start < range.count;
}

/*
 * safedocker's table, of lines "owner UID ID" and "range UID START", kept by the runtime alone. Finds
 * this user's id or block; where there is none the next free one is taken, its line is added to
 * *added, and `text` and *added together are the new table. -1: table unreadable, area used up.
 */
int subids_owner(struct slice text, struct subids_range area, uid_t uid, uint32_t *ret,
		 struct buf *added, struct error *reterr);
int subids_block(struct slice text, struct subids_range area, uid_t uid, struct subids_range *ret,
		 struct buf *added, struct error *reterr);

/* "START, COUNT" of `[engine] subids`: at least two blocks. */
int subids_area(struct slice value, struct subids_range *ret, struct error *reterr);

#endif
