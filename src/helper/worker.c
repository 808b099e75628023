/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/worker.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "docker/tar.h"
#include "helper/asking.h"
#include "helper/carry.h"
#include "helper/client.h"
#include "helper/engine.h"
#include "helper/pass.h"
#include "helper/peek.h"
#include "helper/still.h"
#include "helper/tell.h"
#include "judge/judge.h"
#include "judge/plan.h"
#include "setgid/io.h"

/* What lasts as long as the connection. */
struct serving {
	const struct worker *w;
	struct client client;
	struct asking asking;
	struct engine_info info;
	struct judge judge;
	bool anew; /* the request that is served was judged before, and the policy had changed */
};

/* --- judging ------------------------------------------------------------------------- */
static void name_object(const struct request *request, struct audit_entry *entry)
{
	entry->operation = request->route->operation;
	entry->verb = operation_verbs(entry->operation)[0];
	entry->facts = &request->facts;
	/* What is made has its name in the body. */
	entry->object = request->object != NULL ? request->object :
		json_string_value(json_object_get(request->body, "Name"));
}

/* The id that stands for the name in the path, where there is one; a name of an image's stays. */
static void note_object(const struct request *request, const struct found *found,
			struct audit_entry *entry)
{
	if (!found->there || request->route->object == OBJECT_IMAGE_OWN)
		return;
	entry->object_id = request->route->object == OBJECT_CONTAINER ||
					   request->route->object == OBJECT_EXEC ?
				   found->container.id :
				   found->resource.id;
}

/*
 * The beginning of an archive, which stays in front of what follows. Who is refused anyhow is not
 * kept waiting for it.
 */
static int check_archive(struct client *c, const struct request *request, struct error *reterr)
{
	struct buf first = buf_new(TAR_BLOCK);
	int r = 0;

	if (request_wants_plain_tar(request))
		r = peek_body(c, &first, reterr) < 0 ? -1 :
						       tar_check_plain(buf_slice(&first), reterr);
	buf_free(&first);
	return r;
}

/* Of an allowed request: its plan is made and carried out. */
static enum after do_allowed(struct serving *s, struct request *request, struct found *found,
			     const struct decision *d, struct audit_entry *entry, long long began)
{
	struct view view = pass_view(s->w, request, found, d);
	struct error why = { 0 };
	struct plan plan;

	note_object(request, found, entry);
	if (!still_proved(s->w, entry->operation, d))
		return tell_refused(s->w, &s->client, request, entry, 403,
				    "safedocker: denied: the password that was given has "
				    "expired for new requests; give the command again",
				    "");
	if (check_archive(&s->client, request, &why) < 0 ||
	    plan_make(&s->judge, request, found, d, view_asks_all(&view), &plan, &why) < 0)
		return tell_error(s->w, &s->client, request, entry, &why);
	return carry_out(s->w, &s->asking, &s->client, &plan, entry, began,
			 !s->anew && !s->client.taken.failed);
}

/* Look-ups, the one decision, and what follows. */
static enum after decide(struct serving *s, struct request *request, struct found *found,
			 struct audit_entry *entry, long long began)
{
	const struct moment now = io_moment(s->w->boot);
	struct decision d = { .verdict = VERDICT_DENY };
	struct error why = { 0 };

	if (!engine_in_step(s->w->engine)) {
		entry->deny = DENY_PEER;
		return tell_refused(s->w, &s->client, request, entry, 503,
				    engine_why(s->w->engine)->text, "");
	}
	if (judge_look(&s->judge, request, found, &why) < 0)
		return tell_error(s->w, &s->client, request, entry, &why);
	entry->decision = &d;
	switch (judge_decide(&s->judge, &now, request, found, &d, &why)) {
	case JUDGED_ALLOWED:
		io_end_by_uptime(d.uptime);
		return do_allowed(s, request, found, &d, entry, began);
	case JUDGED_DENIED:
		return tell_denied(s->w, &s->client, request, entry, &d);
	case JUDGED_REFUSED:
		break;
	}
	return tell_error(s->w, &s->client, request, entry, &why);
}

/* --- one request --------------------------------------------------------------------- */
static int read_request(struct serving *s, struct request *request, struct error *reterr)
{
	struct client *c = &s->client;
	struct buf body = buf_new(REQUEST_BODY_MAX);
	bool streams = request_streams(request);
	int r = streams ? 0 : client_read_body(c, &body, reterr);

	/* Where the next request would begin is not known. */
	if (r < 0 || streams)
		c->close = true;
	if (r == 0 && engine_in_step(s->w->engine))
		r = judge_previous(&s->judge, request, &body, reterr);
	if (r == 0)
		r = request_judge(request, buf_slice(&body), s->w->subject, reterr);
	buf_free(&body);
	return r;
}

static enum after take(struct serving *s, size_t used, struct request *request,
		       struct audit_entry *entry, long long began)
{
	struct client *c = &s->client;
	struct found found = { .there = false };
	struct error why = { 0 };
	enum after after;
	int r;

	if (s->w->config->policy == NULL) {
		c->close = true;
		return tell(s->w, c, 500, s->w->config->error.text);
	}
	c->close = c->head.close;
	r = request_parse(&c->head, request, &why);
	client_take_head(c, used);
	/* A body that nobody read would be taken for the next request. */
	if (r < 0)
		c->close = c->close || c->head.framing != HTTP_BODY_NONE;
	else
		r = read_request(s, request, &why);
	if (request->route != NULL)
		name_object(request, entry);
	if (r < 0)
		return tell_error(s->w, c, request, entry, &why);
	after = decide(s, request, &found, entry, began);
	found_free(&found);
	return after;
}

/* Who was answered before the end of its request would not get to read the answer otherwise. */
static void linger(const struct client *c, const struct request *request)
{
	if (c->head.framing != HTTP_BODY_NONE &&
	    (request->route == NULL || request->route->reply != REPLY_HIJACK))
		io_linger(c->fd);
}

static enum after serve_one(struct serving *s)
{
	struct request request = { .route = NULL };
	struct audit_entry entry = { .subject = s->w->subject };
	struct error why = { 0 };
	enum after after = AFTER_CLOSE;
	long long began;
	size_t used;
	int r;

	asking_anew(&s->asking);
	/* Between two requests a client may rest for days; the engine's end ends us too. */
	if (s->client.in.len == 0 && engine_rest(s->w->engine, s->client.fd) < 0)
		return AFTER_CLOSE;
	began = io_now();
	if (still_stale(s->w))
		return AFTER_ANEW;
	r = client_read_head(&s->client, &used, &why);
	if (r > 0) {
		after = take(s, used, &request, &entry, began);
	} else if (r < 0) {
		s->client.head.method = HTTP_GET;
		s->client.close = true;
		after = tell_error(s->w, &s->client, &request, &entry, &why);
	}
	if (after == AFTER_CLOSE)
		linger(&s->client, &request);
	request_free(&request);
	budget_stream_end(s->w->audit->budget);
	/* Whatever became of the request: a link that is out of step serves nobody any more. */
	if (after == AFTER_KEEP && !engine_in_step(s->w->engine))
		after = AFTER_CLOSE;
	if (after == AFTER_KEEP) {
		client_next(&s->client);
		s->anew = false;
	}
	return after;
}

/* --- the connection ------------------------------------------------------------------ */
static const struct worker *to_shut;

static void on_sigterm(int number)
{
	(void)number;
	(void)shutdown(to_shut->client, SHUT_RDWR);
	/* Who is served nothing has no engine. */
	if (to_shut->engine != NULL)
		engine_hang_up(to_shut->engine);
}

void worker_end_on_sigterm(const struct worker *worker)
{
	struct sigaction action = { .sa_handler = on_sigterm };

	to_shut = worker;
	if (sigaction(SIGTERM, &action, NULL) < 0)
		bug("sigaction");
}

/* What the worker before this one had read of a request that is judged anew. */
static void take_over(struct serving *s)
{
	struct handover *from = s->w->handover;
	size_t n = from->n;

	if (n == 0 || n > sizeof(from->bytes))
		return;
	/* More than is ever read ahead: what was judged, and what came behind it. */
	if (n > s->client.in.max)
		s->client.in.max = n;
	buf_add(&s->client.in, from->bytes, n);
	s->anew = from->anew;
	s->client.continued = from->continued;
	from->n = 0;
}

/* -1: it is too much. */
static int hand_over(const struct serving *s)
{
	struct handover *to = s->w->handover;
	const struct buf *taken = &s->client.taken, *in = &s->client.in;

	if (taken->failed || taken->len + in->len > sizeof(to->bytes))
		return -1;
	if (taken->len > 0)
		memcpy(to->bytes, taken->data, taken->len);
	if (in->len > 0)
		memcpy(to->bytes + taken->len, in->data, in->len);
	to->n = taken->len + in->len;
	to->anew = s->anew || taken->len > 0;
	to->continued = s->client.continued;
	return 0;
}

enum exit_status worker_serve(const struct worker *worker)
{
	static struct serving s;
	enum exit_status status = EXIT_DONE;
	enum after after;

	s = (struct serving){ .w = worker, .client = client_new(worker->client) };
	asking_init(&s.asking, worker);
	s.judge = (struct judge){
		.policy = worker->config->policy,
		.subject = worker->subject,
		.adopted = &worker->config->adopted,
		.info = &s.info,
		.port = &s.asking.port,
	};
	take_over(&s);
	do
		after = serve_one(&s);
	while (after == AFTER_KEEP);
	if (after == AFTER_ANEW && hand_over(&s) == 0)
		status = EXIT_STALE;
	else if (after == AFTER_ANEW)
		(void)tell(worker, &s.client, 503,
			   "safedocker: the policy or the record has changed; try again");
	client_free(&s.client);
	return status;
}
