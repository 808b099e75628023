/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/bundle.h"

#include <stdio.h>
#include <string.h>

#define ANNOTATION_ROOT "safedocker.root"
#define PING_RANGE "net.ipv4.ping_group_range"
#define PING_LAST 65534	/* of every range: subids.h */

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

void bundle_place(char *ret, size_t i)
{
	(void)snprintf(ret, BUNDLE_PATH_MAX, "%s/%zu", BUNDLE_PLACE, i);
}

const char *bundle_engine_root(const json_t *config)
{
	const json_t *annotations = json_object_get(config, "annotations");

	return json_string_value(json_object_get(annotations, ANNOTATION_ROOT));
}

/* --- the process --------------------------------------------------------------------- */

static void drop_variable(const json_t *process)
{
	json_t *env = json_object_get(process, "env");

	for (size_t i = json_array_size(env); i-- > 0;) {
		const char *assignment = json_string_value(json_array_get(env, i));

		if (assignment != NULL && variable_is(assignment))
			(void)json_array_remove(env, i);
	}
}

/* The engine's list stays: those groups are the image's. */
static int add_groups(const json_t *process, const struct idmap *gids, const gid_t *groups,
		      size_t n_groups, struct error *reterr)
{
	json_t *user = json_object_get(process, "user"), *list = json_object_get(user, "additionalGids");

	if (!json_is_object(user))
		return error_set(reterr, ERR_SYNTAX, "the bundle's process has no user");
	if (list == NULL && json_object_set_new(user, "additionalGids", list = json_array()) < 0)
		return out_of_memory(reterr);
	for (size_t i = 0; i < n_groups; i++) {
		uint32_t inside;

		if (idmap_inside(gids, groups[i], &inside) &&
		    json_array_append_new(list, json_integer(inside)) < 0)
			return out_of_memory(reterr);
	}
	return 0;
}

int bundle_rewrite_exec(json_t *process, const json_t *config, const gid_t *groups, size_t n_groups,
			struct error *reterr)
{
	const json_t *own = json_object_get(config, "process"), *cwd = json_object_get(process, "cwd");
	struct idmap gids;

	if (idmap_from_json(json_object_get(json_object_get(config, "linux"), "gidMappings"), &gids,
			    reterr) < 0)
		return -1;
	drop_variable(process);
	/* Neither says where it wants to be: there. Both are the engine's spelling, and the helper's. */
	if (json_is_string(cwd) && strcmp(json_string_value(cwd), "/") == 0 &&
	    json_object_set(process, "cwd", json_object_get(own, "cwd")) < 0)
		return out_of_memory(reterr);
	return add_groups(process, &gids, groups, n_groups, reterr);
}

/* --- mounts and namespaces ------------------------------------------------------------- */

static json_t *clone_mount(const char *source, const char *target)
{
	return json_pack("{s:s, s:s, s:s, s:[s, s]}", "destination", target, "type", "bind",
			 "source", source, "options", "rbind", "rprivate");
}

static int rewrite_mounts(struct bundle *b, struct error *reterr)
{
	json_t *list = json_object_get(b->config, "mounts");
	char place[BUNDLE_PATH_MAX];

	/* From behind, so that what is left out moves nothing that is still to come. */
	for (size_t i = b->n_mounts; i-- > 0;) {
		const struct bundle_mount *m = &b->mount[i];

		if (m->kind == BUNDLE_INSIDE || (m->kind == BUNDLE_SYS && !b->host_network))
			continue;
		bundle_place(place, i);
		if (m->kind == BUNDLE_MARK ? json_array_remove(list, i) < 0 :
		    json_array_set_new(list, i, clone_mount(place, m->target)) < 0)
			return out_of_memory(reterr);
	}
	return 0;
}

static int rewrite_namespaces(struct bundle *b, struct error *reterr)
{
	json_t *list = json_object_get(json_object_get(b->config, "linux"), "namespaces");
	char path[BUNDLE_PATH_MAX];

	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *item = json_array_get(list, i);
		const char *type = json_string_value(json_object_get(item, "type"));

		if (json_object_get(item, "path") == NULL)
			continue;
		/* Without an entry of its kind the process stays where runc is: with the host's network. */
		if (b->host_network && strcmp(type, bundle_join_name(BUNDLE_NETWORK)) == 0) {
			(void)json_array_remove(list, i);
			continue;
		}
		(void)snprintf(path, sizeof(path), "%s/%s", BUNDLE_PLACE, type);
		if (json_object_set_new(item, "path", json_string(path)) < 0)
			return out_of_memory(reterr);
	}
	if (json_array_append_new(list, json_pack("{s:s, s:s}", "type", "user", "path", BUNDLE_USER)) < 0)
		return out_of_memory(reterr);
	return 0;
}

/*
 * The engine lets every group ping. In the namespace the kernel takes only a range whose both ends are
 * mapped, in this order outside: from the process's own group to the last of the subordinate ones.
 * Where the own one is behind that, inside or outside, it alone.
 */
static int rewrite_sysctls(const struct bundle *b, const struct idmap *gids, struct error *reterr)
{
	json_t *sysctl = json_object_get(json_object_get(b->config, "linux"), "sysctl");
	uint32_t own, last = PING_LAST, outside;
	char range[32];

	if (json_object_del(sysctl, PING_RANGE) < 0)
		return 0;
	if (b->gid > last || !idmap_outside(gids, b->gid, &own) || !idmap_outside(gids, last, &outside) ||
	    own > outside)
		last = b->gid;
	(void)snprintf(range, sizeof(range), "%u %u", b->gid, last);
	return json_object_set_new(sysctl, PING_RANGE, json_string(range)) < 0 ? out_of_memory(reterr) : 0;
}

int bundle_rewrite(struct bundle *b, const struct idmap *uids, const struct idmap *gids,
		   const gid_t *groups, size_t n_groups, struct error *reterr)
{
	json_t *process = json_object_get(b->config, "process"), *root = json_object_get(b->config, "root");
	json_t *inner = json_object_get(b->config, "linux");
	json_t *annotations;

	drop_variable(process);
	if (b->variable.cwd != NULL &&
	    json_object_set_new(process, "cwd", json_string(b->variable.cwd)) < 0)
		return out_of_memory(reterr);
	if (add_groups(process, gids, groups, n_groups, reterr) < 0 || rewrite_mounts(b, reterr) < 0 ||
	    rewrite_namespaces(b, reterr) < 0 || rewrite_sysctls(b, gids, reterr) < 0)
		return -1;
	/* Those of a user's are not kept: runc takes properties of units from them. */
	annotations = json_pack("{s:s}", ANNOTATION_ROOT, b->root);
	if (json_object_set_new(b->config, "annotations", annotations) < 0 ||
	    json_object_set_new(root, "path", json_string(BUNDLE_ROOT)) < 0 ||
	    json_object_set_new(inner, "uidMappings", idmap_json(uids)) < 0 ||
	    json_object_set_new(inner, "gidMappings", idmap_json(gids)) < 0)
		return out_of_memory(reterr);
	return 0;
}
