/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy - INI text becomes rules, rules and facts become a decision. Bytes go
 * in, not paths: opening and trusting files is the helper's work, so that tests,
 * fuzzers and the front end's check use the same code on anything. The grammar
 * is safedocker.conf(5).
 */
#ifndef SAFEDOCKER_POLICY_H
#define SAFEDOCKER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/model.h"
#include "policy/key.h"

#define POLICY_FILE_MAX (1024 * 1024)	/* bytes of one file */
#define POLICY_FILES_MAX 64
#define POLICY_LINE_MAX 4096		/* bytes of one line, without its end */
#define POLICY_RULES_MAX 4096
#define POLICY_NETWORKS 8	/* of a user, without `networks`: an engine has some thirty */
#define POLICY_LOG_DAY (64LL << 20)	/* bytes of a user on a day, without [log] day-max */
#define POLICY_LOG_DAY_MIN (1LL << 20)
#define POLICY_LOG_DAY_MAX (1LL << 40)

struct policy;

struct policy_file {
	const char *name;	/* as messages and the record show it; copied */
	struct slice text;	/* need not outlive policy_parse() */
};

/*
 * Is a file of this name in conf.d part of the policy: NAME.conf of letters, digits, `_` and `-`?
 * Whoever lists the directory asks here; the files count in byte order of their names.
 */
bool policy_is_file_name(const char *name);

/*
 * Reads all files, in their order, as one policy. Returns 0 and sets *ret (free
 * with policy_free()); on the first thing that is not understood returns -1,
 * with reterr->text "FILE:LINE: what, and what was expected": then nothing is
 * allowed. Limits are the four above (ERR_LIMIT), all else is ERR_SYNTAX.
 */
int policy_parse(const struct policy_file *files, size_t n, struct policy **ret,
		 struct error *reterr);

void policy_free(struct policy *policy);

/*
 * policy_engine_socket(), policy_log_file(), policy_log_reads(), policy_log_day(): the keys of
 * [engine] and [log]. Where one does not stand, what its row of key.def says. Texts are borrowed.
 */
#define GLOBAL(id, name, sections, kind, member, ...) \
	key_##kind policy_##member(const struct policy *policy);
#include "policy/key.def"

/*
 * May this subject do this operation with these facts at this moment? The first [rule] in file
 * order that allows the verb and every fact counts. Where the subject asks for a strong rule
 * (subject->as) that rule alone counts, and otherwise none. Cannot fail, log or allocate. What the
 * result borrows lives as long as the policy. An operation without verbs is allowed to everybody
 * whom a rule is for; under a strong rule only while that holds.
 */
struct decision policy_decide(const struct policy *policy, const struct subject *subject,
			      enum operation operation, const struct facts *facts,
			      const struct moment *now);

/*
 * Can any rule, as the subject asks (subject->as), let anything pass now? DENY_NONE: one can. Else
 * why none can, with ERR_DENIED and what to do about it: such a subject is served nothing at all.
 */
enum deny policy_serves(const struct policy *policy, const struct subject *subject,
			const struct moment *now, struct error *reterr);

/*
 * Does any rule that this subject could use now, or could have used before it expired, say
 * scope = all? Who has none gets nothing told of what is somebody else's, and so nothing of it is
 * looked at.
 */
bool policy_sees_everybodys(const struct policy *policy, const struct subject *subject);

/*
 * The rule that lists images of this name (docker.io/library/x) at all: then a tag alone must not
 * make one of them. NULL: none does. Borrowed.
 */
const char *policy_lists_image(const struct policy *policy, const char *repository);

/*
 * The terms of the strong rule that the subject asks for, borrowed from the policy. NULL with
 * ERR_DENIED and what to do about it: no such rule for this subject (the same words whether it
 * exists or not), not at this time, not with this reason.
 */
const struct strong *policy_strong(const struct policy *policy, const struct subject *subject,
				   const struct moment *now, struct error *reterr);

/* --- a policy as it stands, for those who read it -------------------------------------- */
/* A rule, as far as it is not a list. All borrowed from the policy. */
struct policy_rule {
	const char *name, *file;
	unsigned line;
	const char *why;	/* NULL: it does not say */
	time_t until;		/* the first second in which it is over; 0: never */
	time_t from;		/* 0: from the first */
	bool scope_all;
	enum root_mode root;
	const struct strong *strong;	/* its terms, NULL for an ordinary rule */
};

/* A flag that a rule lists with a value or a maximum, or for one verb alone. */
struct policy_pattern {
	enum flag flag;
	enum verb verb;		/* VERB_NONE: for every verb of the rule that has the flag */
	char relation;		/* '=' a value, '<' a maximum, ' ' neither */
	const char *text;	/* the value, "" where there is none */
};

/* How many rules there are; below, `rule` is less than that, in file order. */
size_t policy_rules(const struct policy *policy);
void policy_rule_at(const struct policy *policy, size_t rule, struct policy_rule *ret);

/* Does it name this user on this host? Dates and what it asks for are not looked at. */
bool policy_rule_is_for(const struct policy *policy, size_t rule, const struct subject *subject);

/*
 * What it allows when sets are followed: verbs, bare flags, and the other flags by number; false
 * behind the last.
 */
bool policy_rule_has_verb(const struct policy *policy, size_t rule, enum verb verb);
bool policy_rule_has_flag(const struct policy *policy, size_t rule, enum flag flag);
bool policy_rule_pattern(const struct policy *policy, size_t rule, size_t n,
			 struct policy_pattern *ret);

/*
 * The n-th word of a key as it is written, of a list without quotes; NULL behind the last. A key
 * that is no list has one word where it stands.
 */
const char *policy_rule_word(const struct policy *policy, size_t rule, enum policy_key key,
			     size_t n);

/* A strong rule that is granted to somebody for a while. All borrowed from the policy. */
struct policy_grant {
	const char *rule, *file;
	unsigned line;
	const char *user;	/* the first of those that it names, as it is written */
	const char *why;	/* NULL: it does not say */
	time_t until;		/* by the date; it may end earlier, never later */
	bool holds;		/* now: not over by the date, nor by the clock of its boot */
};

/* The n-th grant in file order; false behind the last. */
bool policy_grant_at(const struct policy *policy, size_t grant, const struct moment *now,
		     struct policy_grant *ret);
bool policy_grant_is_for(const struct policy *policy, size_t grant, const struct subject *subject);

/* Would this rule let this one fact of the operation pass, in a container of this kind? */
bool policy_rule_allows_fact(const struct policy *policy, size_t rule,
			     const struct subject *subject, enum operation operation,
			     const struct fact *fact, enum container_kind kind);

#endif
