/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "docker/frames.h"
#include "wire/cast.h"
#include "wire/screen.h"

static void is_text(struct buf *out, const char *expected)
{
	ck_assert(!out->failed);
	ck_assert_str_eq(buf_cstr(out), expected);
	buf_free(out);
}

START_TEST(header)
{
	struct buf out = buf_new(1000);

	cast_header(&out, 80, 24, 1700000000, "a \"b\"", "x\n\xff");
	is_text(&out, "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000,\"title\":\"a \\\"b\\\"\","
		"\"command\":\"x\\u000a\\ufffd\"}\n");
	cast_header(&out, 1, 2, 3, NULL, NULL);
	is_text(&out, "{\"version\":2,\"width\":1,\"height\":2,\"timestamp\":3}\n");
	cast_resize(&out, 61007, 120, 40);
	is_text(&out, "[61.007,\"r\",\"120x40\"]\n");
	/* What does not fit is said. */
	out = buf_new(20);
	cast_resize(&out, 0, 120, 40);
	ck_assert(out.failed);
	buf_free(&out);
}
END_TEST

/* Pieces of a flow, separated by `|`, and the events that come of it and of its end. */
static const struct { const char *pieces, *events; } flows_t[] = {
	{ "", "" },
	{ "ab|c", "[0.005,\"o\",\"ab\"]\n[0.005,\"o\",\"c\"]\n" },
	{ "\xc3|\xa9", "[0.005,\"o\",\"\\u00e9\"]\n" },
	{ "a\xe2|\x82|\xac" "b", "[0.005,\"o\",\"a\"]\n[0.005,\"o\",\"\\u20acb\"]\n" },
	{ "\xf0|\x9f|\x90|\xb3", "[0.005,\"o\",\"\\ud83d\\udc33\"]\n" },
	{ "\xf0\x9f\x90|\xb3", "[0.005,\"o\",\"\\ud83d\\udc33\"]\n" },
	/* What is held back is no character after all. */
	{ "\xe2\x82|x", "[0.005,\"o\",\"\\ufffd\\ufffdx\"]\n" },
	{ "a\xe2\x82", "[0.005,\"o\",\"a\"]\n[0.005,\"o\",\"\\ufffd\\ufffd\"]\n" },
	{ "\xc3|\xc3|\xa9", "[0.005,\"o\",\"\\ufffd\"]\n[0.005,\"o\",\"\\u00e9\"]\n" },
	/* What begins none is not waited for. */
	{ "\xff|a", "[0.005,\"o\",\"\\ufffd\"]\n[0.005,\"o\",\"a\"]\n" },
	{ "\xc0|\xaf", "[0.005,\"o\",\"\\ufffd\"]\n[0.005,\"o\",\"\\ufffd\"]\n" },
	{ "\x80\x80\x80\x80|", "[0.005,\"o\",\"\\ufffd\\ufffd\\ufffd\\ufffd\"]\n" },
	{ "\xf5|a", "[0.005,\"o\",\"\\ufffd\"]\n[0.005,\"o\",\"a\"]\n" },
	{ "\033[1m\"\\\r\n\x7f", "[0.005,\"o\",\"\\u001b[1m\\\"\\\\\\u000d\\u000a\\u007f\"]\n" },
};

START_TEST(flows)
{
	struct cast_text flow = { .n = 0 };
	struct slice left = slice_str(flows_t[_i].pieces);
	struct buf out = buf_new(10000);

	while (left.n > 0) {
		size_t n = slice_find(left, '|');

		cast_text(&out, 5, CAST_OUTPUT, &flow, slice_of(left.p, n));
		ck_assert_uint_le(flow.n, 3);
		left = slice_after(left, n + 1);
	}
	cast_text_end(&out, 5, CAST_OUTPUT, &flow);
	cast_text_end(&out, 5, CAST_OUTPUT, &flow);
	is_text(&out, flows_t[_i].events);
}
END_TEST

/* Cut anywhere, all bytes give lines that are read as JSON, and the same text. */
START_TEST(any_bytes)
{
	char bytes[2000];
	json_t *whole = NULL;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7919 >> 3);
	for (size_t step = 1; step <= sizeof(bytes); step = step * 3 + (step == 1)) {
		struct cast_text flow = { .n = 0 };
		struct buf out = buf_new(1 << 20), text = buf_new(1 << 20);
		struct slice left;

		for (size_t at = 0; at < sizeof(bytes); at += step)
			cast_text(&out, 1234, CAST_INPUT, &flow,
				  slice_of(bytes + at, step < sizeof(bytes) - at ? step : sizeof(bytes) - at));
		cast_text_end(&out, 1234, CAST_INPUT, &flow);
		for (left = buf_slice(&out); left.n > 0;) {
			size_t n = slice_find(left, '\n');
			json_t *event = json_loadb(left.p, n, JSON_ALLOW_NUL, NULL), *said;

			ck_assert_ptr_nonnull(event);
			ck_assert_str_eq(json_string_value(json_array_get(event, 1)), "i");
			said = json_array_get(event, 2);
			buf_add(&text, json_string_value(said), json_string_length(said));
			json_decref(event);
			left = slice_after(left, n + 1);
		}
		if (whole == NULL)
			whole = json_stringn_nocheck(text.data, text.len);
		ck_assert(slice_eq(buf_slice(&text), slice_of(json_string_value(whole), json_string_length(whole))));
		buf_free(&out);
		buf_free(&text);
	}
	json_decref(whole);
}
END_TEST

/* --- frames ------------------------------------------------------------------------------- */
#define HEAD(stream, n) stream "\0\0\0\0\0\0" n

static const struct { const char *bytes; size_t n; const char *data; bool good; } frames_t[] = {
	{ "", 0, "", true },
	{ HEAD("\1", "\3") "abc", 11, "1abc", true },
	{ HEAD("\1", "\3") "abc" HEAD("\2", "\1") "d" HEAD("\0", "\1") "e", 29, "1abc2d0e", true },
	{ HEAD("\1", "\0") HEAD("\3", "\1") "x", 17, "3x", true },
	{ HEAD("\1", "\3") "ab", 10, "1ab", true },
	{ HEAD("\4", "\1") "x", 9, "", false },
	{ "plain text", 10, "", false },
	{ HEAD("\1", "\1") "a" "\1\1\0\0\0\0\0\1" "b", 18, "1a", false },
};

START_TEST(frames)
{
	for (size_t step = 1; step <= 29; step++) {
		struct frames f = { .n_head = 0 };
		struct buf out = buf_new(1000);
		int last = -1, r = 0;

		for (size_t at = 0; r >= 0 && at < frames_t[_i].n; at += step) {
			size_t n = step < frames_t[_i].n - at ? step : frames_t[_i].n - at;
			struct slice bytes = slice_of(frames_t[_i].bytes + at, n), data;
			enum frames_stream stream;

			while ((r = frames_next(&f, &bytes, &stream, &data)) > 0) {
				ck_assert_uint_gt(data.n, 0);
				if ((int)stream != last || at == 0)
					buf_addf(&out, "%d", (int)stream);
				last = (int)stream;
				buf_add_slice(&out, data);
			}
		}
		ck_assert(frames_t[_i].good == (r >= 0));
		is_text(&out, frames_t[_i].data);
	}
}
END_TEST

START_TEST(frames_said)
{
	struct frames f = { .n_head = 0 };
	struct buf out = buf_new(1 << 20);
	struct slice bytes = slice_of(HEAD("\1", "\5") "ab", 10), data;
	enum frames_stream stream;

	ck_assert(frames_say(&f, slice_str("why"), &out));
	ck_assert(slice_eq(buf_slice(&out), slice_of(HEAD("\2", "\3") "why", 11)));
	buf_reset(&out);
	/* In the middle of a piece that is filled up. */
	ck_assert_int_eq(frames_next(&f, &bytes, &stream, &data), 1);
	ck_assert(frames_say(&f, slice_str("why"), &out));
	ck_assert(slice_eq(buf_slice(&out), slice_of("\0\0\0" HEAD("\2", "\3") "why", 14)));
	buf_reset(&out);
	/* In the middle of a head, and in a piece that is very long, nothing can be said. */
	f = (struct frames){ .n_head = 0 };
	bytes = slice_of("\1\0\0", 3);
	ck_assert_int_eq(frames_next(&f, &bytes, &stream, &data), 0);
	ck_assert(!frames_say(&f, slice_str("why"), &out));
	f = (struct frames){ .left = 70000 };
	ck_assert(!frames_say(&f, slice_str("why"), &out));
	buf_free(&out);
}
END_TEST

/* --- screen --------------------------------------------------------------------------------- */
static const struct { const char *text, *shown; } screens_t[] = {
	{ "plain gr\xc3\xbc\xc3\x9f\r\n\t\a\b", "plain gr\xc3\xbc\xc3\x9f\r\n\t\a\b" },
	{ "\033[1;31mred\033[m", "\033[1;31mred\033[m" }, { "\033[38:5:1mx", "\033[38:5:1mx" },
	{ "\033[2J\033[10;20H\033[K\033[?25l\033[?1049h", "\033[2J\033[10;20H\033[K\033[?25l\033[?1049h" },
	{ "\033(0qx\033(B\0337\0338\033M", "\033(0qx\033(B\0337\0338\033M" },
	{ "\033[4h\033[4l\033[?25;1049h", "\033[4h\033[4l\033[?25;1049h" },
	/* What is answered. */
	{ "a\033[cb", "ab" }, { "a\033[>cb", "ab" }, { "a\033[6nb", "ab" }, { "a\033[?6nb", "ab" }, { "a\033Zb", "ab" },
	{ "a\005b", "ab" }, { "a\033[xb", "ab" }, { "a\033[18tb", "ab" }, { "a\033[?2026$pb", "ab" },
	{ "a\033[>qb", "ab" }, { "a\033[?ub", "ab" }, { "a\033[?1;1;0Sb", "ab" }, { "a\033P+q544e\033\\b", "ab" },
	{ "a\033P$qm\033\\b", "ab" }, { "a\033]11;?\033\\b", "ab" }, { "a\033]4;1;?\ab", "ab" },
	/* What reaches beyond the screen. */
	{ "a\033]0;title\ab", "ab" }, { "a\033]52;c;eA==\033\\b", "ab" }, { "a\033[5ib", "ab" }, { "a\033[?1000hb", "ab" },
	{ "a\033[?2004hb", "ab" }, { "a\033[?25;1000hb", "ab" }, { "a\033[20hb", "ab" }, { "a\033_x\033\\b", "ab" },
	{ "a\033^x\033\\b", "ab" }, { "a\033Xx\033\\b", "ab" }, { "a\033[>4;2mb", "ab" }, { "a\033[3;1 qb", "ab" },
	/* The same in one character. */
	{ "a\xc2\x9b" "6nb", "a6nb" }, { "a\xc2\x9d" "0;x\ab", "a0;x\ab" },
	/* Sequences that are broken off. */
	{ "a\033[1\033[mb", "a\033[mb" }, { "a\033\033[mb", "a\033[mb" }, { "a\033[1\nb", "ab" }, { "a\033]x\033[mb", "a" },
	{ "a\033[1\xc3\xbc" "b", "ab" }, { "a\033\xc3\xbc" "b", "ab" }, { "a\033]x\033\033\\b", "ab" },
	{ "a\033[1111111111111111111111111111111111111111111111111111111111111111111111mb", "ab" },
};

START_TEST(screens)
{
	struct slice text = slice_str(screens_t[_i].text);
	struct screen whole = { .at = SCREEN_TEXT }, pieces = { .at = SCREEN_TEXT };
	struct buf out = buf_new(1000);

	screen_add(&whole, text, &out);
	is_text(&out, screens_t[_i].shown);
	for (size_t used; text.n > 0; text = slice_after(text, used)) {
		uint32_t point;

		used = slice_utf8_next(text, &point);
		screen_add(&pieces, slice_of(text.p, used), &out);
	}
	is_text(&out, screens_t[_i].shown);
}
END_TEST

START_TEST(screens_end)
{
	struct screen s = { .at = SCREEN_TEXT };
	struct buf out = buf_new(1000);

	screen_add(&s, slice_str("\033[?1049h\033["), &out);
	buf_reset(&out);
	screen_end(&s, &out);
	is_text(&out, "\033[?1049l\033[!p\033>\033[0m\033[?25h\033(B\017");
	screen_add(&s, slice_str("mx\033[?47h\033[?47l"), &out);
	is_text(&out, "mx\033[?47h\033[?47l");
	screen_end(&s, &out);
	is_text(&out, "\033[!p\033>\033[0m\033[?25h\033(B\017");
}
END_TEST

Suite *recording_suite(void)
{
	Suite *s = suite_create("recording");
	TCase *t = tcase_create("recording");

	tcase_add_test(t, header);
	tcase_add_loop_test(t, flows, 0, COUNT(flows_t));
	tcase_add_test(t, any_bytes);
	tcase_add_loop_test(t, frames, 0, COUNT(frames_t));
	tcase_add_test(t, frames_said);
	tcase_add_loop_test(t, screens, 0, COUNT(screens_t));
	tcase_add_test(t, screens_end);
	suite_add_tcase(s, t);
	return s;
}
