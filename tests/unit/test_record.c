/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "setgid/record.h"

static const struct terminal terminal = { .tty = "/dev/pts/3", .session = 7, .loginuid = "1001" };

struct drafted {
	struct facts facts;
	struct subject subject;
	struct decision decision;
	struct audit audit;
	struct audit_entry entry;
	struct record_line line;
};

static void draft(struct drafted *d)
{
	*d = (struct drafted){
		.subject = { .uid = 1001, .name = "alice", .host = "build1" },
		.decision = { .verdict = VERDICT_ALLOW,
			      .rule = "everyday",
			      .file = "/etc/safedocker/safedocker.conf",
			      .line = 12 },
		.audit = { .terminal = &terminal,
			   .command = "0123456789abcdef",
			   .cwd = "/home/alice" },
		.line = { .phase = "intent", .seq = 1, .max = RECORD_MAX, .whole = true },
	};
	d->entry = (struct audit_entry){
		.id = "fedcba9876543210",
		.subject = &d->subject,
		.operation = OPERATION_CONTAINER_CREATE,
		.verb = VERB_CREATE,
		.facts = &d->facts,
		.object = "web",
		.decision = &d->decision,
	};
}

/* `n` times `text`; lives until the test ends. */
static const char *many(const char *text, size_t n)
{
	struct buf b = buf_new(1024 * 1024);
	char *all;

	while (n-- > 0)
		buf_add_str(&b, text);
	all = slice_dup(buf_slice(&b));
	buf_free(&b);
	ck_assert_ptr_nonnull(all);
	return all;
}

static void everything(struct drafted *d, const char *text)
{
	d->subject.reason = d->audit.claimed = d->audit.cwd = d->entry.object = d->entry.object_id =
		text;
	d->entry.ended = text;
	d->facts.image = strdup(text);
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(facts_add(&d->facts, FLAG_ENV, text, 0, ""), 0);
		ck_assert_int_eq(facts_add(&d->facts, FLAG_PID, "host", 0, ""), 0);
	}
}

/*
 * One line of JSON in ASCII with a newline on both sides, no longer than it may be. The caller
 * frees it.
 */
static json_t *rendered(struct drafted *d)
{
	struct buf out = buf_new(d->line.max);
	struct error why = { 0 };
	json_t *record;

	ck_assert_msg(record_render(&d->audit, &d->entry, &d->line, &out, &why) == 0, "%s",
		      why.text);
	ck_assert_uint_le(out.len, d->line.max);
	ck_assert(out.data[0] == '\n' && out.data[out.len - 1] == '\n');
	for (size_t i = 1; i + 1 < out.len; i++)
		ck_assert(out.data[i] >= ' ' && out.data[i] <= '~');
	record = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(record);
	buf_free(&out);
	return record;
}

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text != NULL ? text : "";
}

static bool is_cut(const json_t *record, const char *key)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(record, "cut"), i, name)
		if (strcmp(json_string_value(name), key) == 0)
			return true;
	return false;
}

/* Those that are listed, and those that are said to be more. */
static long long flags_of(const json_t *record)
{
	return (long long)json_array_size(json_object_get(record, "flags")) +
		json_integer_value(json_object_get(record, "flags_more"));
}

START_TEST(short_ones)
{
	struct drafted d;
	json_t *record;

	draft(&d);
	ck_assert_int_eq(facts_add(&d.facts, FLAG_ENV, "A", 0, ""), 0);
	ck_assert_int_eq(facts_add(&d.facts, FLAG_PRIVILEGED, "", 0, ""), 0);
	d.subject.reason = "\xe6\x8b\x85 \"it\"";
	record = rendered(&d);
	ck_assert_str_eq(text_of(record, "reason"), "\xe6\x8b\x85 \"it\"");
	ck_assert_str_eq(text_of(record, "rule_at"), "/etc/safedocker/safedocker.conf:12");
	ck_assert_str_eq(text_of(record, "decision"), "allow");
	/* As they were asked, whatever their rank. */
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(record, "flags"), 0)),
			 "--env=A");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(record, "flags"), 1)),
			 "--privileged");
	ck_assert_ptr_null(json_object_get(record, "cut"));
	ck_assert_ptr_null(json_object_get(record, "flags_more"));
	json_decref(record);
	facts_free(&d.facts);
}
END_TEST

/*
 * What users may put there: one byte, what is escaped, what takes six and twelve bytes, what is no
 * character.
 */
static const char *const texts[] = { "a", "\"", "\n", "\xe6\x8b\x85", "\xf0\x9f\x90\xb3", "\xff" };

START_TEST(long_ones)
{
	struct drafted d;
	json_t *record;

	draft(&d);
	everything(&d, many(texts[_i], 512));
	d.line = (struct record_line){ .phase = "denied",
				       .status = 403,
				       .message = d.subject.reason,
				       .seq = 1,
				       .max = RECORD_REFUSAL_MAX };
	d.entry.deny = DENY_FLAG;
	record = rendered(&d);
	ck_assert_str_eq(text_of(record, "submituser"), "alice");
	ck_assert_int_eq(json_integer_value(json_object_get(record, "uid")), 1001);
	ck_assert_str_eq(text_of(record, "operation"), "container.create");
	ck_assert_str_eq(text_of(record, "verb"), "create");
	ck_assert_str_eq(text_of(record, "rule"), "everyday");
	ck_assert_str_eq(text_of(record, "rank"), "A");
	ck_assert_str_eq(text_of(record, "deny_code"), "E_FLAG");
	ck_assert_str_eq(text_of(record, "command_id"), "0123456789abcdef");
	/* Whole characters, as many as fit. */
	ck_assert_uint_gt(strlen(text_of(record, "reason")), 0);
	ck_assert(strlen(texts[_i]) == 1 || strlen(text_of(record, "reason")) % 3 == 0 ||
		  texts[_i][0] == '\xf0');
	ck_assert(is_cut(record, "reason") && is_cut(record, "object") &&
		  is_cut(record, "claimed"));
	ck_assert(is_cut(record, "missing") && is_cut(record, "submitcwd") &&
		  is_cut(record, "flags"));
	ck_assert_int_eq(flags_of(record), 2000);
	json_decref(record);
	/* The outcome of what went on loses no record either. */
	d.line = (struct record_line){
		.phase = "outcome", .status = 201, .seq = 1, .max = RECORD_MAX
	};
	json_decref(rendered(&d));
	/* Of what is allowed nothing strong may be missing. */
	d.line = (struct record_line){
		.phase = "intent", .seq = 1, .max = RECORD_MAX, .whole = true
	};
	{
		struct buf out = buf_new(RECORD_MAX);
		struct error why = { 0 };

		ck_assert_int_eq(record_render(&d.audit, &d.entry, &d.line, &out, &why), -1);
		ck_assert_int_eq(why.code, ERR_LIMIT);
		buf_free(&out);
	}
	facts_free(&d.facts);
}
END_TEST

/* Everyday flags give way to strong ones, and what is claimed to all. */
START_TEST(strong_first)
{
	struct drafted d;
	json_t *record, *flag;
	size_t i, strong = 0;

	draft(&d);
	for (int k = 0; k < 300; k++)
		ck_assert_int_eq(facts_add(&d.facts, FLAG_LABEL, many("x", 100), 0, ""), 0);
	for (int k = 0; k < 20; k++)
		ck_assert_int_eq(facts_add(&d.facts, FLAG_DEVICE, "/dev/kvm", 0, ""), 0);
	d.subject.reason = many("\xe6\x8b\x85", 200);
	d.audit.claimed = many("run ", 200);
	record = rendered(&d);
	json_array_foreach(json_object_get(record, "flags"), i, flag)
		strong += strcmp(json_string_value(flag), "--device=/dev/kvm") == 0;
	ck_assert_uint_eq(strong, 20);
	ck_assert_uint_eq(strlen(text_of(record, "reason")), 600);
	ck_assert(!is_cut(record, "reason") && is_cut(record, "flags") &&
		  is_cut(record, "claimed"));
	ck_assert_str_eq(text_of(record, "rule_at"), "/etc/safedocker/safedocker.conf:12");
	ck_assert_int_eq(flags_of(record), 320);
	json_decref(record);
	/* One strong flag that does not fit: refused. Its twin fits. */
	facts_free(&d.facts);
	ck_assert_int_eq(facts_add(&d.facts, FLAG_DEVICE, many("d", 1500), 0, ""), 0);
	json_decref(rendered(&d));
	ck_assert_int_eq(facts_add(&d.facts, FLAG_DEVICE, many("d", 1500), 0, ""), 0);
	{
		struct buf out = buf_new(RECORD_MAX);

		ck_assert_int_eq(record_render(&d.audit, &d.entry, &d.line, &out, NULL), -1);
		buf_free(&out);
	}
	facts_free(&d.facts);
}
END_TEST

START_TEST(counted)
{
	struct drafted d;
	json_t *record;

	draft(&d);
	d.entry = (struct audit_entry){ .id = "fedcba9876543210",
					.subject = &d.subject,
					.deny = DENY_LIMIT };
	d.line = (struct record_line){ .phase = "denied",
				       .message = "too many",
				       .refusals = 4711,
				       .seq = 1,
				       .max = RECORD_REFUSAL_MAX };
	record = rendered(&d);
	ck_assert_int_eq(json_integer_value(json_object_get(record, "refusals_not_recorded")),
			 4711);
	ck_assert_str_eq(text_of(record, "deny_code"), "E_LIMIT");
	ck_assert_str_eq(text_of(record, "decision"), "deny");
	json_decref(record);
}
END_TEST

Suite *record_suite(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, short_ones);
	tcase_add_loop_test(tcase, long_ones, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tcase, strong_first);
	tcase_add_test(tcase, counted);
	suite_add_tcase(suite, tcase);
	return suite;
}
