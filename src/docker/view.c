/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/view.h"

#include <string.h>

#include "docker/label.h"
#include "docker/mapped.h"
#include "docker/member.h"

static bool is_labelled(const struct view *view, const json_t *labels)
{
	uid_t owner;

	return label_owner(labels, &owner) && owner == view->subject->uid;
}

static bool is_given(const struct view *view, enum object_kind kind, const json_t *labels, const char *name,
		     const char *created)
{
	const struct adoption *from = label_is_ours(labels) ? NULL : adopted_find(view->adopted, kind, name, created);

	return from != NULL && from->owner == view->subject->uid;
}

/* `holder` has the labels. */
static bool is_own(const struct view *view, const json_t *holder)
{
	return view->everybody || is_labelled(view, json_object_get(holder, "Labels"));
}

static int take_network(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_own(context, *value) || (adopted_network_ok(text_of(*value, "Name"), text_of(*value, "Driver")) &&
		is_given(context, OBJECT_NETWORK, json_object_get(*value, "Labels"), text_of(*value, "Id"), NULL));
}

/* What a swarm keeps has its labels one step further in, a task those of its containers. */
static int take_kept(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_own(context, json_object_get(*value, "Spec"));
}

static int take_task(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_own(context, json_object_get(json_object_get(*value, "Spec"), "ContainerSpec"));
}

static int take_volume(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)key;
	(void)reterr;
	return is_own(context, *value) ||
		is_given(context, OBJECT_VOLUME, json_object_get(*value, "Labels"), text_of(*value, "Name"),
			 text_of(*value, "CreatedAt"));
}

/* The image of a container, in the member `key`, by the name in its labels, which goes. */
static int show_image(json_t *holder, json_t *labels, const char *key)
{
	const char *image = text_of(holder, key), *shown = label_image(labels, image);

	if (image != NULL && shown != image && json_object_set_new(holder, key, json_string(shown)) < 0)
		return -1;
	(void)json_object_del(labels, LABEL_IMAGE);
	return 0;
}

static int take_event(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	const struct view *view = context;
	json_t *actor = json_object_get(*value, "Actor"), *said = json_object_get(actor, "Attributes");
	enum object_kind kind = adopted_kind(slice_str(text_of(*value, "Type")));

	(void)rule;
	(void)key;
	(void)json_object_del(said, MAPPED_LABEL);
	if (kind == OBJECT_CONTAINER && show_image(said, said, "image") < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	/* An event tells the labels of a container; of a volume it tells no date, so that a gift is not seen in it. */
	return view->everybody || is_labelled(view, said) ||
		(kind != OBJECT_NONE && is_given(view, kind, said, text_of(actor, "ID"), NULL));
}

static int take_container(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	json_t *labels = json_object_get(*value, "Labels"), *asked;
	int r;

	(void)rule;
	(void)key;
	if (!is_own(context, *value) && !is_given(context, OBJECT_CONTAINER, labels, text_of(*value, "Id"), NULL))
		return 0;
	/* A label of an image's own says nothing here: what it speaks of is no place-holder. */
	asked = mapped_asked(labels);
	r = mapped_show_points(json_object_get(*value, "Mounts"), asked);
	json_decref(asked);
	(void)json_object_del(labels, MAPPED_LABEL);
	return r < 0 || show_image(*value, labels, "Image") < 0 ? error_set(reterr, ERR_SYSTEM, "out of memory") : 1;
}

/* Who else is on a network of the caller's, put there by root or by a rule for everybody's, is not told. */
static int take_member(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)rule;
	(void)value;
	(void)reterr;
	return json_object_get(((const struct view *)context)->shown, key) != NULL;
}

/* Of df: containers, then volumes. */
static int take_used(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	return (rule == 0 ? take_container : take_volume)(context, rule, key, value, reterr);
}

enum { SHOW_IMAGE, SHOW_BINDS, SHOW_MOUNTS, SHOW_POINTS, SHOW_ENV, SHOW_WORKDIR, SHOW_RUNTIME, SHOW_PARENT };

static const struct sieve_rule inspect_rules[] = {
	[SHOW_IMAGE] = { "Config/Image", SIEVE_TAKE },
	[SHOW_BINDS] = { "HostConfig/Binds", SIEVE_TAKE },
	[SHOW_MOUNTS] = { "HostConfig/Mounts", SIEVE_TAKE },
	[SHOW_POINTS] = { "Mounts", SIEVE_TAKE },
	[SHOW_ENV] = { "Config/Env", SIEVE_TAKE },
	[SHOW_WORKDIR] = { "Config/WorkingDir", SIEVE_TAKE },
	[SHOW_RUNTIME] = { "HostConfig/Runtime", SIEVE_TAKE },
	[SHOW_PARENT] = { "HostConfig/CgroupParent", SIEVE_TAKE },
	{ "Config/Labels/" LABEL_IMAGE, SIEVE_DROP },
	{ "Config/Labels/" MAPPED_LABEL, SIEVE_DROP },
};

/* Of a mapped container: what was asked in place of what the engine was given. */
static int show_mapped(const json_t *asked, size_t rule, json_t **value)
{
	switch (rule) {
	case SHOW_BINDS:
		return mapped_show_binds(value, asked);
	case SHOW_MOUNTS:
		return mapped_show_mounts(value, asked);
	case SHOW_POINTS:
		return mapped_show_points(*value, asked);
	case SHOW_ENV:
		mapped_show_env(*value);
		return 0;
	case SHOW_WORKDIR:
		return json_string_set(*value, mapped_workdir(asked));
	case SHOW_RUNTIME:
		return json_string_set(*value, "runc");
	default:
		return json_string_set(*value, "");
	}
}

static int take_inspected(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	const struct view *view = context;
	int r = 0;

	(void)key;
	if (rule == SHOW_IMAGE)
		r = view->image != NULL ? json_string_set(*value, view->image) : 0;
	else if (view->asked != NULL)
		r = show_mapped(view->asked, rule, value);
	return r < 0 ? error_set(reterr, ERR_SYSTEM, "out of memory") : 1;
}

/* What commit left in an image, so that the variable of the container that was kept does not count. */
static int take_env(void *context, size_t rule, const char *key, json_t **value, struct error *reterr)
{
	(void)context;
	(void)rule;
	(void)key;
	(void)reterr;
	mapped_show_env(*value);
	return 1;
}

/* Which operations' answers hold what somebody owns, and where the objects stand in them. */
static const struct {
	enum operation operation;
	sieve_take *take;
	enum sieve_step others;
	bool sequence;
	enum object_kind given;	/* what root gives away of it bears no label; IMAGE: nothing of it, NONE: any kind */
	size_t n;
	struct sieve_rule rules[5];
} lists[] = {
	{ OPERATION_CONTAINER_LIST, take_container, SIEVE_DROP, false, OBJECT_CONTAINER, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_NETWORK_LIST, take_network, SIEVE_DROP, false, OBJECT_NETWORK, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_VOLUME_LIST, take_volume, SIEVE_DROP, false, OBJECT_VOLUME, 2, { { "Volumes/*", SIEVE_TAKE }, { "Warnings", SIEVE_PASS } } },
	{ OPERATION_SERVICE_LIST, take_kept, SIEVE_DROP, false, OBJECT_IMAGE, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_SECRET_LIST, take_kept, SIEVE_DROP, false, OBJECT_IMAGE, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_CONFIG_LIST, take_kept, SIEVE_DROP, false, OBJECT_IMAGE, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_TASK_LIST, take_task, SIEVE_DROP, false, OBJECT_IMAGE, 1, { { "*", SIEVE_TAKE } } },
	{ OPERATION_SYSTEM_EVENTS, take_event, SIEVE_DROP, true, OBJECT_NONE, 1, { { "", SIEVE_TAKE } } },
	/* What takes space is told to everybody, whose it is to its owner; the build cache tells of everybody's builds. */
	{ OPERATION_SYSTEM_DF, take_used, SIEVE_DROP, false, OBJECT_IMAGE, 5, {
		{ "Containers/*", SIEVE_TAKE }, { "Volumes/*", SIEVE_TAKE }, { "Images", SIEVE_PASS },
		{ "LayersSize", SIEVE_PASS }, { "BuilderSize", SIEVE_PASS },
	} },
	{ OPERATION_NETWORK_INSPECT, take_member, SIEVE_PASS, false, OBJECT_IMAGE, 2,
	  { { "Containers/*", SIEVE_TAKE }, { "Services", SIEVE_DROP } } },
	{ OPERATION_IMAGE_INSPECT, take_env, SIEVE_PASS, false, OBJECT_IMAGE, 2,
	  { { "Config/Env", SIEVE_TAKE }, { "ContainerConfig/Env", SIEVE_TAKE } } },
	/* What root set of a plugin may be a password. */
	{ OPERATION_PLUGIN_LIST, NULL, SIEVE_PASS, false, OBJECT_IMAGE, 2, { { "*/Settings", SIEVE_DROP }, { "*/Config/Env", SIEVE_DROP } } },
	{ OPERATION_PLUGIN_INSPECT, NULL, SIEVE_PASS, false, OBJECT_IMAGE, 2, { { "Settings", SIEVE_DROP }, { "Config/Env", SIEVE_DROP } } },
};

bool view_asks_all(const struct view *view)
{
	enum operation operation = view->request->route->operation;

	if (view->everybody)
		return true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i].operation == operation && lists[i].given != OBJECT_IMAGE)
			/* The newest few of everybody's would mostly be others'; what was given is seldom new. */
			return !query_asks(&view->request->query, "limit") &&
				adopted_has(view->adopted, lists[i].given, view->subject->uid);
	return false;
}

bool view_sieve(const struct view *view, const struct http_head *answer, struct sieve *ret)
{
	enum operation operation = view->request->route->operation;

	if (answer->status != 200 || answer->framing == HTTP_BODY_NONE)
		return false;
	if (operation_has(operation, TRAIT_SHOWS_CONTAINER) && (view->asked != NULL || view->image != NULL)) {
		*ret = sieve_new(inspect_rules, sizeof(inspect_rules) / sizeof(inspect_rules[0]), SIEVE_PASS);
		ret->take = take_inspected;
		ret->context = (void *)view;
		return true;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].operation != operation)
			continue;
		if (view->everybody && (lists[i].take == NULL || operation_has(operation, TRAIT_SHOWS_MEMBERS)))
			return false;
		*ret = sieve_new(lists[i].rules, lists[i].n, view->everybody ? SIEVE_PASS : lists[i].others);
		ret->take = lists[i].take;
		ret->context = (void *)view;
		ret->sequence = lists[i].sequence;
		return true;
	}
	return false;
}
