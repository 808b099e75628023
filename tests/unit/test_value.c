/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "docker/change.h"
#include "docker/image_ref.h"
#include "docker/inspect.h"
#include "docker/value.h"

static const struct {
	bool (*is)(struct slice text);
	const char *yes, *no;	/* they differ in one thing */
} values_t[] = {
	{ value_is_signal, "9", "0" },
	{ value_is_signal, "64", "65" },
	{ value_is_signal, "SIGTERM", "SIG TERM" },
	{ value_is_signal, "RTMIN+3", "RTMIN+" },
	{ value_is_signal, "RTMAX-1", "-1" },
	{ value_is_time, "2026-01-02T03:04:05+01:00", "2026-01-02 03:04:05" },
	{ value_is_time, "1h30m", "{{1h}}" },
	{ value_is_tail, "all", "All" },
	{ value_is_tail, "2147483647", "2147483648" },
	{ value_is_tail, "-1", "-2" },
	{ value_is_keys, "ctrl-@", "ctrl-" },
	{ value_is_keys, "a,b", "a,,b" },
	{ value_is_keys, "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g", "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h" },
	{ value_is_platform, "windows(10.0.17763)/amd64", "windows{10}/amd64" },
	{ value_is_platform, "a/b/c", "a/b/c/d" },
	{ value_is_platform, "a/b", "a//b" },
	{ value_is_host, "db:10.0.0.1", "db 10.0.0.1" },
	{ value_is_host, "db:::1", "db::::1" },
	{ value_is_host, "db=[::1]", "db=[::1" },
	{ value_is_host, "db:host-gateway", "db:host-gateway x" },
	{ value_is_host, "a_b.c-d:1.2.3.4", "a\tb:1.2.3.4" },
	{ value_is_cpuset, "0-3,8", "3-0,8" },
	{ value_is_cpuset, "8191", "0-8192" },
	{ value_is_cpuset, "1", "1-" },
	{ value_is_pattern, "^a[0-9]+$", "^a[0-9]{2}$" },
	{ value_is_pattern, "((((((((a))))))))", "(((((((((a)))))))))" },
	{ value_is_pattern, "(a)", "(?i)" },
	{ value_is_pattern, "a\\(b", "a\\({b" },
	{ value_is_ps, "-ef", "-ef " },
	{ value_is_ps, "-eo pid,args", "-eo args" },
	{ value_is_ps, "-eo pid,args,user", "-eo pid,environ,user" },
	{ value_is_ps, "-o user,pid", "-o user,,pid" },
	{ value_is_ps, "--format=pid,cmd", "--format=cmd,pid" },
	{ value_is_ps, "-eo pid", "-eo pid -o args" },
	{ value_is_ps, "aux --sort=-%mem,+pid", "aux --sort=-%mem," },
	{ value_is_ps, "axfo pid,args", "axfo" },
	{ value_is_ps, "aux", "aux --cols=9" },
	{ value_is_ps, "-eLf", "-eMf" },
};

START_TEST(values)
{
	ck_assert_msg(values_t[_i].is(slice_str(values_t[_i].yes)), "%s", values_t[_i].yes);
	ck_assert_msg(!values_t[_i].is(slice_str(values_t[_i].no)), "%s", values_t[_i].no);
}
END_TEST

/* Each way of asking a registry has a grammar of its own. NULL: none. */
static const struct {
	int (*of)(struct slice text, char **ret, struct error *reterr);
	const char *text, *registry;
} registries_t[] = {
	{ registry_of_name, "bb", "docker.io" },
	{ registry_of_name, "index.docker.io/bb", "docker.io" },
	{ registry_of_name, "localhost/bb", "localhost" },
	{ registry_of_name, "REG.example.com/bb", "REG.example.com" },
	{ registry_of_name, "[::1]:5000/bb", NULL },
	{ registry_of_name, "a@b/bb", NULL },
	{ registry_of_term, "bb", "docker.io" },
	{ registry_of_term, "team/bb", "docker.io" },
	{ registry_of_term, "TEAM/bb", "docker.io" },
	{ registry_of_term, "reg:80/bb", "reg:80" },
	{ registry_of_term, "localhost/bb", "localhost" },
	{ registry_of_term, "index.docker.io/bb", "docker.io" },
	{ registry_of_term, "-reg.example.com/bb", NULL },
	{ registry_of_term, "u:p@reg.example.com/bb", NULL },
	{ registry_of_address, "", "docker.io" },
	{ registry_of_address, "https://index.docker.io/v1/", "docker.io" },
	{ registry_of_address, "reg.example.com:5000", "reg.example.com:5000" },
	{ registry_of_address, "http://reg.example.com", "reg.example.com" },
	{ registry_of_address, "https://reg.example.com@x/", NULL },
	{ registry_of_address, "https://reg.example.com?x", NULL },
	{ registry_of_address, "https://reg.example.com#x", NULL },
	{ registry_of_address, "https://reg.example.com/%2e", NULL },
	{ registry_of_address, "https://", NULL },
	{ registry_of_address, "ftp://reg.example.com", NULL },
	{ registry_of_address, "reg.example.com:99999", NULL },
};

START_TEST(registries)
{
	struct error why = { 0 };
	char *registry = NULL;
	int r = registries_t[_i].of(slice_str(registries_t[_i].text), &registry, &why);

	if (registries_t[_i].registry == NULL) {
		ck_assert_int_eq(r, -1);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(registry, registries_t[_i].registry);
	}
	free(registry);
}
END_TEST

/* The lines alone may be fine, and the container's variables too long for them. */
START_TEST(variables_that_grow)
{
	struct change_sum sum = { 0 };
	struct error why = { 0 };
	bool env;

	ck_assert_int_eq(change_fits(&sum, 1 << 30, &why), 0);
	ck_assert_int_eq(change_check(&sum, slice_str("ENV A=$B$B C=d"), &env, &why), 0);
	ck_assert(env);
	ck_assert_int_eq(change_check(&sum, slice_str("LABEL a=$A$A"), &env, &why), 0);
	ck_assert(!env);
	/* Two, and twice the three that A may be. */
	ck_assert_uint_eq(sum.total, 8);
	ck_assert_int_eq(change_fits(&sum, 2 << 20, &why), 0);
	ck_assert_int_eq(change_fits(&sum, (2 << 20) + 1, &why), -1);
}
END_TEST

START_TEST(lists_are_counted)
{
	struct error why = { 0 };

	ck_assert_int_eq(inspect_count(slice_str("[]"), &why), 0);
	ck_assert_int_eq(inspect_count(slice_str("[{\"Id\":\"a\",\"Name\":\"b\"},{\"Id\":\"c\"}]"), &why), 2);
	ck_assert_int_eq(inspect_count(slice_str("{\"Volumes\":null,\"Warnings\":null}"), &why), 0);
	ck_assert_int_eq(inspect_count(slice_str("{\"Volumes\":[]}"), &why), 0);
	ck_assert_int_eq(inspect_count(slice_str("{\"Volumes\":[{\"Name\":\"a\"}]}"), &why), 1);
	ck_assert_int_eq(inspect_count(slice_str("{\"message\":\"x\"}"), &why), -1);
	ck_assert_int_eq(inspect_count(slice_str("7"), &why), -1);
}
END_TEST

Suite *value_suite(void)
{
	Suite *s = suite_create("value");
	TCase *t = tcase_create("value");

	tcase_add_loop_test(t, values, 0, COUNT(values_t));
	tcase_add_loop_test(t, registries, 0, COUNT(registries_t));
	tcase_add_test(t, variables_that_grow);
	tcase_add_test(t, lists_are_counted);
	suite_add_tcase(s, t);
	return s;
}
