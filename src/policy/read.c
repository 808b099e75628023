/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files become sections, and sections rules. policy_parse() understands all of every file or none
 * of any: the first thing that it does not know ends the reading with file and line, and then
 * there is no policy. A section is complete before anything of it counts, and nothing is added
 * behind it; a key stands once in its section. What a policy lends out lives as long as it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/blame.h"
#include "policy/ini.h"
#include "policy/rule.h"

struct reading {
	struct policy *policy;
	const char *file;
	struct section *section;	/* the one that is being read */
};

static const enum section_kind kinds[] = {
	IN_RULE, IN_STRONG, IN_SET, IN_GRANT, IN_ENGINE, IN_LOG,
};

static enum section_kind kind_by_name(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(section_word(kinds[i]), word) == 0)
			return kinds[i];
	return 0;
}

static int on_section(void *user, unsigned line, const char *word, const char *name,
		      struct error *reterr)
{
	struct reading *r = user;
	const struct place at = { .file = r->file, .line = line };
	enum section_kind kind = kind_by_name(word);

	if (kind == 0)
		return blame_at(reterr, r->file, line,
				"unknown section [%s], expected [rule NAME], [strong NAME], "
				"[set NAME], [grant NAME], [engine] or [log]", word);
	if (kind != IN_ENGINE && kind != IN_LOG)
		return section_add(&r->policy->sections, kind, name, &at, &r->section, reterr);
	r->section = kind == IN_ENGINE ? &r->policy->engine : &r->policy->log;
	if (*name != '\0' || r->section->kind != 0)
		return blame_at(reterr, r->file, line, "[%s] stands once, without a name", word);
	r->section->kind = kind;
	r->section->file = r->file;
	r->section->line = line;
	return 0;
}

static int unknown_key(const struct reading *r, unsigned line, const char *key,
		       struct error *reterr)
{
	enum section_kind kind = r->section->kind;
	char names[400];

	if (kind == IN_RULE && key_by_name(key, IN_STRONG) != KEY_NONE)
		return blame_at(reterr, r->file, line,
				"%s may stand only in a [strong NAME] section", key);
	if (strcmp(key, "binds") == 0)
		return blame_at(reterr, r->file, line,
				"binds has nothing left to do: paths are mounted with the user's "
				"own rights; leave it out");
	return blame_at(reterr, r->file, line, "unknown key %s in [%s], expected %s", key,
			section_word(kind), key_names(kind, names, sizeof(names)));
}

/* The list that the key fills; NULL: it has one value. */
static struct words *words_of(struct section *section, enum policy_key key)
{
	switch ((int)key) {
#define LIST(id, name, sections, member, meaning) case KEY_##id: return &section->member;
#include "policy/key.def"
	default: return NULL;
	}
}

/* A key with one value: what is written is kept, because texts borrow from it. */
static int take_value(struct section *section, const struct place *at, const char *value,
		      struct error *reterr)
{
	if (list_add(&section->written, value, at, reterr) < 0)
		return -1;
	if (key_take(section, at->key, section_written(section, at->key)->text) == 0)
		return 0;
	(void)blame_at(reterr, at->file, at->line, "%s = %s: expected %s", key_name(at->key), value,
		       key_expected(at->key));
	return blame_words(reterr, value);
}

static int on_value(void *user, unsigned line, const char *name, const char *value, bool continued,
		    struct error *reterr)
{
	struct reading *r = user;
	enum policy_key key = key_by_name(name, r->section->kind);
	const struct place at = { .file = r->file, .line = line, .key = key };
	struct words *words = words_of(r->section, key);
	bool stands = words != NULL ? words->n > 0 : section_written(r->section, key) != NULL;

	if (key == KEY_NONE)
		return unknown_key(r, line, name, reterr);
	if (!continued && stands)
		return blame_at(reterr, r->file, line, "%s stands twice in this section; a list "
				"goes on with indented lines", name);
	if (words != NULL)
		return list_add_line(words, value, &at, reterr);
	if (continued)
		return blame_at(reterr, r->file, line, "%s is one line", name);
	return take_value(r->section, &at, value, reterr);
}

static int read_file(struct policy *policy, const struct policy_file *file, struct error *reterr)
{
	static const struct policy_ini_events events = { on_section, on_value };
	struct reading r = { .policy = policy };
	char *name = strdup(file->name);
	struct error bare;

	if (name == NULL)
		return blame_memory(reterr);
	r.file = policy->files[policy->n_files++] = name;
	if (policy_ini_read(file->text, &events, &r, reterr) == 0)
		return 0;
	/* What the reader itself refuses has no file and line in its text yet. */
	bare = *reterr;
	if (strncmp(bare.text, name, strlen(name)) != 0)
		(void)error_set(reterr, bare.code, "%s:%u: %.500s", name, bare.line, bare.text);
	return -1;
}

static int read_files(struct policy *policy, const struct policy_file *files, size_t n,
		      struct error *reterr)
{
	const struct place nowhere = { .file = "" };

	if (section_init(&policy->engine, 0, "", &nowhere, reterr) < 0 ||
	    section_init(&policy->log, 0, "", &nowhere, reterr) < 0)
		return -1;
	if (n > POLICY_FILES_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	for (size_t i = 0; i < n; i++)
		if (read_file(policy, &files[i], reterr) < 0)
			return -1;
	return rule_make_all(policy, reterr);
}

bool policy_is_file_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strspn(name, letters);

	return n > 0 && strcmp(name + n, ".conf") == 0;
}

int policy_parse(const struct policy_file *files, size_t n, struct policy **ret,
		 struct error *reterr)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	struct error why = { 0 };

	if (policy == NULL)
		return blame_memory(reterr);
	if (read_files(policy, files, n, &why) < 0) {
		if (reterr != NULL)
			*reterr = why;
		policy_free(policy);
		return -1;
	}
	*ret = policy;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_free(&policy->rules[i]);
	for (size_t i = 0; i < policy->sections.n; i++)
		section_free(&policy->sections.list[i]);
	section_free(&policy->engine);
	section_free(&policy->log);
	for (size_t i = 0; i < policy->n_files; i++)
		free(policy->files[i]);
	free(policy->rules);
	free(policy->sections.list);
	free(policy);
}
