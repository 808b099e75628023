/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/listed.h"

#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "policy/blame.h"
#include "policy/pattern.h"
#include "policy/policy.h"

static const char *nth_verb(int i)
{
	return verb_name((enum verb)i);
}

static const char *nth_flag(int i)
{
	return flag_name((enum flag)i);
}

const char *listed_guess_verb(char *ret, size_t size, const char *given)
{
	return blame_guess(ret, size, given, nth_verb, VERB_MAX);
}

bool listed_is_number(enum value_kind kind)
{
	return kind == VALUE_BYTES || kind == VALUE_CPUS || kind == VALUE_COUNT;
}

bool listed_is_ulimit(const struct listed *p)
{
	return p->flag == FLAG_ULIMIT && p->kind == LISTED_VALUE && strstr(p->text, "<=") != NULL;
}

bool listed_is_ulimit_of(const struct listed *p, const char *name)
{
	size_t n = strcspn(p->text, "<");

	return listed_is_ulimit(p) && strlen(name) == n && strncmp(p->text, name, n) == 0;
}

/* The name of the flag; what it is not, if none. */
static int parse_name(const struct word *w, struct slice flag, struct listed *p,
		      struct error *reterr)
{
	const char *why = flag_client_only(flag);
	char guess[100], name[100];

	p->flag = flag_by_name(flag);
	if (p->flag != FLAG_NONE)
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s", (int)flag.n, flag.p);
	if (why != NULL)
		return blame_at(reterr, w->file, w->line, "%s never reaches the engine: %s", name,
				why);
	return blame_at(reterr, w->file, w->line, "unknown flag %s%s", name,
			blame_guess(guess, sizeof(guess), name, nth_flag, FLAG_MAX));
}

/* "[verb:]--flag", "…=value" or "…<=number" into its parts. */
static int parse_parts(const struct word *w, struct listed *p, struct error *reterr)
{
	const char *text = w->text, *dashes = strstr(text, "--"), *end;

	*p = (struct listed){ .kind = LISTED_BARE, .text = "" };
	if (dashes == NULL || (dashes != text && dashes[-1] != ':'))
		return blame_at(reterr, w->file, w->line, "%s is no flag, expected --NAME, "
				"--NAME=VALUE, --NAME<=MAXIMUM or @SET", text);
	if (dashes != text) {
		p->verb = verb_by_name(slice_of(text, (size_t)(dashes - text) - 1));
		if (p->verb == VERB_NONE)
			return blame_at(reterr, w->file, w->line, "unknown verb in %s", text);
	}
	end = dashes + strcspn(dashes, "=<");
	if (parse_name(w, slice_of(dashes, (size_t)(end - dashes)), p, reterr) < 0)
		return -1;
	if (*end == '<' && end[1] == '=')
		p->kind = LISTED_MAXIMUM;
	else if (*end == '=')
		p->kind = LISTED_VALUE;
	else if (*end != '\0')
		return blame_at(reterr, w->file, w->line, "%s: expected = or <= behind the flag",
				text);
	p->text = *end == '\0' ? "" : end + (*end == '<' ? 2 : 1);
	return 0;
}

static int check_ulimit(const struct word *w, struct listed *p, struct error *reterr)
{
	struct slice name = slice_of(p->text, strcspn(p->text, "<"));

	if (!ulimit_name_ok(name))
		return blame_at(reterr, w->file, w->line, "%s: docker knows no limit of that name",
				w->text);
	if (pattern_number(VALUE_COUNT, p->text + name.n + 2, &p->number) < 0)
		return blame_at(reterr, w->file, w->line, "%s: a number is expected behind <=",
				w->text);
	return 0;
}

/* What a number may be, and where a maximum may stand. */
static int check_number(const struct word *w, struct listed *p, struct error *reterr)
{
	enum value_kind kind = flag_value_kind(p->flag);
	const char *name = flag_name(p->flag);

	if (p->flag == FLAG_ULIMIT && p->kind == LISTED_MAXIMUM)
		return blame_at(reterr, w->file, w->line,
				"%s: which limit? expected --ulimit=NAME<=MAXIMUM", w->text);
	if (p->kind == LISTED_MAXIMUM && !listed_is_number(kind))
		return blame_at(reterr, w->file, w->line,
				"%s has no maximum: its value is no number", name);
	if (listed_is_number(kind) && strcmp(p->text, "all") != 0 &&
	    pattern_number(kind, p->text, &p->number) < 0)
		return blame_at(reterr, w->file, w->line, "%s: %s is no number that docker knows",
				name, p->text);
	return 0;
}

static int check_value(const struct word *w, struct listed *p, struct error *reterr)
{
	enum value_kind kind = flag_value_kind(p->flag);

	if (p->kind == LISTED_BARE)
		return 0;
	if (*p->text == '\0')
		return blame_at(reterr, w->file, w->line, "%s: a value is missing", w->text);
	if (kind == VALUE_NONE)
		return blame_at(reterr, w->file, w->line, "%s takes no value", flag_name(p->flag));
	if (listed_is_ulimit(p))
		return check_ulimit(w, p, reterr);
	if (check_number(w, p, reterr) < 0)
		return -1;
	if (kind == VALUE_PORT && !pattern_port_ok(p->text))
		return blame_at(reterr, w->file, w->line,
				"%s: expected [IP:]PORT[-PORT] or [IP:]ephemeral", w->text);
	if (kind == VALUE_PATH &&
	    (strstr(p->text, "/../") != NULL || strstr(p->text, "//") != NULL))
		return blame_at(reterr, w->file, w->line, "%s: a plain path is expected", w->text);
	return 0;
}

int listed_parse(const struct word *word, struct listed *ret, struct error *reterr)
{
	return parse_parts(word, ret, reterr) < 0 ? -1 : check_value(word, ret, reterr);
}

/* A path may begin with the home, or with anything. */
static enum rank listed_rank(const struct listed *p, enum root_mode root)
{
	bool path = p->flag == FLAG_VOLUME && (p->text[0] == '~' || p->text[0] == '*');
	char text[POLICY_LINE_MAX + 1];

	if (p->kind != LISTED_VALUE)
		return flag_rank(p->flag);
	/* What is read-only can be had by more kinds: the rule may hope for it. */
	(void)snprintf(text, sizeof(text), "%s%s%s", path ? "/" : "", p->text,
		       p->flag == FLAG_VOLUME && strchr(p->text, ':') == NULL ? ":ro" : "");
	return flag_least_rank(p->flag, p->flag == FLAG_VOLUME ? text : p->text, root);
}

int listed_check_rank(const struct listed *p, const struct word *w, enum root_mode root,
		      bool strong, struct error *reterr)
{
	enum rank rank = listed_rank(p, root);

	if (rank == RANK_NONE && root == ROOT_NEVER && listed_rank(p, ROOT_UNSAID) != RANK_NONE)
		return blame_at(reterr, w->file, w->line,
				"%s: no container of a rule with root = never can have it; leave "
				"root out, or say root = mapped", w->text);
	if (rank == RANK_NONE)
		return blame_at(reterr, w->file, w->line,
				"%s: only a [strong NAME] section with root = open makes "
				"containers that can have it", w->text);
	if (rank_is_strong(rank) && !strong)
		return blame_at(reterr, w->file, w->line,
				"%s ranks %s: it may stand only in a [strong NAME] section",
				w->text, rank_name(rank));
	return 0;
}
