/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/service.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/create.h"
#include "docker/label.h"
#include "docker/log_option.h"
#include "docker/member.h"
#include "docker/resource.h"
#include "docker/target.h"
#include "docker/vendor.h"
#include "wire/json.h"

static field_judge judge_service_user, judge_service_groups, judge_service_mounts, judge_service_networks, judge_service_ports, judge_secrets,
	judge_configs;

const struct field service_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge, grammar) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_##grammar },
#include "docker/service_field.def"
	{ NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE },
};

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

/*
 * A name means what the image says it means: only the caller's own numbers pass. An update brings back what
 * inspect said: what pin() set is nobody's wish.
 */
static int judge_service_user(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);
	struct slice uid = slice_str(text), gid;
	unsigned long long u, g = j->subject->gid;
	size_t colon = slice_find(uid, ':');

	gid = slice_after(uid, colon + 1);
	uid.n = colon;
	if (slice_to_u64(uid, UINT_MAX - 1, &u) < 0 || u != j->subject->uid ||
	    (colon < strlen(text) && (slice_to_u64(gid, UINT_MAX - 1, &g) < 0 ||
				      (g != pinned_gid(j->subject->uid) && !subject_in_group(j->subject, (gid_t)g)))))
		return error_set(j->reterr, ERR_DENIED, "--user %s: services run as their owner; say --user %u, or "
				 "nothing", text, (unsigned)j->subject->uid);
	if (g == pinned_gid(j->subject->uid))
		return 0;
	return fields_fact(j, field, field->flag, text, 0);
}

/* The engine takes a number for a name as well, and the image says what that means. */
static int judge_service_groups(struct judging *j, const struct field *field, json_t *value)
{
	(void)field;
	return json_array_size(value) == 0 ? 0 :
		error_set(j->reterr, ERR_DENIED, "--group: services run as their owner, in no group beside that");
}

/*
 * Which machine a task runs on, the swarm decides: a path, or a volume's name, means something else on each,
 * and whose it is there nobody can say here. And the engine there would work in it as root.
 */
static int judge_service_mount(struct judging *j, const struct field *field, const json_t *mount)
{
	const char *type = text_of(mount, "Type"), *target = text_of(mount, "Target");

	if (strcmp(type, "tmpfs") != 0 || *text_of(mount, "Source") != '\0')
		return error_set(j->reterr, ERR_DENIED, "--mount type=%s: services keep no data on the machines that they "
				 "run on; type=tmpfs keeps it in memory", type);
	if (target_check(TARGET_TMPFS, slice_str("--mount"), slice_str(target), j->reterr) < 0 ||
	    vendor_check_target(target, j->reterr) < 0)
		return -1;
	return fields_fact(j, field, FLAG_TMPFS, target, 0);
}

static int judge_service_mounts(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (judge_service_mount(j, field, json_array_get(value, i)) < 0)
			return -1;
	return 0;
}

static int judge_service_networks(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *at = json_object_get(json_array_get(value, i), "Target");
		const char *target = json_string_value(at);

		if (target == NULL || *target == '\0')
			return error_set(j->reterr, ERR_SYNTAX, "--network: a name is missing");
		if (fields_fact(j, field, field->flag, target, 0) < 0)
			return -1;
		/* The engine's own ones; what ranks higher than every rule allows gets no further. */
		if (strcmp(target, "host") == 0 || strcmp(target, "bridge") == 0 || strcmp(target, "none") == 0)
			continue;
		if (fields_reference(j, OBJECT_NETWORK, slice_str(target), at, "", "") < 0)
			return -1;
	}
	return 0;
}

static int judge_service_ports(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_int_t port = json_integer_value(json_object_get(json_array_get(value, i), "PublishedPort"));
		char text[48];

		if (port == 0)
			(void)snprintf(text, sizeof(text), "0.0.0.0:ephemeral");
		else
			(void)snprintf(text, sizeof(text), "0.0.0.0:%lld", (long long)port);
		if (fields_fact(j, field, field->flag, text, 0) < 0)
			return -1;
	}
	return 0;
}

/* Secrets and configs are meant by their ids; the name beside it is what docker shows. */
static int judge_kept(struct judging *j, const struct field *field, json_t *value, enum object_kind kind,
		      const char *id_key, const char *name_key)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);
		json_t *at = json_object_get(one, id_key);

		if (json_string_length(at) == 0)
			return error_set(j->reterr, ERR_SYNTAX, "%s: %s is missing", field->path, id_key);
		if (fields_fact(j, field, field->flag, text_of(one, name_key), 0) < 0 ||
		    fields_reference(j, kind, slice_str(json_string_value(at)), at, "", "") < 0)
			return -1;
	}
	return 0;
}

static int judge_secrets(struct judging *j, const struct field *field, json_t *value)
{
	return judge_kept(j, field, value, OBJECT_SECRET, "SecretID", "SecretName");
}

static int judge_configs(struct judging *j, const struct field *field, json_t *value)
{
	return judge_kept(j, field, value, OBJECT_CONFIG, "ConfigID", "ConfigName");
}

static int pin(json_t *container, const struct subject *subject)
{
	json_t *privileges = member_child(container, "Privileges", json_object);

	return privileges == NULL || label_own(container, "Labels", subject) < 0 ||
		json_object_set_new(container, "User", json_sprintf("%u:%u", (unsigned)subject->uid,
				    (unsigned)pinned_gid(subject->uid))) < 0 ||
		json_object_set_new(container, "CapabilityDrop", json_pack("[s]", "ALL")) < 0 ||
		json_object_set_new(privileges, "NoNewPrivileges", json_true()) < 0 ? -1 : 0;
}

int service_finish(struct judging *j, json_t *result)
{
	json_t *container = json_object_get(json_object_get(result, "TaskTemplate"), "ContainerSpec");

	if (json_string_length(json_object_get(result, "Name")) == 0)
		return error_set(j->reterr, ERR_SYNTAX, "Name is missing");
	if (!json_is_object(container) || j->facts->image == NULL)
		return error_set(j->reterr, ERR_SYNTAX, "TaskTemplate.ContainerSpec.Image is missing");
	return label_own(result, "Labels", j->subject) < 0 || pin(container, j->subject) < 0 ?
		out_of_memory(j->reterr) : 0;
}
