/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/idmap.h"
#include "model/subids.h"

#define ID_END 4294967295ULL	/* the first number that is not an id */

int idmap_add(struct idmap *map, uint64_t inside, uint64_t outside, uint64_t count, struct error *reterr)
{
	if (count == 0)
		return 0;
	if (count > ID_END || inside > ID_END - count || outside > ID_END - count)
		return error_set(reterr, ERR_LIMIT, "a range of ids ends beyond the last id");
	if (map->n == IDMAP_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d ranges of ids (too many groups?)",
				 IDMAP_MAX);
	for (size_t i = 0; i < map->n; i++)
		if (subids_overlap(inside, count, map->range[i].inside, map->range[i].count) ||
		    subids_overlap(outside, count, map->range[i].outside, map->range[i].count))
			return error_set(reterr, ERR_DENIED, "ranges of ids overlap");
	map->range[map->n++] = (struct idmap_range){
		(uint32_t)inside, (uint32_t)outside, (uint32_t)count };
	return 0;
}

int idmap_make(struct idmap *ret, uint32_t main, uint32_t caller, uint32_t start, uint32_t count,
	       const uint32_t *extra, size_t n_extra, struct error *reterr)
{
	uint64_t before = main < count ? main : count, next;
	uint32_t known;

	ret->n = 0;
	if (idmap_add(ret, 0, start, before, reterr) < 0 ||
	    idmap_add(ret, main, caller, 1, reterr) < 0 ||
	    idmap_add(ret, (uint64_t)main + 1, start + before, count - before, reterr) < 0)
		return -1;
	next = before < main ? (uint64_t)main + 1 : (uint64_t)count + 1;
	for (size_t i = 0; i < n_extra; i++) {
		if (idmap_inside(ret, extra[i], &known))
			continue;
		if (idmap_add(ret, next, extra[i], 1, reterr) < 0)
			return -1;
		next++;
	}
	return 0;
}

bool idmap_outside(const struct idmap *map, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_range *r = &map->range[i];

		if (inside >= r->inside && inside - r->inside < r->count) {
			*ret = r->outside + (inside - r->inside);
			return true;
		}
	}
	return false;
}

bool idmap_inside(const struct idmap *map, uint32_t outside, uint32_t *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_range *r = &map->range[i];

		if (outside >= r->outside && outside - r->outside < r->count) {
			*ret = r->inside + (outside - r->outside);
			return true;
		}
	}
	return false;
}

void idmap_text(const struct idmap *map, struct buf *ret)
{
	for (size_t i = 0; i < map->n; i++)
		buf_addf(ret, "%u %u %u\n", map->range[i].inside, map->range[i].outside,
			 map->range[i].count);
}

int idmap_parse(struct slice text, struct idmap *ret, struct error *reterr)
{
	ret->n = 0;
	while (text.n > 0) {
		struct slice line = slice_take(&text, '\n');
		unsigned long long number[3];

		for (size_t i = 0; i < 3; i++) {
			/* The kernel fills its columns with spaces. */
			line = slice_trim(line);
			if (slice_to_u64(slice_take(&line, ' '), ID_END, &number[i]) < 0)
				return error_set(reterr, ERR_SYNTAX, "an id map of the kernel's is unreadable");
		}
		if (line.n != 0)
			return error_set(reterr, ERR_SYNTAX, "an id map of the kernel's is unreadable");
		if (idmap_add(ret, number[0], number[1], number[2], reterr) < 0)
			return -1;
	}
	return 0;
}

json_t *idmap_json(const struct idmap *map)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < map->n; i++) {
		json_t *range = json_pack("{s:I, s:I, s:I}",
					  "containerID", (json_int_t)map->range[i].inside,
					  "hostID", (json_int_t)map->range[i].outside,
					  "size", (json_int_t)map->range[i].count);

		if (range == NULL || json_array_append_new(list, range) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int idmap_from_json(const json_t *list, struct idmap *ret, struct error *reterr)
{
	ret->n = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_int_t inside, outside, count;

		if (json_unpack(json_array_get(list, i), "{s:I, s:I, s:I !}", "containerID", &inside,
				"hostID", &outside, "size", &count) < 0 ||
		    inside < 0 || outside < 0 || count <= 0)
			return error_set(reterr, ERR_SYNTAX, "an id map of the bundle is unreadable");
		if (idmap_add(ret, (uint64_t)inside, (uint64_t)outside, (uint64_t)count, reterr) < 0)
			return -1;
	}
	return 0;
}
