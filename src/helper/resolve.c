/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "docker/create.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "helper/bind.h"
#include "helper/io.h"
#include "policy/policy.h"
#include "wire/json.h"

#define VOLUMES_MAX 64		/* of one container */
#define PRUNE_MAX 2000		/* containers that are looked at one by one */

/* An id that no container has. */
#define NO_ID "0000000000000000000000000000000000000000000000000000000000000000"

static const struct adopted *adopted(const struct turn *t)
{
	return &t->w->config->adopted;
}

static int take_mounts(struct turn *t, struct slice body, struct error *reterr)
{
	json_t *asked = NULL;

	if (t->volumes == NULL)
		t->volumes = json_array();
	if (t->volumes == NULL || inspect_binds(body, &t->mounted) < 0 ||
	    inspect_volumes(body, t->volumes, &asked) < 0)
		return error_set(reterr, ERR_ENGINE, "the engine's answer has no usable mounts");
	json_decref(t->asked);
	t->asked = asked;
	return 0;
}

/* `entered`: what the container was made with counts, and is added to what is known of others. */
static int look_up_container(struct turn *t, const char *name, bool entered, struct container *ret,
			     struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[320];
	int status;

	(void)snprintf(path, sizeof(path), "/containers/%s/json", name);
	status = look_up(t, path, &body, reterr);
	if (status == 200)
		status = inspect_container(buf_slice(&body), t->w->subject->uid_min, adopted(t), ret, reterr) < 0 ||
			take_mounts(t, buf_slice(&body), reterr) < 0 ||
			(entered && inspect_again(buf_slice(&body), t->w->subject, &t->again, &t->borrowed,
						  reterr) < 0) ? -1 : 200;
	else if (status == 400)
		/* The beginning of more ids than one: nobody learns of which. */
		status = 404;
	else if (status >= 0 && status != 404)
		status = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	buf_free(&body);
	if (status == 200 && ret->kind == CONTAINER_OPEN && ret->mappable) {
		if (engine_info(t, reterr) < 0)
			return -1;
		if (t->info->remapped)
			ret->kind = CONTAINER_MAPPED;
	}
	return status;
}

static int look_up_exec(struct turn *t, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[320];
	int status;

	(void)snprintf(path, sizeof(path), "/exec/%s/json", t->request.object);
	status = look_up(t, path, &body, reterr);
	if (status == 200)
		status = inspect_exec(buf_slice(&body), &t->exec, reterr) == 0 ?
			look_up_container(t, t->exec.container, operation_enters(t->request.route->operation),
					  &t->container, reterr) : -1;
	else if (status == 404)
		/* As many steps as for an exec in somebody else's container. */
		status = look_up_container(t, NO_ID, false, &t->container, reterr) < 0 ? -1 : 404;
	else if (status >= 0)
		status = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	buf_free(&body);
	return status;
}

static bool is_copy(enum operation operation)
{
	return operation == OPERATION_CONTAINER_STAT || operation == OPERATION_CONTAINER_COPY_OUT ||
		operation == OPERATION_CONTAINER_COPY_IN;
}

/*
 * A process that root put into a container of the caller's may not be started by the caller as anybody else
 * than kind_exec() would have made it.
 */
static bool exec_fits(const struct turn *t)
{
	uid_t user;

	switch (t->container.kind) {
	case CONTAINER_PINNED:
		return !t->exec.privileged && kind_pinned_user(t->exec.user, &user) && user == t->container.owner;
	case CONTAINER_CLOSED:
		return !t->exec.privileged && kind_closed_user(t->exec.user, t->w->subject->uid_min);
	case CONTAINER_MAPPED:
		return !t->exec.privileged;
	case CONTAINER_OPEN:
		return true;
	case CONTAINER_UNKNOWN:
	default:
		return false;
	}
}

static int look_up_resource(struct turn *t, enum object_kind kind, const char *name, struct resource *ret,
			    struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[1200];
	int status;

	if (object_path(kind, name, path, sizeof(path)) < 0) {
		buf_free(&body);
		return error_set(reterr, ERR_LIMIT, "the name is too long");
	}
	status = look_up(t, path, &body, reterr);
	if (status == 200)
		status = inspect_resource(kind, buf_slice(&body), adopted(t), ret, reterr) == 0 ? 200 : -1;
	else if (status == 400)
		/* The beginning of more ids than one: nobody learns of which. */
		status = 404;
	else if (status == 503)
		/* Of a swarm that there is none of. */
		status = error_set(reterr, ERR_SYNTAX, "this engine is no swarm manager");
	else if (status >= 0 && status != 404)
		status = error_set(reterr, ERR_ENGINE, "the engine answers a look-up with %d", status);
	buf_free(&body);
	return status;
}

/* --- what the body names -------------------------------------------------------------- */
static int take_found(struct reference *r, const char *id, const char *called, bool owned, uid_t owner,
		      const struct subject *subject, struct error *reterr)
{
	r->owner = !owned ? OWNER_NOBODY : owner == subject->uid ? OWNER_CALLER : OWNER_OTHER;
	r->id = strdup(id);
	r->called = called != NULL ? strdup(called) : NULL;
	return r->id == NULL || (called != NULL && r->called == NULL) ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

static int resolve_reference(struct turn *t, const struct facts *facts, struct reference *r, struct error *reterr)
{
	struct container c = { .owned = false };
	struct resource o = { .owned = false };
	int status;

	if (r->kind == OBJECT_PATH)
		return 0;
	if (r->kind == OBJECT_CONTAINER)
		status = look_up_container(t, r->name, reference_shares(r, facts) ||
					   (r->at != NULL && operation_enters(t->request.route->operation)), &c, reterr);
	else
		status = look_up_resource(t, r->kind, r->name, &o, reterr);
	if (status < 0)
		return -1;
	if (status == 404) {
		r->owner = OWNER_MISSING;
		return 0;
	}
	if (r->kind == OBJECT_CONTAINER) {
		r->of = c.kind;
		/* The one that a commit keeps stands in the query. */
		if (t->request.route->object == OBJECT_NONE && operation_enters(t->request.route->operation))
			t->container = c;
		return take_found(r, c.id, NULL, c.owned, c.owner, t->w->subject, reterr);
	}
	r->plain = o.plain;
	r->of = o.of;
	return take_found(r, o.id, o.name, o.owned, o.owner, t->w->subject, reterr);
}

/* --- the image --------------------------------------------------------------------------- */
/* What is run, or gets another name: its names and its maker are known before the decision. */
static const char *image_of(const struct turn *t)
{
	if (t->request.route->body == BODY_CREATE)
		return json_string_value(json_object_get(t->request.body, "Image"));
	return t->request.route->operation == OPERATION_IMAGE_TAG ? t->request.object : NULL;
}

static int look_up_image(struct turn *t, struct error *reterr)
{
	struct facts *facts = &t->request.facts;
	struct buf body = buf_new(INSPECT_MAX);
	const char *image = image_of(t);
	struct image_ref ref;
	char path[1200];
	int status = 0;

	(void)snprintf(path, sizeof(path), "/images/%s/json", image != NULL ? image : "");
	if (image != NULL && facts->image == NULL && image_ref_parse(slice_str(image), &ref, NULL) == 0)
		facts->image = ref.repository;
	if (image != NULL)
		status = look_up(t, path, &body, reterr);
	if (status == 200) {
		t->image = json_parse(buf_slice(&body), JSON_TOKENS_MAX, reterr);
		if (t->image == NULL || inspect_image(buf_slice(&body), t->w->subject, adopted(t), facts, reterr) < 0)
			status = -1;
	}
	buf_free(&body);
	return status < 0 ? -1 : 0;
}

/* As the engine says it: clients then fetch the image. Nothing is asked of it: a moment later the name may be there. */
static int no_image(const char *image, struct error *reterr)
{
	struct image_ref ref;
	bool bare = image_ref_parse(slice_str(image), &ref, NULL) == 0 && !ref.is_id && ref.tag.n == 0 && ref.digest.n == 0;

	return error_set(reterr, ERR_NOT_FOUND, "No such image: %s%s", image, bare ? ":latest" : "");
}

/*
 * A volume that the image wants gets its mount here, so that it has an owner from the first; so do the
 * graphics processors that it speaks of.
 */
static int resolve_image(struct turn *t, struct error *reterr)
{
	if (t->image == NULL)
		return no_image(image_of(t), reterr);
	if (create_image_volumes(t->request.body, t->image, &t->request.references, reterr) < 0)
		return -1;
	return create_gpus(t->request.body, t->image) < 0 ? error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/* How many the caller has, against how many the rule gives. */
static int check_count(struct turn *t, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[200];
	long n;

	if (t->decision.containers == 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/containers/json?all=1&limit=%ld&filters=%%7B%%22label%%22%%3A%%5B%%22"
		       "safedocker.uid%%3D%u%%22%%5D%%7D", t->decision.containers, (unsigned)t->w->subject->uid);
	n = look_up(t, path, &body, reterr) != 200 ? error_set(reterr, ERR_ENGINE, "the engine does not list containers") :
		inspect_list(buf_slice(&body), NULL, 0, reterr);
	buf_free(&body);
	if (n < 0)
		return -1;
	return n < t->decision.containers ? 0 :
		error_set(reterr, ERR_DENIED, "you have %ld containers already, as many as rule %s gives: remove one first", n,
			  t->decision.rule);
}

int resolve_references(struct turn *t, struct error *reterr)
{
	struct references *all = &t->request.references;

	for (size_t i = 0; i < all->n; i++)
		if (resolve_reference(t, &t->request.facts, &all->list[i], reterr) < 0)
			return -1;
	if (look_up_image(t, reterr) < 0)
		return -1;
	if (references_facts(all, &t->request.facts) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	return bind_protect(t, reterr);
}

/* --- the name in the path ------------------------------------------------------------- */
static int not_there(const struct turn *t, struct error *reterr)
{
	return error_set(reterr, ERR_NOT_FOUND, "No such %s: %s",
			 t->request.route->object == OBJECT_EXEC ? "exec instance" : "container", t->request.object);
}

static bool is_foreign(const struct turn *t)
{
	return !t->decision.scope_all && !(t->container.owned && t->container.owner == t->w->subject->uid);
}

static int resolve_container(struct turn *t, struct error *reterr)
{
	bool exec = t->request.route->object == OBJECT_EXEC;
	int status = exec ? look_up_exec(t, reterr) :
		look_up_container(t, t->request.object, operation_enters(t->request.route->operation), &t->container,
				  reterr);

	if (status < 0)
		return -1;
	if (status == 404 || is_foreign(t))
		return not_there(t, reterr);
	t->entry.object_id = t->container.id;
	t->request.kind = t->container.kind;
	t->request.owner = t->container.owner;
	return 0;
}

static int resolve_resource(struct turn *t, struct error *reterr)
{
	enum object_kind kind = t->request.route->object;
	int status = look_up_resource(t, kind, t->request.object, &t->resource, reterr);

	if (status < 0)
		return -1;
	if (status == 404 || (!t->decision.scope_all && !(t->resource.owned &&
							    t->resource.owner == t->w->subject->uid)))
		return status != 404 && kind == OBJECT_IMAGE_OWN ?
			/* Everybody sees them: it is no secret that it is there. */
			error_set(reterr, ERR_DENIED, "image %s is not yours", t->request.object) :
			object_missing(kind, t->request.object, ERR_NOT_FOUND, reterr);
	/* A name of an image's stays: the id would stand for all of its names. */
	if (kind != OBJECT_IMAGE_OWN)
		t->entry.object_id = t->resource.id;
	return 0;
}

static int resolve_object(struct turn *t, struct error *reterr)
{
	switch (t->request.route->object) {
	case OBJECT_CONTAINER:
	case OBJECT_EXEC:
		return resolve_container(t, reterr);
	case OBJECT_NETWORK:
	case OBJECT_VOLUME:
	case OBJECT_IMAGE_OWN:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return resolve_resource(t, reterr);
	case OBJECT_NONE:
	case OBJECT_IMAGE:
	case OBJECT_PATH:
	case OBJECT_LIST:
	case OBJECT_NODE:
	case OBJECT_PLUGIN:
		return 0;
	default:
		return error_set(reterr, ERR_DENIED, "an object of no kind");
	}
}

/*
 * A label may come from an image: what would go by it alone is looked at first, container by container, and
 * where one of them is not the caller's, nothing is removed.
 */
static int check_prune(struct turn *t, struct error *reterr)
{
	static const char filters[] = "/containers/json?all=1&filters=%%7B%%22status%%22%%3A%%5B%%22created%%22%%2C"
		"%%22exited%%22%%2C%%22dead%%22%%5D%%2C%%22label%%22%%3A%%5B%%22safedocker.uid%%3D%u%%22%%5D%%7D";
	struct buf body = buf_new(INSPECT_MAX);
	char (*ids)[OBJECT_ID_LEN + 1] = NULL;
	char path[256];
	struct container c;
	long n;
	int r = 0;

	if (t->request.route->operation != OPERATION_CONTAINER_PRUNE || t->decision.scope_all)
		return 0;
	(void)snprintf(path, sizeof(path), filters, (unsigned)t->w->subject->uid);
	ids = calloc(PRUNE_MAX, sizeof(*ids));
	if (ids == NULL)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	else if (look_up(t, path, &body, reterr) != 200)
		r = error_set(reterr, ERR_ENGINE, "the engine does not list containers");
	n = r == 0 ? inspect_list(buf_slice(&body), ids, PRUNE_MAX, reterr) : -1;
	if (n > PRUNE_MAX)
		r = error_set(reterr, ERR_LIMIT, "more than %d containers: remove some of them by name", PRUNE_MAX);
	for (long i = 0; r == 0 && i < n; i++) {
		int status = look_up_container(t, ids[i], false, &c, reterr);

		if (status < 0)
			r = -1;
		else if (status == 200 && !(c.owned && c.owner == t->w->subject->uid))
			r = error_set(reterr, ERR_DENIED, "a container that is not yours carries your label, from its "
				      "image: remove yours by name");
	}
	free(ids);
	buf_free(&body);
	return n < 0 ? -1 : r;
}

/* Which containers on a network that is shown are the caller's: those of others, root's too, are left out of it. */
static int look_at_members(struct turn *t, struct error *reterr)
{
	static const char filters[] = "/containers/json?all=1&filters=%%7B%%22network%%22%%3A%%5B%%22%s%%22%%5D%%7D";
	struct buf body = buf_new(INSPECT_MAX);
	char path[sizeof(filters) + sizeof(t->resource.id)];
	int r = 0;

	if (t->request.route->operation != OPERATION_NETWORK_INSPECT || t->decision.scope_all || !t->resource.members)
		return 0;
	(void)snprintf(path, sizeof(path), filters, t->resource.id);
	t->shown = json_object();
	if (t->shown == NULL)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	else if (look_up(t, path, &body, reterr) != 200)
		r = error_set(reterr, ERR_ENGINE, "the engine does not list containers");
	else
		r = inspect_owned(buf_slice(&body), t->w->subject->uid, adopted(t), t->shown, reterr);
	buf_free(&body);
	return r;
}

/* What a rule trusts for its name must not get that name from just anybody. */
static int check_names(const struct turn *t, struct error *reterr)
{
	const struct references *all = &t->request.references;
	char repository[300];

	for (size_t i = 0; i < all->n; i++) {
		bool named = reference_repository(&all->list[i], repository, sizeof(repository));
		const char *rule = named ? policy_keeps_image(t->w->config->policy, repository) : NULL;

		if (!named)
			continue;

		/* What users made is never taken for one of those names; what they only fetched would be. */
		if (rule == NULL && t->request.route->operation == OPERATION_IMAGE_TAG && !t->request.facts.image_made &&
		    t->request.facts.image != NULL && strcmp(t->request.facts.image, repository) != 0) {
			rule = policy_lists_image(t->w->config->policy, repository);
			if (rule != NULL)
				return error_set(reterr, ERR_DENIED, "image %s: rule %s lists images of that name, which is "
						 "not given to others: take another name", all->list[i].name, rule);
		}
		if (rule != NULL)
			return error_set(reterr, ERR_DENIED, "image %s: rule %s mounts paths of the host into images of that "
					 "name, so they come from the registry alone: take another name", all->list[i].name, rule);
	}
	return 0;
}

/* --- paths of the host --------------------------------------------------------------- */
/* A volume that an older rule, or root, made of a directory of the host is one, whatever it is called. */
static int volumes_to_paths(struct turn *t, struct error *reterr)
{
	for (size_t i = 0; i < json_array_size(t->volumes); i++) {
		const char *name = json_string_value(json_array_get(t->volumes, i));
		struct resource volume;
		int status = !object_name_ok(slice_str(name)) ? 404 :
			look_up_resource(t, OBJECT_VOLUME, name, &volume, reterr);

		if (status < 0)
			return -1;
		/* One that is gone could come again as anything. */
		if ((status == 404 || !volume.plain) &&
		    facts_add(&t->mounted, FLAG_VOLUME, status == 404 ? "/" : volume.device, 0, "Mounts") < 0)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	return 0;
}

/* What could not be created under today's policy can neither be started nor entered nor borrowed from. */
static int check_mounted(struct turn *t, struct error *reterr)
{
	struct moment now = io_moment(t->w->boot);
	struct decision d;

	if (t->request.route->body != BODY_CREATE && !operation_enters(t->request.route->operation))
		return 0;
	if (volumes_to_paths(t, reterr) < 0)
		return -1;
	if (t->mounted.n == 0)
		return 0;
	if (t->request.route->body == BODY_CREATE)
		return error_set(reterr, ERR_DENIED, "a container that mounts %s of the host shares nothing with others",
				 t->mounted.list[0].value);
	/* The engine copies as root, and follows links inside: also into what is mounted there. */
	if (is_copy(t->request.route->operation))
		return error_set(reterr, ERR_DENIED, "cp: the container mounts %s of the host; copy there, or use "
				 "`exec` with tar", t->mounted.list[0].value);
	if (bind_protect_mounted(t, reterr) < 0)
		return -1;
	d = policy_decide(t->w->config->policy, t->w->subject, OPERATION_CONTAINER_CREATE, &t->mounted, &now);
	if (d.verdict != VERDICT_ALLOW)
		return error_set(reterr, ERR_DENIED, "the container has --volume=%s, which no rule allows you today",
				 t->mounted.list[d.missing == MISSING_FLAG ? d.fact : 0].value);
	return bind_check_mounted(t, d.unsafe_binds, reterr);
}

/* --- judged again -------------------------------------------------------------------- */
/* What is borrowed from is followed to its end: containers borrow from older ones, so there is one. */
static int follow(struct turn *t, struct error *reterr)
{
	for (size_t i = 0; i < t->borrowed.n; i++) {
		struct reference *r = &t->borrowed.list[i];

		if (resolve_reference(t, &t->again, r, reterr) < 0)
			return -1;
		/* One that is gone lends nothing; descriptors of another kind would pass. */
		if (r->owner != OWNER_MISSING && t->request.facts.kind != CONTAINER_UNKNOWN &&
		    r->of != t->request.facts.kind)
			t->request.facts.kind = CONTAINER_OPEN;
	}
	return references_facts(&t->borrowed, &t->again) < 0 ? error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/*
 * With what the containers that are entered or borrowed from are and were made with: what a rule could not make
 * now, it cannot enter. Another rule may take the first one's place, so whose things are is looked at again too.
 */
static int judge_again(struct turn *t, struct error *reterr)
{
	bool exec = t->request.route->object == OBJECT_EXEC, enters = operation_enters(t->request.route->operation);

	if (enters)
		t->request.facts.kind = t->container.kind;
	if (t->again.n == 0 && t->request.facts.kind == CONTAINER_UNKNOWN)
		return 0;
	if (exec && t->exec.privileged && facts_add(&t->again, FLAG_PRIVILEGED, "", 0, "ProcessConfig") < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (follow(t, reterr) < 0)
		return -1;
	if (facts_add_again(&t->request.facts, &t->again) < 0)
		return error_set(reterr, ERR_LIMIT, "too many flags");
	decide(t);
	if (t->decision.verdict != VERDICT_ALLOW)
		return -1;
	if (enters && t->request.route->object != OBJECT_NONE && is_foreign(t))
		return not_there(t, reterr);
	if (exec && enters && !exec_fits(t))
		return error_set(reterr, ERR_DENIED, "this process would run as %s, which is not for a %s container",
				 t->exec.user, kind_name(t->container.kind));
	return references_check(&t->request.references, t->decision.scope_all, reterr);
}

/* Where something is made, its kind depends on the engine too. */
static int resolve_engine(struct turn *t, struct error *reterr)
{
	if (t->request.route->body != BODY_CREATE && t->request.route->body != BODY_VOLUME &&
	    !operation_needs_root(t->request.route->operation))
		return 0;
	if (engine_info(t, reterr) < 0)
		return -1;
	t->request.remapped = t->info->remapped;
	return 0;
}

/* A rule with max-runtime starts what will be stopped at its end, and nothing else. */
static int check_runtime(const struct turn *t, struct error *reterr)
{
	enum operation operation = t->request.route->operation;

	if (t->decision.ends == 0 || (operation != OPERATION_CONTAINER_START && operation != OPERATION_CONTAINER_RESTART &&
				      operation != OPERATION_CONTAINER_UNPAUSE))
		return 0;
	if (t->container.ends == 0)
		return error_set(reterr, ERR_DENIED, "the rule has a max-runtime, and the container was not made under it; make "
				 "a new one");
	if (io_is_over(t->container.ends))
		return error_set(reterr, ERR_DENIED, "the container's time (max-runtime) is over; make a new one");
	return 0;
}

int resolve(struct turn *t, struct error *reterr)
{
	if (resolve_object(t, reterr) < 0 || look_at_members(t, reterr) < 0 ||
	    check_prune(t, reterr) < 0 || check_names(t, reterr) < 0 ||
	    resolve_engine(t, reterr) < 0 ||
	    references_check(&t->request.references, t->decision.scope_all, reterr) < 0 ||
	    judge_again(t, reterr) < 0 ||
	    bind_check(t, reterr) < 0 || check_mounted(t, reterr) < 0 || check_runtime(t, reterr) < 0)
		return -1;
	if (t->request.route->body != BODY_CREATE)
		return 0;
	return check_count(t, reterr) < 0 || resolve_image(t, reterr) < 0 ? -1 : private_join(t, reterr);
}

/* --- volumes ---------------------------------------------------------------------------- */
/* The engine answers with the volume that is there when another client was faster: so its owner is read back. */
static int make_volume(struct turn *t, struct reference *r, struct error *reterr)
{
	struct audit_entry entry = {
		.subject = t->w->subject, .operation = OPERATION_VOLUME_CREATE, .verb = t->entry.verb,
		.object = r->name, .decision = &t->decision,
	};
	struct buf bytes = buf_new(4096), body = buf_new(INSPECT_MAX);
	struct resource made = { .owned = false };
	int status = -1;

	request_render_volume(&t->request, r->name, t->w->subject, &bytes);
	if (audit_intent(t->w->audit, &entry, reterr) == 0) {
		status = ask(t, HTTP_POST, buf_slice(&bytes), &body, reterr);
		audit_outcome(t->w->audit, &entry, status < 0 ? 0 : status);
	}
	if (status == 201)
		status = inspect_volume(buf_slice(&body), NULL, &made, reterr);
	else if (status >= 0)
		status = error_set(reterr, ERR_ENGINE, "the engine does not make volume %s: %d", r->name, status);
	if (status == 0 && (!made.owned || made.owner != t->w->subject->uid || !made.plain ||
			    made.of != t->request.kind))
		status = error_set(reterr, ERR_SYNTAX, "volume %s is there already and is not yours: take another "
				   "name", r->name);
	buf_free(&bytes);
	buf_free(&body);
	return status;
}

int resolve_volumes(struct turn *t, struct error *reterr)
{
	struct references *all = &t->request.references;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == OBJECT_VOLUME && all->list[i].owner == OWNER_MISSING &&
		    make_volume(t, &all->list[i], reterr) < 0)
			return -1;
	return bind_make(t, reterr);
}

static int give_volume(struct turn *t, const char *id, struct slice path, struct error *reterr)
{
	struct buf bytes = buf_new(16 * 1024), body = buf_new(64 * 1024);
	struct http_head head;
	unsigned mode;
	size_t used;
	int r;

	request_render_stat(&t->request, id, path, &bytes);
	r = bytes.failed ? -1 : io_write(t->w->engine, buf_slice(&bytes), io_now() + WRITE_PATIENCE, reterr);
	if (r == 0)
		r = engine_head(t, HTTP_HEAD, io_now() + LOOKUP_PATIENCE, 0, &head, &used, reterr);
	if (r == 0) {
		struct slice stat = http_field(&head, "X-Docker-Container-Path-Stat");
		bool is_directory = head.status == 200 && inspect_directory(stat, &mode) == 0;

		buf_consume(t->out, used);
		buf_reset(&bytes);
		if (is_directory)
			request_render_give(&t->request, id, path, mode, t->w->subject, &bytes);
		if (is_directory && !bytes.failed)
			r = ask(t, HTTP_PUT, buf_slice(&bytes), &body, reterr) < 0 ? -1 : 0;
	}
	buf_free(&bytes);
	buf_free(&body);
	return r;
}

void give_volumes(struct turn *t, const char *id)
{
	struct slice targets[VOLUMES_MAX];
	size_t n = create_volume_targets(t->request.body, targets, VOLUMES_MAX);
	struct error why = { 0 };

	/* Best effort: where it fails, the process inside reads the volume and cannot write to it. */
	for (size_t i = 0; i < n; i++) {
		if (give_volume(t, id, targets[i], &why) < 0) {
			t->close = true;
			return;
		}
	}
}
