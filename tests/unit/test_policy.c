/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "front/cover.h"
#include "policy/pattern.h"
#include "policy/policy.h"

#define DATE ((time_t)1800000000)	/* 2027-01-15T08:00:00Z, a Friday */
static const struct moment now = { .date = DATE, .uptime = 1000, .boot = "b" };

static const gid_t groups[] = { 1001, 2000 };
static const char *const group_names[] = { "alice", "developers" };
static const struct subject alice = {
	.uid = 1001, .gid = 1001, .name = "alice", .home = "/home/alice", .host = "build7",
	.groups = groups, .group_names = group_names, .n_groups = 2,
};

static struct policy *parse(const char *text, struct error *reterr)
{
	struct policy_file file = { "f", slice_str(text) };
	struct policy *p = NULL;

	return policy_parse(&file, 1, &p, reterr) == 0 ? p : NULL;
}

/* The verdict on one operation with one flag. */
static struct decision ask(const char *text, enum operation operation, enum flag flag, const char *value,
			   long long number, const char *image)
{
	struct error why = { 0 };
	static struct policy *p;	/* the decision borrows from it until the next call */
	/* On a host that can map. */
	struct facts facts = { .makes = true, .can_map = true };
	struct decision d;

	policy_free(p);
	p = parse(text, &why);
	ck_assert_msg(p != NULL, "%s\nin\n%s", why.text, text);
	if (flag != FLAG_NONE)
		ck_assert_int_eq(facts_add(&facts, flag, value, number, "x"), 0);
	if (image != NULL)
		facts.image = strdup(image);
	d = policy_decide(p, &alice, operation, &facts, &now);
	facts_free(&facts);
	return d;
}

#define STRONG "[strong r]\nusers = alice\nverbs = run, exec\n"
#define RULE "[rule r]\nusers = alice\nverbs = run\n"
#define CREATE OPERATION_CONTAINER_CREATE

/* Each line and its twin: text, flag, value, number; 1 allowed, 0 refused. */
static const struct {
	const char *text;
	enum flag flag;
	const char *value;
	long long number;
	int allowed;
} flag_cases[] = {
	{ RULE, FLAG_NONE, "", 0, 1 },
	{ RULE, FLAG_TTY, "", 0, 0 },
	{ RULE "flags = --tty\n", FLAG_TTY, "", 0, 1 },
	{ RULE "flags = @everyday\n", FLAG_TTY, "", 0, 1 },
	{ RULE "flags = @everyday\n", FLAG_PRIVILEGED, "", 0, 0 },
	{ RULE "flags = @everyday\n", FLAG_PUBLISH, "127.0.0.1:80", 0, 0 },
	{ RULE "flags = @read\n", FLAG_TTY, "", 0, 0 },
	{ RULE "flags = run:--tty\n", FLAG_TTY, "", 0, 1 },
	/* values of the flag's own rank only */
	{ RULE "flags = --network\n", FLAG_NETWORK, "none", 0, 1 },
	{ RULE "flags = --network\n", FLAG_NETWORK, "bridge", 0, 1 },
	{ RULE "flags = --network\n", FLAG_NETWORK, "host", 0, 0 },
	{ RULE "flags = --network\n", FLAG_NETWORK, "shared", 0, 0 },
	{ RULE "flags = --network=shared\n", FLAG_NETWORK, "shared", 0, 1 },
	{ RULE "flags = --network=shared\n", FLAG_NETWORK, "share", 0, 0 },
	{ RULE "flags = --network=*\n", FLAG_NETWORK, "anything", 0, 1 },
	{ RULE "flags = --network=*\n", FLAG_NETWORK, "host", 0, 1 },
	{ RULE "root = never\nflags = --network=*\n", FLAG_NETWORK, "host", 0, 0 },
	{ RULE "flags = --network=*\n", FLAG_NETWORK, "container:x", 0, 0 },
	{ RULE "flags = --security-opt\n", FLAG_SECURITY_OPT, "no-new-privileges", 0, 1 },
	{ RULE "flags = --security-opt\n", FLAG_SECURITY_OPT, "seccomp=unconfined", 0, 0 },
	{ RULE "flags = --log-opt\n", FLAG_LOG_OPT, "max-size=1m", 0, 1 },
	{ RULE "flags = --log-opt\n", FLAG_LOG_OPT, "fluentd-address=x", 0, 0 },
	{ RULE "flags = --restart=on-failure\n", FLAG_RESTART, "on-failure", 0, 1 },
	{ RULE "flags = --restart=on-failure\n", FLAG_RESTART, "always", 0, 0 },
	/* maxima */
	{ RULE "flags = --memory<=8g\n", FLAG_MEMORY, "8589934592", 8589934592LL, 1 },
	{ RULE "flags = --memory<=8g\n", FLAG_MEMORY, "8589934593", 8589934593LL, 0 },
	{ RULE "flags = --memory<=8g\n", FLAG_MEMORY, "-1", -1, 0 },
	{ RULE "flags = @everyday, --memory<=8g\n", FLAG_MEMORY, "8589934593", 8589934593LL, 0 },
	{ RULE "flags = @everyday, --memory<=8g\n", FLAG_MEMORY_SWAP, "8589934592", 8589934592LL, 1 },
	{ RULE "flags = @everyday, --memory<=8g\n", FLAG_MEMORY_SWAP, "-1", -1, 0 },
	{ RULE "flags = @everyday\n", FLAG_MEMORY_SWAP, "-1", -1, 1 },
	{ RULE "flags = --cpus<=1.5\n", FLAG_CPUS, "1500000000", 1500000000LL, 1 },
	{ RULE "flags = --cpus<=1.5\n", FLAG_CPUS, "1500000001", 1500000001LL, 0 },
	{ RULE "flags = --pids-limit<=100\n", FLAG_PIDS_LIMIT, "-1", -1, 0 },
	{ RULE "flags = --gpus<=1\n", FLAG_GPUS, "1", 1, 1 },
	{ RULE "flags = --gpus<=1\n", FLAG_GPUS, "all", -1, 0 },
	{ RULE "flags = --gpus=all\n", FLAG_GPUS, "all", -1, 1 },
	/* ports */
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "127.0.0.1:8080", 0, 1 },
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "127.0.0.1:1023", 0, 0 },
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "0.0.0.0:8080", 0, 0 },
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "127.0.0.1:8080-8090", 0, 1 },
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "127.0.0.1:1000-2000", 0, 0 },
	{ RULE "flags = --publish=127.0.0.1:1024-65535\n", FLAG_PUBLISH, "127.0.0.1:ephemeral", 0, 0 },
	{ RULE "flags = --publish=127.0.0.1:ephemeral\n", FLAG_PUBLISH, "127.0.0.1:ephemeral", 0, 1 },
	{ RULE "flags = --publish=8080\n", FLAG_PUBLISH, "0.0.0.0:8080", 0, 1 },
	{ RULE "flags = --publish=8080\n", FLAG_PUBLISH, "127.0.0.1:8080", 0, 0 },
	/* paths */
	{ RULE "flags = --volume=~/**\n", FLAG_VOLUME, "/home/alice/x/y", 0, 1 },
	{ RULE "flags = --volume=~/**\n", FLAG_VOLUME, "/home/alice", 0, 1 },
	{ RULE "flags = --volume=~/**\n", FLAG_VOLUME, "/home/alicex", 0, 0 },
	{ RULE "flags = --volume=~/**\n", FLAG_VOLUME, "/home/bob/x", 0, 0 },
	{ RULE "flags = --volume=/srv/x/**:ro\n", FLAG_VOLUME, "/srv/x/a:ro", 0, 1 },
	{ RULE "flags = --volume=/srv/x/**:ro\n", FLAG_VOLUME, "/srv/x/a", 0, 0 },
	{ RULE "flags = --volume=/srv/*\n", FLAG_VOLUME, "/srv/a", 0, 1 },
	{ RULE "flags = --volume=/srv/*\n", FLAG_VOLUME, "/srv/a/b", 0, 0 },
	{ RULE "flags = --volume\n", FLAG_VOLUME, "", 0, 1 },
	{ RULE "flags = --volume\n", FLAG_VOLUME, "/srv/a", 0, 1 },
	{ RULE "flags = @everyday\n", FLAG_VOLUME, "/srv/a", 0, 1 },
	{ RULE "root = mapped\nflags = --volume\n", FLAG_VOLUME, "/srv/a", 0, 1 },
	{ RULE "root = never\nflags = --volume\n", FLAG_VOLUME, "/srv/a", 0, 0 },
	{ RULE "root = never\nflags = --volume\n", FLAG_VOLUME, "/srv/a:ro", 0, 0 },
	{ RULE "root = never\nflags = --volume=/srv/*:ro\n", FLAG_VOLUME, "/srv/a:ro", 0, 1 },
	{ RULE "root = never\nflags = --volume=/srv/*:ro\n", FLAG_VOLUME, "/srv/a", 0, 0 },
	{ RULE "root = never\nflags = --volume\n", FLAG_VOLUME, "data", 0, 0 },
	{ RULE "root = never\nflags = --tmpfs\n", FLAG_TMPFS, "/t", 0, 1 },
	{ RULE "root = never\nflags = --group-add\n", FLAG_GROUP_ADD, "1", 0, 0 },
	{ RULE "flags = --group-add\n", FLAG_GROUP_ADD, "1", 0, 1 },
	{ RULE "flags = --volume\n", FLAG_VOLUME, "/run/docker.sock", 0, 0 },
	/* ranks of mapped containers */
	{ RULE "flags = --publish\n", FLAG_PUBLISH, "127.0.0.1:8080", 0, 1 },
	{ RULE "flags = --network=host\n", FLAG_NETWORK, "host", 0, 1 },
	{ RULE "flags = @everyday\n", FLAG_NETWORK, "host", 0, 0 },
	{ RULE "root = never\nflags = --network\n", FLAG_NETWORK, "host", 0, 0 },
	{ RULE "flags = --cap-add=CHOWN\n", FLAG_CAP_ADD, "CHOWN", 0, 1 },
	{ RULE "flags = --cap-add=CHOWN\n", FLAG_CAP_ADD, "SYS_ADMIN", 0, 0 },
	/* own sets */
	{ RULE "flags = @s\n[set s]\nflags = --publish=80\n", FLAG_PUBLISH, "0.0.0.0:80", 0, 1 },
	{ RULE "flags = @s\n[set s]\nflags = @t\n[set t]\nflags = --tty\n", FLAG_TTY, "", 0, 1 },
	/* several lines, quotes, comments */
	{ RULE "flags = --tty, ; the terminal\n        --interactive\n", FLAG_INTERACTIVE, "", 0, 1 },
	{ RULE "flags = --label=\"a,b ;c\"\n", FLAG_LABEL, "a,b ;c", 0, 1 },
	{ RULE "flags = --label=\"a,b ;c\"\n", FLAG_LABEL, "a", 0, 0 },
};

START_TEST(flags)
{
	struct decision d = ask(flag_cases[_i].text, CREATE, flag_cases[_i].flag, flag_cases[_i].value,
				flag_cases[_i].number, NULL);

	ck_assert_msg((d.verdict == VERDICT_ALLOW) == (flag_cases[_i].allowed == 1), "case %d: %s", _i,
		      flag_cases[_i].text);
	if (flag_cases[_i].allowed == 0) {
		ck_assert_int_eq(d.missing, MISSING_FLAG);
		ck_assert_str_eq(d.rule, "r");
		ck_assert_str_eq(d.file, "f");
		ck_assert_uint_eq(d.line, 1);
	}
}
END_TEST

static const struct { const char *text; enum operation operation; int allowed; } verb_cases[] = {
	{ RULE, CREATE, 1 },
	{ RULE, OPERATION_CONTAINER_START, 1 },
	{ RULE, OPERATION_CONTAINER_STOP, 0 },
	{ RULE, OPERATION_CONTAINER_LIST, 0 },
	{ RULE, OPERATION_SYSTEM_PING, 1 },
	{ "[rule r]\nusers = bob\nverbs = run\n", OPERATION_SYSTEM_PING, 0 },
	{ RULE "until = 2027-01-14\n", OPERATION_SYSTEM_PING, 0 },
	{ "[rule r]\nusers = bob\nverbs = run\n", OPERATION_SYSTEM_INFO, 0 },
	{ "[rule r]\nusers = alice\nverbs = container ls\n", OPERATION_CONTAINER_LIST, 1 },
	{ "[rule r]\nusers = alice\nverbs = @read\n", OPERATION_CONTAINER_LOGS, 1 },
	{ "[rule r]\nusers = alice\nverbs = @read\n", OPERATION_CONTAINER_REMOVE, 0 },
	{ "[rule r]\nusers = alice\nverbs = @everyday\n", OPERATION_CONTAINER_REMOVE, 1 },
	{ "[rule r]\nusers = alice\nverbs = @mine\n[set mine]\nverbs = rm, @read\n", OPERATION_CONTAINER_REMOVE, 1 },
	/* who */
	{ "[rule r]\nusers = *\nverbs = run\n", CREATE, 1 },
	{ "[rule r]\nusers = bob, alice\nverbs = run\n", CREATE, 1 },
	{ "[rule r]\nusers = %developers\nverbs = run\n", CREATE, 1 },
	{ "[rule r]\nusers = %admins\nverbs = run\n", CREATE, 0 },
	{ "[rule r]\nusers = #1001\nverbs = run\n", CREATE, 1 },
	{ "[rule r]\nusers = #1002\nverbs = run\n", CREATE, 0 },
	{ "[rule r]\nusers = alice2\nverbs = run\n", CREATE, 0 },
	/* where */
	{ RULE "hosts = build*\n", CREATE, 1 },
	{ RULE "hosts = web*, db1\n", CREATE, 0 },
	/* until */
	{ RULE "until = 2027-01-16\n", CREATE, 1 },
	{ RULE "until = 2027-01-14\n", CREATE, 0 },
	{ RULE "until = 2027-01-15T08:00:01Z\n", CREATE, 1 },
	{ RULE "until = 2027-01-15T08:00:00Z\n", CREATE, 0 },
	{ RULE "until = 2027-01-15T10:00:00+02:00\n", CREATE, 0 },
	{ RULE "until = 2027-01-15T06:30:00-02:00\n", CREATE, 1 },
	/* no rule is added to another */
	{ "[rule a]\nusers = alice\nverbs = ps\n[rule b]\nusers = alice\nverbs = run\n", CREATE, 1 },
	{ "", CREATE, 0 },
};

START_TEST(verbs)
{
	struct decision d = ask(verb_cases[_i].text, verb_cases[_i].operation, FLAG_NONE, "", 0, NULL);

	ck_assert_msg((d.verdict == VERDICT_ALLOW) == (verb_cases[_i].allowed == 1), "case %d: %s", _i,
		      verb_cases[_i].text);
}
END_TEST

static const struct { const char *pattern, *image; int allowed; } images_t[] = {
	{ "docker.io/library/*", "docker.io/library/bb", 1 }, { "docker.io/library/*", "docker.io/other/bb", 0 },
	{ "docker.io/*", "docker.io/library/bb", 0 }, { "docker.io/**", "docker.io/library/bb", 1 },
	{ "a/x, docker.io/library/bb", "docker.io/library/bb", 1 }, { "docker.io/library/bb", "docker.io/library/bbb", 0 },
	{ "docker.io/library/*", "sha256:00", 0 },
};

START_TEST(images)
{
	char text[200];
	struct decision d;

	(void)snprintf(text, sizeof(text), RULE "images = %s\n", images_t[_i].pattern);
	d = ask(text, CREATE, FLAG_NONE, "", 0, images_t[_i].image);
	ck_assert_int_eq(d.verdict == VERDICT_ALLOW, images_t[_i].allowed);
	if (!images_t[_i].allowed)
		ck_assert_int_eq(d.missing, MISSING_IMAGE);
}
END_TEST

START_TEST(a_rule_is_not_added_to_another)
{
	struct facts facts = { 0 };
	struct policy *p = parse("[rule a]\nusers = alice\nverbs = run\nflags = --tty\n"
				 "[rule b]\nusers = alice\nverbs = run\nflags = --interactive\n", NULL);
	struct decision d;

	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(facts_add(&facts, FLAG_TTY, "", 0, "x"), 0);
	d = policy_decide(p, &alice, CREATE, &facts, &now);
	ck_assert(d.verdict == VERDICT_ALLOW);
	ck_assert_str_eq(d.rule, "a");
	ck_assert_int_eq(facts_add(&facts, FLAG_INTERACTIVE, "", 0, "x"), 0);
	d = policy_decide(p, &alice, CREATE, &facts, &now);
	ck_assert(d.verdict != VERDICT_ALLOW);
	ck_assert_uint_eq(d.fact, 1);
	facts_free(&facts);
	policy_free(p);
}
END_TEST

START_TEST(the_nearest_rule_is_named)
{
	struct decision d = ask("[rule far]\nusers = alice\nverbs = ps\n"
				"[rule near]\nusers = alice\nverbs = run\nflags = --network=none\n", CREATE, FLAG_NETWORK,
				"shared", 0, NULL);

	ck_assert_int_eq(d.missing, MISSING_FLAG);
	ck_assert_str_eq(d.rule, "near");
	ck_assert_uint_eq(d.line, 4);
	ck_assert_str_eq(d.allowed, "flags = --network=none");
	d = ask(RULE "until = 2020-01-01\n", CREATE, FLAG_NONE, "", 0, NULL);
	ck_assert(d.expired);
	ck_assert_str_eq(d.rule, "r");
	d = ask("[rule r]\nusers = bob\nverbs = run\n", CREATE, FLAG_NONE, "", 0, NULL);
	ck_assert_int_eq(d.missing, MISSING_RULE);
	ck_assert_ptr_null(d.rule);
}
END_TEST

/* What is installed allows a day's work to the group, on hosts that can map and on others. */
START_TEST(shipped)
{
	static const char *const names[] = { "safedocker" };
	const char *top = getenv("srcdir");
	char path[4096], text[8192] = "";
	struct facts facts = { .makes = true, .can_map = true };
	struct subject member = alice;
	struct error why = { 0 };
	struct policy *p;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/etc/safedocker.conf", top != NULL ? top : ".");
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	p = parse(text, &why);
	ck_assert_msg(p != NULL, "%s", why.text);
	ck_assert_int_eq(policy_decide(p, &alice, CREATE, &facts, &now).missing, MISSING_RULE);
	member.group_names = names;
	member.n_groups = 1;
	ck_assert_int_eq(facts_add(&facts, FLAG_PUBLISH, "127.0.0.1:8080", 0, "x"), 0);
	ck_assert_int_eq(policy_decide(p, &member, CREATE, &facts, &now).verdict, VERDICT_ALLOW);
	facts.can_map = false;
	ck_assert_int_eq(policy_decide(p, &member, CREATE, &facts, &now).verdict, VERDICT_ALLOW);
	ck_assert_int_eq(facts_add(&facts, FLAG_VOLUME, "/home/alice/x", 0, "x"), 0);
	ck_assert_int_eq(policy_decide(p, &member, CREATE, &facts, &now).missing, MISSING_FLAG);
	facts.can_map = true;
	ck_assert_int_eq(policy_decide(p, &member, CREATE, &facts, &now).verdict, VERDICT_ALLOW);
	ck_assert_int_eq(policy_decide(p, &member, OPERATION_BUILD, &facts, &now).missing, MISSING_VERB);
	facts_free(&facts);
	policy_free(p);
}
END_TEST

/* Rules b behind a: 1, b is never used; 0, there is something that it alone allows. */
#define A "[rule a]\nusers = alice, %developers\nverbs = @everyday\n"
#define B "[rule b]\nusers = alice\nverbs = run, ps\n"
static const struct { const char *text; int covered; } covered_t[] = {
	{ A B, 1 },
	{ B "[rule c]\nusers = alice\nverbs = run, ps, rm\n", 0 },
	{ A "[rule b]\nusers = alice, bob\nverbs = run\n", 0 },
	{ "[rule a]\nusers = *\nverbs = @everyday\n" "[rule b]\nusers = alice, bob\nverbs = run\n", 1 },
	/* flags */
	{ A "flags = @everyday\n" B "flags = --tty\n", 1 },
	{ A B "flags = --tty\n", 0 },
	{ A "flags = run:--tty\n" B "flags = run:--tty\n", 1 },
	{ A "flags = run:--tty\n" B "flags = --tty\n", 0 },
	{ A "flags = --network=*\n" B "flags = --network=team*\n", 1 },
	{ A "flags = --network=team*\n" B "flags = --network=*\n", 0 },
	{ A "flags = @everyday\n" B "flags = --network=team\n", 0 },
	{ A "flags = --volume=~/**\n" B "flags = --volume=~/**:ro\n", 1 },
	{ A "flags = --volume=~/**:ro\n" B "flags = --volume=~/**\n", 0 },
	{ A "flags = --volume=/**\n" B "flags = --volume=/proc/sys\n", 0 },
	{ A "flags = --publish=127.0.0.1:1024-65535\n" B "flags = --publish=127.0.0.1:8080\n", 1 },
	{ A "flags = --publish=127.0.0.1:1024-65535\n" B "flags = --publish=8080\n", 0 },
	/* maxima */
	{ A "flags = --memory<=8g\n" B "flags = --memory<=8g\n", 1 },
	{ A "flags = --memory<=8g\n" B "flags = --memory<=9g\n", 0 },
	{ A "flags = @everyday\n" B "flags = --memory<=9g\n", 1 },
	{ A "flags = --memory\n" B "flags = --memory<=9g\n", 0 },
	{ A "flags = @everyday, --memory<=8g\n" B "flags = @everyday\n", 0 },
	/* What was made with more is started by b alone. */
	{ A "flags = @everyday, --memory<=8g\n" B, 0 },
	{ A "flags = --ulimit=nofile<=9\n" B "flags = --ulimit=nofile<=9\n", 1 },
	{ A "flags = --ulimit=nofile<=9\n" B "flags = --ulimit=nofile<=10\n", 0 },
	/* what else a rule says */
	{ A "images = docker.io/**\n" B "images = docker.io/**\n", 1 },
	{ A "images = docker.io/**\n" B, 0 },
	{ A B "images = docker.io/**\n", 1 },
	{ A "images = **\n" B "images = own\n", 1 },
	{ A "hosts = x\n" B, 0 }, { A "hosts = x\n" B "hosts = x\n", 1 }, { A B "hosts = x\n", 1 },
	{ A "until = 2027-03-31\n" B, 0 }, { A "until = 2027-03-31\n" B "until = 2027-03-01\n", 1 },
	{ A "until = 2027-03-31\n" B "until = 2027-04-01\n", 0 },
	{ A "force = --init\n" B, 0 }, { A B "force = --init\n", 0 },
	{ A "force = --init\n" B "force = --init\n", 1 },
	{ A "root = never\n" B, 0 }, { A B "root = never\n", 0 }, { A B "root = mapped\n", 1 },
	{ A "root = mapped\n" B, 0 }, { A "root = never\n" B "root = never\n", 1 },
	{ "[strong a]\nusers = *\nverbs = @everyday\n" B, 0 },
	{ A "[strong b]\nusers = alice\nverbs = run\n", 0 },
};

START_TEST(covered)
{
	struct error why = { 0 };
	struct policy *p = parse(covered_t[_i].text, &why);
	size_t by = 9;

	ck_assert_msg(p != NULL, "%s\nin\n%s", why.text, covered_t[_i].text);
	ck_assert_msg(cover_find(p, 1, &by) == covered_t[_i].covered, "%s", covered_t[_i].text);
	ck_assert(!covered_t[_i].covered || by == 0);
	ck_assert(!cover_find(p, 0, &by));
	policy_free(p);
}
END_TEST
#undef A
#undef B

/* root = mapped, where the host cannot: nothing is made, but what is there is used. */
START_TEST(insists_on_mapped)
{
	static const char text[] = RULE "root = mapped\n[rule s]\nusers = alice\nverbs = ps\n";
	struct error why = { 0 };
	struct policy *p = parse(text, &why);
	struct facts facts = { .makes = true };
	struct decision d;

	ck_assert_msg(p != NULL, "%s", why.text);
	d = policy_decide(p, &alice, CREATE, &facts, &now);
	ck_assert(d.verdict != VERDICT_ALLOW);
	ck_assert_int_eq(d.missing, MISSING_ROOT);
	facts.can_map = true;
	d = policy_decide(p, &alice, CREATE, &facts, &now);
	ck_assert(d.verdict == VERDICT_ALLOW && d.makes == CONTAINER_MAPPED);
	/* Where nothing is made it does not matter. */
	facts = (struct facts){ 0 };
	d = policy_decide(p, &alice, OPERATION_CONTAINER_ATTACH, &facts, &now);
	ck_assert(d.verdict == VERDICT_ALLOW && d.makes == CONTAINER_UNKNOWN);
	policy_free(p);
}
END_TEST

/* What a container is comes before what it has; and a rule that lacks a flag is nearer than one of another kind. */
START_TEST(kinds_come_first)
{
	static const struct { const char *text; enum container_kind kind; enum missing missing; const char *rule; } t[] = {
		{ "[rule a]\nusers = alice\nverbs = exec\n", CONTAINER_OPEN, MISSING_ROOT, "a" },
		{ "[rule a]\nusers = alice\nverbs = exec\n[rule b]\nusers = alice\nverbs = exec\nroot = never\n",
		  CONTAINER_MAPPED, MISSING_FLAG, "a" },
		{ "[rule a]\nusers = alice\nverbs = exec\nroot = never\n[rule b]\nusers = alice\nverbs = exec\n",
		  CONTAINER_MAPPED, MISSING_FLAG, "b" },
		{ "[rule a]\nusers = alice\nverbs = exec\nroot = never\n", CONTAINER_MAPPED, MISSING_ROOT, "a" },
		{ "[rule a]\nusers = alice\nverbs = ps\n[rule b]\nusers = alice\nverbs = exec\nroot = never\n",
		  CONTAINER_MAPPED, MISSING_ROOT, "b" },
	};

	for (int i = 0; i < COUNT(t); i++) {
		struct facts facts = { .kind = t[i].kind };
		struct policy *p = parse(t[i].text, NULL);
		struct decision d;

		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(facts_add(&facts, FLAG_PUBLISH, "127.0.0.1:80", 0, "PortBindings"), 0);
		facts.list[0].again = true;
		d = policy_decide(p, &alice, OPERATION_EXEC_CREATE, &facts, &now);
		ck_assert_msg(d.missing == t[i].missing && strcmp(d.rule, t[i].rule) == 0, "case %d: %d by %s", i,
			      (int)d.missing, d.rule);
		facts_free(&facts);
		policy_free(p);
	}
}
END_TEST

/* Of a container that is there: what only some kinds make everyday, a path above all, must be listed. */
START_TEST(paths_that_are_there)
{
	static const struct { enum container_kind kind; const char *path; int allowed; } t[] = {
		{ CONTAINER_MAPPED, "/srv/a", 0 }, { CONTAINER_MAPPED, "data", 1 },
		{ CONTAINER_MAPPED, "/run/docker.sock", 0 },
		{ CONTAINER_PINNED, "/srv/a:ro", 0 }, { CONTAINER_PINNED, "data", 0 }, { CONTAINER_OPEN, "/srv/a", 0 },
	};
	struct error why = { 0 };
	struct policy *p = parse("[rule r]\nusers = alice\nverbs = exec\n", &why);

	ck_assert_msg(p != NULL, "%s", why.text);
	for (int i = 0; i < COUNT(t); i++) {
		struct facts facts = { .kind = t[i].kind };

		ck_assert_int_eq(facts_add(&facts, FLAG_VOLUME, t[i].path, 0, "Binds"), 0);
		facts.list[0].again = true;
		ck_assert_msg((policy_decide(p, &alice, OPERATION_EXEC_CREATE, &facts, &now).verdict ==
			       VERDICT_ALLOW) == t[i].allowed, "%s of kind %d", t[i].path, (int)t[i].kind);
		facts_free(&facts);
	}
	policy_free(p);
}
END_TEST

/* A path that must be named: the bare flag does not mean it, in a mapped container either. */
START_TEST(protected_paths)
{
	static const struct { const char *flags; int allowed; } t[] = {
		{ "flags = --volume\n", 0 }, { "flags = @everyday\n", 0 }, { "flags = --volume=/**\n", 0 },
		{ "flags = --volume=/proc/**\n", 1 },
	};
	char text[200];

	for (int i = 0; i < COUNT(t); i++) {
		struct facts facts = { .makes = true, .can_map = true };
		struct error why = { 0 };
		struct policy *p;
		struct decision d;

		(void)snprintf(text, sizeof(text), RULE "%s", t[i].flags);
		p = parse(text, &why);
		ck_assert_msg(p != NULL, "%s", why.text);
		ck_assert_int_eq(facts_add(&facts, FLAG_VOLUME, "/proc/sys", 0, "Binds"), 0);
		facts_protect(&facts, 0, "/proc");
		d = policy_decide(p, &alice, CREATE, &facts, &now);
		ck_assert_msg((d.verdict == VERDICT_ALLOW) == t[i].allowed, "%s", t[i].flags);
		/* Nor in a container that is there. */
		facts.list[0].again = true;
		facts.kind = CONTAINER_MAPPED;
		d = policy_decide(p, &alice, CREATE, &facts, &now);
		ck_assert_msg((d.verdict == VERDICT_ALLOW) == t[i].allowed, "again: %s", t[i].flags);
		facts_free(&facts);
		policy_free(p);
	}
}
END_TEST

START_TEST(settings)
{
	struct decision d = ask(RULE "flags = @everyday, --memory<=1g\nforce = --security-opt=no-new-privileges, --cpus=2, --init\n",
				CREATE, FLAG_TTY, "", 0, NULL);

	ck_assert(d.verdict == VERDICT_ALLOW);
	ck_assert_uint_eq(d.n_settings, 5);
	ck_assert_int_eq(d.settings[1].flag, FLAG_CPUS);
	ck_assert_int_eq(d.settings[1].number, 2000000000LL);
	ck_assert_int_eq(d.settings[3].flag, FLAG_MEMORY);
	ck_assert_int_eq(d.settings[3].number, 1LL << 30);
	ck_assert_int_eq(d.settings[4].flag, FLAG_MEMORY_SWAP);
	d = ask(RULE "flags = @everyday\nforce = --cpus=2\n", CREATE, FLAG_CPUS, "2000000000", 2000000000LL, NULL);
	ck_assert(d.verdict == VERDICT_ALLOW);
	d = ask(RULE "flags = @everyday\nforce = --cpus=2\n", CREATE, FLAG_CPUS, "1000000000", 1000000000LL, NULL);
	ck_assert_int_eq(d.missing, MISSING_FORCE);
}
END_TEST

START_TEST(globals)
{
	struct policy *p = parse("[engine]\nsocket = /run/x.sock\n[log]\nfile = /var/log/x\nreads = yes\n", NULL);

	ck_assert_str_eq(policy_engine_socket(p), "/run/x.sock");
	ck_assert_str_eq(policy_log_file(p), "/var/log/x");
	ck_assert(policy_log_reads(p));
	ck_assert_int_eq(policy_log_day(p), 64 << 20);
	policy_free(p);
	p = parse("[log]\nday-max = 1m\n", NULL);
	ck_assert_int_eq(policy_log_day(p), 1 << 20);
	policy_free(p);
	p = parse("; nothing\n\n# at all\n", NULL);
	ck_assert_ptr_null(policy_engine_socket(p));
	ck_assert_ptr_null(policy_log_file(p));
	ck_assert(!policy_log_reads(p));
	policy_free(p);
}
END_TEST

/* --- strong rules ------------------------------------------------------------------------- */
static struct decision ask_as(const char *text, const char *as, const char *reason, time_t date, enum flag flag,
			      const char *value)
{
	struct error why = { 0 };
	static struct policy *p;	/* as in ask() */
	struct subject subject = alice;
	struct moment moment = { .date = date, .boot = "b" };
	struct facts facts = { 0 };
	struct decision d;

	policy_free(p);
	p = parse(text, &why);
	ck_assert_msg(p != NULL, "%s\nin\n%s", why.text, text);
	subject.as = as;
	subject.reason = reason;
	ck_assert_int_eq(facts_add(&facts, flag, value, 0, "x"), 0);
	d = policy_decide(p, &subject, CREATE, &facts, &moment);
	/* What may be asked at the start, and what is decided for each request, are one. */
	if (as != NULL && d.missing != MISSING_FLAG && d.missing != MISSING_VERB)
		ck_assert_int_eq(policy_strong(p, &subject, &moment, &why) != NULL, d.verdict == VERDICT_ALLOW);
	facts_free(&facts);
	return d;
}

#define OPEN STRONG "flags = @everyday, --privileged\nreason = optional\n"

static const struct {
	const char *text, *as, *reason;
	time_t date;
	enum missing missing;	/* MISSING_NONE: allowed */
} strong_cases[] = {
	{ OPEN, "r", NULL, DATE, MISSING_NONE },
	{ OPEN, "R", NULL, DATE, MISSING_STRONG },
	{ OPEN, "", NULL, DATE, MISSING_STRONG },
	/* Never fallen into, and nothing else beside it. */
	{ OPEN, NULL, NULL, DATE, MISSING_RULE },
	{ OPEN "[rule r]\nusers = alice\nverbs = run\nflags = @everyday\n", NULL, NULL, DATE, MISSING_FLAG },
	{ STRONG "reason = optional\n[rule r]\nusers = alice\nverbs = @everyday\n", "r", NULL, DATE, MISSING_FLAG },
	{ RULE, "r", NULL, DATE, MISSING_STRONG },
	{ "[strong r]\nusers = bob\nverbs = run\nflags = --privileged\nreason = optional\n", "r", NULL, DATE, MISSING_STRONG },
	{ "[strong r]\nusers = %developers\nverbs = run\nflags = --privileged\nreason = optional\n", "r", NULL, DATE,
	  MISSING_NONE },
	{ OPEN "hosts = other\n", "r", NULL, DATE, MISSING_STRONG },
	/* Reasons. */
	{ STRONG "flags = --privileged\n", "r", NULL, DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\n", "r", "", DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\n", "r", "disk of db3", DATE, MISSING_NONE },
	{ STRONG "flags = --privileged\n", "r", "a\nb", DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\n", "r", "a\x1b[2J", DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\n", "r", "\xff", DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\n", "r", "\xc2\x85", DATE, MISSING_REASON },
	{ STRONG "flags = --privileged\nreason = never\n", "r", NULL, DATE, MISSING_NONE },
	{ STRONG "flags = --privileged\nreason = never\n", "r", "x", DATE, MISSING_REASON },
	{ OPEN "ticket = OPS-*\n", "r", NULL, DATE, MISSING_REASON },
	{ OPEN "ticket = OPS-*\n", "r", "disk of db3", DATE, MISSING_REASON },
	{ OPEN "ticket = OPS-*\n", "r", "disk of db3 (OPS-7).", DATE, MISSING_NONE },
	{ OPEN "ticket = OPS-*\n", "r", "see XOPS-7", DATE, MISSING_REASON },
	/* Dates: the second before, and it. */
	{ OPEN "until = 2027-01-15T08:00:01Z\n", "r", NULL, DATE, MISSING_NONE },
	{ OPEN "until = 2027-01-15T08:00:00Z\n", "r", NULL, DATE, MISSING_TIME },
	{ OPEN "from = 2027-01-15T08:00:00Z\n", "r", NULL, DATE, MISSING_NONE },
	{ OPEN "from = 2027-01-15T08:00:01Z\n", "r", NULL, DATE, MISSING_TIME },
	{ OPEN "from = 2027-01-14\n", "r", NULL, DATE, MISSING_NONE },
};

START_TEST(strong_rules)
{
	struct decision d = ask_as(strong_cases[_i].text, strong_cases[_i].as, strong_cases[_i].reason,
				   strong_cases[_i].date, FLAG_PRIVILEGED, "");

	ck_assert_int_eq(d.missing, strong_cases[_i].missing);
	ck_assert_int_eq(d.verdict == VERDICT_ALLOW, strong_cases[_i].missing == MISSING_NONE);
	ck_assert_int_eq(d.strong != NULL, d.verdict == VERDICT_ALLOW);
}
END_TEST

START_TEST(reasons_have_a_length)
{
	char reason[REASON_MAX * 2 + 3];

	for (int i = 0; i < REASON_MAX; i++)
		(void)memcpy(reason + 2 * i, "\xc3\xa9", 2);
	reason[REASON_MAX * 2] = '\0';
	ck_assert(ask_as(OPEN, "r", reason, DATE, FLAG_PRIVILEGED, "").verdict == VERDICT_ALLOW);
	(void)strcat(reason, "x");
	ck_assert_int_eq(ask_as(OPEN, "r", reason, DATE, FLAG_PRIVILEGED, "").missing, MISSING_REASON);
}
END_TEST

/* In the host's local time, whatever zone the test runs in. */
START_TEST(hours)
{
	static const struct { int day, hour, minute; bool in; } t[] = {
		{ 11, 8, 0, true }, { 11, 7, 59, false }, { 15, 17, 59, true }, { 15, 18, 0, false },
		{ 16, 12, 0, false }, { 17, 23, 59, true }, { 17, 21, 59, false },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		/* 2027-01-11 is a Monday. */
		struct tm local = { .tm_year = 127, .tm_mon = 0, .tm_mday = t[i].day, .tm_hour = t[i].hour,
				    .tm_min = t[i].minute, .tm_isdst = -1 };
		time_t date = mktime(&local);
		struct decision d = ask_as(OPEN "hours = Mon-Fri 08:00-18:00, Sun 22:00-24:00\n", "r", NULL, date,
					   FLAG_PRIVILEGED, "");

		ck_assert_int_eq(d.verdict == VERDICT_ALLOW, t[i].in);
		/* What is allowed ends with the window. */
		if (t[i].in)
			ck_assert_int_eq(d.until, date + ((t[i].hour < 20 ? 18 : 24) * 60 - t[i].hour * 60 - t[i].minute) * 60);
	}
}
END_TEST

/* Dates are the host's, whatever its clock does: it is changed in spring and autumn, and root may set it. */
static void zone(const char *name)
{
	if (name != NULL)
		(void)setenv("TZ", name, 1);
	else
		(void)unsetenv("TZ");
	tzset();
}

static const struct {
	const char *keys;
	time_t last;		/* the last second at which it is allowed */
	time_t until;		/* streams end at */
} clock_cases[] = {
	/* 2027-03-28, a Sunday of 23 hours: it ends at 22:00 UTC. */
	{ "until = 2027-03-28\n", 1806271199, 1806271200 },
	{ "hours = Sun 00:00-24:00\n", 1806271199, 1806271200 },
	{ "hours = Sun 01:00-04:00\n", 1806199199, 1806199200 },
	/* 2027-10-31, one of 25: at 23:00 UTC. */
	{ "until = 2027-10-31\n", 1825023599, 1825023600 },
	{ "hours = Sun 00:00-24:00\n", 1825023599, 1825023600 },
	/* A second that is no other's is the next minute's first. */
	{ "until = 2016-12-31T23:59:60Z\n", 1483228799, 1483228800 },
	{ "until = 2027-03-28T02:30:00+01:00\n", 1806197399, 1806197400 },
};

START_TEST(clocks)
{
	time_t last = clock_cases[_i].last;
	char text[400];
	struct decision d;

	(void)snprintf(text, sizeof(text), OPEN "%s", clock_cases[_i].keys);
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	d = ask_as(text, "r", NULL, last, FLAG_PRIVILEGED, "");
	ck_assert(d.verdict == VERDICT_ALLOW);
	ck_assert_int_eq(d.until, clock_cases[_i].until);
	/* Half a day of the same window earlier, across the change: it ends at the same second. */
	d = ask_as(text, "r", NULL, last - 5400, FLAG_PRIVILEGED, "");
	ck_assert(d.verdict == VERDICT_ALLOW);
	ck_assert_int_eq(d.until, clock_cases[_i].until);
	ck_assert_int_eq(ask_as(text, "r", NULL, last + 1, FLAG_PRIVILEGED, "").missing, MISSING_TIME);
	/* Set forward by years, and back: what counts is what it shows now. */
	ck_assert_int_eq(ask_as(text, "r", NULL, last + 1000000001, FLAG_PRIVILEGED, "").missing, MISSING_TIME);
	ck_assert(ask_as(text, "r", NULL, last, FLAG_PRIVILEGED, "").verdict == VERDICT_ALLOW);
	zone(NULL);
}
END_TEST

/* A window over the change ends by the clock on the wall, from wherever in it that is asked. */
START_TEST(a_window_over_a_change_of_clocks)
{
	struct decision d;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	/* 2027-03-28 00:30, 01:30 and 03:30; it is over at 22:00 UTC. */
	for (time_t date = 1806190200; date <= 1806190200 + 7200; date += 3600) {
		d = ask_as(OPEN "hours = Sun 00:00-24:00\n", "r", NULL, date, FLAG_PRIVILEGED, "");
		ck_assert(d.verdict == VERDICT_ALLOW);
		ck_assert_int_eq(d.until, 1806271200);
	}
	/* 2027-10-31 02:30 for the first and for the second time; 04:00 is at 03:00 UTC. */
	for (time_t date = 1824942600; date <= 1824942600 + 3600; date += 3600) {
		d = ask_as(OPEN "hours = Sun 01:00-04:00\n", "r", NULL, date, FLAG_PRIVILEGED, "");
		ck_assert(d.verdict == VERDICT_ALLOW);
		ck_assert_int_eq(d.until, 1824951600);
	}
	zone(NULL);
}
END_TEST

START_TEST(terms)
{
	struct decision d = ask_as(STRONG "flags = --privileged\n", "r", "x", DATE, FLAG_PRIVILEGED, "");

	ck_assert_str_eq(d.strong->name, "r");
	ck_assert_int_eq(d.strong->password, PASSWORD_YES);
	ck_assert_int_eq(d.strong->remember, 300);
	ck_assert_int_eq(d.strong->max_runtime, 0);
	ck_assert(!d.strong->record && !d.strong->record_input);
	ck_assert_int_eq(d.strong->record_max, 100 << 20);
	ck_assert_int_eq(d.root, ROOT_UNSAID);
	d = ask_as(STRONG "flags = --privileged\npassword = if-set\nremember = 0\nmax-runtime = 2h\nrecord = with-input\n"
		   "record-max = 2g\nroot = open\n", "r", "x", DATE, FLAG_PRIVILEGED, "");
	ck_assert_int_eq(d.strong->password, PASSWORD_IF_SET);
	ck_assert_int_eq(d.strong->remember, 0);
	ck_assert_int_eq(d.strong->max_runtime, 7200);
	ck_assert(d.strong->record && d.strong->record_input);
	ck_assert_int_eq(d.strong->record_max, 2LL << 30);
	ck_assert_int_eq(d.root, ROOT_OPEN);
	/* An ordinary rule has none. */
	d = ask(RULE, CREATE, FLAG_NONE, "", 0, NULL);
	ck_assert_ptr_null(d.strong);
	ck_assert_int_eq(d.root, ROOT_UNSAID);
	/* S too; and an expired one says so. */
	d = ask_as(STRONG "flags = --device-cgroup-rule\nreason = optional\n", "r", NULL, DATE, FLAG_DEVICE_CGROUP_RULE, "a");
	ck_assert(d.verdict == VERDICT_ALLOW);
	d = ask_as(OPEN "until = 2020-01-01\n", "r", NULL, DATE, FLAG_PRIVILEGED, "");
	ck_assert(d.expired);
}
END_TEST

/* --- grants -------------------------------------------------------------------------------- */
#define BOOT "0a1b2c3d-1111-2222-3333-444455556666"
#define OTHER_BOOT "0a1b2c3d-1111-2222-3333-444455556667"
#define LENT "[strong r]\nusers = root\nverbs = run\nflags = @everyday, --privileged\nreason = optional\n"
/* DATE is 2027-01-15T08:00:00Z: an hour of it is left, by both clocks. */
#define GRANT "[grant r]\nusers = #1001\nuntil = 2027-01-15T09:00:00Z\nboot = " BOOT "\nuptime = 8600\n"

static const struct {
	const char *text, *as;
	time_t date;
	long long uptime;
	const char *boot;
	enum missing missing;
} grant_cases[] = {
	{ LENT GRANT, "r", DATE, 5000, BOOT, MISSING_NONE },
	{ LENT, "r", DATE, 5000, BOOT, MISSING_STRONG },
	/* Its last second and its end, by either clock. */
	{ LENT GRANT, "r", DATE + 3599, 5000, BOOT, MISSING_NONE }, { LENT GRANT, "r", DATE + 3600, 5000, BOOT, MISSING_TIME },
	{ LENT GRANT, "r", DATE, 8599, BOOT, MISSING_NONE }, { LENT GRANT, "r", DATE, 8600, BOOT, MISSING_TIME },
	/* The date set back does not bring it to life again. */
	{ LENT GRANT, "r", DATE - 86400, 8600, BOOT, MISSING_TIME }, { LENT GRANT, "r", 0, 9000000, BOOT, MISSING_TIME },
	/* Another boot, and one that nobody knows. */
	{ LENT GRANT, "r", DATE, 10, OTHER_BOOT, MISSING_TIME }, { LENT GRANT, "r", DATE, 5000, "", MISSING_TIME },
	{ LENT GRANT, "r", DATE, 5000, NULL, MISSING_TIME },
	/* Of another rule, to somebody else, of none that is there, of an ordinary one. */
	{ LENT "[strong s]\nusers = root\nverbs = run\n" GRANT, "s", DATE, 5000, BOOT, MISSING_STRONG },
	{ LENT "[grant r]\nusers = #1002, bob\nuntil = 2028-01-01\nboot = " BOOT "\nuptime = 8600\n", "r", DATE, 5000, BOOT,
	  MISSING_STRONG },
	{ GRANT, "r", DATE, 5000, BOOT, MISSING_STRONG },
	{ "[rule r]\nusers = bob\nverbs = run\n" GRANT, "r", DATE, 5000, BOOT, MISSING_STRONG },
	{ LENT GRANT, NULL, DATE, 5000, BOOT, MISSING_RULE },
	/* The rule's own terms stay: its end, its hosts, its reason, its flags. */
	{ LENT "until = 2020-01-01\n" GRANT, "r", DATE, 5000, BOOT, MISSING_TIME },
	{ LENT "hosts = other\n" GRANT, "r", DATE, 5000, BOOT, MISSING_STRONG },
	{ "[strong r]\nusers = root\nverbs = run\nflags = --privileged\n" GRANT, "r", DATE, 5000, BOOT, MISSING_REASON },
	{ "[strong r]\nusers = root\nverbs = run\nreason = optional\n" GRANT, "r", DATE, 5000, BOOT, MISSING_FLAG },
	/* One that is over beside one that holds, in either order. */
	{ LENT "[grant r]\nusers = alice\nuntil = 2020-01-01\nboot = " BOOT "\nuptime = 1\n" GRANT, "r", DATE, 5000, BOOT,
	  MISSING_NONE },
	{ LENT GRANT "[grant r]\nusers = alice\nuntil = 2020-01-01\nboot = " BOOT "\nuptime = 1\n", "r", DATE, 5000, BOOT,
	  MISSING_NONE },
	/* Whom the rule names needs none: one that is over takes nothing away. */
	{ OPEN GRANT, "r", DATE, 9000, BOOT, MISSING_NONE },
};

static struct decision ask_granted(const char *text, const char *as, time_t date, long long uptime, const char *boot)
{
	struct error why = { 0 };
	static struct policy *p;	/* as in ask() */
	struct subject subject = alice;
	const struct moment moment = { .date = date, .uptime = uptime, .boot = boot };
	struct facts facts = { 0 };
	struct decision d;

	policy_free(p);
	p = parse(text, &why);
	ck_assert_msg(p != NULL, "%s\nin\n%s", why.text, text);
	subject.as = as;
	ck_assert_int_eq(facts_add(&facts, FLAG_PRIVILEGED, "", 0, "x"), 0);
	d = policy_decide(p, &subject, CREATE, &facts, &moment);
	if (as != NULL && d.missing != MISSING_FLAG)
		ck_assert_int_eq(policy_strong(p, &subject, &moment, &why) != NULL, d.verdict == VERDICT_ALLOW);
	facts_free(&facts);
	return d;
}

START_TEST(grants)
{
	struct decision d = ask_granted(grant_cases[_i].text, grant_cases[_i].as, grant_cases[_i].date,
					grant_cases[_i].uptime, grant_cases[_i].boot);

	ck_assert_int_eq(d.missing, grant_cases[_i].missing);
	ck_assert_int_eq(d.verdict == VERDICT_ALLOW, grant_cases[_i].missing == MISSING_NONE);
}
END_TEST

/* Whom no rule is for, as they ask: what they are told. */
#define NONE_FOR_ALICE "no rule of the policy is for alice"

static const struct { const char *text, *as; enum deny code; const char *told; } served_t[] = {
	{ RULE, NULL, DENY_NONE, "" },
	{ "[rule r]\nusers = %developers\nverbs = ps\n", NULL, DENY_NONE, "" },
	{ "[rule r]\nusers = bob\nverbs = ps\n", NULL, DENY_RULE, NONE_FOR_ALICE "; " },
	{ "", NULL, DENY_RULE, NONE_FOR_ALICE "; " },
	{ RULE "hosts = build*\n", NULL, DENY_NONE, "" },
	{ RULE "hosts = web*\n", NULL, DENY_RULE, NONE_FOR_ALICE "; " },
	{ RULE "until = 2027-01-15T08:00:01Z\n", NULL, DENY_NONE, "" },
	{ RULE "until = 2027-01-15T08:00:00Z\n", NULL, DENY_EXPIRED,
	  NONE_FOR_ALICE " now: r at f:1 has expired" },
	/* One that is over beside one that is not. */
	{ RULE "until = 2027-01-14\n[rule s]\nusers = alice\nverbs = ps\n", NULL, DENY_NONE, "" },
	/* Strong rules are never fallen into. */
	{ OPEN, NULL, DENY_RULE, "the policy has strong rules alone for alice, and each must be "
	  "asked for by its name: safedocker --as r COMMAND" },
	{ OPEN, "r", DENY_NONE, "" },
	{ OPEN, "other", DENY_STRONG, "there is no strong rule other" },
	{ OPEN "[rule e]\nusers = alice\nverbs = ps\n", NULL, DENY_NONE, "" },
	{ LENT, NULL, DENY_RULE, NONE_FOR_ALICE "; " },
	{ LENT GRANT, NULL, DENY_RULE, "the policy has strong rules alone" },
	{ LENT GRANT, "r", DENY_NONE, "" },
	{ LENT, "r", DENY_STRONG, "there is no strong rule r" },
};

START_TEST(served)
{
	const struct moment moment = { .date = DATE, .uptime = 5000, .boot = BOOT };
	struct policy *p = parse(served_t[_i].text, NULL);
	struct subject subject = alice;
	struct error why = { 0 };
	struct facts none = { 0 };
	struct decision d;
	enum deny code;

	ck_assert_ptr_nonnull(p);
	subject.as = served_t[_i].as;
	code = policy_serves(p, &subject, &moment, &why);
	ck_assert_msg(code == served_t[_i].code, "case %d: %s", _i, why.text);
	ck_assert_msg(strncmp(why.text, served_t[_i].told, strlen(served_t[_i].told)) == 0,
		      "case %d: %s", _i, why.text);
	/* Who is not served gets nothing from the decision either, not even what everybody may. */
	d = policy_decide(p, &subject, OPERATION_SYSTEM_PING, &none, &moment);
	ck_assert_int_eq(d.verdict == VERDICT_ALLOW, code == DENY_NONE);
	policy_free(p);
}
END_TEST

START_TEST(what_is_granted_ends)
{
	struct decision d = ask_granted(LENT GRANT, "r", DATE, 5000, BOOT);

	ck_assert_int_eq(d.until, DATE + 3600);
	ck_assert_int_eq(d.uptime, 8600);
	ck_assert_str_eq(d.grant_file, "f");
	ck_assert_uint_eq(d.grant_line, 6);
	/* The rule's own end, where that is earlier. */
	d = ask_granted(LENT "until = 2027-01-15T08:30:00Z\n" GRANT, "r", DATE, 5000, BOOT);
	ck_assert_int_eq(d.until, DATE + 1800);
	d = ask_granted(LENT GRANT, "r", DATE, 8600, BOOT);
	ck_assert(d.expired);
	ck_assert_uint_eq(d.grant_line, 6);
	/* Named by the rule: nothing was granted. */
	d = ask_granted(OPEN GRANT, "r", DATE, 5000, BOOT);
	ck_assert_ptr_null(d.grant_file);
	ck_assert_int_eq(d.uptime, 0);
	ck_assert_int_eq(d.until, 0);
}
END_TEST

START_TEST(grants_are_listed)
{
	struct policy *p = parse(LENT GRANT "why = w\n", NULL);
	struct moment moment = { .date = DATE, .uptime = 8599, .boot = BOOT };
	struct subject bob = alice;
	struct policy_grant g;

	bob.uid = 1002;
	bob.name = "bob";
	ck_assert_ptr_nonnull(p);
	ck_assert(policy_grant_at(p, 0, &moment, &g));
	ck_assert_str_eq(g.rule, "r");
	ck_assert_str_eq(g.user, "#1001");
	ck_assert_str_eq(g.why, "w");
	ck_assert_int_eq(g.until, DATE + 3600);
	ck_assert(g.holds);
	ck_assert(policy_grant_is_for(p, 0, &alice) && !policy_grant_is_for(p, 0, &bob));
	moment.uptime++;
	ck_assert(policy_grant_at(p, 0, &moment, &g) && !g.holds);
	ck_assert(!policy_grant_at(p, 1, &moment, &g));
	ck_assert(!policy_grant_is_for(p, 1, &alice));
	policy_free(p);
}
END_TEST

/* What is not understood refuses everything, with file, line and what was expected. */
static const struct { const char *text, *says; } refused[] = {
	{ "x = y\n", "f:1: a line before the first section" },
	{ "[what]\n", "f:1: unknown section [what]" },
	{ "[rule]\nusers = a\n", "f:1: the section needs a name" },
	{ "[rule a b]\n", "f:1: a section is" },
	{ "[rule a\n", "f:1: expected [rule NAME]" },
	{ "[rule a] x\n", "f:1: expected [rule NAME]" },
	{ "[Rule a]\n", "f:1: a section is" },
	{ "[strong]\n", "f:1: the section needs a name" },
	{ "[strong a/b]\n", "f:1: a section is" },
	{ STRONG "[strong r]\n", "f:4: [strong r] stands at f:1 already" },
	{ "[strong r]\nverbs = run\n", "f:1: [strong r] names no users" },
	{ "[grant]\n", "f:1: the section needs a name" },
	{ "[log]\nday-max = 0\n", "f:2: day-max = 0: expected bytes" },
	{ "[log]\nday-max = 1023k\n", "f:2: day-max = 1023k: expected bytes" },
	{ "[log]\nday-max = 1025g\n", "f:2: day-max = 1025g: expected bytes" },
	{ "[log]\nday-max = -1\n", "f:2: day-max = -1: expected bytes" },
	{ "[log]\nday-max = many\n", "f:2: day-max = many: expected bytes" },
	{ "[engine]\nday-max = 1m\n", "f:2: unknown key day-max in [engine]" },
	{ "[grant r]\n", "f:1: [grant r] names no users" },
	{ "[grant r]\nusers = #x\n", "f:2: #x is no uid" },
	{ "[grant r]\nusers = alice\nboot = " BOOT "\nuptime = 1\n", "f:1: [grant r] needs until, boot and uptime" },
	{ "[grant r]\nusers = alice\nuntil = 2030-01-01\nuptime = 1\n", "f:1: [grant r] needs until, boot and uptime" },
	{ "[grant r]\nusers = alice\nuntil = 2030-01-01\nboot = " BOOT "\n", "f:1: [grant r] needs until, boot and uptime" },
	{ "[grant r]\nboot = x\n", "f:2: boot = x: expected an id" },
	{ "[grant r]\nboot = 0A1b2c3d-1111-2222-3333-444455556666\n", "f:2: boot = 0A1b2c3d" },
	{ "[grant r]\nuptime = 0\n", "f:2: uptime = 0: expected seconds" }, { "[grant r]\nuptime = -1\n", "f:2: uptime" },
	{ "[grant r]\nuptime = 99999999999999\n", "f:2: uptime" }, { "[grant r]\nuntil = soon\n", "f:2: until = soon" },
	{ "[grant r]\nuptime = 1\nuptime = 2\n", "f:3: uptime stands twice" },
	{ "[grant r]\nwhy =\n", "f:2:" }, { "[grant r]\nfrom = 2020-01-01\n", "f:2: unknown key from in [grant], expected users" },
	{ "[grant r]\nverbs = run\n", "f:2: unknown key verbs in [grant]" },
	{ "[grant r]\nflags = --privileged\n", "f:2: unknown key flags in [grant]" },
	{ "[grant r]\nroot = open\n", "f:2: unknown key root in [grant]" },
	{ STRONG "boot = " BOOT "\n", "f:4: unknown key boot in [strong]" },
	{ RULE "uptime = 1\n", "f:4:" },
	{ STRONG "until = soon\n", "f:4: until = soon: expected YYYY" }, { STRONG "why =\n", "f:4:" },
	{ STRONG "scope = some\n", "f:4: scope = some: expected own or all" },
	{ STRONG "containers = 0\n", "f:4: containers = 0: expected a number" },
	{ STRONG "networks = 0\n", "f:4: networks = 0: expected a number" },
	{ STRONG "hours =\n", "f:4: hours needs a value" }, { STRONG "from = 2020-01-01\nfrom = 2021-01-01\n", "f:5: from stands twice" },
	{ STRONG "reason = never\nreason = never\n", "f:5: reason stands twice" },
	{ STRONG "ticket =\n", "f:4:" }, { STRONG "reason =\n", "f:4:" }, { STRONG "password =\n", "f:4:" },
	{ STRONG "remember =\n", "f:4:" }, { STRONG "max-runtime =\n", "f:4:" }, { STRONG "record =\n", "f:4:" },
	{ STRONG "flags = --tyt\n", "f:4: unknown flag --tyt" },
	{ STRONG "reason = maybe\n", "f:4: reason = maybe: expected required, optional or never" },
	{ STRONG "password = never\n", "f:4: password = never: expected yes, if-set or no" },
	{ STRONG "record = on\n", "f:4: record = on: expected yes, with-input or no" },
	{ STRONG "record-max = much\n", "f:4: record-max = much: expected bytes, or a number" },
	{ STRONG "record = yes\nrecord-max = 4095\n", "f:5: record-max = 4095" },
	{ STRONG "record = yes\nrecord-max = 65g\n", "f:5: record-max = 65g" },
	{ STRONG "record = yes\nrecord-max = -1\n", "f:5: record-max = -1" },
	{ STRONG "record-max = 1m\n", "f:1: [strong r] has a record-max and records nothing" },
	{ STRONG "record = no\nrecord-max = 1m\n", "f:1: [strong r] has a record-max" },
	{ STRONG "record = yes\nrecord = no\n", "f:5: record stands twice" },
	{ STRONG "remember = 5\n", "f:4: remember = 5: expected 0, or a number" },
	{ STRONG "remember = 9h\n", "f:4: remember = 9h" }, { STRONG "remember = 1d\n", "f:4: remember = 1d" },
	{ STRONG "remember = -1m\n", "f:4: remember = -1m" }, { STRONG "remember = 01m\n", "f:4: remember = 01m" },
	{ STRONG "max-runtime = 0\n", "f:4: max-runtime = 0: expected a number" },
	{ STRONG "max-runtime = 59s\n", "f:4: max-runtime = 59s" },
	{ STRONG "max-runtime = 367d\n", "f:4: max-runtime = 367d" },
	{ STRONG "max-runtime = 99999999999999999999d\n", "f:4: max-runtime" },
	{ STRONG "hours = Mon-Fri\n", "f:4: hours = Mon-Fri: expected DAY" },
	{ STRONG "hours = mon 08:00-18:00\n", "f:4: hours" }, { STRONG "hours = Mon 8:00-18:00\n", "f:4: hours" },
	{ STRONG "hours = Mon 08:00-24:01\n", "f:4: hours" }, { STRONG "hours = Mon 18:00-08:00\n", "f:4: hours" },
	{ STRONG "hours = Mon-Foo 08:00-18:00\n", "f:4: hours" }, { STRONG "hours = Mon 08:60-18:00\n", "f:4: hours" },
	{ STRONG "from = soon\n", "f:4: from = soon: expected YYYY" },
	{ STRONG "ticket = a b\n", "f:4: ticket = a b: expected a pattern" },
	{ STRONG "ticket = OPS-*\nreason = never\n", "f:1: [strong r] wants a ticket in a reason" },
	{ STRONG "root = wide\n", "f:4: root = wide: expected" },
	{ STRONG "root = open\nroot = open\n", "f:5: root stands twice" },
	{ RULE "reason = required\n", "f:4: reason may stand only in a [strong NAME] section" },
	{ RULE "ticket = OPS-*\n", "f:4: ticket may stand only in a [strong NAME]" },
	{ RULE "password = no\n", "f:4: password may stand only in a [strong NAME]" },
	{ RULE "remember = 5m\n", "f:4: remember may stand only in a [strong NAME]" },
	{ RULE "from = 2020-01-01\n", "f:4: from may stand only in a [strong NAME]" },
	{ RULE "max-runtime = 5m\n", "f:4: max-runtime may stand only in a [strong NAME]" },
	{ RULE "record = yes\n", "f:4: record may stand only in a [strong NAME]" },
	{ RULE "record-max = 1m\n", "f:4: record-max may stand only in a [strong NAME]" },
	{ STRONG "binds = unsafe-races\n", "f:4: binds has nothing left to do" },
	{ RULE "binds = unsafe-races\n", "f:4: binds has nothing left to do" },
	{ RULE "hours = Mon 08:00-18:00\n", "f:4: hours may stand only in a [strong NAME]" },
	{ "[set s]\nreason = required\n", "f:2: unknown key reason in [set]" },
	{ RULE "[rule r]\n", "f:4: [rule r] stands at f:1 already" },
	{ "[set everyday]\nverbs = run\n", "f:1: @everyday is a built-in set" },
	{ "[engine]\n[engine]\n", "f:2: [engine] stands once" },
	{ "[engine x]\n", "f:1: [engine] stands once" },
	{ RULE "user = bob\n", "f:4: unknown key user" },
	{ "[set s]\nusers = a\n", "f:2: unknown key users" },
	{ "[engine]\nfile = /x\n", "f:2: unknown key file" },
	{ RULE "verbs = ps\n", "f:4: verbs stands twice" },
	{ RULE "until = 2027-01-01\nuntil = 2028-01-01\n", "f:5: until stands twice" },
	{ RULE "until = 2027-02-30\n", "f:4: until = 2027-02-30: expected YYYY" },
	{ RULE "until = tomorrow\n", "f:4: until = tomorrow: expected YYYY" },
	{ RULE "until = 2027-01-01T00:00:00\n", "expected YYYY" },
	{ RULE "scope = mine\n", "f:4: scope = mine: expected own or all" },
	{ RULE "root = open\n", "f:4: root = open: expected never or mapped (which does what closed did, and more); open, with which" },
	{ RULE "containers = 0\n", "f:4: containers = 0: expected a number" },
	{ RULE "containers = many\n", "f:4: containers = many: expected a number" },
	{ RULE "networks = many\n", "f:4: networks = many: expected a number" },
	{ RULE "volumes = 0\n", "f:4: volumes = 0: expected a number" },
	{ RULE "root = sometimes\n", "f:4: root = sometimes: expected never or mapped" },
	{ RULE "root =\n", "f:4: root" },
	{ RULE "root = closed\n", "f:4: root = closed: expected never or mapped (which does what closed did" },
	{ RULE "root = never\nflags = --volume=data\n", "f:5: --volume=data: no container of a rule with root = never can have it; leave root out" },
	{ RULE "flags = --mount=type=image\n", "f:4: --mount=type=image: only a [strong NAME] section with root = open" },
	{ STRONG "root = mapped\nflags = --volume-driver=nfs\n", "f:5: --volume-driver=nfs: only a [strong NAME] section with root = open" },
	{ STRONG "root = mapped\nflags = --network=host, --privileged=true\n", "f:5: " },
	{ RULE "flags = --cap-add=SYS_ADMIN\n", "f:4: --cap-add=SYS_ADMIN ranks A" },
	{ RULE "flags = --volume=/run/docker.sock\n", "f:4: --volume=/run/docker.sock ranks S" },
	{ "[engine]\nsubids = 1, 2\n", "f:2: subids = 1, 2: expected START, COUNT" },
	{ "[engine]\nsubids = 65536\n", "f:2: subids" }, { "[engine]\nsubids = 65536, 131071\n", "f:2: subids" },
	{ "[engine]\nsubids = 65535, 131072\n", "f:2: subids" }, { "[engine]\nsubids = 4294836224, 131072\n", "f:2: subids" },
	{ "[engine]\nsubids = 65536, 131072, 1\n", "f:2: subids" }, { "[engine]\nsubids = x, 131072\n", "f:2: subids" },
	{ RULE "why =\n", "f:4: why = : expected 1 to 512" },
	{ "[rule r]\nusers = alice\nverbs = fly\n", "f:3: unknown verb fly" },
	{ "[rule r]\nusers = alice\nverbs = strat\n", "f:3: unknown verb strat, did you mean start?" },
	{ "[rule r]\nverbs = run\n", "f:1: [rule r] names no users" },
	{ "[rule r]\nusers = alice\n", "f:1: [rule r] names no verbs" },
	{ "[rule r]\nusers = #01\nverbs = run\n", "f:2: #01 is no uid" },
	{ "[rule r]\nusers = %\nverbs = run\n", "f:2: a group's name is missing" },
	{ "[rule r]\nusers = a,,b\nverbs = run\n", "f:2: an empty item" },
	{ "[rule r]\nusers =\nverbs = run\n", "f:2: users needs a value" },
	{ RULE "flags = --tyt\n", "f:4: unknown flag --tyt, did you mean --tty?" },
	{ RULE "flags = tty\n", "f:4: tty is no flag" },
	{ RULE "flags = --detach\n", "f:4: --detach never reaches the engine" },
	{ RULE "flags = --force\n", "f:4: no verb of this rule has --force" },
	{ RULE "flags = rm:--tty\n", "f:4: no verb of this rule has --tty" },
	{ RULE "flags = fly:--tty\n", "f:4: unknown verb in fly:--tty" },
	{ RULE "flags = --privileged\n", "f:4: --privileged ranks A" },
	{ RULE "flags = --device-cgroup-rule\n", "ranks S" },
	{ RULE "root = never\nflags = --network=host\n", "f:5: --network=host ranks A" },
	{ RULE "flags = @s\n[set s]\nflags = --privileged\n", "f:6: --privileged ranks A" },
	{ RULE "[set unused]\nflags = --privileged\n", "f:5: --privileged ranks A" },
	{ RULE "flags = --volume=/run/docker.sock:ro\n", "ranks S" },
	{ RULE "flags = --volume=/srv/../etc\n", "a plain path" },
	{ RULE "flags = --tty=yes\n", "f:4: --tty takes no value" },
	{ RULE "flags = --name<=3\n", "f:4: --name has no maximum" },
	{ RULE "flags = --ulimit<=3\n", "f:4: --ulimit<=3: which limit?" },
	{ RULE "flags = --ulimit=nofle<=3\n", "f:4: --ulimit=nofle<=3: docker knows no limit" },
	{ RULE "flags = --ulimit=nofile<=many\n", "f:4: --ulimit=nofile<=many: a number is expected" },
	{ RULE "force = --ulimit=nofile<=3\n", "force sets one value" },
	{ RULE "flags = --memory<=lots\n", "f:4: --memory: lots is no number" },
	{ RULE "flags = --memory<8g\n", "f:4: --memory<8g: expected = or <=" },
	{ RULE "flags = --memory<=\n", "a value is missing" },
	{ RULE "flags = --memory, --memory<=8g\n", "f:4: --memory stands with a maximum and without" },
	{ RULE "flags = --publish=99999\n", "f:4: --publish=99999: expected" },
	{ RULE "flags = @nothing\n", "f:4: unknown set @nothing" },
	{ RULE "flags = @a\n[set a]\nflags = @b\n[set b]\nflags = @a\n", "contains itself" },
	{ RULE "force = --cpus<=2\n", "f:4: force sets one value" },
	{ RULE "force = --restart\n", "f:4: force sets one value" },
	{ RULE "force = --privileged\n", "ranks A" },
	{ RULE "flags: --tty\n", "f:4: expected KEY = VALUE" },
	{ RULE "flags\n", "f:4: expected KEY = VALUE" },
	{ RULE " until = 2027-01-01\n", "f:4: a key begins at the start of its line" },
	{ "[rule r]\n  alice\n", "f:2: an indented line with no key" },
	{ RULE "why = a\n  b\n", "f:5: why is one line" },
	{ RULE "flags = --label=\"a\n", "f:4: a quote that does not end" },
	{ RULE "flags = --la\"b\"el\n", "f:4: a quote in the middle" },
	{ RULE "  #1000\n", "f:4: a line that begins with # is a comment" },
	{ "\xef\xbb\xbf[rule r]\n", "f:1: a control character, CR or byte order mark" },
	{ RULE "why = a\r\n", "f:4: a control character" },
	{ RULE "why = a\x01\n", "f:4: a control character" },
	{ RULE "why = \xff\n", "f:4: not UTF-8" },
	{ "[engine]\nsocket = run/x\n", "f:2: socket = run/x: expected an absolute path" },
	{ "[engine]\nsocket = /run/../x\n", "f:2: socket = /run/../x: expected an absolute path" },
	{ "[log]\nreads = yes\nreads = yes\n", "f:3: reads stands twice" },
	{ "[log]\nday-max = 1m\nday-max = 1m\n", "f:3: day-max stands twice" },
	{ RULE "boot = " BOOT "\n", "f:4: unknown key boot in [rule], expected users, " },
	{ "[engine]\nsockets = /x\n", "f:2: unknown key sockets in [engine], expected socket" },
	{ "[log]\nsocket = /x\n", "f:2: unknown key socket in [log], expected file, reads or day-max" },
	{ "[log]\nreads = maybe\n", "f:2: reads = maybe: expected yes or no" },
};

START_TEST(whole_file_is_refused)
{
	struct error why = { 0 };
	struct policy *p = parse(refused[_i].text, &why);

	ck_assert_msg(p == NULL, "accepted: %s", refused[_i].text);
	ck_assert_msg(strstr(why.text, refused[_i].says) != NULL, "%s\nsays: %s", refused[_i].text, why.text);
	ck_assert(strncmp(why.text, "f:", 2) == 0);
}
END_TEST

START_TEST(long_lines_and_files)
{
	char text[4096];
	struct error why = { 0 };
	static char big[POLICY_FILE_MAX + 2];

	(void)snprintf(text, sizeof(text), RULE "why = %0180d\n", 0);
	{
		struct policy *p = parse(text, &why);

		ck_assert_msg(p != NULL, "%s", why.text);
		policy_free(p);
	}
	(void)snprintf(text, sizeof(text), RULE "why = %0250d\n", 0);
	ck_assert_ptr_null(parse(text, &why));
	ck_assert_msg(strstr(why.text, "f:4: the line is too long") != NULL, "%s", why.text);
	memset(big, ';', sizeof(big) - 1);
	ck_assert_ptr_null(parse(big, &why));
	ck_assert_int_eq(why.code, ERR_LIMIT);
}
END_TEST

START_TEST(nul_byte)
{
	static const char text[] = RULE "why = a\0b\n";
	struct policy_file file = { "f", slice_of(text, sizeof(text) - 1) };
	struct policy *p;

	ck_assert_int_eq(policy_parse(&file, 1, &p, NULL), -1);
}
END_TEST

/* What `rights` and doctor read of a policy is what it decides by. */
START_TEST(rules_can_be_read)
{
	struct error why = { 0 };
	struct policy *p = parse("[rule r]\nusers = alice, %developers\nverbs = run\nflags = @everyday, --memory<=8g, run:--env=A*\n"
				 "images = docker.io/library/*, r.example.com/a\nwhy = because\n"
				 "[strong s]\nusers = bob\nverbs = exec\nflags = --privileged\nscope = all\n", &why);
	struct policy_rule r;
	struct policy_pattern pattern;
	struct fact fact = { .flag = FLAG_MEMORY, .rank = RANK_C, .ranks = { RANK_C }, .value = "1", .number = 1 };

	ck_assert_msg(p != NULL, "%s", why.text);
	ck_assert_uint_eq(policy_rules(p), 2);
	policy_rule_at(p, 0, &r);
	ck_assert_str_eq(r.name, "r");
	ck_assert_str_eq(r.why, "because");
	ck_assert_uint_eq(r.line, 1);
	ck_assert(r.strong == NULL && !r.scope_all);
	policy_rule_at(p, 1, &r);
	ck_assert(r.strong != NULL && r.scope_all && r.why == NULL);
	ck_assert(policy_rule_is_for(p, 0, &alice) && !policy_rule_is_for(p, 1, &alice));
	ck_assert(policy_rule_has_verb(p, 0, VERB_RUN) && !policy_rule_has_verb(p, 0, VERB_EXEC));
	ck_assert(policy_rule_has_flag(p, 0, FLAG_TTY) && !policy_rule_has_flag(p, 0, FLAG_PRIVILEGED));
	ck_assert(policy_rule_pattern(p, 0, 0, &pattern) && pattern.flag == FLAG_MEMORY && pattern.relation == '<');
	ck_assert_str_eq(pattern.text, "8g");
	ck_assert(policy_rule_pattern(p, 0, 1, &pattern) && pattern.verb == VERB_RUN && pattern.relation == '=');
	ck_assert(!policy_rule_pattern(p, 0, 2, &pattern));
	ck_assert_str_eq(policy_rule_word(p, 0, KEY_USERS, 1), "%developers");
	ck_assert_str_eq(policy_rule_word(p, 0, KEY_VERBS, 0), "run");
	ck_assert_str_eq(policy_rule_word(p, 0, KEY_FLAGS, 0), "@everyday");
	ck_assert_str_eq(policy_rule_word(p, 0, KEY_IMAGES, 0), "docker.io/library/*");
	ck_assert_ptr_null(policy_rule_word(p, 0, KEY_IMAGES, 2));
	ck_assert_ptr_null(policy_rule_word(p, 0, KEY_FORCE, 0));
	ck_assert_ptr_null(policy_rule_word(p, 0, KEY_HOSTS, 0));
	ck_assert(policy_rule_allows_fact(p, 0, &alice, CREATE, &fact, CONTAINER_UNKNOWN));
	fact.number = 9LL << 30;
	ck_assert(!policy_rule_allows_fact(p, 0, &alice, CREATE, &fact, CONTAINER_UNKNOWN));
	/* Whose images are trusted by their name. */
	ck_assert_str_eq(policy_lists_image(p, "docker.io/library/bb"), "r");
	ck_assert_ptr_null(policy_lists_image(p, "docker.io/other/bb"));
	policy_free(p);
}
END_TEST

/* What an administrator did not write out is not meant where it is the host's own: the first `top` bytes must be named. */
static const struct { const char *pattern; size_t top; bool named; } names_t[] = {
	{ "/etc/ssl", 4, true }, { "/etc/**", 4, true }, { "/etc/*", 4, true }, { "/e*", 4, false }, { "/**", 4, false },
	{ "/etc/x*", 4, true }, { "/etcx*", 4, false }, { "/**", FACT_WHOLE, false }, { "/etc/ssl", FACT_WHOLE, true },
	{ "~/**", strlen("/home/alice"), true }, { "~/.ssh/*", strlen("/home/alice/.ssh"), true },
	{ "~/**", strlen("/home/alice/.ssh"), false },
};

START_TEST(names_of_paths)
{
	ck_assert_int_eq(pattern_volume_names(names_t[_i].pattern, "/home/alice", names_t[_i].top), names_t[_i].named);
}
END_TEST

START_TEST(names_of_files)
{
	static const char *const taken[] = { "a.conf", "10-team.conf", "A_z-0.conf", "-.conf" };
	static const char *const left[] = {
		".conf", "conf", "a", "a.conf~", "a.conf.bak", "a.b.conf", "a b.conf", ".a.conf", "", "a.con",
	};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		ck_assert_msg(policy_is_file_name(taken[i]), "%s", taken[i]);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		ck_assert_msg(!policy_is_file_name(left[i]), "%s", left[i]);
}
END_TEST

START_TEST(several_files)
{
	struct policy_file files[] = {
		{ "a", slice_str("[rule r]\nusers = alice\nverbs = @later\n") },
		{ "b", slice_str("[set later]\nverbs = run\n[rule q]\nusers = alice\nverbs = fly\n") },
	};
	struct policy *p = NULL;
	struct error why = { 0 };

	ck_assert_int_eq(policy_parse(files, 2, &p, &why), -1);
	ck_assert_msg(strstr(why.text, "b:5: unknown verb fly") != NULL, "%s", why.text);
	files[1].text = slice_str("[set later]\nverbs = run\n");
	ck_assert_int_eq(policy_parse(files, 2, &p, &why), 0);
	policy_free(p);
	files[1].text = slice_str("[rule r]\nusers = x\nverbs = run\n");
	ck_assert_int_eq(policy_parse(files, 2, &p, &why), -1);
}
END_TEST

static const struct { enum value_kind kind; const char *text; long long value; int result; } numbers_t[] = {
	{ VALUE_BYTES, "8g", 8LL << 30, 0 }, { VALUE_BYTES, "8G", 8LL << 30, 0 }, { VALUE_BYTES, "100", 100, 0 },
	{ VALUE_BYTES, "1k", 1024, 0 }, { VALUE_BYTES, "1b", 1, 0 }, { VALUE_BYTES, "g", 0, -1 },
	{ VALUE_BYTES, "-1", 0, -1 }, { VALUE_BYTES, "99999999999t", 0, -1 }, { VALUE_CPUS, "4", 4000000000LL, 0 },
	{ VALUE_CPUS, "0.25", 250000000LL, 0 }, { VALUE_CPUS, "1.", 0, -1 }, { VALUE_CPUS, ".5", 0, -1 },
	{ VALUE_CPUS, "1.x", 0, -1 }, { VALUE_COUNT, "7", 7, 0 }, { VALUE_COUNT, "7.5", 0, -1 }, { VALUE_TEXT, "7", 0, -1 },
};

START_TEST(numbers)
{
	long long value = 0;

	ck_assert_int_eq(pattern_number(numbers_t[_i].kind, numbers_t[_i].text, &value), numbers_t[_i].result);
	if (numbers_t[_i].result == 0)
		ck_assert_int_eq(value, numbers_t[_i].value);
}
END_TEST

static const struct { const char *pattern, *text; int fits; } paths_t[] = {
	{ "/a/**", "/a", 1 }, { "/a/**", "/a/b/c", 1 }, { "/a/**", "/ab", 0 }, { "/a/*/c", "/a/b/c", 1 },
	{ "/a/*/c", "/a/b/b/c", 0 }, { "/a/**/c", "/a/b/b/c", 1 }, { "/a*", "/abc", 1 }, { "/a*", "/a/c", 0 },
	{ "**", "/x/y", 1 }, { "*", "x/y", 0 }, { "a*b*c", "axbxc", 1 }, { "a*b*c", "axbx", 0 }, { "/a", "/a/", 0 },
	{ "**/c", "/a/b/c", 1 }, { "*/*", "a/b", 1 }, { "*/*", "a/b/c", 0 },
};

START_TEST(paths)
{
	ck_assert_int_eq(pattern_path_fits(paths_t[_i].pattern, paths_t[_i].text), paths_t[_i].fits);
}
END_TEST

START_TEST(many_rules)
{
	struct buf text = buf_new(POLICY_FILE_MAX);
	struct error why = { 0 };
	struct facts facts = { 0 };
	struct policy *p;

	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "[rule r%d]\nusers = u%d\nverbs = @everyday\nflags = @everyday\n", i, i);
	buf_add_str(&text, RULE);
	p = parse(buf_cstr(&text), &why);
	ck_assert_msg(p != NULL, "%s", why.text);
	ck_assert(policy_decide(p, &alice, CREATE, &facts, &now).verdict == VERDICT_ALLOW);
	policy_free(p);
	for (int i = 0; i < POLICY_RULES_MAX; i++)
		buf_addf(&text, "[set s%d]\nverbs = run\n", i);
	ck_assert_ptr_null(parse(buf_cstr(&text), &why));
	buf_free(&text);
}
END_TEST

Suite *policy_suite(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");

	tcase_add_loop_test(t, flags, 0, COUNT(flag_cases));
	tcase_add_loop_test(t, verbs, 0, COUNT(verb_cases));
	tcase_add_loop_test(t, images, 0, COUNT(images_t));
	tcase_add_test(t, a_rule_is_not_added_to_another);
	tcase_add_test(t, the_nearest_rule_is_named);
	tcase_add_test(t, shipped);
	tcase_add_test(t, kinds_come_first);
	tcase_add_test(t, paths_that_are_there);
	tcase_add_loop_test(t, covered, 0, COUNT(covered_t));
	tcase_add_test(t, insists_on_mapped);
	tcase_add_test(t, protected_paths);
	tcase_add_test(t, settings);
	tcase_add_test(t, globals);
	tcase_add_loop_test(t, strong_rules, 0, COUNT(strong_cases));
	tcase_add_loop_test(t, grants, 0, COUNT(grant_cases));
	tcase_add_loop_test(t, served, 0, COUNT(served_t));
	tcase_add_test(t, what_is_granted_ends);
	tcase_add_test(t, grants_are_listed);
	tcase_add_test(t, reasons_have_a_length);
	tcase_add_test(t, hours);
	tcase_add_loop_test(t, clocks, 0, COUNT(clock_cases));
	tcase_add_test(t, a_window_over_a_change_of_clocks);
	tcase_add_test(t, terms);
	tcase_add_loop_test(t, whole_file_is_refused, 0, COUNT(refused));
	tcase_add_test(t, long_lines_and_files);
	tcase_add_test(t, nul_byte);
	tcase_add_test(t, rules_can_be_read);
	tcase_add_loop_test(t, names_of_paths, 0, COUNT(names_t));
	tcase_add_test(t, names_of_files);
	tcase_add_test(t, several_files);
	tcase_add_loop_test(t, numbers, 0, COUNT(numbers_t));
	tcase_add_loop_test(t, paths, 0, COUNT(paths_t));
	tcase_add_test(t, many_rules);
	suite_add_tcase(s, t);
	return s;
}
