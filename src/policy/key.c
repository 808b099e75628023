/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/key.h"

#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "model/subids.h"
#include "policy/pattern.h"
#include "policy/section.h"

#define BOOT_ID 36	/* characters of a boot's id */

static const struct {
	const char *name;
	unsigned sections;
	const char *expected;
} keys[KEY_MAX] = {
#define LIST(id, name, sections, member, meaning) [KEY_##id] = { name, sections, "" },
#define ONE(id, name, sections, kind, member, unless, low, high, expected, meaning) \
	[KEY_##id] = { name, sections, expected },
#include "policy/key.def"
};

enum policy_key key_by_name(const char *name, enum section_kind kind)
{
	for (int k = KEY_NONE + 1; k < KEY_MAX; k++)
		if ((keys[k].sections & (unsigned)kind) != 0 && strcmp(keys[k].name, name) == 0)
			return (enum policy_key)k;
	return KEY_NONE;
}

const char *key_name(enum policy_key key)
{
	return keys[key].name;
}

const char *key_expected(enum policy_key key)
{
	return keys[key].expected;
}

const char *key_names(enum section_kind kind, char *ret, size_t size)
{
	int last = KEY_NONE;
	size_t n = 0;

	ret[0] = '\0';
	for (int k = KEY_NONE + 1; k < KEY_MAX; k++)
		if ((keys[k].sections & (unsigned)kind) != 0)
			last = k;
	for (int k = KEY_NONE + 1; k < KEY_MAX && n < size; k++) {
		const char *before = n == 0 ? "" : k == last ? " or " : ", ";

		if ((keys[k].sections & (unsigned)kind) != 0)
			n += (size_t)snprintf(ret + n, size - n, "%s%s", before, keys[k].name);
	}
	return ret;
}

/* --- readers, one for each kind of value ------------------------------------------------- */
struct given {
	const char *text;
	enum section_kind kind;		/* of the section in which it stands */
	long long low, high;
};

/* Where one of a few words is meant: its index, -1 for none. `words` ends with NULL. */
static int one_of(const struct given *g, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(g->text, words[i]) == 0)
			return i;
	return -1;
}

static int read_number(const struct given *g, key_number *ret)
{
	unsigned long long n;

	if (slice_to_u64(slice_str(g->text), (unsigned long long)g->high, &n) < 0 ||
	    (long long)n < g->low)
		return -1;
	*ret = (long long)n;
	return 0;
}

static int read_count(const struct given *g, key_count *ret)
{
	long long n;

	if (read_number(g, &n) < 0)
		return -1;
	*ret = (long)n;
	return 0;
}

static int read_bytes(const struct given *g, key_bytes *ret)
{
	if (pattern_number(VALUE_BYTES, g->text, ret) < 0)
		return -1;
	return *ret >= g->low && *ret <= g->high ? 0 : -1;
}

static int read_seconds(const struct given *g, key_seconds *ret)
{
	return strong_duration(g->text, (long)g->low, (long)g->high, ret);
}

static int read_from(const struct given *g, key_from *ret)
{
	return pattern_from(g->text, ret);
}

static int read_until(const struct given *g, key_until *ret)
{
	return pattern_until(g->text, ret);
}

static int read_text(const struct given *g, key_text *ret)
{
	long long n = (long long)strlen(g->text);

	*ret = g->text;
	return n >= g->low && n <= g->high ? 0 : -1;
}

static int read_pattern(const struct given *g, key_pattern *ret)
{
	return strchr(g->text, ' ') == NULL ? read_text(g, ret) : -1;
}

static int read_boot(const struct given *g, key_boot *ret)
{
	*ret = g->text;
	return strlen(g->text) == BOOT_ID && strspn(g->text, "0123456789abcdef-") == BOOT_ID ?
		0 : -1;
}

static int read_path(const struct given *g, key_path *ret)
{
	struct slice rest = slice_str(g->text);

	if (g->text[0] != '/' || g->text[1] == '\0' || !slice_is_clean_text(rest))
		return -1;
	while (rest.n > 0) {
		struct slice part;

		rest = slice_after(rest, 1);
		part = slice_of(rest.p, slice_find(rest, '/'));
		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return -1;
		rest = slice_after(rest, part.n);
	}
	*ret = g->text;
	return 0;
}

/* The bounds are those of safedocker-runtime, which reads it by itself. */
static int read_area(const struct given *g, key_area *ret)
{
	struct subids_range range;

	*ret = g->text;
	return subids_area(slice_str(g->text), &range, NULL);
}

static int read_yes(const struct given *g, key_yes *ret)
{
	static const char *const words[] = { "no", "yes", NULL };
	int which = one_of(g, words);

	*ret = which == 1;
	return which < 0 ? -1 : 0;
}

static int read_scope(const struct given *g, key_scope *ret)
{
	static const char *const words[] = { "own", "all", NULL };
	int which = one_of(g, words);

	*ret = which == 1;
	return which < 0 ? -1 : 0;
}

static int read_root(const struct given *g, key_root *ret)
{
	static const char *const words[] = {
		/* What says nothing is not written. */
		[ROOT_UNSAID] = "", [ROOT_NEVER] = "never", [ROOT_MAPPED] = "mapped",
		[ROOT_OPEN] = "open", NULL,
	};
	int which = one_of(g, words);

	if (which <= ROOT_UNSAID || (which == ROOT_OPEN && g->kind != IN_STRONG))
		return -1;
	*ret = (enum root_mode)which;
	return 0;
}

static int read_reason(const struct given *g, key_reason *ret)
{
	static const char *const words[] = {
		[REASON_REQUIRED] = "required", [REASON_OPTIONAL] = "optional",
		[REASON_NEVER] = "never", NULL,
	};
	int which = one_of(g, words);

	*ret = which < 0 ? REASON_REQUIRED : (enum reason_need)which;
	return which < 0 ? -1 : 0;
}

static int read_password(const struct given *g, key_password *ret)
{
	static const char *const words[] = {
		[PASSWORD_YES] = "yes", [PASSWORD_IF_SET] = "if-set", [PASSWORD_NO] = "no", NULL,
	};
	int which = one_of(g, words);

	*ret = which < 0 ? PASSWORD_YES : (enum password_need)which;
	return which < 0 ? -1 : 0;
}

static int read_record(const struct given *g, key_record *ret)
{
	static const char *const words[] = {
		[RECORD_NO] = "no", [RECORD_YES] = "yes", [RECORD_WITH_INPUT] = "with-input", NULL,
	};
	int which = one_of(g, words);

	*ret = which < 0 ? RECORD_NO : (enum key_record)which;
	return which < 0 ? -1 : 0;
}

int key_take(struct section *section, enum policy_key key, const char *text)
{
	struct given g = { .text = text, .kind = section->kind };

	switch ((int)key) {
#define ONE(id, name, sections, kind, member, unless, least, most, expected, meaning) \
	case KEY_##id: g.low = least; g.high = most; return read_##kind(&g, &section->member);
#include "policy/key.def"
	default: return -1;
	}
}
