/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/inspect.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "docker/create.h"
#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/mapped.h"
#include "docker/member.h"
#include "docker/reference.h"
#include "model/variable.h"
#include "wire/json.h"
#include "wire/sieve.h"

/*
 * What is read of each answer. The rest flows by: an inspect answer also holds what
 * others put there (health logs, execs, endpoints), of any size.
 */
static const struct sieve_rule container_rules[] = {
	{ "Id", SIEVE_PASS },
	{ "Config/User", SIEVE_PASS },
	{ "Config/Tty", SIEVE_PASS },
	{ "Config/Labels/" LABEL_OWNER, SIEVE_PASS },
	{ "Config/Labels/" LABEL_ENDS, SIEVE_PASS },
	{ "Config/Labels/" LABEL_IMAGE, SIEVE_PASS },
	{ "Config/Image", SIEVE_PASS },
	{ "ExecIDs", SIEVE_PASS },
	{ "HostConfig/ContainerIDFile", SIEVE_PASS },
	{ "HostConfig/SecurityOpt", SIEVE_PASS },
	{ "HostConfig/CapDrop", SIEVE_PASS },
	{ "HostConfig/CapAdd", SIEVE_PASS },
	{ "HostConfig/Privileged", SIEVE_PASS },
	{ "HostConfig/GroupAdd", SIEVE_PASS },
	{ "HostConfig/CgroupParent", SIEVE_PASS },
	{ "HostConfig/Runtime", SIEVE_PASS },
	{ "Mounts/*/Type", SIEVE_PASS },
	{ "Mounts/*/Source", SIEVE_PASS },
	{ "Mounts/*/RW", SIEVE_PASS },
	{ "Mounts/*/Name", SIEVE_PASS },
	{ "Mounts/*/Destination", SIEVE_PASS },
	{ "HostConfig/Mounts", SIEVE_PASS },
	{ "Config/Labels/" MAPPED_LABEL, SIEVE_PASS },
};
static const struct sieve_rule again_rules[] = { { "HostConfig", SIEVE_PASS } };
static const struct sieve_rule created_rules[] = { { "Id", SIEVE_PASS } };
static const struct sieve_rule exec_rules[] = {
	{ "ContainerID", SIEVE_PASS },
	{ "ProcessConfig/privileged", SIEVE_PASS },
	{ "ProcessConfig/user", SIEVE_PASS },
};
static const struct sieve_rule resource_rules[] = {
	{ "Id", SIEVE_PASS },
	{ "Name", SIEVE_PASS },
	{ "Labels/" LABEL_OWNER, SIEVE_PASS },
	{ "Labels/" LABEL_KIND, SIEVE_PASS },
	{ "CreatedAt", SIEVE_PASS },
	{ "Containers/*/Name", SIEVE_PASS },
	{ "Driver", SIEVE_PASS },
	{ "Options", SIEVE_PASS },
	{ "ClusterVolume", SIEVE_PASS },
};
static const struct sieve_rule labelled_rules[] = {
	{ "Id", SIEVE_PASS },
	{ "ID", SIEVE_PASS },
	{ "Config/Labels/" LABEL_OWNER, SIEVE_PASS },
	{ "Spec/Labels/" LABEL_OWNER, SIEVE_PASS },
	{ "Spec/ContainerSpec/Labels/" LABEL_OWNER, SIEVE_PASS },
};
static const struct sieve_rule list_rules[] = { { "*/Id", SIEVE_PASS } };
static const struct sieve_rule count_rules[] = { { "*/Id", SIEVE_PASS },
						 { "Volumes/*/Name", SIEVE_PASS } };
static const struct sieve_rule owned_rules[] = { { "*/Id", SIEVE_PASS }, { "*/Labels", SIEVE_PASS } };
static const struct sieve_rule info_rules[] = { { "DockerRootDir", SIEVE_PASS } };
static const struct sieve_rule image_rules[] = {
	{ "Id", SIEVE_PASS },
	{ "RepoTags", SIEVE_PASS },
	{ "RepoDigests", SIEVE_PASS },
	{ "Config/Labels/" LABEL_OWNER, SIEVE_PASS },
};

#define IMAGE_NAMES_MAX (256 * 1024)

#define PARSE(rules, body) sieve_parse(rules, sizeof(rules) / sizeof((rules)[0]), body, NULL)

static int not_understood(const char *what, struct error *reterr)
{
	return error_set(reterr, ERR_ENGINE, "the engine's answer has no usable %s", what);
}

static int take_id(const json_t *value, char ret[OBJECT_ID_LEN + 1])
{
	const char *id = json_string_value(value);

	if (id == NULL || strlen(id) != OBJECT_ID_LEN || strspn(id, "0123456789abcdef") != OBJECT_ID_LEN)
		return -1;
	memcpy(ret, id, OBJECT_ID_LEN + 1);
	return 0;
}

static bool uid_of(const char *text, uid_t *ret)
{
	unsigned long long uid;

	if (text == NULL || slice_to_u64(slice_str(text), UINT_MAX - 1, &uid) < 0)
		return false;
	*ret = (uid_t)uid;
	return true;
}

static void take_adopted(const struct adoption *from, uid_t *owner, bool *owned)
{
	if (from == NULL)
		return;
	*owner = from->owner;
	*owned = true;
}

static void take_owner(const json_t *config, const json_t *host, struct container *c)
{
	const char *file = json_string_value(json_object_get(host, "ContainerIDFile"));
	uid_t label, witness;

	if (!label_owner(json_object_get(config, "Labels"), &label) ||
	    file == NULL || !slice_starts(slice_str(file), ID_FILE_PREFIX) ||
	    !uid_of(file + strlen(ID_FILE_PREFIX), &witness) || witness != label)
		return;
	c->owner = label;
	c->owned = true;
}

/* An image may carry the label too, and have its containers stopped early: they are the user's own. */
static time_t end_of(const json_t *labels)
{
	const char *text = json_string_value(json_object_get(labels, LABEL_ENDS));
	unsigned long long ends;

	return text != NULL && slice_to_u64(slice_str(text), 1ULL << 40, &ends) == 0 ? (time_t)ends : 0;
}

/* Only what says nothing itself: neither label nor witness. */
static bool is_nobodys(const json_t *config, const json_t *host)
{
	const char *file = json_string_value(json_object_get(host, "ContainerIDFile"));

	return !label_is_ours(json_object_get(config, "Labels")) &&
		(file == NULL || !slice_starts(slice_str(file), ID_FILE_PREFIX));
}

/* Much of what makes a kind is seen to when a container is made, and was not here: it is open, whatever it looks like. */
static void take_given(const struct adopted *adopted, struct container *c)
{
	take_adopted(adopted_find(adopted, OBJECT_CONTAINER, c->id, NULL), &c->owner, &c->owned);
}

int inspect_container(struct slice body, const struct adopted *adopted, struct container *ret, struct error *reterr)
{
	struct container c = { .kind = CONTAINER_OPEN, .size = body.n };
	json_t *root = PARSE(container_rules, body);
	const json_t *config = json_object_get(root, "Config");
	const json_t *host = json_object_get(root, "HostConfig");
	int r = 0;

	if (take_id(json_object_get(root, "Id"), c.id) < 0 || !json_is_object(config) ||
	    !json_is_object(host))
		r = not_understood("container", reterr);
	if (r == 0) {
		take_owner(config, host, &c);
		c.tty = json_is_true(json_object_get(config, "Tty"));
		c.ends = end_of(json_object_get(config, "Labels"));
		c.execs = json_array_size(json_object_get(root, "ExecIDs"));
		(void)snprintf(c.image, sizeof(c.image), "%s", label_image(json_object_get(config, "Labels"),
									   text_of(config, "Image")));
		if (c.owned)
			c.kind = kind_of_container(root, c.owner, &c.driver);
		else if (is_nobodys(config, host))
			take_given(adopted, &c);
		*ret = c;
	}
	json_decref(root);
	return r;
}

static int bind_fact(struct facts *facts, struct slice source, bool read_only)
{
	char *text = NULL;
	int r;

	if (asprintf(&text, "%.*s%s", (int)source.n, source.p, read_only ? ":ro" : "") < 0)
		return -1;
	r = facts_add(facts, FLAG_VOLUME, text, 0, "HostConfig.Binds");
	free(text);
	return r;
}

/* An image's files or a swarm's volume, as create_judge() names it; a borrowed one is not asked for here, and may be anything. */
static int other_fact(struct facts *facts, const json_t *asked, const json_t *point)
{
	const char *at = json_string_value(json_object_get(point, "Destination")), *type, *source;
	char *text = NULL;
	int r;

	for (size_t i = 0; i < json_array_size(asked) && at != NULL && text == NULL; i++) {
		const json_t *mount = json_array_get(asked, i);

		type = json_string_value(json_object_get(mount, "Type"));
		source = json_string_value(json_object_get(mount, "Source"));
		if (text_is(mount, "Target", at) && (text_is(mount, "Type", "image") || text_is(mount, "Type", "cluster")) &&
		    asprintf(&text, "type=%s,source=%s", type, source != NULL ? source : "") < 0)
			return -1;
	}
	r = text != NULL ? facts_add(facts, FLAG_MOUNT, text, 0, "HostConfig.Mounts") :
		bind_fact(facts, slice_str("/"), json_is_false(json_object_get(point, "RW")));
	free(text);
	return r;
}

/*
 * A path that the engine mounts: for a place-holder, what was asked in its place. What is no path would read as a
 * volume's name: it may be anything of the host.
 */
static int path_fact(struct facts *facts, const json_t *asked, const json_t *point)
{
	const char *source = text_of(point, "Source"), *target = text_of(point, "Destination");
	bool read_only = json_is_false(json_object_get(point, "RW"));

	if (asked != NULL && strcmp(source, SAFEDOCKER_PLACEHOLDER) == 0) {
		if (strcmp(target, VARIABLE_MARK) == 0)
			return 0;
		source = mapped_source(asked, target, &read_only);
	}
	return bind_fact(facts, slice_str(source != NULL && *source == '/' ? source : "/"), read_only);
}

int inspect_binds(struct slice body, const json_t *asked, struct facts *facts)
{
	json_t *root = PARSE(container_rules, body);
	const json_t *mounts = json_object_get(root, "Mounts");
	const json_t *made = json_object_get(json_object_get(root, "HostConfig"), "Mounts");
	/* Those of --volumes-from stand here too. An older engine than any that is known has no such list. */
	int r = json_is_array(mounts) ? 0 : -1;

	for (size_t i = 0; r == 0 && i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);

		if (text_is(mount, "Type", "image") || text_is(mount, "Type", "cluster"))
			r = other_fact(facts, made, mount);
		else if (!text_is(mount, "Type", "volume") && !text_is(mount, "Type", "tmpfs"))
			r = path_fact(facts, asked, mount);
	}
	json_decref(root);
	return r;
}

int inspect_volumes(struct slice body, json_t *names)
{
	json_t *root = PARSE(container_rules, body);
	const json_t *mounts = json_object_get(root, "Mounts");
	int r = json_is_array(mounts) ? 0 : -1;

	for (size_t i = 0; r == 0 && i < json_array_size(mounts); i++) {
		const char *name = text_of(json_array_get(mounts, i), "Name");

		if (*name != '\0')
			r = json_array_append_new(names, json_string(name));
	}
	json_decref(root);
	return r;
}

json_t *inspect_labels(struct slice body)
{
	json_t *root = PARSE(container_rules, body);
	json_t *labels = json_object_get(json_object_get(root, "Config"), "Labels");

	labels = root == NULL ? NULL : json_is_object(labels) ? json_incref(labels) : json_object();
	json_decref(root);
	return labels;
}

int inspect_again(struct slice body, const struct subject *subject, struct facts *facts,
		  struct references *references, struct error *reterr)
{
	json_t *root = PARSE(again_rules, body);
	const json_t *host = json_object_get(root, "HostConfig");
	int r = json_is_object(host) ? create_again(host, subject, facts, references, reterr) :
		not_understood("settings of a container", reterr);

	json_decref(root);
	return r;
}

int inspect_info(struct slice body, char *ret_root, size_t size)
{
	json_t *root = PARSE(info_rules, body);
	const char *text = json_string_value(json_object_get(root, "DockerRootDir"));
	size_t n = text != NULL && text[0] == '/' ? strlen(text) : 0;

	if (!json_is_object(root)) {
		json_decref(root);
		return -1;
	}
	while (n > 1 && text[n - 1] == '/')
		n--;
	(void)snprintf(ret_root, size, "%.*s", n < size ? (int)n : 0, text != NULL ? text : "");
	json_decref(root);
	return 0;
}

unsigned inspect_version(struct slice text)
{
	unsigned long long minor;

	return text.p != NULL && slice_starts(text, "1.") && slice_to_u64(slice_after(text, 2), 999, &minor) == 0 ?
		(unsigned)minor : 0;
}

int inspect_created(struct slice body, char ret[OBJECT_ID_LEN + 1], struct error *reterr)
{
	json_t *root = PARSE(created_rules, body);
	int r = take_id(json_object_get(root, "Id"), ret);

	json_decref(root);
	return r < 0 ? not_understood("id of the new container", reterr) : 0;
}

int inspect_exec(struct slice body, struct exec *ret, struct error *reterr)
{
	struct exec e = { .privileged = true };
	json_t *root = PARSE(exec_rules, body);
	const json_t *process = json_object_get(root, "ProcessConfig");
	const char *user = json_string_value(json_object_get(process, "user"));
	int r = 0;

	if (take_id(json_object_get(root, "ContainerID"), e.container) < 0) {
		r = not_understood("container of an exec", reterr);
	} else {
		e.privileged = !json_is_false(json_object_get(process, "privileged"));
		(void)snprintf(e.user, sizeof(e.user), "%s", user == NULL || strlen(user) >= sizeof(e.user) ? "?" : user);
		*ret = e;
	}
	json_decref(root);
	return r;
}

static int take_name(const json_t *root, struct resource *r)
{
	const char *name = json_string_value(json_object_get(root, "Name"));

	if (name == NULL || !object_name_ok(slice_str(name)))
		return -1;
	memcpy(r->name, name, strlen(name) + 1);
	r->owned = label_owner(json_object_get(root, "Labels"), &r->owner);
	return 0;
}

static void add_repositories(const json_t *names, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		struct image_ref ref;

		if (name == NULL || image_ref_parse(slice_str(name), &ref, NULL) < 0)
			continue;	/* "<none>:<none>" */
		buf_addf(out, "%s\n", ref.repository);
		image_ref_free(&ref);
	}
}

int inspect_image(struct slice body, const struct subject *subject, const struct adopted *adopted, struct facts *facts,
		  struct error *reterr)
{
	json_t *root = PARSE(image_rules, body);
	const json_t *labels = json_object_get(json_object_get(root, "Config"), "Labels");
	struct buf names = buf_new(IMAGE_NAMES_MAX);
	const struct adoption *from;
	uid_t owner;
	int r = 0;

	add_repositories(json_object_get(root, "RepoTags"), &names);
	add_repositories(json_object_get(root, "RepoDigests"), &names);
	free(facts->image_names);
	facts->image_names = names.failed ? NULL : slice_dup(buf_slice(&names));
	/* A label that is no number is still one that nobody but a user would have written. */
	facts->image_made = json_object_get(labels, LABEL_OWNER) != NULL;
	facts->image_own = label_owner(labels, &owner) && owner == subject->uid;
	/* What is somebody's has its names from that user: nobody takes it for the registry's. */
	from = facts->image_made ? NULL :
		adopted_find(adopted, OBJECT_IMAGE, json_string_value(json_object_get(root, "Id")), NULL);
	if (from != NULL) {
		facts->image_made = true;
		facts->image_own = from->owner == subject->uid;
	}
	if (json_string_value(json_object_get(root, "Id")) == NULL || facts->image_names == NULL)
		r = not_understood("image", reterr);
	buf_free(&names);
	json_decref(root);
	return r;
}

int inspect_network(struct slice body, const struct adopted *adopted, struct resource *ret, struct error *reterr)
{
	struct resource n = { .plain = false };
	json_t *root = PARSE(resource_rules, body);
	const char *driver = json_string_value(json_object_get(root, "Driver"));
	int r = 0;

	if (take_id(json_object_get(root, "Id"), n.id) < 0 || take_name(root, &n) < 0)
		r = not_understood("network", reterr);
	n.members = json_object_size(json_object_get(root, "Containers")) > 0;
	n.plain = driver != NULL && strcmp(driver, "bridge") == 0;
	if (r == 0 && !label_is_ours(json_object_get(root, "Labels")) && adopted_network_ok(n.name, driver))
		take_adopted(adopted_find(adopted, OBJECT_NETWORK, n.id, NULL), &n.owner, &n.owned);
	if (r == 0)
		*ret = n;
	json_decref(root);
	return r;
}

int inspect_volume(struct slice body, const struct adopted *adopted, struct resource *ret, struct error *reterr)
{
	struct resource v = { .plain = false };
	json_t *root = PARSE(resource_rules, body);
	const char *driver = json_string_value(json_object_get(root, "Driver"));
	const char *device = json_string_value(json_object_get(json_object_get(root, "Options"), "device"));
	const struct adoption *from = NULL;
	int r = 0;

	if (take_name(root, &v) < 0 || driver == NULL) {
		r = not_understood("volume", reterr);
	} else {
		memcpy(v.id, v.name, sizeof(v.id));
		v.plain = strcmp(driver, "local") == 0 && json_object_size(json_object_get(root, "Options")) == 0 &&
			json_object_get(root, "ClusterVolume") == NULL;
		v.of = kind_of_volume(json_object_get(root, "Labels"));
		if (!label_is_ours(json_object_get(root, "Labels")))
			from = adopted_find(adopted, OBJECT_VOLUME, v.name,
					    json_string_value(json_object_get(root, "CreatedAt")));
		take_adopted(from, &v.owner, &v.owned);
		if (from != NULL)
			v.of = from->of;
		(void)snprintf(v.device, sizeof(v.device), "%s",
			       device != NULL && device[0] == '/' && strlen(device) < sizeof(v.device) ? device : "/");
		*ret = v;
	}
	json_decref(root);
	return r;
}

/* The engine's own id of it: hex, or what a swarm makes of letters and digits. */
static int take_text_id(const json_t *root, const char *key, struct resource *r)
{
	const char *id = json_string_value(json_object_get(root, key));

	if (id == NULL || *id == '\0' || strlen(id) >= sizeof(r->id) ||
	    strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz:") != strlen(id))
		return -1;
	memcpy(r->id, id, strlen(id) + 1);
	return 0;
}

static int inspect_labelled(struct slice body, const char *id, const char *outer, const char *inner,
			    const struct adopted *adopted, struct resource *ret, struct error *reterr)
{
	struct resource r = { .plain = true };
	json_t *root = PARSE(labelled_rules, body);
	const json_t *holder = json_object_get(root, outer);
	int result = 0;

	if (inner != NULL)
		holder = json_object_get(holder, inner);
	if (take_text_id(root, id, &r) < 0) {
		result = not_understood("object", reterr);
	} else {
		r.owned = label_owner(json_object_get(holder, "Labels"), &r.owner);
		if (!label_is_ours(json_object_get(holder, "Labels")))
			take_adopted(adopted_find(adopted, OBJECT_IMAGE, r.id, NULL), &r.owner, &r.owned);
		*ret = r;
	}
	json_decref(root);
	return result;
}

int inspect_resource(enum object_kind kind, struct slice body, const struct adopted *adopted, struct resource *ret,
		     struct error *reterr)
{
	switch (kind) {
	case OBJECT_NETWORK:
		return inspect_network(body, adopted, ret, reterr);
	case OBJECT_VOLUME:
		return inspect_volume(body, adopted, ret, reterr);
	case OBJECT_IMAGE:
	case OBJECT_IMAGE_OWN:
		return inspect_labelled(body, "Id", "Config", NULL, adopted, ret, reterr);
	case OBJECT_SERVICE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return inspect_labelled(body, "ID", "Spec", NULL, NULL, ret, reterr);
	case OBJECT_TASK:
		return inspect_labelled(body, "ID", "Spec", "ContainerSpec", NULL, ret, reterr);
	case OBJECT_NONE: case OBJECT_CONTAINER: case OBJECT_EXEC: case OBJECT_PATH: case OBJECT_LIST: case OBJECT_NODE:
	case OBJECT_PLUGIN:
	default:
		return not_understood("kind", reterr);
	}
}

long inspect_list(struct slice body, char (*ret)[OBJECT_ID_LEN + 1], size_t max, struct error *reterr)
{
	json_t *root = PARSE(list_rules, body);
	long n = json_is_array(root) ? (long)json_array_size(root) : -1;

	for (size_t i = 0; n > 0 && i < (size_t)n && i < max; i++)
		if (take_id(json_object_get(json_array_get(root, i), "Id"), ret[i]) < 0)
			n = -1;
	json_decref(root);
	return n < 0 ? not_understood("list", reterr) : n;
}

long inspect_count(struct slice body, struct error *reterr)
{
	json_t *root = PARSE(count_rules, body);
	const json_t *volumes = json_object_get(root, "Volumes");
	long n = json_is_array(root) ? (long)json_array_size(root) : json_is_array(volumes) ?
		(long)json_array_size(volumes) : json_is_null(volumes) ? 0 : -1;

	json_decref(root);
	return n < 0 ? not_understood("list", reterr) : n;
}

int inspect_owned(struct slice body, uid_t uid, const struct adopted *adopted, json_t *ret, struct error *reterr)
{
	json_t *root = PARSE(owned_rules, body);
	int r = json_is_array(root) ? 0 : not_understood("list", reterr);

	for (size_t i = 0; r == 0 && i < json_array_size(root); i++) {
		const json_t *one = json_array_get(root, i), *labels = json_object_get(one, "Labels");
		const char *id = json_string_value(json_object_get(one, "Id"));
		const struct adoption *from = adopted_find(adopted, OBJECT_CONTAINER, id, NULL);
		bool own, given = from != NULL && from->owner == uid && !label_is_ours(labels);
		uid_t owner = 0;

		own = label_owner(labels, &owner) && owner == uid;
		if (id == NULL || (!own && !given))
			continue;
		if (json_object_set_new(ret, id, json_true()) < 0)
			r = error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	json_decref(root);
	return r;
}
