/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"

static const struct { const char *text; unsigned long long max; int result; unsigned long long value; } numbers_t[] = {
	{ "0", 10, 0, 0 }, { "10", 10, 0, 10 }, { "11", 10, -1, 0 }, { "", 10, -1, 0 },
	{ "01", 10, -1, 0 }, { "00", 10, -1, 0 }, { "+1", 10, -1, 0 }, { "-1", 10, -1, 0 },
	{ " 1", 10, -1, 0 }, { "1 ", 10, -1, 0 }, { "0x1", 10, -1, 0 }, { "1e1", 100, -1, 0 },
	{ "18446744073709551615", ~0ULL, 0, ~0ULL }, { "18446744073709551616", ~0ULL, -1, 0 },
	{ "184467440737095516150", ~0ULL, -1, 0 },
};

START_TEST(numbers)
{
	unsigned long long value = 0;

	ck_assert_int_eq(slice_to_u64(slice_str(numbers_t[_i].text), numbers_t[_i].max, &value), numbers_t[_i].result);
	if (numbers_t[_i].result == 0)
		ck_assert_uint_eq(value, numbers_t[_i].value);
}
END_TEST

static const struct { const char *text; bool clean; } texts_t[] = {
	{ "plain", true }, { "", true }, { "gr\xc3\xbc\xc3\x9f", true }, { "\xf0\x9f\x90\xb3", true },
	{ "a\nb", false }, { "a\tb", false }, { "\x7f", false }, { "\xc2\x80", false }, { "\xc2\xa0", true },
	{ "\xc0\xaf", false }, { "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false }, { "\xff", false },
	{ "\xe2\x82", false }, { "\x80", false }, { "\xf8\x88\x80\x80\x80", false },
};

START_TEST(texts)
{
	ck_assert(slice_is_clean_text(slice_str(texts_t[_i].text)) == texts_t[_i].clean);
}
END_TEST

START_TEST(slices)
{
	ck_assert(slice_is(slice_trim(slice_str(" \t a b \t")), "a b"));
	ck_assert(slice_is(slice_trim(slice_str(" \t ")), ""));
	ck_assert(slice_is_nocase(slice_str("HoSt"), "host"));
	ck_assert(!slice_is_nocase(slice_str("host\xc5\xbf"), "hosts"));
	ck_assert(!slice_is_nocase(slice_str("hos"), "host"));
	ck_assert(slice_starts(slice_str("v1.41"), "v1."));
	ck_assert(!slice_starts(slice_str("v1"), "v1."));
	ck_assert_uint_eq(slice_find(slice_str("a=b=c"), '='), 1);
	ck_assert_uint_eq(slice_find(slice_str("abc"), '='), 3);
	ck_assert_uint_eq(slice_after(slice_str("abc"), 9).n, 0);
	ck_assert(slice_is(slice_str(NULL), ""));
}
END_TEST

START_TEST(pieces)
{
	struct slice rest = slice_str("a:bc::");

	ck_assert(slice_is(slice_take(&rest, ':'), "a"));
	ck_assert(slice_is(slice_take(&rest, ':'), "bc"));
	ck_assert(slice_is(slice_take(&rest, ':'), ""));
	ck_assert_uint_eq(rest.n, 0);
	ck_assert(slice_is(slice_take(&rest, ':'), ""));
	rest = slice_str("whole");
	ck_assert(slice_is(slice_take(&rest, ':'), "whole"));
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

START_TEST(buffers_have_a_maximum)
{
	struct buf b = buf_new(4);

	buf_add(&b, "abcd", 4);
	ck_assert(!b.failed);
	ck_assert_str_eq(buf_cstr(&b), "abcd");
	buf_add(&b, "e", 1);
	ck_assert(b.failed);
	ck_assert(slice_is(buf_slice(&b), "abcd"));
	ck_assert_ptr_null(buf_cstr(&b));
	ck_assert_ptr_null(buf_room(&b, 0));
	buf_reset(&b);
	buf_addf(&b, "%d", 12);
	ck_assert_str_eq(buf_cstr(&b), "12");
	buf_addf(&b, "%s", "345");
	ck_assert(b.failed);
	buf_free(&b);
	ck_assert_uint_eq(b.max, 4);
}
END_TEST

START_TEST(buffers_grow_and_shrink)
{
	struct buf b = buf_new(100000);

	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%04d", i);
	ck_assert_uint_eq(b.len, 40000);
	buf_consume(&b, 39996);
	ck_assert_str_eq(buf_cstr(&b), "9999");
	buf_consume(&b, 4);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

static const struct { const char *text, *json; } json_strings_t[] = {
	{ "plain", "\"plain\"" }, { "a\"b\\c", "\"a\\\"b\\\\c\"" }, { "\r\n\x1b[0m", "\"\\u000d\\u000a\\u001b[0m\"" },
	{ "\x7f", "\"\\u007f\"" }, { "\xe2\x80\xae", "\"\\u202e\"" }, { "\xf0\x9f\x90\xb3", "\"\\ud83d\\udc33\"" },
	{ "a\xff" "b", "\"a\\ufffdb\"" }, { "\xc3", "\"\\ufffd\"" }, { "\xc2\x9b", "\"\\u009b\"" },
};

START_TEST(json_strings)
{
	struct buf b = buf_new(1000);

	buf_add_json(&b, slice_str(json_strings_t[_i].text));
	ck_assert_str_eq(buf_cstr(&b), json_strings_t[_i].json);
	buf_free(&b);
}
END_TEST

START_TEST(errors_are_cut_not_lost)
{
	struct error e = { 0 };
	char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(error_set(&e, ERR_LIMIT, "%s", text), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	ck_assert_int_eq(error_set(NULL, ERR_LIMIT, "nobody asks"), -1);
}
END_TEST

Suite *common_suite(void)
{
	Suite *s = suite_create("common");
	TCase *t = tcase_create("common");

	tcase_add_loop_test(t, numbers, 0, COUNT(numbers_t));
	tcase_add_loop_test(t, texts, 0, COUNT(texts_t));
	tcase_add_test(t, slices);
	tcase_add_test(t, pieces);
	tcase_add_test(t, buffers_have_a_maximum);
	tcase_add_test(t, buffers_grow_and_shrink);
	tcase_add_loop_test(t, json_strings, 0, COUNT(json_strings_t));
	tcase_add_test(t, errors_are_cut_not_lost);
	suite_add_tcase(s, t);
	return s;
}
