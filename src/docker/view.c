/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/view.h"

#include "docker/label.h"

static int is_owner(const struct subject *subject, const json_t *holder)
{
	uid_t owner;

	return label_owner(json_object_get(holder, "Labels"), &owner) && owner == subject->uid;
}

static int is_own(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_owner(context, *value);
}

/* What a swarm keeps has its labels one step further in, a task those of its containers. */
static int is_own_kept(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_owner(context, json_object_get(*value, "Spec"));
}

static int is_own_task(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_owner(context, json_object_get(json_object_get(*value, "Spec"), "ContainerSpec"));
}

/* Which operations' answers are lists of what somebody owns, and where the objects stand in them. */
static const struct {
	enum operation operation;
	sieve_take *take;
	enum sieve_step others;
	size_t n;
	struct sieve_rule rules[5];
} lists[] = {
	{ OPERATION_CONTAINER_LIST, is_own, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_NETWORK_LIST, is_own, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_VOLUME_LIST, is_own, SIEVE_DROP, 2, { { "Volumes/*", SIEVE_TAKE }, { "Warnings", SIEVE_PASS } } },
	{ OPERATION_SERVICE_LIST, is_own_kept, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_SECRET_LIST, is_own_kept, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_CONFIG_LIST, is_own_kept, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_TASK_LIST, is_own_task, SIEVE_DROP, 1, { { "*", SIEVE_TAKE } } },
	/* What takes space is told to everybody, whose it is to its owner; the build cache tells of everybody's builds. */
	{ OPERATION_SYSTEM_DF, is_own, SIEVE_DROP, 5, {
		{ "Containers/*", SIEVE_TAKE }, { "Volumes/*", SIEVE_TAKE }, { "Images", SIEVE_PASS },
		{ "LayersSize", SIEVE_PASS }, { "BuilderSize", SIEVE_PASS },
	} },
	/* What root set of a plugin may be a password. */
	{ OPERATION_PLUGIN_LIST, NULL, SIEVE_PASS, 2, { { "*/Settings", SIEVE_DROP }, { "*/Config/Env", SIEVE_DROP } } },
	{ OPERATION_PLUGIN_INSPECT, NULL, SIEVE_PASS, 2, { { "Settings", SIEVE_DROP }, { "Config/Env", SIEVE_DROP } } },
};

bool view_sieve(const struct request *request, const struct http_head *answer, const struct subject *subject,
		bool everybody, struct sieve *ret)
{
	if (everybody || answer->status != 200 || answer->framing == HTTP_BODY_NONE)
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].operation != request->route->operation)
			continue;
		*ret = sieve_new(lists[i].rules, lists[i].n, lists[i].others);
		ret->take = lists[i].take;
		ret->context = (void *)subject;
		return true;
	}
	return false;
}
