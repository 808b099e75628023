/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal showed under a strong rule, shown again. */
#include "front/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "front/output.h"
#include "front/replay.h"
#include "front/word.h"

struct seeking {
	const char *id;
	char recording[64];
	bool found;
};

static bool seek_line(void *user, struct slice line)
{
	struct seeking *s = user;
	json_t *record = audit_read_line(line);

	if (record != NULL && (strcmp(audit_read_text(record, "id"), s->id) == 0 ||
			       strcmp(audit_read_text(record, "command_id"), s->id) == 0)) {
		s->found = true;
		(void)snprintf(s->recording, sizeof(s->recording), "%s",
			       audit_read_text(record, "recording"));
	}
	json_decref(record);
	return *s->recording == '\0';
}

/* Seconds or a factor: a decimal number, 0.01 to a million. */
static int take_decimal(const char *text, double *ret)
{
	char *end;

	if (*text == '\0' || strspn(text, "0123456789.") != strlen(text))
		return -1;
	*ret = strtod(text, &end);
	return *end == '\0' && *ret >= 0.01 && *ret <= 1e6 ? 0 : -1;
}

/* --speed N, --max-wait SECONDS, --json; what is left is the id. */
static int take_replay(int argc, char **argv, struct replay *ret)
{
	int i = 0;

	*ret = (struct replay){ .speed = 1 };
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		size_t n = strcspn(argv[i], "=");
		bool speed = strncmp(argv[i], "--speed", n) == 0 && n == strlen("--speed");
		const char *value;

		if (strcmp(argv[i], "--json") == 0) {
			ret->raw = true;
			continue;
		}
		if (!speed && (strncmp(argv[i], "--max-wait", n) != 0 || n != strlen("--max-wait")))
			return -1;
		value = argv[i][n] == '=' ? argv[i] + n + 1 : i + 1 < argc ? argv[++i] : "";
		if (take_decimal(value, speed ? &ret->speed : &ret->max_wait) < 0)
			return -1;
	}
	return i + 1 == argc ? i : -1;
}

int audit_replay(int argc, char **argv)
{
	struct audit_filter f = { .n = 0 };
	struct seeking s = { .found = false };
	struct replay how;
	int at = take_replay(argc, argv, &how), fd = -1, status, ended;
	pid_t pid;

	if (at < 0)
		return word_usage("audit");
	s.id = argv[at];
	/*
	 * A recording's own name says where it is; an operation's or a command's number stands in
	 * the record.
	 */
	if (strchr(s.id, '-') != NULL) {
		(void)snprintf(s.recording, sizeof(s.recording), "%s", s.id);
	} else {
		f.needles[f.n++] = s.id;
		status = audit_read(&f, false, seek_line, &s);
		if (status != 0)
			return status;
	}
	if (*s.recording == '\0') {
		(void)fprintf(stderr, s.found ?
			      "safedocker: nothing was recorded of %s: only strong rules with "
			      "`record = yes` record a terminal\n" :
			      "safedocker: there is no record %s that you may see\n", s.id);
		return 1;
	}
	pid = audit_read_start(false, s.recording, &fd);
	if (pid < 0)
		return output_fail("%s cannot be started", SAFEDOCKER_RECORD);
	status = replay_run(fd, &how);
	(void)waitpid(pid, &ended, 0);
	return status;
}
