/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/kind.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "docker/label.h"
#include "docker/mapped.h"
#include "docker/member.h"
#include "docker/target.h"
#include "model/variable.h"
#include "wire/json.h"

/* --- names ------------------------------------------------------------------ */
static const char *const names[] = {
	[CONTAINER_PINNED] = "pinned", [CONTAINER_MAPPED] = "mapped", [CONTAINER_OPEN] = "open",
};

const char *kind_name(enum container_kind kind)
{
	return kind > CONTAINER_UNKNOWN && kind <= CONTAINER_OPEN ? names[kind] : "?";
}

enum container_kind kind_by_name(const char *name)
{
	for (int k = CONTAINER_PINNED; name != NULL && k <= CONTAINER_OPEN; k++)
		if (strcmp(names[k], name) == 0)
			return (enum container_kind)k;
	return CONTAINER_UNKNOWN;
}

/* --- which kind --------------------------------------------------------------- */
static bool gains_nothing(const json_t *host)
{
	return json_list_has(json_object_get(host, "SecurityOpt"), "no-new-privileges") &&
		json_array_size(json_object_get(host, "CapAdd")) == 0 &&
		json_array_size(json_object_get(host, "GroupAdd")) == 0 &&
		!json_is_true(json_object_get(host, "Privileged")) &&
		json_list_has(json_object_get(host, "CapDrop"), "ALL");
}

/* Nothing that it could write to but its own root file system and memory. No list is no answer. */
static bool keeps_nothing(const json_t *mounts)
{
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);

		if (!text_is(mount, "Type", "tmpfs") &&
		    !(text_is(mount, "Type", "bind") && json_is_false(json_object_get(mount, "RW"))))
			return false;
	}
	return json_is_array(mounts);
}

static bool is_pinned(const json_t *root, uid_t owner)
{
	const json_t *config = json_object_get(root, "Config"), *host = json_object_get(root, "HostConfig");
	uid_t user;

	return kind_pinned_user(json_string_value(json_object_get(config, "User")), &user) && user == owner &&
		gains_nothing(host) && keeps_nothing(json_object_get(root, "Mounts")) &&
		!text_is(host, "Runtime", VARIABLE_RUNTIME);
}

enum container_kind kind_of_container(const json_t *root, uid_t owner, enum cgroup_driver *ret_driver)
{
	const json_t *host = json_object_get(root, "HostConfig");

	*ret_driver = mapped_is(host, owner, CGROUP_DRIVER_CGROUPFS) ? CGROUP_DRIVER_CGROUPFS :
		mapped_is(host, owner, CGROUP_DRIVER_SYSTEMD) ? CGROUP_DRIVER_SYSTEMD : CGROUP_DRIVER_NONE;
	if (*ret_driver != CGROUP_DRIVER_NONE)
		return CONTAINER_MAPPED;
	return is_pinned(root, owner) ? CONTAINER_PINNED : CONTAINER_OPEN;
}

enum container_kind kind_of_volume(const json_t *labels)
{
	enum container_kind kind = kind_by_name(json_string_value(json_object_get(labels, LABEL_KIND)));

	return kind != CONTAINER_UNKNOWN ? kind : CONTAINER_OPEN;
}

/* --- who --------------------------------------------------------------------------- */
static bool split_user(const char *text, unsigned long long *uid, unsigned long long *gid, bool *has_gid)
{
	struct slice user = slice_str(text), group;
	size_t colon;

	if (text == NULL)
		return false;
	colon = slice_find(user, ':');
	*has_gid = colon < user.n;
	group = slice_after(user, colon + 1);
	user.n = colon;
	*gid = 0;
	return slice_to_u64(user, UINT_MAX - 1, uid) == 0 &&
		(!*has_gid || slice_to_u64(group, UINT_MAX - 1, gid) == 0);
}

/* "UID:GID" with the gid that goes with the uid, and nothing else: a name means what the image says. */
bool kind_pinned_user(const char *user, uid_t *ret)
{
	unsigned long long uid, gid;
	bool has_gid;

	if (!split_user(user, &uid, &gid, &has_gid) || !has_gid || gid != pinned_gid((uid_t)uid))
		return false;
	*ret = (uid_t)uid;
	return true;
}

/* --- making one ----------------------------------------------------------------------- */
static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

static int add_to(json_t *object, const char *key, const char *text)
{
	json_t *list = member_child(object, key, json_array);

	if (list == NULL)
		return -1;
	return json_list_has(list, text) ? 0 : json_array_append_new(list, json_string(text));
}

int kind_label(json_t *object, const char *key, enum container_kind kind)
{
	json_t *labels = member_child(object, key, json_object);

	return labels == NULL ? -1 : json_object_set_new(labels, LABEL_KIND, json_string(kind_name(kind)));
}

static const char needs[] = "what runs as another needs a rule with root = mapped and safedocker-runtime on this "
	"host (an administrator: safedocker doctor --fix)";

/*
 * Container root is host root for whoever has a shell on the host, and a name means what the image says
 * it means. So only the owner's own numbers pass.
 */
static int check_user(const json_t *body, uid_t owner, const struct subject *subject, struct error *reterr)
{
	const char *text = json_string_value(json_object_get(body, "User"));
	unsigned long long uid, gid;
	bool has_gid;

	if (text == NULL || *text == '\0')
		return 0;
	if (!split_user(text, &uid, &gid, &has_gid) || uid != owner ||
	    (has_gid && !(owner == subject->uid && subject_in_group(subject, (gid_t)gid))))
		return error_set(reterr, ERR_DENIED, "--user %s: the container runs as its owner; say --user %u, or "
				 "nothing; %s", text, (unsigned)owner, needs);
	return 0;
}

/* What would undo the pin. Of groups the engine takes a number for a name as well, and the image says what that means. */
static int check_powers(const json_t *host, struct error *reterr)
{
	const char *flag = json_is_true(json_object_get(host, "Privileged")) ? "--privileged" :
		json_array_size(json_object_get(host, "CapAdd")) > 0 ? "--cap-add" :
		json_array_size(json_object_get(host, "GroupAdd")) > 0 ? "--group-add" : NULL;

	return flag == NULL ? 0 : error_set(reterr, ERR_DENIED, "%s: the container runs as its owner, with nothing "
					    "beside that; %s", flag, needs);
}

static int no_volume(const char *target, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "a volume at %s, of the command or of the image: a container that runs as "
			 "its owner keeps no data on the host; say --tmpfs %s to keep it in memory; %s", target, target,
			 needs);
}

/* The engine makes and fills volumes as root, in directories that containers can change meanwhile. */
static int check_storage(const json_t *host, struct error *reterr)
{
	const json_t *mounts = json_object_get(host, "Mounts"), *binds = json_object_get(host, "Binds");

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (text_is(json_array_get(mounts, i), "Type", "volume"))
			return no_volume(text_of(json_array_get(mounts, i), "Target"), reterr);
	for (size_t i = 0; i < json_array_size(binds); i++) {
		const char *text = json_string_value(json_array_get(binds, i));

		if (text[0] != '/')
			return no_volume(text + strcspn(text, ":") + (strchr(text, ':') != NULL), reterr);
	}
	return 0;
}

static int set_user(json_t *body, uid_t uid)
{
	/* The gid is nobody's (pinned_gid()). */
	return json_object_set_new(body, "User", json_sprintf("%u:%u", (unsigned)uid, (unsigned)pinned_gid(uid)));
}

/* Two witnesses of the owner, this and ContainerIDFile: a label can come from an image. */
static int set_owner(json_t *body, json_t *host, const struct subject *subject)
{
	return label_own(body, "Labels", subject) < 0 ||
		json_object_set_new(host, "ContainerIDFile",
				    json_sprintf(ID_FILE_PREFIX "%u", (unsigned)subject->uid)) < 0 ? -1 : 0;
}

static int make_pinned(json_t *body, json_t *host, const struct subject *subject, struct error *reterr)
{
	if (check_user(body, subject->uid, subject, reterr) < 0 || check_powers(host, reterr) < 0 ||
	    check_storage(host, reterr) < 0)
		return -1;
	/*
	 * No login user's kernel credentials can be taken further from here: the
	 * owner's numbers, no capability, and no program that would give one.
	 */
	return add_to(host, "SecurityOpt", "no-new-privileges") < 0 ||
		json_object_set_new(host, "CapDrop", json_pack("[s]", "ALL")) < 0 || set_user(body, subject->uid) < 0 ?
		out_of_memory(reterr) : 0;
}

/* Labels on the volumes that the engine makes with the container. */
static int label_volumes(json_t *host, enum container_kind kind, const struct subject *subject)
{
	const json_t *mounts = json_object_get(host, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		json_t *mount = json_array_get(mounts, i), *options;

		if (!text_is(mount, "Type", "volume"))
			continue;
		options = member_child(mount, "VolumeOptions", json_object);
		if (options == NULL || label_own(options, "Labels", subject) < 0 ||
		    kind_label(options, "Labels", kind) < 0)
			return -1;
	}
	return 0;
}

int kind_make(json_t *body, enum container_kind kind, const struct subject *subject, struct error *reterr)
{
	json_t *host = member_child(body, "HostConfig", json_object);

	if (host == NULL)
		return out_of_memory(reterr);
	switch (kind) {
	case CONTAINER_PINNED:
		if (make_pinned(body, host, subject, reterr) < 0)
			return -1;
		break;
	case CONTAINER_MAPPED:
	case CONTAINER_OPEN:
		break;
	case CONTAINER_UNKNOWN:
	default:
		return error_set(reterr, ERR_DENIED, "a container of no kind");
	}
	return set_owner(body, host, subject) < 0 || label_volumes(host, kind, subject) < 0 ? out_of_memory(reterr) : 0;
}

/*
 * The engine sends "/" both for a process without a working directory and for one that asks for "/": the
 * runtime tells them apart by the spelling.
 */
static int exec_mapped(json_t *body, struct error *reterr)
{
	char *clean = target_clean(slice_str(text_of(body, "WorkingDir")));
	int r = clean == NULL ? out_of_memory(reterr) : 0;

	/* What it cannot have (--privileged), no rule gives: flag.def. */
	if (r == 0 && *text_of(body, "WorkingDir") != '\0' && strcmp(clean, "/") == 0 &&
	    json_object_set_new(body, "WorkingDir", json_string(VARIABLE_EXEC_ROOT)) < 0)
		r = out_of_memory(reterr);
	free(clean);
	return r;
}

int kind_exec(json_t *body, enum container_kind kind, uid_t owner, const struct subject *subject,
	      struct error *reterr)
{
	switch (kind) {
	case CONTAINER_PINNED:
		if (check_user(body, owner, subject, reterr) < 0 || check_powers(body, reterr) < 0)
			return -1;
		return set_user(body, owner) < 0 ? out_of_memory(reterr) : 0;
	case CONTAINER_MAPPED:
		return exec_mapped(body, reterr);
	case CONTAINER_OPEN:
		return 0;
	case CONTAINER_UNKNOWN:
	default:
		return error_set(reterr, ERR_DENIED, "a container of no kind");
	}
}
