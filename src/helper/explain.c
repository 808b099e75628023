/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/explain.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "docker/answer.h"
#include "docker/kind.h"
#include "docker/pretend.h"
#include "helper/pass.h"
#include "setgid/die.h"

#define VALUE_SHOWN                                                                                \
	1000 /* bytes of a value: twelve times that, in JSON, would still fit a line by its half   \
	      */
#define REPORT STDOUT_FILENO

struct made {
	enum object_kind kind;
	char id[OBJECT_ID_LEN + 1];
	char name[256];
	char text[EXPLAIN_TEXT_MAX];
	atomic_bool whole;		/* written last */
};

struct explain {
	atomic_uint n;
	struct made list[EXPLAIN_MADE_MAX];
};

struct explain *explain_prepare(void)
{
	void *memory = mmap(NULL, sizeof(struct explain), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die(EXIT_FAILED, "out of memory");
	return memory;
}

/* --- what was decided ---------------------------------------------------------------- */
static void send_line(struct buf *line)
{
	buf_add_str(line, "}\n");
	/* A front end that does not listen harms itself alone. */
	if (!line->failed && line->len <= PIPE_BUF && write(REPORT, line->data, line->len) < 0)
		line->failed = true;
	buf_free(line);
}

/* As much of it as leaves the line short enough, however much escaping adds. */
static void add_text(struct buf *line, const char *key, const char *text)
{
	struct buf json = buf_new(PIPE_BUF);
	struct slice s = slice_str(text);

	if (text == NULL)
		return;
	if (s.n > VALUE_SHOWN)
		s.n = VALUE_SHOWN;
	do {
		buf_reset(&json);
		buf_add_json(&json, s);
		s.n /= 2;
	} while (json.failed || json.len > VALUE_SHOWN + 200);
	buf_addf(line, ",\"%s\":", key);
	buf_add_slice(line, buf_slice(&json));
	buf_free(&json);
}

/* All lines of one request have its number. */
static struct buf new_line(unsigned number)
{
	struct buf line = buf_new(PIPE_BUF);

	buf_addf(&line, "{\"request\":\"%d-%u\"", (int)getpid(), number);
	return line;
}

static void report_fact(unsigned number, const struct fact *f, enum container_kind kind)
{
	struct buf line = new_line(number);

	add_text(&line, "flag", flag_name(f->flag));
	add_text(&line, "value", f->value);
	buf_addf(&line, ",\"number\":%lld,\"rank\":\"%s\",\"kind\":\"%s\"", f->number, rank_name(f->rank),
		 kind_name(kind));
	send_line(&line);
}

static void report_decision(struct buf *line, const struct decision *d)
{
	if (d == NULL || d->rule == NULL)
		return;
	add_text(line, "rule", d->rule);
	add_text(line, "file", d->file);
	buf_addf(line, ",\"line\":%u", d->line);
}

void explain_report(struct explain *explain, const struct request *request,
		    const struct audit_entry *entry, int status, const char *message)
{
	static unsigned number;
	const struct facts *facts = &request->facts;
	const struct decision *d = entry->decision;
	char registry[300];
	struct buf line;

	if (explain == NULL)
		return;
	number++;
	for (size_t i = 0; i < facts->n; i++)
		report_fact(number, &facts->list[i], d != NULL ? d->makes : CONTAINER_UNKNOWN);
	line = new_line(number);
	buf_addf(&line, ",\"decision\":\"%s\",\"status\":%d", message == NULL ? "allow" : "deny",
		 status);
	if (request->route != NULL) {
		add_text(&line, "operation", operation_name(request->route->operation));
		if (operation_verbs(request->route->operation)[0] != VERB_NONE)
			add_text(&line, "verb",
				 verb_name(operation_verbs(request->route->operation)[0]));
	}
	add_text(&line, "object", entry->object);
	/* What would name a registry in `images`, where that is what is missing. */
	(void)snprintf(registry, sizeof(registry), "%s/**",
		       facts->registry != NULL ? facts->registry : "");
	add_text(&line, "image", facts->image == NULL && facts->registry != NULL && d != NULL &&
		 d->missing == MISSING_IMAGE ? registry : facts->image);
	report_decision(&line, d);
	if (message != NULL) {
		buf_addf(&line, ",\"missing\":%d,\"fact\":%zu", d != NULL ? (int)d->missing : 0,
			 d != NULL ? d->fact : 0);
		add_text(&line, "code", deny_code(entry->deny));
		add_text(&line, "message", message);
	}
	send_line(&line);
}

/* Every worker writes to what they share: a text ends where its place does. */
static bool is_text(struct slice name, const char *text, size_t size)
{
	return slice_eq(name, slice_of(text, strnlen(text, size)));
}

/* --- what is made up ----------------------------------------------------------------- */
static const struct made *find(const struct explain *x, enum object_kind kind, struct slice name)
{
	unsigned n = atomic_load(&x->n);

	for (unsigned i = 0; i < n && i < EXPLAIN_MADE_MAX; i++) {
		const struct made *m = &x->list[i];

		if (atomic_load(&m->whole) && m->kind == kind &&
		    (is_text(name, m->id, sizeof(m->id)) ||
		     is_text(name, m->name, sizeof(m->name))))
			return m;
	}
	return NULL;
}

int explain_look_up(const struct explain *explain, const char *path, struct buf *body)
{
	static const struct { const char *before; enum object_kind kind;
	} kinds[] = {
		{ "/containers/", OBJECT_CONTAINER },
		{ "/exec/", OBJECT_EXEC },
		{ "/networks/", OBJECT_NETWORK },
		{ "/volumes/", OBJECT_VOLUME },
	};

	for (size_t i = 0; explain != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct slice name = slice_str(path);
		const struct made *m;

		if (!slice_starts(name, kinds[i].before))
			continue;
		name = slice_after(name, strlen(kinds[i].before));
		name.n = slice_find(name, '/');
		m = find(explain, kinds[i].kind, name);
		if (m == NULL)
			return -1;
		buf_reset(body);
		buf_add_str(body, m->text);
		return 200;
	}
	return -1;
}

static const struct made *made_object(const struct explain *explain, const struct request *request)
{
	return request->object == NULL ?
		       NULL :
		       find(explain, request->route->object, slice_str(request->object));
}

static bool is_answered_here(const struct explain *explain, const struct plan *plan)
{
	return (pretend_needed(plan->request->route->operation) ||
				   made_object(explain, plan->request) != NULL);
}

static void make_id(char id[OBJECT_ID_LEN + 1])
{
	unsigned char bytes[OBJECT_ID_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		die(EXIT_FAILED, "no random numbers");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* What the request calls it; an exec is known by its container. */
static const char *name_of(const struct request *request, const struct audit_entry *entry,
			   const char *id)
{
	const char *name = json_string_value(json_object_get(request->body, "Name"));

	if (request->route->body == BODY_EXEC)
		return entry->object_id != NULL ? entry->object_id : id;
	for (size_t i = 0; name == NULL && i < request->facts.n; i++)
		if (request->facts.list[i].flag == FLAG_NAME)
			name = request->facts.list[i].value;
	return name != NULL ? name : id;
}

static int make(struct explain *x, const struct request *request, const char *name, const char *id,
		struct error *reterr)
{
	enum object_kind kind = pretend_makes(request->route->operation);
	unsigned slot = atomic_fetch_add(&x->n, 1);
	struct made *m = slot < EXPLAIN_MADE_MAX ? &x->list[slot] : NULL;
	char *text = pretend_inspect(request, id, name);
	int r = -1;

	if (m == NULL || text == NULL || strlen(text) >= sizeof(m->text) ||
	    strlen(name) >= sizeof(m->name)) {
		(void)error_set(reterr, ERR_LIMIT,
				"too much for one explanation: at most %d new objects, each of "
				"less than %d bytes",
				EXPLAIN_MADE_MAX, EXPLAIN_TEXT_MAX);
	} else {
		m->kind = kind;
		(void)strcpy(m->id, id);
		(void)strcpy(m->name, kind == OBJECT_EXEC ? id : name);
		(void)strcpy(m->text, text);
		atomic_store(&m->whole, true);
		r = 0;
	}
	free(text);
	return r;
}

/* What is asked for, with its labels and options, is what an engine would say of it. */
static int change(struct carrying *k, size_t i, struct slice bytes, struct answer *ret,
		  struct error *reterr)
{
	const char *body = bytes.n > 0 ? memmem(bytes.p, bytes.n, "\r\n\r\n", 4) : NULL;
	json_t *made = body != NULL ? json_loadb(body + 4, (size_t)(bytes.p + bytes.n - body - 4),
						 0, NULL) :
				      NULL;
	char id[OBJECT_ID_LEN + 1];
	char *text;

	(void)k;
	(void)i;
	make_id(id);
	if (json_object_set_new(made, "Id", json_string(id)) < 0 ||
	    json_object_set(made, "Options", json_object_get(made, "DriverOpts")) < 0)
		(void)json_object_del(made, "Options");
	text = json_dumps(made, JSON_COMPACT);
	json_decref(made);
	ret->status = 201;
	buf_add_str(&ret->body, text != NULL ? text : "");
	free(text);
	return ret->body.len > 0 ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
}

static int answer_for(struct explain *explain, const struct request *request,
		      const struct audit_entry *entry, bool close, struct buf *out, bool *ret_raw,
		      struct error *reterr)
{
	const struct made *m = made_object(explain, request);
	enum object_kind kind = pretend_makes(request->route->operation);
	char id[OBJECT_ID_LEN + 1] = "";

	*ret_raw = false;
	/* A plain look at what was made up. */
	if (m != NULL && !pretend_needed(request->route->operation)) {
		answer_json(out, 200, slice_str(m->text), close);
		return 0;
	}
	if (kind != OBJECT_NONE) {
		make_id(id);
		if (make(explain, request, name_of(request, entry, id), id, reterr) < 0)
			return -1;
	}
	pretend_answer(request, kind == OBJECT_VOLUME ? name_of(request, entry, id) : id, close,
		       out, ret_raw);
	return out->failed ? error_set(reterr, ERR_LIMIT, "the answer is too long") : 0;
}

static enum after forward(struct carrying *k, const struct buf *bytes, bool anew)
{
	const struct request *request = k->plan->request;
	struct explain *explain = k->w->explain;
	struct buf out = buf_new(REQUEST_BODY_MAX * 2);
	struct error why = { 0 };
	enum after after = AFTER_CLOSE;
	bool raw;

	explain_report(explain, request, k->entry, 0, NULL);
	if (!is_answered_here(explain, k->plan))
		return carry_forward(k, bytes, anew);
	if (request_streams(request))
		k->client->close = true;
	if (pass_is_recorded(k->w, k->entry->operation))
		audit_outcome(k->w->audit, k->entry, 0);
	if (answer_for(explain, request, k->entry, k->client->close, &out, &raw, &why) < 0) {
		k->client->close = true;
		after = tell(k->w, k->client, answer_status(why.code), why.text);
	} else if (client_say(k->client, buf_slice(&out), NULL) == 0 && !k->client->close && !raw) {
		after = AFTER_KEEP;
	}
	buf_free(&out);
	return after;
}

static const char *admit(const struct carrying *k, int *ret_status)
{
	(void)k;
	*ret_status = 0;
	return NULL;
}

/* Nobody waits, and nothing is begun; what there is already counts. */
static int take_turn(struct carrying *k, struct error *reterr)
{
	return plan_is_counted(k->plan) == 0 ? 0 :
		plan_count(k->plan, (const long[COUNTED]){ 0 }, reterr);
}

const struct way explain_way = {
	.admit = admit, .take_turn = take_turn, .change = change, .forward = forward,
};
