/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/strong.h"

#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "policy/decide.h"
#include "policy/fits.h"

int strong_duration(const char *text, long least, long most, long *ret)
{
	static const struct { char letter; long seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	struct slice all = slice_str(text);
	unsigned long long number;

	if (strcmp(text, "0") == 0 && least == 0) {
		*ret = 0;
		return 0;
	}
	for (size_t i = 0; all.n > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (all.p[all.n - 1] != units[i].letter)
			continue;
		if (slice_to_u64(slice_of(all.p, all.n - 1),
				 (unsigned long long)(most / units[i].seconds), &number) < 0 ||
		    (long)number * units[i].seconds < least)
			return -1;
		*ret = (long)number * units[i].seconds;
		return 0;
	}
	return -1;
}

/* --- hours -------------------------------------------------------------------------- */
static int parse_weekday(const char *text)
{
	static const char days[] = "SunMonTueWedThuFriSat";

	for (int i = 0; i < 7; i++)
		if (strncmp(text, days + 3 * i, 3) == 0)
			return i;
	return -1;
}

/* "hh:mm" to minutes; 24:00 is the end of the day. */
static int parse_time(const char *text)
{
	unsigned long long hour, minute;
	struct slice h = slice_of(text[0] == '0' ? text + 1 : text, text[0] == '0' ? 1 : 2);
	struct slice m = slice_of(text[3] == '0' ? text + 4 : text + 3, text[3] == '0' ? 1 : 2);

	if (text[2] != ':' || slice_to_u64(h, 24, &hour) < 0 || slice_to_u64(m, 59, &minute) < 0 ||
	    (hour == 24 && minute != 0))
		return -1;
	return (int)(hour * 60 + minute);
}

int strong_hours(const char *text, struct hours *ret)
{
	const char *space = strchr(text, ' ');
	size_t days = space != NULL ? (size_t)(space - text) : 0;
	int first, last;

	if ((days != 3 && !(days == 7 && text[3] == '-')) ||
	    strlen(space) != strlen(" hh:mm-hh:mm") || space[6] != '-')
		return -1;
	first = parse_weekday(text);
	last = days == 7 ? parse_weekday(text + 4) : first;
	ret->from = parse_time(space + 1);
	ret->to = parse_time(space + 7);
	if (first < 0 || last < 0 || ret->from < 0 || ret->to <= ret->from)
		return -1;
	ret->days = 1u << last;
	for (int day = first; day != last; day = (day + 1) % 7)
		ret->days |= 1u << day;
	return 0;
}

/*
 * The second at which the clock on the wall shows `to` (minutes of the day). Clocks are changed now
 * and then, so it is looked at what it will show; mktime(3) would look into a file, which a worker
 * must not.
 */
static time_t end_of_window(time_t date, const struct tm *local, int to)
{
	time_t over = date + (to - (local->tm_hour * 60 + local->tm_min)) * 60 - local->tm_sec;
	struct tm then;
	int shown;

	if (localtime_r(&over, &then) == NULL)
		return date;
	shown = then.tm_hour * 60 + then.tm_min;
	/* Midnight is 24:00 of the day before. */
	if (then.tm_yday != local->tm_yday)
		shown += 24 * 60;
	return over - (shown - to) * 60;
}

bool strong_in_hours(const struct hours *windows, size_t n, time_t date, time_t *end)
{
	struct tm local;
	int minute;

	if (n == 0)
		return true;
	if (localtime_r(&date, &local) == NULL)
		return false;
	minute = local.tm_hour * 60 + local.tm_min;
	for (size_t i = 0; i < n; i++) {
		time_t over;

		if ((windows[i].days >> local.tm_wday & 1) == 0 || minute < windows[i].from ||
		    minute >= windows[i].to)
			continue;
		over = end_of_window(date, &local, windows[i].to);
		if (*end == 0 || over < *end)
			*end = over;
		return true;
	}
	return false;
}

/* --- reasons -------------------------------------------------------------------------- */
bool strong_is_reason(const char *text)
{
	struct slice left = slice_str(text);
	size_t characters = 0;

	if (left.n == 0 || left.n > REASON_BYTES || !slice_is_clean_text(left))
		return false;
	for (; left.n > 0; characters++) {
		uint32_t ignored;

		left = slice_after(left, slice_utf8_next(left, &ignored));
	}
	return characters <= REASON_MAX;
}

/* A word ends at a space; what closes a sentence or a bracket is no part of it. */
struct slice strong_ticket(const struct strong *strong, const char *reason)
{
	struct slice left = slice_str(reason);

	while (strong->ticket != NULL && left.n > 0) {
		struct slice word = slice_of(left.p, slice_find(left, ' '));
		char text[REASON_BYTES + 1];

		left = slice_after(left, word.n + 1);
		while (word.n > 0 && strchr("([", word.p[0]) != NULL)
			word = slice_after(word, 1);
		while (word.n > 0 && strchr(".,:;!?)]", word.p[word.n - 1]) != NULL)
			word.n--;
		(void)snprintf(text, sizeof(text), "%.*s", (int)word.n, word.p);
		if (word.n > 0 && text_fits(strong->ticket, text))
			return word;
	}
	return slice_of("", 0);
}

bool strong_takes_reason(const struct strong *strong, const char *reason)
{
	if (reason == NULL)
		return strong->reason != REASON_REQUIRED && strong->ticket == NULL;
	return strong->reason != REASON_NEVER && strong_is_reason(reason) &&
		(strong->ticket == NULL || strong_ticket(strong, reason).n > 0);
}

int strong_explain_reason(const struct strong *strong, const char *reason, struct error *reterr)
{
	if (reason == NULL && strong->ticket != NULL)
		return error_set(reterr, ERR_DENIED,
				 "the strong rule %s wants a reason with a ticket like %s: "
				 "safedocker --as %s --reason TEXT ...",
				 strong->name, strong->ticket, strong->name);
	if (reason == NULL)
		return error_set(reterr, ERR_DENIED,
				 "the strong rule %s wants a reason: safedocker --as %s "
				 "--reason TEXT ...", strong->name, strong->name);
	if (strong->reason == REASON_NEVER)
		return error_set(reterr, ERR_DENIED, "the strong rule %s takes no reason",
				 strong->name);
	if (!strong_is_reason(reason))
		return error_set(reterr, ERR_DENIED,
				 "a reason is 1 to %d characters of UTF-8 without control "
				 "characters", REASON_MAX);
	return error_set(reterr, ERR_DENIED,
			 "the strong rule %s wants a ticket like %s in the reason", strong->name,
			 strong->ticket);
}

/* --- grants ----------------------------------------------------------------------------- */
/*
 * The date is for people. It is the clock of the boot in which it was made that ends a grant,
 * whatever the other is set to; behind a reboot nobody could tell how much of it is left, so that
 * it ends there.
 */
bool strong_grant_holds(const struct section *s, const struct moment *now)
{
	return now->date < s->until && now->boot != NULL && *now->boot != '\0' &&
		strcmp(s->boot, now->boot) == 0 && now->uptime < s->uptime;
}

/* The subject's grant of the rule: one that holds, else any. */
static const struct section *find_grant(const struct policy *policy, const struct subject *subject,
					const struct moment *now)
{
	const struct section *s = NULL, *over = NULL;

	while ((s = section_next(&policy->sections, IN_GRANT, subject->as, s)) != NULL) {
		if (!fits_user(s, subject))
			continue;
		if (strong_grant_holds(s, now))
			return s;
		over = s;
	}
	return over;
}

/* --- a strong rule, asked for by its name ------------------------------------------------- */
/* A strong rule as somebody may use it. */
struct use {
	const struct rule *rule;	/* NULL: there is none for the subject */
	const struct section *grant;	/* of whom the rule itself does not name; else NULL */
	time_t until;			/* when the time that it is in ends; 0: never */
	long long uptime;		/* the same by the boot's clock */
};

static void find_use(const struct policy *policy, const struct subject *subject,
		     const struct moment *now, struct use *ret)
{
	const struct section *grant = find_grant(policy, subject, now);

	*ret = (struct use){ .rule = NULL };
	for (size_t i = 0; i < policy->n_rules && ret->rule == NULL; i++) {
		const struct rule *rule = &policy->rules[i];
		bool named;

		if (!rule_is_strong(rule) || strcmp(rule->section->name, subject->as) != 0 ||
		    !fits_host(rule->section, subject))
			continue;
		named = fits_user(rule->section, subject);
		if (!named && grant == NULL)
			continue;
		ret->rule = rule;
		ret->grant = named ? NULL : grant;
	}
}

static bool is_over(const struct section *s, const struct moment *now)
{
	return s->until != 0 && now->date >= s->until;
}

static bool has_lapsed(const struct use *use, const struct moment *now)
{
	return use->grant != NULL && !strong_grant_holds(use->grant, now);
}

/* Does the rule hold now, and take this reason? Sets when the time that it is in ends. */
static enum missing use_lacks(struct use *use, const struct subject *subject,
			      const struct moment *now)
{
	const struct section *s = use->rule->section, *grant = use->grant;

	use->until = s->until;
	if (is_over(s, now) || (s->from != 0 && now->date < s->from) ||
	    !strong_in_hours(s->windows, s->hours.n, now->date, &use->until) ||
	    has_lapsed(use, now))
		return MISSING_TIME;
	if (grant != NULL && (use->until == 0 || grant->until < use->until))
		use->until = grant->until;
	use->uptime = grant != NULL ? grant->uptime : 0;
	return strong_takes_reason(&s->strong, subject->reason) ? MISSING_NONE : MISSING_REASON;
}

static int explain_time(const struct use *use, const struct moment *now, struct error *reterr)
{
	const struct section *s = use->rule->section;

	if (has_lapsed(use, now))
		return error_set(reterr, ERR_DENIED,
				 "the grant of the strong rule %s at %s:%u is over; ask for "
				 "another: safedocker request --as %s --for 2h --reason TEXT",
				 s->name, use->grant->file, use->grant->line, s->name);
	return error_set(reterr, ERR_DENIED, "the strong rule %s at %s:%u %s", s->name, s->file,
			 s->line, is_over(s, now) ? "has expired" :
			 s->from != 0 && now->date < s->from ?
			 "has not begun yet (from = ...)" : "holds at other hours (hours = ...)");
}

const struct strong *policy_strong(const struct policy *policy, const struct subject *subject,
				   const struct moment *now, struct error *reterr)
{
	struct use use = { .rule = NULL };

	if (subject->as != NULL)
		find_use(policy, subject, now, &use);
	if (use.rule == NULL) {
		(void)error_set(reterr, ERR_DENIED, "there is no strong rule %s for %s",
				subject->as != NULL ? subject->as : "", subject->name);
		return NULL;
	}
	switch (use_lacks(&use, subject, now)) {
	case MISSING_NONE:
		return &use.rule->section->strong;
	case MISSING_REASON:
		(void)strong_explain_reason(&use.rule->section->strong, subject->reason, reterr);
		return NULL;
	case MISSING_TIME:
		(void)explain_time(&use, now, reterr);
		return NULL;
	case MISSING_RULE: case MISSING_VERB: case MISSING_FLAG: case MISSING_IMAGE:
	case MISSING_FORCE: case MISSING_ROOT: case MISSING_STRONG:
	default:
		(void)error_set(reterr, ERR_DENIED, "the strong rule %s cannot be used",
				use.rule->section->name);
		return NULL;
	}
}

static struct decision allowed(const struct use *use, const struct subject *subject,
			       const struct facts *facts, const struct moment *now)
{
	struct decision d = decide_allowed(use->rule, subject, facts);

	d.strong = &use->rule->section->strong;
	d.until = use->until;
	d.uptime = use->uptime;
	if (d.strong->max_runtime != 0)
		d.ends = now->date + d.strong->max_runtime;
	return d;
}

struct decision strong_decide(const struct policy *policy, const struct subject *subject,
			      enum operation operation, const struct facts *facts,
			      const struct moment *now)
{
	struct decision d = { .verdict = VERDICT_DENY, .missing = MISSING_STRONG };
	struct use use;
	enum missing missing;
	size_t fact = 0;

	find_use(policy, subject, now, &use);
	if (use.rule == NULL)
		return d;
	missing = use_lacks(&use, subject, now);
	if (missing == MISSING_NONE)
		missing = fits_lacks(use.rule, subject, operation, facts, &fact);
	if (missing == MISSING_NONE) {
		d = allowed(&use, subject, facts, now);
	} else {
		d.missing = missing;
		d.fact = fact;
		decide_name_rule(&d, use.rule, facts, missing);
		d.expired = missing == MISSING_TIME &&
			(is_over(use.rule->section, now) || has_lapsed(&use, now));
	}
	if (use.grant != NULL) {
		d.grant_file = use.grant->file;
		d.grant_line = use.grant->line;
	}
	return d;
}

const char *strong_rule_for(const struct policy *policy, const struct subject *subject,
			    const struct moment *now)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct section *s = policy->rules[i].section;
		struct subject asking = *subject;
		struct use use;

		asking.as = s->name;
		if (!rule_is_strong(&policy->rules[i]))
			continue;
		find_use(policy, &asking, now, &use);
		if (use.rule != NULL && use_lacks(&use, &asking, now) != MISSING_TIME)
			return s->name;
	}
	return NULL;
}
