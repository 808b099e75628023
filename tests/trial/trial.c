/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "docker/tar.h"
#include "judge/plan.h"
#include "trial/engine.h"
#include "wire/http.h"

static const gid_t groups[] = { 1001, 2000 };
static const char *const group_names[] = { "alice", "developers" };
const struct subject trial_alice = {
	.uid = 1001, .gid = 1001, .uid_min = 1000, .name = "alice", .home = "/home/alice", .host = "testhost",
	.groups = groups, .group_names = group_names, .n_groups = 2,
};

const struct moment trial_now = { .date = TRIAL_NOW, .uptime = 1000, .boot = "0a1b2c3d-1111-2222-3333-444455556666" };

static void refused(struct trial *j, int status, const char *reason)
{
	j->status = status;
	(void)snprintf(j->reason, sizeof(j->reason), "%s", reason);
}

static void refused_error(struct trial *j, const struct error *why)
{
	refused(j, answer_status(why->code), why->text);
}

static void deny_words(struct trial *j)
{
	static const char *const words[] = {
		[MISSING_NONE] = "none", [MISSING_RULE] = "rule", [MISSING_VERB] = "verb",
		[MISSING_FLAG] = "flag", [MISSING_IMAGE] = "image", [MISSING_FORCE] = "force",
		[MISSING_STRONG] = "strong", [MISSING_REASON] = "reason", [MISSING_TIME] = "time",
		[MISSING_ROOT] = "root",
	};
	const struct decision *d = &j->decision;
	const struct fact *f = d->missing == MISSING_FLAG || d->missing == MISSING_FORCE ?
		&j->request.facts.list[d->fact] : NULL;

	j->status = 403;
	(void)snprintf(j->reason, sizeof(j->reason), "missing %s %s%s%s", words[d->missing],
		       f != NULL ? flag_name(f->flag) : "", f != NULL && *f->value != '\0' ? "=" : "",
		       f != NULL ? f->value : "");
}

/* The whole body, where it is one that is judged, or its first block; -1: refused. */
static int take_body(struct trial *j, const struct http_head *head, struct slice bytes, struct buf *body)
{
	struct http_body state = http_body_start(head);
	enum http_progress p = HTTP_MORE;
	struct error why = { 0 };

	/* What is passed on is no part of the verdict. */
	if (head->framing == HTTP_BODY_NONE ||
	    (request_streams(&j->request) && !request_wants_plain_tar(&j->request)))
		return 0;
	while (p == HTTP_MORE && !(request_streams(&j->request) && body->len >= TAR_BLOCK)) {
		struct slice data;
		size_t used;

		p = http_body_feed(&state, bytes, &used, &data, &why);
		if (p == HTTP_ERROR || (p == HTTP_MORE && used == 0)) {
			refused(j, 400, p == HTTP_ERROR ? why.text : "incomplete body");
			return -1;
		}
		buf_add_slice(body, data);
		j->used += used;
		bytes = slice_after(bytes, used);
	}
	if (body->failed) {
		refused(j, 413, "the body is too large");
		return -1;
	}
	return 0;
}

static const char *script;

void trial_script(const char *text)
{
	script = text;
}

/* Element i as the engine gets it, and what it answers. -1: the plan ends there. */
static int do_element(struct trial *j, const struct made_up *engine, struct plan *plan, size_t i, struct error *why)
{
	const struct element *e = &plan->list[i];
	struct answer answer = { .body = buf_new(INSPECT_MAX) };
	struct buf bytes = buf_new(TRIAL_FORWARDED_MAX);
	int r = plan_render(plan, i, &bytes, why);

	if (r == 0) {
		buf_addf(&j->steps, "--- %s%s %s\n", e->changes ? "" : "look: ", operation_name(e->operation),
			 e->object != NULL ? e->object : plan->made[0] != '\0' ? plan->made : "");
		buf_add_slice(&j->steps, buf_slice(&bytes));
		buf_add_str(&j->steps, "\n");
		if (i == plan->client)
			buf_add_slice(&j->forwarded, buf_slice(&bytes));
		/* Memory of the trial's own: an engine would have got all of it. */
		if (j->steps.failed || j->forwarded.failed)
			r = error_set(why, ERR_SYSTEM, "out of memory");
	}
	if (r == 0) {
		(void)engine_answer(engine, buf_slice(&bytes), &answer);
		r = plan_take(plan, i, &answer, why);
	}
	buf_free(&bytes);
	buf_free(&answer.body);
	return r;
}

static void carry_out(struct trial *j, const struct made_up *engine, struct plan *plan)
{
	struct error why = { 0 };

	if (plan_is_counted(plan) != 0 && plan_count(plan, (const long[COUNTED]){ 0 }, &why) < 0) {
		refused_error(j, &why);
		return;
	}
	for (size_t i = 0; i < plan->n; i++) {
		if (plan_skips(plan, i) || do_element(j, engine, plan, i, &why) == 0)
			continue;
		refused_error(j, &why);
		return;
	}
	if (plan->n == 1)
		buf_reset(&j->steps);
}

/* Who judges, and the engine that is asked. */
struct court {
	struct made_up engine;
	struct engine_info info;
	struct judge judge;
};

static void convene(struct court *c, const struct request *request, const struct policy *policy,
		    const struct subject *subject)
{
	*c = (struct court){
		.engine = {
			.request = request, .alice = &trial_alice, .script = script,
			.cannot_map = script != NULL && strncmp(script, "never\n", strlen("never\n")) == 0,
		},
		.judge = { .policy = policy, .subject = subject, .info = &c->info, .port = &c->engine.port },
	};
	engine_make_up(&c->engine);
}

static void decide(struct trial *j, struct court *c)
{
	struct found found = { .there = false };
	struct error why = { 0 };
	struct plan plan;

	if (judge_look(&c->judge, &j->request, &found, &why) < 0) {
		refused_error(j, &why);
		found_free(&found);
		return;
	}
	switch (judge_decide(&c->judge, &trial_now, &j->request, &found, &j->decision, &why)) {
	case JUDGED_DENIED:
		deny_words(j);
		break;
	case JUDGED_REFUSED:
		refused_error(j, &why);
		break;
	case JUDGED_ALLOWED:
		if (plan_make(&c->judge, &j->request, &found, &j->decision, j->decision.scope_all, &plan, &why) < 0)
			refused_error(j, &why);
		else
			carry_out(j, &c->engine, &plan);
		break;
	}
	found_free(&found);
}

static int check_plain(const struct request *request, struct slice body, struct error *why)
{
	if (body.n > TAR_BLOCK)
		body.n = TAR_BLOCK;
	return request_wants_plain_tar(request) ? tar_check_plain(body, why) : 0;
}

void trial_bytes_for(const struct policy *policy, const struct subject *subject, struct slice bytes,
		     struct trial *ret)
{
	struct buf body = buf_new(REQUEST_BODY_MAX);
	struct error why = { 0 };
	struct http_head head;
	enum http_progress p;
	struct court court;

	*ret = (struct trial){ .forwarded = buf_new(TRIAL_FORWARDED_MAX), .steps = buf_new(4 * TRIAL_FORWARDED_MAX) };
	convene(&court, &ret->request, policy, subject);
	p = http_request_parse(bytes, &head, &ret->used, &why);
	if (p != HTTP_DONE)
		refused(ret, answer_status(why.code), p == HTTP_MORE ? "incomplete" : why.text);
	else if (request_parse(&head, &ret->request, &why) < 0)
		refused_error(ret, &why);
	else if (take_body(ret, &head, slice_after(bytes, ret->used), &body) == 0) {
		if (check_plain(&ret->request, buf_slice(&body), &why) < 0 ||
		    judge_previous(&court.judge, &ret->request, &body, &why) < 0 ||
		    request_judge(&ret->request, buf_slice(&body), subject, &why) < 0)
			refused_error(ret, &why);
		else
			decide(ret, &court);
	}
	buf_free(&body);
}

void trial_bytes(const struct policy *policy, struct slice bytes, struct trial *ret)
{
	trial_bytes_for(policy, &trial_alice, bytes, ret);
}

void trial_free(struct trial *judged)
{
	request_free(&judged->request);
	buf_free(&judged->forwarded);
	buf_free(&judged->steps);
}

static struct slice word_at(struct slice text, const char **ret_value)
{
	static const struct { const char *word, *value; } words[] = {
		{ TRIAL_PLACEHOLDER, SAFEDOCKER_PLACEHOLDER }, { "@RUNTIME", SAFEDOCKER_RUNTIME },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*ret_value = words[i].value;
		if (slice_starts(text, words[i].word))
			return slice_of(text.p, strlen(words[i].word));
	}
	return slice_of(text.p, 0);
}

void trial_fill(struct buf *out, struct slice text)
{
	while (text.n > 0) {
		const char *value;
		struct slice word = word_at(text, &value);

		if (word.n > 0)
			buf_add_str(out, value);
		else
			buf_add(out, text.p, 1);
		text = slice_after(text, word.n > 0 ? word.n : 1);
	}
}

int trial_notation(struct slice text, struct buf *out)
{
	const char *end = text.n > 0 ? memmem(text.p, text.n, "\n\n", 2) : NULL;
	struct slice rest, body;

	if (end == NULL)
		return -1;
	rest = slice_of(text.p, (size_t)(end - text.p) + 2);
	body = slice_after(text, rest.n);
	if (body.n > 0 && body.p[body.n - 1] == '\n')
		body.n--;
	while (rest.n > 0) {
		struct slice line = slice_of(rest.p, slice_find(rest, '\n'));

		rest = slice_after(rest, line.n + 1);
		if (slice_is(line, "Content-Length: @"))
			buf_addf(out, "Content-Length: %zu", body.n);
		else
			buf_add_slice(out, line);
		buf_add_str(out, "\r\n");
	}
	buf_add_slice(out, body);
	return 0;
}
