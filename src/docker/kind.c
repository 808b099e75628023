/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/kind.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/bind.h"
#include "docker/label.h"
#include "docker/member.h"
#include "docker/profile.h"
#include "wire/json.h"

/* --- names ------------------------------------------------------------------ */
static const char *const names[] = {
	[CONTAINER_PINNED] = "pinned", [CONTAINER_CLOSED] = "closed", [CONTAINER_MAPPED] = "mapped",
	[CONTAINER_OPEN] = "open",
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
static enum container_kind of_root(enum root_mode root)
{
	switch (root) {
	case ROOT_OPEN:
		return CONTAINER_OPEN;
	case ROOT_CLOSED:
		return CONTAINER_CLOSED;
	case ROOT_NEVER:
	default:
		return CONTAINER_PINNED;
	}
}

enum container_kind kind_of_rule(enum root_mode root, bool remapped)
{
	return remapped ? CONTAINER_MAPPED : of_root(root);
}

enum container_kind kind_of_new(const json_t *body, enum root_mode root, bool remapped, bool binds)
{
	const json_t *host = json_object_get(body, "HostConfig");

	return remapped && !binds && !text_is(host, "UsernsMode", "host") ? CONTAINER_MAPPED : of_root(root);
}

static bool mounts_paths(const json_t *root)
{
	const json_t *mounts = json_object_get(root, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if ((!text_is(json_array_get(mounts, i), "Type", "volume") &&
		     !text_is(json_array_get(mounts, i), "Type", "tmpfs")) ||
		    bind_is_volume(json_string_value(json_object_get(json_array_get(mounts, i), "Name"))))
			return true;
	/* No list is no answer. */
	return !json_is_array(mounts);
}

static bool gains_nothing(const json_t *host)
{
	return json_list_has(json_object_get(host, "SecurityOpt"), "no-new-privileges") &&
		json_array_size(json_object_get(host, "CapAdd")) == 0 &&
		!json_is_true(json_object_get(host, "Privileged"));
}

static bool is_pinned(const json_t *config, const json_t *host, uid_t owner)
{
	uid_t user;

	return kind_pinned_user(json_string_value(json_object_get(config, "User")), &user) && user == owner &&
		gains_nothing(host) && json_list_has(json_object_get(host, "CapDrop"), "ALL");
}

/* Two profiles: the engine takes the last one. */
static bool has_profile(const json_t *security, uid_t uid_min)
{
	char *profile = profile_text(uid_min);
	bool found = false, other = false;

	for (size_t i = 0; i < json_array_size(security) && profile != NULL; i++) {
		const char *text = json_string_value(json_array_get(security, i));

		if (text == NULL || strncmp(text, "seccomp", strlen("seccomp")) != 0)
			continue;
		found = found || strcmp(text, profile) == 0;
		other = other || strcmp(text, profile) != 0;
	}
	free(profile);
	return found && !other;
}

static bool is_closed(const json_t *root, const json_t *config, const json_t *host, uid_t owner, uid_t uid_min)
{
	const json_t *dropped = json_object_get(host, "CapDrop");

	return owner >= uid_min && kind_closed_user(json_string_value(json_object_get(config, "User")), uid_min) &&
		gains_nothing(host) && (json_list_has(dropped, "ALL") ||
					(json_list_has(dropped, "NET_RAW") && json_list_has(dropped, "MKNOD"))) &&
		has_profile(json_object_get(host, "SecurityOpt"), uid_min) && !mounts_paths(root);
}

enum container_kind kind_of_container(const json_t *root, uid_t owner, uid_t uid_min, bool *ret_mappable)
{
	const json_t *config = json_object_get(root, "Config"), *host = json_object_get(root, "HostConfig");

	*ret_mappable = !text_is(host, "UsernsMode", "host") && !mounts_paths(root) &&
		!json_is_true(json_object_get(host, "Privileged"));
	if (is_pinned(config, host, owner))
		return CONTAINER_PINNED;
	return is_closed(root, config, host, owner, uid_min) ? CONTAINER_CLOSED : CONTAINER_OPEN;
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

bool kind_closed_user(const char *user, uid_t uid_min)
{
	unsigned long long uid, gid;
	bool has_gid;

	return split_user(user, &uid, &gid, &has_gid) && uid < uid_min;
}

/* --- making one ----------------------------------------------------------------------- */
static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

static json_t *child(json_t *object, const char *key, json_t *(*make)(void))
{
	json_t *value = json_object_get(object, key);

	if (value == NULL && json_object_set_new(object, key, make()) == 0)
		value = json_object_get(object, key);
	return value;
}

static int add_to(json_t *object, const char *key, const char *text)
{
	json_t *list = child(object, key, json_array);

	if (list == NULL)
		return -1;
	return json_list_has(list, text) ? 0 : json_array_append_new(list, json_string(text));
}

int kind_label(json_t *object, const char *key, enum container_kind kind)
{
	json_t *labels = child(object, key, json_object);

	return labels == NULL ? -1 : json_object_set_new(labels, LABEL_KIND, json_string(kind_name(kind)));
}

static const char root_needs[] = "an image that must start as root needs a rule with root = closed, or an engine "
	"with userns-remap";

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
		return error_set(reterr, ERR_DENIED, "--user %s: containers run as their owner; say --user %u, or "
				 "nothing; %s", text, (unsigned)owner, root_needs);
	return 0;
}

/* A member of the caller's own groups may bring them along; names mean what the image says. */
static int check_groups(const json_t *host, const struct subject *subject, struct error *reterr)
{
	const json_t *groups = json_object_get(host, "GroupAdd");

	for (size_t i = 0; i < json_array_size(groups); i++) {
		const char *text = json_string_value(json_array_get(groups, i));
		unsigned long long gid;

		if (slice_to_u64(slice_str(text), UINT_MAX - 1, &gid) < 0 || !subject_in_group(subject, (gid_t)gid))
			return error_set(reterr, ERR_DENIED, "--group-add %s: only the numbers of your own groups",
					 text);
	}
	return 0;
}

/* What would undo the pin: not even a strong rule gives it without saying so. */
static int check_powers(const json_t *host, const char *what, struct error *reterr)
{
	const char *flag = json_is_true(json_object_get(host, "Privileged")) ? "--privileged" :
		json_array_size(json_object_get(host, "CapAdd")) > 0 ? "--cap-add" : NULL;

	return flag == NULL ? 0 : error_set(reterr, ERR_DENIED, "%s: the container %s; a strong rule with root = open "
					    "would give it", flag, what);
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

static int make_pinned(json_t *body, json_t *host, bool remapped, const struct subject *subject, struct error *reterr)
{
	char gid[16];
	int failed;

	if (check_user(body, subject->uid, subject, reterr) < 0 || check_groups(host, subject, reterr) < 0 ||
	    check_powers(host, "runs as its owner", reterr) < 0)
		return -1;
	/*
	 * No login user's kernel credentials can be taken further from here: the
	 * owner's numbers, no capability, and no program that would give one.
	 */
	failed = add_to(host, "SecurityOpt", "no-new-privileges") < 0 ||
		json_object_set_new(host, "CapDrop", json_pack("[s]", "ALL")) < 0;
	failed = failed || set_owner(body, host, subject) < 0;
	/* The owner's own group stays, for access to files. */
	(void)snprintf(gid, sizeof(gid), "%u", (unsigned)subject->gid);
	failed = failed || add_to(host, "GroupAdd", gid) < 0;
	failed = failed || set_user(body, subject->uid) < 0;
	/* Mapped ids would be nobody's at the bind. */
	failed = failed || (remapped && json_object_set_new(host, "UsernsMode", json_string("host")) < 0);
	return failed ? out_of_memory(reterr) : 0;
}

static int make_closed(json_t *body, json_t *host, const struct facts *facts, const struct subject *subject,
		       struct error *reterr)
{
	const char *user = json_string_value(json_object_get(body, "User"));
	char *profile;
	int failed;

	if (subject->uid < subject->uid_min)
		return error_set(reterr, ERR_DENIED, "root = closed keeps out the ids of login accounts, which begin at "
				 "%u here: yours is not one of them", (unsigned)subject->uid_min);
	if (user != NULL && *user != '\0' && !kind_closed_user(user, subject->uid_min))
		return error_set(reterr, ERR_DENIED, "--user %s: a closed container runs as 0 or as another number below "
				 "%u", user, (unsigned)subject->uid_min);
	if (check_powers(host, "is closed", reterr) < 0)
		return -1;
	if (rank_is_strong(facts_rank(facts)))
		return error_set(reterr, ERR_DENIED, "a closed container takes nothing that reaches the host: a strong "
				 "rule with root = open would give it");
	profile = profile_text(subject->uid_min);
	failed = profile == NULL || add_to(host, "SecurityOpt", "no-new-privileges") < 0 ||
		add_to(host, "SecurityOpt", profile) < 0 || add_to(host, "CapDrop", "NET_RAW") < 0 ||
		add_to(host, "CapDrop", "MKNOD") < 0 || set_owner(body, host, subject) < 0 ||
		((user == NULL || *user == '\0') && json_object_set_new(body, "User", json_string("0:0")) < 0);
	free(profile);
	return failed ? out_of_memory(reterr) : 0;
}

/* Labels on the volumes that the engine makes with the container. */
static int label_volumes(json_t *host, enum container_kind kind, const struct subject *subject)
{
	const json_t *mounts = json_object_get(host, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		json_t *mount = json_array_get(mounts, i), *options;

		if (!text_is(mount, "Type", "volume"))
			continue;
		options = child(mount, "VolumeOptions", json_object);
		if (options == NULL || label_own(options, "Labels", subject) < 0 ||
		    kind_label(options, "Labels", kind) < 0)
			return -1;
	}
	return 0;
}

int kind_make(json_t *body, enum container_kind kind, const struct facts *facts, bool remapped,
	      const struct subject *subject, struct error *reterr)
{
	json_t *host = child(body, "HostConfig", json_object);
	int r = host == NULL ? out_of_memory(reterr) : 0;

	switch (kind) {
	case CONTAINER_PINNED:
		r = r == 0 ? make_pinned(body, host, remapped, subject, reterr) : r;
		break;
	case CONTAINER_CLOSED:
		r = r == 0 ? make_closed(body, host, facts, subject, reterr) : r;
		break;
	case CONTAINER_MAPPED:
		/* Root inside may do as it likes there; other machines' addresses it may not take on. */
		if (r == 0 && (add_to(host, "CapDrop", "NET_RAW") < 0 || set_owner(body, host, subject) < 0))
			r = out_of_memory(reterr);
		break;
	case CONTAINER_OPEN:
		if (r == 0 && set_owner(body, host, subject) < 0)
			r = out_of_memory(reterr);
		break;
	case CONTAINER_UNKNOWN:
	default:
		return error_set(reterr, ERR_DENIED, "a container of no kind");
	}
	return r < 0 ? -1 : label_volumes(host, kind, subject) < 0 ? out_of_memory(reterr) : 0;
}

int kind_exec(json_t *body, enum container_kind kind, uid_t owner, const struct subject *subject,
	      struct error *reterr)
{
	const char *user = json_string_value(json_object_get(body, "User"));

	switch (kind) {
	case CONTAINER_PINNED:
		if (check_user(body, owner, subject, reterr) < 0 || check_powers(body, "runs as its owner", reterr) < 0)
			return -1;
		return set_user(body, owner) < 0 ? out_of_memory(reterr) : 0;
	case CONTAINER_CLOSED:
		/* Nobody named is who the container itself runs as: seen to be such a number. */
		if (user != NULL && *user != '\0' && !kind_closed_user(user, subject->uid_min))
			return error_set(reterr, ERR_DENIED, "--user %s: in a closed container only 0 and other numbers "
					 "below %u", user, (unsigned)subject->uid_min);
		return check_powers(body, "is closed", reterr);
	case CONTAINER_MAPPED:
	case CONTAINER_OPEN:
		return 0;
	case CONTAINER_UNKNOWN:
	default:
		return error_set(reterr, ERR_DENIED, "a container of no kind");
	}
}
