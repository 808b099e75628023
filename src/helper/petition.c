/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/petition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "helper/audit.h"
#include "helper/config.h"
#include "helper/die.h"
#include "helper/identity.h"
#include "helper/trust.h"
#include "policy/strong.h"

#define PETITION_MAX (16 * 1024)	/* bytes of a file: a reason, however much of it is escaped, and the rest */

static int open_directory(gid_t group)
{
	struct error why = { 0 };
	int dir = trust_open_shut(SAFEDOCKER_REQUESTS, false, group, &why);

	if (dir < 0)
		die(EXIT_CONFIG, "requests cannot be left here: %s", why.text);
	return dir;
}

/* --- what was asked ----------------------------------------------------------------- */
static void show(gid_t group) __attribute__((noreturn));

static void show(gid_t group)
{
	struct buf text = buf_new(PETITION_MAX);
	struct error why = { 0 };
	int dir = open_directory(group), fd;
	char name[16];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%u", (unsigned)getuid());
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		_exit(EXIT_DONE);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != getuid() || st.st_nlink != 1 ||
	    trust_read(fd, &text, &why) < 0)
		die(EXIT_FAILED, "what was asked before cannot be read");
	if (write(STDOUT_FILENO, text.data, text.len) != (ssize_t)text.len)
		_exit(EXIT_FAILED);
	_exit(EXIT_DONE);
}

/* --- asking ------------------------------------------------------------------------- */
/* Only what root could grant is left for root to read. */
static const struct strong *find_rule(const struct policy *policy, const struct subject *subject)
{
	const struct strong *found = NULL;

	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule rule;

		policy_rule_at(policy, i, &rule);
		if (rule.strong == NULL || strcmp(rule.name, subject->as) != 0)
			continue;
		if (policy_rule_is_for(policy, i, subject))
			die(EXIT_USAGE, "the strong rule %s is for %s already: safedocker --as %s ...", rule.name,
			    subject->name, rule.name);
		found = rule.strong;
	}
	if (found == NULL)
		die(EXIT_NOT_ALLOWED, "there is no strong rule %s; the policy has them in [strong NAME] sections",
		    subject->as);
	return found;
}

static void check(const struct policy *policy, const struct subject *subject)
{
	const struct strong *strong;

	if (!strong_is_reason(subject->reason))
		die(EXIT_USAGE, "a reason is 1 to %d characters of UTF-8 without control characters", REASON_MAX);
	strong = find_rule(policy, subject);
	if (strong->ticket != NULL && strong_ticket(strong, subject->reason).n == 0)
		die(EXIT_USAGE, "the strong rule %s wants a ticket like %s in the reason", strong->name,
		    strong->ticket);
}

static void write_down(struct buf *out, const struct subject *subject, long wanted)
{
	buf_addf(out, "{\"version\":1,\"time\":%lld,\"rule\":", (long long)time(NULL));
	buf_add_json(out, slice_str(subject->as));
	buf_addf(out, ",\"for\":%ld,\"reason\":", wanted);
	buf_add_json(out, slice_str(subject->reason));
	buf_add_str(out, "}\n");
}

/*
 * Whole or not at all, in the place of what was there: a user has one request at a time. One name beside it, so
 * that who ends us over and over leaves one file more and no second; two at once spoil their own alone.
 */
static void put(gid_t group, const struct buf *text)
{
	int dir = open_directory(group), fd;
	char name[16], fresh[32];

	(void)snprintf(name, sizeof(name), "%u", (unsigned)getuid());
	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	(void)unlinkat(dir, fresh, 0);
	fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || text->failed || write(fd, text->data, text->len) != (ssize_t)text->len ||
	    renameat(dir, fresh, dir, name) < 0) {
		(void)unlinkat(dir, fresh, 0);
		die(EXIT_FAILED, "the request cannot be written: %s", strerror(errno));
	}
}

void petition_run(gid_t group, const struct claims *claims)
{
	static struct config config;
	static struct subject subject;
	static struct terminal terminal;
	static char boot[BOOT_ID_SIZE];
	struct audit audit;
	struct budget budget;
	struct audit_entry entry = { .subject = &subject };
	struct buf text = buf_new(PETITION_MAX);
	struct error why = { 0 };
	const char *path;

	if (*claims->as == '\0' && *claims->wanted == '\0' && *claims->reason == '\0')
		show(group);
	if (*claims->as == '\0' || *claims->reason == '\0' ||
	    strong_duration(claims->wanted, STRONG_GRANT_LEAST, STRONG_GRANT_MAX, &entry.wanted) < 0)
		die(EXIT_USAGE, "a request names the strong rule, the time from 1m to 7d, and the reason: --as NAME "
		    "--for 2h --reason TEXT");
	identity_terminal(&terminal);
	identity_boot(boot);
	if (budget_open(&budget, group, boot, &why) < 0)
		die(EXIT_CONFIG, "%s", why.text);
	config_load(&config);
	if (config.policy == NULL)
		die(EXIT_CONFIG, "%s", config.error.text);
	identity_load(&subject);
	subject.as = claims->as;
	subject.reason = claims->reason;
	check(config.policy, &subject);
	write_down(&text, &subject, entry.wanted);
	/* As with all else: first it is written down who asked. */
	path = policy_log_file(config.policy);
	audit_open(&audit, path != NULL ? path : SAFEDOCKER_LOG, group, &terminal, NULL);
	audit.cwd = claims->cwd;
	audit.budget = &budget;
	audit.day_max = (unsigned long long)policy_log_day(config.policy);
	if (audit_request(&audit, &entry, &why) < 0)
		die(why.code == ERR_SYSTEM ? EXIT_CONFIG : EXIT_NOT_ALLOWED, "%s", why.text);
	put(group, &text);
	die(EXIT_DONE, "root is asked for the strong rule %s", subject.as);
}
