/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/learn.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "front/change.h"
#include "front/output.h"
#include "front/word.h"
#include "policy/policy.h"

#define TEXTS_MAX 2000

struct texts {
	char *list[TEXTS_MAX];
	size_t n;
};

struct learned {
	bool operations[OPERATION_MAX];
	struct texts flags, strong, images;	/* as the policy would write them */
	long long maxima[FLAG_MAX];
	bool bounded[FLAG_MAX];
	size_t records;
};

static void add(struct texts *t, const char *text)
{
	char *copy;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->list[i], text) == 0)
			return;
	copy = t->n < TEXTS_MAX ? strdup(text) : NULL;
	if (copy != NULL)
		t->list[t->n++] = copy;
}

/* "2026-11-20", an RFC 3339 time in UTC, or 7d, 12h: what the record's times are compared with. */
static int since(const char *text, char *ret, size_t size)
{
	char *end;
	long n = strtol(text, &end, 10);
	time_t t = time(NULL);
	struct tm tm;

	if (n > 0 && (strcmp(end, "d") == 0 || strcmp(end, "h") == 0)) {
		t -= n * (*end == 'd' ? 86400 : 3600);
		if (gmtime_r(&t, &tm) == NULL)
			return -1;
		return strftime(ret, size, "%Y-%m-%dT%H:%M:%S", &tm) > 0 ? 0 : -1;
	}
	if (strlen(text) < 10 || text[4] != '-' || text[7] != '-' ||
	    strspn(text, "0123456789-T:.Z") != strlen(text))
		return -1;
	(void)snprintf(ret, size, "%s", text);
	return 0;
}

/* --- one record ------------------------------------------------------------------------- */
static enum operation operation_by_name(const char *name)
{
	for (int o = OPERATION_NONE + 1; name != NULL && o < OPERATION_MAX; o++)
		if (strcmp(operation_name((enum operation)o), name) == 0)
			return (enum operation)o;
	return OPERATION_NONE;
}

static long long number_of(enum value_kind kind, const char *value)
{
	double n = strtod(value, NULL);

	return kind == VALUE_CPUS ? (long long)(n * 1e9 + 0.5) : strtoll(value, NULL, 10);
}

/* A variable's value is nobody's rule; the record has at most its name. */
static void add_variable(struct learned *l, const char *value)
{
	char text[600];

	(void)snprintf(text, sizeof(text), "\"--env=%.*s*\"", (int)strcspn(value, "="), value);
	add(&l->flags, text);
}

static void take_flag(struct learned *l, const char *text, bool strong_rule)
{
	size_t n = strcspn(text, "=");
	struct fact fact = { .flag = flag_by_name(slice_of(text, n)) };
	struct buf out = buf_new(8192);
	enum value_kind kind;

	if (fact.flag == FLAG_NONE)
		return;
	kind = flag_value_kind(fact.flag);
	fact.value = (char *)(text[n] == '=' ? text + n + 1 : "");
	fact.rank = strong_rule ? flag_value_rank(fact.flag, fact.value, CONTAINER_OPEN, NULL) :
		flag_least_rank(fact.flag, fact.value, ROOT_UNSAID);
	if (kind == VALUE_BYTES || kind == VALUE_CPUS || kind == VALUE_COUNT) {
		fact.number = number_of(kind, fact.value);
		/* What another flag's maximum bounds is filled in by it. */
		if (flag_bounded_by(fact.flag) != FLAG_NONE &&
		    flag_bounded_by(fact.flag) != fact.flag)
			goto out;
		if (*fact.value != '\0' && fact.number >= 0 && !rank_is_strong(fact.rank)) {
			if (!l->bounded[fact.flag] || fact.number > l->maxima[fact.flag])
				l->maxima[fact.flag] = fact.number;
			l->bounded[fact.flag] = true;
			goto out;
		}
	}
	if (fact.flag == FLAG_ENV) {
		add_variable(l, fact.value);
		goto out;
	}
	if (rank_is_strong(fact.rank)) {
		buf_addf(&out, "%s  (rank %s)", text, rank_name(fact.rank));
		add(&l->strong, buf_cstr(&out) != NULL ? buf_cstr(&out) : text);
	} else if (kind == VALUE_TEXT && *fact.value != '\0') {
		buf_addf(&out, "\"%s\"", text);
		add(&l->flags, buf_cstr(&out) != NULL && strchr(text, '"') == NULL ?
		    buf_cstr(&out) : flag_name(fact.flag));
	} else {
		change_flag(&out, &fact);
		add(&l->flags, buf_cstr(&out) != NULL ? buf_cstr(&out) : flag_name(fact.flag));
	}
out:
	buf_free(&out);
}

static bool is_text(const json_t *record, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(record, key));

	return value != NULL && strcmp(value, text) == 0;
}

static void take_record(struct learned *l, const json_t *record, const char *user, const char *from)
{
	const char *time = json_string_value(json_object_get(record, "time"));
	const char *image = json_string_value(json_object_get(record, "image"));
	const char *registry = json_string_value(json_object_get(record, "registry"));
	enum operation operation =
		operation_by_name(json_string_value(json_object_get(record, "operation")));
	bool strong = json_object_get(record, "as") != NULL;
	size_t i;
	json_t *flag;

	if (!is_text(record, "submituser", user) || !is_text(record, "phase", "intent") ||
	    !is_text(record, "decision", "allow") || json_object_get(record, "mode") != NULL ||
	    operation == OPERATION_NONE || time == NULL || strcmp(time, from) < 0)
		return;
	l->records++;
	l->operations[operation] = true;
	if (image != NULL) {
		char text[600];

		(void)snprintf(text, sizeof(text), "\"%.500s\"", image);
		add(&l->images, text);
	}
	if (registry != NULL) {
		char text[600];

		(void)snprintf(text, sizeof(text), "\"%.500s/**\"", registry);
		add(&l->images, text);
	}
	json_array_foreach(json_object_get(record, "flags"), i, flag)
		if (json_is_string(flag))
			take_flag(l, json_string_value(flag), strong);
}

static int read_records(struct learned *l, const char *file, const char *user, const char *from)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		return output_fail("%s: %s; the record is root's to read", file, strerror(errno));
	while (getline(&line, &size, f) >= 0) {
		json_t *record = json_loads(line, 0, NULL);

		/* A torn line is no record, and harms no other. */
		if (record != NULL)
			take_record(l, record, user, from);
		json_decref(record);
	}
	free(line);
	(void)fclose(f);
	return 0;
}

/* --- the rule ----------------------------------------------------------------------------- */
static bool brings(enum verb verb, enum operation operation)
{
	for (const enum verb *v = operation_verbs(operation); *v != VERB_NONE; v++)
		if (*v == verb)
			return true;
	return false;
}

/* What is made and started was a `run`, which brings what it needs. Then each operation's verb. */
static void verbs_of(const struct learned *l, struct texts *ret)
{
	bool ran = l->operations[OPERATION_CONTAINER_CREATE] &&
		l->operations[OPERATION_CONTAINER_START];
	enum verb chosen = ran ? VERB_RUN : VERB_NONE;

	if (chosen != VERB_NONE)
		add(ret, verb_name(chosen));
	for (int o = OPERATION_NONE + 1; o < OPERATION_MAX; o++) {
		const enum verb *verbs = operation_verbs((enum operation)o);

		if (!l->operations[o] || verbs[0] == VERB_NONE ||
		    (chosen != VERB_NONE && brings(chosen, (enum operation)o)))
			continue;
		add(ret, verb_name(verbs[0]));
	}
}

static void add_list(struct buf *out, const char *key, const struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		buf_addf(out, "%s%s%s", i == 0 ? key : "\t", t->list[i],
			 i + 1 < t->n ? ",\n" : "\n");
}

static void add_maxima(struct learned *l)
{
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++) {
		char text[200];

		if (!l->bounded[f])
			continue;
		if (flag_value_kind((enum flag)f) == VALUE_CPUS)
			(void)snprintf(text, sizeof(text), "%s<=%lld.%09lld",
				       flag_name((enum flag)f), l->maxima[f] / 1000000000,
				       l->maxima[f] % 1000000000);
		else if (flag_value_kind((enum flag)f) == VALUE_BYTES &&
			 l->maxima[f] % (1 << 20) == 0)
			(void)snprintf(text, sizeof(text), "%s<=%lldm", flag_name((enum flag)f),
				       l->maxima[f] >> 20);
		else
			(void)snprintf(text, sizeof(text), "%s<=%lld%s", flag_name((enum flag)f),
				       l->maxima[f],
				       flag_value_kind((enum flag)f) == VALUE_BYTES ? "b" : "");
		add(&l->flags, text);
	}
}

static void write_rule(struct learned *l, const char *user, const char *from, struct buf *out)
{
	struct texts verbs = { .n = 0 };

	verbs_of(l, &verbs);
	add_maxima(l);
	buf_addf(out, "; What %s was allowed and did%s%s: %zu records.\n", user,
		 *from != '\0' ? " since " : "", from, l->records);
	for (size_t i = 0; i < l->strong.n; i++)
		buf_addf(out, "; only in a [strong NAME] section: %s\n", l->strong.list[i]);
	buf_addf(out, "[rule learned-%s]\nusers = %s\n", user, user);
	add_list(out, "verbs = ", &verbs);
	add_list(out, "flags = ", &l->flags);
	add_list(out, "images = ", &l->images);
	buf_addf(out, "why = learned from the record\n");
	for (size_t i = 0; i < verbs.n; i++)
		free(verbs.list[i]);
}

int learn(int argc, char **argv)
{
	static struct learned l;
	const char *user = NULL, *file = SAFEDOCKER_LOG;
	char from[64] = "";
	struct buf out = buf_new(POLICY_FILE_MAX);
	struct policy_file text = { .name = "learned" };
	struct policy *policy = NULL;
	struct error why = { 0 };
	int status;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--since") == 0 && i + 1 < argc) {
			if (since(argv[++i], from, sizeof(from)) < 0)
				return output_fail("--since %s: expected YYYY-MM-DD, a time in "
						   "UTC, or a number with d or h", argv[i]);
		} else if (strcmp(argv[i], "--file") == 0 && i + 1 < argc) {
			file = argv[++i];
		} else if (argv[i][0] != '-' && user == NULL) {
			user = argv[i];
		} else {
			return word_usage("policy");
		}
	}
	if (user == NULL)
		return word_usage("policy");
	status = read_records(&l, file, user, from);
	if (status != 0)
		return status;
	if (l.records == 0) {
		(void)fprintf(stderr,
			      "safedocker: the record shows nothing that %s was allowed%s%s\n",
			      user, *from != '\0' ? " since " : "", from);
		return 1;
	}
	write_rule(&l, user, from, &out);
	text.text = buf_slice(&out);
	/* What is written must be what the policy reads. */
	if (out.failed || policy_parse(&text, 1, &policy, &why) < 0)
		return output_fail("the rule that was learned is not understood: %s",
				   out.failed ? "too long" : why.text);
	policy_free(policy);
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return output_done(0);
}
