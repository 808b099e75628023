/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list: one line for one operation. */
#include "front/audit.h"

#include <stdio.h>
#include <string.h>

#include "front/output.h"

struct listing {
	const struct audit_filter *filter;
	struct table table;
	size_t shown;
};

static const char *shown_object(const json_t *record, char many[64])
{
	const char *object = audit_read_text(record, "object");

	if (json_object_get(record, "refusals_not_recorded") != NULL) {
		(void)snprintf(many, 64, "(refusals not recorded: %lld)",
			       (long long)audit_read_refusals(record));
		return many;
	}
	return *object != '\0' ? object : audit_read_text(record, "image");
}

static void print_row(struct listing *l, const json_t *record)
{
	const char *rank = audit_read_text(record, "rank");
	const char *decision = audit_read_text(record, "decision");
	const char *verb = audit_read_text(record, "verb");
	char many[64];
	const char *cells[] = {
		audit_read_text(record, "time"), audit_read_text(record, "submituser"),
		*decision != '\0' ? decision : audit_read_text(record, "phase"), rank,
		*verb != '\0' ? verb : audit_read_text(record, "operation"),
		shown_object(record, many), audit_read_text(record, "rule"),
		audit_read_text(record, "id"),
	};
	char seconds[20];

	(void)snprintf(seconds, sizeof(seconds), "%.19s", cells[0]);
	cells[0] = seconds;
	if (!l->filter->follow) {
		table_row(&l->table, strcmp(decision, "deny") == 0 ? COLOUR_BAD : output_rank(rank),
			  cells);
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		(void)fputs(i > 0 ? "  " : "", stdout);
		output_plain(cells[i]);
	}
	(void)putchar('\n');
}

static bool list_line(void *user, struct slice line)
{
	struct listing *l = user;
	json_t *record = audit_read_line(line);

	if (record != NULL && audit_filter_fits(l->filter, record)) {
		l->shown++;
		if (l->filter->json)
			(void)printf("%.*s\n", (int)line.n, line.p);
		/* One line for one operation: how it ended is in its second record (audit show). */
		else if (strcmp(audit_read_text(record, "phase"), "outcome") != 0 &&
			 strcmp(audit_read_text(record, "phase"), "end") != 0)
			print_row(l, record);
	}
	json_decref(record);
	return ferror(stdout) == 0;
}

int audit_list(const struct audit_filter *f)
{
	static const char *const titles[] = {
		"TIME (UTC)", "USER", "DECISION", "RANK", "VERB", "OBJECT", "RULE", "ID",
	};
	struct listing l = { .filter = f, .table = table_new(8, "") };
	int status;

	if (!f->json)
		table_row(&l.table, COLOUR_BOLD, titles);
	status = audit_read(f, f->follow, list_line, &l);
	if (!f->json)
		table_print_free(&l.table);
	return status != 0 ? status : output_done(0);
}
