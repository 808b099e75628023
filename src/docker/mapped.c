/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/mapped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/bind.h"
#include "docker/label.h"
#include "docker/member.h"
#include "docker/target.h"
#include "model/variable.h"
#include "wire/json.h"

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

bool mapped_is_variable(const char *assignment)
{
	size_t n = strlen(VARIABLE_NAME);

	return strncmp(assignment, VARIABLE_NAME, n) == 0 && (assignment[n] == '=' || assignment[n] == '\0');
}

/* --- whose it is ------------------------------------------------------------------- */
void mapped_parent(uid_t uid, enum cgroup_driver driver, char ret[MAPPED_PARENT_LEN])
{
	(void)snprintf(ret, MAPPED_PARENT_LEN, driver == CGROUP_DRIVER_SYSTEMD ? "safedocker-u%u.slice" :
		       "/safedocker/u%u", (unsigned)uid);
}

bool mapped_is(const json_t *host, uid_t uid, enum cgroup_driver driver)
{
	char parent[MAPPED_PARENT_LEN];

	/* The other driver would read the parent as another place: then nobody knows what it is. */
	mapped_parent(uid, driver, parent);
	return driver != CGROUP_DRIVER_NONE && text_is(host, "CgroupParent", parent) &&
		text_is(host, "Runtime", VARIABLE_RUNTIME);
}

bool mapped_names_parent(const char *cgroup_parent)
{
	static const char ours[] = "safedocker";
	size_t n = strlen(ours);

	/* As a part of a path, or of a slice's name: `-` begins a part of that. */
	for (const char *at = cgroup_parent; (at = strstr(at, ours)) != NULL; at += n)
		if ((at == cgroup_parent || strchr("/-:", at[-1]) != NULL) &&
		    strchr("/-.:", at[n]) != NULL)
			return true;
	return false;
}

/* --- making one -------------------------------------------------------------------- */
struct making {
	json_t *host;		/* borrowed from the body */
	json_t *entries;	/* of the variable */
	json_t *asked;		/* of the label */
	json_t *targets;	/* keys: where something of the container's own is mounted */
	bool held;		/* a mount of the place-holder is there */
	struct error *reterr;
};

/* Takes `entry`, `was` is only read: what was asked, for the label. */
static int note(struct making *m, json_t *entry, const json_t *was)
{
	json_t *asked = json_object(), *copy = was != NULL ? json_deep_copy(was) : NULL;
	json_t *source = json_object_get(entry, "source");
	int r = asked == NULL || entry == NULL || (was != NULL && copy == NULL) ||
		json_object_set(asked, "Target", json_object_get(entry, "target")) < 0 ? -1 : 0;

	if (r == 0 && source != NULL)
		r = json_object_set(asked, "Source", source) < 0 ||
			json_object_set(asked, "RO", json_object_get(entry, "ro")) < 0 ||
			json_object_set(asked, "Make", json_object_get(entry, "make")) < 0 ? -1 : 0;
	if (r == 0 && was != NULL)
		r = json_object_set(asked, "Was", copy);
	json_decref(copy);
	if (r == 0)
		r = json_array_append(m->asked, asked) < 0 || json_array_append(m->entries, entry) < 0 ? -1 : 0;
	json_decref(asked);
	json_decref(entry);
	return r < 0 ? out_of_memory(m->reterr) : 0;
}

static json_t *path_entry(struct slice target, struct slice source, bool read_only, bool make)
{
	target = target_trim(target);
	source = target_trim(source);
	return json_pack("{s:s%, s:s%, s:b, s:b}", "target", target.p, target.n, "source", source.p, source.n,
			 "ro", read_only, "make", make);
}

static json_t *copy_entry(struct slice target)
{
	target = target_trim(target);
	return json_pack("{s:s%, s:b}", "target", target.p, target.n, "copy", 1);
}

static int note_target(struct making *m, struct slice target)
{
	target = target_trim(target);
	return json_object_setn_new(m->targets, target.p, target.n, json_true()) < 0 ?
		out_of_memory(m->reterr) : 0;
}

/* SOURCE:TARGET[:OPTIONS]; a source that is no path is a volume's name. */
static int make_bind(struct making *m, json_t *binds, size_t i)
{
	const json_t *was = json_array_get(binds, i);
	struct bind_text b;
	json_t *now;

	if (bind_parse(slice_str(json_string_value(was)), &b, m->reterr) < 0 || note_target(m, b.target) < 0)
		return -1;
	if (b.relabel.n > 0)
		return error_set(m->reterr, ERR_DENIED, "--volume with z or Z: no mapped container can have it; it "
				 "needs a strong rule with root = open");
	if (b.source.n > 0 && b.source.p[0] == '/') {
		if (note(m, path_entry(b.target, b.source, b.read_only, true), was) < 0)
			return -1;
		m->held = true;
		b.target = target_trim(b.target);
		now = json_sprintf("%s:%.*s:ro", SAFEDOCKER_PLACEHOLDER, (int)b.target.n, b.target.p);
	} else if (!b.no_copy) {
		if (note(m, copy_entry(b.target), was) < 0)
			return -1;
		now = json_sprintf("%.*s:%.*s:%snocopy", (int)b.source.n, b.source.p, (int)b.target.n, b.target.p,
				   b.read_only ? "ro," : "");
	} else {
		return 0;
	}
	return json_array_set_new(binds, i, now) < 0 ? out_of_memory(m->reterr) : 0;
}

/* A clone that the runtime makes is private and recursive: what asks for something else is not had. */
static int check_options(const json_t *options, struct error *reterr)
{
	const char *propagation = text_of(options, "Propagation"), *asked = NULL;

	if (*propagation != '\0' && strcmp(propagation, "rprivate") != 0 && strcmp(propagation, "private") != 0)
		asked = "bind-propagation other than rprivate";
	else if (json_is_true(json_object_get(options, "NonRecursive")))
		asked = "bind-recursive=disabled";
	else if (json_is_true(json_object_get(options, "ReadOnlyNonRecursive")))
		asked = "bind-recursive=writable";
	return asked == NULL ? 0 : error_set(reterr, ERR_DENIED, "--mount %s: no mapped container can have it; it needs "
					     "a strong rule with root = open", asked);
}

static int make_path_mount(struct making *m, json_t *mounts, size_t i)
{
	const json_t *was = json_array_get(mounts, i), *options = json_object_get(was, "BindOptions");
	struct slice target = target_trim(slice_str(text_of(was, "Target")));
	json_t *now;

	if (check_options(options, m->reterr) < 0 ||
	    note(m, path_entry(target, slice_str(text_of(was, "Source")), json_is_true(json_object_get(was, "ReadOnly")),
			       json_is_true(json_object_get(options, "CreateMountpoint"))), was) < 0)
		return -1;
	m->held = true;
	now = json_pack("{s:s, s:s, s:s%, s:b}", "Type", "bind", "Source", SAFEDOCKER_PLACEHOLDER, "Target", target.p,
			target.n, "ReadOnly", 1);
	return json_array_set_new(mounts, i, now) < 0 ? out_of_memory(m->reterr) : 0;
}

/* As it was asked: labels of safedocker's are not the user's. */
static json_t *without_labels(const json_t *mount)
{
	json_t *copy = json_deep_copy(mount), *options = json_object_get(copy, "VolumeOptions");
	json_t *labels = json_object_get(options, "Labels"), *text;
	const char *key;
	void *next;

	json_object_foreach_safe(labels, next, key, text)
		if (slice_starts(slice_str(key), LABEL_PREFIX))
			(void)json_object_del(labels, key);
	if (labels != NULL && json_object_size(labels) == 0)
		(void)json_object_del(options, "Labels");
	if (options != NULL && json_object_size(options) == 0)
		(void)json_object_del(copy, "VolumeOptions");
	return copy;
}

static int make_volume_mount(struct making *m, json_t *mount)
{
	struct slice target = target_trim(slice_str(text_of(mount, "Target")));
	json_t *was = without_labels(mount), *options = member_child(mount, "VolumeOptions", json_object);
	const char *part = text_of(options, "Subpath");
	json_t *entry = NULL;
	int r = was == NULL || options == NULL ? out_of_memory(m->reterr) : 0;

	if (*part != '\0')
		entry = json_pack("{s:s%, s:s}", "target", target.p, target.n, "subpath", part);
	else if (!json_is_true(json_object_get(options, "NoCopy")))
		entry = copy_entry(target);
	else
		goto done;
	if (r == 0)
		r = note(m, entry, was);
	else
		json_decref(entry);
	if (r == 0 && json_object_set_new(options, "NoCopy", json_true()) < 0)
		r = out_of_memory(m->reterr);
	if (r == 0 && *part != '\0')
		(void)json_object_del(options, "Subpath");
done:
	json_decref(was);
	return r;
}

static int make_mount(struct making *m, json_t *mounts, size_t i)
{
	json_t *mount = json_array_get(mounts, i);

	if (note_target(m, slice_str(text_of(mount, "Target"))) < 0)
		return -1;
	if (text_is(mount, "Type", "bind"))
		return make_path_mount(m, mounts, i);
	if (text_is(mount, "Type", "volume"))
		return make_volume_mount(m, mount);
	return text_is(mount, "Type", "tmpfs") ? 0 :
		error_set(m->reterr, ERR_DENIED, "--mount type=%s: no mapped container can have it; it needs a strong rule "
			  "with root = open", text_of(mount, "Type"));
}

/* The container's own mount at a place counts, then that of whoever lends last. */
static int make_lent(struct making *m, const json_t *lent)
{
	for (size_t i = json_array_size(lent); i-- > 0;) {
		const json_t *one = json_array_get(lent, i);
		const char *target = text_of(one, "Target");

		if (json_object_get(m->targets, target) != NULL)
			continue;
		if (note_target(m, slice_str(target)) < 0 ||
		    note(m, path_entry(slice_str(target), slice_str(text_of(one, "Source")),
				       json_is_true(json_object_get(one, "RO")),
				       json_is_true(json_object_get(one, "Make"))), NULL) < 0)
			return -1;
		m->held = true;
	}
	return 0;
}

static int make_mounts(struct making *m, const json_t *lent)
{
	json_t *binds = json_object_get(m->host, "Binds"), *mounts = json_object_get(m->host, "Mounts"), *nothing;
	const char *target;

	for (size_t i = 0; i < json_array_size(binds); i++)
		if (make_bind(m, binds, i) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (make_mount(m, mounts, i) < 0)
			return -1;
	json_object_foreach(json_object_get(m->host, "Tmpfs"), target, nothing)
		if (note_target(m, slice_str(target)) < 0)
			return -1;
	return make_lent(m, lent);
}

/* --- what the runtime is told -------------------------------------------------------- */
/* Where there is something to tell, a place-holder must be there. */
static int hold(const struct making *m)
{
	json_t *binds = member_child(m->host, "Binds", json_array);

	return binds == NULL ? -1 : json_array_append_new(binds, json_string(SAFEDOCKER_PLACEHOLDER ":"
									      VARIABLE_MARK ":ro"));
}

/* Also where there is nothing to tell: an image may have the same variable. */
static int tell(json_t *body, const struct making *m, const char *cwd)
{
	json_t *env = member_child(body, "Env", json_array), *variable = json_object();
	char *text = NULL, *assignment = NULL;
	int r = env == NULL || variable == NULL ? -1 : 0;

	if (r == 0 && strcmp(cwd, "/") != 0)
		r = json_object_set_new(variable, "cwd", json_string(cwd));
	if (r == 0 && json_array_size(m->entries) > 0)
		r = json_object_set(variable, "mounts", m->entries);
	if (r == 0 && json_object_size(variable) > 0 && !m->held)
		r = hold(m);
	if (r == 0)
		text = json_render(variable);
	if (text != NULL && strlen(text) > VARIABLE_MAX)
		r = error_set(m->reterr, ERR_LIMIT, "the paths of all mounts together are longer than %d bytes", VARIABLE_MAX);
	else if (text == NULL || asprintf(&assignment, VARIABLE_NAME "=%s", text) < 0 ||
		 json_array_append_new(env, json_string(assignment)) < 0)
		r = out_of_memory(m->reterr);
	free(assignment);
	free(text);
	json_decref(variable);
	return r;
}

static int keep_asked(json_t *body, const struct making *m, const char *workdir)
{
	json_t *labels = member_child(body, "Labels", json_object);
	json_t *all = json_pack("{s:s, s:O}", "cwd", workdir, "mounts", m->asked);
	char *text = all != NULL ? json_render(all) : NULL;
	int r = text == NULL || json_object_set_new(labels, MAPPED_LABEL, json_string(text)) < 0 ? -1 : 0;

	free(text);
	json_decref(all);
	return r;
}

/* Other machines' addresses are not for whoever has no such power in a shell of their own, unless a rule gives it. */
static int drop_net_raw(json_t *host)
{
	const json_t *added = json_object_get(host, "CapAdd");
	json_t *dropped;

	for (size_t i = 0; i < json_array_size(added); i++) {
		const char *name = json_string_value(json_array_get(added, i));

		if (name != NULL && (strcmp(name, "ALL") == 0 || strcmp(name, "NET_RAW") == 0 ||
				     strcmp(name, "CAP_NET_RAW") == 0))
			return 0;
	}
	dropped = member_child(host, "CapDrop", json_array);
	return dropped == NULL ? -1 : json_list_has(dropped, "NET_RAW") ? 0 :
		json_array_append_new(dropped, json_string("NET_RAW"));
}

static int fill(json_t *body, const struct making *m, const struct mapped_how *how)
{
	char parent[MAPPED_PARENT_LEN];
	bool says = how->workdir != NULL && *how->workdir != '\0';

	mapped_parent(how->uid, how->driver, parent);
	if (tell(body, m, says ? how->workdir : "/") < 0)
		return -1;
	return keep_asked(body, m, says ? how->workdir : "") < 0 || drop_net_raw(m->host) < 0 ||
		json_object_set_new(m->host, "CgroupParent", json_string(parent)) < 0 ||
		json_object_set_new(m->host, "Runtime", json_string(VARIABLE_RUNTIME)) < 0 ||
		json_object_set_new(body, "WorkingDir", json_string("/")) < 0 ? out_of_memory(m->reterr) : 0;
}

int mapped_make(json_t *body, const struct mapped_how *how, struct error *reterr)
{
	struct making m = {
		.host = member_child(body, "HostConfig", json_object), .entries = json_array(), .asked = json_array(),
		.targets = json_object(), .reterr = reterr,
	};
	int r = 0;

	if (m.host == NULL || m.entries == NULL || m.asked == NULL || m.targets == NULL)
		r = out_of_memory(reterr);
	else if (how->driver == CGROUP_DRIVER_NONE)
		r = error_set(reterr, ERR_ENGINE, "the engine does not say how it names groups of processes");
	else if (how->workdir != NULL && *how->workdir != '\0' && *how->workdir != '/')
		r = error_set(reterr, ERR_SYNTAX, "--workdir %s: an absolute path is expected", how->workdir);
	if (r == 0)
		r = make_mounts(&m, how->lent);
	if (r == 0 && json_array_size(m.entries) > VARIABLE_ENTRIES_MAX)
		r = error_set(reterr, ERR_LIMIT, "more than %d mounts", VARIABLE_ENTRIES_MAX);
	if (r == 0)
		r = fill(body, &m, how);
	json_decref(m.entries);
	json_decref(m.asked);
	json_decref(m.targets);
	return r;
}
