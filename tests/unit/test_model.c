/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

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

/* Pinned, mapped, open; RANK_NONE: refused there. */
static const struct { enum flag flag; const char *value; enum rank ranks[3]; } kinds_have_ranks_t[] = {
	{ FLAG_TTY, "", { RANK_C, RANK_C, RANK_C } },
	{ FLAG_VOLUME, "", { RANK_NONE, RANK_C, RANK_C } },
	{ FLAG_VOLUME, "data", { RANK_NONE, RANK_C, RANK_C } },
	{ FLAG_VOLUME, "/srv/a", { RANK_NONE, RANK_C, RANK_A } },
	{ FLAG_VOLUME, "/srv/a:ro", { RANK_B, RANK_C, RANK_A } },
	{ FLAG_VOLUME, "/run/docker.sock", { RANK_S, RANK_S, RANK_S } },
	{ FLAG_VOLUME, "/run/docker.sock:ro", { RANK_S, RANK_S, RANK_S } },
	{ FLAG_VOLUME, "/run/containerd/containerd.sock", { RANK_S, RANK_S, RANK_S } },
	{ FLAG_VOLUMES_FROM, "x", { RANK_NONE, RANK_A, RANK_A } },
	{ FLAG_VOLUME_DRIVER, "nfs", { RANK_NONE, RANK_NONE, RANK_A } },
	{ FLAG_MOUNT, "type=image,source=x", { RANK_NONE, RANK_NONE, RANK_A } },
	{ FLAG_MOUNT, "z", { RANK_NONE, RANK_NONE, RANK_A } },
	{ FLAG_TMPFS, "/t", { RANK_C, RANK_C, RANK_C } },
	{ FLAG_GROUP_ADD, "audio", { RANK_NONE, RANK_C, RANK_C } },
	{ FLAG_PUBLISH, "127.0.0.1:8080", { RANK_B, RANK_C, RANK_B } },
	{ FLAG_PUBLISH, "127.0.0.1:1024-1030", { RANK_B, RANK_C, RANK_B } },
	{ FLAG_PUBLISH, "127.0.0.1:1023", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH, "127.0.0.1:80-8080", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH, "127.0.0.1:ephemeral", { RANK_B, RANK_C, RANK_B } },
	{ FLAG_PUBLISH, "[::1]:8080", { RANK_B, RANK_C, RANK_B } },
	{ FLAG_PUBLISH, "[::]:8080", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH, "0.0.0.0:8080", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH, "127.evil:8080", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH, "8080", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_PUBLISH_ALL, "", { RANK_B, RANK_B, RANK_B } },
	{ FLAG_NETWORK, "host", { RANK_A, RANK_B, RANK_A } },
	{ FLAG_NETWORK, "ns:/proc/1/ns/net", { RANK_A, RANK_NONE, RANK_A } },
	{ FLAG_NETWORK, "container:x", { RANK_A, RANK_A, RANK_A } },
	{ FLAG_CAP_ADD, "CHOWN", { RANK_A, RANK_B, RANK_A } },
	{ FLAG_CAP_ADD, "CAP_NET_RAW", { RANK_A, RANK_B, RANK_A } },
	{ FLAG_CAP_ADD, "SYS_ADMIN", { RANK_A, RANK_A, RANK_A } },
	{ FLAG_CAP_ADD, "ALL", { RANK_A, RANK_A, RANK_A } },
	{ FLAG_PRIVILEGED, "", { RANK_A, RANK_NONE, RANK_A } },
	{ FLAG_PID, "host", { RANK_A, RANK_NONE, RANK_A } }, { FLAG_PID, "container:x", { RANK_A, RANK_A, RANK_A } },
	{ FLAG_IPC, "host", { RANK_A, RANK_NONE, RANK_A } }, { FLAG_IPC, "private", { RANK_C, RANK_C, RANK_C } },
	{ FLAG_UTS, "host", { RANK_A, RANK_NONE, RANK_A } }, { FLAG_USERNS, "host", { RANK_A, RANK_NONE, RANK_A } },
	{ FLAG_CGROUPNS, "host", { RANK_A, RANK_NONE, RANK_A } }, { FLAG_CGROUPNS, "private", { RANK_C, RANK_C, RANK_C } },
	{ FLAG_RUNTIME, "runc", { RANK_A, RANK_NONE, RANK_A } }, { FLAG_CGROUP_PARENT, "x", { RANK_A, RANK_NONE, RANK_A } },
	{ FLAG_DEVICE, "/dev/null", { RANK_A, RANK_A, RANK_A } },
	{ FLAG_DEVICE_CGROUP_RULE, "a *:* rwm", { RANK_S, RANK_NONE, RANK_S } },
	{ FLAG_SECURITY_OPT, "seccomp=unconfined", { RANK_A, RANK_A, RANK_A } },
};

START_TEST(kinds_have_ranks)
{
	static const enum container_kind kinds[] = { CONTAINER_PINNED, CONTAINER_MAPPED, CONTAINER_OPEN };
	enum flag flag = kinds_have_ranks_t[_i].flag;
	const char *value = kinds_have_ranks_t[_i].value, *effect;
	struct facts facts = { 0 };

	ck_assert_int_eq(facts_add(&facts, flag, value, 0, "x"), 0);
	for (size_t k = 0; k < 3; k++) {
		enum rank rank = flag_value_rank(flag, value, kinds[k], &effect);

		ck_assert_msg(rank == kinds_have_ranks_t[_i].ranks[k], "%s=%s of kind %zu: %s", flag_name(flag), value, k, rank_name(rank));
		ck_assert(*effect != '\0');
		ck_assert_int_eq(facts.list[0].ranks[kinds[k]], rank);
		facts_settle(&facts, kinds[k]);
		ck_assert_int_eq(facts.list[0].rank, rank != RANK_NONE ? rank : facts.list[0].ranks[CONTAINER_UNKNOWN]);
	}
	/* What is the caller's own is everyday, but not where it cannot be had. */
	facts_own(&facts, 0);
	for (size_t k = 0; k < 3; k++)
		ck_assert_int_eq(facts.list[0].ranks[kinds[k]], kinds_have_ranks_t[_i].ranks[k] == RANK_NONE ? RANK_NONE : RANK_C);
	facts_free(&facts);
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
	tcase_add_loop_test(t, kinds_have_ranks, 0, COUNT(kinds_have_ranks_t));
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
