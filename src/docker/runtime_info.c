/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/runtime_info.h"

#include <jansson.h>

#include "wire/json.h"

static bool member_is(const json_t *object, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL && strcmp(text, value) == 0;
}

/* SecurityOptions: "name=seccomp,profile=default", "name=userns", … */
static bool has_security_option(const json_t *info, const char *name)
{
	const json_t *option;
	size_t i;

	json_array_foreach(json_object_get(info, "SecurityOptions"), i, option) {
		struct slice rest = slice_str(json_string_value(option));

		while (rest.n > 0) {
			struct slice part = slice_take(&rest, ',');

			if (slice_starts(part, "name=") && slice_is(slice_after(part, 5), name))
				return true;
		}
	}
	return false;
}

/* DriverStatus: a list of pairs. */
static bool driver_says(const json_t *info, const char *key, const char *value)
{
	const json_t *pair;
	size_t i;

	json_array_foreach(json_object_get(info, "DriverStatus"), i, pair) {
		const char *name = json_string_value(json_array_get(pair, 0));
		const char *text = json_string_value(json_array_get(pair, 1));

		if (name != NULL && text != NULL && strcmp(name, key) == 0 && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/* What no registration mends; NULL where there is nothing. */
static const char *unfit(const json_t *info, enum cgroup_driver driver)
{
	if (has_security_option(info, "rootless"))
		return "the engine is rootless: mapped containers need an engine that runs as root";
	if (has_security_option(info, "userns"))
		return "the engine maps user ids itself: take userns-remap out of /etc/docker/daemon.json "
			"and restart the engine";
	if (driver_says(info, "driver-type", "io.containerd.snapshotter.v1"))
		return "the engine keeps its images in containerd's own store: put \"features\": "
			"{\"containerd-snapshotter\": false} into /etc/docker/daemon.json and restart the engine "
			"(images have to be pulled again)";
	if (!member_is(info, "Driver", "overlay2"))
		return "the engine's storage driver is not overlay2: put \"storage-driver\": \"overlay2\" into "
			"/etc/docker/daemon.json and restart the engine (images have to be pulled again)";
	if (!driver_says(info, "Native Overlay Diff", "true"))
		return "the engine says Native Overlay Diff: false: load the kernel's overlay module with "
			"redirect_dir=off metacopy=off and restart the engine";
	if (driver == CGROUP_DRIVER_NONE)
		return "the engine's cgroup driver is neither cgroupfs nor systemd: set native.cgroupdriver "
			"in exec-opts of /etc/docker/daemon.json and restart the engine";
	return NULL;
}

int runtime_info_read(struct slice info_body, struct runtime_info *ret, const char **why_not)
{
	json_t *info = json_parse(info_body, JSON_TOKENS_MAX, NULL);
	const json_t *runtime;

	*ret = (struct runtime_info){ .driver = CGROUP_DRIVER_NONE };
	if (!json_is_object(info)) {
		*why_not = "the engine's answer to /info cannot be read: look at the engine's own log";
		json_decref(info);
		return -1;
	}
	runtime = json_object_get(json_object_get(info, "Runtimes"), RUNTIME_INFO_NAME);
	if (member_is(info, "CgroupDriver", "cgroupfs"))
		ret->driver = CGROUP_DRIVER_CGROUPFS;
	else if (member_is(info, "CgroupDriver", "systemd"))
		ret->driver = CGROUP_DRIVER_SYSTEMD;
	/* With arguments it might use another state directory or another runc's options: not what was tried. */
	ret->registered = member_is(runtime, "path", SAFEDOCKER_RUNTIME) &&
		json_array_size(json_object_get(runtime, "runtimeArgs")) == 0;
	ret->is_default = ret->registered && member_is(info, "DefaultRuntime", RUNTIME_INFO_NAME);
	*why_not = unfit(info, ret->driver);
	ret->fits = *why_not == NULL;
	ret->can_map = ret->fits && ret->registered;
	if (ret->fits && !ret->registered)
		*why_not = runtime == NULL ?
			"safedocker-runtime is not registered with the engine: `safedocker doctor --fix` does it" :
			"the engine's runtime safedocker is not " SAFEDOCKER_RUNTIME " without arguments: mend it "
			"in /etc/docker/daemon.json, then: safedocker doctor --fix";
	json_decref(info);
	return 0;
}
