/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* --- making one ---------------------------------------------------------------------- */
static int add(struct plan *plan, const struct element *element, struct error *reterr)
{
	if (plan->n == PLAN_MAX)
		return error_set(reterr, ERR_LIMIT,
				 "this request needs more than %d steps at the engine", PLAN_MAX);
	plan->list[plan->n++] = *element;
	return 0;
}

/*
 * The engine makes two of a name for two who ask at once: so it is looked for once more, when
 * others must wait.
 */
static int add_network(struct plan *plan, struct error *reterr)
{
	const struct element see = {
		.kind = ELEMENT_SEE, .operation = OPERATION_NETWORK_INSPECT, .method = HTTP_GET,
		.object = plan->found->network,
	}, make = {
		.kind = ELEMENT_NETWORK, .operation = OPERATION_NETWORK_CREATE, .method = HTTP_POST,
		.object = plan->found->network, .changes = true,
	};

	if (plan->found->network[0] == '\0' || plan->found->network_there)
		return 0;
	return add(plan, &see, reterr) < 0 ? -1 : add(plan, &make, reterr);
}

static int add_volumes(struct plan *plan, struct error *reterr)
{
	const struct references *all = &plan->request->references;

	for (size_t i = 0; i < all->n; i++) {
		const struct reference *r = &all->list[i];
		const struct element e = {
			.kind = ELEMENT_VOLUME,
			.operation = OPERATION_VOLUME_CREATE,
			.method = HTTP_POST,
			.object = r->name,
			.reference = i,
			.changes = true,
		};

		if (r->owner != OWNER_MISSING || r->kind != OBJECT_VOLUME)
			continue;
		if (add(plan, &e, reterr) < 0)
			return -1;
	}
	return 0;
}

int plan_make(const struct judge *j, struct request *request, struct found *found,
	      const struct decision *decision, bool everybody, struct plan *ret,
	      struct error *reterr)
{
	const struct element client = {
		.kind = ELEMENT_CLIENT,
		.operation = request->route->operation,
		.method = request->route->method,
		.changes = operation_kind(request->route->operation) != KIND_READ,
	};

	*ret = (struct plan){
		.judge = j,
		.request = request,
		.found = found,
		.decision = decision,
		.everybody = everybody,
	};
	if (add_network(ret, reterr) < 0 ||
	    (request->route->body == BODY_CREATE && add_volumes(ret, reterr) < 0))
		return -1;
	ret->client = ret->n;
	return add(ret, &client, reterr);
}

/* --- rendering ----------------------------------------------------------------------- */
/* The name or id that stands in the path of the client's request. */
static const char *path_id(const struct plan *plan)
{
	const struct found *found = plan->found;

	switch (plan->request->route->object) {
	case OBJECT_CONTAINER:
		return found->container.id;
	case OBJECT_NETWORK:
	case OBJECT_VOLUME:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return found->resource.id;
	case OBJECT_IMAGE:
		/*
		 * Who made it decided which names it may get: another image may have this one's
		 * name by now.
		 */
		return operation_has(plan->request->route->operation, TRAIT_NAMES_IMAGE) ?
			json_string_value(json_object_get(found->image, "Id")) : NULL;
	/*
	 * An exec has its own id; a name of an image's stays, since the id would stand for all of
	 * its names.
	 */
	case OBJECT_EXEC:
	case OBJECT_IMAGE_OWN:
	case OBJECT_NONE:
	case OBJECT_LIST:
	case OBJECT_PATH:
	case OBJECT_NODE:
	case OBJECT_PLUGIN:
		return NULL;
	}
	return NULL;
}

int plan_render(const struct plan *plan, size_t i, struct buf *out, struct error *reterr)
{
	const struct element *e = &plan->list[i];
	const struct subject *subject = plan->judge->subject;

	switch (e->kind) {
	case ELEMENT_SEE:
		private_render_look(plan->request->minor, plan->found->network, out);
		break;
	case ELEMENT_NETWORK:
		private_render(plan->request->minor, plan->found->network, subject->uid, out);
		break;
	case ELEMENT_VOLUME:
		request_render_volume(plan->request, e->object, subject, out);
		break;
	case ELEMENT_CLIENT:
		return request_render(plan->request, path_id(plan), subject, plan->everybody, out,
				      reterr);
	}
	return out->failed ? error_set(reterr, ERR_LIMIT, "the request is too long") : 0;
}

bool plan_skips(const struct plan *plan, size_t i)
{
	switch (plan->list[i].kind) {
	case ELEMENT_NETWORK:
		return plan->found->network_there;
	case ELEMENT_SEE:
	case ELEMENT_VOLUME:
	case ELEMENT_CLIENT:
		return false;
	}
	return true;
}

/* --- what was answered --------------------------------------------------------------- */
static int take_seen(struct plan *plan, const struct answer *a, struct error *reterr)
{
	struct found *found = plan->found;
	struct resource network = { .owned = false };

	if (a->status == 404)
		return 0;
	if (a->status != 200 || inspect_network(buf_slice(&a->body), NULL, &network, NULL) < 0 ||
	    !private_is(&network, found->network, plan->judge->subject->uid))
		return error_set(reterr, ERR_ENGINE,
				 "network %s is not what safedocker made: an administrator must "
				 "remove it",
				 found->network);
	found->network_there = true;
	return 0;
}

static int take_network(struct plan *plan, const struct answer *a, struct error *reterr)
{
	char id[OBJECT_ID_LEN + 1];

	if (a->status == 201 && inspect_created(buf_slice(&a->body), id, reterr) == 0) {
		plan->found->network_there = true;
		return 0;
	}
	return a->status == 201 ? -1 :
				  error_set(reterr, ERR_ENGINE,
					    "the engine does not make network %s: %d; use "
					    "--network none, or ask "
					    "an administrator (are its address pools used up?)",
					    plan->found->network, a->status);
}

/*
 * The engine answers with the volume that is there when another client was faster: so its owner is
 * read back.
 */
static int take_volume(struct plan *plan, const char *name, const struct answer *a,
		       struct error *reterr)
{
	struct resource made = { .owned = false };

	if (a->status != 201)
		return error_set(reterr, ERR_ENGINE, "the engine does not make volume %s: %d", name,
				 a->status);
	if (inspect_volume(buf_slice(&a->body), NULL, &made, reterr) < 0)
		return -1;
	return made.owned && made.owner == plan->judge->subject->uid && made.plain &&
			       made.of == plan->request->kind ?
		       0 :
		       error_set(reterr, ERR_SYNTAX,
				 "volume %s is there already and is not yours: take another name",
				 name);
}

static int take_made(struct plan *plan, const struct answer *a, struct error *reterr)
{
	struct resource volume = { .owned = false };

	if (plan->request->route->body == BODY_CREATE)
		return inspect_created(buf_slice(&a->body), plan->made, reterr);
	if (inspect_volume(buf_slice(&a->body), plan->judge->adopted, &volume, reterr) < 0)
		return -1;
	/* A volume that was there before, somebody else's, is not shown. */
	return volume.owned && volume.owner == plan->judge->subject->uid ?
		       0 :
		       error_set(reterr, ERR_CONFLICT,
				 "a volume of that name is there already and is not yours: take "
				 "another name");
}

int plan_take(struct plan *plan, size_t i, const struct answer *answer, struct error *reterr)
{
	const struct element *e = &plan->list[i];

	switch (e->kind) {
	case ELEMENT_SEE:
		return take_seen(plan, answer, reterr);
	case ELEMENT_NETWORK:
		return take_network(plan, answer, reterr);
	case ELEMENT_VOLUME:
		return take_volume(plan, e->object, answer, reterr);
	case ELEMENT_CLIENT:
		return plan_waits(plan, answer->status) ? take_made(plan, answer, reterr) : 0;
	}
	return error_set(reterr, ERR_SYSTEM, "an element of no kind");
}

bool plan_waits(const struct plan *plan, int status)
{
	return status == 201 && operation_has(plan->request->route->operation, TRAIT_MADE_WHOLE);
}
