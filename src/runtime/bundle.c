/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/bundle.h"

#include <stdio.h>
#include <string.h>

#include "common/slice.h"

/* What a volume's directory is called below the data root, and in it what is mounted. */
#define VOLUMES "/volumes/"
#define VOLUME_DATA "/_data"
#define CONTAINERS "/containers/"
#define LAYERS "/overlay2/"
#define MERGED "/merged"
#define INIT_TARGET "/sbin/docker-init"

static int unknown(const char *what, const char *value, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "a mapped container cannot have %s: %s", what, value);
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *bundle_cgroups_path(const json_t *config)
{
	return text(json_object_get(config, "linux"), "cgroupsPath");
}

/* Is the text one of these words? One that ends in "=" has any value. */
static bool is_one_of(const char *text, const char *const *known)
{
	for (; *known != NULL; known++) {
		size_t n = strlen(*known);

		if (strncmp(text, *known, n) == 0 && (text[n] == '\0' || (*known)[n - 1] == '='))
			return true;
	}
	return false;
}

/* Is each key of the object one of these words? */
static int only_keys(json_t *object, const char *const *known, const char *where, struct error *reterr)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
		if (!is_one_of(key, known))
			return unknown(where, key, reterr);
	return 0;
}

static int read_keys(const json_t *config, struct error *reterr)
{
	static const char *const top[] = { "ociVersion", "process", "root", "hostname", "domainname",
		"mounts", "hooks", "annotations", "linux", NULL };
	static const char *const inner[] = { "sysctl", "resources", "cgroupsPath", "namespaces", "devices",
		"seccomp", "rootfsPropagation", "maskedPaths", "readonlyPaths", "mountLabel", NULL };
	json_t *inside = json_object_get(config, "linux");
	const char *propagation = text(inside, "rootfsPropagation");

	if (only_keys((json_t *)config, top, "this in its bundle", reterr) < 0 ||
	    only_keys(inside, inner, "this in its bundle", reterr) < 0)
		return -1;
	if (json_object_get(json_object_get(inside, "seccomp"), "listenerPath") != NULL)
		return unknown("this in its bundle", "listenerPath", reterr);
	if (propagation != NULL && strstr(propagation, "shared") != NULL)
		return unknown("the mount propagation", propagation, reterr);
	return 0;
}

/* --- process and root file system ------------------------------------------------- */

/*
 * The variable, where the bundle has the place-holder; it is looked for among the assignments of the
 * process, which the engine keeps unique.
 */
static int read_variable(struct bundle *b, struct error *reterr)
{
	const json_t *env = json_object_get(json_object_get(b->config, "process"), "env");
	const char *found = NULL;

	for (size_t i = 0; i < json_array_size(env); i++) {
		const char *assignment = json_string_value(json_array_get(env, i));

		if (assignment == NULL || !variable_is(assignment))
			continue;
		if (found != NULL)
			return error_set(reterr, ERR_SYNTAX, "two variables %s", VARIABLE_NAME);
		found = assignment;
	}
	if (found == NULL || found[strlen(VARIABLE_NAME)] != '=')
		return error_set(reterr, ERR_SYNTAX, "a place-holder, but no variable %s", VARIABLE_NAME);
	return variable_parse(slice_str(found + strlen(VARIABLE_NAME) + 1), &b->variable, reterr);
}

static int read_id(const json_t *user, const char *key, uint32_t *ret, struct error *reterr)
{
	const json_t *value = json_object_get(user, key);
	json_int_t id = json_integer_value(value);

	if (!json_is_integer(value) || id < 0 || id > 4294967294LL)
		return error_set(reterr, ERR_SYNTAX, "the bundle's process has no valid %s", key);
	*ret = (uint32_t)id;
	return 0;
}

static bool is_hex(struct slice s)
{
	return s.n == 64 && strspn(s.p, "0123456789abcdef") >= s.n;
}

/* <data root>/overlay2/<64 digits>/merged */
static int read_root(struct bundle *b, struct error *reterr)
{
	const char *path = text(json_object_get(b->config, "root"), "path"), *layers = NULL;
	struct slice rest;

	/* The last /overlay2/ in it: the data root may be below another of that name. */
	for (const char *at = path; at != NULL && (at = strstr(at, LAYERS)) != NULL; at++)
		layers = at;
	if (path == NULL || path[0] != '/' || layers == NULL || layers == path)
		return unknown("a root file system that is not overlay2's", path != NULL ? path : "none", reterr);
	rest = slice_str(layers + strlen(LAYERS));
	if (!is_hex(slice_of(rest.p, slice_find(rest, '/'))) || !slice_is(slice_after(rest, 64), MERGED) ||
	    strlen(path) >= sizeof(b->root))
		return unknown("a root file system that is not overlay2's", path, reterr);
	(void)snprintf(b->data_root, sizeof(b->data_root), "%.*s", (int)(layers - path), path);
	(void)snprintf(b->root, sizeof(b->root), "%s", path);
	return 0;
}

/* --- devices, namespaces, hooks ----------------------------------------------------------- */

static int read_devices(struct bundle *b, struct error *reterr)
{
	const json_t *list = json_object_get(json_object_get(b->config, "linux"), "devices");

	if (json_array_size(list) > BUNDLE_DEVICES_MAX)
		return unknown("so many devices", "linux.devices", reterr);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct bundle_device *d = &b->device[b->n_devices++];
		const json_t *item = json_array_get(list, i);
		const char *type = text(item, "type");

		*d = (struct bundle_device){ .path = text(item, "path"),
			.block = type != NULL && strcmp(type, "b") == 0,
			.major = (unsigned)json_integer_value(json_object_get(item, "major")),
			.minor = (unsigned)json_integer_value(json_object_get(item, "minor")) };
		if (type == NULL || (!d->block && strcmp(type, "c") != 0 && strcmp(type, "u") != 0))
			return unknown("a device of this type", type != NULL ? type : "none", reterr);
		if (d->path == NULL || strncmp(d->path, "/dev/", 5) != 0 || strstr(d->path, "/.") != NULL)
			return unknown("a device at this path", d->path != NULL ? d->path : "none", reterr);
	}
	return 0;
}

static const char *const join_names[] = { "network", "ipc", "pid", "uts" };

const char *bundle_join_name(enum bundle_join join)
{
	return join_names[join];
}

static int read_namespaces(struct bundle *b, struct error *reterr)
{
	const json_t *list = json_object_get(json_object_get(b->config, "linux"), "namespaces");
	bool own[BUNDLE_JOINS] = { false }, mount = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *type = text(item, "type"), *path = text(item, "path");
		size_t k = 0;

		while (k < BUNDLE_JOINS && type != NULL && strcmp(type, join_names[k]) != 0)
			k++;
		if (type != NULL && k < BUNDLE_JOINS) {
			own[k] = true;
			b->join[k] = path;
		} else if (type != NULL && path == NULL && strcmp(type, "mount") == 0) {
			mount = true;
		} else if (type == NULL || path != NULL || strcmp(type, "cgroup") != 0) {
			return unknown("this namespace (is the engine one with userns-remap?)",
				       type != NULL ? type : "none", reterr);
		}
	}
	if (!mount)
		return unknown("the host's namespace", "mount", reterr);
	if (!own[BUNDLE_PID] || !own[BUNDLE_IPC])
		return unknown("the host's namespace", own[BUNDLE_PID] ? "ipc" : "pid", reterr);
	b->host_network = !own[BUNDLE_NETWORK];
	return 0;
}

/* Hooks are root's programs; of those only the engine's own is known to keep out of the container's files. */
static int read_hooks(const json_t *config, struct error *reterr)
{
	const char *when;
	json_t *list, *hook;
	size_t i;

	json_object_foreach(json_object_get(config, "hooks"), when, list) {
		if (!json_is_array(list))
			return unknown("hooks of an unknown form", when, reterr);
		json_array_foreach(list, i, hook) {
			const json_t *args = json_object_get(hook, "args");
			const char *name = json_string_value(json_array_get(args, 0));

			if (strcmp(when, "prestart") != 0 || name == NULL ||
			    strcmp(name, "libnetwork-setkey") != 0)
				return unknown("this hook", name != NULL ? name : when, reterr);
		}
	}
	return 0;
}

/* --- mounts ------------------------------------------------------------------------------ */

/* <data root>DIRECTORY<name><rest>: the name, and the rest from its slash on. */
static bool below(const struct bundle *b, const char *source, const char *directory,
		  struct slice *name, struct slice *rest)
{
	*rest = slice_str(source);
	if (!slice_starts(*rest, b->data_root))
		return false;
	*rest = slice_after(*rest, strlen(b->data_root));
	if (!slice_starts(*rest, directory))
		return false;
	*rest = slice_after(*rest, strlen(directory));
	*name = slice_of(rest->p, slice_find(*rest, '/'));
	*rest = slice_after(*rest, name->n);
	return true;
}

/* <data root>/containers/<id>/NAME; another's id only where its namespace is joined. */
static bool is_container_file(const struct bundle *b, const char *source, const char *name, bool joined)
{
	struct slice id, rest;

	return below(b, source, CONTAINERS, &id, &rest) && is_hex(id) &&
	       (joined || slice_is(id, b->id)) && slice_is(rest, name);
}

static bool is_volume(const struct bundle *b, const char *source)
{
	struct slice name, rest;

	return below(b, source, VOLUMES, &name, &rest) && name.n > 0 && name.p[0] != '.' &&
	       slice_is(rest, VOLUME_DATA);
}

static enum bundle_kind kind_of(const struct bundle *b, const struct bundle_mount *m)
{
	static const char *const files[] = { "/hosts", "/hostname", "/resolv.conf" };

	if (strcmp(m->source, SAFEDOCKER_PLACEHOLDER) == 0)
		return strcmp(m->target, VARIABLE_MARK) == 0 ? BUNDLE_MARK : BUNDLE_BIND;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strncmp(m->target, "/etc", 4) == 0 && strcmp(m->target + 4, files[i]) == 0 &&
		    is_container_file(b, m->source, files[i], b->join[BUNDLE_NETWORK] != NULL))
			return BUNDLE_FILE;
	if (strcmp(m->target, "/dev/shm") == 0 &&
	    is_container_file(b, m->source, "/mounts/shm", b->join[BUNDLE_IPC] != NULL))
		return BUNDLE_SHM;
	if (is_volume(b, m->source))
		return BUNDLE_VOLUME;
	return strcmp(m->target, INIT_TARGET) == 0 ? BUNDLE_INIT : BUNDLE_REFUSED;
}

static int read_options(const json_t *list, struct bundle_mount *m, struct error *reterr)
{
	static const char *const bind[] = {
		"rbind", "bind", "rprivate", "private", "rw", "ro", "rro", NULL,
	};
	/*
	 * None that makes a bind of it: runc opens what the source says as root, and the image may
	 * have a link there.
	 */
	static const char *const inside[] = {
		"rprivate", "private", "rw", "ro", "suid", "nosuid", "dev", "nodev", "exec",
		"noexec", "sync", "async", "dirsync", "mand", "nomand", "atime", "noatime",
		"diratime", "nodiratime", "relatime", "norelatime", "strictatime",
		"nostrictatime", "newinstance", "size=", "mode=", "ptmxmode=", "uid=", "gid=",
		"nr_inodes=", "nr_blocks=", "mpol=", NULL,
	};
	bool is_inside = m->kind == BUNDLE_INSIDE || m->kind == BUNDLE_SYS;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *option = json_string_value(json_array_get(list, i));

		if (option == NULL || !is_one_of(option, is_inside ? inside : bind))
			return unknown("this mount option", option != NULL ? option : "none",
				       reterr);
		/* Ours is recursive in any case. */
		m->read_only |= strcmp(option, "ro") == 0 || strcmp(option, "rro") == 0;
	}
	return 0;
}

static int read_mount(struct bundle *b, const json_t *value, struct error *reterr)
{
	static const char *const inside[] = {
		"proc", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", NULL,
	};
	struct bundle_mount *m = &b->mount[b->n_mounts];
	const char *type = text(value, "type");

	*m = (struct bundle_mount){ .source = text(value, "source"), .target = text(value, "destination") };
	if (b->n_mounts + 1 > BUNDLE_MOUNTS_MAX - 1 || type == NULL || m->source == NULL ||
	    m->target == NULL || m->target[0] != '/' || json_object_size(value) > 4)
		return error_set(reterr, ERR_SYNTAX, "a mount of the bundle is not of the known form");
	b->n_mounts++;
	if (is_one_of(type, inside))
		m->kind = BUNDLE_INSIDE;
	else if (strcmp(type, "sysfs") == 0)
		m->kind = BUNDLE_SYS;
	else if (strcmp(type, "bind") == 0)
		m->kind = kind_of(b, m);
	if (m->kind == BUNDLE_REFUSED)
		return unknown("this mount", m->target, reterr);
	return read_options(json_object_get(value, "options"), m, reterr);
}

/* One entry for each place-holder, and for each other entry a volume. */
static int match_entries(struct bundle *b, struct error *reterr)
{
	for (size_t i = 0; i < b->n_mounts; i++) {
		struct bundle_mount *m = &b->mount[i];
		struct variable_entry *entry = variable_find(&b->variable, m->target);

		if (m->kind != BUNDLE_BIND && m->kind != BUNDLE_VOLUME)
			continue;
		if (entry != NULL && !entry->used && (entry->source != NULL) == (m->kind == BUNDLE_BIND)) {
			entry->used = true;
			m->entry = entry;
		}
		if (m->kind == BUNDLE_BIND && m->entry == NULL)
			return error_set(reterr, ERR_SYNTAX, "the variable %s does not say what is meant "
					 "to be at %s", VARIABLE_NAME, m->target);
		if (m->kind == BUNDLE_BIND)
			m->read_only = m->entry->read_only;
	}
	for (size_t i = 0; i < b->variable.n; i++)
		if (!b->variable.entry[i].used)
			return error_set(reterr, ERR_SYNTAX, "the variable %s speaks of %s, where nothing of "
					 "that kind is mounted", VARIABLE_NAME, b->variable.entry[i].target);
	return 0;
}

static int read_mounts(struct bundle *b, struct error *reterr)
{
	const json_t *list = json_object_get(b->config, "mounts");
	bool counts = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (read_mount(b, json_array_get(list, i), reterr) < 0)
			return -1;
		counts |= b->mount[i].kind == BUNDLE_BIND || b->mount[i].kind == BUNDLE_MARK;
	}
	if (!counts)
		return 0;
	return read_variable(b, reterr) < 0 ? -1 : match_entries(b, reterr);
}

int bundle_read(json_t *config, const char *id, struct bundle *ret, struct error *reterr)
{
	const json_t *user = json_object_get(json_object_get(config, "process"), "user");

	*ret = (struct bundle){ .config = config, .id = id };
	if (read_keys(config, reterr) < 0 || read_id(user, "uid", &ret->uid, reterr) < 0 ||
	    read_id(user, "gid", &ret->gid, reterr) < 0 || read_root(ret, reterr) < 0 ||
	    read_devices(ret, reterr) < 0 || read_namespaces(ret, reterr) < 0 ||
	    read_hooks(config, reterr) < 0)
		return -1;
	return read_mounts(ret, reterr);
}

void bundle_free(struct bundle *b)
{
	variable_free(&b->variable);
}
