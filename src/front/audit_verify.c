/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the record whole? Intents and outcomes belong together; records of one process count up. */
#include "front/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/output.h"

/* Ids as numbers, sorted at the end: a million of them take 16 MB. */
struct ids {
	unsigned long long *list;
	size_t n, room;
};

/* Records of one process count up: what is missing between two of them was taken out, or lost. */
struct counted {
	unsigned long long process;	/* its command and its pid in one number */
	unsigned seq;
	int pid;
};

struct verifying {
	struct ids intents, outcomes, ends;
	struct counted *counted;	/* owned */
	size_t n_counted, counted_room;
	size_t lines, broken;
	bool failed;
};

static void add_id(struct verifying *v, struct ids *ids, struct slice line)
{
	static const char key[] = "\"id\":\"";
	const char *at = memmem(line.p, line.n, key, sizeof(key) - 1);

	if (ids->n == ids->room) {
		size_t room = ids->room == 0 ? 4096 : ids->room * 2;
		unsigned long long *list = reallocarray(ids->list, room, sizeof(*list));

		if (list == NULL) {
			v->failed = true;
			return;
		}
		ids->list = list;
		ids->room = room;
	}
	if (at != NULL)
		ids->list[ids->n++] = strtoull(at + sizeof(key) - 1, NULL, 16);
}

static void add_counted(struct verifying *v, const json_t *record)
{
	json_int_t seq = json_integer_value(json_object_get(record, "seq"));
	json_int_t pid = json_integer_value(json_object_get(record, "pid"));

	if (seq <= 0)
		return;
	if (v->n_counted == v->counted_room) {
		size_t room = v->counted_room == 0 ? 4096 : v->counted_room * 2;
		struct counted *list = reallocarray(v->counted, room, sizeof(*list));

		if (list == NULL) {
			v->failed = true;
			return;
		}
		v->counted = list;
		v->counted_room = room;
	}
	v->counted[v->n_counted++] = (struct counted){
		.process = strtoull(audit_read_text(record, "command_id"), NULL, 16) ^
			(unsigned long long)pid * 0x9e3779b97f4a7c15ULL,
		.seq = (unsigned)seq, .pid = (int)pid,
	};
}

static bool verify_line(void *user, struct slice line)
{
	static const char intent[] = ",\"phase\":\"intent\"", outcome[] = ",\"phase\":\"outcome\"";
	static const char end[] = ",\"phase\":\"end\"";
	struct verifying *v = user;
	json_t *record = audit_read_line(line);

	v->lines++;
	if (record == NULL)
		v->broken++;
	else if (memmem(line.p, line.n, intent, sizeof(intent) - 1) != NULL)
		add_id(v, &v->intents, line);
	else if (memmem(line.p, line.n, outcome, sizeof(outcome) - 1) != NULL)
		add_id(v, &v->outcomes, line);
	else if (memmem(line.p, line.n, end, sizeof(end) - 1) != NULL)
		add_id(v, &v->ends, line);
	if (record != NULL)
		add_counted(v, record);
	json_decref(record);
	return !v->failed;
}

static int by_number(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

/* How many of `these` are not among `those`; the first few are shown. */
static size_t missing_from(const struct ids *these, const struct ids *those, const char *what)
{
	size_t n = 0;

	for (size_t i = 0; i < these->n; i++) {
		if (those->n > 0 && bsearch(&these->list[i], those->list, those->n,
					    sizeof(*those->list), by_number) != NULL)
			continue;
		if (n++ < 10)
			(void)printf("%s: %016llx\n", what, these->list[i]);
	}
	return n;
}

static int by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/*
 * How many records are missing between others of the same process. The first may have been rotated
 * away.
 */
static size_t gaps(struct verifying *v)
{
	size_t n = 0, shown = 0;

	if (v->n_counted > 0)
		qsort(v->counted, v->n_counted, sizeof(*v->counted), by_count);
	for (size_t i = 1; i < v->n_counted; i++) {
		const struct counted *a = &v->counted[i - 1], *b = &v->counted[i];

		if (a->process != b->process || b->seq <= a->seq + 1)
			continue;
		n += b->seq - a->seq - 1;
		if (shown++ < 10)
			(void)printf("missing: %u record%s of process %d, behind its number %u\n",
				     b->seq - a->seq - 1, b->seq - a->seq == 2 ? "" : "s", a->pid,
				     a->seq);
	}
	return n;
}

int audit_verify(void)
{
	static const struct audit_filter all = { .n = 0 };
	struct verifying v = { .lines = 0 };
	size_t open, orphans, ends, missing;
	int status = audit_read(&all, false, verify_line, &v);

	if (status != 0 || v.failed)
		return v.failed ? output_fail("out of memory") : status;
	if (v.outcomes.n > 0)
		qsort(v.outcomes.list, v.outcomes.n, sizeof(*v.outcomes.list), by_number);
	if (v.intents.n > 0)
		qsort(v.intents.list, v.intents.n, sizeof(*v.intents.list), by_number);
	open = missing_from(&v.intents, &v.outcomes, "under way, or interrupted");
	orphans = missing_from(&v.outcomes, &v.intents, "an outcome whose intent is not here");
	ends = missing_from(&v.ends, &v.outcomes, "the end of a stream whose outcome is not here");
	missing = gaps(&v);
	(void)printf("%zu lines, %zu broken; %zu intents without an outcome, %zu outcomes without "
		     "an intent, %zu ends without an outcome, %zu missing\n",
		     v.lines, v.broken, open, orphans, ends, missing);
	free(v.intents.list);
	free(v.outcomes.list);
	free(v.ends.list);
	free(v.counted);
	return output_done(v.broken > 0 || orphans > 0 || ends > 0 || missing > 0 ? 1 : 0);
}
