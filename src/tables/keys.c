/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables/tables.h"

#include <stdio.h>

#include "policy/key.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	unsigned sections;
	const char *expected, *meaning;
} keys[] = {
#define LIST(id, name, sections, member, meaning) { name, sections, "a list", meaning },
#define ONE(id, name, sections, kind, member, unless, low, high, expected, meaning) \
	{ name, sections, expected, meaning },
#include "policy/key.def"
};

static const struct {
	enum section_kind kind;
	const char *name;
} sections[] = {
	{ IN_RULE, "rule" }, { IN_STRONG, "strong" }, { IN_SET, "set" }, { IN_GRANT, "grant" },
	{ IN_ENGINE, "engine" }, { IN_LOG, "log" },
};

static void put_sections(unsigned of_key)
{
	const char *first = "";

	for (size_t i = 0; i < COUNT(sections); i++)
		if ((of_key & (unsigned)sections[i].kind) != 0) {
			(void)printf("%s%s", first, sections[i].name);
			first = ",";
		}
}

void tables_keys(void)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		(void)printf("key\t%s\t", keys[i].name);
		put_sections(keys[i].sections);
		(void)printf("\t%s\t%s\n", keys[i].expected, keys[i].meaning);
	}
}
