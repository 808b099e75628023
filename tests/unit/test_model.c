/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

START_TEST(every_verb_is_whole)
{
	enum verb v = (enum verb)_i;
	bool brings = false;

	ck_assert_int_eq(verb_by_name(slice_str(verb_name(v))), v);
	ck_assert_int_ne(verb_rank(v), RANK_NONE);
	ck_assert(*verb_meaning(v) != '\0');
	ck_assert((verb_sets(v) & SET_EVERYDAY) != 0 || verb_rank(v) != RANK_C);
	/* A set may stand in every rule. */
	ck_assert(verb_sets(v) == 0 || !rank_is_strong(verb_rank(v)));
	for (int o = OPERATION_NONE + 1; o < OPERATION_MAX; o++)
		for (const enum verb *w = operation_verbs((enum operation)o); *w != VERB_NONE; w++)
			brings = brings || *w == v;
	ck_assert_msg(brings, "%s brings no operation", verb_name(v));
}
END_TEST

START_TEST(every_flag_is_whole)
{
	enum flag f = (enum flag)_i;
	const char *effect = "";
	bool has_verb = false;

	ck_assert_int_eq(flag_by_name(slice_str(flag_name(f))), f);
	ck_assert_int_eq(strncmp(flag_name(f), "--", 2), 0);
	ck_assert_int_ne(flag_rank(f), RANK_NONE);
	ck_assert_int_ne(flag_value_rank(f, "x", CONTAINER_UNKNOWN, &effect), RANK_NONE);
	ck_assert(*effect != '\0');
	ck_assert_ptr_null(flag_client_only(slice_str(flag_name(f))));
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		has_verb = has_verb || flag_has_verb(f, (enum verb)v);
	ck_assert_msg(has_verb, "%s has no verb", flag_name(f));
}
END_TEST

START_TEST(every_operation_is_whole)
{
	enum operation o = (enum operation)_i;

	ck_assert(strchr(operation_name(o), '.') != NULL);
	ck_assert_int_ne(operation_kind(o), KIND_NONE);
}
END_TEST

START_TEST(every_set_is_whole)
{
	enum set_index i = (enum set_index)_i;
	unsigned bit = set_by_name(slice_str(set_name(i)));
	bool has_verb = false;

	ck_assert_uint_eq(bit, 1u << i);
	ck_assert(*set_meaning(i) != '\0');
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		has_verb = has_verb || (verb_sets((enum verb)v) & bit) != 0;
	ck_assert_msg(has_verb, "%s has no verb", set_name(i));
}
END_TEST

START_TEST(flags_follow_their_verbs)
{
	ck_assert(flag_in_sets(FLAG_TAG, SET_BUILD) && !flag_in_sets(FLAG_TAG, SET_READ));
	ck_assert(flag_has_operation(FLAG_MEMORY, OPERATION_CONTAINER_UPDATE));
	ck_assert(!flag_has_operation(FLAG_PRIVILEGED, OPERATION_CONTAINER_UPDATE));
	ck_assert(operation_needs_root(OPERATION_BUILD) && !operation_needs_root(OPERATION_BUILD_PRUNE));
}
END_TEST

START_TEST(what_is_not_there_is_nothing)
{
	ck_assert_int_eq(verb_by_name(slice_str("fly")), VERB_NONE);
	ck_assert_int_eq(verb_by_name(slice_str("Run")), VERB_NONE);
	ck_assert_int_eq(verb_by_name(slice_str("container  ls")), VERB_NONE);
	ck_assert_int_eq(verb_by_name(slice_str("container ls")), VERB_PS);
	ck_assert_int_eq(flag_by_name(slice_str("--Privileged")), FLAG_NONE);
	ck_assert_int_eq(flag_by_name(slice_str("--priv")), FLAG_NONE);
	ck_assert_ptr_nonnull(flag_client_only(slice_str("--detach")));
	ck_assert_int_eq(verb_rank(VERB_MAX), RANK_NONE);
	ck_assert_int_eq(flag_rank(FLAG_MAX), RANK_NONE);
	ck_assert_int_eq(operation_kind(OPERATION_MAX), KIND_NONE);
	ck_assert_int_eq(operation_verbs(OPERATION_NONE)[0], VERB_NONE);
	ck_assert(rank_is_strong(RANK_NONE) && rank_is_strong(RANK_S) && rank_is_strong(RANK_A));
	ck_assert(!rank_is_strong(RANK_B) && !rank_is_strong(RANK_C));
	ck_assert_uint_eq(set_by_name(slice_str("nothing")), 0);
	ck_assert_ptr_null(set_name(SET_INDEX_MAX));
	ck_assert_ptr_null(set_meaning(SET_INDEX_MAX));
	ck_assert(!flag_in_sets(FLAG_NONE, SET_READ) && !flag_in_sets(FLAG_MAX, SET_READ));
}
END_TEST

static const struct { enum flag flag; const char *value; enum rank rank; } values_have_ranks_t[] = {
	{ FLAG_NETWORK, "none", RANK_C }, { FLAG_NETWORK, "host", RANK_A }, { FLAG_NETWORK, "shared", RANK_B },
	{ FLAG_NETWORK, "container:x", RANK_A }, { FLAG_SECURITY_OPT, "no-new-privileges", RANK_C },
	{ FLAG_SECURITY_OPT, "no-new-privileges=false", RANK_A }, { FLAG_SECURITY_OPT, "seccomp=unconfined", RANK_A },
	{ FLAG_VOLUME, "", RANK_C }, { FLAG_VOLUME, "data", RANK_C }, { FLAG_VOLUME, "/etc", RANK_A },
	{ FLAG_LOG_DRIVER, "local", RANK_C }, { FLAG_LOG_DRIVER, "syslog", RANK_A },
	{ FLAG_LOG_OPT, "max-size=1m", RANK_C }, { FLAG_LOG_OPT, "syslog-address=unix:///x", RANK_A },
	{ FLAG_IPC, "private", RANK_C }, { FLAG_IPC, "host", RANK_A }, { FLAG_TMPFS, "/exec", RANK_C },
	{ FLAG_TMPFS, "exec", RANK_A }, { FLAG_OOM_SCORE_ADJ, "500", RANK_C }, { FLAG_OOM_SCORE_ADJ, "-1", RANK_A },
	{ FLAG_PRIVILEGED, "", RANK_A }, { FLAG_DEVICE_CGROUP_RULE, "a *:* rwm", RANK_S },
};

START_TEST(values_have_ranks)
{
	ck_assert_int_eq(flag_value_rank(values_have_ranks_t[_i].flag, values_have_ranks_t[_i].value, CONTAINER_UNKNOWN, NULL), values_have_ranks_t[_i].rank);
}
END_TEST

/* --- ranks by kind: tests/unit/ranks ------------------------------------------------- */
static const enum container_kind columns[] = { CONTAINER_PINNED, CONTAINER_MAPPED, CONTAINER_OPEN };

struct expected {
	enum flag flag;
	char value[200];
	char ranks[COUNT(columns)][10];
};

/* The value may have spaces: the last three words are the ranks. */
static void take_expected(const char *line, struct expected *ret)
{
	size_t n = strcspn(line, " ="), at = 0;
	char text[200];

	*ret = (struct expected){ .flag = flag_by_name(slice_of(line, n)) };
	ck_assert_msg(ret->flag != FLAG_NONE, "no such flag: %s", line);
	for (const char *c = line; (c = strchr(c, ' ')) != NULL; c += strspn(c, " "))
		if (sscanf(c, " %9s %9s %9s %199s", ret->ranks[0], ret->ranks[1], ret->ranks[2], text) == 3) {
			at = (size_t)(c - line);
			break;
		}
	ck_assert_msg(at != 0, "three ranks are expected: %s", line);
	(void)snprintf(ret->value, sizeof(ret->value), "%.*s", line[n] == '=' ? (int)(at - n - 1) : 0, line + n + 1);
}

static size_t read_expected(struct expected *ret, size_t max)
{
	const char *top = getenv("srcdir");
	char path[4096], line[400];
	size_t n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/unit/ranks", top != NULL ? top : ".");
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || *line == '\0')
			continue;
		ck_assert_uint_lt(n, max);
		take_expected(line, &ret[n++]);
	}
	(void)fclose(f);
	return n;
}

static const char *rank_word(enum rank rank)
{
	return rank == RANK_NONE ? "refused" : rank_name(rank);
}

static void check_expected(const struct expected *e)
{
	struct facts facts = { 0 };
	const char *effect;

	ck_assert_int_eq(facts_add(&facts, e->flag, e->value, 0, "x"), 0);
	for (size_t k = 0; k < COUNT(columns); k++) {
		enum rank rank = flag_value_rank(e->flag, e->value, columns[k], &effect);

		ck_assert_msg(strcmp(rank_word(rank), e->ranks[k]) == 0, "%s=%s, column %zu: %s", flag_name(e->flag),
			      e->value, k + 1, rank_word(rank));
		ck_assert(*effect != '\0');
		ck_assert_int_eq(facts.list[0].ranks[columns[k]], rank);
		facts_settle(&facts, columns[k]);
		ck_assert_int_eq(facts.list[0].rank, rank != RANK_NONE ? rank : facts.list[0].ranks[CONTAINER_UNKNOWN]);
	}
	/* What is the caller's own is everyday, but not where it cannot be had. */
	facts_own(&facts, 0);
	for (size_t k = 0; k < COUNT(columns); k++)
		ck_assert_str_eq(rank_word(facts.list[0].ranks[columns[k]]),
				 strcmp(e->ranks[k], "refused") == 0 ? "refused" : "C");
	facts_free(&facts);
}

/* Does a line show this row's effect in a container of this kind, which no other row has of this flag? */
static bool is_shown(const struct expected *list, size_t n, enum flag flag, enum container_kind kind, const char *effect)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = "";

		if (list[i].flag != flag)
			continue;
		(void)flag_value_rank(flag, list[i].value, kind, &found);
		if (strcmp(found, effect) == 0)
			return true;
	}
	return false;
}

START_TEST(kinds_have_ranks)
{
	static struct expected list[500];
	static const struct { enum flag flag; const char *pattern; enum container_kind kind; const char *effect; } rows[] = {
#define FLAG(id, ...)
#define FLAG_VALUE(id, pattern, rank, effect) { FLAG_##id, pattern, CONTAINER_OPEN, effect },
#define FLAG_RANK(id, pattern, kind, rank, effect) { FLAG_##id, pattern, CONTAINER_##kind, effect },
#include "model/flag.def"
	};
	size_t n = read_expected(list, COUNT(list));

	for (size_t i = 0; i < n; i++)
		check_expected(&list[i]);
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++) {
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found = found || list[i].flag == (enum flag)f;
		ck_assert_msg(found, "%s has no line", flag_name((enum flag)f));
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(is_shown(list, n, rows[i].flag, rows[i].kind, rows[i].effect), "%s=%s has no line",
			      flag_name(rows[i].flag), rows[i].pattern);
}
END_TEST

static const struct { enum root_mode root; enum container_kind can, cannot; bool pinned, mapped, open; } roots_t[] = {
	{ ROOT_UNSAID, CONTAINER_MAPPED, CONTAINER_PINNED, true, true, false },
	{ ROOT_NEVER, CONTAINER_PINNED, CONTAINER_PINNED, true, false, false },
	{ ROOT_MAPPED, CONTAINER_MAPPED, CONTAINER_UNKNOWN, true, true, false },
	{ ROOT_OPEN, CONTAINER_OPEN, CONTAINER_OPEN, true, true, true },
};

START_TEST(roots)
{
	enum root_mode root = roots_t[_i].root;
	struct facts facts = { .can_map = true };

	ck_assert_int_eq(root_makes(root, true), roots_t[_i].can);
	ck_assert_int_eq(root_makes(root, false), roots_t[_i].cannot);
	ck_assert_int_eq(root_allows(root, CONTAINER_PINNED), roots_t[_i].pinned);
	ck_assert_int_eq(root_allows(root, CONTAINER_MAPPED), roots_t[_i].mapped);
	ck_assert_int_eq(root_allows(root, CONTAINER_OPEN), roots_t[_i].open);
	ck_assert(!root_allows(root, CONTAINER_UNKNOWN));
	ck_assert_int_eq(facts_kind(&facts, root), CONTAINER_UNKNOWN);
	facts.makes = true;
	ck_assert_int_eq(facts_kind(&facts, root), roots_t[_i].can);
	/* What is there says itself what it is. */
	facts.kind = CONTAINER_OPEN;
	ck_assert_int_eq(facts_kind(&facts, root), CONTAINER_OPEN);
}
END_TEST

static const struct { const char *pattern, *text; bool fits; } patterns_of_text_t[] = {
	{ "", "", true }, { "*", "", true }, { "*", "abc", true }, { "a*c", "abc", true }, { "a*c", "ac", true },
	{ "a*c", "abd", false }, { "a*b*c", "a-b-b-c", true }, { "abc", "abcd", false }, { "abc", "ab", false },
	{ "*x", "xxxy", false }, { "*x", "xyx", true }, { "a**", "a", true }, { "", "a", false },
};

START_TEST(patterns_of_text)
{
	ck_assert(text_fits(patterns_of_text_t[_i].pattern, patterns_of_text_t[_i].text) == patterns_of_text_t[_i].fits);
}
END_TEST

static const struct { const char *path, *top; size_t expected; } protected_t[] = {
	{ "/proc", "/proc", 5 }, { "/proc/1/root:ro", "/proc", 5 }, { "/proces", "/proc", 0 }, { "/pro", "/proc", 0 },
	{ "/", "/proc", FACT_WHOLE }, { "/var", "/var/lib/docker", FACT_WHOLE }, { "/var/lib:ro", "/var/lib/docker", FACT_WHOLE },
	{ "/var/li", "/var/lib/docker", 0 }, { "/x", "/", 1 }, { "/home", "/home/.", FACT_WHOLE }, { "name", "/proc", 0 },
};

START_TEST(paths_are_protected)
{
	struct facts facts = { 0 };

	ck_assert_int_eq(facts_add(&facts, FLAG_VOLUME, protected_t[_i].path, 0, "Binds"), 0);
	facts_protect(&facts, 0, protected_t[_i].top);
	ck_assert_uint_eq(facts.list[0].top, protected_t[_i].expected);
	facts_free(&facts);
}
END_TEST

START_TEST(facts_are_bounded)
{
	struct facts facts = { 0 };

	ck_assert_int_eq(facts_rank(&facts), RANK_C);
	for (int i = 0; i < FACTS_MAX; i++)
		ck_assert_int_eq(facts_add(&facts, FLAG_ENV, "A", 0, "Env"), 0);
	ck_assert_int_eq(facts_add(&facts, FLAG_ENV, "A", 0, "Env"), -1);
	ck_assert_uint_eq(facts.n, FACTS_MAX);
	facts.list[7].rank = RANK_A;
	ck_assert_int_eq(facts_rank(&facts), RANK_A);
	facts_free(&facts);
	ck_assert_uint_eq(facts.n, 0);
}
END_TEST

/* Every denial has a code of its own that people can look up, and what is none is the helper's fault. */
START_TEST(denials_have_codes)
{
	for (enum deny a = DENY_NONE + 1; a < DENY_MAX; a++) {
		ck_assert_int_eq(strncmp(deny_code(a), "E_", 2), 0);
		ck_assert_uint_gt(strlen(deny_meaning(a)), 10);
		for (enum deny b = a + 1; b < DENY_MAX; b++)
			ck_assert_str_ne(deny_code(a), deny_code(b));
	}
	ck_assert_str_eq(deny_code(DENY_NONE), "E_SYSTEM");
	ck_assert_str_eq(deny_meaning(DENY_MAX), "?");
}
END_TEST

static const struct { enum missing missing; bool expired; enum flag flag; enum deny deny; } denials_t[] = {
	{ MISSING_RULE, false, FLAG_ENV, DENY_RULE }, { MISSING_VERB, false, FLAG_ENV, DENY_VERB },
	{ MISSING_FLAG, false, FLAG_ENV, DENY_FLAG }, { MISSING_FLAG, false, FLAG_VOLUME, DENY_MOUNT },
	{ MISSING_FLAG, false, FLAG_MOUNT, DENY_MOUNT }, { MISSING_IMAGE, false, FLAG_ENV, DENY_IMAGE },
	{ MISSING_FORCE, false, FLAG_ENV, DENY_FORCE }, { MISSING_ROOT, false, FLAG_ENV, DENY_ROOT },
	{ MISSING_STRONG, false, FLAG_ENV, DENY_STRONG }, { MISSING_REASON, false, FLAG_ENV, DENY_REASON },
	{ MISSING_TIME, false, FLAG_ENV, DENY_TIME }, { MISSING_TIME, true, FLAG_ENV, DENY_EXPIRED },
	{ MISSING_FLAG, true, FLAG_VOLUME, DENY_EXPIRED },
};

START_TEST(denials_are_told_apart)
{
	struct decision d = { .missing = denials_t[_i].missing, .expired = denials_t[_i].expired };
	struct facts facts = { 0 };

	ck_assert_int_eq(facts_add(&facts, denials_t[_i].flag, "x", 0, "x"), 0);
	ck_assert_int_eq(deny_of(&d, &facts), denials_t[_i].deny);
	/* A fact that is not there is no mount. */
	d.fact = 7;
	if (denials_t[_i].deny == DENY_MOUNT)
		ck_assert_int_eq(deny_of(&d, &facts), DENY_FLAG);
	facts_free(&facts);
}
END_TEST

/* What an older container was made with is judged as such: its rank and its reach come along. */
START_TEST(facts_of_before)
{
	struct facts now = { 0 }, before = { 0 };

	ck_assert_int_eq(facts_add(&now, FLAG_ENV, "A", 0, "Env"), 0);
	ck_assert_int_eq(facts_add(&before, FLAG_PRIVILEGED, "", 0, "HostConfig.Privileged"), 0);
	before.list[0].top = FACT_WHOLE;
	ck_assert_int_eq(facts_add_again(&now, &before), 0);
	ck_assert_uint_eq(now.n, 2);
	ck_assert_uint_eq(before.n, 0);
	ck_assert(!now.list[0].again && now.list[1].again);
	ck_assert_int_eq(now.list[1].flag, FLAG_PRIVILEGED);
	ck_assert_int_eq(now.list[1].rank, RANK_A);
	ck_assert_uint_eq(now.list[1].top, FACT_WHOLE);
	ck_assert_str_eq(root_name(ROOT_NEVER), "never");
	ck_assert_str_eq(root_name(ROOT_MAPPED), "mapped");
	ck_assert_str_eq(root_name(ROOT_OPEN), "open");
	facts_free(&now);
}
END_TEST

Suite *model_suite(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");

	tcase_add_loop_test(t, every_verb_is_whole, VERB_NONE + 1, VERB_MAX);
	tcase_add_loop_test(t, every_flag_is_whole, FLAG_NONE + 1, FLAG_MAX);
	tcase_add_loop_test(t, every_operation_is_whole, OPERATION_NONE + 1, OPERATION_MAX);
	tcase_add_loop_test(t, every_set_is_whole, 0, SET_INDEX_MAX);
	tcase_add_test(t, flags_follow_their_verbs);
	tcase_add_test(t, what_is_not_there_is_nothing);
	tcase_add_loop_test(t, values_have_ranks, 0, COUNT(values_have_ranks_t));
	tcase_add_test(t, kinds_have_ranks);
	tcase_add_loop_test(t, roots, 0, COUNT(roots_t));
	tcase_add_loop_test(t, patterns_of_text, 0, COUNT(patterns_of_text_t));
	tcase_add_loop_test(t, paths_are_protected, 0, COUNT(protected_t));
	tcase_add_test(t, facts_are_bounded);
	tcase_add_test(t, denials_have_codes);
	tcase_add_loop_test(t, denials_are_told_apart, 0, COUNT(denials_t));
	tcase_add_test(t, facts_of_before);
	suite_add_tcase(s, t);
	return s;
}
