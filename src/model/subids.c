/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/subids.h"

#include <string.h>

#define ID_END 4294967295ULL

struct line {
	bool mine;
	uint64_t start, count;
};

/* The next line that says something: 1, or 0 at the end, or -1. */
static int next_line(struct slice *text, unsigned *number, const char *file, const char *name,
		     uid_t uid, struct line *ret, struct error *reterr)
{
	while (text->n > 0) {
		struct slice line = slice_trim(slice_take(text, '\n')), who;
		unsigned long long start, count, own;

		++*number;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		who = slice_take(&line, ':');
		if (who.n == 0 || slice_to_u64(slice_take(&line, ':'), ID_END - 1, &start) < 0 ||
		    slice_to_u64(line, ID_END, &count) < 0 || start + count > ID_END)
			return error_set(reterr, ERR_SYNTAX, "line %u of %s is unreadable or leads beyond "
					 "the last id (expected NAME:START:COUNT)", *number, file);
		*ret = (struct line){ .start = start, .count = count };
		ret->mine = slice_is(who, name) || (slice_to_u64(who, ID_END, &own) == 0 && own == uid);
		return 1;
	}
	return 0;
}

int subids_own(struct slice text, const char *file, const char *name, uid_t uid, uint32_t id,
	       struct subids_range area, struct subids_range *ret, struct error *reterr)
{
	struct slice rest = text;
	unsigned number = 0;
	struct line line;
	bool any = false, found = false;
	int more;

	/* An account of a directory service's may have any number: that of a namespace's owner. */
	if (subids_holds(area, id))
		return error_set(reterr, ERR_DENIED, "the id %u of %s lies in safedocker's own ids "
				 "%u to %u (see [engine] subids)", id, name, area.start,
				 area.start + area.count - 1);
	while ((more = next_line(&rest, &number, file, name, uid, &line, reterr)) > 0) {
		if (subids_overlap(line.start, line.count, id, 1))
			return error_set(reterr, ERR_DENIED, "the id %u lies in a range of %s (line %u): "
					 "it cannot be told from a subordinate id", id, file, number);
		if (subids_overlap(line.start, line.count, area.start, area.count))
			return error_set(reterr, ERR_DENIED, "line %u of %s overlaps safedocker's own ids "
					 "%u to %u (see [engine] subids)", number, file, area.start,
					 area.start + area.count - 1);
		any |= line.mine;
		if (line.mine && !found && line.count >= SUBIDS_LEAST) {
			*ret = (struct subids_range){ (uint32_t)line.start, (uint32_t)line.count };
			found = true;
		}
	}
	if (more < 0)
		return -1;
	if (any && !found)
		return error_set(reterr, ERR_DENIED, "the range of %s in %s is shorter than %d ids",
				 name, file, SUBIDS_LEAST);
	if (found && subids_apart(text, file, name, uid, *ret, reterr) < 0)
		return -1;
	return found ? 1 : 0;
}

int subids_apart(struct slice text, const char *file, const char *name, uid_t uid,
		 struct subids_range range, struct error *reterr)
{
	unsigned number = 0;
	struct line line;
	int more;

	while ((more = next_line(&text, &number, file, name, uid, &line, reterr)) > 0)
		if (!line.mine && subids_overlap(line.start, line.count, range.start, range.count))
			return error_set(reterr, ERR_DENIED, "the subordinate ids of %s overlap those of "
					 "line %u of %s", name, number, file);
	return more;
}

/* --- safedocker's own table ------------------------------------------------------- */

/*
 * The value for `uid` of the lines of this kind, or the first free one: multiples of `step` from
 * `from` on, below `end`.
 */
static int table_value(struct slice text, const char *kind, uid_t uid, struct subids_range area,
		       uint64_t from, uint64_t step, uint64_t end, uint32_t *ret,
		       struct buf *added, struct error *reterr)
{
	const struct slice whole = text;
	uint64_t next = from;

	while (text.n > 0) {
		struct slice line = slice_take(&text, '\n');
		struct slice what = slice_take(&line, ' ');
		unsigned long long who, value;

		if (slice_to_u64(slice_take(&line, ' '), ID_END, &who) < 0 ||
		    slice_to_u64(line, ID_END, &value) < 0 ||
		    (!slice_is(what, "owner") && !slice_is(what, "range")))
			return error_set(reterr, ERR_SYNTAX, "the table of subordinate ids is unreadable");
		if (!slice_is(what, kind))
			continue;
		if (!subids_holds(area, value))
			return error_set(reterr, ERR_DENIED, "the table of subordinate ids does not fit to "
					 "[engine] subids: %llu is not one of them", value);
		if (who == uid) {
			*ret = (uint32_t)value;
			return 0;
		}
		if (value >= next)
			next = value + step;
	}
	if (whole.n > 0 && whole.p[whole.n - 1] != '\n')
		return error_set(reterr, ERR_SYNTAX, "the table of subordinate ids has no end");
	if (next + step > end)
		return error_set(reterr, ERR_LIMIT, "safedocker's own subordinate ids are used up "
				 "(see [engine] subids)");
	buf_addf(added, "%s %u %llu\n", kind, uid, (unsigned long long)next);
	*ret = (uint32_t)next;
	return 0;
}

int subids_owner(struct slice text, struct subids_range area, uid_t uid, uint32_t *ret,
		 struct buf *added, struct error *reterr)
{
	return table_value(text, "owner", uid, area, area.start, 1,
			   (uint64_t)area.start + SUBIDS_LEAST, ret, added, reterr);
}

int subids_block(struct slice text, struct subids_range area, uid_t uid, struct subids_range *ret,
		 struct buf *added, struct error *reterr)
{
	ret->count = SUBIDS_LEAST;
	return table_value(text, "range", uid, area, (uint64_t)area.start + SUBIDS_LEAST, SUBIDS_LEAST,
			   (uint64_t)area.start + area.count, &ret->start, added, reterr);
}

int subids_area(struct slice value, struct subids_range *ret, struct error *reterr)
{
	unsigned long long start, count;

	if (slice_to_u64(slice_trim(slice_take(&value, ',')), ID_END - 1, &start) < 0 ||
	    slice_to_u64(slice_trim(value), ID_END, &count) < 0 ||
	    start < SUBIDS_LEAST || count < 2 * SUBIDS_LEAST || start + count > ID_END)
		return error_set(reterr, ERR_SYNTAX, "invalid value for [engine] subids (expected START, "
				 "COUNT; at least %d ids from %d on)", 2 * SUBIDS_LEAST, SUBIDS_LEAST);
	*ret = (struct subids_range){ (uint32_t)start, (uint32_t)count };
	return 0;
}
