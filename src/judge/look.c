/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look-ups of what a request names: in its path, its query and its body. Which of them are made
 * depends on the request and on what the engine answers, never on a rule: so a refusal tells
 * nothing about what is there. What is somebody else's ends the looking: only who has a rule with
 * scope = all at all gets more of it looked at.
 */
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "docker/kind.h"
#include "docker/mapped.h"
#include "docker/member.h"

/* An id that no container has. */
#define NO_ID "0000000000000000000000000000000000000000000000000000000000000000"

void found_free(struct found *found)
{
	facts_free(&found->mounted);
	facts_free(&found->again);
	references_free(&found->borrowed);
	json_decref(found->volumes);
	json_decref(found->labels);
	json_decref(found->asked);
	json_decref(found->shown);
	json_decref(found->image);
	*found = (struct found){ .there = false };
}

/* --- asking -------------------------------------------------------------------------- */
static int unexpected(int status, struct error *reterr)
{
	return error_set(reterr, ERR_ENGINE, "unexpected status %d from the engine for a look-up",
			 status);
}

static int look(const struct judge *j, const struct request *request, const char *path,
		const char *field, struct answer *ret, struct error *reterr)
{
	struct buf bytes = buf_new(4096);
	char text[400];
	int r;

	request_render_lookup(request, path, &bytes);
	r = bytes.failed ? error_set(reterr, ERR_LIMIT, "the name is too long") :
			   j->port->look(j->port->context, HTTP_GET, path, buf_slice(&bytes), field,
					 ret, reterr);
	/*
	 * The engine does not know this version: that is the answer to the client, in the engine's
	 * words.
	 */
	if (r == 0 && ret->status == 400 &&
	    answer_message(buf_slice(&ret->body), "client version ", text, sizeof(text)))
		r = error_set(reterr, ERR_SYNTAX, "%s", text);
	buf_free(&bytes);
	return r;
}

int look_at(const struct judge *j, const struct request *request, const char *path,
	    struct buf *body, struct error *reterr)
{
	struct answer answer = { .body = *body };
	int r = look(j, request, path, NULL, &answer, reterr);

	*body = answer.body;
	return r < 0 ? -1 : answer.status;
}

int look_at_engine(const struct judge *j, const struct request *request, struct error *reterr)
{
	struct answer answer = { .body = buf_new(INSPECT_MAX) };
	struct engine_info info = { .known = true };
	int r = 0;

	if (j->info->known)
		return 0;
	r = look(j, request, "/info", "Api-Version", &answer, reterr);
	/* What it is decides what a container there is: without that, nothing is made. */
	if (r == 0 && answer.status != 200)
		r = unexpected(answer.status, reterr);
	if (r == 0 && (inspect_info(buf_slice(&answer.body), info.data_root, sizeof(info.data_root)) < 0 ||
		       runtime_info_read(buf_slice(&answer.body), &info.runtime, &info.why_not) < 0))
		r = error_set(reterr, ERR_ENGINE,
			      "the engine's answer has no usable information about it");
	info.minor = inspect_version(slice_str(answer.field));
	if (r == 0)
		*j->info = info;
	buf_free(&answer.body);
	return r;
}

/* --- containers ---------------------------------------------------------------------- */
/* Whatever a mapped container mounts its label says; what has none was not made by us, whatever it looks like. */
static int take_asked(struct found *found, struct container *c, struct error *reterr)
{
	json_decref(found->asked);
	found->asked = c->kind == CONTAINER_MAPPED ? mapped_asked(found->labels) : NULL;
	if (c->kind != CONTAINER_MAPPED || found->asked != NULL)
		return 0;
	c->kind = CONTAINER_OPEN;
	return *text_of(found->labels, MAPPED_LABEL) == '\0' ? 0 :
		error_set(reterr, ERR_ENGINE, "the container's label of what was asked cannot be read");
}

static int take_mounts(struct found *found, struct slice body, struct container *c,
		       struct error *reterr)
{
	json_decref(found->labels);
	found->labels = inspect_labels(body);
	if (found->volumes == NULL)
		found->volumes = json_array();
	if (found->labels == NULL || found->volumes == NULL)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (take_asked(found, c, reterr) < 0)
		return -1;
	if (inspect_binds(body, found->asked, &found->mounted) < 0 ||
	    inspect_volumes(body, found->volumes) < 0)
		return error_set(reterr, ERR_ENGINE, "the engine's answer has no usable mounts");
	return 0;
}

/*
 * How somebody else's container was made matters under scope = all alone. Nobody else's request may
 * fail by it, ask the engine more for it, or have it in the record: so it is not even read.
 */
static bool is_looked_into(const struct judge *j, const struct container *c)
{
	return (c->owned && c->owner == j->subject->uid) ||
	       policy_sees_everybodys(j->policy, j->subject);
}

static int take_container(const struct judge *j, struct found *found, struct slice body,
			  bool entered, struct container *ret, struct error *reterr)
{
	if (inspect_container(body, j->adopted, ret, reterr) < 0)
		return -1;
	if (!is_looked_into(j, ret)) {
		struct container only = { .kind = CONTAINER_OPEN,
					  .owned = ret->owned,
					  .owner = ret->owner };

		memcpy(only.id, ret->id, sizeof(only.id));
		*ret = only;
		return 0;
	}
	if (take_mounts(found, body, ret, reterr) < 0)
		return -1;
	return entered ? inspect_again(body, j->subject, &found->again, &found->borrowed, reterr) :
			 0;
}

/*
 * A mapped container is one where the engine reads its cgroup parent as the runtime does. Where it is only
 * looked at, or ended, nothing is decided by its kind.
 */
static int check_driver(const struct judge *j, const struct request *request, bool entered,
			struct container *c, struct error *reterr)
{
	if (c->kind != CONTAINER_MAPPED || !entered)
		return 0;
	if (look_at_engine(j, request, reterr) < 0)
		return -1;
	if (j->info->runtime.driver != c->driver)
		c->kind = CONTAINER_OPEN;
	return 0;
}

int look_at_container(const struct judge *j, const struct request *request, struct found *found,
		      const char *name, bool entered, struct container *ret, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[320];
	int status;

	(void)snprintf(path, sizeof(path), "/containers/%s/json", name);
	status = look_at(j, request, path, &body, reterr);
	if (status == 200 && take_container(j, found, buf_slice(&body), entered, ret, reterr) < 0)
		status = -1;
	buf_free(&body);
	/* The beginning of more ids than one: nobody learns of which. */
	if (status == 400)
		status = 404;
	if (status >= 0 && status != 200 && status != 404)
		return unexpected(status, reterr);
	if (status == 200 && check_driver(j, request, entered, ret, reterr) < 0)
		return -1;
	return status;
}

static int look_at_exec(const struct judge *j, const struct request *request, struct found *found,
			struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[320];
	int status;

	(void)snprintf(path, sizeof(path), "/exec/%s/json", request->object);
	status = look_at(j, request, path, &body, reterr);
	if (status == 200)
		status = inspect_exec(buf_slice(&body), &found->exec, reterr) == 0 ?
				 look_at_container(j, request, found, found->exec.container,
						   operation_enters(request->route->operation),
						   &found->container, reterr) :
				 -1;
	else if (status == 404)
		/* As many steps as for an exec in somebody else's container. */
		status = look_at_container(j, request, found, NO_ID, false, &found->container,
					   reterr) < 0 ?
				 -1 :
				 404;
	else if (status >= 0)
		status = unexpected(status, reterr);
	buf_free(&body);
	return status;
}

/* --- everything else ----------------------------------------------------------------- */
int look_refused(int status, struct error *reterr)
{
	/* The beginning of more ids than one: nobody learns of which. */
	if (status == 404 || status == 400)
		return 0;
	/* Of a swarm that there is none of. */
	return status == 503 ? error_set(reterr, ERR_SYNTAX,
					 "This node is not a swarm manager. Use \"docker swarm "
					 "init\" or "
					 "\"docker swarm join\" to connect this node to swarm and "
					 "try again.") :
			       unexpected(status, reterr);
}

int look_at_resource(const struct judge *j, const struct request *request, enum object_kind kind,
		     const char *name, struct resource *ret, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[1200];
	int status;

	if (object_path(kind, name, path, sizeof(path)) < 0)
		return error_set(reterr, ERR_LIMIT, "the name is too long");
	status = look_at(j, request, path, &body, reterr);
	if (status == 200)
		status = inspect_resource(kind, buf_slice(&body), j->adopted, ret, reterr) == 0 ?
				 200 :
				 -1;
	else if (status >= 0)
		status = look_refused(status, reterr) == 0 ? 404 : -1;
	buf_free(&body);
	return status;
}

/* --- what the body names ------------------------------------------------------------- */
static int take_found(struct reference *r, const char *id, const char *called, bool owned,
		      uid_t owner, const struct subject *subject, struct error *reterr)
{
	r->owner = !owned ? OWNER_NOBODY : owner == subject->uid ? OWNER_CALLER : OWNER_OTHER;
	free(r->id);
	free(r->called);
	r->id = strdup(id);
	r->called = called != NULL ? strdup(called) : NULL;
	return r->id == NULL || (called != NULL && r->called == NULL) ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/* Whoever borrows from it, or keeps it, goes by what it was made with. */
static bool counts(const struct request *request, const struct facts *facts,
		   const struct reference *r)
{
	return reference_shares(r, facts) ||
	       (r->at != NULL && operation_enters(request->route->operation));
}

/* What the runtime mounted for a lender it mounts for the borrower: the engine knows a place-holder alone. */
static int take_lent(struct request *request, const struct found *found, const struct reference *r,
		     const struct facts *facts, const struct container *c, struct error *reterr)
{
	bool read_only = strcmp(r->behind, ":ro") == 0;

	if (facts != &request->facts || r->fact == REFERENCE_NONE || c->kind != CONTAINER_MAPPED ||
	    facts->list[r->fact].flag != FLAG_VOLUMES_FROM)
		return 0;
	if (request->lent == NULL)
		request->lent = json_array();
	return request->lent == NULL || mapped_lend(request->lent, found->labels, read_only) < 0 ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

static int look_at_reference(const struct judge *j, struct request *request, struct found *found,
			     const struct facts *facts, struct reference *r, struct error *reterr)
{
	struct container c = { .owned = false };
	struct resource o = { .owned = false };
	int status;

	if (r->kind == OBJECT_PATH)
		return 0;
	status = r->kind == OBJECT_CONTAINER ?
			 look_at_container(j, request, found, r->name, counts(request, facts, r),
					   &c, reterr) :
			 look_at_resource(j, request, r->kind, r->name, &o, reterr);
	if (status < 0)
		return -1;
	if (status == 404) {
		r->owner = OWNER_MISSING;
		return 0;
	}
	if (r->kind != OBJECT_CONTAINER) {
		r->plain = o.plain;
		r->of = o.of;
		return take_found(r, o.id, o.name, o.owned, o.owner, j->subject, reterr);
	}
	r->of = c.kind;
	if (take_lent(request, found, r, facts, &c, reterr) < 0)
		return -1;
	/* The one that a commit keeps stands in the query. */
	if (request->route->object == OBJECT_NONE && operation_enters(request->route->operation))
		found->container = c;
	return take_found(r, c.id, NULL, c.owned, c.owner, j->subject, reterr);
}

static int look_at_references(const struct judge *j, struct request *request, struct found *found,
			      struct error *reterr)
{
	struct references *all = &request->references;

	for (size_t i = 0; i < all->n; i++)
		if (look_at_reference(j, request, found, &request->facts, &all->list[i], reterr) <
		    0)
			return -1;
	return 0;
}

/*
 * What is borrowed from is followed to its end: containers borrow from older ones, so there is one.
 */
static int look_at_borrowed(const struct judge *j, struct request *request, struct found *found,
			    struct error *reterr)
{
	for (size_t i = 0; i < found->borrowed.n; i++)
		if (look_at_reference(j, request, found, &found->again, &found->borrowed.list[i],
				      reterr) < 0)
			return -1;
	return references_facts(&found->borrowed, &found->again) < 0 ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/* --- what the path names ------------------------------------------------------------- */
static int look_at_object(const struct judge *j, struct request *request, struct found *found,
			  struct error *reterr)
{
	enum object_kind kind = request->route->object;
	int status = 0;

	switch (kind) {
	case OBJECT_CONTAINER:
		status = look_at_container(j, request, found, request->object,
					   operation_enters(request->route->operation),
					   &found->container, reterr);
		break;
	case OBJECT_EXEC:
		status = look_at_exec(j, request, found, reterr);
		break;
	case OBJECT_NETWORK:
	case OBJECT_VOLUME:
	case OBJECT_IMAGE_OWN:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		status = look_at_resource(j, request, kind, request->object, &found->resource,
					  reterr);
		break;
	case OBJECT_NONE:
	case OBJECT_IMAGE:
	case OBJECT_PATH:
	case OBJECT_LIST:
	case OBJECT_NODE:
	case OBJECT_PLUGIN:
		return 0;
	}
	found->there = status == 200;
	return status < 0 ? -1 : 0;
}

/* Where something is made, its kind depends on the engine too. */
static bool needs_engine(const struct request *request)
{
	return request->route->body == BODY_CREATE || request->route->body == BODY_VOLUME ||
		operation_needs_root(request->route->operation);
}

int judge_look(const struct judge *j, struct request *request, struct found *ret,
	       struct error *reterr)
{
	if (look_at_references(j, request, ret, reterr) < 0 ||
	    look_at_image(j, request, ret, reterr) < 0 ||
	    look_at_object(j, request, ret, reterr) < 0 ||
	    look_at_borrowed(j, request, ret, reterr) < 0 ||
	    look_at_lists(j, request, ret, reterr) < 0 ||
	    (needs_engine(request) && look_at_engine(j, request, reterr) < 0) ||
	    look_at_mounted(j, request, ret, reterr) < 0 ||
	    paths_look(j, request, ret, reterr) < 0 || look_at_network(j, request, ret, reterr) < 0)
		return -1;
	request->facts.makes = needs_engine(request);
	request->facts.can_map = j->info->known && j->info->runtime.can_map &&
				 j->subject->uid >= j->subject->uid_min;
	request->driver = j->info->runtime.driver;
	request->kind = ret->container.kind;
	request->owner = ret->container.owner;
	if (request->kind == CONTAINER_MAPPED && request->route->body == BODY_COMMIT)
		request->workdir = strdup(mapped_workdir(ret->asked));
	return references_facts(&request->references, &request->facts) < 0 ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}
