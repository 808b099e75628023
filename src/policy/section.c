/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/section.h"

#include <stdlib.h>
#include <string.h>

#include "policy/blame.h"

const char *section_word(enum section_kind kind)
{
	switch (kind) {
	case IN_RULE: return "rule";
	case IN_STRONG: return "strong";
	case IN_SET: return "set";
	case IN_GRANT: return "grant";
	case IN_ENGINE: return "engine";
	case IN_LOG: return "log";
	default: return "?";
	}
}

int section_init(struct section *section, enum section_kind kind, const char *name,
		 const struct place *at, struct error *reterr)
{
	*section = (struct section){
		.kind = kind, .name = strdup(name), .file = at->file, .line = at->line,
#define ONE(id, name, sections, kind, member, unless, ...) .member = unless,
#include "policy/key.def"
	};
	return section->name != NULL ? 0 : blame_memory(reterr);
}

void section_free(struct section *section)
{
	free(section->name);
	free(section->windows);
	list_free(&section->written);
#define LIST(id, name, sections, member, meaning) list_free(&section->member);
#include "policy/key.def"
}

static size_t chain_of(const char *name)
{
	size_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h & (SECTION_CHAINS - 1);
}

struct section *section_next(const struct sections *all, enum section_kind kind,
			     const char *name, const struct section *after)
{
	size_t i = after != NULL ? after->next : all->chains[chain_of(name)];

	for (; i != 0; i = all->list[i - 1].next)
		if (all->list[i - 1].kind == kind && strcmp(all->list[i - 1].name, name) == 0)
			return &all->list[i - 1];
	return NULL;
}

struct section *section_find(const struct sections *all, enum section_kind kind,
			     const char *name)
{
	return section_next(all, kind, name, NULL);
}

int section_add(struct sections *all, enum section_kind kind, const char *name,
		const struct place *at, struct section **ret, struct error *reterr)
{
	const struct section *same = section_find(all, kind, name);
	const char *word = section_word(kind);
	struct section *list;

	if (*name == '\0')
		return blame_at(reterr, at->file, at->line,
				"the section needs a name: [%s NAME]", word);
	/* A rule may be granted to several. */
	if (same != NULL && kind != IN_GRANT)
		return blame_at(reterr, at->file, at->line, "[%s %s] stands at %s:%u already",
				word, name, same->file, same->line);
	if (kind == IN_SET && set_by_name(slice_str(name)) != 0)
		return blame_at(reterr, at->file, at->line,
				"@%s is a built-in set; choose another name", name);
	if (all->n == POLICY_RULES_MAX)
		return blame_at(reterr, at->file, at->line, "more than %d rules and sets",
				POLICY_RULES_MAX);
	list = list_grow(all->list, all->n, sizeof(*list));
	if (list == NULL)
		return blame_memory(reterr);
	all->list = list;
	*ret = &list[all->n];
	if (section_init(*ret, kind, name, at, reterr) < 0)
		return -1;
	(*ret)->next = all->chains[chain_of(name)];
	all->chains[chain_of(name)] = ++all->n;
	return 0;
}

const struct words *section_words(const struct section *section, enum policy_key key)
{
	switch ((int)key) {
#define LIST(id, name, sections, member, meaning) case KEY_##id: return &section->member;
#include "policy/key.def"
	default: return NULL;
	}
}

const struct word *section_written(const struct section *section, enum policy_key key)
{
	for (size_t i = 0; i < section->written.n; i++)
		if (section->written.list[i].key == key)
			return &section->written.list[i];
	return NULL;
}
