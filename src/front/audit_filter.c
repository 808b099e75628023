/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * A record's own way to write a field, as the helper does: no space, ASCII, so that bytes can be
 * compared.
 */
void audit_filter_need(struct audit_filter *f, const char *key, const char *value)
{
	json_t *text = json_string(value);
	char *json = text != NULL ? json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	/*
	 * jansson writes \u escapes in capitals, the record in small letters: such a value is
	 * compared later.
	 */
	if (json != NULL && strchr(json, '\\') == NULL && f->n < AUDIT_CONDITIONS_MAX) {
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

		if (all.p[all.n - 1] != units[i].letter ||
		    slice_to_u64(slice_of(all.p, all.n - 1), 1000000, &number) < 0)
			continue;
		at -= (time_t)number * units[i].seconds;
		if (gmtime_r(&at, &utc) == NULL)
			return -1;
		return strftime(ret, 32, "%Y-%m-%dT%H:%M:%S", &utc) > 0 ? 0 : -1;
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

		if (wanted != NULL && text != NULL && strncmp(text, wanted, n) == 0 &&
		    (text[n] == '\0' || text[n] == '='))
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

bool audit_filter_fits(const struct audit_filter *f, const json_t *record)
{
	const char *time_text = json_string_value(json_object_get(record, "time"));

	return time_text != NULL && (*f->since == '\0' || strcmp(time_text, f->since) >= 0) &&
	       (*f->until == '\0' || strcmp(time_text, f->until) < 0) &&
	       same_text(record, "submituser", f->user) && same_text(record, "verb", f->verb) &&
	       same_text(record, "rank", f->rank) && same_text(record, "rule", f->rule) &&
	       same_text(record, "decision", f->decision) && has_flag(record, f->flag) &&
	       has_object(record, f->object);
}

/* What has the flag has its text. */
static void need_flag(struct audit_filter *f)
{
	if (f->flag == NULL || strpbrk(f->flag, "\"\\") != NULL)
		return;
	(void)snprintf(f->texts[f->n], sizeof(f->texts[f->n]), "%.290s", f->flag);
	f->needles[f->n] = f->texts[f->n];
	f->n++;
}

int audit_filter_take(int *argc, char ***argv, struct audit_filter *f)
{
	while (*argc > 0 && strncmp((*argv)[0], "--", 2) == 0) {
		const struct {
			const char *name, **slot;
			char *time;
			const char *key;
		} options[] = {
			{ "--user", &f->user, NULL, "submituser" },
			{ "--verb", &f->verb, NULL, "verb" },
			{ "--flag", &f->flag, NULL, NULL },
			{ "--rank", &f->rank, NULL, "rank" },
			{ "--rule", &f->rule, NULL, "rule" },
			{ "--object", &f->object, NULL, NULL },
			{ "--decision", &f->decision, NULL, "decision" },
			{ "--since", NULL, f->since, NULL },
			{ "--until", NULL, f->until, NULL },
		};
		size_t i = 0, n = sizeof(options) / sizeof(options[0]),
		       length = strcspn((*argv)[0], "=");
		const char *value = (*argv)[0][length] == '=' ? (*argv)[0] + length + 1 : NULL;

		if (strcmp((*argv)[0], "--json") == 0 || strcmp((*argv)[0], "--follow") == 0) {
			*((*argv)[0][2] == 'j' ? &f->json : &f->follow) = true;
			++*argv;
			--*argc;
			continue;
		}
		while (i < n && (strlen(options[i].name) != length ||
				 strncmp(options[i].name, (*argv)[0], length) != 0))
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
			audit_filter_need(f, options[i].key, value);
	}
	need_flag(f);
	return 0;
}

bool audit_filter_could_fit(const struct audit_filter *f, struct slice line)
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
