/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look-ups beyond the names in a request: the image that is run, what lists hold, the caller's own
 * network, and volumes of containers that exist. As in look.c, none of them depends on a rule.
 */
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/image_ref.h"
#include "wire/json.h"

#define PRUNE_MAX                                                                                  \
	180 /* containers that are looked at one by one; the helper asks at most 200 times for a   \
	       request */

/* --- the image ----------------------------------------------------------------------- */
/* What is run, or gets another name: its names and its maker are known before the decision. */
static const char *image_of(const struct request *request)
{
	if (request->route->body == BODY_CREATE)
		return json_string_value(json_object_get(request->body, "Image"));
	return operation_has(request->route->operation, TRAIT_NAMES_IMAGE) ? request->object : NULL;
}

int look_at_image(const struct judge *j, struct request *request, struct found *found,
		  struct error *reterr)
{
	struct facts *facts = &request->facts;
	struct buf body = buf_new(INSPECT_MAX);
	const char *image = image_of(request);
	struct image_ref ref;
	char path[1200];
	int status = 0;

	(void)snprintf(path, sizeof(path), "/images/%s/json", image != NULL ? image : "");
	if (image != NULL && facts->image == NULL) {
		if (image_ref_parse(slice_str(image), &ref, reterr) < 0)
			return -1;
		facts->image = ref.repository;
	}
	if (image != NULL)
		status = look_at(j, request, path, &body, reterr);
	if (status == 200) {
		found->image = json_parse(buf_slice(&body), JSON_TOKENS_MAX, reterr);
		if (found->image == NULL ||
		    inspect_image(buf_slice(&body), j->subject, j->adopted, facts, reterr) < 0)
			status = -1;
	}
	buf_free(&body);
	return status < 0 ? -1 : 0;
}

/* --- lists --------------------------------------------------------------------------- */
static int list_containers(const struct judge *j, const struct request *request, const char *path,
			   struct buf *body, struct error *reterr)
{
	int status = look_at(j, request, path, body, reterr);

	return status == 200 ? 0 : status < 0 ? -1 :
		error_set(reterr, ERR_ENGINE, "the engine does not list containers: %d", status);
}

/*
 * A label may come from an image: what would be pruned by it alone is looked at first, container by
 * container, and where one of them is not the caller's, nothing is removed.
 */
static int look_at_pruned(const struct judge *j, struct request *request, struct found *found,
			  struct error *reterr)
{
	static const char filters[] = "/containers/"
				      "json?all=1&filters=%%7B%%22status%%22%%3A%%5B%%22created%%"
				      "22%%2C"
				      "%%22exited%%22%%2C%%22dead%%22%%5D%%2C%%22label%%22%%3A%%5B%"
				      "%22safedocker.uid%%3D%u%%22%%5D%%7D";
	struct found ignored = { .there = false };
	struct buf body = buf_new(INSPECT_MAX);
	char (*ids)[OBJECT_ID_LEN + 1] = calloc(PRUNE_MAX, sizeof(*ids));
	char path[256];
	struct container c;
	long n = -1;

	(void)snprintf(path, sizeof(path), filters, (unsigned)j->subject->uid);
	if (ids == NULL)
		(void)error_set(reterr, ERR_SYSTEM, "out of memory");
	else if (list_containers(j, request, path, &body, reterr) == 0)
		n = inspect_list(buf_slice(&body), ids, PRUNE_MAX, reterr);
	if (n > PRUNE_MAX)
		n = error_set(reterr, ERR_LIMIT,
			      "more than %d containers: remove some of them by name", PRUNE_MAX);
	for (long i = 0; i < n; i++) {
		int status = look_at_container(j, request, &ignored, ids[i], false, &c, reterr);

		if (status < 0)
			n = -1;
		else if (status == 200 && !(c.owned && c.owner == j->subject->uid))
			found->strangers = true;
	}
	found_free(&ignored);
	free(ids);
	buf_free(&body);
	return n < 0 ? -1 : 0;
}

/*
 * Which containers on a network that is shown are the caller's: those of others, root's too, are
 * left out of it.
 */
static int look_at_members(const struct judge *j, struct request *request, struct found *found,
			   struct error *reterr)
{
	static const char filters[] = "/containers/"
				      "json?all=1&filters=%%7B%%22network%%22%%3A%%5B%%22%s%%22%%"
				      "5D%%7D";
	struct buf body = buf_new(INSPECT_MAX);
	char path[sizeof(filters) + sizeof(found->resource.id)];
	int r;

	/* Under scope = all they are all shown; of a network of somebody else's nothing is. */
	if (!found->there || !found->resource.members || !found->resource.owned ||
	    found->resource.owner != j->subject->uid)
		return 0;
	(void)snprintf(path, sizeof(path), filters, found->resource.id);
	found->shown = json_object();
	r = found->shown == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
		list_containers(j, request, path, &body, reterr);
	if (r == 0)
		r = inspect_owned(buf_slice(&body), j->subject->uid, j->adopted, found->shown,
				  reterr);
	buf_free(&body);
	return r;
}

int look_at_lists(const struct judge *j, struct request *request, struct found *found,
		  struct error *reterr)
{
	if (operation_has(request->route->operation, TRAIT_PRUNES_CONTAINERS))
		return look_at_pruned(j, request, found, reterr);
	return operation_has(request->route->operation, TRAIT_SHOWS_MEMBERS) ?
		look_at_members(j, request, found, reterr) : 0;
}

/* --- the caller's own network -------------------------------------------------------- */
/* 1: it is there, and is what it must be; 0: there is none. */
static int look_at_own(const struct judge *j, const struct request *request, struct found *found,
		       struct error *reterr)
{
	struct resource network = { .owned = false };
	struct buf body = buf_new(INSPECT_MAX);
	char path[PRIVATE_NAME_MAX + 16];
	int status, r = -1;

	(void)snprintf(path, sizeof(path), "/networks/%s", found->network);
	status = look_at(j, request, path, &body, reterr);
	if (status == 404)
		r = 0;
	else if (status == 400)
		(void)error_set(reterr, ERR_ENGINE,
				"there is more than one network %s: an administrator must remove "
				"all but one of them, by their ids",
				found->network);
	else if (status == 200 && inspect_network(buf_slice(&body), NULL, &network, reterr) == 0)
		r = private_is(&network, found->network, j->subject->uid) ?
			    1 :
			    error_set(reterr, ERR_ENGINE,
				      "network %s is not what safedocker made: an administrator "
				      "must remove it",
				      found->network);
	else if (status >= 0 && status != 200)
		(void)error_set(reterr, ERR_ENGINE,
				"unexpected status %d from the engine for a look-up", status);
	found->network_there = r == 1;
	buf_free(&body);
	return r;
}

/*
 * Where a new container asks for the default network, it gets its user's own, which may have to be
 * made first.
 */
int look_at_network(const struct judge *j, struct request *request, struct found *found,
		    struct error *reterr)
{
	int used;

	if (request->route->body != BODY_CREATE)
		return 0;
	private_name(j->subject->uid, found->network);
	used = private_use(request->body, found->network);
	if (used < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (used == 0) {
		found->network[0] = '\0';
		return 0;
	}
	return look_at_own(j, request, found, reterr) < 0 ? -1 : 0;
}

/* --- volumes of containers that exist ------------------------------------------------ */
/*
 * A volume that an older rule, or root, made of a directory of the host is one, whatever it is
 * called.
 */
int look_at_mounted(const struct judge *j, struct request *request, struct found *found,
		    struct error *reterr)
{
	if (request->route->body != BODY_CREATE && !operation_enters(request->route->operation))
		return 0;
	for (size_t i = 0; i < json_array_size(found->volumes); i++) {
		const char *name = json_string_value(json_array_get(found->volumes, i));
		struct resource volume = { .owned = false };
		int status = !object_name_ok(slice_str(name)) ? 404 :
			look_at_resource(j, request, OBJECT_VOLUME, name, &volume, reterr);

		if (status < 0)
			return -1;
		/* One that is gone could come again as anything. */
		found->outside = found->outside || status == 404 || !volume.plain;
		if ((status == 404 || !volume.plain) &&
		    facts_add(&found->mounted, FLAG_VOLUME, status == 404 ? "/" : volume.device, 0,
			      "Mounts") < 0)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	return 0;
}

/* --- what the engine kept ------------------------------------------------------------ */
int judge_previous(const struct judge *j, struct request *request, struct buf *body,
		   struct error *reterr)
{
	struct buf answer = buf_new(INSPECT_MAX);
	struct resource service = { .owned = false };
	char path[400];
	int r = -1, status;

	if (!request_wants_previous(request))
		return 0;
	status = object_path(OBJECT_SERVICE, request->object, path, sizeof(path)) < 0 ?
			 error_set(reterr, ERR_LIMIT, "the name is too long") :
			 look_at(j, request, path, &answer, reterr);
	if (status == 200)
		r = inspect_resource(OBJECT_SERVICE, buf_slice(&answer), j->adopted, &service,
				     reterr);
	else if (status >= 0)
		r = look_refused(status, reterr);
	/* A refusal would tell of another's settings. */
	if (r == 0 && !(status == 200 && service.owned && service.owner == j->subject->uid))
		r = object_missing(OBJECT_SERVICE, request->object, ERR_NOT_FOUND, reterr);
	if (r == 0)
		r = request_previous(request, buf_slice(&answer), body, reterr);
	buf_free(&answer);
	return r;
}
