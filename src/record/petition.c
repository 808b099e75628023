/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/petition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "policy/strong.h"
#include "record/sandbox.h"
#include "setgid/die.h"
#include "setgid/giveup.h"
#include "setgid/trust.h"

/* Bytes of a file: a reason, however much of it is escaped, and the rest. */
#define PETITION_MAX (16 * 1024)

static int open_directory(gid_t group)
{
	struct error why = { 0 };
	int dir = trust_open_shut(SAFEDOCKER_REQUESTS, false, group, &why);

	if (dir < 0)
		die(EXIT_CONFIG, "requests cannot be left here: %s", why.text);
	return dir;
}

static void own_name(char ret[16])
{
	(void)snprintf(ret, 16, "%u", (unsigned)getuid());
}

/*
 * One name beside the file, so that who ends us over and over leaves one file more and no second;
 * two at once spoil their own alone.
 */
static void new_name(char ret[32])
{
	(void)snprintf(ret, 32, "%u.new", (unsigned)getuid());
}

/* --- what was asked ----------------------------------------------------------------- */
struct petition petition_open_own(const struct caller *c)
{
	struct petition p = { .dir = open_directory(c->group) };
	struct stat st;
	char name[16];

	own_name(name);
	p.file = openat(p.dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (p.file < 0 && errno == ENOENT)
		return p;
	if (p.file < 0 || fstat(p.file, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != getuid() ||
	    st.st_nlink != 1)
		die(EXIT_FAILED, "what was asked before cannot be read");
	return p;
}

void petition_show(const struct petition *p)
{
	struct buf text = buf_new(PETITION_MAX);
	struct error ignored;

	if (p->file < 0)
		_exit(EXIT_DONE);
	if (trust_read(p->file, &text, &ignored) < 0)
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
			die(EXIT_USAGE,
			    "the strong rule %s is for %s already: safedocker --as %s ...",
			    rule.name, subject->name, rule.name);
		found = rule.strong;
	}
	if (found == NULL)
		die(EXIT_NOT_ALLOWED,
		    "there is no strong rule %s; the policy has them in [strong NAME] sections",
		    subject->as);
	return found;
}

static void check(const struct policy *policy, const struct subject *subject)
{
	const struct strong *strong;

	if (!strong_is_reason(subject->reason))
		die(EXIT_USAGE,
		    "a reason is 1 to %d characters of UTF-8 without control characters",
		    REASON_MAX);
	strong = find_rule(policy, subject);
	if (strong->ticket != NULL && strong_ticket(strong, subject->reason).n == 0)
		die(EXIT_USAGE, "the strong rule %s wants a ticket like %s in the reason",
		    strong->name, strong->ticket);
}

static void write_down(struct buf *out, const struct subject *subject, long wanted)
{
	buf_addf(out, "{\"version\":1,\"time\":%lld,\"rule\":", (long long)time(NULL));
	buf_add_json(out, slice_str(subject->as));
	buf_addf(out, ",\"for\":%ld,\"reason\":", wanted);
	buf_add_json(out, slice_str(subject->reason));
	buf_add_str(out, "}\n");
}

void petition_write(const struct petition *p, const struct caller *c, const char *wanted)
{
	struct audit_entry entry = { .subject = &c->subject };
	struct buf text = buf_new(PETITION_MAX);
	struct error why = { 0 };

	if (*c->subject.as == '\0' || *c->subject.reason == '\0' ||
	    strong_duration(wanted, STRONG_GRANT_LEAST, STRONG_GRANT_MAX, &entry.wanted) < 0)
		die(EXIT_USAGE, "a request names the strong rule, the time from 1m to 7d, and the "
		    "reason: --as NAME --for 2h --reason TEXT");
	check(c->config.policy, &c->subject);
	write_down(&text, &c->subject, entry.wanted);
	/* As with all else: first it is written down who asked. */
	if (audit_request(&c->audit, &entry, &why) < 0)
		die(why.code == ERR_SYSTEM ? EXIT_CONFIG : EXIT_NOT_ALLOWED, "%s", why.text);
	if (text.failed || write(p->file, text.data, text.len) != (ssize_t)text.len)
		die(EXIT_FAILED,
		    "the request cannot be written: the disk is full, or there is no memory");
	_exit(EXIT_DONE);
}

/* --- with the group ------------------------------------------------------------------- */
struct petition petition_open_new(const struct caller *c)
{
	struct petition p = { .dir = open_directory(c->group) };
	char name[32];

	new_name(name);
	(void)unlinkat(p.dir, name, 0);
	p.file = openat(p.dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p.file < 0)
		die(EXIT_FAILED, "the request cannot be written: %s", strerror(errno));
	return p;
}

/* Whole or not at all, in the place of what was there: a user has one request at a time. */
static void await_and_end(const struct petition *p, const char *rule, pid_t child)
	__attribute__((noreturn));

static void await_and_end(const struct petition *p, const char *rule, pid_t child)
{
	char name[16], fresh[32];
	int status;

	own_name(name);
	new_name(fresh);
	giveup_privileges();
	sandbox_keeper();
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			bug("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE) {
		if (renameat(p->dir, fresh, p->dir, name) == 0)
			die(EXIT_DONE, "root is asked for the strong rule %s", rule);
		die(EXIT_FAILED, "the request cannot be put where root finds it: %s",
		    strerror(errno));
	}
	/* Why not has been said by then. */
	(void)unlinkat(p->dir, fresh, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED);
}

void petition_await(const struct petition *p, const char *rule)
{
	pid_t child = fork();

	if (child < 0)
		die(EXIT_FAILED, "the request cannot be written: %s", strerror(errno));
	if (child > 0)
		await_and_end(p, rule, child);
}
