/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation, whole, and what else belongs to the same command. */
#include "front/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/output.h"

struct showing {
	const char *id;
	char command[40];	/* of the record that was found */
	size_t found;
	bool linked;		/* the second time round: what belongs to the same command */
};

static bool show_line(void *user, struct slice line)
{
	struct showing *s = user;
	json_t *record = audit_read_line(line), *value;
	const char *key;
	bool same = strcmp(audit_read_text(record, "id"), s->id) == 0;

	if (record == NULL)
		return true;
	if (!s->linked && same) {
		s->found++;
		(void)snprintf(s->command, sizeof(s->command), "%s",
			       audit_read_text(record, "command_id"));
		json_object_foreach(record, key, value) {
			char *text = json_is_string(value) ? NULL :
				json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

			(void)printf("%-12s ", key);
			output_plain(text != NULL ? text : json_string_value(value));
			(void)putchar('\n');
			free(text);
		}
		(void)putchar('\n');
	} else if (s->linked && !same &&
		   strcmp(audit_read_text(record, "command_id"), s->command) == 0 &&
		   strcmp(audit_read_text(record, "phase"), "outcome") != 0) {
		if (s->found++ == 0)
			(void)puts("of the same command:");
		(void)printf("  %s  %s  ", audit_read_text(record, "id"),
			     audit_read_text(record, "phase"));
		output_plain(audit_read_text(record, "operation"));
		(void)putchar(' ');
		output_plain(audit_read_text(record, "object"));
		(void)putchar('\n');
	}
	json_decref(record);
	return true;
}

int audit_show(const char *id)
{
	struct audit_filter f = { .n = 0 };
	struct showing s = { .id = id };
	int status;

	audit_filter_need(&f, "id", id);
	status = audit_read(&f, false, show_line, &s);
	if (status != 0)
		return status;
	if (s.found == 0) {
		(void)fprintf(stderr, "safedocker: there is no record %s that you may see\n", id);
		return 1;
	}
	if (*s.command != '\0') {
		struct audit_filter same = { .n = 0 };

		audit_filter_need(&same, "command_id", s.command);
		s.linked = true;
		s.found = 0;
		status = audit_read(&same, false, show_line, &s);
	}
	return status != 0 ? status : output_done(0);
}
