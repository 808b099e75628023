/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/bind.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/member.h"
#include "wire/json.h"

static int out_of_memory(struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "out of memory");
}

void bind_protect_host(struct facts *facts, size_t fact)
{
	static const char *const tops[] = {
		"/dev", "/proc", "/root", "/run", "/sys", "/var/lib/containerd", "/var/lib/docker", "/var/run",
	};

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		facts_protect(facts, fact, tops[i]);
}

/* --- the volume ----------------------------------------------------------------- */
/* FNV-1a: it only tells roots apart. That a volume is the right one, its options say. */
static uint64_t hash(struct slice text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

void bind_volume_name(uid_t uid, struct slice root, char ret[BIND_NAME_LEN])
{
	(void)snprintf(ret, BIND_NAME_LEN, BIND_VOLUME "%u-%016llx", (unsigned)uid, (unsigned long long)hash(root));
}

bool bind_is_volume(const char *name)
{
	return name != NULL && slice_starts(slice_str(name), BIND_VOLUME);
}

static json_t *options_of(struct slice root)
{
	return json_pack("{s:s, s:s, s:s%}", "type", "none", "o", "rbind", "device", root.p, root.n);
}

char *bind_volume_body(const char *name, struct slice root)
{
	json_t *body = json_pack("{s:s, s:s, s:o, s:{s:s}}", "Name", name, "Driver", "local", "DriverOpts",
				 options_of(root), "Labels", LABEL_KIND, "bind");
	char *text = body != NULL ? json_render(body) : NULL;

	json_decref(body);
	return text;
}

int bind_volume_check(struct slice answer, const char *name, struct slice root, struct error *reterr)
{
	json_t *volume = json_parse(answer, JSON_TOKENS_MAX, NULL), *options = options_of(root);
	bool same = options != NULL && strcmp(text_of(volume, "Name"), name) == 0 &&
		strcmp(text_of(volume, "Driver"), "local") == 0 &&
		strcmp(text_of(json_object_get(volume, "Labels"), LABEL_KIND), "bind") == 0 &&
		json_equal(json_object_get(volume, "Options"), options);

	json_decref(volume);
	json_decref(options);
	return same ? 0 : error_set(reterr, ERR_DENIED, "volume %s is not what safedocker made it: the administrator "
				    "must remove it", name);
}

/* --- what is asked ----------------------------------------------------------------- */
int bind_parse(struct slice text, struct bind_text *ret, struct error *reterr)
{
	struct bind_text b = { .source = slice_of(text.p, slice_find(text, ':')) };
	struct slice options;

	b.target = slice_after(text, b.source.n + 1);
	options = slice_after(b.target, slice_find(b.target, ':') + 1);
	b.target.n = slice_find(b.target, ':');
	while (options.n > 0) {
		struct slice one = slice_of(options.p, slice_find(options, ','));

		if (slice_is(one, "ro"))
			b.read_only = true;
		else if (slice_is(one, "z") || slice_is(one, "Z"))
			b.relabel = one;
		else if (slice_is(one, "nocopy"))
			b.no_copy = true;
		else if (!slice_is(one, "rw"))
			return error_set(reterr, ERR_DENIED, "--volume: option %.*s is refused; ro, rw and nocopy are not",
					 (int)(one.n < 64 ? one.n : 64), one.p);
		options = slice_after(options, one.n + 1);
	}
	*ret = b;
	return 0;
}

/* --- rewriting ------------------------------------------------------------------- */
/* What was asked, in the container's label. */
static int note(json_t *body, const struct reference *r, const json_t *was)
{
	json_t *labels = json_object_get(body, "Labels"), *list = bind_asked(text_of(labels, BIND_LABEL));
	char *text = NULL;
	int failed;

	if (list == NULL)
		list = json_array();
	failed = json_array_append_new(list, json_pack("{s:s, s:s, s:O}", "Source", r->name, "Target", r->behind,
						       "Was", was)) < 0;
	if (!failed)
		text = json_render(list);
	failed = text == NULL || json_object_set_new(labels, BIND_LABEL, json_string(text)) < 0;
	free(text);
	json_decref(list);
	return failed ? -1 : 0;
}

static json_t *volume_mount(const struct reference *r, const struct subject *subject, bool read_only)
{
	struct slice root = slice_of(r->name, r->root);
	const char *rest = r->name + r->root;
	char name[BIND_NAME_LEN];

	while (*rest == '/')
		rest++;
	bind_volume_name(subject->uid, root, name);
	/* The driver's options again: should the volume be gone, the engine makes the same one. */
	return json_pack("{s:s, s:s, s:s, s:b, s:{s:b, s:s, s:{s:s}, s:{s:s, s:o}}}", "Type", "volume", "Source", name,
			 "Target", r->behind, "ReadOnly", read_only, "VolumeOptions", "NoCopy", 1, "Subpath", rest,
			 "Labels", LABEL_KIND, "bind", "DriverConfig", "Name", "local", "Options", options_of(root));
}

static int index_of(const json_t *list, const json_t *element)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_array_get(list, i) == element)
			return (int)i;
	return -1;
}

/* How a mount goes on in the container's namespace, and the labels of its files, have no word for a volume. */
static bool has_bind_options(const json_t *mount)
{
	json_t *options = json_object_get(mount, "BindOptions"), *value;
	struct bind_text text;
	const char *key;

	if (json_is_string(mount))
		return bind_parse(slice_str(json_string_value(mount)), &text, NULL) < 0 || text.relabel.n > 0;
	json_object_foreach(options, key, value)
		if (strcmp(key, "ReadOnlyForceRecursive") != 0 && !json_is_false(value) && !json_is_null(value) &&
		    !(json_is_string(value) && json_string_length(value) == 0))
			return true;
	return false;
}

int bind_rewrite(json_t *body, const struct reference *r, const struct subject *subject, struct error *reterr)
{
	json_t *host = json_object_get(body, "HostConfig"), *mounts = json_object_get(host, "Mounts"), *mount;
	json_t *binds = json_object_get(host, "Binds");
	int in_binds = index_of(binds, r->at), in_mounts = index_of(mounts, r->at), failed;

	if ((in_binds < 0 && in_mounts < 0) || r->root == 0 || r->root >= strlen(r->name))
		return error_set(reterr, ERR_DENIED, "--volume %s: its place in the request is lost", r->name);
	if (has_bind_options(r->at))
		return error_set(reterr, ERR_DENIED, "--mount %s: what lies in %.*s you could exchange while the engine mounts "
				 "it; that is prevented for plain mounts, not for those with bind options", r->name,
				 (int)r->root, r->name);
	mount = volume_mount(r, subject, r->read_only);
	if (mount == NULL || note(body, r, r->at) < 0) {
		json_decref(mount);
		return out_of_memory(reterr);
	}
	if (in_mounts >= 0)
		return json_array_set_new(mounts, (size_t)in_mounts, mount) < 0 ? out_of_memory(reterr) : 0;
	if (mounts == NULL) {
		mounts = json_array();
		if (json_object_set_new(host, "Mounts", mounts) < 0) {
			json_decref(mount);
			return out_of_memory(reterr);
		}
	}
	failed = json_array_append_new(mounts, mount) < 0 || json_array_remove(binds, (size_t)in_binds) < 0;
	if (!failed && json_array_size(binds) == 0)
		failed = json_object_del(host, "Binds") < 0;
	return failed ? out_of_memory(reterr) : 0;
}

/* --- turning back ------------------------------------------------------------------ */
char *bind_source(const json_t *mount, size_t *ret_root)
{
	const json_t *options = json_object_get(mount, "VolumeOptions");
	const char *root = text_of(json_object_get(json_object_get(options, "DriverConfig"), "Options"), "device");
	char *path = NULL;

	if (!bind_is_volume(text_of(mount, "Source")) ||
	    asprintf(&path, "%s/%s", root, text_of(options, "Subpath")) < 0)
		return NULL;
	*ret_root = strlen(root);
	return path;
}

json_t *bind_asked(const char *label)
{
	json_t *list = label != NULL && *label != '\0' ? json_parse(slice_str(label), JSON_TOKENS_MAX, NULL) : NULL;

	if (!json_is_array(list)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static const json_t *asked_at(const json_t *asked, const char *target)
{
	for (size_t i = 0; i < json_array_size(asked); i++)
		if (strcmp(text_of(json_array_get(asked, i), "Target"), target) == 0)
			return json_array_get(asked, i);
	return NULL;
}

int bind_restore_binds(json_t **binds, const json_t *asked)
{
	for (size_t i = 0; i < json_array_size(asked); i++) {
		json_t *was = json_object_get(json_array_get(asked, i), "Was");

		if (!json_is_string(was))
			continue;
		if (!json_is_array(*binds)) {
			json_decref(*binds);
			*binds = json_array();
		}
		if (json_array_append(*binds, was) < 0)
			return -1;
	}
	return 0;
}

/* What is not in the label any more, since somebody else made the container, is left out all the same. */
int bind_restore_mounts(json_t **mounts, const json_t *asked)
{
	for (size_t i = json_array_size(*mounts); i-- > 0;) {
		const json_t *mount = json_array_get(*mounts, i);
		json_t *was;

		if (!bind_is_volume(text_of(mount, "Source")))
			continue;
		was = json_object_get(asked_at(asked, text_of(mount, "Target")), "Was");
		if ((json_is_object(was) ? json_array_set(*mounts, i, was) : json_array_remove(*mounts, i)) < 0)
			return -1;
	}
	if (!json_is_array(*mounts) || json_array_size(*mounts) > 0)
		return 0;
	/* As the engine shows a container without any. */
	json_decref(*mounts);
	*mounts = json_null();
	return 0;
}

int bind_restore_points(json_t *points, const json_t *asked)
{
	for (size_t i = 0; i < json_array_size(points); i++) {
		json_t *point = json_array_get(points, i), *writable = json_object_get(point, "RW");
		const char *target = text_of(point, "Destination");
		json_t *now;

		if (!bind_is_volume(text_of(point, "Name")))
			continue;
		now = json_pack("{s:s, s:s, s:s, s:s, s:O?, s:s}", "Type", "bind", "Source",
				text_of(asked_at(asked, target), "Source"), "Destination", target, "Mode",
				json_is_false(writable) ? "ro" : "", "RW", writable, "Propagation", "rprivate");
		if (now == NULL || json_array_set_new(points, i, now) < 0)
			return -1;
	}
	return 0;
}

int bind_exchangeable(const char *path, size_t root, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "--volume %s: what lies in %.*s you could exchange for a link while "
			 "the engine mounts it; bind %.*s itself and choose the place with --workdir", path,
			 (int)root, path, (int)root, path);
}
