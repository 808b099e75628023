/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/policy_grant.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "front/grant.h"
#include "front/output.h"
#include "front/policy_edit.h"
#include "front/policyfile.h"
#include "front/rules.h"
#include "front/who.h"
#include "front/word.h"
#include "policy/strong.h"

#define PREFIX "grant-"		/* of the files that are made here, and removed */
#define WHY_MAX 400		/* bytes of a reason that go along */

static int only_root(void)
{
	return geteuid() == 0 ? 0 :
		output_fail("only root may see and grant requests; `safedocker request` shows yours");
}

/* --- words ----------------------------------------------------------------------------- */
static void user_name(uid_t uid, char *ret, size_t size)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		(void)snprintf(ret, size, "%s", pw->pw_name);
	else
		(void)snprintf(ret, size, "#%u", (unsigned)uid);
}

/* A name, or #UID of an account that is gone. */
static int find_user(const char *text, uid_t *ret)
{
	const struct passwd *pw = getpwnam(text);
	unsigned long long uid;

	if (pw != NULL)
		*ret = pw->pw_uid;
	else if (text[0] == '#' && slice_to_u64(slice_str(text + 1), 4294967294ULL, &uid) == 0)
		*ret = (uid_t)uid;
	else
		return output_fail("there is no user %s", text);
	return 0;
}

static void time_text(time_t at, const char *format, char *ret, size_t size)
{
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL || strftime(ret, size, format, &tm) == 0)
		*ret = '\0';
}

static void duration_text(long seconds, char *ret, size_t size)
{
	static const struct { long seconds; char letter; } units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' },
	};
	size_t i = 0;

	while (seconds % units[i].seconds != 0)
		i++;
	(void)snprintf(ret, size, "%ld%c", seconds / units[i].seconds, units[i].letter);
}

/* --- list ---------------------------------------------------------------------------------- */
struct listed {
	bool json;
	json_t *list;
	struct table table;
};

static void list_request(void *user, const struct grant_request *r)
{
	struct listed *l = user;
	char name[256], lasts[24], asked[40];
	const char *cells[] = { name, r->rule, lasts, asked, r->reason };

	user_name(r->uid, name, sizeof(name));
	duration_text(r->seconds, lasts, sizeof(lasts));
	time_text(r->asked, "%Y-%m-%d %H:%M", asked, sizeof(asked));
	if (l->json)
		(void)json_array_append_new(l->list, json_pack("{s:s, s:I, s:s, s:I, s:I, s:s}", "user", name,
			"uid", (json_int_t)r->uid, "rule", r->rule, "for", (json_int_t)r->seconds,
			"time", (json_int_t)r->asked, "reason", r->reason));
	else
		table_row(&l->table, COLOUR_NONE, cells);
}

/* "#1001" of the policy, as people know it. */
static void granted_user(const char *text, char *ret, size_t size)
{
	unsigned long long uid;

	if (text[0] == '#' && slice_to_u64(slice_str(text + 1), 4294967294ULL, &uid) == 0)
		user_name((uid_t)uid, ret, size);
	else
		(void)snprintf(ret, size, "%s", text);
}

static void list_grants(const struct policy *policy, struct listed *l)
{
	struct moment now = grant_moment();
	struct policy_grant g;

	for (size_t i = 0; policy_grant_at(policy, i, &now, &g); i++) {
		char name[256], until[40];
		const char *cells[] = { name, g.rule, until, g.holds ? "" : "over", g.why != NULL ? g.why : "" };

		granted_user(g.user, name, sizeof(name));
		rules_until(g.until, until, sizeof(until));
		if (l->json)
			(void)json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:b, s:s, s:i, s:s?}",
				"user", name, "rule", g.rule, "until", until, "holds", g.holds, "file", g.file,
				"line", (int)g.line, "why", g.why));
		else
			table_row(&l->table, COLOUR_NONE, cells);
	}
}

int policy_word_list(int argc, char **argv)
{
	static const char *const asked[] = { "USER", "RULE", "FOR", "ASKED", "REASON" };
	static const char *const granted[] = { "USER", "RULE", "GRANTED UNTIL", "", "WHY" };
	struct listed l = { .json = argc == 1 && strcmp(argv[0], "--json") == 0 };
	struct policy *policy = NULL;
	struct error why = { 0 };
	json_t *requests;

	if (argc != (l.json ? 1 : 0))
		return word_usage("policy");
	if (only_root() != 0)
		return EXIT_REFUSED;
	l.list = json_array();
	l.table = table_new(5, "");
	table_row(&l.table, COLOUR_BOLD, asked);
	if (grant_each_request(list_request, &l, &why) < 0)
		return output_fail("%s", why.text);
	if (!l.json)
		table_print_free(&l.table);
	requests = l.list;
	l.list = json_array();
	if (policyfile_load(&policy, &why) < 0)
		return output_fail("%s", why.text);
	if (!l.json) {
		(void)putchar('\n');
		l.table = table_new(5, "");
		table_row(&l.table, COLOUR_BOLD, granted);
	}
	list_grants(policy, &l);
	policy_free(policy);
	if (l.json)
		return output_json(json_pack("{s:i, s:o, s:o}", "version", 1, "requests", requests, "grants", l.list));
	table_print_free(&l.table);
	json_decref(requests);
	json_decref(l.list);
	return output_done(0);
}

/* --- grant ------------------------------------------------------------------------------------- */
struct wanted {
	uid_t uid;
	const char *rule;
	struct grant_request request;
	bool found;
};

static void match(void *user, const struct grant_request *request)
{
	struct wanted *w = user;

	if (request->uid == w->uid && strcmp(request->rule, w->rule) == 0) {
		w->request = *request;
		w->found = true;
	}
}

/* Is there such a strong rule, that the user does not have already? */
static int check_rule(const char *user, const char *rule)
{
	struct policy *policy = NULL;
	struct subject subject;
	struct error why = { 0 };
	bool found = false, has = false;

	if (policyfile_load(&policy, &why) < 0)
		return output_fail("%s", why.text);
	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule r;

		policy_rule_at(policy, i, &r);
		if (r.strong == NULL || strcmp(r.name, rule) != 0)
			continue;
		found = true;
		has = who_is(user, &subject, &why) == 0 && policy_rule_is_for(policy, i, &subject);
	}
	policy_free(policy);
	if (!found)
		return output_fail("there is no strong rule %s", rule);
	return has ? output_fail("the strong rule %s is for %s already", rule, user) : 0;
}

/* A user's words in the policy: on one line, without what would begin a comment or a quote there. */
static void add_reason(struct buf *out, const char *reason)
{
	struct slice left = slice_str(reason);
	size_t n = 0;

	while (left.n > 0) {
		uint32_t ignored;
		size_t used = slice_utf8_next(left, &ignored);

		if (used == 0 || (n += used) > WHY_MAX)
			break;
		if (left.p[0] == ';' || left.p[0] == '"')
			buf_add_str(out, left.p[0] == ';' ? "," : "'");
		else
			buf_add(out, left.p, used);
		left = slice_after(left, used);
	}
}

static const char *granter(void)
{
	const char *name = getenv("SUDO_USER");

	/* Who became root, where that is said; for people, not a proof. */
	return name != NULL && getpwnam(name) != NULL ? name : "root";
}

static void write_text(struct buf *out, const char *name, const struct wanted *w, long seconds)
{
	struct moment now = grant_moment();
	time_t until = now.date + seconds;
	char local[40], utc[40] = "";
	struct tm tm;

	time_text(until, "%Y-%m-%d %H:%M:%S %Z", local, sizeof(local));
	if (gmtime_r(&until, &tm) != NULL)
		(void)strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_addf(out, "; %s may use the strong rule %s until %s, or until the next boot.\n", name, w->rule, local);
	buf_addf(out, "; `safedocker policy refuse %s %s` ends it; safedocker-reap(8) removes it when it is over.\n",
		 name, w->rule);
	buf_addf(out, "[grant %s]\nusers  = #%u\nuntil  = %s\nboot   = %s\nuptime = %lld\nwhy    = granted by %s",
		 w->rule, (unsigned)w->uid, utc, now.boot, now.uptime + seconds, granter());
	if (w->found) {
		buf_add_str(out, ": ");
		add_reason(out, w->request.reason);
	}
	buf_add_str(out, "\n");
}

static void note(const char *what, const char *name, const char *rule)
{
	openlog("safedocker", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "%s %s the strong rule %s for %s", granter(), what, rule, name);
	closelog();
}

static int install(const struct wanted *w, const char *name, long seconds)
{
	struct buf text = buf_new(4096);
	struct error why = { 0 };
	char file[4096];
	int r;

	grant_file(w->uid, w->rule, file, sizeof(file));
	write_text(&text, name, w, seconds);
	if (text.failed)
		return output_fail("the grant is too long");
	if (policy_try(file, buf_slice(&text)) < 0)
		return 1;
	if (mkdir(SAFEDOCKER_CONFD, 0755) < 0 && errno != EEXIST)
		return output_fail("%s: %s", SAFEDOCKER_CONFD, strerror(errno));
	r = policy_install(file, buf_slice(&text), &why);
	buf_free(&text);
	if (r < 0)
		return output_fail("%s", why.text);
	if (w->found)
		(void)grant_remove_request(w->uid);
	note("granted", name, w->rule);
	(void)printf("%s\n", file);
	return output_done(0);
}

int policy_word_grant(int argc, char **argv)
{
	struct wanted w = { .found = false };
	struct error why = { 0 };
	char name[256], lasts[24];
	long seconds = 0;

	if ((argc != 2 && argc != 4) || (argc == 4 && strcmp(argv[2], "--for") != 0))
		return word_usage("policy");
	if (argc == 4 && strong_duration(argv[3], STRONG_GRANT_LEAST, STRONG_GRANT_MAX, &seconds) < 0)
		return output_fail("--for takes a number with s, m, h or d, from 1m to 7d; who needs a rule for longer is "
				   "named in it");
	if (only_root() != 0 || find_user(argv[0], &w.uid) != 0)
		return EXIT_REFUSED;
	w.rule = argv[1];
	user_name(w.uid, name, sizeof(name));
	if (check_rule(name, w.rule) != 0)
		return EXIT_REFUSED;
	if (grant_each_request(match, &w, &why) < 0)
		return output_fail("%s", why.text);
	if (seconds == 0 && !w.found)
		return output_fail("%s has not asked for %s: say for how long, --for 2h", name, w.rule);
	seconds = seconds != 0 ? seconds : w.request.seconds;
	duration_text(seconds, lasts, sizeof(lasts));
	(void)fprintf(stderr, "safedocker: %s may use the strong rule %s for %s%s\n", name, w.rule, lasts,
		      w.found ? "" : " (without having asked)");
	return install(&w, name, seconds);
}

/* --- refuse ----------------------------------------------------------------------------------------- */
int policy_word_refuse(int argc, char **argv)
{
	struct wanted w = { .found = false };
	struct error why = { 0 };
	char name[256], file[4096];
	bool ended;

	if (argc != 2)
		return word_usage("policy");
	if (only_root() != 0 || find_user(argv[0], &w.uid) != 0)
		return EXIT_REFUSED;
	w.rule = argv[1];
	user_name(w.uid, name, sizeof(name));
	if (grant_each_request(match, &w, &why) < 0)
		return output_fail("%s", why.text);
	/* It goes into the file's name. */
	if (strchr(w.rule, '/') != NULL)
		return output_fail("there is no strong rule %s", w.rule);
	grant_file(w.uid, w.rule, file, sizeof(file));
	ended = unlink(file) == 0;
	if (!ended && errno != ENOENT)
		return output_fail("%s: %s", file, strerror(errno));
	if (w.found && !grant_remove_request(w.uid))
		return output_fail("the request of %s cannot be removed: %s", name, strerror(errno));
	if (!w.found && !ended) {
		(void)fprintf(stderr, "safedocker: %s has not asked for %s, and was not granted it\n", name, w.rule);
		return 1;
	}
	note(ended ? "ended" : "refused", name, w.rule);
	return 0;
}

/* --- expire ----------------------------------------------------------------------------------------- */
/* Nothing but grants, and none that holds: what else somebody wrote into such a file stays. */
static bool is_over(const char *path, char *ret_rule, char *ret_user, size_t size)
{
	static struct policyfile one;
	struct moment now = grant_moment();
	struct policy *policy = NULL;
	struct policy_grant g;
	struct error ignored;
	bool over = false;

	one = (struct policyfile){ .n = 0 };
	if (policyfile_add(&one, path, &ignored) == 0 && policy_parse(one.files, one.n, &policy, &ignored) == 0 &&
	    policy_rules(policy) == 0) {
		for (size_t i = 0; policy_grant_at(policy, i, &now, &g); i++) {
			over = !g.holds;
			(void)snprintf(ret_rule, size, "%s", g.rule);
			granted_user(g.user, ret_user, size);
			if (g.holds)
				break;
		}
	}
	policy_free(policy);
	policyfile_free(&one);
	return over;
}

int policy_word_expire(int argc, char **argv)
{
	const struct dirent *entry;
	int status = 0;
	DIR *dir;

	(void)argv;
	if (argc != 0)
		return word_usage("policy");
	if (only_root() != 0)
		return EXIT_REFUSED;
	dir = opendir(SAFEDOCKER_CONFD);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[4096], rule[256], user[256];

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", SAFEDOCKER_CONFD, entry->d_name);
		if (!is_over(path, rule, user, sizeof(rule)))
			continue;
		if (unlink(path) < 0)
			status = output_fail("%s: %s", path, strerror(errno));
		else
			note("saw the end of", user, rule);
	}
	if (dir != NULL)
		(void)closedir(dir);
	grant_remove_stale();
	return status;
}
