/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "docker/answer.h"
#include "docker/kind.h"
#include "docker/tar.h"
#include "docker/view.h"
#include "helper/explain.h"
#include "helper/io.h"
#include "helper/news.h"
#include "helper/peek.h"
#include "helper/relay.h"
#include "helper/turn.h"

#define HEAD_PATIENCE 30000	/* ms from the first byte of a head to its last */
#define BODY_PATIENCE 30000	/* ms for a body that we judge */
#define RECENT 1000		/* ms for which a look at the policy's files holds for a read */
#define MESSAGE_MAX 2048

/* What becomes of the connection after a request. */
enum after { AFTER_KEEP = 1, AFTER_CLOSE };

/* --- answers of our own ------------------------------------------------------------ */
/*
 * What is said ends up on a terminal, and holds what a request or the engine said:
 * no byte of it may be more than text there. A new line is ours alone.
 */
static void make_plain(char *text, bool lines)
{
	for (; *text != '\0'; text++)
		if ((*text < ' ' || *text > '~') && !(lines && *text == '\n'))
			*text = '?';
}

static enum after answer(struct turn *t, int status, const char *message, bool close)
{
	struct buf out = buf_new(MESSAGE_MAX * 8);
	char plain[MESSAGE_MAX];
	int r;

	(void)snprintf(plain, sizeof(plain), "%s", message);
	make_plain(plain, true);
	answer_error(&out, status, plain, t->head.method, close);
	r = io_write(t->w->client, buf_slice(&out), io_now() + WRITE_PATIENCE, NULL);
	buf_free(&out);
	return r < 0 || close ? AFTER_CLOSE : AFTER_KEEP;
}

/* The record first; where even that fails, the answer says so and the operation is refused all the same. */
static enum after refuse(struct turn *t, int status, const char *said, const char *more)
{
	char message[MESSAGE_MAX * 2], text[MESSAGE_MAX];
	struct error why = { 0 };
	enum after after;

	(void)snprintf(text, sizeof(text), "%s", said);
	make_plain(text, false);
	if (t->entry.deny == DENY_NONE)
		t->entry.deny = DENY_CHANGED;
	if (t->w->explain != NULL)
		explain_report(t, status, text);
	if (audit_denied(t->w->audit, &t->entry, status, said, &why) < 0) {
		(void)snprintf(message, sizeof(message), "%s%s\n  not logged: %s", text, more, why.text);
		/* A next connection opens the record anew. */
		t->close = true;
	} else {
		(void)snprintf(message, sizeof(message), "%s%s\n  logged as %s (%s); what you may do: safedocker rights",
			       text, more, t->entry.id, deny_code(t->entry.deny));
	}
	after = answer(t, status, message, t->close);
	news_refused(t);
	return after;
}

static enum deny deny_of_error(enum err code, bool route)
{
	switch (code) {
	case ERR_SYNTAX: return DENY_REQUEST;
	case ERR_LIMIT: return DENY_LIMIT;
	case ERR_DENIED: return DENY_REFUSED;
	case ERR_PASSWORD: return DENY_PASSWORD;
	case ERR_NOT_FOUND: return route ? DENY_ABSENT : DENY_ROUTE;
	case ERR_TIMEOUT:
	case ERR_ENGINE:
	case ERR_CLOSED: return DENY_PEER;
	case ERR_NONE:
	case ERR_SYSTEM:
	default: return DENY_SYSTEM;
	}
}

/* The engine removes a volume that is not there without a word, when it is told to by force. */
static bool is_removed_by_force(const struct turn *t)
{
	if (t->request.route->operation != OPERATION_VOLUME_REMOVE || t->decision.verdict != VERDICT_ALLOW)
		return false;
	for (size_t i = 0; i < t->request.facts.n; i++)
		if (t->request.facts.list[i].flag == FLAG_FORCE)
			return true;
	return false;
}

static enum after answer_nothing(struct turn *t)
{
	struct slice bytes = slice_str(t->close ? "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" :
				       "HTTP/1.1 204 No Content\r\n\r\n");
	int r = io_write(t->w->client, bytes, io_now() + WRITE_PATIENCE, NULL);

	return r < 0 || t->close ? AFTER_CLOSE : AFTER_KEEP;
}

static enum after refuse_error(struct turn *t, const struct error *why)
{
	char text[MESSAGE_MAX];
	int status = why->code == ERR_LIMIT && t->request.route == NULL ? 431 : answer_status(why->code);

	t->entry.deny = deny_of_error(why->code, t->request.route != NULL);
	/* A client that is slow gets 408; here it is the engine that is. */
	if (why->code == ERR_TIMEOUT && t->entry.decision != NULL)
		status = 504;

	/* The engine's own words for what is not there: clients go by them. */
	if (why->code == ERR_NOT_FOUND && t->request.route != NULL) {
		if (t->w->explain != NULL)
			explain_report(t, status, why->text);
		if (audit_denied(t->w->audit, &t->entry, status, why->text, NULL) < 0)
			return answer(t, 500, "safedocker: the record cannot be written", true);
		if (is_removed_by_force(t))
			return answer_nothing(t);
		return answer(t, status, why->text, t->close);
	}
	(void)snprintf(text, sizeof(text), "safedocker: %s%s",
		       why->code == ERR_DENIED ? "denied: " : "", why->text);
	return refuse(t, status, text, "");
}

/* --- reading ------------------------------------------------------------------------- */
/* 1: a head is there; 0: the connection ended between two requests; -1: it was answered. */
static int read_head(struct turn *t, size_t *ret_used)
{
	long long deadline = io_now() + HEAD_PATIENCE;
	struct error why = { 0 };

	for (;;) {
		enum http_progress p = HTTP_MORE;
		long n;

		if (t->in->len > 0)
			p = http_request_parse(buf_slice(t->in), &t->head, ret_used, &why);
		if (p == HTTP_DONE)
			return 1;
		if (p == HTTP_ERROR)
			break;
		n = io_read(t->w->client, t->in, deadline, &why);
		if (n == 0 && t->in->len == 0)
			return 0;
		if (n == 0)
			(void)error_set(&why, ERR_SYNTAX, "the request ends in the middle of its head");
		if (n <= 0)
			break;
	}
	if (why.code == ERR_CLOSED)
		return 0;
	t->head.method = HTTP_GET;
	t->close = true;
	(void)refuse_error(t, &why);
	return -1;
}

/* The whole body into `body`. What is beyond it stays in t->in. */
static int read_body(struct turn *t, struct buf *body, struct error *reterr)
{
	long long deadline = io_now() + BODY_PATIENCE;
	struct http_body state = http_body_start(&t->head);

	if (t->head.framing == HTTP_BODY_NONE)
		return 0;
	if (t->head.framing == HTTP_BODY_COUNTED && t->head.length > body->max)
		return error_set(reterr, ERR_LIMIT, "the body is larger than %zu bytes", body->max);
	if (t->head.expect_continue &&
	    io_write(t->w->client, slice_str("HTTP/1.1 100 Continue\r\n\r\n"), deadline, reterr) < 0)
		return -1;
	for (;;) {
		enum http_progress p = HTTP_MORE;
		struct slice data;
		size_t used;
		long n;

		while (p == HTTP_MORE) {
			p = http_body_feed(&state, buf_slice(t->in), &used, &data, reterr);
			if (p == HTTP_ERROR)
				return -1;
			buf_add_slice(body, data);
			if (body->failed)
				return error_set(reterr, ERR_LIMIT, "the body is larger than %zu bytes", body->max);
			buf_consume(t->in, used);
			if (used == 0)
				break;
		}
		if (p == HTTP_DONE)
			return 0;
		n = io_read(t->w->client, t->in, deadline, reterr);
		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(reterr, ERR_SYNTAX, "the request ends in the middle of its body");
	}
}

/* --- the decision, in words -------------------------------------------------------------- */
static enum after refuse_decision(struct turn *t)
{
	const struct decision *d = &t->decision;
	enum verb verb = operation_verbs(t->request.route->operation)[0];
	const char *command = verb != VERB_NONE ? verb_name(verb) : operation_name(t->request.route->operation);
	char text[MESSAGE_MAX / 2], more[MESSAGE_MAX / 2] = "", asked[400] = "";
	const char *effect = "";

	if (d->missing == MISSING_FLAG || d->missing == MISSING_FORCE) {
		const struct fact *f = &t->request.facts.list[d->fact];

		(void)flag_value_rank(f->flag, f->value, &effect);
		if (f->top != 0)
			effect = "it is the host's own, or another user's: only a rule that names it allows it";
		(void)snprintf(asked, sizeof(asked), "%s%s%s", flag_name(f->flag), *f->value != '\0' ? "=" : "",
			       f->value);
	}
	switch (d->missing) {
	case MISSING_VERB:
		(void)snprintf(text, sizeof(text), "safedocker: denied: %s", command);
		break;
	case MISSING_FLAG:
		(void)snprintf(text, sizeof(text), t->request.facts.list[d->fact].again ?
			       "safedocker: denied: %2$s: the container was made with %1$s: %3$s" :
			       "safedocker: denied: %1$s (%2$s): %3$s", asked, command, effect);
		break;
	case MISSING_FORCE:
		(void)snprintf(text, sizeof(text), "safedocker: denied: %s (%s): the rule sets it otherwise",
			       asked, command);
		break;
	case MISSING_ROOT:
		(void)snprintf(text, sizeof(text), "safedocker: denied: %s: the container is %s, and the rule says "
			       "root = %s", command, kind_name(t->request.facts.kind), root_name(d->root));
		break;
	case MISSING_IMAGE:
		(void)snprintf(text, sizeof(text), "safedocker: denied: image %s (%s)",
			       t->request.facts.image != NULL ? t->request.facts.image : "?", command);
		break;
	case MISSING_STRONG:
	case MISSING_REASON:
	case MISSING_TIME:
		(void)snprintf(text, sizeof(text), "safedocker: denied: %s: the strong rule %s cannot be used%s", command,
			       t->w->subject->as, d->missing == MISSING_REASON ? " with this reason" :
			       d->missing == MISSING_TIME ? " at this time" : "");
		break;
	case MISSING_RULE:
	case MISSING_NONE:
	default:
		(void)snprintf(text, sizeof(text), "safedocker: denied: %s: no rule of the policy is for %s",
			       command, t->w->subject->name);
		break;
	}
	if (d->expired)
		(void)snprintf(more, sizeof(more), "\n  rule: %s at %s:%u has expired", d->rule, d->file, d->line);
	else if (d->rule != NULL)
		(void)snprintf(more, sizeof(more), "\n  rule: %s at %s:%u does not allow it%s%s", d->rule, d->file,
			       d->line, d->allowed != NULL ? "\n  allow: " : "", d->allowed != NULL ? d->allowed : "");
	t->entry.deny = deny_of(d, &t->request.facts);
	return refuse(t, 403, text, more);
}

/* --- forwarding --------------------------------------------------------------------------- */
static bool is_raw(const struct turn *t, const struct http_head *head)
{
	if (t->request.route->reply != REPLY_HIJACK || t->request.detach)
		return false;
	return head->status == 101 || (head->status == 200 && head->framing == HTTP_BODY_UNTIL_CLOSE);
}

/* A conflict tells the id of the container that has the name: whose it is, nobody knows here. */
static enum after pass_conflict(struct turn *t, const struct http_head *head)
{
	struct buf body = buf_new(64 * 1024);
	struct error why = { 0 };
	enum after after;

	if (engine_body(t, head, io_now() + LOOKUP_PATIENCE, &body, &why) < 0 || buf_cstr(&body) == NULL) {
		after = answer(t, 502, why.text, true);
	} else {
		char *message = answer_without_ids(buf_slice(&body));

		after = message != NULL ? answer(t, head->status, message, t->close) :
			answer(t, 502, "safedocker: the engine's answer cannot be read", true);
		free(message);
	}
	buf_free(&body);
	return after;
}

/*
 * What was made: a container's volumes are given to its user before the client hears of it, and a
 * volume that was there before, somebody else's, is not shown.
 */
static enum after pass_made(struct turn *t, const struct http_head *head)
{
	struct buf body = buf_new(INSPECT_MAX), out = buf_new(INSPECT_MAX + HTTP_HEAD_MAX);
	struct error why = { 0 };
	bool is_volume = t->request.route->operation == OPERATION_VOLUME_CREATE;
	struct resource volume = { .owned = false };
	char id[OBJECT_ID_LEN + 1];
	enum after after = AFTER_CLOSE;
	int r = engine_body(t, head, io_now() + LOOKUP_PATIENCE, &body, &why);

	if (r == 0)
		r = is_volume ? inspect_volume(buf_slice(&body), &t->w->config->adopted, &volume, &why) :
			inspect_created(buf_slice(&body), id, &why);
	if (r < 0) {
		after = answer(t, 502, why.text, true);
	} else if (is_volume && (!volume.owned || volume.owner != t->w->subject->uid)) {
		after = answer(t, 409, "safedocker: a volume of that name is there already and is not yours: take "
			       "another name", t->close);
	} else {
		/* Root inside needs nothing given to it. */
		if (!is_volume && t->request.kind == CONTAINER_PINNED)
			give_volumes(t, id);
		if (!is_volume)
			news_made(t, id);
		answer_json(&out, head->status, buf_slice(&body), t->close);
		if (io_write(t->w->client, buf_slice(&out), io_now() + WRITE_PATIENCE, NULL) == 0 && !t->close)
			after = AFTER_KEEP;
	}
	buf_free(&body);
	buf_free(&out);
	return after;
}

static bool is_made(const struct turn *t, const struct http_head *head)
{
	enum operation operation = t->request.route->operation;

	return head->status == 201 && head->framing != HTTP_BODY_UNTIL_CLOSE &&
		(operation == OPERATION_CONTAINER_CREATE || operation == OPERATION_VOLUME_CREATE);
}

static bool is_recorded(const struct turn *t)
{
	return operation_kind(t->request.route->operation) != KIND_READ ||
		policy_log_reads(t->w->config->policy);
}

static struct view view_of(const struct turn *t)
{
	return (struct view){
		.request = &t->request, .subject = t->w->subject, .adopted = &t->w->config->adopted,
		.everybody = t->decision.scope_all, .shown = t->shown, .asked = t->asked,
	};
}

/* A terminal, or what a process without one says: what a strong rule with `record` is about. */
static bool is_taped(const struct turn *t)
{
	enum operation operation = t->request.route->operation;

	return t->decision.strong != NULL && t->decision.strong->record && t->w->explain == NULL &&
		(operation == OPERATION_CONTAINER_ATTACH || (operation == OPERATION_EXEC_START && !t->request.detach));
}

/* Where there is no terminal, the engine sends frames; an exec goes by how it is started. */
static bool has_frames(const struct turn *t)
{
	return t->request.route->operation == OPERATION_EXEC_START ?
		!json_is_true(json_object_get(t->request.body, "Tty")) : !t->container.tty;
}

/* What was recorded goes on to the client; then, in its own terms, why nothing more does. */
static void say_why(const struct turn *t, const struct tap *tap)
{
	struct buf out = buf_new(256 * 1024);
	char text[MESSAGE_MAX];

	(void)snprintf(text, sizeof(text) - 2, "\r\nsafedocker: the stream ends here: %s", tap->error.text);
	make_plain(text + 2, false);
	(void)strcat(text, "\r\n");
	buf_add_slice(&out, buf_slice(t->out));
	if (!tap->framed)
		buf_add_str(&out, text);
	else if (!frames_say(&tap->frames, slice_str(text), &out))
		buf_reset(&out);
	(void)io_write(t->w->client, buf_slice(&out), io_now() + WRITE_PATIENCE, NULL);
	buf_free(&out);
}

static void stream(struct turn *t)
{
	struct tap tap;

	news_streams(t);
	if (!is_taped(t)) {
		relay_raw(t->w->engine, t->w->client, t->in, t->out, t->decision.until, NULL);
		return;
	}
	tap = tap_new(t->w->recording, t->decision.strong, has_frames(t));
	relay_raw(t->w->engine, t->w->client, t->in, t->out, t->decision.until, &tap);
	tap_end(&tap);
	if (tap.error.code == ERR_NONE)
		return;
	say_why(t, &tap);
	(void)snprintf(t->ended, sizeof(t->ended), "%s", tap.error.text);
	t->entry.ended = t->ended;
}

/* The answer to the client. *ret_status is the engine's, 0 where none came. */
static enum after pass_answer(struct turn *t, int *ret_status)
{
	time_t until = t->decision.until;
	struct buf head_bytes = buf_new(HTTP_HEAD_MAX * 2);
	struct error why = { 0 };
	struct http_head head;
	enum http_framing framing;
	struct view view = view_of(t);
	struct sieve sieve;
	bool raw, until_close, sieved;
	size_t used;
	int r;

	*ret_status = 0;
	if (engine_head(t, t->head.method, IO_FOREVER, until, &head, &used, &why) < 0)
		return why.code == ERR_CLOSED ? AFTER_CLOSE :
			answer(t, why.code == ERR_TIMEOUT ? 504 : 502, why.text, true);
	*ret_status = head.status;
	raw = is_raw(t, &head);
	until_close = head.framing == HTTP_BODY_UNTIL_CLOSE;
	if (head.status == 101 && !raw)
		return answer(t, 502, "safedocker: the engine upgrades what nobody asked to be upgraded", true);
	if (head.status == 409 && head.framing != HTTP_BODY_UNTIL_CLOSE) {
		buf_free(&head_bytes);
		buf_consume(t->out, used);
		return pass_conflict(t, &head);
	}
	if (is_made(t, &head)) {
		buf_free(&head_bytes);
		buf_consume(t->out, used);
		return pass_made(t, &head);
	}
	sieved = !raw && view_sieve(&view, &head, &sieve);
	framing = head.framing;
	head.framing = relay_framing(&head, sieved ? &sieve : NULL);
	answer_head(&head_bytes, &head, t->close || (until_close && !raw) || head.close);
	head.framing = framing;
	/* The slices of `head` end here. */
	buf_consume(t->out, used);
	if (raw) {
		r = head_bytes.failed ? -1 :
			io_write(t->w->client, buf_slice(&head_bytes), io_now() + WRITE_PATIENCE, &why);
		/* A stream may live for weeks: that it began is an outcome, its end a record of its own. */
		if (is_recorded(t))
			audit_outcome(t->w->audit, &t->entry, *ret_status);
		t->switched = true;
		if (r == 0)
			stream(t);
	} else {
		r = relay_body(t->w->engine, t->w->client, &head, &head_bytes, t->out, sieved ? &sieve : NULL, until,
			       &why);
	}
	if (sieved)
		sieve_free(&sieve);
	buf_free(&head_bytes);
	/* Nothing has been said to the client yet: it is told why. */
	if (r > 0)
		return answer(t, 502, why.text, true);
	return r < 0 || raw || t->close || until_close || head.close ? AFTER_CLOSE : AFTER_KEEP;
}

/* Policy and record as they were when this worker was made? */
static bool is_replaced(const struct worker *w)
{
	return config_changed(w->config) || audit_replaced(w->audit);
}

/* And the caller still who they were? */
static bool is_stale(const struct worker *w)
{
	return is_replaced(w) || config_names_changed(w->config) || io_now() >= w->identity_until;
}

/*
 * The password counts for as long as the rule remembers it. What a command that has begun needs
 * to come to its end is let through: looking, and ending what it made.
 */
static bool is_proved(const struct turn *t)
{
	enum operation operation = t->request.route->operation;
	const struct strong *strong = t->decision.strong;

	if (strong == NULL || strong->password == PASSWORD_NO || t->w->subject->uid == 0)
		return true;
	/* A policy that is newer than the question may ask for what was not asked. */
	if (t->w->proved_until == 0)
		return false;
	return io_now() < t->w->proved_until || operation_kind(operation) == KIND_READ ||
		operation == OPERATION_CONTAINER_KILL || operation == OPERATION_CONTAINER_STOP ||
		operation == OPERATION_CONTAINER_REMOVE;
}

/*
 * The caller may have sent the body slowly, or stopped us for days since the
 * decision. After the intent, so that nothing but the write itself follows.
 */
static bool is_still_so(const struct turn *t)
{
	if (io_is_over(t->decision.until) || !is_proved(t))
		return false;
	if (io_now() >= t->began + RECENT)
		return !is_stale(t->w);
	/*
	 * Who the caller is was looked at as the request began: that somebody is given an account meanwhile, or that
	 * the age at which it is asked anew is just reached, refuses nobody. And reads come by the hundred: theirs is
	 * as fresh as the time that they took.
	 */
	return !is_recorded(t) || !is_replaced(t->w);
}

static int upload(struct turn *t, const struct buf *head, struct error *reterr)
{
	if (t->head.expect_continue &&
	    io_write(t->w->client, slice_str("HTTP/1.1 100 Continue\r\n\r\n"), io_now() + WRITE_PATIENCE, reterr) < 0)
		return -1;
	return relay_upload(t->w->client, t->w->engine, &t->head, head, t->in, t->decision.until, reterr);
}

/* In place of the engine: behind the intent, as everything that is allowed. */
static enum after pretend(struct turn *t)
{
	struct buf out = buf_new(REQUEST_BODY_MAX * 2);
	struct error why = { 0 };
	enum after after = AFTER_CLOSE;
	bool raw;

	if (request_streams(&t->request))
		t->close = true;
	if (is_recorded(t))
		audit_outcome(t->w->audit, &t->entry, 0);
	if (explain_answer(t, &out, &raw, &why) < 0)
		after = answer(t, answer_status(why.code), why.text, true);
	else if (io_write(t->w->client, buf_slice(&out), io_now() + WRITE_PATIENCE, NULL) == 0 && !t->close && !raw)
		after = AFTER_KEEP;
	buf_free(&out);
	return after;
}

/* One line on the caller's terminal, before it is done: its rank, and what it can do to the host. */
static void announce(const struct turn *t)
{
	const struct facts *facts = &t->request.facts;
	enum rank strongest = verb_rank(t->entry.verb);
	enum operation operation = t->request.route->operation;
	const char *effect = verb_meaning(t->entry.verb), *value = "";
	char line[MESSAGE_MAX / 2], what[300] = "", more[40] = "";
	size_t n = 0;

	if (t->w->tty < 0 || t->decision.strong == NULL || operation_kind(operation) == KIND_READ)
		return;
	if (rank_is_strong(strongest))
		(void)snprintf(what, sizeof(what), "%s", verb_name(t->entry.verb));
	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->list[i];

		n += rank_is_strong(f->rank) != 0;
		if (!rank_is_strong(f->rank) || f->rank >= strongest)
			continue;
		strongest = f->rank;
		(void)flag_value_rank(f->flag, f->value, &effect);
		value = f->value;
		(void)snprintf(what, sizeof(what), "%s%s%s", flag_name(f->flag), *value != '\0' ? "=" : "", value);
	}
	if (*what == '\0' && t->decision.root == ROOT_OPEN &&
	    (operation == OPERATION_CONTAINER_CREATE || operation == OPERATION_EXEC_CREATE)) {
		strongest = RANK_A;
		(void)snprintf(what, sizeof(what), "root = open");
		effect = "root in the container is root";
	}
	if (*what == '\0')
		return;
	if (n > 1)
		(void)snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	(void)snprintf(line, sizeof(line) - 2, "safedocker: rank %s: %s%s: %s on %s", rank_name(strongest), what, more,
		       effect, t->w->subject->host);
	make_plain(line, false);
	(void)strcat(line, "\r\n");
	/* A terminal that takes nothing is not waited for. */
	if (write(t->w->tty, line, strlen(line)) < 0)
		return;
}

/* Another size of a terminal that is recorded. */
static void note_size(const struct turn *t)
{
	enum operation operation = t->request.route->operation;
	unsigned long long columns, rows;

	if (t->w->recording == NULL || t->decision.strong == NULL ||
	    (operation != OPERATION_CONTAINER_RESIZE && operation != OPERATION_EXEC_RESIZE))
		return;
	if (slice_to_u64(slice_str(query_text(&t->request.query, "w")), 10000, &columns) == 0 &&
	    slice_to_u64(slice_str(query_text(&t->request.query, "h")), 10000, &rows) == 0)
		recording_resize(t->w->recording, t->decision.strong->record_max, (unsigned)columns, (unsigned)rows);
}

static enum after forward(struct turn *t)
{
	struct buf bytes = buf_new(REQUEST_BODY_MAX * 8);
	const char *id = t->entry.object_id;
	struct error why = { 0 };
	struct view view = view_of(t);
	enum after after;
	int status;

	/* An exec keeps its own id in the path; the container's is what was judged. */
	if (t->request.route->object == OBJECT_EXEC)
		id = t->request.object;
	if (request_apply(&t->request, &t->decision, t->w->subject, &why) < 0 ||
	    request_render(&t->request, id, t->w->subject, view_asks_all(&view), &bytes, &why) < 0) {
		buf_free(&bytes);
		return refuse_error(t, &why);
	}
	/* A policy that is newer than the command may want a recording that was not begun. */
	if (is_taped(t) && t->w->recording == NULL) {
		buf_free(&bytes);
		return refuse(t, 403, "safedocker: denied: the policy wants a recording now; give the command again", "");
	}
	if (is_recorded(t) && audit_intent(t->w->audit, &t->entry, &why) < 0) {
		buf_free(&bytes);
		after = answer(t, 500, why.text, true);
		news_refused(t);
		return after;
	}
	if (!is_still_so(t)) {
		buf_free(&bytes);
		t->close = true;
		return refuse(t, 503, "safedocker: the policy or the record has changed; try again", "");
	}
	if (t->w->explain != NULL)
		explain_report(t, 0, NULL);
	if (explain_answers(t)) {
		buf_free(&bytes);
		return pretend(t);
	}
	announce(t);
	note_size(t);
	if (private_make(t, &why) < 0 || resolve_volumes(t, &why) < 0) {
		buf_free(&bytes);
		audit_outcome(t->w->audit, &t->entry, answer_status(why.code));
		return answer(t, answer_status(why.code), why.text, why.code != ERR_SYNTAX);
	}
	status = request_streams(&t->request) ? upload(t, &bytes, &why) :
		io_write(t->w->engine, buf_slice(&bytes), io_now() + WRITE_PATIENCE, &why);
	buf_free(&bytes);
	after = status < 0 ? answer(t, 502, why.text, true) : pass_answer(t, &status);
	if (is_recorded(t) && t->switched)
		audit_end(t->w->audit, &t->entry, status);
	else if (is_recorded(t))
		audit_outcome(t->w->audit, &t->entry, status < 0 ? 0 : status);
	return after;
}

void decide(struct turn *t)
{
	const struct moment now = io_moment(t->w->boot);

	t->decision = policy_decide(t->w->config->policy, t->w->subject, t->request.route->operation,
				    &t->request.facts, &now);
	io_end_by_uptime(t->decision.uptime);
	t->entry.decision = &t->decision;
}

static int check_archive(struct turn *t, struct error *reterr)
{
	struct buf first = buf_new(TAR_BLOCK);
	bool whole = false;
	int r = peek_body(t->w->client, &t->head, t->in, &first, &whole, reterr);

	if (r == 0)
		r = tar_check_plain(buf_slice(&first), reterr);
	buf_free(&first);
	return r;
}

/* --- one request ---------------------------------------------------------------------------- */
static enum after judge(struct turn *t, struct error *reterr)
{
	struct buf body = buf_new(REQUEST_BODY_MAX);
	bool stream = request_streams(&t->request);
	int r = stream ? 0 : read_body(t, &body, reterr);

	/* Where the next request would begin is not known. */
	if (r < 0 || stream)
		t->close = true;
	if (r == 0)
		r = request_judge(&t->request, buf_slice(&body), t->w->subject, reterr);
	buf_free(&body);
	/* What is made has its name in the body. */
	if (r == 0 && t->entry.object == NULL && t->request.body != NULL)
		t->entry.object = json_string_value(json_object_get(t->request.body, "Name"));
	if (r < 0)
		return refuse_error(t, reterr);
	if (t->w->engine >= 0 && resolve_references(t, reterr) < 0) {
		t->close = true;
		return refuse_error(t, reterr);
	}
	decide(t);
	if (t->decision.verdict != VERDICT_ALLOW)
		return refuse_decision(t);
	if (!is_proved(t))
		return refuse(t, 403, "safedocker: denied: the password that was given has expired for new requests; give "
			      "the command again", "");
	if (t->w->engine < 0)
		return answer(t, 503, t->w->engine_error->text, true);
	if (resolve(t, reterr) < 0) {
		if (t->decision.verdict != VERDICT_ALLOW)
			return refuse_decision(t);
		t->close = t->close || (reterr->code != ERR_NOT_FOUND && reterr->code != ERR_DENIED &&
					reterr->code != ERR_SYNTAX);
		return refuse_error(t, reterr);
	}
	/* Whoever is refused for another reason is not kept waiting for it. */
	if (request_wants_plain_tar(&t->request) && check_archive(t, reterr) < 0)
		return refuse_error(t, reterr);
	return forward(t);
}

static enum after take(struct turn *t, size_t used)
{
	struct error why = { 0 };
	int r;

	if (t->w->config->policy == NULL) {
		t->close = true;
		(void)answer(t, 500, t->w->config->error.text, true);
		news_refused(t);
		return AFTER_CLOSE;
	}
	t->close = t->head.close;
	r = request_parse(&t->head, &t->request, &why);
	/* The slices of t->head end with these bytes. */
	buf_consume(t->in, used);
	if (t->request.route != NULL) {
		t->entry.operation = t->request.route->operation;
		t->entry.verb = operation_verbs(t->entry.operation)[0];
		t->entry.object = t->request.object;
		t->entry.facts = &t->request.facts;
	}
	if (r < 0) {
		/* A body that nobody read would be taken for the next request. */
		t->close = t->close || t->head.framing != HTTP_BODY_NONE;
		return refuse_error(t, &why);
	}
	return judge(t, &why);
}

static enum after serve_one(const struct worker *w, struct engine_info *info, struct buf *in, struct buf *out,
			    bool *ret_stale)
{
	struct turn t = { .w = w, .info = info, .in = in, .out = out, .entry = { .subject = w->subject } };
	enum after after = AFTER_CLOSE;
	bool pipelined = in->len > 0, stale;
	size_t used;

	*ret_stale = false;
	/* Between two requests a client may rest for days; the engine's end ends us too. */
	if (!pipelined && io_wait(w->client, w->engine, IO_FOREVER) < 0)
		return AFTER_CLOSE;
	t.began = io_now();
	stale = is_stale(w);
	if (stale && !pipelined) {
		*ret_stale = true;
		return AFTER_CLOSE;
	}
	if (read_head(&t, &used) > 0) {
		if (stale)
			after = answer(&t, 503, "safedocker: the policy or the record has changed; try again", true);
		else
			after = take(&t, used);
	}
	if (after == AFTER_CLOSE && t.head.framing != HTTP_BODY_NONE &&
	    (t.request.route == NULL || t.request.route->reply != REPLY_HIJACK))
		io_linger(w->client);
	request_free(&t.request);
	facts_free(&t.mounted);
	facts_free(&t.again);
	references_free(&t.borrowed);
	json_decref(t.volumes);
	json_decref(t.asked);
	json_decref(t.shown);
	json_decref(t.image);
	return after;
}

static int to_shut[2];

static void on_sigterm(int number)
{
	(void)number;
	(void)shutdown(to_shut[0], SHUT_RDWR);
	(void)shutdown(to_shut[1], SHUT_RDWR);
}

void worker_end_on_sigterm(const struct worker *worker)
{
	struct sigaction action = { .sa_handler = on_sigterm };

	to_shut[0] = worker->client;
	to_shut[1] = worker->engine;
	if (sigaction(SIGTERM, &action, NULL) < 0)
		bug("sigaction");
}

enum exit_status worker_serve(const struct worker *worker)
{
	struct buf in = buf_new(HTTP_HEAD_MAX + 64 * 1024), out = buf_new(HTTP_HEAD_MAX + 64 * 1024);
	struct engine_info info = { .known = false };
	bool stale = false;

	while (serve_one(worker, &info, &in, &out, &stale) == AFTER_KEEP)
		;
	buf_free(&in);
	buf_free(&out);
	return stale ? EXIT_STALE : EXIT_DONE;
}
