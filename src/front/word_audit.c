/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit - the record, read: tables for people, lines for programs. safedocker-record gives out the caller's
 * own lines, or all of them to root and group adm; all else happens here, without any privilege.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/slice.h"
#include "front/adopt.h"
#include "front/output.h"
#include "front/policyfile.h"
#include "front/replay.h"
#include "front/who.h"
#include "front/word.h"

#define STALE 75		/* safedocker-record's exit status when the record was rotated under it */
#define CONDITIONS_MAX 16
#define STEP (256 * 1024)

/* --- filters ---------------------------------------------------------------------------- */
struct filter {
	const char *user, *verb, *flag, *rank, *rule, *object, *decision;
	char since[32], until[32];	/* as the record writes times, "" for none */
	bool json, follow;	/* how what is found is shown */
	const char *needles[CONDITIONS_MAX];	/* what a line must hold, before it is worth being parsed */
	char texts[CONDITIONS_MAX][300];
	size_t n;
};

/* A record's own way to write a field, as audit.c does: no space, ASCII, so that bytes can be compared. */
static void need(struct filter *f, const char *key, const char *value)
{
	json_t *text = json_string(value);
	char *json = text != NULL ? json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	/* jansson writes \u escapes in capitals, the record in small letters: such a value is compared later. */
	if (json != NULL && strchr(json, '\\') == NULL && f->n < CONDITIONS_MAX) {
		(void)snprintf(f->texts[f->n], sizeof(f->texts[f->n]), "\"%s\":%s", key, json);
		if (strlen(f->texts[f->n]) + 1 < sizeof(f->texts[f->n])) {
			f->needles[f->n] = f->texts[f->n];
			f->n++;
		}
	}
	free(json);
	json_decref(text);
}

/* "2h", "7d": so long ago; or the beginning of a UTC time as the record has it. */
static int take_time(const char *text, char ret[32])
{
	static const struct { char letter; long seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
	};
	struct slice all = slice_str(text);
	unsigned long long number;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && all.n > 1; i++) {
		time_t at = time(NULL);
		struct tm utc;

		if (all.p[all.n - 1] != units[i].letter || slice_to_u64(slice_of(all.p, all.n - 1), 1000000, &number) < 0)
			continue;
		at -= (time_t)number * units[i].seconds;
		return gmtime_r(&at, &utc) != NULL && strftime(ret, 32, "%Y-%m-%dT%H:%M:%S", &utc) > 0 ? 0 : -1;
	}
	if (all.n < 4 || all.n > 27 || strspn(text, "0123456789-T:.Z") != all.n)
		return -1;
	(void)snprintf(ret, 32, "%s", text);
	return 0;
}

static bool same_text(const json_t *record, const char *key, const char *wanted)
{
	const char *text = json_string_value(json_object_get(record, key));

	return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

static bool has_flag(const json_t *record, const char *wanted)
{
	size_t i, n = wanted != NULL ? strlen(wanted) : 0;
	const json_t *flag;

	json_array_foreach(json_object_get(record, "flags"), i, flag) {
		const char *text = json_string_value(flag);

		if (wanted != NULL && text != NULL && strncmp(text, wanted, n) == 0 && (text[n] == '\0' || text[n] == '='))
			return true;
	}
	return wanted == NULL;
}

static bool has_object(const json_t *record, const char *wanted)
{
	const char *id = json_string_value(json_object_get(record, "object_id"));

	return same_text(record, "object", wanted) ||
		(id != NULL && strlen(wanted) >= 4 && strncmp(id, wanted, strlen(wanted)) == 0);
}

static bool fits(const struct filter *f, const json_t *record)
{
	const char *time_text = json_string_value(json_object_get(record, "time"));

	return time_text != NULL && (*f->since == '\0' || strcmp(time_text, f->since) >= 0) &&
		(*f->until == '\0' || strcmp(time_text, f->until) < 0) && same_text(record, "submituser", f->user) &&
		same_text(record, "verb", f->verb) && same_text(record, "rank", f->rank) &&
		same_text(record, "rule", f->rule) && same_text(record, "decision", f->decision) &&
		has_flag(record, f->flag) && has_object(record, f->object);
}

/* Takes the filter options off argv; -1: one that is none, which is said. */
static int take_filters(int *argc, char ***argv, struct filter *f)
{
	while (*argc > 0 && strncmp((*argv)[0], "--", 2) == 0) {
		const struct { const char *name, **slot; char *time; const char *key; } options[] = {
			{ "--user", &f->user, NULL, "submituser" }, { "--verb", &f->verb, NULL, "verb" },
			{ "--flag", &f->flag, NULL, NULL }, { "--rank", &f->rank, NULL, "rank" },
			{ "--rule", &f->rule, NULL, "rule" }, { "--object", &f->object, NULL, NULL },
			{ "--decision", &f->decision, NULL, "decision" },
			{ "--since", NULL, f->since, NULL }, { "--until", NULL, f->until, NULL },
		};
		size_t i = 0, n = sizeof(options) / sizeof(options[0]), length = strcspn((*argv)[0], "=");
		const char *value = (*argv)[0][length] == '=' ? (*argv)[0] + length + 1 : NULL;

		if (strcmp((*argv)[0], "--json") == 0 || strcmp((*argv)[0], "--follow") == 0) {
			*((*argv)[0][2] == 'j' ? &f->json : &f->follow) = true;
			++*argv;
			--*argc;
			continue;
		}
		while (i < n && (strlen(options[i].name) != length || strncmp(options[i].name, (*argv)[0], length) != 0))
			i++;
		if (i == n || (value == NULL && *argc < 2))
			return -1;
		if (value == NULL) {
			++*argv;
			--*argc;
			value = (*argv)[0];
		}
		++*argv;
		--*argc;
		if (options[i].slot != NULL)
			*options[i].slot = value;
		else if (take_time(value, options[i].time) < 0)
			return -1;
		if (options[i].key != NULL)
			need(f, options[i].key, value);
	}
	if (f->flag != NULL) {
		(void)snprintf(f->texts[f->n], sizeof(f->texts[f->n]), "%.290s", f->flag);
		if (strpbrk(f->flag, "\"\\") == NULL) {
			f->needles[f->n] = f->texts[f->n];
			f->n++;
		}
	}
	return 0;
}

/* --- reading ------------------------------------------------------------------------------------ */
/* One line of the record, without its end; returns false to stop. */
typedef bool take_line(void *user, struct slice line);

/* With the name of a recording: that one instead of the record. */
static pid_t start_reader(bool follow, char *recording, int *ret_fd)
{
	static char program[] = SAFEDOCKER_RECORD, record[] = "record", on[] = "follow", which[] = "recording";
	char *argv[] = { program, follow ? on : recording != NULL ? which : record, recording, NULL };
	char *environment[] = { NULL };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	(void)fcntl(ends[0], F_SETPIPE_SZ, 1024 * 1024);
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			(void)execve(program, argv, environment);
		_exit(127);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

/* Whether the line could fit, by its bytes alone: a million records are looked at, a few are parsed. */
static bool could_fit(const struct filter *f, struct slice line)
{
	static const char key[] = "\"time\":\"";
	const char *at = memmem(line.p, line.n < 64 ? line.n : 64, key, sizeof(key) - 1);
	size_t left = at != NULL ? line.n - (size_t)(at - line.p) - (sizeof(key) - 1) : 0;

	if (at != NULL && left >= sizeof("2026-01-01T00:00:00.000000Z")) {
		at += sizeof(key) - 1;
		if ((*f->since != '\0' && strncmp(at, f->since, strlen(f->since)) < 0) ||
		    (*f->until != '\0' && strncmp(at, f->until, strlen(f->until)) >= 0))
			return false;
	}
	for (size_t i = 0; i < f->n; i++)
		if (memmem(line.p, line.n, f->needles[i], strlen(f->needles[i])) == NULL)
			return false;
	return true;
}

static bool each_line(char *bytes, size_t n, const struct filter *f, take_line *take, void *user)
{
	struct slice left = slice_of(bytes, n);

	while (left.n > 0) {
		struct slice line = slice_of(left.p, slice_find(left, '\n'));

		left = slice_after(left, line.n + 1);
		if (line.n > 0 && could_fit(f, line) && !take(user, line))
			return false;
	}
	return true;
}

/* What safedocker-record ended with; its last line, where it is no record, says why. */
static int read_once(const struct filter *f, bool follow, take_line *take, void *user)
{
	size_t n = 0, room = 2 * STEP;
	char *bytes = malloc(room);
	int fd = -1, status = 0;
	pid_t pid = bytes != NULL ? start_reader(follow, NULL, &fd) : -1;
	ssize_t got;

	if (pid < 0) {
		free(bytes);
		return -1;
	}
	while ((got = read(fd, bytes + n, room - n)) > 0 || (got < 0 && errno == EINTR)) {
		char *last;

		n += got > 0 ? (size_t)got : 0;
		last = memrchr(bytes, '\n', n);
		if (last != NULL) {
			size_t whole = (size_t)(last - bytes) + 1;

			/* A refusal of the program's is a line too: it is shown below. */
			if (!each_line(bytes, whole, f, take, user))
				break;
			memmove(bytes, bytes + whole, n - whole);
			n -= whole;
		}
		if (n == room)
			n = 0;
		if (follow)
			(void)fflush(stdout);
	}
	(void)close(fd);
	free(bytes);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE ? 0 : -1;
}

static int read_record(const struct filter *f, bool follow, take_line *take, void *user)
{
	int status;

	do
		status = read_once(f, follow, take, user);
	while (follow && status == STALE);
	if (status != 0)
		return output_fail("the record cannot be read (%d); it must be there, root:docker 0660", status);
	return 0;
}

static json_t *parse(struct slice line)
{
	return json_loadb(line.p, line.n, 0, NULL);
}

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text != NULL ? text : "";
}

/* --- the list -------------------------------------------------------------------------------------- */
struct listing {
	const struct filter *filter;
	bool json, follow;
	struct table table;
	size_t shown;
};

/* How many refusals a line stands for: one, but for that of those beyond the user's budget. */
static json_int_t refusals_of(const json_t *record)
{
	json_int_t n = json_integer_value(json_object_get(record, "refusals_not_recorded"));

	return n > 0 ? n : 1;
}

static const char *shown_object(const json_t *record, char many[64])
{
	const char *object = text_of(record, "object");

	if (json_object_get(record, "refusals_not_recorded") != NULL) {
		(void)snprintf(many, 64, "(refusals not recorded: %lld)",
			       (long long)refusals_of(record));
		return many;
	}
	return *object != '\0' ? object : text_of(record, "image");
}

static void print_row(struct listing *l, const json_t *record)
{
	const char *rank = text_of(record, "rank"), *decision = text_of(record, "decision");
	char many[64];
	const char *cells[] = {
		text_of(record, "time"), text_of(record, "submituser"),
		*decision != '\0' ? decision : text_of(record, "phase"), rank,
		*text_of(record, "verb") != '\0' ? text_of(record, "verb") : text_of(record, "operation"),
		shown_object(record, many), text_of(record, "rule"), text_of(record, "id"),
	};
	char seconds[20];

	(void)snprintf(seconds, sizeof(seconds), "%.19s", cells[0]);
	cells[0] = seconds;
	if (!l->follow) {
		table_row(&l->table, strcmp(decision, "deny") == 0 ? COLOUR_BAD : output_rank(rank), cells);
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
	json_t *record = parse(line);

	if (record != NULL && fits(l->filter, record)) {
		l->shown++;
		if (l->json)
			(void)printf("%.*s\n", (int)line.n, line.p);
		/* One line for one operation: how it ended is in its second record (audit show). */
		else if (strcmp(text_of(record, "phase"), "outcome") != 0 && strcmp(text_of(record, "phase"), "end") != 0)
			print_row(l, record);
	}
	json_decref(record);
	return ferror(stdout) == 0;
}

static int list(const struct filter *f, bool json, bool follow)
{
	static const char *const titles[] = { "TIME (UTC)", "USER", "DECISION", "RANK", "VERB", "OBJECT", "RULE", "ID" };
	struct listing l = { .filter = f, .json = json, .follow = follow, .table = table_new(8, "") };
	int status;

	if (!json)
		table_row(&l.table, COLOUR_BOLD, titles);
	status = read_record(f, follow, list_line, &l);
	if (!json)
		table_print_free(&l.table);
	return status != 0 ? status : output_done(0);
}

/* --- summary ------------------------------------------------------------------------------------------- */
struct summary {
	const struct filter *filter;
	json_t *users;		/* user → rank or "denied" → count */
	json_t *flags;		/* denied flag → count */
	json_t *refusals;	/* what was said → count */
	json_t *rules;		/* rule → count */
};

static void count_more(json_t *counts, const char *key, json_int_t n)
{
	json_int_t before = json_integer_value(json_object_get(counts, key));

	if (*key != '\0')
		(void)json_object_set_new(counts, key, json_integer(before + n));
}

static void count(json_t *counts, const char *key)
{
	count_more(counts, key, 1);
}

/* Of "safedocker: denied: --pid=host (create): …" the flag, without its value. */
static void count_flag(json_t *flags, const char *missing)
{
	static const char before[] = "denied: --";
	const char *at = strstr(missing, before);
	char flag[100];

	if (at == NULL)
		return;
	at += sizeof(before) - 3;
	(void)snprintf(flag, sizeof(flag), "%.*s", (int)strcspn(at, "= ("), at);
	count(flags, flag);
}

static bool summary_line(void *user, struct slice line)
{
	struct summary *s = user;
	json_t *record = parse(line), *of;
	const char *phase = text_of(record, "phase");

	if (record != NULL && fits(s->filter, record) && (strcmp(phase, "intent") == 0 || strcmp(phase, "denied") == 0)) {
		bool denied = strcmp(phase, "denied") == 0;
		const char *name = text_of(record, "submituser");

		of = json_object_get(s->users, name);
		if (of == NULL) {
			of = json_object();
			(void)json_object_set_new(s->users, name, of);
		}
		count_more(of, denied ? "denied" : text_of(record, "rank"), refusals_of(record));
		if (!denied) {
			count(s->rules, text_of(record, "rule"));
		} else {
			count_more(s->refusals, text_of(record, "missing"), refusals_of(record));
			count_flag(s->flags, text_of(record, "missing"));
		}
	}
	json_decref(record);
	return true;
}

static void print_counts(const char *title, const json_t *counts)
{
	const char *key;
	json_t *value;

	(void)printf("\n%s\n", title);
	json_object_foreach((json_t *)counts, key, value) {
		(void)printf("  %8lld  ", (long long)json_integer_value(value));
		output_plain(key);
		(void)putchar('\n');
	}
}

/* Rules for the reader that allowed nothing in these records; for root, and who reads the records of all, any rule. */
static json_t *unused_rules(const json_t *used)
{
	json_t *list = json_array();
	struct policy *policy = NULL;
	struct subject self = { .uid = 0 };
	struct error ignored;
	bool all = geteuid() == 0;

	if (policyfile_load(&policy, &ignored) < 0 || who_is(NULL, &self, &ignored) < 0) {
		policy_free(policy);
		return list;
	}
	for (size_t i = 0; i < self.n_groups; i++)
		all = all || (self.group_names[i] != NULL && strcmp(self.group_names[i], "adm") == 0);
	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule rule;

		policy_rule_at(policy, i, &rule);
		if (json_object_get(used, rule.name) == NULL && (all || policy_rule_is_for(policy, i, &self)))
			(void)json_array_append_new(list, json_string(rule.name));
	}
	policy_free(policy);
	return list;
}

static int summarise(const struct filter *f, bool json)
{
	static const char *const titles[] = { "USER", "S", "A", "B", "C", "DENIED" };
	struct summary s = { .filter = f, .users = json_object(), .flags = json_object(),
		.refusals = json_object(), .rules = json_object() };
	struct table table = table_new(6, "");
	const char *name;
	json_t *of, *unused, *rule;
	size_t at;
	int status = read_record(f, false, summary_line, &s);

	if (status != 0)
		return status;
	unused = unused_rules(s.rules);
	if (json)
		return output_json(json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "version", 1, "users", s.users,
					     "denied_flags", s.flags, "refusals", s.refusals, "rules", s.rules,
					     "unused_rules", unused));
	table_row(&table, COLOUR_BOLD, titles);
	json_object_foreach(s.users, name, of) {
		char numbers[5][24];
		const char *cells[6] = { name };

		for (int i = 0; i < 5; i++) {
			(void)snprintf(numbers[i], sizeof(numbers[i]), "%lld", (long long)json_integer_value(
				       json_object_get(of, i < 4 ? titles[i + 1] : "denied")));
			cells[i + 1] = numbers[i];
		}
		table_row(&table, COLOUR_NONE, cells);
	}
	table_print_free(&table);
	print_counts("Rules that allowed", s.rules);
	(void)puts("\nRules that allowed nothing");
	json_array_foreach(unused, at, rule)
		(void)printf("            %s\n", json_string_value(rule));
	print_counts("Flags that were refused", s.flags);
	print_counts("Refusals", s.refusals);
	json_decref(s.users);
	json_decref(s.flags);
	json_decref(s.rules);
	json_decref(s.refusals);
	json_decref(unused);
	return output_done(0);
}

/* --- show --------------------------------------------------------------------------------------------------- */
struct showing {
	const char *id;
	char command[40];	/* of the record that was found */
	size_t found;
	bool linked;		/* the second time round: what belongs to the same command */
};

static bool show_line(void *user, struct slice line)
{
	struct showing *s = user;
	json_t *record = parse(line), *value;
	const char *key;
	bool same = strcmp(text_of(record, "id"), s->id) == 0;

	if (record == NULL)
		return true;
	if (!s->linked && same) {
		s->found++;
		(void)snprintf(s->command, sizeof(s->command), "%s", text_of(record, "command_id"));
		json_object_foreach(record, key, value) {
			char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

			(void)printf("%-12s ", key);
			output_plain(text != NULL ? text : json_string_value(value));
			(void)putchar('\n');
			free(text);
		}
		(void)putchar('\n');
	} else if (s->linked && !same && strcmp(text_of(record, "command_id"), s->command) == 0 &&
		   strcmp(text_of(record, "phase"), "outcome") != 0) {
		if (s->found++ == 0)
			(void)puts("of the same command:");
		(void)printf("  %s  %s  ", text_of(record, "id"), text_of(record, "phase"));
		output_plain(text_of(record, "operation"));
		(void)putchar(' ');
		output_plain(text_of(record, "object"));
		(void)putchar('\n');
	}
	json_decref(record);
	return true;
}

static int show(const char *id)
{
	struct filter f = { .n = 0 };
	struct showing s = { .id = id };
	int status;

	need(&f, "id", id);
	status = read_record(&f, false, show_line, &s);
	if (status != 0)
		return status;
	if (s.found == 0) {
		(void)fprintf(stderr, "safedocker: there is no record %s that you may see\n", id);
		return 1;
	}
	if (*s.command != '\0') {
		struct filter same = { .n = 0 };

		need(&same, "command_id", s.command);
		s.linked = true;
		s.found = 0;
		status = read_record(&same, false, show_line, &s);
	}
	return status != 0 ? status : output_done(0);
}

/* --- replay ------------------------------------------------------------------------------------------------- */
struct seeking {
	const char *id;
	char recording[64];
	bool found;
};

static bool seek_line(void *user, struct slice line)
{
	struct seeking *s = user;
	json_t *record = parse(line);

	if (record != NULL && (strcmp(text_of(record, "id"), s->id) == 0 || strcmp(text_of(record, "command_id"), s->id) == 0)) {
		s->found = true;
		(void)snprintf(s->recording, sizeof(s->recording), "%s", text_of(record, "recording"));
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

static int replay(int argc, char **argv)
{
	struct filter f = { .n = 0 };
	struct seeking s = { .found = false };
	struct replay how;
	int at = take_replay(argc, argv, &how), fd = -1, status, ended;
	pid_t pid;

	if (at < 0)
		return word_usage("audit");
	s.id = argv[at];
	/* A recording's own name says where it is; an operation's or a command's number stands in the record. */
	if (strchr(s.id, '-') != NULL) {
		(void)snprintf(s.recording, sizeof(s.recording), "%s", s.id);
	} else {
		f.needles[f.n++] = s.id;
		status = read_record(&f, false, seek_line, &s);
		if (status != 0)
			return status;
	}
	if (*s.recording == '\0') {
		(void)fprintf(stderr, s.found ? "safedocker: nothing was recorded of %s: only strong rules with "
			      "`record = yes` record a terminal\n" : "safedocker: there is no record %s that you may see\n",
			      s.id);
		return 1;
	}
	pid = start_reader(false, s.recording, &fd);
	if (pid < 0)
		return output_fail("%s cannot be started", SAFEDOCKER_RECORD);
	status = replay_run(fd, &how);
	(void)waitpid(pid, &ended, 0);
	return status;
}

/* --- verify ------------------------------------------------------------------------------------------------------ */
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
		.process = strtoull(text_of(record, "command_id"), NULL, 16) ^
			(unsigned long long)pid * 0x9e3779b97f4a7c15ULL,
		.seq = (unsigned)seq, .pid = (int)pid,
	};
}

static bool verify_line(void *user, struct slice line)
{
	static const char intent[] = ",\"phase\":\"intent\"", outcome[] = ",\"phase\":\"outcome\"";
	static const char end[] = ",\"phase\":\"end\"";
	struct verifying *v = user;
	json_t *record = parse(line);

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
		if (those->n > 0 && bsearch(&these->list[i], those->list, those->n, sizeof(*those->list), by_number) != NULL)
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

/* How many records are missing between others of the same process. The first may have been rotated away. */
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
			(void)printf("missing: %u record%s of process %d, behind its number %u\n", b->seq - a->seq - 1,
				     b->seq - a->seq == 2 ? "" : "s", a->pid, a->seq);
	}
	return n;
}

static int verify(void)
{
	static const struct filter all = { .n = 0 };
	struct verifying v = { .lines = 0 };
	size_t open, orphans, ends, missing;
	int status = read_record(&all, false, verify_line, &v);

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
	(void)printf("%zu lines, %zu broken; %zu intents without an outcome, %zu outcomes without an intent, %zu ends "
		     "without an outcome, %zu missing\n", v.lines, v.broken, open, orphans, ends, missing);
	free(v.intents.list);
	free(v.outcomes.list);
	free(v.ends.list);
	free(v.counted);
	return output_done(v.broken > 0 || orphans > 0 || ends > 0 || missing > 0 ? 1 : 0);
}

int word_audit(int argc, char **argv)
{
	struct filter f = { .n = 0 };
	const char *what = "";

	argc--;
	argv++;
	if (argc > 0 && strncmp(argv[0], "--", 2) != 0) {
		what = argv[0];
		argc--;
		argv++;
	}
	if (strcmp(what, "adopt") == 0)
		return adopt(argc, argv);
	if (strcmp(what, "replay") == 0)
		return replay(argc, argv);
	if (strcmp(what, "show") == 0 && argc == 1)
		return show(argv[0]);
	if (strcmp(what, "verify") == 0 && argc == 0)
		return verify();
	if (take_filters(&argc, &argv, &f) < 0 || argc > 0)
		return word_usage("audit");
	if (strcmp(what, "summary") == 0 && !f.follow)
		return summarise(&f, f.json);
	return *what == '\0' ? list(&f, f.json, f.follow) : word_usage("audit");
}
