/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "helper/engine.h"
#include "helper/news.h"
#include "helper/relay.h"
#include "setgid/io.h"
#include "setgid/patience.h"

struct view pass_view(const struct worker *w, const struct request *request,
		      const struct found *found, const struct decision *d)
{
	return (struct view){
		.request = request,
		.subject = w->subject,
		.adopted = &w->config->adopted,
		.everybody = d->scope_all,
		.shown = found->shown,
		.asked = found->asked,
		.image = found->container.image[0] != '\0' ? found->container.image : NULL,
	};
}

bool pass_is_taped(const struct request *request, const struct decision *d)
{
	return d->strong != NULL && d->strong->record &&
	       operation_has(request->route->operation, TRAIT_STREAMS_TERMINAL) && !request->detach;
}

bool pass_is_recorded(const struct worker *w, enum operation operation)
{
	return operation_kind(operation) != KIND_READ || policy_log_reads(w->config->policy);
}

/* --- streams ------------------------------------------------------------------------- */
static bool is_raw(const struct request *request, const struct http_head *head)
{
	if (request->route->reply != REPLY_HIJACK || request->detach)
		return false;
	return head->status == 101 ||
	       (head->status == 200 && head->framing == HTTP_BODY_UNTIL_CLOSE);
}

/* Where there is no terminal, the engine sends frames; an exec goes by how it is started. */
static bool has_frames(const struct plan *plan)
{
	return plan->request->route->object == OBJECT_EXEC ?
		       !json_is_true(json_object_get(plan->request->body, "Tty")) :
		       !plan->found->container.tty;
}

/* What was recorded goes on to the client; then, in its own terms, why nothing more does. */
static void say_why(struct client *c, const struct tap *tap, const struct buf *taken)
{
	struct buf out = buf_new(256 * 1024);
	char text[TELL_MAX];

	(void)snprintf(text, sizeof(text) - 2, "\r\nsafedocker: the stream ends here: %s",
		       tap->error.text);
	tell_plain(text + 2, false);
	(void)strcat(text, "\r\n");
	buf_add_slice(&out, buf_slice(taken));
	if (!tap->framed)
		buf_add_str(&out, text);
	else if (!frames_say(&tap->frames, slice_str(text), &out))
		buf_reset(&out);
	(void)client_say(c, buf_slice(&out), NULL);
	buf_free(&out);
}

/* `ended` gets why the stream was ended here; it stays "" otherwise. */
static void stream(const struct worker *w, struct client *c, const struct plan *plan, char *ended,
		   size_t size)
{
	struct buf from_engine = buf_new(HTTP_HEAD_MAX + 64 * 1024);
	time_t until = plan->decision->until;
	struct tap tap;

	if (!pass_is_taped(plan->request, plan->decision)) {
		relay_raw(w->engine, c->fd, &c->in, &from_engine, until, NULL);
	} else {
		tap = tap_new(w->recording, plan->decision->strong, has_frames(plan));
		relay_raw(w->engine, c->fd, &c->in, &from_engine, until, &tap);
		tap_end(&tap);
		if (tap.error.code != ERR_NONE) {
			say_why(c, &tap, &from_engine);
			(void)snprintf(ended, size, "%s", tap.error.text);
		}
	}
	buf_free(&from_engine);
}

/* A stream may live for weeks: that it began is an outcome, its end a record of its own. */
static void pass_stream(const struct worker *w, struct client *c, const struct plan *plan,
			struct audit_entry *entry, const struct buf *head, int status)
{
	bool recorded = pass_is_recorded(w, entry->operation);
	char ended[1024] = "";
	int r = head->failed ? -1 : client_say(c, buf_slice(head), NULL);

	if (recorded)
		audit_outcome(w->audit, entry, status);
	if (r == 0)
		news_streams(w, plan->request);
	if (r == 0 && engine_switch(w->engine, NULL) == 0)
		stream(w, c, plan, ended, sizeof(ended));
	entry->ended = *ended != '\0' ? ended : NULL;
	if (recorded)
		audit_end(w->audit, entry, status);
	entry->ended = NULL;
}

/* --- answers ------------------------------------------------------------------------- */
/* A conflict tells the id of the container that has the name: whose it is, nobody knows here. */
static enum after pass_conflict(const struct worker *w, struct client *c, int status)
{
	struct buf body = buf_new(64 * 1024);
	struct error why = { 0 };
	enum after after;
	char *message;

	if (engine_whole(w->engine, c->fd, IO_WITHIN(LOOKUP_PATIENCE), &body, &why) < 0 ||
	    buf_cstr(&body) == NULL) {
		after = tell(w, c, 502, why.text);
	} else {
		message = answer_without_ids(buf_slice(&body));
		after = message != NULL ? tell(w, c, status, message) :
			tell(w, c, 502, "safedocker: the engine's answer cannot be read");
		free(message);
	}
	buf_free(&body);
	return after;
}

static enum after pass_body(const struct worker *w, struct client *c, const struct plan *plan,
			    const struct http_head *head, const struct buf *head_bytes,
			    struct sieve *sieve)
{
	struct error why = { 0 };
	int r = relay_body(w->engine, c->fd, head, head_bytes, sieve, plan->decision->until, &why);

	/* Nothing has been said to the client yet: it is told why. */
	if (r > 0)
		return tell(w, c, 502, why.text);
	return r < 0 || tell_last(w, c) ? AFTER_CLOSE : AFTER_KEEP;
}

/* Head and body, or what the connection becomes. */
static void pass_on(const struct worker *w, struct client *c, const struct plan *plan,
		    struct audit_entry *entry, struct http_head *head, struct passed *ret)
{
	struct view view = pass_view(w, plan->request, plan->found, plan->decision);
	bool raw = is_raw(plan->request, head), sieved;
	struct buf head_bytes = buf_new(HTTP_HEAD_MAX * 2);
	enum http_framing framing = head->framing;
	bool until_close = framing == HTTP_BODY_UNTIL_CLOSE;
	struct sieve sieve;

	sieved = !raw && view_sieve(&view, head, &sieve);
	head->framing = relay_framing(head, sieved ? &sieve : NULL);
	answer_head(&head_bytes, head, c->close || (until_close && !raw) || head->close);
	head->framing = framing;
	/* The slices of `head` end with the next call to the link; its numbers stay. */
	ret->after = AFTER_CLOSE;
	ret->switched = raw;
	if (raw)
		pass_stream(w, c, plan, entry, &head_bytes, head->status);
	else
		ret->after = pass_body(w, c, plan, head, &head_bytes, sieved ? &sieve : NULL);
	if (sieved)
		sieve_free(&sieve);
	buf_free(&head_bytes);
}

/*
 * What is counted must be there, or not, before the caller's next one is counted: a client that
 * goes at once would have more of it made than it may have. An engine that says nothing is not
 * waited for longer than such a request counts by itself: the caller's lock is held meanwhile.
 */
int pass_watched(const struct client *c, const struct plan *plan)
{
	return plan_is_counted(plan) ||
			       operation_has(plan->request->route->operation, TRAIT_MADE_WHOLE) ?
		       -1 :
		       c->fd;
}

bool pass_answer(const struct worker *w, struct client *c, struct plan *plan,
		 struct audit_entry *entry, struct passed *ret)
{
	const time_t until = plan->decision->until;
	const struct io_limit begun = { .deadline = io_now() + BEGUN_PATIENCE, .until = until };
	struct error why = { 0 };
	struct http_head head;

	*ret = (struct passed){ .after = AFTER_CLOSE };
	if (pass_watched(c, plan) < 0)
		engine_hear(w->engine, &begun);
	if (engine_head(w->engine, c->fd, IO_UNTIL(until), &head, &why) < 0) {
		if (why.code != ERR_CLOSED)
			ret->after = tell(w, c, why.code == ERR_TIMEOUT ? 504 : 502, why.text);
		return false;
	}
	ret->status = head.status;
	if (plan_waits(plan, head.status))
		return true;
	if (head.status == 101 && !is_raw(plan->request, &head)) {
		(void)engine_break(w->engine, ERR_ENGINE,
				   "unexpected 101 Switching Protocols from the engine", &why);
		ret->after = tell(w, c, 502, why.text);
	} else if (head.status == 409 && head.framing != HTTP_BODY_UNTIL_CLOSE) {
		ret->after = pass_conflict(w, c, head.status);
	} else {
		pass_on(w, c, plan, entry, &head, ret);
	}
	return false;
}
