/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>

/* 0 is "none" in every table, so that what was never filled in is refused. */
static const struct {
	const char *name;
	enum rank rank;
	unsigned sets;
	const char *meaning;
} verbs[VERB_MAX] = {
#define VERB(id, words, rank, sets, meaning) [VERB_##id] = { words, rank, sets, meaning },
#include "model/verb.def"
};

static const struct {
	const char *words;
	enum verb verb;
} verb_aliases[] = {
#define VERB(id, words, rank, sets, meaning)
#define VERB_ALIAS(words, id) { words, VERB_##id },
#include "model/verb.def"
};

static const struct {
	const char *name;
	enum value_kind kind;
	enum rank rank;
	const char *effect;
	enum verb verbs[FLAG_VERBS_MAX + 1];
} flags[FLAG_MAX] = {
#define FLAG(id, name, value, rank, effect, ...) [FLAG_##id] = { name, value, rank, effect, { __VA_ARGS__ } },
#include "model/flag.def"
};

static const enum flag bounds[FLAG_MAX] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_LIMIT(id, bounded_by) [FLAG_##id] = FLAG_##bounded_by,
#include "model/flag.def"
};

static const struct {
	const char *name;
	const char *why;
} client_flags[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_CLIENT(name, why) { name, why },
#include "model/flag.def"
};

static const struct {
	const char *name;
	enum operation_kind kind;
	enum verb verbs[OPERATION_VERBS_MAX + 1];
} operations[OPERATION_MAX] = {
#define OPERATION(id, name, kind, ...) [OPERATION_##id] = { name, kind, { __VA_ARGS__ } },
#include "model/operation.def"
};

static const struct {
	enum operation operation;
	enum trait trait;
} traits[] = {
#define TRAIT(id, trait) { OPERATION_##id, TRAIT_##trait },
#include "model/operation.def"
};

static const struct {
	const char *name;
	const char *meaning;
} sets[SET_INDEX_MAX] = {
#define SET(id, name, meaning) [SET_INDEX_##id] = { name, meaning },
#include "model/set.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

unsigned set_by_name(struct slice name)
{
	for (unsigned i = 0; i < COUNT(sets); i++)
		if (slice_is(name, sets[i].name))
			return 1u << i;
	return 0;
}

const char *set_name(enum set_index set)
{
	return set < SET_INDEX_MAX ? sets[set].name : NULL;
}

const char *set_meaning(enum set_index set)
{
	return set < SET_INDEX_MAX ? sets[set].meaning : NULL;
}

const char *verb_name(enum verb verb)
{
	return verb > VERB_NONE && verb < VERB_MAX ? verbs[verb].name : "?";
}

enum rank verb_rank(enum verb verb)
{
	return verb > VERB_NONE && verb < VERB_MAX ? verbs[verb].rank : RANK_NONE;
}

unsigned verb_sets(enum verb verb)
{
	if (verb <= VERB_NONE || verb >= VERB_MAX)
		return 0;
	return verbs[verb].sets | (verbs[verb].rank == RANK_C ? SET_EVERYDAY : 0u);
}

const char *verb_meaning(enum verb verb)
{
	return verb > VERB_NONE && verb < VERB_MAX ? verbs[verb].meaning : "?";
}

enum verb verb_by_name(struct slice words)
{
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (slice_is(words, verbs[v].name))
			return (enum verb)v;
	for (size_t a = 0; a < COUNT(verb_aliases); a++)
		if (slice_is(words, verb_aliases[a].words))
			return verb_aliases[a].verb;
	return VERB_NONE;
}

const char *flag_name(enum flag flag)
{
	return flag > FLAG_NONE && flag < FLAG_MAX ? flags[flag].name : "?";
}

enum value_kind flag_value_kind(enum flag flag)
{
	return flag > FLAG_NONE && flag < FLAG_MAX ? flags[flag].kind : VALUE_NONE;
}

enum rank flag_rank(enum flag flag)
{
	return flag > FLAG_NONE && flag < FLAG_MAX ? flags[flag].rank : RANK_NONE;
}

const enum verb *flag_verbs(enum flag flag)
{
	static const enum verb none[] = { VERB_NONE };

	return flag > FLAG_NONE && flag < FLAG_MAX ? flags[flag].verbs : none;
}

bool flag_has_verb(enum flag flag, enum verb verb)
{
	for (const enum verb *v = flag_verbs(flag); *v != VERB_NONE; v++)
		if (*v == verb)
			return true;
	return false;
}

bool flag_in_sets(enum flag flag, unsigned in)
{
	for (const enum verb *v = flag_verbs(flag); *v != VERB_NONE; v++)
		if ((verb_sets(*v) & in) != 0)
			return true;
	return false;
}

bool flag_has_operation(enum flag flag, enum operation operation)
{
	for (const enum verb *v = operation_verbs(operation); *v != VERB_NONE; v++)
		if (flag_has_verb(flag, *v))
			return true;
	return false;
}

enum flag flag_by_name(struct slice name)
{
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (slice_is(name, flags[f].name))
			return (enum flag)f;
	return FLAG_NONE;
}

const char *flag_client_only(struct slice name)
{
	for (size_t i = 0; i < COUNT(client_flags); i++)
		if (slice_is(name, client_flags[i].name))
			return client_flags[i].why;
	return NULL;
}

bool text_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool ulimit_name_ok(struct slice name)
{
	static const char *const names[] = {
		"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
		"rtprio", "rttime", "sigpending", "stack",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

enum flag flag_bounded_by(enum flag flag)
{
	return flag > FLAG_NONE && flag < FLAG_MAX ? bounds[flag] : FLAG_NONE;
}

const char *operation_name(enum operation operation)
{
	return operation > OPERATION_NONE && operation < OPERATION_MAX ? operations[operation].name : "?";
}

enum operation_kind operation_kind(enum operation operation)
{
	return operation > OPERATION_NONE && operation < OPERATION_MAX ? operations[operation].kind : KIND_NONE;
}

bool operation_has(enum operation operation, enum trait trait)
{
	for (size_t i = 0; i < COUNT(traits); i++)
		if (traits[i].operation == operation && traits[i].trait == trait)
			return true;
	return false;
}

bool operation_enters(enum operation operation)
{
	return operation_has(operation, TRAIT_ENTERS);
}

const enum verb *operation_verbs(enum operation operation)
{
	static const enum verb none[1] = { VERB_NONE };

	return operation > OPERATION_NONE && operation < OPERATION_MAX ? operations[operation].verbs : none;
}

bool operation_needs_root(enum operation operation)
{
	return operation_has(operation, TRAIT_ROOT);
}

gid_t pinned_gid(uid_t uid)
{
	return 0x70000000u + (gid_t)(uid % 0x0fffffffu);
}

bool subject_in_group(const struct subject *subject, gid_t gid)
{
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->groups[i] == gid)
			return true;
	return false;
}

void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++)
		free(facts->list[i].value);
	free(facts->list);
	free(facts->image);
	free(facts->registry);
	free(facts->image_names);
	*facts = (struct facts){ 0 };
}

static void rank(struct fact *fact)
{
	for (enum container_kind k = CONTAINER_UNKNOWN; k < CONTAINER_KINDS; k++)
		fact->ranks[k] = flag_value_rank(fact->flag, fact->value, k, NULL);
	fact->rank = fact->ranks[CONTAINER_UNKNOWN];
}

int facts_add(struct facts *facts, enum flag flag, const char *value, long long number, const char *field)
{
	struct fact *list;
	char *copy;

	if (facts->n >= FACTS_MAX)
		return -1;
	copy = slice_dup(slice_str(value));
	if (copy == NULL)
		return -1;
	/* Doubling at every power of two keeps the list without a second size. */
	if ((facts->n & (facts->n - 1)) == 0) {
		list = realloc(facts->list, (facts->n == 0 ? 1 : facts->n * 2) * sizeof(*list));
		if (list == NULL) {
			free(copy);
			return -1;
		}
		facts->list = list;
	}
	facts->list[facts->n] = (struct fact){
		.flag = flag,
		.value = copy,
		.number = number,
		.field = field,
	};
	rank(&facts->list[facts->n++]);
	return 0;
}

int facts_add_again(struct facts *facts, struct facts *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct fact *f = &from->list[i];

		if (facts_add(facts, f->flag, f->value, f->number, f->field) < 0)
			return -1;
		facts->list[facts->n - 1].rank = f->rank;
		memcpy(facts->list[facts->n - 1].ranks, f->ranks, sizeof(f->ranks));
		facts->list[facts->n - 1].again = true;
		facts->list[facts->n - 1].top = f->top;
	}
	facts_free(from);
	return 0;
}

void facts_cut(struct facts *facts, size_t n)
{
	while (facts->n > n)
		free(facts->list[--facts->n].value);
}

void facts_own(struct facts *facts, size_t i)
{
	for (enum container_kind k = CONTAINER_UNKNOWN; k < CONTAINER_KINDS; k++)
		if (facts->list[i].ranks[k] != RANK_NONE)
			facts->list[i].ranks[k] = RANK_C;
	facts->list[i].rank = RANK_C;
}

enum container_kind facts_kind(const struct facts *facts, enum root_mode root)
{
	if (facts->kind != CONTAINER_UNKNOWN || !facts->makes)
		return facts->kind;
	return root_makes(root, facts->can_map);
}

void facts_settle(struct facts *facts, enum container_kind kind)
{
	for (size_t i = 0; i < facts->n; i++) {
		const enum rank *ranks = facts->list[i].ranks;

		/* What cannot be had there is shown as strong as it is elsewhere. */
		facts->list[i].rank = ranks[ranks[kind] != RANK_NONE ? kind : CONTAINER_UNKNOWN];
	}
}

int facts_rename(struct facts *facts, size_t i, const char *value)
{
	char *copy = slice_dup(slice_str(value));

	if (copy == NULL)
		return -1;
	free(facts->list[i].value);
	facts->list[i].value = copy;
	rank(&facts->list[i]);
	return 0;
}

void facts_protect(struct facts *facts, size_t i, const char *top)
{
	struct fact *f = &facts->list[i];
	struct slice path = slice_str(f->value);
	size_t n = strlen(top);

	path.n = slice_find(path, ':');
	if (path.n >= n && strncmp(path.p, top, n) == 0 && (path.n == n || path.p[n] == '/' || n == 1)) {
		if (f->top < n)
			f->top = n;
	} else if (path.n < n && strncmp(path.p, top, path.n) == 0 && (top[path.n] == '/' || path.n == 1)) {
		f->top = FACT_WHOLE;
	}
}

enum rank facts_rank(const struct facts *facts)
{
	enum rank strongest = RANK_C;

	for (size_t i = 0; i < facts->n; i++)
		if (facts->list[i].rank < strongest)
			strongest = facts->list[i].rank;
	return strongest;
}

/* --- why not ------------------------------------------------------------------------- */
static const struct {
	const char *code, *meaning;
} denials[DENY_MAX] = {
#define DENY(id, code, meaning) [DENY_##id] = { code, meaning },
#include "model/deny.def"
};

const char *deny_code(enum deny deny)
{
	return deny > DENY_NONE && deny < DENY_MAX ? denials[deny].code : "E_SYSTEM";
}

const char *deny_meaning(enum deny deny)
{
	return deny > DENY_NONE && deny < DENY_MAX ? denials[deny].meaning : "?";
}

enum deny deny_of(const struct decision *decision, const struct facts *facts)
{
	if (decision->expired)
		return DENY_EXPIRED;
	switch (decision->missing) {
	case MISSING_VERB: return DENY_VERB;
	case MISSING_FLAG:
		return decision->fact < facts->n && (facts->list[decision->fact].flag == FLAG_VOLUME ||
						     facts->list[decision->fact].flag == FLAG_MOUNT) ? DENY_MOUNT : DENY_FLAG;
	case MISSING_IMAGE: return DENY_IMAGE;
	case MISSING_FORCE: return DENY_FORCE;
	case MISSING_ROOT: return DENY_ROOT;
	case MISSING_STRONG: return DENY_STRONG;
	case MISSING_REASON: return DENY_REASON;
	case MISSING_TIME: return DENY_TIME;
	case MISSING_RULE:
	case MISSING_NONE:
	default: return DENY_RULE;
	}
}
