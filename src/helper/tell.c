/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/tell.h"

#include <stdio.h>

#include "docker/answer.h"
#include "helper/engine.h"
#include "helper/explain.h"
#include "helper/news.h"
#include "judge/judge.h"

void tell_plain(char *text, bool lines)
{
	for (; *text != '\0'; text++)
		if ((*text < ' ' || *text > '~') && !(lines && *text == '\n'))
			*text = '?';
}

bool tell_last(const struct worker *w, const struct client *c)
{
	return c->close || !engine_in_step(w->engine);
}

enum after tell(const struct worker *w, struct client *c, int status, const char *message)
{
	struct buf out = buf_new(TELL_MAX * 8);
	bool last = tell_last(w, c);
	char plain[TELL_MAX];
	int r;

	(void)snprintf(plain, sizeof(plain), "%s", message);
	tell_plain(plain, true);
	answer_error(&out, status, plain, c->head.method, last);
	r = client_say(c, buf_slice(&out), NULL);
	buf_free(&out);
	return r < 0 || last ? AFTER_CLOSE : AFTER_KEEP;
}

enum after tell_refused(const struct worker *w, struct client *c, const struct request *request,
			struct audit_entry *entry, int status, const char *said, const char *more)
{
	char message[TELL_MAX * 2], text[TELL_MAX];
	struct error why = { 0 };
	enum after after;
	int r;

	(void)snprintf(text, sizeof(text), "%s", said);
	tell_plain(text, false);
	if (entry->deny == DENY_NONE)
		entry->deny = DENY_CHANGED;
	explain_report(w->explain, request, entry, status, text);
	r = audit_denied(w->audit, entry, status, said, &why);
	if (r < 0) {
		(void)snprintf(message, sizeof(message), "%s%s\n  not logged: %s", text, more,
			       why.text);
		/* A next connection opens the record anew. */
		c->close = true;
	} else if (r == AUDIT_COUNTED) {
		(void)snprintf(message, sizeof(message),
			       "%s%s\n  logged as one of many (%s): too many for a "
			       "record each; what you may do: safedocker rights",
			       text, more, deny_code(entry->deny));
	} else {
		(void)snprintf(message, sizeof(message),
			       "%s%s\n  logged as %s (%s); what you may do: safedocker rights",
			       text, more, entry->id, deny_code(entry->deny));
	}
	after = tell(w, c, status, message);
	news_refused(w, request);
	return after;
}

static enum deny deny_of_error(enum err code, bool route)
{
	switch (code) {
	case ERR_SYNTAX: return DENY_REQUEST;
	case ERR_LIMIT:
	case ERR_BUDGET: return DENY_LIMIT;
	case ERR_DENIED: return DENY_REFUSED;
	case ERR_PASSWORD: return DENY_PASSWORD;
	case ERR_NOT_FOUND: return route ? DENY_ABSENT : DENY_ROUTE;
	case ERR_CHANGED: return DENY_CHANGED;
	case ERR_CONFLICT: return DENY_REFUSED;
	case ERR_TIMEOUT:
	case ERR_ENGINE:
	case ERR_CLOSED: return DENY_PEER;
	case ERR_NONE:
	case ERR_SYSTEM: return DENY_SYSTEM;
	}
	return DENY_SYSTEM;
}

/* The engine removes a volume that is not there without a word, when it is told to by force. */
static bool is_removed_by_force(const struct request *request, const struct audit_entry *entry)
{
	if (!operation_has(request->route->operation, TRAIT_FORCED_AWAY) ||
	    entry->decision == NULL || entry->decision->verdict != VERDICT_ALLOW)
		return false;
	for (size_t i = 0; i < request->facts.n; i++)
		if (request->facts.list[i].flag == FLAG_FORCE)
			return true;
	return false;
}

static enum after tell_nothing(const struct worker *w, struct client *c)
{
	bool last = tell_last(w, c);
	int r = client_say(c,
			   slice_str(last ? "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" :
					    "HTTP/1.1 204 No Content\r\n\r\n"),
			   NULL);

	return r < 0 || last ? AFTER_CLOSE : AFTER_KEEP;
}

/* The engine's own words for what is not there: clients go by them. */
static enum after tell_missing(const struct worker *w, struct client *c,
			       const struct request *request, struct audit_entry *entry, int status,
			       const char *text)
{
	explain_report(w->explain, request, entry, status, text);
	if (audit_denied(w->audit, entry, status, text, NULL) < 0) {
		c->close = true;
		return tell(w, c, 500, "safedocker: the record cannot be written");
	}
	return is_removed_by_force(request, entry) ? tell_nothing(w, c) : tell(w, c, status, text);
}

enum after tell_error(const struct worker *w, struct client *c, const struct request *request,
		      struct audit_entry *entry, const struct error *why)
{
	bool route = request->route != NULL;
	int status = why->code == ERR_LIMIT && !route ? 431 : answer_status(why->code);
	char text[TELL_MAX];

	entry->deny = deny_of_error(why->code, route);
	/* A client that is slow gets 408; here it is the engine that is. */
	if (why->code == ERR_TIMEOUT && engine_why(w->engine)->code == ERR_TIMEOUT)
		status = 504;
	if (why->code == ERR_NOT_FOUND && route)
		return tell_missing(w, c, request, entry, status, why->text);
	(void)snprintf(text, sizeof(text), "safedocker: %s%s",
		       why->code == ERR_DENIED ? "denied: " : "", why->text);
	return tell_refused(w, c, request, entry, status, text, "");
}

enum after tell_denied(const struct worker *w, struct client *c, const struct request *request,
		       struct audit_entry *entry, const struct decision *d)
{
	char text[TELL_MAX / 2], more[TELL_MAX / 2];

	judge_words(request, w->subject, d, text, sizeof(text), more, sizeof(more));
	entry->deny = deny_of(d, &request->facts);
	return tell_refused(w, c, request, entry, 403, text, more);
}
