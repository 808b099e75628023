/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden - one directory per case: bytes in, verdict and forwarded bytes out,
 * through the same layers as the helper's worker, without a socket.
 *
 *   request  the request in the notation of judge.h
 *   policy   the policy's text, or `@NAME` for the file policy-NAME beside the directories; where it is missing,
 *            the file policy there
 *   engine   what the engine says where it is not what trial/engine.h makes up (trial_script()); may be missing
 *   as       the strong rule that is asked for, on the next line the reason; where it is missing, none
 *   expect   `allow`, then what goes to the engine in the same notation: of a plan of several requests all of them, in
 *            their order, each behind a line `--- OPERATION OBJECT` (`look: `: it changes nothing, and has no record); or
 *            `deny STATUS` and on the next line a text that the reason must hold;
 *            @PROFILE stands for the system calls of a closed container
 *
 * Each case is judged again for each of its allocations, which then fails: what is refused stays refused, and what
 * is allowed is forwarded as it is, or refused.
 *
 * Who asks, and what the names in a request stand for, says judge.h.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/scarce.h"
#include "together/together.h"
#include "trial/engine.h"
#include "trial/trial.h"

#define CASES_MAX 9000
#define MESSAGE_MAX 1500	/* bytes shown of what differs */

static char *names[CASES_MAX];
static int n_names;
static char root[4096];

static char *read_file(const char *dir, const char *name, size_t *ret_n)
{
	char path[8192];
	struct buf text = buf_new(16 * 1024 * 1024);
	FILE *f;
	int c;
	char *result;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", root, dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	while ((c = fgetc(f)) != EOF)
		buf_add(&text, &(char){ (char)c }, 1);
	(void)fclose(f);
	*ret_n = text.len;
	result = slice_dup(buf_slice(&text));
	buf_free(&text);
	return result;
}

/* Forwarded bytes back to the notation. */
static void from_bytes(struct slice in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		if (slice_starts(slice_after(in, i), SAFEDOCKER_PLACEHOLDER)) {
			buf_add_str(out, TRIAL_PLACEHOLDER);
			i += strlen(SAFEDOCKER_PLACEHOLDER) - 1;
		} else if (in.p[i] != '\r' && in.p[i] != '\0') {
			buf_add(out, in.p + i, 1);
		}
	}
}

/*
 * GOLDEN=write writes what goes to the engine anew, where a case is allowed and stays so; a verdict is never changed.
 * Whoever does that reads the difference, line by line.
 */
static void rewrite(const char *name, struct slice forwarded)
{
	const char *mode = getenv("GOLDEN");
	char path[8192];
	FILE *f;

	if (mode == NULL || strcmp(mode, "write") != 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s/expect", root, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "allow\n%.*s\n", (int)forwarded.n, forwarded.p);
	ck_assert_int_eq(fclose(f), 0);
}

static void compare(const char *name, const char *expect, size_t n, const struct trial *o)
{
	struct slice all = slice_of(expect, n);
	struct slice first = slice_of(all.p, slice_find(all, '\n'));
	struct slice rest = slice_after(all, first.n + 1);
	char verdict[64];
	struct buf got = buf_new(16 * 1024 * 1024);

	if (rest.n > 0 && rest.p[rest.n - 1] == '\n')
		rest.n--;
	if (o->status == 0) {
		(void)snprintf(verdict, sizeof(verdict), "allow");
		from_bytes(buf_slice(o->steps.len > 0 ? &o->steps : &o->forwarded), &got);
	} else {
		(void)snprintf(verdict, sizeof(verdict), "deny %d", o->status);
	}
	ck_assert_msg(slice_is(first, verdict), "%s: expected %.*s, got %s: %s", name, (int)first.n, first.p,
		      verdict, o->reason);
	if (o->status == 0) {
		struct slice forwarded = buf_slice(&got);

		while (forwarded.n > rest.n && forwarded.p[forwarded.n - 1] == '\n')
			forwarded.n--;
		if (!slice_eq(rest, forwarded) && slice_is(first, verdict))
			rewrite(name, forwarded);
		/* Check takes no longer message; `GOLDEN=write` and git show the whole of it. */
		ck_assert_msg(slice_eq(rest, forwarded), "%s: expected\n%.*s\ngot\n%.*s", name,
			      (int)(rest.n < MESSAGE_MAX ? rest.n : MESSAGE_MAX), rest.p,
			      (int)(forwarded.n < MESSAGE_MAX ? forwarded.n : MESSAGE_MAX), forwarded.p);
	} else {
		/* Of what is not there nothing is known: the record and explain get these facts. */
		for (size_t i = 0; o->status == 404 && i < o->request.facts.n; i++)
			ck_assert_msg(!o->request.facts.list[i].again, "%s: %s of what is not there", name,
				      flag_name(o->request.facts.list[i].flag));
		ck_assert_msg(rest.n > 0 && memmem(o->reason, strlen(o->reason), rest.p, rest.n) != NULL,
			      "%s: the reason should hold `%.*s` but is `%s`", name, (int)rest.n, rest.p,
			      o->reason);
	}
	buf_free(&got);
}

/* What a case is judged with. */
struct question {
	struct policy *policy;
	struct subject subject;
	struct buf bytes;
	char *as, *engine;
};

static void read_question(const char *name, struct question *q)
{
	size_t n_request = 0, n_policy = 0, n_as = 0, n_engine = 0;
	char *request = read_file(name, "request", &n_request);
	char *text = read_file(name, "policy", &n_policy), shared[100];
	struct error why = { 0 };

	*q = (struct question){ .subject = trial_alice, .bytes = buf_new(16 * 1024 * 1024),
				.as = read_file(name, "as", &n_as), .engine = read_file(name, "engine", &n_engine) };
	/* One that several cases share: `@NAME` is the file policy-NAME beside the directories. */
	if (text != NULL && text[0] == '@') {
		(void)snprintf(shared, sizeof(shared), "policy-%.*s", (int)strcspn(text + 1, "\n"), text + 1);
		free(text);
		text = read_file(".", shared, &n_policy);
	} else if (text == NULL) {
		text = read_file(".", "policy", &n_policy);
	}
	ck_assert_msg(request != NULL && text != NULL, "%s: a file is missing", name);
	ck_assert_msg(policy_parse(&(struct policy_file){ "policy", slice_of(text, n_policy) }, 1, &q->policy,
				   &why) == 0, "%s: %s", name, why.text);
	ck_assert_msg(trial_notation(slice_of(request, n_request), &q->bytes) == 0, "%s: no empty line", name);
	if (q->as != NULL) {
		q->subject.as = strtok(q->as, "\n");
		q->subject.reason = strtok(NULL, "\n");
	}
	trial_script(q->engine);
	free(request);
	free(text);
}

static void free_question(struct question *q)
{
	policy_free(q->policy);
	buf_free(&q->bytes);
	free(q->as);
	free(q->engine);
}

START_TEST(one_case)
{
	const char *name = names[_i];
	size_t n_expect = 0;
	char *expect = read_file(name, "expect", &n_expect);
	struct question q;
	struct trial o;

	ck_assert_msg(expect != NULL, "%s: a file is missing", name);
	read_question(name, &q);
	trial_bytes_for(q.policy, &q.subject, buf_slice(&q.bytes), &o);
	compare(name, expect, n_expect, &o);
	trial_free(&o);
	free_question(&q);
	free(expect);
}
END_TEST

START_TEST(without_memory)
{
	const char *name = names[_i];
	struct question q;
	struct trial plain, scarce;
	bool failed = true;

	read_question(name, &q);
	trial_bytes_for(q.policy, &q.subject, buf_slice(&q.bytes), &plain);
	for (unsigned long nth = 1; failed; nth++) {
		scarce_begin(nth);
		trial_bytes_for(q.policy, &q.subject, buf_slice(&q.bytes), &scarce);
		failed = scarce_end();
		ck_assert_msg(scarce.status != 0 ||
			      (plain.status == 0 && slice_eq(buf_slice(&scarce.forwarded), buf_slice(&plain.forwarded))),
			      "%s: without its allocation %lu it is allowed%s", name, nth,
			      plain.status == 0 ? ", and another request" : "");
		trial_free(&scarce);
	}
	trial_free(&plain);
	free_question(&q);
}
END_TEST

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_cases(void)
{
	DIR *dir = opendir(root);
	const struct dirent *entry;

	if (dir == NULL) {
		perror(root);
		exit(99);
	}
	while ((entry = readdir(dir)) != NULL && n_names < CASES_MAX)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			names[n_names++] = strdup(entry->d_name);
	(void)closedir(dir);
	qsort(names, (size_t)n_names, sizeof(names[0]), by_name);
}

int main(int argc, char **argv)
{
	const char *source = getenv("srcdir");
	Suite *suite = suite_create("golden");
	TCase *tcase = tcase_create("cases");
	SRunner *runner;
	int failed;

	if (argc > 1)
		(void)snprintf(root, sizeof(root), "%s", argv[1]);
	else
		(void)snprintf(root, sizeof(root), "%s/tests/cases", source != NULL ? source : ".");
	find_cases();
	if (n_names == 0) {
		(void)fprintf(stderr, "no cases in %s\n", root);
		return 99;
	}
	engine_thinks = scarce_pause;
	tcase_add_loop_test(tcase, one_case, 0, n_names);
	tcase_add_loop_test(tcase, without_memory, 0, n_names);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	failed = together_run(runner);
	srunner_free(runner);
	return failed;
}
