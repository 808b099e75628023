/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/create.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "docker/bind.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/log_option.h"
#include "docker/mapped.h"
#include "docker/member.h"
#include "docker/resource.h"
#include "docker/target.h"
#include "docker/vendor.h"
#include "model/variable.h"
#include "wire/json.h"

static field_judge judge_exposed, judge_volumes, judge_binds, judge_id_file, judge_ports,
	judge_security, judge_tmpfs, judge_mounts, judge_system_paths,
	judge_network, judge_namespace, judge_endpoints, judge_volumes_from,
	judge_cgroup_parent, judge_runtime;

#define FIELD(path, type, how, flag, harmless, judge, grammar) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_##grammar },

static const struct field create_fields[] = {
#include "docker/create_field.def"
	{ NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE },
};

static const struct field exec_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge, grammar) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_##grammar },
#include "docker/exec_field.def"
	{ NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE },
};

static const struct field exec_start_fields[] = {
#define FIELD(path, type, how, flag, harmless, judge) \
	{ path, FIELD_##type, FIELD_##how, FLAG_##flag, harmless, judge, GRAMMAR_ANY },
#include "docker/exec_start_field.def"
	{ NULL, FIELD_BOOL, FIELD_REFUSE, FLAG_NONE, NULL, NULL, GRAMMAR_NONE },
};

static const char *text_at(const json_t *list, size_t i)
{
	const char *text = json_string_value(json_array_get(list, i));

	return text != NULL ? text : "";
}

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

/* --- who ------------------------------------------------------------------ */
/* Who it may be depends on the kind of the container: kind_make() and kind_exec() say. */
int judge_user(struct judging *j, const struct field *field, json_t *value)
{
	return fields_fact(j, field, field->flag, json_string_value(value), 0);
}

/* --- what runs ------------------------------------------------------------- */
/* What the runtime is told, the helper alone tells it. */
static int check_variable(struct judging *j, const char *assignment)
{
	return mapped_is_variable(assignment) ?
		error_set(j->reterr, ERR_DENIED, "--env " VARIABLE_NAME ": the name is safedocker's own") : 0;
}

/* Values may be secrets: the fact, and so the record, holds the name alone. */
int judge_env(struct judging *j, const struct field *field, json_t *value)
{
	if (!j->answered && vendor_clean_env(value, j->reterr) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(value); i++) {
		struct slice name = slice_str(text_at(value, i));
		char *copy;
		int r;

		if (check_variable(j, name.p) < 0)
			return -1;
		name.n = slice_find(name, '=');
		copy = slice_dup(name);
		if (copy == NULL)
			return out_of_memory(j->reterr);
		r = slice_is_clean_text(name) ? fields_fact(j, field, field->flag, copy, 0) :
			error_set(j->reterr, ERR_SYNTAX, "a name in Env holds a control character");
		free(copy);
		if (r < 0)
			return -1;
	}
	return 0;
}

int judge_kept_env(struct judging *j, const struct field *field, json_t *value)
{
	(void)field;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (check_variable(j, text_at(value, i)) < 0)
			return -1;
	return 0;
}

int judge_health(struct judging *j, const struct field *field, json_t *value)
{
	if (json_array_size(value) == 1 && strcmp(text_at(value, 0), "NONE") == 0)
		return fields_fact(j, field, FLAG_NO_HEALTHCHECK, "", 0);
	return fields_fact(j, field, field->flag, text_at(value, 1), 0);
}

int judge_entrypoint(struct judging *j, const struct field *field, json_t *value)
{
	return fields_fact(j, field, field->flag, text_at(value, 0), 0);
}

int judge_image(struct judging *j, const struct field *field, json_t *value)
{
	struct image_ref ref;
	const char *text = json_string_value(value);
	char *tagged = NULL;
	int r = 0;

	(void)field;
	if (image_ref_parse(slice_str(text), &ref, j->reterr) < 0)
		return -1;
	free(j->facts->image);
	j->facts->image = ref.repository;
	/*
	 * `abc` is a name to us, but the beginning of an id to an engine that has no
	 * such name: with its tag it can only be the name.
	 */
	if (ref.may_be_id) {
		r = asprintf(&tagged, "%s:latest", text) < 0 ||
			json_string_set(value, tagged) < 0 ? out_of_memory(j->reterr) : 0;
		free(tagged);
	}
	return r;
}

/* docker --cidfile sends the name of a file that it writes itself; we keep the owner there. */
static int judge_id_file(struct judging *j, const struct field *field, json_t *value)
{
	if (slice_starts(slice_str(json_string_value(value)), ID_FILE_PREFIX))
		return error_set(j->reterr, ERR_DENIED, "%s: " ID_FILE_PREFIX
				 " there is safedocker's own", field->path);
	return 0;
}

/* --- what it sees of the host ---------------------------------------------- */
static int check_target(struct judging *j, enum target_kind kind, const char *what,
			const char *target)
{
	return target_check(kind, slice_str(what), slice_str(target), j->reterr);
}

static int judge_volumes(struct judging *j, const struct field *field, json_t *value)
{
	const char *target;
	json_t *nothing;

	json_object_foreach(value, target, nothing) {
		if (fields_fact(j, field, field->flag, "", 0) < 0 ||
		    check_target(j, TARGET_VOLUME, "--volume", target) < 0)
			return -1;
	}
	return 0;
}

/* --- directories of the host ------------------------------------------------- */
/* The fact comes first, so that the record says what was asked. */
static int host_path(struct judging *j, const struct field *field, struct slice source, struct slice target,
		     bool read_only)
{
	char *fact = NULL, *what = NULL;
	int r;

	source = target_trim(source);
	target = target_trim(target);
	if (asprintf(&fact, "%.*s%s", (int)source.n, source.p, read_only ? ":ro" : "") < 0)
		return out_of_memory(j->reterr);
	r = fields_fact(j, field, FLAG_VOLUME, fact, 0);
	free(fact);
	if (r < 0)
		return -1;
	bind_protect_host(j->facts, j->facts->n - 1);
	/* A colon would end it in a rule and in the record. */
	if (!target_is_plain(source) || slice_find(source, ':') < source.n)
		return error_set(j->reterr, ERR_SYNTAX, "--volume %.*s: an absolute path without . and .. (nor a "
				 "colon) is expected", (int)source.n, source.p);
	if (asprintf(&what, "--volume %.*s", (int)source.n, source.p) < 0)
		return out_of_memory(j->reterr);
	r = target_check(TARGET_BIND, slice_str(what), target, j->reterr);
	free(what);
	if (r < 0)
		return -1;
	/* What the runtime puts a path of the user's in place of is no path of anybody's. */
	if (slice_starts(source, SAFEDOCKER_PLACEHOLDER))
		return error_set(j->reterr, ERR_DENIED, "--volume %.*s: that is safedocker's own", (int)source.n, source.p);
	return references_add_path(j->references, j->facts, source, target, read_only, j->reterr);
}

static bool is_host_path(struct slice source)
{
	return source.n == 0 || source.p[0] == '/' || source.p[0] == '.' || source.p[0] == '~' ||
		source.p[0] == '\\';
}

/* A volume by name; `at` holds the name, `behind` follows it there. */
static int named_volume(struct judging *j, const struct field *field, struct slice name,
			struct slice target, bool read_only, json_t *at, const char *behind)
{
	char fact[300], what[300];

	if (!object_name_ok(name))
		return error_set(j->reterr, ERR_SYNTAX, "--volume %.*s: letters, digits, then also _.- are "
				 "expected in a volume's name", (int)(name.n < 100 ? name.n : 100), name.p);
	if (slice_starts(name, NAME_RESERVED))
		return error_set(j->reterr, ERR_DENIED, "--volume %.*s: names beginning with " NAME_RESERVED
				 " are safedocker's own", (int)name.n, name.p);
	(void)snprintf(fact, sizeof(fact), "%.*s%s", (int)name.n, name.p, read_only ? ":ro" : "");
	(void)snprintf(what, sizeof(what), "--volume %.*s", (int)name.n, name.p);
	if (fields_fact(j, field, FLAG_VOLUME, fact, 0) < 0 ||
	    target_check(TARGET_VOLUME, slice_str(what), target, j->reterr) < 0)
		return -1;
	return fields_reference(j, OBJECT_VOLUME, name, at, "", behind);
}

/* Relabelling changes whose files they are for every process of the host: a mount option with a flag of its own. */
static int judge_bind(struct judging *j, const struct field *field, json_t *bind)
{
	struct slice text = slice_str(json_string_value(bind));
	struct bind_text b;
	char relabel[2] = "";

	if (bind_parse(text, &b, j->reterr) < 0)
		return -1;
	if (b.target.n == 0 || b.target.p[0] != '/')
		return error_set(j->reterr, ERR_SYNTAX, "--volume %s: NAME:/path[:ro] is expected", text.p);
	if (b.relabel.n > 0)
		relabel[0] = b.relabel.p[0];
	if (*relabel != '\0' && fields_fact(j, field, FLAG_MOUNT, relabel, 0) < 0)
		return -1;
	if (is_host_path(b.source))
		return host_path(j, field, b.source, b.target, b.read_only);
	return named_volume(j, field, b.source, b.target, b.read_only, bind, text.p + b.source.n);
}

static int judge_binds(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (judge_bind(j, field, json_array_get(value, i)) < 0)
			return -1;
	return 0;
}

/* NAME[:ro|:rw] */
static int judge_volumes_from(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *from = json_array_get(value, i);
		struct slice text = slice_str(json_string_value(from));
		struct slice name = slice_of(text.p, slice_find(text, ':'));
		struct slice mode = slice_after(text, name.n);

		if (mode.n > 0 && !slice_is(mode, ":ro") && !slice_is(mode, ":rw"))
			return error_set(j->reterr, ERR_DENIED, "--volumes-from %s: only ro and rw may stand "
					 "behind the name", text.p);
		if (fields_fact(j, field, field->flag, text.p, 0) < 0 ||
		    fields_reference(j, OBJECT_CONTAINER, name, from, "", mode.p) < 0)
			return -1;
	}
	return 0;
}

/* An image's files, or a volume of the swarm's: each kind is named with what it mounts. */
static int other_mount(struct judging *j, const char *type, const char *source, const struct field *field)
{
	char *text = NULL;
	int r;

	if (strcmp(type, "image") != 0 && strcmp(type, "cluster") != 0)
		return error_set(j->reterr, ERR_DENIED, "--mount type=%s is refused", type);
	if (!slice_is_clean_text(slice_str(source)) || asprintf(&text, "type=%s,source=%s", type, source) < 0)
		return error_set(j->reterr, ERR_SYNTAX, "--mount type=%s: a plain source is expected", type);
	r = fields_fact(j, field, FLAG_MOUNT, text, 0);
	free(text);
	return r;
}

/* What reaches nothing that has an owner. */
static int mount_without_name(struct judging *j, const struct field *field, const char *type,
			      const char *source, const char *target)
{
	enum target_kind kind = TARGET_OTHER;
	int r;

	if (strcmp(type, "tmpfs") == 0 && *source == '\0') {
		kind = TARGET_TMPFS;
		r = fields_fact(j, field, FLAG_TMPFS, target, 0);
	} else if (strcmp(type, "volume") == 0) {
		kind = TARGET_VOLUME;
		r = fields_fact(j, field, FLAG_VOLUME, "", 0);
	} else {
		r = other_mount(j, type, source, field);
	}
	return r < 0 ? -1 : check_target(j, kind, "--mount", target);
}

static int judge_mount(struct judging *j, const struct field *field, json_t *mount)
{
	const char *type = json_string_value(json_object_get(mount, "Type"));
	json_t *at = json_object_get(mount, "Source");
	const char *source = json_string_value(at) != NULL ? json_string_value(at) : "";
	const char *target = json_string_value(json_object_get(mount, "Target"));
	bool read_only = json_is_true(json_object_get(mount, "ReadOnly"));

	if (target == NULL)
		target = "";
	if (type == NULL)
		type = "";
	if (strcmp(type, "bind") == 0)
		return host_path(j, field, slice_str(source), slice_str(target), read_only);
	if (strcmp(type, "volume") == 0 && *source != '\0')
		return named_volume(j, field, slice_str(source), slice_str(target), read_only, at,
				    "");
	return mount_without_name(j, field, type, source, target);
}

static int judge_mounts(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (judge_mount(j, field, json_array_get(value, i)) < 0)
			return -1;
	return 0;
}

/*
 * The options are the kernel's: an allowlist, and one fact for each that makes
 * more of the file system than a place for data.
 */
static int judge_tmpfs_option(struct judging *j, const struct field *field, struct slice option)
{
	static const char *const plain[] = {
		"rw", "ro", "noexec", "nosuid", "nodev", "noatime", "size=", "mode=", "uid=", "gid=",
		"nr_inodes=", "nr_blocks=",
	};
	static const char *const telling[] = { "exec", "suid", "dev" };

	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (slice_is(option, telling[i]))
			return fields_fact(j, field, field->flag, telling[i], 0);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i][strlen(plain[i]) - 1] == '=' ? slice_starts(option, plain[i]) :
		    slice_is(option, plain[i]))
			return 0;
	return error_set(j->reterr, ERR_DENIED, "--tmpfs: option %.*s is refused",
			 (int)(option.n < 64 ? option.n : 64), option.p);
}

static int judge_tmpfs(struct judging *j, const struct field *field, json_t *value)
{
	const char *target;
	json_t *options;

	json_object_foreach(value, target, options) {
		struct slice rest = slice_str(json_string_value(options));

		if (!slice_is_clean_text(rest))
			return error_set(j->reterr, ERR_SYNTAX,
					 "--tmpfs %s: an option holds a control character", target);
		if (fields_fact(j, field, field->flag, target, 0) < 0 ||
		    check_target(j, TARGET_TMPFS, "--tmpfs", target) < 0)
			return -1;
		while (rest.n > 0) {
			struct slice option = slice_of(rest.p, slice_find(rest, ','));

			if (judge_tmpfs_option(j, field, option) < 0)
				return -1;
			rest = slice_after(rest, option.n + 1);
		}
	}
	return 0;
}

/* `a=b` and the older `a:b` are the same to the engine; only one option tightens. */
static int judge_security(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *text = text_at(value, i);

		if (strcmp(text, "no-new-privileges=true") == 0 || strcmp(text, "no-new-privileges:true") == 0)
			text = "no-new-privileges";
		if (fields_fact(j, field, field->flag, text, 0) < 0)
			return -1;
	}
	return 0;
}

/* Whose a mapped container is, its cgroup parent says: no request puts anything there, under no rule. */
static int judge_cgroup_parent(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	if (mapped_names_parent(text) && !j->answered)
		return error_set(j->reterr, ERR_DENIED, "--cgroup-parent %s: what is below safedocker there is its own",
				 text);
	return fields_fact(j, field, field->flag, text, 0);
}

static int judge_runtime(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	if (strcmp(text, VARIABLE_RUNTIME) == 0 && !j->answered)
		return error_set(j->reterr, ERR_DENIED, "--runtime %s: safedocker itself says which containers have it",
				 text);
	return fields_fact(j, field, field->flag, text, 0);
}

static int judge_system_paths(struct judging *j, const struct field *field, json_t *value)
{
	(void)value;
	return fields_fact(j, field, field->flag, "systempaths=unconfined", 0);
}

/* A quota is the same limit as --cpus, in another unit. */
int judge_quota(struct judging *j, const struct field *field, json_t *value)
{
	const json_t *host = json_object_get(j->root, "HostConfig");
	/* An update has it beside the quota. */
	json_int_t period = json_integer_value(json_object_get(host != NULL ? host : j->root, "CpuPeriod"));
	json_int_t quota = json_integer_value(value);
	long long nano = -1;
	/* Of a container that is there, nobody knows here which period it has. */
	bool known = host != NULL || period > 0;
	char text[32];

	if (period <= 0)
		period = 100000;	/* the kernel's default, in microseconds */
	if (known && quota >= 0 && __builtin_mul_overflow((long long)quota, 1000000000LL, &nano))
		nano = -1;
	else if (known && quota >= 0)
		nano /= (long long)period;
	(void)snprintf(text, sizeof(text), "%lld", (long long)quota);
	if (fields_fact(j, field, field->flag, text, (long long)quota) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%lld", nano);
	return fields_fact(j, field, FLAG_CPUS, text, nano);
}

/* The engine takes a name in any case, and the kernel knows it by its own: so it is spelt in one way. */
int judge_ulimits(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);
		const char *name = json_string_value(json_object_get(one, "Name"));
		json_int_t hard = json_integer_value(json_object_get(one, "Hard"));
		json_int_t soft = json_integer_value(json_object_get(one, "Soft"));

		if (name == NULL || !ulimit_name_ok(slice_str(name)))
			return error_set(j->reterr, ERR_SYNTAX, "--ulimit %s: nofile, nproc or another name that docker "
					 "knows is expected, in small letters", name != NULL ? name : "");
		if (fields_fact(j, field, field->flag, name, hard < 0 || soft < 0 ? -1 : soft > hard ? soft : hard) < 0)
			return -1;
	}
	return 0;
}

int create_ulimit(json_t *list, const struct setting *ulimit)
{
	size_t n = strcspn(ulimit->value, "<");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_object_get(json_array_get(list, i), "Name"));

		if (name != NULL && strlen(name) == n && strncmp(name, ulimit->value, n) == 0)
			return 0;
	}
	return json_array_append_new(list, json_pack("{s:s%, s:I, s:I}", "Name", ulimit->value, n, "Hard",
						     (json_int_t)ulimit->number, "Soft", (json_int_t)ulimit->number));
}

/* --- the network ----------------------------------------------------------- */
static int publish_fact(struct judging *j, const struct field *field, const json_t *binding)
{
	const char *ip = json_string_value(json_object_get(binding, "HostIp"));
	const char *port = json_string_value(json_object_get(binding, "HostPort"));
	char *text = NULL;
	int r;

	if (ip == NULL || *ip == '\0')
		ip = "0.0.0.0";
	if (port == NULL || *port == '\0' || strcmp(port, "0") == 0)
		port = "ephemeral";
	if (asprintf(&text, strchr(ip, ':') != NULL ? "[%s]:%s" : "%s:%s", ip, port) < 0)
		return out_of_memory(j->reterr);
	r = fields_fact(j, field, field->flag, text, 0);
	free(text);
	return r;
}

static int judge_ports(struct judging *j, const struct field *field, json_t *value)
{
	const char *port;
	json_t *bindings;

	json_object_foreach(value, port, bindings) {
		/* No binding at all means one random port of the host. */
		if (json_array_size(bindings) == 0 && publish_fact(j, field, NULL) < 0)
			return -1;
		for (size_t i = 0; i < json_array_size(bindings); i++)
			if (publish_fact(j, field, json_array_get(bindings, i)) < 0)
				return -1;
	}
	return 0;
}

/* docker adds every published port to the exposed ones; only the others are --expose. */
static int judge_exposed(struct judging *j, const struct field *field, json_t *value)
{
	const json_t *host = json_object_get(j->root, "HostConfig");
	const json_t *published = json_object_get(host, "PortBindings");
	const char *port;
	json_t *nothing;

	json_object_foreach(value, port, nothing)
		if (json_object_get(published, port) == NULL &&
		    fields_fact(j, field, field->flag, port, 0) < 0)
			return -1;
	return 0;
}

/* `container:NAME`: that container must be the caller's, and is meant by its id from then on. */
static int judge_namespace(struct judging *j, const struct field *field, json_t *value)
{
	static const char container[] = "container:";
	struct slice text = slice_str(json_string_value(value));

	if (fields_fact(j, field, field->flag, text.p, 0) < 0)
		return -1;
	if (!slice_starts(text, container))
		return 0;
	return fields_reference(j, OBJECT_CONTAINER, slice_after(text, strlen(container)), value, container, "");
}

/* The engine's own words; what begins with ns: ranks A and gets no further. */
static bool is_network_name(const char *text)
{
	return strcmp(text, "default") != 0 && strcmp(text, "bridge") != 0 && strcmp(text, "none") != 0 &&
		strcmp(text, "host") != 0 && strncmp(text, "ns:", 3) != 0;
}

static int judge_network(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	if (judge_namespace(j, field, value) < 0)
		return -1;
	return !is_network_name(text) || strncmp(text, "container:", 10) == 0 ? 0 :
		fields_reference(j, OBJECT_NETWORK, slice_str(text), value, "", "");
}

/* A key is a network that gets joined, whatever NetworkMode says. */
static int judge_endpoints(struct judging *j, const struct field *field, json_t *value)
{
	const char *network;
	json_t *settings;

	json_object_foreach(value, network, settings) {
		if (strcmp(network, "default") == 0)
			continue;
		if (fields_fact(j, field, field->flag, network, 0) < 0 ||
		    (is_network_name(network) &&
		     fields_reference(j, OBJECT_NETWORK, slice_str(network), value, "", "") < 0))
			return -1;
	}
	return 0;
}

int judge_driver_opts(struct judging *j, const struct field *field, json_t *value)
{
	const char *key;
	json_t *text;

	json_object_foreach(value, key, text) {
		char *option = NULL;
		int r;

		if (asprintf(&option, "driver-opt=%s", key) < 0)
			return out_of_memory(j->reterr);
		r = fields_fact(j, field, field->flag, option, 0);
		free(option);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* --- volumes without a name ----------------------------------------------------- */
static size_t trimmed(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

static bool same_path(const char *a, const char *b, size_t n)
{
	return trimmed(a) == n && strncmp(a, b, n) == 0;
}

/* Is something mounted there already? The engine prefers it to a volume of the image's. */
static bool is_target(const json_t *host, const char *path)
{
	const json_t *mounts = json_object_get(host, "Mounts"), *binds = json_object_get(host, "Binds");
	json_t *tmpfs = json_object_get(host, "Tmpfs"), *nothing;
	const char *key;
	size_t n = trimmed(path);

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (same_path(json_string_value(json_object_get(json_array_get(mounts, i), "Target")), path, n))
			return true;
	for (size_t i = 0; i < json_array_size(binds); i++) {
		struct bind_text b;

		/* What is mounted below it is something else. */
		if (bind_parse(slice_str(text_at(binds, i)), &b, NULL) == 0 &&
		    slice_eq(target_trim(b.target), slice_of(path, n)))
			return true;
	}
	json_object_foreach(tmpfs, key, nothing)
		if (same_path(key, path, n))
			return true;
	return false;
}

/* One without a source, which will carry its owner: the engine would make it without a label. */
static int add_volume(json_t *body, const char *target)
{
	json_t *host = member_child(body, "HostConfig", json_object);
	json_t *mounts = member_child(host, "Mounts", json_array);
	json_t *mount = json_pack("{s:s, s:s, s:{}}", "Type", "volume", "Target", target, "VolumeOptions");

	return json_array_append_new(mounts, mount);
}

static int spell_volumes(json_t *body)
{
	json_t *nothing;
	const char *target;

	json_object_foreach(json_object_get(body, "Volumes"), target, nothing)
		if (!is_target(json_object_get(body, "HostConfig"), target) && add_volume(body, target) < 0)
			return -1;
	if (json_object_size(json_object_get(body, "Volumes")) > 0)
		(void)json_object_del(body, "Volumes");
	return 0;
}

/*
 * runc makes the places of mounts as root: none may lie below a bind, where they would be made in a
 * directory of the host.
 */
static int check_below(const struct references *references, const char *target, struct error *reterr)
{
	for (size_t i = 0; i < references->n; i++) {
		const struct reference *r = &references->list[i];
		size_t n = strlen(r->behind);

		if (r->kind == OBJECT_PATH && strncmp(target, r->behind, n) == 0 && target[n] == '/' &&
		    target[n + 1] != '\0' && target[n + 1] != ':')
			return error_set(reterr, ERR_DENIED, "a mount at %s would be made inside --volume %s: take "
					 "another place", target, r->name);
	}
	return 0;
}

int create_check_nesting(const json_t *body, const struct references *references, struct error *reterr)
{
	const json_t *host = json_object_get(body, "HostConfig");
	const json_t *mounts = json_object_get(host, "Mounts"), *binds = json_object_get(host, "Binds");
	json_t *nothing;
	const char *target;

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (check_below(references, json_string_value(json_object_get(json_array_get(mounts, i), "Target")),
				reterr) < 0)
			return -1;
	/* Its options may stand behind it: they hold no slash. */
	for (size_t i = 0; i < json_array_size(binds); i++)
		if (check_below(references, strchr(text_at(binds, i), ':') + 1, reterr) < 0)
			return -1;
	json_object_foreach(json_object_get(host, "Tmpfs"), target, nothing)
		if (check_below(references, target, reterr) < 0)
			return -1;
	return 0;
}

/* Who made the image spelt it in some way: the engine mounts it at the clean path. */
static int add_image_volume(json_t *body, const char *spelt, struct error *reterr)
{
	const json_t *host = json_object_get(body, "HostConfig");
	char *target = target_clean(slice_str(spelt));
	int r;

	if (target == NULL)
		return out_of_memory(reterr);
	if (*spelt != '/' || !slice_is_clean_text(slice_str(spelt)))
		r = error_set(reterr, ERR_DENIED, "the image declares a volume at an invalid path");
	else
		r = target_check(TARGET_VOLUME, slice_str("a volume of the image"),
				 slice_str(target), reterr);
	if (r == 0 && !is_target(host, target) && add_volume(body, target) < 0)
		r = out_of_memory(reterr);
	free(target);
	return r;
}

int create_image_volumes(json_t *body, const json_t *image, struct error *reterr)
{
	json_t *nothing, *volumes = json_object_get(json_object_get(image, "Config"), "Volumes");
	const char *target;

	json_object_foreach(volumes, target, nothing)
		if (add_image_volume(body, target, reterr) < 0)
			return -1;
	return 0;
}

int create_image_id(json_t *body, const json_t *image)
{
	json_t *id = json_object_get(image, "Id"), *asked = json_object_get(body, "Image");
	json_t *labels = member_child(body, "Labels", json_object);

	return json_is_string(id) && json_is_string(asked) && json_object_set(labels, LABEL_IMAGE, asked) == 0 &&
		json_object_set(body, "Image", id) == 0 ? 0 : -1;
}

/* --- where it starts, and how many processors it has ------------------------------------ */
char *create_workdir(const json_t *body, const json_t *image)
{
	const char *text = text_of(body, "WorkingDir");

	/* What the image says the engine takes as beginning at the root. */
	if (*text == '\0')
		text = text_of(json_object_get(image, "Config"), "WorkingDir");
	else if (*text != '/')
		return strdup(text);
	return *text == '\0' ? strdup("") : target_clean(slice_str(text));
}

int create_cpus(json_t *body, const struct setting *cpus)
{
	json_t *host = json_object_get(body, "HostConfig");
	json_int_t period = json_integer_value(json_object_get(host, "CpuPeriod"));
	long long quota;

	if (json_integer_value(json_object_get(host, "CpuQuota")) != 0)
		return 1;
	if (period <= 0)
		return 0;
	/* What is too much for a number is no limit worth the name: the engine says so of the period. */
	if (__builtin_mul_overflow(cpus->number, (long long)period, &quota))
		return 0;
	return json_object_set_new(host, "CpuQuota", json_integer(quota / 1000000000LL)) < 0 ? -1 : 1;
}

int create_judge(const json_t *body, const struct subject *subject, struct facts *facts,
		 struct references *references, json_t **ret, struct error *reterr)
{
	struct judging j = {
		.table = create_fields, .subject = subject, .root = body, .facts = facts,
		.references = references, .reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, body, &result) < 0)
		return -1;
	if (facts->image == NULL) {
		json_decref(result);
		return error_set(reterr, ERR_SYNTAX, "Image is missing");
	}
	if (spell_volumes(result) < 0) {
		json_decref(result);
		return out_of_memory(reterr);
	}
	if (vendor_check_targets(result, NULL, reterr) < 0) {
		json_decref(result);
		return -1;
	}
	*ret = result;
	return 0;
}

/* --- a container that is there ----------------------------------------------------- */
static bool holds_all(const json_t *list, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!json_list_has(list, texts[i]))
			return false;
	return true;
}

/* What is masked by default, or more, is told apart from what was unmasked. */
static void drop_default_paths(json_t *host)
{
	static const char *const masked[] = { "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware" };
	static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };

	if (holds_all(json_object_get(host, "MaskedPaths"), masked, 4))
		(void)json_object_del(host, "MaskedPaths");
	if (holds_all(json_object_get(host, "ReadonlyPaths"), read_only, 5))
		(void)json_object_del(host, "ReadonlyPaths");
}

static bool says_host(const json_t *host, const char *key)
{
	const char *mode = json_string_value(json_object_get(host, key));

	return mode != NULL && strcmp(mode, "host") == 0;
}

/* The engine itself adds label=disable to what shares the host's processes or memory, which is judged as such. */
static bool is_own_security(const json_t *host, const char *option)
{
	return strcmp(option, "no-new-privileges") == 0 ||
		(strcmp(option, "label=disable") == 0 &&
		 (says_host(host, "PidMode") || says_host(host, "IpcMode") ||
		  json_is_true(json_object_get(host, "Privileged"))));
}

static void drop_own_security(json_t *host)
{
	json_t *security = json_object_get(host, "SecurityOpt");

	for (size_t i = json_array_size(security); i-- > 0;)
		if (is_own_security(host, text_at(security, i)))
			(void)json_array_remove(security, i);
}

/* By which a container is a mapped one; one that has but a part of it is open, and needs a rule that says so. */
static void drop_own_runtime(json_t *host)
{
	if (!text_is(host, "Runtime", VARIABLE_RUNTIME) || !mapped_names_parent(text_of(host, "CgroupParent")))
		return;
	(void)json_object_del(host, "Runtime");
	(void)json_object_del(host, "CgroupParent");
}

/* Twice the memory is what the engine makes of a request without --memory-swap. */
static void drop_default_swap(json_t *host)
{
	json_int_t memory = json_integer_value(json_object_get(host, "Memory"));
	json_int_t swap = json_integer_value(json_object_get(host, "MemorySwap"));

	if (memory > 0 && swap / 2 == memory && swap % 2 == 0)
		(void)json_object_del(host, "MemorySwap");
}

/* A name, or an id, that is a network's: what passes there are addresses, and it was judged when it was joined. */
static void drop_network_name(json_t *host)
{
	const char *mode = json_string_value(json_object_get(host, "NetworkMode"));

	if (mode == NULL || strncmp(mode, "container:", 10) == 0 || strcmp(mode, "host") == 0 ||
	    strncmp(mode, "ns:", 3) == 0)
		return;
	(void)json_object_del(host, "NetworkMode");
}

static void drop_word(json_t *host, const char *key, const char *word)
{
	const char *value = json_string_value(json_object_get(host, key));

	if (value != NULL && strcmp(value, word) == 0)
		(void)json_object_del(host, key);
}

int create_again(const json_t *host, const struct subject *subject, struct facts *facts,
		 struct references *references, struct error *reterr)
{
	/* Its owner, its kind and its mounts are judged elsewhere; the rest the engine fills in as it likes. */
	static const char *const elsewhere[] = {
		"ContainerIDFile", "Binds", "Mounts", "GroupAdd", "CapDrop", "Links", "LogConfig", "CgroupnsMode",
	};
	json_t *root = json_object(), *copy = json_deep_copy(host), *taken = NULL;
	struct judging j = {
		.table = create_fields, .subject = subject, .root = root, .facts = facts,
		.references = references, .answered = true, .reterr = reterr,
	};
	int r = -1;

	if (root == NULL || copy == NULL || json_object_set(root, "HostConfig", copy) < 0) {
		(void)out_of_memory(reterr);
		goto done;
	}
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		(void)json_object_del(copy, elsewhere[i]);
	drop_own_security(copy);
	drop_own_runtime(copy);
	drop_default_paths(copy);
	drop_default_swap(copy);
	drop_network_name(copy);
	drop_word(copy, "Runtime", "runc");
	drop_word(copy, "Runtime", "io.containerd.runc.v2");
	r = fields_take(&j, root, &taken);
	if (r == 0)
		json_decref(taken);
done:
	json_decref(copy);
	json_decref(root);
	return r;
}

const struct field *create_table(void)
{
	return create_fields;
}

int exec_judge(const json_t *body, const struct subject *subject, struct facts *facts,
	       json_t **ret, struct error *reterr)
{
	struct judging j = {
		.table = exec_fields, .subject = subject, .root = body, .facts = facts,
		.reterr = reterr,
	};

	return fields_take(&j, body, ret);
}

int exec_start_judge(const json_t *body, struct facts *facts, bool *ret_detach, json_t **ret,
		     struct error *reterr)
{
	struct judging j = {
		.table = exec_start_fields, .root = body, .facts = facts, .reterr = reterr,
	};
	json_t *result;

	if (fields_take(&j, body, &result) < 0)
		return -1;
	*ret_detach = json_is_true(json_object_get(result, "Detach"));
	*ret = result;
	return 0;
}
