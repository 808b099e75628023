/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/strong.h"

#define CUT_MAX 20	/* texts of one line that can be cut */
#define TAIL 256	/* bytes kept free for what is said of that, and for the end */
#define LEAST 8	/* bytes in which the beginning of a text still says something */
#define FLAG_MAX_BYTES 300	/* of a flag with its value, where a part of it is enough */

struct rendering {
	struct buf *out;
	size_t end;	/* where texts must end */
	const char *cut[CUT_MAX];
	size_t n_cut, flags_more;
};

/* How much room is left for a text that takes `more` bytes beside itself. */
static size_t room(const struct rendering *r, size_t more)
{
	return r->out->len + more < r->end ? r->end - r->out->len - more : 0;
}

/* NULL: nothing. Returns whether it is there as a whole; `max` counts bytes of the line. */
static bool add_text(struct rendering *r, const char *key, const char *text, size_t max)
{
	size_t left = room(r, strlen(key) + 4);

	if (text == NULL)
		return true;
	max = max < left ? max : left;
	if (max >= LEAST) {
		buf_addf(r->out, ",\"%s\":", key);
		if (buf_add_json_max(r->out, slice_str(text), max) == strlen(text))
			return true;
	}
	if (r->n_cut < CUT_MAX)
		r->cut[r->n_cut++] = key;
	return false;
}

static void add_place(struct rendering *r, const char *key, const char *file, unsigned line)
{
	char where[512];

	(void)snprintf(where, sizeof(where), "%s:%u", file, line);
	add_text(r, key, where, 200);
}

/* --- what is never cut: it is ours, or the system's, and short ----------------------- */
static void add_time(struct buf *out)
{
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &utc) == NULL)
		utc = (struct tm){ 0 };
	buf_addf(out, "{\"version\":1,\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\"",
		 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
		 utc.tm_sec, now.tv_nsec / 1000);
}

static void add_who(struct rendering *r, const struct audit *a, const struct audit_entry *e,
		    unsigned seq)
{
	add_text(r, "submituser", e->subject->name, 100);
	/* safedocker audit finds a user's own lines by these bytes. */
	buf_addf(r->out, ",\"uid\":%u,\"pid\":%d,\"session\":%d,\"seq\":%u",
		 (unsigned)e->subject->uid, (int)getpid(), (int)a->terminal->session, seq);
	add_text(r, "submithost", e->subject->host, 80);
	add_text(r, "ttyname", a->terminal->tty, 40);
	add_text(r, "loginuid", a->terminal->loginuid, 20);
}

static void add_decision(struct rendering *r, const struct audit_entry *e,
			 const struct record_line *line)
{
	const struct decision *d = e->decision;
	bool denied = d == NULL || d->verdict != VERDICT_ALLOW || line->message != NULL;

	/* Nothing is decided of what is asked of root. */
	if (e->wanted == 0)
		add_text(r, "decision", denied ? "deny" : "allow", 20);
	if (e->operation != OPERATION_NONE)
		add_text(r, "operation", operation_name(e->operation), 60);
	if (e->verb != VERB_NONE)
		add_text(r, "verb", verb_name(e->verb), 60);
	add_text(r, "rank", rank_name(e->facts != NULL ? facts_rank(e->facts) : RANK_C), 20);
	if (e->wanted != 0)
		buf_addf(r->out, ",\"for\":%ld", e->wanted);
	if (line->status != 0)
		buf_addf(r->out, ",\"status\":%d", line->status);
	if (line->message != NULL)
		add_text(r, "deny_code", deny_code(e->deny), 20);
	if (line->refusals != 0)
		buf_addf(r->out, ",\"refusals_not_recorded\":%llu",
			 (unsigned long long)line->refusals);
	if (d != NULL && d->rule != NULL)
		add_text(r, "rule", d->rule, 50);
}

static void add_session(struct rendering *r, const struct audit *a, const struct audit_entry *e)
{
	add_text(r, "as", e->subject->as, 50);
	add_text(r, "auth", a->auth, 20);
	add_text(r, "recording", a->recording, 80);
	add_text(r, "mode", a->mode, 20);
	add_text(r, "command_id", a->command, 30);
	add_text(r, "object_id", e->object_id, 140);
}

/* --- flags --------------------------------------------------------------------------- */
/* What a container was made with stands in the record of its making. */
static bool is_asked(const struct fact *f)
{
	return !f->again;
}

/* Returns whether it is there as a whole. */
static bool add_flag(struct buf *out, const struct fact *f, size_t max)
{
	struct buf text = buf_new(strlen(flag_name(f->flag)) + strlen(f->value) + 1);
	bool whole;

	buf_add_str(&text, flag_name(f->flag));
	buf_add_str(&text, *f->value != '\0' ? "=" : "");
	buf_add_str(&text, f->value);
	whole = !text.failed && buf_add_json_max(out, buf_slice(&text), max) == text.len;
	buf_free(&text);
	return whole;
}

/*
 * Takes the flags of this rank that fit, each whole where `whole` says so; returns whether none was
 * left out or cut.
 */
static bool choose(struct rendering *r, const struct facts *facts, enum rank rank, bool whole,
		   size_t *left, bool *taken)
{
	struct buf scratch = buf_new(RECORD_MAX);
	bool all = true;

	for (size_t i = 0; i < facts->n; i++) {
		/* A comma stands between two. */
		size_t max = *left > 0 ? *left - 1 : 0;
		bool is_whole;

		if (!whole && max > FLAG_MAX_BYTES)
			max = FLAG_MAX_BYTES;
		if (facts->list[i].rank != rank || !is_asked(&facts->list[i]))
			continue;
		buf_reset(&scratch);
		is_whole = max >= LEAST && add_flag(&scratch, &facts->list[i], max);
		taken[i] = is_whole || (!whole && max >= FLAG_MAX_BYTES);
		all = all && is_whole;
		if (taken[i])
			*left -= scratch.len + 1;
		else
			r->flags_more++;
	}
	buf_free(&scratch);
	return all;
}

/*
 * Strong ones first, as far as there is room; they are written in the order in which they were
 * asked.
 */
static bool add_flags(struct rendering *r, const struct facts *facts, size_t keep)
{
	static const char key[] = ",\"flags\":[";
	bool taken[FACTS_MAX] = { false }, first = true, strong = true, all;
	size_t left = room(r, sizeof(key) + 1 + keep);

	for (enum rank rank = RANK_NONE; facts != NULL && rank < RANK_C; rank++)
		strong = choose(r, facts, rank, true, &left, taken) && strong;
	all = facts == NULL || choose(r, facts, RANK_C, false, &left, taken);
	buf_add_str(r->out, key);
	for (size_t i = 0; facts != NULL && i < facts->n; i++) {
		if (!taken[i])
			continue;
		buf_add_str(r->out, first ? "" : ",");
		(void)add_flag(r->out, &facts->list[i],
			       facts->list[i].rank == RANK_C ? FLAG_MAX_BYTES : RECORD_MAX);
		first = false;
	}
	buf_add_str(r->out, "]");
	if ((!all || !strong) && r->n_cut < CUT_MAX)
		r->cut[r->n_cut++] = "flags";
	return strong;
}

/* --- a line -------------------------------------------------------------------------- */
/* Which word of the reason was the ticket that the rule wants. */
static void add_ticket(struct rendering *r, const struct decision *d, const char *reason)
{
	struct slice ticket = d != NULL && d->strong != NULL && reason != NULL ?
		strong_ticket(d->strong, reason) : slice_of("", 0);
	char *text = ticket.n > 0 ? slice_dup(ticket) : NULL;

	add_text(r, "ticket", text, 140);
	free(text);
}

/* All of this line is said; what was cut, and the end. */
static void end_line(struct rendering *r)
{
	if (r->flags_more > 0)
		buf_addf(r->out, ",\"flags_more\":%zu", r->flags_more);
	for (size_t i = 0; i < r->n_cut; i++)
		buf_addf(r->out, "%s\"%s\"", i > 0 ? "," : ",\"cut\":[", r->cut[i]);
	buf_add_str(r->out, r->n_cut > 0 ? "]}\n" : "}\n");
}

int record_render(const struct audit *a, const struct audit_entry *e,
		  const struct record_line *line, struct buf *out, struct error *reterr)
{
	struct rendering r = { .out = out, .end = line->max - TAIL };
	const struct decision *d = e->decision;
	bool refusal = line->max < RECORD_MAX, whole;

	buf_add_str(out, "\n");
	add_time(out);
	add_text(&r, "id", e->id, 30);
	add_text(&r, "phase", line->phase, 20);
	add_who(&r, a, e, line->seq);
	add_decision(&r, e, line);
	add_session(&r, a, e);
	add_text(&r, "ended", e->ended, 200);
	/* Whatever becomes of it: why, in the caller's own words. */
	whole = add_text(&r, "reason", e->subject->reason, refusal ? 500 : RECORD_MAX);
	add_text(&r, "object", e->object, refusal ? 160 : 300);
	add_text(&r, "image", e->facts != NULL ? e->facts->image : NULL, refusal ? 160 : 300);
	add_text(&r, "registry", e->facts != NULL ? e->facts->registry : NULL, refusal ? 160 : 300);
	add_text(&r, "missing", line->message, 400);
	/* Beside the flags there is always room for where the rule stands. */
	whole = add_flags(&r, e->facts, refusal ? 0 : 100) && whole;
	if (d != NULL && d->rule != NULL)
		add_place(&r, "rule_at", d->file, d->line);
	if (d != NULL && d->grant_file != NULL)
		add_place(&r, "grant_at", d->grant_file, d->grant_line);
	add_ticket(&r, d, e->subject->reason);
	add_text(&r, "submitcwd", a->cwd, 300);
	add_text(&r, "claimed", a->claimed, 600);
	end_line(&r);
	if (out->failed)
		return error_set(reterr, ERR_LIMIT,
				 "the record of this operation cannot be made: too little memory");
	if (line->whole && !whole)
		return error_set(reterr, ERR_LIMIT,
				 "the record of this operation would be longer than %d bytes: give "
				 "a shorter reason, or fewer or shorter flags of rank S, A or B",
				 RECORD_MAX);
	return 0;
}
