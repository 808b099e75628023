/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/runtime_info.h"

#include <jansson.h>
#include <string.h>

#include "docker/member.h"
#include "model/variable.h"
#include "wire/json.h"
#include "wire/sieve.h"

/* What is read of the answer; the rest, and there is much, flows by. */
static const struct sieve_rule rules[] = {
	{ "Runtimes/" VARIABLE_RUNTIME "/path", SIEVE_PASS },
	{ "DefaultRuntime", SIEVE_PASS },
	{ "Driver", SIEVE_PASS },
	{ "DriverStatus", SIEVE_PASS },
	{ "SecurityOptions", SIEVE_PASS },
	{ "CgroupDriver", SIEVE_PASS },
};

/* DriverStatus is a list of pairs; "" where there is none of that name. */
static const char *status_of(const json_t *root, const char *name)
{
	const json_t *all = json_object_get(root, "DriverStatus");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *pair = json_array_get(all, i);
		const char *first = json_string_value(json_array_get(pair, 0));
		const char *second = json_string_value(json_array_get(pair, 1));

		if (first != NULL && second != NULL && strcmp(first, name) == 0)
			return second;
	}
	return "";
}

/* "name=userns", or with more behind it: "name=rootless,…". */
static bool has_option(const json_t *root, const char *name)
{
	const json_t *all = json_object_get(root, "SecurityOptions");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const char *text = json_string_value(json_array_get(all, i));

		if (text != NULL && strncmp(text, name, strlen(name)) == 0 && strchr(",", text[strlen(name)]) != NULL)
			return true;
	}
	return false;
}

static const char *what_is_in_the_way(const json_t *root, const struct runtime_info *info)
{
	if (has_option(root, "name=userns"))
		return "the engine maps users itself (userns-remap): take that out of daemon.json";
	if (has_option(root, "name=rootless"))
		return "the engine is a rootless one: it has no root to keep from anybody";
	if (!info->registered)
		return "the engine does not know safedocker-runtime: `safedocker doctor --fix`, as root, registers it";
	if (strncmp(status_of(root, "driver-type"), "io.containerd.snapshotter", strlen("io.containerd.snapshotter")) == 0)
		return "the engine keeps images in containerd's store: switch the feature containerd-snapshotter off in daemon.json";
	if (!text_is(root, "Driver", "overlay2"))
		return "the engine's storage driver is not overlay2: set storage-driver in daemon.json";
	if (strcmp(status_of(root, "Native Overlay Diff"), "true") != 0)
		return "the engine walks containers' files to tell what changed (Native Overlay Diff is not true): the kernel must not have redirect_dir or metacopy on by default";
	return info->driver == CGROUP_UNKNOWN ? "the engine uses no control groups that are known (CgroupDriver)" : NULL;
}

int runtime_info_read(struct slice body, struct runtime_info *ret, const char **why_not)
{
	json_t *root = sieve_parse(rules, sizeof(rules) / sizeof(rules[0]), body, NULL);
	const json_t *runtime = json_object_get(json_object_get(root, "Runtimes"), VARIABLE_RUNTIME);
	const char *way;

	if (!json_is_object(root)) {
		json_decref(root);
		return -1;
	}
	*ret = (struct runtime_info){
		.registered = text_is(runtime, "path", SAFEDOCKER_RUNTIME),
		.driver = text_is(root, "CgroupDriver", "cgroupfs") ? CGROUP_CGROUPFS :
			  text_is(root, "CgroupDriver", "systemd") ? CGROUP_SYSTEMD : CGROUP_UNKNOWN,
	};
	ret->is_default = ret->registered && text_is(root, "DefaultRuntime", VARIABLE_RUNTIME);
	way = what_is_in_the_way(root, ret);
	ret->can_map = way == NULL;
	if (why_not != NULL)
		*why_not = way;
	json_decref(root);
	return 0;
}
