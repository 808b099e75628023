/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sieve.h"

/* Up to three rules, as `=path` (pass), `-path` (drop), `?path` (take); NULL: no more. */
struct run {
	const char *rules[3];
	bool pass_others, sequence;
	const char *in, *out;	/* out NULL: refused */
};

/* Objects with "mine": true go on; of text and numbers all but "no" does, with "!" for "change". */
static int take_mine(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	const char *text = json_string_value(*value);

	(void)context;
	(void)rule;
	(void)reterr;
	if (key != NULL && strcmp(key, "never") == 0)
		return 0;
	if (json_is_object(*value))
		return json_is_true(json_object_get(*value, "mine"));
	if (text != NULL && strcmp(text, "change") == 0) {
		json_decref(*value);
		*value = json_string("!");
		return 1;
	}
	return text == NULL || strcmp(text, "no") != 0;
}

static size_t read_rules(const struct run *run, struct sieve_rule rules[3])
{
	size_t n = 0;

	for (; n < 3 && run->rules[n] != NULL; n++) {
		rules[n].path = run->rules[n] + 1;
		rules[n].step = *run->rules[n] == '=' ? SIEVE_PASS : *run->rules[n] == '?' ? SIEVE_TAKE : SIEVE_DROP;
	}
	return n;
}

/* In pieces of `step` bytes; what goes on, to be freed, or NULL. */
static char *sieved(const struct run *run, const char *in, size_t step)
{
	struct sieve_rule rules[3];
	size_t n = read_rules(run, rules), length = strlen(in);
	struct sieve s = sieve_new(rules, n, run->pass_others ? SIEVE_PASS : SIEVE_DROP);
	struct buf out = buf_new(1 << 20);
	char *result = NULL;
	int r = 0;

	s.take = take_mine;
	s.sequence = run->sequence;
	for (size_t at = 0; r == 0 && at < length; at += step)
		r = sieve_feed(&s, slice_of(in + at, length - at < step ? length - at : step), &out, NULL);
	if (r == 0 && sieve_end(&s, &out, NULL) == 0)
		result = slice_dup(buf_slice(&out));
	sieve_free(&s);
	buf_free(&out);
	return result;
}

#define VOLUMES "{\"Volumes\":[{\"mine\":true,\"n\":1},{\"mine\":false},{\"n\":2,\"mine\":true}],\"Warnings\":null}"

static const struct run runs[] = {
	/* As it is, without its white space. */
	{ { NULL }, true, false, " { \"a\" : [ 1 , -2.5e+3 , \"x\\\"y\\u0041\" , { } , [ ] ] ,\n\"b\" : null } ",
	  "{\"a\":[1,-2.5e+3,\"x\\\"y\\u0041\",{},[]],\"b\":null}" },
	{ { NULL }, true, false, "\"text\"", "\"text\"" },
	{ { NULL }, true, false, "17", "17" },
	{ { NULL }, true, false, "null", "null" },
	{ { NULL }, true, false, "123456789012345678901234567890", "123456789012345678901234567890" },
	{ { NULL }, false, false, "{\"a\":1}", "" },
	/* Members, by name. */
	{ { "=a" }, false, false, "{\"a\":1,\"b\":2}", "{\"a\":1}" },
	{ { "=b" }, false, false, "{\"a\":1,\"b\":{\"c\":[1,{\"d\":2}]},\"e\":3}", "{\"b\":{\"c\":[1,{\"d\":2}]}}" },
	{ { "=a", "=c" }, false, false, "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}" },
	{ { "=a" }, false, false, "{\"A\":1,\"aa\":2,\"\":3,\"b\":4}", "{}" },
	{ { "=a" }, false, false, "{\"\\u0061\":1,\"b\":2}", "{\"\\u0061\":1}" },
	{ { "-b" }, true, false, "{\"a\":1,\"b\":{\"x\":[1,2]},\"c\":3}", "{\"a\":1,\"c\":3}" },
	{ { "-a" }, true, false, "{\"a\":1,\"b\":2}", "{\"b\":2}" },
	{ { "-b" }, true, false, "{\"a\":{\"b\":1},\"b\":2}", "{\"a\":{\"b\":1}}" },
	{ { "=a/b" }, false, false, "{\"a\":{\"b\":1,\"c\":2},\"b\":3}", "{\"a\":{\"b\":1}}" },
	{ { "=a/b" }, false, false, "{\"a\":null}", "{\"a\":null}" },
	{ { "=a/b" }, false, false, "{\"a\":\"secret\",\"b\":1}", "{}" },
	{ { "=a/b" }, false, false, "{\"a\":17}", "{}" },
	{ { "=a/*/c" }, false, false, "{\"a\":[{\"c\":1,\"d\":2},{\"d\":3},4],\"x\":{\"c\":5}}", "{\"a\":[{\"c\":1},{}]}" },
	{ { "=a/*/c" }, false, false, "{\"a\":{\"k\":{\"c\":1,\"d\":2}}}", "{\"a\":{\"k\":{\"c\":1}}}" },
	{ { "-a/b", "=a" }, false, false, "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "{\"a\":{\"c\":2}}" },
	{ { "=a", "-a/b" }, false, false, "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "{\"a\":{\"b\":1,\"c\":2}}" },
	{ { "=a/b", "-a" }, true, false, "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "{\"a\":{\"b\":1},\"d\":3}" },
	{ { "=a.b/c" }, false, false, "{\"a.b\":{\"c\":1},\"a\":{\"b\":{\"c\":2}}}", "{\"a.b\":{\"c\":1}}" },
	{ { "=*" }, false, false, "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}" },
	/* Values that are looked at. */
	{ { "?*" }, false, false, "[{\"mine\":true},{\"mine\":false},{},{\"mine\":true,\"n\":[1,2]}]",
	  "[{\"mine\":true},{\"mine\":true,\"n\":[1,2]}]" },
	{ { "?*" }, false, false, "[]", "[]" },
	{ { "?*" }, false, false, "null", "null" },
	{ { "?*" }, false, false, "[{\"mine\":false}]", "[]" },
	{ { "?*" }, false, false, "[\"a\",\"no\",\"change\",1,\"no\"]", "[\"a\",\"!\",1]" },
	{ { "?Volumes/*", "=Warnings" }, false, false, VOLUMES,
	  "{\"Volumes\":[{\"mine\":true,\"n\":1},{\"n\":2,\"mine\":true}],\"Warnings\":null}" },
	{ { "?Volumes/*", "=Warnings" }, false, false, "{\"Volumes\":null,\"Warnings\":null}",
	  "{\"Volumes\":null,\"Warnings\":null}" },
	{ { "?Containers/*" }, true, false, "{\"a\":1,\"Containers\":{\"x\":{\"mine\":true},\"never\":{\"mine\":true},\"y\":{}},\"b\":2}",
	  "{\"a\":1,\"Containers\":{\"x\":{\"mine\":true}},\"b\":2}" },
	{ { "?a" }, false, false, "{\"a\":{\"mine\":true,\"a\":{\"a\":1}},\"b\":1}", "{\"a\":{\"mine\":true,\"a\":{\"a\":1}}}" },
	{ { "?" }, false, false, "{\"mine\":true}", "{\"mine\":true}" },
	{ { "?" }, false, false, "{\"mine\":false}", "" },
	/* A name twice, and NUL: nothing that goes on as it was seen. */
	{ { "?*" }, false, false, "[{\"mine\":false,\"mine\":true},{\"mine\":true,\"x\":\"\\u0000\"},{\"mine\":true}]",
	  "[{\"mine\":true}]" },
	/* One document behind the other. */
	{ { "?" }, false, true, "{\"mine\":true}\n{\"mine\":false}\n{\"mine\":true,\"n\":1}\n",
	  "{\"mine\":true}\n{\"mine\":true,\"n\":1}\n" },
	{ { NULL }, true, true, "{}{}\n[1]\n", "{}\n{}\n[1]\n" },
	{ { NULL }, true, true, "", "" },
	{ { NULL }, true, true, "{}\n{", NULL },
	/* No JSON. */
	{ { NULL }, true, false, "", NULL },
	{ { NULL }, true, false, "{", NULL },
	{ { NULL }, true, false, "{}}", NULL },
	{ { NULL }, true, false, "{}{}", NULL },
	{ { NULL }, true, false, "[1,]", NULL },
	{ { NULL }, true, false, "[,1]", NULL },
	{ { NULL }, true, false, "[1 2]", NULL },
	{ { NULL }, true, false, "{\"a\"}", NULL },
	{ { NULL }, true, false, "{\"a\":}", NULL },
	{ { NULL }, true, false, "{\"a\":1,}", NULL },
	{ { NULL }, true, false, "{\"a\" 1}", NULL },
	{ { NULL }, true, false, "{1:2}", NULL },
	{ { NULL }, true, false, "{a:2}", NULL },
	{ { NULL }, true, false, "[1}", NULL },
	{ { NULL }, true, false, "{\"a\":1]", NULL },
	{ { NULL }, true, false, "[tru]", NULL },
	{ { NULL }, true, false, "[nulll]", NULL },
	{ { NULL }, true, false, "[01]", NULL },
	{ { NULL }, true, false, "[1.]", NULL },
	{ { NULL }, true, false, "['a']", NULL },
	{ { NULL }, true, false, "[\"\\x\"]", NULL },
	{ { NULL }, true, false, "[\"a\nb\"]", NULL },
	{ { NULL }, true, false, "[\"a", NULL },
	{ { NULL }, true, false, "[1111111111111111111111111111111111111111111111111111111111111111111]", NULL },
	/* Also not where it is dropped. */
	{ { NULL }, false, false, "[1 2]", NULL },
	{ { "=b" }, false, false, "{\"a\":[1}", NULL },
	{ { "=b" }, false, false, "{\"a\":tru}", NULL },
};

START_TEST(what_goes_on)
{
	const struct run *run = &runs[_i];

	for (size_t step = 1; step <= strlen(run->in) + 1; step++) {
		char *got = sieved(run, run->in, step);

		if (run->out == NULL)
			ck_assert_msg(got == NULL, "%s: taken as %s", run->in, got);
		else
			ck_assert_msg(got != NULL && strcmp(got, run->out) == 0, "%s in steps of %zu: %s", run->in, step,
				      got != NULL ? got : "refused");
		free(got);
	}
}
END_TEST

/* A list of any length, in memory that has none. */
START_TEST(a_list_without_end)
{
	static const struct sieve_rule rules[] = { { "*", SIEVE_TAKE } };
	struct sieve s = sieve_new(rules, 1, SIEVE_DROP);
	struct buf out = buf_new(4096);
	bool good = true;

	s.take = take_mine;
	ck_assert_int_eq(sieve_feed(&s, slice_str("[{\"mine\":true}"), &out, NULL), 0);
	for (int i = 0; i < 10000; i++) {
		good = sieve_feed(&s, slice_str(",{\"mine\":false,\"text\":\"aaaaaaaaaa\"}"), &out, NULL) == 0 && good;
		good = s.value.cap <= 4096 && good;
	}
	ck_assert(good);
	ck_assert_int_eq(sieve_feed(&s, slice_str("]"), &out, NULL), 0);
	ck_assert_int_eq(sieve_end(&s, &out, NULL), 0);
	ck_assert_str_eq(buf_cstr(&out), "[{\"mine\":true}]");
	sieve_free(&s);
	buf_free(&out);
}
END_TEST

/* What is too large to be looked at is left out; the rest of the list is not harmed. */
START_TEST(a_bomb_in_a_list)
{
	static const struct sieve_rule rules[] = { { "*", SIEVE_TAKE } };
	struct sieve s = sieve_new(rules, 1, SIEVE_DROP);
	struct buf out = buf_new(4096);
	bool good = true;

	s.take = take_mine;
	ck_assert_int_eq(sieve_feed(&s, slice_str("[{\"mine\":true,\"bomb\":["), &out, NULL), 0);
	/* Each check costs a write: one for all of them. */
	for (int i = 0; i < JSON_TOKENS_MAX; i++)
		good = sieve_feed(&s, slice_str("[],"), &out, NULL) == 0 && good;
	ck_assert(good);
	ck_assert_int_eq(sieve_feed(&s, slice_str("1]},{\"mine\":true,\"n\":1},{\"mine\":true,\"large\":\""), &out, NULL), 0);
	for (int i = 0; i < 3 * SIEVE_TAKE_MAX / 16; i++) {
		good = sieve_feed(&s, slice_str("aaaaaaaaaaaaaaaa"), &out, NULL) == 0 && good;
		good = s.value.cap <= SIEVE_TAKE_MAX + 1 && good;
	}
	ck_assert(good);
	ck_assert_int_eq(sieve_feed(&s, slice_str("\"},{\"mine\":true,\"n\":2}]"), &out, NULL), 0);
	ck_assert_int_eq(sieve_end(&s, &out, NULL), 0);
	ck_assert_str_eq(buf_cstr(&out), "[{\"mine\":true,\"n\":1},{\"mine\":true,\"n\":2}]");
	sieve_free(&s);
	buf_free(&out);
}
END_TEST

static char *nested(int depth)
{
	char *text = malloc((size_t)depth * 2 + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	text[2 * depth] = '\0';
	return text;
}

START_TEST(depth_and_names_have_limits)
{
	static const struct run all = { { NULL }, true, false, NULL, NULL };
	static const struct sieve_rule rules[] = { { "a", SIEVE_PASS } };
	char *deep = nested(JSON_DEPTH_MAX), *deeper = nested(JSON_DEPTH_MAX + 1), *got;
	struct sieve s = sieve_new(rules, 1, SIEVE_DROP);
	struct buf out = buf_new(64);
	int r = 0;

	got = sieved(&all, deep, 7);
	ck_assert_ptr_nonnull(got);
	free(got);
	ck_assert_ptr_null(sieved(&all, deeper, 7));
	free(deep);
	free(deeper);
	ck_assert_int_eq(sieve_feed(&s, slice_str("{\""), &out, NULL), 0);
	for (int i = 0; r == 0 && i < SIEVE_KEY_MAX; i++)
		r = sieve_feed(&s, slice_str("aa"), &out, NULL);
	ck_assert_int_lt(r, 0);
	sieve_free(&s);
	buf_free(&out);
}
END_TEST

START_TEST(a_full_buffer_is_an_error)
{
	struct sieve s = sieve_new(NULL, 0, SIEVE_PASS);
	struct buf out = buf_new(8);
	struct error why = { 0 };

	ck_assert_int_lt(sieve_feed(&s, slice_str("[1,2,3,4,5,6,7,8]"), &out, &why), 0);
	ck_assert_int_eq(why.code, ERR_LIMIT);
	sieve_free(&s);
	buf_free(&out);
}
END_TEST

static int fails(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)context;
	(void)rule;
	(void)key;
	(void)value;
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

START_TEST(a_failure_is_passed_on)
{
	static const struct sieve_rule rules[] = { { "*", SIEVE_TAKE } };
	struct sieve s = sieve_new(rules, 1, SIEVE_DROP);
	struct buf out = buf_new(64);
	struct error why = { 0 };

	s.take = fails;
	ck_assert_int_lt(sieve_feed(&s, slice_str("[1,2]"), &out, &why), 0);
	ck_assert_int_eq(why.code, ERR_SYSTEM);
	sieve_free(&s);
	buf_free(&out);
}
END_TEST

START_TEST(part_of_a_document)
{
	static const struct sieve_rule rules[] = { { "Id", SIEVE_PASS }, { "Config/Labels/safedocker.uid", SIEVE_PASS } };
	json_t *root = sieve_parse(rules, 2, slice_str("{\"Id\":\"x\",\"State\":{\"Health\":[1,2,3]},\"Config\":{\"Env\":[],"
						       "\"Labels\":{\"safedocker.uid\":\"7\",\"y\":\"z\"}}}"), NULL);
	char *text = json_render(root);

	ck_assert_str_eq(text, "{\"Id\":\"x\",\"Config\":{\"Labels\":{\"safedocker.uid\":\"7\"}}}");
	free(text);
	json_decref(root);
	/* The same name twice is not half a document. */
	ck_assert_ptr_null(sieve_parse(rules, 2, slice_str("{\"Id\":\"x\",\"Id\":\"y\"}"), NULL));
	ck_assert_ptr_null(sieve_parse(rules, 2, slice_str("{\"Id\":\"x\""), NULL));
}
END_TEST

Suite *sieve_suite(void)
{
	Suite *s = suite_create("sieve");
	TCase *t = tcase_create("sieve");

	tcase_add_loop_test(t, what_goes_on, 0, COUNT(runs));
	tcase_add_test(t, a_list_without_end);
	tcase_add_test(t, a_bomb_in_a_list);
	tcase_add_test(t, depth_and_names_have_limits);
	tcase_add_test(t, a_full_buffer_is_an_error);
	tcase_add_test(t, a_failure_is_passed_on);
	tcase_add_test(t, part_of_a_document);
	suite_add_tcase(s, t);
	return s;
}
