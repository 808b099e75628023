/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts - what the engine can be asked, frozen beside this file (routes, query parameters, fields of bodies),
 * against what our tables know. What the engine knows and no table has would be refused by accident, not by
 * decision. Each fact is asked as a client would: a request that holds it, and little else.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "together/together.h"
#include "trial/trial.h"

#define FACTS 4096
#define API "/v1.54"

struct row {
	char *method, *path, *what;
};

static struct row routes[FACTS], params[FACTS], fields[FACTS];
static int n_routes, n_params, n_fields;

/* Method, path and a third word, separated by tabs; `#` begins a comment. */
static int load(const char *name, struct row *rows)
{
	const char *source = getenv("srcdir");
	char file[4096], line[1024];
	int n = 0;
	FILE *f;

	(void)snprintf(file, sizeof(file), "%s/tests/facts/%s", source != NULL ? source : ".", name);
	f = fopen(file, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL && n < FACTS) {
		char *path = strchr(line, '\t'), *what = path != NULL ? strchr(path + 1, '\t') : NULL;

		if (line[0] == '#' || what == NULL)
			continue;
		*path = *what = '\0';
		what[1 + strcspn(what + 1, "\n")] = '\0';
		rows[n++] = (struct row){ strdup(line), strdup(path + 1), strdup(what + 1) };
	}
	if (f != NULL)
		(void)fclose(f);
	return n;
}

/* The path with a name for each {}: an exec's is an id. */
static void add_path(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path != '{')
			buf_add(out, path, 1);
		else if (strncmp(path - 6, "/exec/", 6) == 0)
			buf_add_str(out, "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
		else
			buf_add_str(out, "mine");
		if (*path == '{')
			path++;
	}
}

enum body { BODY_OF_NOTHING = 0, BODY_OF_JSON, BODY_OF_BYTES, BODY_KINDS };

/* Asks; returns whether the reason holds `words`. `query` may be NULL. */
static bool reason_has(const char *words, const struct row *row, const char *query, enum body kind,
		       const char *body, struct trial *ret)
{
	static const char text[] = "[rule r]\nusers = alice\nverbs = @everyday\nflags = @everyday\n";
	static const char *const types[] = { "", "application/json", "application/x-tar" };
	struct policy_file file = { "policy", slice_str(text) };
	struct policy *policy = NULL;
	struct buf bytes = buf_new(1 << 16);
	bool has;

	ck_assert_int_eq(policy_parse(&file, 1, &policy, NULL), 0);
	buf_addf(&bytes, "%s ", row->method);
	buf_add_str(&bytes, *row->path == '/' ? API : "");
	add_path(&bytes, row->path);
	buf_addf(&bytes, "%s%s HTTP/1.1\r\nHost: docker\r\n", query != NULL ? "?" : "", query != NULL ? query : "");
	if (kind != BODY_OF_NOTHING)
		buf_addf(&bytes, "Content-Type: %s\r\nContent-Length: %zu\r\n", types[kind], strlen(body));
	buf_addf(&bytes, "\r\n%s", kind != BODY_OF_NOTHING ? body : "");
	trial_bytes(policy, buf_slice(&bytes), ret);
	has = strstr(ret->reason, words) != NULL;
	trial_free(ret);
	policy_free(policy);
	buf_free(&bytes);
	return has;
}

START_TEST(route_has_a_row)
{
	const struct row *row = &routes[_i];
	struct trial j;

	if (strcmp(row->what, "known") == 0)
		ck_assert_msg(!reason_has("is not a route", row, NULL, BODY_OF_NOTHING, NULL, &j) && j.status != 405,
			      "no route for %s %s: %s", row->method, row->path, j.reason);
	else
		ck_assert_msg(!reason_has("missing", row, NULL, BODY_OF_NOTHING, NULL, &j) && j.status >= 400 &&
			      j.status < 500, "%s %s is taken: %s", row->method, row->path, j.reason);
}
END_TEST

/*
 * Is the parameter unknown with each kind of body whose parameters are looked at, which one that nobody
 * knows tells? `more` stands before it: two operations may stand behind one route.
 */
static bool parameter_is_unknown(const struct row *row, const char *more, struct trial *ret)
{
	char query[256], nobody[256];
	bool reached = false, unknown = false;

	(void)snprintf(query, sizeof(query), "%s%s=1", more, row->what);
	(void)snprintf(nobody, sizeof(nobody), "%sfly=1", more);
	for (int kind = BODY_OF_NOTHING; kind < BODY_KINDS; kind++) {
		if (!reason_has("unknown parameter", row, nobody, (enum body)kind, "{}", ret))
			continue;
		reached = true;
		unknown = reason_has("unknown parameter", row, query, (enum body)kind, "{}", ret) || unknown;
	}
	return unknown || !reached;
}

START_TEST(parameter_has_a_row)
{
	const struct row *row = &params[_i];
	struct trial j;

	ck_assert_msg(!parameter_is_unknown(row, "", &j) || (strcmp(row->path, "/images/create") == 0 &&
							     !parameter_is_unknown(row, "fromSrc=-&", &j)),
		      "no parameter %s of %s %s: %s", row->what, row->method, row->path, j.reason);
}
END_TEST

/* "A.B[].C" becomes {"A":{"B":[{"C":null}]}}. */
static char *body_of(const char *path)
{
	struct buf text = buf_new(4096), tail = buf_new(4096), all = buf_new(4096);
	char *result;

	while (*path != '\0') {
		size_t n = strcspn(path, ".[");

		if (n > 0) {
			buf_addf(&text, "{\"%.*s\":", (int)n, *path == '*' ? "k" : path);
			buf_add_str(&tail, "}");
		} else if (path[0] == '[') {
			buf_add_str(&text, "[");
			buf_add_str(&tail, "]");
			n = 2;
		} else {
			n = 1;
		}
		path += n;
	}
	buf_add_slice(&all, buf_slice(&text));
	buf_add_str(&all, "null");
	while (tail.len > 0)
		buf_add(&all, &tail.data[--tail.len], 1);
	result = slice_dup(buf_slice(&all));
	buf_free(&text);
	buf_free(&tail);
	buf_free(&all);
	return result;
}

START_TEST(field_has_a_row)
{
	const struct row *row = &fields[_i];
	char *body = body_of(row->what);
	struct trial j;

	ck_assert_msg(!reason_has("unknown field", row, "version=1", BODY_OF_JSON, body, &j), "no field %s of %s %s: %s",
		      row->what, row->method, row->path, j.reason);
	ck_assert_msg(strstr(j.reason, "is not a route") == NULL && strstr(j.reason, "no body") == NULL,
		      "%s %s takes no body: %s", row->method, row->path, j.reason);
	free(body);
}
END_TEST

/* What no engine knows is told from what it knows: else the tests above would prove nothing. */
START_TEST(what_nobody_knows_has_no_row)
{
	const struct row route = { "POST", "/containers/{}/fly", "" }, create = { "POST", "/containers/create", "" };
	struct trial j;

	ck_assert(reason_has("is not a route", &route, NULL, BODY_OF_NOTHING, NULL, &j));
	ck_assert(reason_has("unknown parameter", &create, "fly=1", BODY_OF_JSON, "{}", &j));
	ck_assert(reason_has("unknown field", &create, NULL, BODY_OF_JSON, "{\"Fly\":null}", &j));
	ck_assert(reason_has("unknown field", &create, NULL, BODY_OF_JSON, "{\"HostConfig\":{\"Mounts\":[{\"Fly\":null}]}}", &j));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");
	SRunner *runner;
	int failed;

	n_routes = load("routes.tsv", routes);
	n_params = load("params.tsv", params);
	n_fields = load("fields.tsv", fields);
	if (n_routes < 120 || n_params < 180 || n_fields < 800) {
		(void)fprintf(stderr, "facts: %d routes, %d parameters, %d fields are not all of them\n", n_routes,
			      n_params, n_fields);
		return 99;
	}
	tcase_add_loop_test(tcase, route_has_a_row, 0, n_routes);
	tcase_add_loop_test(tcase, parameter_has_a_row, 0, n_params);
	tcase_add_loop_test(tcase, field_has_a_row, 0, n_fields);
	tcase_add_test(tcase, what_nobody_knows_has_no_row);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	failed = together_run(runner);
	srunner_free(runner);
	return failed;
}
