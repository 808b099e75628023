/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "docker/profile.h"
#include "docker/tar.h"
#include "wire/http.h"

static const gid_t groups[] = { 1001, 2000 };
static const char *const group_names[] = { "alice", "developers" };
const struct subject judge_alice = {
	.uid = 1001, .gid = 1001, .uid_min = 1000, .name = "alice", .home = "/home/alice", .host = "testhost",
	.groups = groups, .group_names = group_names, .n_groups = 2,
};

const struct moment judge_now = { .date = JUDGE_NOW, .uptime = 1000, .boot = "0a1b2c3d-1111-2222-3333-444455556666" };

static void refused(struct judged *j, int status, const char *reason)
{
	j->status = status;
	(void)snprintf(j->reason, sizeof(j->reason), "%s", reason);
}

static void refused_error(struct judged *j, const struct error *why)
{
	refused(j, answer_status(why->code), why->text);
}

static void deny_words(struct judged *j)
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

/* A name tells the kind, and an id by its last digit: closed, mapped, open; any other is of a pinned one. */
static enum container_kind kind_in(const char *name)
{
	static const struct { const char *part; enum container_kind kind; } parts[] = {
		{ "closed", CONTAINER_CLOSED }, { "mapped", CONTAINER_MAPPED }, { "open", CONTAINER_OPEN },
	};
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i].part) != NULL || (n == 64 && name[n - 1] == '1' + (char)i))
			return parts[i].kind;
	return CONTAINER_PINNED;
}

static void make_id(char *out, char digit, enum container_kind kind)
{
	memset(out, digit, 64);
	out[64] = '\0';
	if (kind != CONTAINER_PINNED)
		out[63] = (char)('1' + (kind - CONTAINER_CLOSED));
}

/* As the helper's look-ups would. -1: out of memory. */
static int look_up(struct reference *r)
{
	const char *name = r->kind == OBJECT_IMAGE ? strrchr(r->name, '/') + 1 : r->name;
	char id[65];

	make_id(id, 'd', kind_in(r->name));
	if (r->kind == OBJECT_PATH) {
		/* What lies in ~/own, alice could exchange. */
		r->root = strncmp(r->name, "/home/alice/own/", 16) == 0 ? strlen("/home/alice") : strlen(r->name);
		return 0;
	}
	/* The beginning of an id, as links have it, stands for the whole one. */
	r->owner = strncmp(name, "mine", 4) == 0 || strcmp(name, id) == 0 ||
		(strlen(name) == 12 && strncmp(name, id, 12) == 0) ? OWNER_CALLER :
		strncmp(name, "theirs", 6) == 0 ? OWNER_OTHER :
		strncmp(name, "roots", 5) == 0 ? OWNER_NOBODY : OWNER_MISSING;
	if (r->owner == OWNER_MISSING)
		return 0;
	r->plain = strstr(r->name, "host") == NULL;
	r->of = kind_in(r->name);
	r->id = strdup(r->kind == OBJECT_VOLUME ? r->name : id);
	/* An id, or its beginning, of the engine's own network for the host's. */
	r->called = strdup(strcmp(r->name, "roots0host") == 0 ? "host" : r->name);
	return r->id != NULL && r->called != NULL ? 0 : -1;
}

/* The whole body, where it is one that is judged, or its first block; -1: refused. */
static int take_body(struct judged *j, const struct http_head *head, struct slice bytes, struct buf *body)
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

static void check_plain(struct judged *j, struct slice body)
{
	struct error why = { 0 };

	if (body.n > TAR_BLOCK)
		body.n = TAR_BLOCK;
	if (j->status != 0 || !request_wants_plain_tar(&j->request) ||
	    tar_check_plain(body, &why) == 0)
		return;
	buf_reset(&j->forwarded);
	refused_error(j, &why);
}

static bool keeps_name(const struct judged *j, const struct policy *policy)
{
	const struct references *all = &j->request.references;
	char repository[300];

	for (size_t i = 0; i < all->n; i++)
		if (reference_repository(&all->list[i], repository, sizeof(repository)) &&
		    policy_keeps_image(policy, repository) != NULL)
			return true;
	return false;
}

static void decide(struct judged *j, const struct policy *policy, const struct subject *subject)
{
	char id[65];
	struct request *r = &j->request;
	enum object_kind object = r->route->object;
	bool named = object == OBJECT_CONTAINER || object == OBJECT_NETWORK || object == OBJECT_SERVICE ||
		object == OBJECT_TASK || object == OBJECT_SECRET || object == OBJECT_CONFIG;
	struct error why = { 0 };

	/* The one in the path is the caller's, and of the kind that its name says. */
	r->owner = judge_alice.uid;
	r->kind = kind_in(r->object != NULL ? r->object : "");
	make_id(id, 'c', r->kind);
	r->remapped = policy_engine_socket(policy) != NULL && strstr(policy_engine_socket(policy), "remapped") != NULL;
	if (r->route->object == OBJECT_CONTAINER && operation_enters(r->route->operation))
		r->facts.kind = r->kind;
	/* An image is of some user's making when its name ends in -made, of the caller's when in -own. */
	if (r->facts.image != NULL) {
		size_t n = strlen(r->facts.image);

		r->facts.image_own = n > 4 && strcmp(r->facts.image + n - 4, "-own") == 0;
		r->facts.image_made = r->facts.image_own || (n > 5 && strcmp(r->facts.image + n - 5, "-made") == 0);
	}
	for (size_t i = 0; i < r->references.n; i++)
		if (look_up(&r->references.list[i]) < 0) {
			refused(j, 500, "out of memory");
			return;
		}
	if (references_facts(&r->references, &r->facts) < 0) {
		refused(j, 500, "out of memory");
		return;
	}
	j->decision = policy_decide(policy, subject, r->route->operation, &r->facts, &judge_now);
	if (j->decision.verdict != VERDICT_ALLOW)
		deny_words(j);
	else if (keeps_name(j, policy))
		refused(j, 403, "a rule keeps this image's name");
	else if (references_check(&r->references, j->decision.scope_all, &why) < 0 ||
		 request_apply(r, &j->decision, subject, &why) < 0 ||
		 request_render(r, named ? id : NULL, subject, j->decision.scope_all, &j->forwarded,
				&why) < 0)
		refused_error(j, &why);
}

void judge_bytes_for(const struct policy *policy, const struct subject *subject, struct slice bytes,
		     struct judged *ret)
{
	struct buf body = buf_new(REQUEST_BODY_MAX);
	struct error why = { 0 };
	struct http_head head;
	enum http_progress p;

	*ret = (struct judged){ .forwarded = buf_new(JUDGE_FORWARDED_MAX) };
	p = http_request_parse(bytes, &head, &ret->used, &why);
	if (p != HTTP_DONE)
		refused(ret, answer_status(why.code), p == HTTP_MORE ? "incomplete" : why.text);
	else if (request_parse(&head, &ret->request, &why) < 0)
		refused_error(ret, &why);
	else if (take_body(ret, &head, slice_after(bytes, ret->used), &body) == 0) {
		if (request_judge(&ret->request, buf_slice(&body), subject, &why) < 0)
			refused_error(ret, &why);
		else
			decide(ret, policy, subject);
		check_plain(ret, buf_slice(&body));
	}
	buf_free(&body);
}

void judge_bytes(const struct policy *policy, struct slice bytes, struct judged *ret)
{
	judge_bytes_for(policy, &judge_alice, bytes, ret);
}

void judge_free(struct judged *judged)
{
	request_free(&judged->request);
	buf_free(&judged->forwarded);
}

char *judge_profile(void)
{
	char *text = profile_text(judge_alice.uid_min), *result;
	struct buf escaped = buf_new(256 * 1024);

	buf_add_json(&escaped, slice_str(text));
	result = escaped.len > 2 ? slice_dup(slice_of(escaped.data + 1, escaped.len - 2)) : NULL;
	free(text);
	buf_free(&escaped);
	return result;
}

static void add_body(struct slice body, struct buf *out)
{
	static const char word[] = "@PROFILE";
	const char *at = body.n > 0 ? memmem(body.p, body.n, word, strlen(word)) : NULL;
	char *profile = at != NULL ? judge_profile() : NULL;

	if (profile != NULL) {
		buf_add(out, body.p, (size_t)(at - body.p));
		buf_add_str(out, profile);
		body = slice_after(body, (size_t)(at - body.p) + strlen(word));
	}
	buf_add_slice(out, body);
	free(profile);
}

int judge_notation(struct slice text, struct buf *out)
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
	add_body(body, out);
	return 0;
}
