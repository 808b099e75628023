/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many of a kind one user may have: it is counted by the label that all of them bear, directly
 * before more are made, where the caller's other workers must wait.
 */
#include "judge/plan.h"

#include <stdio.h>

struct quota {
	const char *list;	/* where the engine lists them, with what else is asked there */
	const char *what;
	long limit;		/* 0: none */
	long more;		/* that the plan makes */
};

/* A volume that the body names and that is there already is not made. */
static long new_volumes(const struct plan *plan)
{
	const struct request *request = plan->request;

	return request->route->body == BODY_CREATE ? (long)request_new_volumes(request) :
		operation_has(request->route->operation, TRAIT_MAKES_VOLUME) ? 1 : 0;
}

static long new_networks(const struct plan *plan)
{
	bool own = plan->found->network[0] != '\0' && !plan->found->network_there;

	return own || operation_has(plan->request->route->operation, TRAIT_MAKES_NETWORK);
}

static void quotas(const struct plan *plan, struct quota ret[COUNTED])
{
	const struct decision *d = plan->decision;

	ret[COUNTED_CONTAINERS] =
		(struct quota){ "containers/json?all=1&", "containers", d->containers,
				plan->request->route->body == BODY_CREATE };
	ret[COUNTED_NETWORKS] =
		(struct quota){ "networks?", "networks", d->networks, new_networks(plan) };
	ret[COUNTED_VOLUMES] =
		(struct quota){ "volumes?", "volumes", d->volumes, new_volumes(plan) };
}

unsigned plan_is_counted(const struct plan *plan)
{
	struct quota q[COUNTED];
	unsigned kinds = 0;

	quotas(plan, q);
	for (size_t i = 0; i < COUNTED; i++)
		if (q[i].limit > 0 && q[i].more > 0)
			kinds |= 1u << i;
	return kinds;
}

static long count(const struct plan *plan, const struct quota *q, struct error *reterr)
{
	struct buf body = buf_new(INSPECT_MAX);
	char path[200];
	int status;
	long n;

	(void)snprintf(path, sizeof(path),
		       "/%sfilters=%%7B%%22label%%22%%3A%%5B%%22safedocker.uid%%3D%u%%22%%5D%%7D",
		       q->list, (unsigned)plan->judge->subject->uid);
	status = look_at(plan->judge, plan->request, path, &body, reterr);
	n = status == 200 ? inspect_count(buf_slice(&body), reterr) : status < 0 ? -1 :
		error_set(reterr, ERR_ENGINE, "the engine does not list %s: %d", q->what, status);
	buf_free(&body);
	return n;
}

/* A name that is there already makes no volume. */
static int is_made(const struct plan *plan, bool *ret, struct error *reterr)
{
	const char *name = json_string_value(json_object_get(plan->request->body, "Name"));
	struct resource volume;
	int status = 404;

	if (plan->request->route->body == BODY_VOLUME && name != NULL && *name != '\0')
		status = look_at_resource(plan->judge, plan->request, OBJECT_VOLUME, name, &volume,
					  reterr);
	*ret = status == 200;
	return status < 0 ? -1 : 0;
}

int plan_count(const struct plan *plan, const long begun[COUNTED], struct error *reterr)
{
	struct quota q[COUNTED];
	bool made = false;

	quotas(plan, q);
	if (q[COUNTED_VOLUMES].limit > 0 && is_made(plan, &made, reterr) < 0)
		return -1;
	for (size_t i = 0; i < COUNTED; i++) {
		long n;

		if (q[i].limit == 0 || q[i].more == 0 || (i == COUNTED_VOLUMES && made))
			continue;
		n = count(plan, &q[i], reterr);
		if (n < 0)
			return -1;
		if (n + begun[i] + q[i].more > q[i].limit)
			return error_set(reterr, ERR_DENIED,
					 "you have %ld %s already, and rule %s gives %ld: remove "
					 "one first",
					 n + begun[i], q[i].what, plan->decision->rule, q[i].limit);
	}
	return 0;
}
