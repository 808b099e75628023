/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision. It is made once, when everything is known that the look-ups tell; and this file
 * says, in one function, whose an object is (object_is_callers()).
 *
 * A container that is entered or borrowed from brings what it was made with: what a rule could not
 * make today it cannot enter today. What is somebody else's brings nothing, so that no refusal
 * tells of it: there the facts of the request alone decide, and where they would be allowed, it is
 * not there.
 */
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/image_limit.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/vendor.h"

#define EXECS_MAX 128	/* of one container; ExecIDs of its inspect answer (API 1.24 and later) */

/* --- whose it is --------------------------------------------------------------------- */
/*
 * Both witnesses of a container, or root's word, name the caller; see inspect.c for each kind's
 * witnesses.
 */
static bool is_callers(const struct judge *j, bool there, bool owned, uid_t owner)
{
	return there && owned && owner == j->subject->uid;
}

/* Is what the path names the caller's, or of a kind that has no owner? */
static bool object_is_callers(const struct judge *j, const struct request *request,
			      const struct found *found)
{
	switch (request->route->object) {
	case OBJECT_CONTAINER:
	case OBJECT_EXEC:
		return is_callers(j, found->there, found->container.owned, found->container.owner);
	case OBJECT_NETWORK:
	case OBJECT_VOLUME:
	case OBJECT_IMAGE_OWN:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return is_callers(j, found->there, found->resource.owned, found->resource.owner);
	case OBJECT_NONE:
	case OBJECT_LIST:
	case OBJECT_IMAGE:
	case OBJECT_PATH:
	case OBJECT_NODE:
	case OBJECT_PLUGIN:
		return true;
	}
	return false;
}

/* And what the body and the query name? references_check() has the words where it is not. */
static bool all_is_callers(const struct judge *j, const struct request *request,
			   const struct found *found)
{
	return object_is_callers(j, request, found) &&
	       references_check(&request->references, false, NULL) == 0;
}

/* What is not there, and what is somebody else's: the same words. */
static int not_there(const struct request *request, const struct found *found, struct error *reterr)
{
	/* Everybody sees images: that one is there is not a secret. */
	if (request->route->object == OBJECT_IMAGE_OWN && found->there)
		return error_set(reterr, ERR_DENIED, "image %s is not yours", request->object);
	return object_missing(request->route->object, request->object, ERR_NOT_FOUND, reterr);
}

/* --- all facts ----------------------------------------------------------------------- */
/* Copies, since the paths of the host are looked at once more behind the decision. */
static int add_mounted(struct facts *again, const struct facts *mounted)
{
	for (size_t i = 0; i < mounted->n; i++) {
		const struct fact *f = &mounted->list[i];

		if (facts_add(again, f->flag, f->value, f->number, f->field) < 0)
			return -1;
		again->list[again->n - 1].top = f->top;
	}
	return 0;
}

/* What the containers bring that are entered or borrowed from. */
static int add_found(struct request *request, struct found *found, struct error *reterr)
{
	bool enters = operation_enters(request->route->operation);
	bool exec = request->route->object == OBJECT_EXEC;
	struct facts *facts = &request->facts;

	if (enters)
		facts->kind = found->outside ? CONTAINER_OPEN : found->container.kind;
	for (size_t i = 0; i < found->borrowed.n; i++) {
		const struct reference *r = &found->borrowed.list[i];

		/* One that is gone lends nothing; descriptors of another kind would pass. */
		if (r->owner != OWNER_MISSING && facts->kind != CONTAINER_UNKNOWN &&
		    r->of != facts->kind)
			facts->kind = CONTAINER_OPEN;
	}
	if (enters && exec && found->exec.privileged &&
	    facts_add(&found->again, FLAG_PRIVILEGED, "", 0, "ProcessConfig") < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	if (enters && add_mounted(&found->again, &found->mounted) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	return facts_add_again(facts, &found->again) < 0 ?
		       error_set(reterr, ERR_LIMIT, "too many flags") :
		       0;
}

/* --- what follows from it ------------------------------------------------------------ */
/*
 * A process that root put into a container of the caller's may not be started by the caller as
 * anybody else than kind_exec() would have made it.
 */
static bool exec_fits(const struct found *found)
{
	const struct exec *exec = &found->exec;
	uid_t user;

	switch (found->container.kind) {
	case CONTAINER_PINNED:
		return !exec->privileged && kind_pinned_user(exec->user, &user) &&
		       user == found->container.owner;
	case CONTAINER_MAPPED:
		return !exec->privileged;
	case CONTAINER_OPEN:
		return true;
	case CONTAINER_UNKNOWN:
		return false;
	}
	return false;
}

static int check_exec(const struct request *request, const struct found *found,
		      struct error *reterr)
{
	if (request->route->object != OBJECT_EXEC || !operation_enters(request->route->operation) ||
	    exec_fits(found))
		return 0;
	return error_set(reterr, ERR_DENIED,
			 "this process would run as %s, which is not for a %s container",
			 found->exec.user, kind_name(found->container.kind));
}

/*
 * The engine keeps what was made and never started for as long as the container is there, in
 * memory: so there is an end to how much of it one container has.
 */
static int check_execs(const struct request *request, const struct found *found,
		       struct error *reterr)
{
	if (!operation_has(request->route->operation, TRAIT_MAKES_EXEC) ||
	    found->container.execs < EXECS_MAX)
		return 0;
	return error_set(reterr, ERR_DENIED,
			 "exec: container %s has %d processes of exec that run or were made and "
			 "not started: start and end some, or restart it",
			 request->object, EXECS_MAX);
}

/* What a rule trusts for its name must not get that name from just anybody. */
static int check_name(const struct judge *j, const struct request *request,
		      const struct reference *r, struct error *reterr)
{
	const struct facts *facts = &request->facts;
	char repository[300];
	const char *rule;

	if (!reference_repository(r, repository, sizeof(repository)))
		return 0;
	/*
	 * What users made is never taken for one of those names; what they only fetched would be.
	 */
	if (!operation_has(request->route->operation, TRAIT_NAMES_IMAGE) || facts->image_made ||
	    facts->image == NULL || strcmp(facts->image, repository) == 0)
		return 0;
	rule = policy_lists_image(j->policy, repository);
	return rule == NULL ? 0 :
			      error_set(reterr, ERR_DENIED,
					"image %s: rule %s lists images of that name, which is not "
					"given to others: take another name",
					r->name, rule);
}

static int check_names(const struct judge *j, const struct request *request, struct error *reterr)
{
	for (size_t i = 0; i < request->references.n; i++)
		if (check_name(j, request, &request->references.list[i], reterr) < 0)
			return -1;
	return 0;
}

/* What another container lends: a directory of the host, made a volume by root, is root's in there too. */
static int check_lent(const struct request *request, const struct found *found,
		      const struct decision *d, struct error *reterr)
{
	if (request->route->body != BODY_CREATE || !found->outside || d->makes == CONTAINER_OPEN)
		return 0;
	return error_set(reterr, ERR_DENIED,
			 "a volume of the other container is gone, or is a directory of the host: it "
			 "needs a strong rule with root = open");
}

/* A rule with max-runtime starts what will be stopped at its end, and nothing else. */
static int check_runtime(const struct request *request, const struct found *found,
			 const struct decision *d, const struct moment *now, struct error *reterr)
{
	if (d->ends == 0 || !operation_has(request->route->operation, TRAIT_RUNS))
		return 0;
	if (found->container.ends == 0)
		return error_set(reterr, ERR_DENIED,
				 "the rule has a max-runtime, and the container was not made under "
				 "it; make a new one");
	return now->date < found->container.ends ? 0 :
						   error_set(reterr, ERR_DENIED,
							     "the container's time (max-runtime) "
							     "is over; make a new one");
}

/*
 * The engine copies as root, and mounts all that the container mounts once more for it, by paths in which a
 * process of the container may have put a link. A container that runs as its owner shares nothing that could
 * be led out of it.
 */
static int check_copy(const struct request *request, const struct found *found, struct error *reterr)
{
	enum operation operation = request->route->operation;
	bool mapped = found->container.kind == CONTAINER_MAPPED;

	if (!(operation_has(operation, TRAIT_COPIES) && (mapped || found->container.kind == CONTAINER_PINNED)) &&
	    !(operation_has(operation, TRAIT_WALKS) && mapped))
		return 0;
	return error_set(reterr, ERR_DENIED,
			 "%s: the engine would do it as root in files that the container can change; use "
			 "`exec` with tar for what is inside (tar cf - PATH, tar xf -), `commit` for all of "
			 "it, or `export`",
			 verb_name(operation_verbs(operation)[0]));
}

/*
 * As the engine says it: clients then fetch the image. Nothing is asked of it: a moment later the
 * name may be there.
 */
static int no_image(const char *image, struct error *reterr)
{
	struct image_ref ref;
	bool bare;

	if (image_ref_parse(slice_str(image), &ref, NULL) < 0)
		return error_set(reterr, ERR_NOT_FOUND, "No such image: %s", image);
	bare = !ref.is_id && ref.tag.n == 0 && ref.digest.n == 0;
	image_ref_free(&ref);
	return error_set(reterr, ERR_NOT_FOUND, "No such image: %s%s", image,
			 bare ? ":latest" : "");
}

/*
 * What is run goes by the id that was looked at. A volume that the image wants gets its mount here,
 * so that it has an owner from the first; so do the graphics processors that it speaks of.
 */
static int settle_image(struct request *request, const struct found *found, struct error *reterr)
{
	const char *image = json_string_value(json_object_get(request->body, "Image"));

	if (found->image == NULL)
		return no_image(image, reterr);
	if (create_image_volumes(request->body, found->image, reterr) < 0)
		return -1;
	if (vendor_check_targets(request->body, found->image, reterr) < 0 ||
	    image_limit(request->body, found->image, reterr) < 0)
		return -1;
	request->workdir = create_workdir(request->body, found->image);
	return request->workdir == NULL || vendor_set_env(request->body, found->image) < 0 ||
		create_image_id(request->body, found->image) < 0 ?
		error_set(reterr, ERR_SYSTEM, "out of memory") : 0;
}

/* --- once ---------------------------------------------------------------------------- */
/*
 * What root made without an owner is as little there as what is another user's: a network's name
 * alone may be listed.
 */
static void hide_nobodys(struct request *request)
{
	for (size_t i = 0; i < request->references.n; i++) {
		const struct reference *r = &request->references.list[i];

		if (r->owner == OWNER_NOBODY && r->kind == OBJECT_CONTAINER &&
		    r->fact != REFERENCE_NONE)
			facts_own(&request->facts, r->fact);
	}
}

/* The record and explain get the request's facts: so what was not the request's own goes. */
static enum verdict_kind strangers_thing(const struct judge *j, const struct moment *now,
					 struct request *request, const struct found *found,
					 size_t n_own, struct decision *ret, struct error *reterr)
{
	struct facts own = request->facts;
	struct decision d;

	own.n = n_own;
	own.kind = CONTAINER_UNKNOWN;
	d = policy_decide(j->policy, j->subject, request->route->operation, &own, now);
	/* Under a rule for everybody's it is seen: then it is said what is missing. */
	if (d.verdict == VERDICT_ALLOW && d.scope_all && ret->verdict != VERDICT_ALLOW)
		return JUDGED_DENIED;
	facts_cut(&request->facts, n_own);
	request->facts.kind = CONTAINER_UNKNOWN;
	if (!policy_sees_everybodys(j->policy, j->subject))
		hide_nobodys(request);
	*ret = policy_decide(j->policy, j->subject, request->route->operation, &request->facts,
			     now);
	facts_settle(&request->facts, ret->makes);
	if (ret->verdict != VERDICT_ALLOW)
		return JUDGED_DENIED;
	if (object_is_callers(j, request, found))
		(void)references_check(&request->references, false, reterr);
	else
		(void)not_there(request, found, reterr);
	return JUDGED_REFUSED;
}

enum verdict_kind judge_decide(const struct judge *j, const struct moment *now,
			       struct request *request, struct found *found, struct decision *ret,
			       struct error *reterr)
{
	size_t n_own = request->facts.n;
	bool strange;

	if (add_found(request, found, reterr) < 0)
		return JUDGED_REFUSED;
	*ret = policy_decide(j->policy, j->subject, request->route->operation, &request->facts,
			     now);
	facts_settle(&request->facts, ret->makes);
	strange = !all_is_callers(j, request, found);
	if (strange && (ret->verdict != VERDICT_ALLOW || !ret->scope_all))
		return strangers_thing(j, now, request, found, n_own, ret, reterr);
	if (ret->verdict != VERDICT_ALLOW)
		return JUDGED_DENIED;
	/* Of everybody's objects too, what is not there is not there. */
	if (strange && request->object != NULL && !found->there &&
	    !object_is_callers(j, request, found))
		(void)not_there(request, found, reterr);
	else if (references_check(&request->references, ret->scope_all, reterr) == 0 &&
		 check_names(j, request, reterr) == 0 &&
		 check_exec(request, found, reterr) == 0 &&
		 check_execs(request, found, reterr) == 0 &&
		 request_fits(request, found->container.size, reterr) == 0 &&
		 check_copy(request, found, reterr) == 0 &&
		 check_lent(request, found, ret, reterr) == 0 &&
		 paths_decide(j, ret, request, found, reterr) == 0 &&
		 check_runtime(request, found, ret, now, reterr) == 0 &&
		 (request->route->body != BODY_CREATE ||
		  settle_image(request, found, reterr) == 0)) {
		if (found->strangers && !ret->scope_all)
			(void)error_set(reterr, ERR_DENIED,
					"a container that is not yours carries your label, from "
					"its image: remove yours by name");
		else if (request_apply(request, ret, j->subject, reterr) == 0)
			return JUDGED_ALLOWED;
	}
	return JUDGED_REFUSED;
}
