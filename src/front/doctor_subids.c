/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: whom the policy names, and whether safedocker-runtime takes their subordinate ids. */
#include <dirent.h>
#include <ini.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/doctor.h"
#include "front/policyfile.h"
#include "model/subids.h"

#define TEXT_MAX (4 << 20)
#define FIRST_UID 1000
#define NOBODY 65534
#define FIRST_SUBID 100000U	/* SUB_UID_MIN of login.defs(5), as it is everywhere */
#define LAST_SUBID 600100000U	/* and SUB_UID_MAX */

/* --- whom the policy names ----------------------------------------------------------------------- */

struct accounts {
	struct account *list;
	size_t n, max;
};

static void take_account(struct accounts *a, const struct passwd *pw)
{
	if (pw == NULL || pw->pw_uid < FIRST_UID || pw->pw_uid == NOBODY || a->n == a->max ||
	    strlen(pw->pw_name) >= sizeof(a->list->name) || strlen(pw->pw_dir) >= sizeof(a->list->home))
		return;
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].uid == pw->pw_uid)
			return;
	a->list[a->n].uid = pw->pw_uid;
	a->list[a->n].gid = pw->pw_gid;
	(void)strcpy(a->list[a->n].name, pw->pw_name);
	(void)strcpy(a->list[a->n].home, pw->pw_dir);
	a->n++;
}

static void take_name(void *user, const char *name, bool primary)
{
	(void)primary;
	/* getpwent() may be under way; its own entry is looked up again all the same. */
	take_account(user, getpwnam(name));
}

static void take_word(struct accounts *a, const char *word)
{
	static const struct doctor here = { .root = "" };
	const struct passwd *pw;
	char *end;

	if (word[0] == '%') {
		(void)doctor_members(&here, word + 1, take_name, a);
	} else if (word[0] == '#') {
		unsigned long uid = strtoul(word + 1, &end, 10);

		if (*end == '\0')
			take_account(a, getpwuid((uid_t)uid));
	} else if (strcmp(word, "*") == 0) {
		setpwent();
		while ((pw = getpwent()) != NULL && a->n < a->max)
			take_account(a, pw);
		endpwent();
	} else {
		take_account(a, getpwnam(word));
	}
}

size_t doctor_accounts(struct account *list, size_t max)
{
	struct accounts a = { .list = list, .max = max };
	struct policy *policy = NULL;
	const char *word;

	if (policyfile_load(&policy, NULL) < 0)
		return 0;
	for (size_t rule = 0; rule < policy_rules(policy); rule++)
		for (size_t n = 0; (word = policy_rule_word(policy, rule, KEY_USERS, n)) != NULL; n++)
			take_word(&a, word);
	policy_free(policy);
	return a.n;
}

/* --- their subordinate ids ------------------------------------------------------------------------ */

struct texts {
	struct buf uids, gids, passwd, group, table;
	struct subids_range area;
	uint64_t next;		/* the first id behind all that are given */
};

static void read_file(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	*ret = buf_new(TEXT_MAX);
	while (f != NULL && n > 0) {
		char *room = buf_room(ret, 65536);

		n = room != NULL ? fread(room, 1, 65536, f) : 0;
		buf_added(ret, n);
	}
	if (f != NULL)
		(void)fclose(f);
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
	if (strcmp(section, "engine") == 0 && strcmp(key, "subids") == 0)
		(void)subids_area(slice_str(value), user, NULL);
	return 1;
}

/* Behind everything below safedocker's own area that stands in a file of subid(5)'s form. */
static void look_behind(struct slice text, struct texts *t)
{
	while (text.n > 0) {
		struct slice line = slice_take(&text, '\n');
		unsigned long long start, count;

		(void)slice_take(&line, ':');
		if (slice_to_u64(slice_take(&line, ':'), UINT32_MAX, &start) == 0 &&
		    slice_to_u64(line, UINT32_MAX, &count) == 0 && start < t->area.start && start + count > t->next)
			t->next = start + count;
	}
}

/* An account or group whose number lies in the range: its name, or an empty slice. */
static struct slice inside(struct slice text, struct subids_range range)
{
	while (text.n > 0) {
		struct slice line = slice_take(&text, '\n'), name = slice_take(&line, ':');
		unsigned long long id;

		(void)slice_take(&line, ':');
		if (slice_to_u64(slice_take(&line, ':'), UINT32_MAX, &id) == 0 && subids_holds(range, id))
			return name;
	}
	return slice_of("", 0);
}

static void check_apart(struct doctor *d, const struct texts *t, const char *whose, struct subids_range range)
{
	struct slice name = inside(buf_slice(&t->passwd), range);

	if (name.n == 0)
		name = inside(buf_slice(&t->group), range);
	if (name.n > 0)
		doctor_found(d, FINDING_SUBIDS, whose, "%s: the account or group %.*s lies among the ids %u to %llu", whose,
			     (int)(name.n < 64 ? name.n : 64), name.p, range.start,
			     (unsigned long long)range.start + range.count - 1);
}

static bool has_block(struct slice table, uid_t uid)
{
	char start[32];

	(void)snprintf(start, sizeof(start), "range %u ", (unsigned)uid);
	while (table.n > 0)
		if (slice_starts(slice_take(&table, '\n'), start))
			return true;
	return false;
}

/* Ids that nobody has, where the site gives them by these files; else the runtime's own area is there for that. */
static void without(struct doctor *d, struct texts *t, const struct account *who)
{
	struct subids_range range = { .count = SUBIDS_LEAST };
	char object[400];

	range.start = (uint32_t)t->next;
	if (t->uids.len == 0 || t->gids.len == 0 || t->next + SUBIDS_LEAST > LAST_SUBID || has_block(buf_slice(&t->table), who->uid) ||
	    t->next + SUBIDS_LEAST > t->area.start || inside(buf_slice(&t->passwd), range).n > 0 ||
	    inside(buf_slice(&t->group), range).n > 0) {
		doctor_found(d, FINDING_SUBIDS_GIVEN, who->name, "%s has none in /etc/subuid and /etc/subgid", who->name);
		return;
	}
	(void)snprintf(object, sizeof(object), "%u-%u --add-subgids %u-%u %s", range.start, range.start + SUBIDS_LEAST - 1,
		       range.start, range.start + SUBIDS_LEAST - 1, who->name);
	doctor_found(d, FINDING_SUBIDS_NONE, object, "%s has none in /etc/subuid and /etc/subgid", who->name);
	t->next += SUBIDS_LEAST;
}

static void look_at_account(struct doctor *d, struct texts *t, const struct account *who)
{
	struct subids_range uids, gids;
	struct error why = { 0 };
	int has_uids = subids_own(buf_slice(&t->uids), "/etc/subuid", who->name, who->uid, who->uid, t->area, &uids, &why);
	int has_gids = has_uids < 0 ? -1 :
		subids_own(buf_slice(&t->gids), "/etc/subgid", who->name, who->uid, who->gid, t->area, &gids, &why);

	if (has_gids < 0)
		doctor_found(d, FINDING_SUBIDS, who->name, "%s: %s", who->name, why.text);
	else if (has_uids != has_gids)
		doctor_found(d, FINDING_SUBIDS, who->name, "%s stands in only one of /etc/subuid and /etc/subgid", who->name);
	else if (has_uids == 0)
		without(d, t, who);
	if (has_gids > 0 && has_uids > 0) {
		check_apart(d, t, who->name, uids);
		check_apart(d, t, who->name, gids);
	}
}

void doctor_subids(struct doctor *d)
{
	static struct account list[DOCTOR_ACCOUNTS_MAX];
	struct texts t = { .area = { SUBIDS_AREA_START, SUBIDS_AREA_COUNT }, .next = FIRST_SUBID };
	size_t n = doctor_accounts(list, DOCTOR_ACCOUNTS_MAX);

	(void)ini_parse(SAFEDOCKER_CONF, on_value, &t.area);
	read_file("/etc/subuid", &t.uids);
	read_file("/etc/subgid", &t.gids);
	read_file("/etc/passwd", &t.passwd);
	read_file("/etc/group", &t.group);
	read_file(SAFEDOCKER_SUBIDS, &t.table);
	look_behind(buf_slice(&t.uids), &t);
	look_behind(buf_slice(&t.gids), &t);
	check_apart(d, &t, "safedocker's own area ([engine] subids)", t.area);
	for (size_t i = 0; i < n; i++)
		look_at_account(d, &t, &list[i]);
	if (n == DOCTOR_ACCOUNTS_MAX)
		doctor_found(d, FINDING_NOT_LOOKED, "", "subordinate ids: only the first %d users were looked at",
			     DOCTOR_ACCOUNTS_MAX);
	buf_free(&t.uids);
	buf_free(&t.gids);
	buf_free(&t.passwd);
	buf_free(&t.group);
	buf_free(&t.table);
}
