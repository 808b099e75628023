/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strong - strong rules and grants of them. Promises: a strong rule counts only for whoever asks
 * for it by its name, is named by it or by a grant that holds, in its time, and with the reason
 * that it wants; a grant is over with the first of its date, its boot and that boot's clock.
 * Below that the terms of such rules: durations, hours, reasons. Pure; times are the host's local
 * ones.
 */
#ifndef SAFEDOCKER_POLICY_STRONG_H
#define SAFEDOCKER_POLICY_STRONG_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/error.h"
#include "model/model.h"

#define STRONG_REMEMBER (5 * 60L)		/* seconds, where the rule says nothing */
#define STRONG_REMEMBER_MAX (8 * 3600L)
#define STRONG_RUNTIME_MAX (366 * 86400L)
#define STRONG_RECORD (100LL << 20)	/* bytes of a recording, where the rule says nothing */
#define STRONG_RECORD_MIN (4LL << 10)
#define STRONG_RECORD_MAX (64LL << 30)
#define STRONG_GRANT_LEAST 60L
#define STRONG_GRANT_MAX (7 * 86400L)		/* who needs a rule for longer is named in it */

struct policy;
struct section;

/* Does the grant hold now? `grant` is a section of that kind. */
bool strong_grant_holds(const struct section *grant, const struct moment *now);

/* What policy_decide() says where the subject asks for a strong rule (subject->as). */
struct decision strong_decide(const struct policy *policy, const struct subject *subject,
			      enum operation operation, const struct facts *facts,
			      const struct moment *now);

/*
 * The name of a strong rule that the subject could use now by asking for it; NULL: there is none.
 * Borrowed from the policy.
 */
const char *strong_rule_for(const struct policy *policy, const struct subject *subject,
			    const struct moment *now);

/* --- terms ----------------------------------------------------------------------------- */
/* Days of the week and a time of day, in minutes from midnight; `to` is the first one outside. */
struct hours {
	unsigned days;		/* bit 0: Sunday, as in struct tm */
	int from, to;
};

/*
 * "90s", "5m", "2h", "7d", or "0" where least is 0: seconds. -1 for anything else, or outside the
 * limits.
 */
int strong_duration(const char *text, long least, long most, long *ret);

/* "Mon-Fri 08:00-18:00", "Sat 10:00-24:00". -1 for anything else. */
int strong_hours(const char *text, struct hours *ret);

/*
 * Is this moment in one of the windows? None at all: always. *end, when not 0 a date, becomes
 * the end of the window where that is earlier; it may be an hour off on the day on which the
 * clocks change, and is looked at anew with each request.
 */
bool strong_in_hours(const struct hours *windows, size_t n, time_t date, time_t *end);

/* NULL: no reason was given. */
bool strong_takes_reason(const struct strong *strong, const char *reason);

/* What is wrong with it, and what is expected: always -1. */
int strong_explain_reason(const struct strong *strong, const char *reason, struct error *reterr);

/* 1 to REASON_MAX characters of UTF-8, no control characters. */
bool strong_is_reason(const char *text);

/* The first word of the reason that fits the ticket's pattern, or an empty slice. */
struct slice strong_ticket(const struct strong *strong, const char *reason);

#endif
