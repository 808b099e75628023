/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/carry.h"

#include "docker/answer.h"
#include "helper/announce.h"
#include "helper/engine.h"
#include "helper/news.h"
#include "helper/pass.h"
#include "helper/relay.h"
#include "helper/still.h"
#include "setgid/io.h"
#include "setgid/patience.h"

static struct still_question question(const struct carrying *k, size_t i)
{
	const struct element *e = &k->plan->list[i];

	return (struct still_question){
		.w = k->w,
		.operation = k->entry->operation,
		.decision = k->plan->decision,
		.began = k->began,
		.changes = e->changes || pass_is_recorded(k->w, e->operation),
	};
}

/* --- elements of ours ---------------------------------------------------------------- */
static int look(struct carrying *k, size_t i, struct slice bytes, struct answer *ret,
		struct error *reterr)
{
	const struct port *port = &k->asking->port;

	return port->look(port->context, k->plan->list[i].method, "", bytes, NULL,
			  ret, reterr);
}

static int change(struct carrying *k, size_t i, struct slice bytes, struct answer *ret,
		  struct error *reterr)
{
	const struct element *e = &k->plan->list[i];
	const struct still_question q = question(k, i);
	struct audit_entry entry = {
		.subject = k->w->subject,
		.operation = e->operation,
		.verb = k->entry->verb,
		.object = e->object != NULL ? e->object : k->entry->object,
		.object_id = k->plan->made[0] != '\0' ? k->plan->made : NULL,
		.decision = k->plan->decision,
	};
	int r;

	if (audit_intent(k->w->audit, &entry, reterr) < 0)
		return -1;
	r = asking_change(k->asking, e->method, bytes, &q, ret, reterr);
	if (r == 0 || reterr->code != ERR_CHANGED)
		k->wrote = true;
	if (r < 0 && reterr->code != ERR_CHANGED)
		k->unanswered = true;
	audit_outcome(k->w->audit, &entry, r < 0 ? answer_status(reterr->code) : ret->status);
	return r;
}

static int do_own(struct carrying *k, size_t i, struct error *reterr)
{
	struct answer answer = { .body = buf_new(INSPECT_MAX) };
	struct buf bytes = buf_new(64 * 1024);
	int r = plan_render(k->plan, i, &bytes, reterr);

	if (r == 0)
		r = (k->plan->list[i].changes ? k->w->way->change : look)(k, i, buf_slice(&bytes),
									  &answer, reterr);
	if (r == 0)
		r = plan_take(k->plan, i, &answer, reterr);
	buf_free(&bytes);
	buf_free(&answer.body);
	return r;
}

/* Those before the client's own request. */
static int do_own_ones(struct carrying *k, struct error *reterr)
{
	for (size_t i = 0; i < k->plan->client; i++)
		if (!plan_skips(k->plan, i) && do_own(k, i, reterr) < 0)
			return -1;
	return 0;
}

/* --- the client's request ------------------------------------------------------------ */
static bool upload_is_still_so(void *context, struct error *reterr)
{
	return still_ask(context, reterr) == 0;
}

static int upload(struct carrying *k, const struct buf *head, struct error *reterr)
{
	struct still_question q = question(k, k->plan->client);
	const struct relay_guard guard = { .still_so = upload_is_still_so, .context = &q };

	if (still_ask(&q, reterr) < 0 || client_continue(k->client, reterr) < 0)
		return -1;
	k->wrote = k->unanswered = true;
	return relay_upload(k->client->fd, k->w->engine, &k->client->head, head, &k->client->in,
			    k->plan->decision->until, &guard, reterr);
}

/* The last byte of what changes something is held back until it is known to be still so. */
static int send_whole(struct carrying *k, struct slice bytes, struct error *reterr)
{
	const struct still_question q = question(k, k->plan->client);
	const struct element *e = &k->plan->list[k->plan->client];
	struct engine *engine = k->w->engine;
	size_t n = e->changes ? bytes.n - 1 : bytes.n;

	if (!e->changes && still_ask(&q, reterr) < 0)
		return -1;
	if (engine_begin(engine, e->method, slice_of(bytes.p, n), IO_WITHIN(WRITE_PATIENCE),
			 reterr) < 0)
		return -1;
	if (e->changes && still_ask(&q, reterr) < 0)
		return engine_break(engine, ERR_CHANGED, "a request was not written whole", NULL);
	k->wrote = k->unanswered = true;
	if (e->changes &&
	    engine_write(engine, slice_after(bytes, n), IO_WITHIN(WRITE_PATIENCE), reterr) < 0)
		return -1;
	engine_sent(engine);
	return 0;
}

/* What was made must be the caller's, and only then the client hears of it. */
static enum after finish_made(struct carrying *k, int status)
{
	struct answer answer = { .status = status, .body = buf_new(INSPECT_MAX) };
	struct buf out = buf_new(INSPECT_MAX + HTTP_HEAD_MAX);
	struct error why = { 0 };
	enum after after = AFTER_CLOSE;
	int r = engine_whole(k->w->engine, pass_watched(k->client, k->plan),
			     IO_WITHIN(LOOKUP_PATIENCE), &answer.body, &why);

	if (r == 0)
		r = plan_take(k->plan, k->plan->client, &answer, &why);
	if (r == 0)
		news_made(k->w, k->plan->request, k->plan->made);
	if (r < 0) {
		after = tell(k->w, k->client, why.code == ERR_CONFLICT ? 409 : 502, why.text);
	} else {
		bool last = tell_last(k->w, k->client);

		answer_json(&out, status, buf_slice(&answer.body), last);
		if (client_say(k->client, buf_slice(&out), NULL) == 0 && !last)
			after = AFTER_KEEP;
	}
	buf_free(&answer.body);
	buf_free(&out);
	return after;
}

static bool is_streamed(const struct carrying *k)
{
	return request_streams(k->plan->request);
}

/* What could not be sent: it is judged anew, or refused. */
static enum after not_sent(struct carrying *k, bool anew, const struct error *why)
{
	if (why->code == ERR_CHANGED && anew && !k->wrote)
		return AFTER_ANEW;
	k->client->close = true;
	if (why->code == ERR_CHANGED)
		return tell_error(k->w, k->client, k->plan->request, k->entry, why);
	return tell(k->w, k->client,
		    why->code == ERR_SYNTAX ? 400 :
		    why->code == ERR_SYSTEM ? 500 :
					      502,
		    why->text);
}

/*
 * The caller's other workers may come. What has its answer, or was never asked for, counts no
 * longer but by what the engine lists; of what has none nobody knows.
 */
static void end_turn(struct carrying *k, bool answered)
{
	if (answered)
		budget_answered(k->w->audit->budget, k->begun);
	k->begun = answered ? -1 : k->begun;
	audit_unlock(k->w->audit, k->w->subject->uid);
}

enum after carry_forward(struct carrying *k, const struct buf *bytes, bool anew)
{
	bool recorded = pass_is_recorded(k->w, k->entry->operation);
	struct passed passed = { .after = AFTER_CLOSE };
	struct error why = { 0 };
	int r;

	announce(k->w, k->plan->request, k->plan->decision, k->entry->verb);
	announce_size(k->w, k->plan->request, k->plan->decision);
	r = is_streamed(k) ? upload(k, bytes, &why) : send_whole(k, buf_slice(bytes), &why);
	if (r < 0) {
		if (recorded)
			audit_outcome(k->w->audit, k->entry, why.code == ERR_CHANGED ? 503 : 0);
		return not_sent(k, anew, &why);
	}
	if (pass_answer(k->w, k->client, k->plan, k->entry, &passed)) {
		audit_outcome(k->w->audit, k->entry, passed.status);
		end_turn(k, true);
		return finish_made(k, passed.status);
	}
	end_turn(k, passed.status != 0);
	if (recorded && !passed.switched)
		audit_outcome(k->w->audit, k->entry, passed.status);
	return passed.after;
}

/* --- all of it ----------------------------------------------------------------------- */
/* Where the caller's other workers must not come between: what is made under a name, or counted. */
static bool is_locked(const struct carrying *k)
{
	return k->plan->client > 0 || plan_is_counted(k->plan) != 0;
}

_Static_assert(BUDGET_CONTAINERS == 1 << COUNTED_CONTAINERS &&
		       BUDGET_NETWORKS == 1 << COUNTED_NETWORKS &&
		       BUDGET_VOLUMES == 1 << COUNTED_VOLUMES,
	       "the plan and the budget mean the same kinds");

/*
 * What was begun and has no outcome counts too: its process may have been ended before the engine's
 * answer.
 */
static int count(struct carrying *k, struct error *reterr)
{
	struct budget *b = k->w->audit->budget;
	unsigned kinds = plan_is_counted(k->plan);
	long begun[COUNTED] = { 0 };

	if (kinds == 0)
		return 0;
	for (unsigned i = 0; i < COUNTED; i++)
		begun[i] = budget_begun(b, 1u << i, io_now());
	if (plan_count(k->plan, begun, reterr) < 0)
		return -1;
	k->begun = budget_begin(b, kinds, io_now());
	return k->begun >= 0 ? 0 :
			       error_set(reterr, ERR_CHANGED,
					 "too much of yours is being made; try again in a minute");
}

static int take_turn(struct carrying *k, struct error *reterr)
{
	if (is_locked(k) && audit_lock(k->w->audit, k->w->subject->uid, reterr) < 0) {
		k->waited = true;
		return -1;
	}
	return count(k, reterr);
}

static enum after carry(struct carrying *k, struct buf *bytes, bool anew)
{
	struct error why = { 0 };
	enum after after;

	if (k->w->way->take_turn(k, &why) < 0 || do_own_ones(k, &why) < 0 ||
	    plan_render(k->plan, k->plan->client, bytes, &why) < 0) {
		if (why.code == ERR_CHANGED && anew && !k->wrote && !k->waited)
			return AFTER_ANEW;
		return tell_error(k->w, k->client, k->plan->request, k->entry, &why);
	}
	if (pass_is_recorded(k->w, k->entry->operation) &&
	    audit_intent(k->w->audit, k->entry, &why) < 0) {
		if (why.code == ERR_CHANGED)
			return not_sent(k, anew, &why);
		/* What was refused for its own sake is a refusal as any other. */
		if (why.code == ERR_LIMIT)
			return tell_error(k->w, k->client, k->plan->request, k->entry, &why);
		k->client->close = true;
		after = tell(k->w, k->client, answer_status(why.code), why.text);
		news_refused(k->w, k->plan->request);
		return after;
	}
	return k->w->way->forward(k, bytes, anew);
}

/* A long answer takes one of its user's places until this request ends. */
static const char *admit(const struct carrying *k, int *ret_status)
{
	const struct request *request = k->plan->request;

	*ret_status = 403;
	/* A policy that is newer than the command may want a recording that was not begun. */
	if (pass_is_taped(request, k->plan->decision) && k->w->recording == NULL)
		return "safedocker: denied: the policy wants a recording now; give the command again";
	if (!request_lasts(request) || budget_stream(k->w->audit->budget))
		return NULL;
	k->entry->deny = DENY_LIMIT;
	*ret_status = 429;
	return "safedocker: denied: too many streams at a time (events, logs, attach, exec, wait, "
	       "transfers): end some of them, also those of other terminals";
}

const struct way carry_way = {
	.admit = admit, .take_turn = take_turn, .change = change, .forward = carry_forward,
};

enum after carry_out(const struct worker *w, struct asking *a, struct client *c, struct plan *plan,
		     struct audit_entry *entry, long long began, bool anew)
{
	struct carrying k = {
		.w = w,
		.asking = a,
		.client = c,
		.plan = plan,
		.entry = entry,
		.began = began,
		.begun = -1,
	};
	struct buf bytes = buf_new(REQUEST_BODY_MAX * 8);
	enum after after;
	int status;
	const char *why = w->way->admit(&k, &status);

	if (why != NULL)
		return tell_refused(w, c, plan->request, entry, status, why, "");
	after = carry(&k, &bytes, anew);
	end_turn(&k, !k.unanswered);
	buf_free(&bytes);
	return after;
}
