/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/image_ref.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/mapped.h"
#include "model/variable.h"
#include "trial/trial.h"
#include "wire/json.h"

#define MADE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OWN_NETWORK "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define IMAGE_ID "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

void (*engine_thinks)(bool);

static void think(bool begins)
{
	if (engine_thinks != NULL)
		engine_thinks(begins);
}

/* --- whose, and of which kind ---------------------------------------------------------- */
struct made_object {
	bool there;
	int owner;		/* a uid; -1: nobody */
	enum container_kind kind;
	char id[65];
};

/* A name tells the kind, and an id by its last digit: pinned, open; any other is of a mapped one. */
static enum container_kind kind_in(const char *name)
{
	size_t n = strlen(name);

	if (strstr(name, "pinned") != NULL || (n == 64 && name[n - 1] == '1'))
		return CONTAINER_PINNED;
	return strstr(name, "open") != NULL || (n == 64 && name[n - 1] == '2') ? CONTAINER_OPEN : CONTAINER_MAPPED;
}

static bool starts(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* An id, or its beginning, that is made of this letter. */
static bool is_id_of(const char *name, char letter)
{
	size_t n = strlen(name);

	return (n == 12 || n == 64) && strspn(name, (char[]){ letter, '\0' }) >= (n == 64 ? 63 : 12);
}

/* Does the path of the request name it? */
static bool is_in_path(const struct made_up *e, enum object_kind kind, const char *name)
{
	return e->request->route->object == kind && e->request->object != NULL && strcmp(e->request->object, name) == 0;
}

static struct made_object object(const struct made_up *e, enum object_kind kind, const char *name)
{
	bool path = is_in_path(e, kind, name);
	struct made_object o = { .owner = (int)e->alice->uid, .kind = kind_in(name) };

	memset(o.id, path || is_id_of(name, 'c') ? 'c' : 'd', 64);
	if (o.kind != CONTAINER_MAPPED)
		o.id[63] = o.kind == CONTAINER_PINNED ? '1' : '2';
	o.there = path || starts(name, "mine") || is_id_of(name, 'd') || is_id_of(name, 'c');
	if (starts(name, "theirs"))
		o.owner = 1002;
	else if (starts(name, "roots"))
		o.owner = -1;
	o.there = (o.there || o.owner != (int)e->alice->uid) && !starts(name, "absent");
	return o;
}

static json_t *labels(int owner)
{
	return owner < 0 ? json_object() : json_pack("{s:o}", LABEL_OWNER, json_sprintf("%d", owner));
}

/* --- what it says ------------------------------------------------------------------------ */
static json_t *container(const struct made_up *e, const char *name)
{
	struct made_object o = object(e, OBJECT_CONTAINER, name);
	struct subject owner = *e->alice;
	const struct mapped_how how = { .uid = (uid_t)(o.owner < 0 ? 0 : o.owner), .driver = CGROUP_DRIVER_CGROUPFS };
	json_t *config = json_pack("{s:{}}", "HostConfig"), *host;

	if (!o.there) {
		json_decref(config);
		return NULL;
	}
	if (o.owner >= 0) {
		owner.uid = owner.gid = (uid_t)o.owner;
		(void)kind_make(config, o.kind, &owner, NULL);
		if (o.kind == CONTAINER_MAPPED)
			(void)mapped_make(config, &how, NULL);
	}
	host = json_incref(json_object_get(config, "HostConfig"));
	(void)json_object_del(config, "HostConfig");
	(void)json_object_set_new(config, "Image", json_string("bb:1"));
	return json_pack("{s:s, s:o, s:o, s:o, s:[]}", "Id", o.id, "Name", json_sprintf("/%s", name), "Config", config,
			 "HostConfig", host, "Mounts");
}

static json_t *exec(const struct made_up *e, const char *id)
{
	struct made_object o = object(e, OBJECT_EXEC, id);
	char user[40] = "0";

	if (o.kind == CONTAINER_PINNED)
		(void)snprintf(user, sizeof(user), "%u:%u", (unsigned)e->alice->uid, (unsigned)pinned_gid(e->alice->uid));
	return json_pack("{s:s, s:s, s:{s:b, s:s}}", "ID", id, "ContainerID", o.id, "ProcessConfig", "privileged", 0,
			 "user", user);
}

static json_t *network(const struct made_up *e, const char *name)
{
	struct made_object o = object(e, OBJECT_NETWORK, name);
	bool own = starts(name, "safedocker-net-"), host = strstr(name, "host") != NULL;
	json_t *said = labels(o.owner);

	if (!own && !o.there) {
		json_decref(said);
		return NULL;
	}
	if (own)
		(void)json_object_set_new(said, LABEL_KIND, json_string("private"));
	/* An id, or its beginning, of the engine's own network for the host's. */
	return json_pack("{s:s, s:s, s:s, s:o}", "Id", own ? OWN_NETWORK : o.id, "Name",
			 own ? "safedocker-net-1001" : strcmp(name, "roots0host") == 0 ? "host" : name, "Driver", host ? "host" : "bridge", "Labels", said);
}

static json_t *volume(const struct made_up *e, const char *name)
{
	struct made_object o = object(e, OBJECT_VOLUME, name);
	bool host = strstr(name, "host") != NULL;
	json_t *said;

	if (!o.there)
		return NULL;
	said = labels(o.owner);
	(void)json_object_set_new(said, LABEL_KIND, json_string(kind_name(o.kind)));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "Name", name, "Driver", "local", "CreatedAt", "2027-01-01T00:00:00Z",
			 "Labels", said, "Options", host ? json_pack("{s:s}", "device", "/host") : json_object());
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n > m && strcmp(text + n - m, with) == 0;
}

/* What is run or named is there; a name that is to be given goes by what stands behind its last slash. */
static json_t *image(const struct made_up *e, const char *name)
{
	const char *asked = json_string_value(json_object_get(e->request->body, "Image"));
	const char *last = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	bool run = is_in_path(e, OBJECT_IMAGE, name) || (asked != NULL && strcmp(asked, name) == 0);
	struct made_object o = object(e, OBJECT_NONE, last);
	struct image_ref ref;
	json_t *r;

	if (image_ref_parse(slice_str(name), &ref, NULL) < 0)
		return NULL;
	if (run)
		o.owner = ends(ref.repository, "-own") ? (int)e->alice->uid : ends(ref.repository, "-made") ? 1002 : -1;
	r = starts(last, "absent") || (!run && !is_in_path(e, OBJECT_IMAGE_OWN, name) && !o.there) ? NULL :
		json_pack("{s:s, s:o, s:[], s:{s:o}}", "Id", IMAGE_ID, "RepoTags",
			  ref.is_id ? json_array() : json_pack("[o]", json_sprintf("%s:latest", ref.repository)), "RepoDigests",
			  "Config", "Labels", labels(o.owner));
	image_ref_free(&ref);
	return r;
}

/* What a swarm keeps has its labels in Spec, a task in that of its container. */
static json_t *kept(const struct made_up *e, const char *name)
{
	struct made_object o = object(e, e->request->route->object, name);

	return !o.there ? NULL : json_pack("{s:s, s:{s:o}}", "ID", o.id, "Spec", "Labels", labels(o.owner));
}

/* What it was before: of mine-host with a path of the host, of mine-new nothing. */
static json_t *service(const struct made_up *e, const char *name)
{
	json_t *said = kept(e, name);
	json_t *mounts = strcmp(name, "mine-host") != 0 ? NULL :
		json_pack("[{s:s, s:s, s:s}]", "Type", "bind", "Source", "/etc", "Target", "/x");

	if (said != NULL && strcmp(name, "mine-new") != 0)
		(void)json_object_set_new(said, "PreviousSpec", json_pack("{s:s, s:{s:{s:s, s:o*}}}", "Name", "web",
			"TaskTemplate", "ContainerSpec", "Image", mounts != NULL ? "bb:1" : "bb:before", "Mounts", mounts));
	return said;
}

static json_t *task(const struct made_up *e, const char *name)
{
	struct made_object o = object(e, OBJECT_TASK, name);

	return !o.there ? NULL : json_pack("{s:s, s:{s:{s:o}}}", "ID", o.id, "Spec", "ContainerSpec", "Labels",
					   labels(o.owner));
}

static const struct {
	const char *before, *behind;
	json_t *(*say)(const struct made_up *e, const char *name);
} said[] = {
	{ "/containers/", "/json", container }, { "/exec/", "/json", exec }, { "/networks/", "", network },
	{ "/volumes/", "", volume }, { "/images/", "/json", image }, { "/services/", "", service }, { "/tasks/", "", task },
	{ "/secrets/", "", kept }, { "/configs/", "", kept },
};

static json_t *info(const struct made_up *e)
{
	json_t *runtimes = e->cannot_map ? json_object() : json_pack("{s:{s:s}}", VARIABLE_RUNTIME, "path", SAFEDOCKER_RUNTIME);

	return json_pack("{s:s, s:[], s:s, s:s, s:o, s:s, s:[[s, s]]}", "DockerRootDir", "/var/lib/docker", "SecurityOptions",
			 "CgroupDriver", "cgroupfs", "DefaultRuntime", "runc", "Runtimes", runtimes, "Driver", "overlay2",
			 "DriverStatus", "Native Overlay Diff", "true");
}

static json_t *say(const struct made_up *e, const char *path)
{
	char name[1200];
	size_t n;

	if (starts(path, "/containers/json") || starts(path, "/networks?"))
		return json_array();
	if (starts(path, "/volumes?"))
		return json_pack("{s:[]}", "Volumes");
	if (strcmp(path, "/info") == 0)
		return info(e);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (!starts(path, said[i].before) || !(*said[i].behind == '\0' || ends(path, said[i].behind)))
			continue;
		n = strlen(path) - strlen(said[i].before) - strlen(said[i].behind);
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, path + strlen(said[i].before));
		return said[i].say(e, name);
	}
	return NULL;
}

/* --- scripts --------------------------------------------------------------------------------- */
/* The block for this request: its status, and its body. */
static bool scripted(const struct made_up *e, const char *request, struct answer *ret)
{
	const char *at = e->script;
	size_t n = strlen(request);

	while (at != NULL && *at != '\0') {
		const char *end = strstr(at, "\n\n"), *line = strchr(at, '\n');

		if (strncmp(at, request, n) == 0 && at[n] == ' ') {
			ret->status = atoi(at + n + 1);
			buf_reset(&ret->body);
			if (line != NULL && (end == NULL || line < end))
				trial_fill(&ret->body, end == NULL ? slice_str(line + 1) :
					  slice_of(line + 1, (size_t)(end - line - 1)));
			return true;
		}
		at = end != NULL ? end + 2 : NULL;
	}
	return false;
}

static int look(void *context, enum http_method method, const char *path, struct slice bytes, const char *field,
		struct answer *ret, struct error *reterr)
{
	const struct made_up *e = context;
	char request[1300], *text;
	json_t *body;

	(void)bytes;
	(void)reterr;
	(void)snprintf(request, sizeof(request), "%s %s", http_method_name(method), path);
	(void)snprintf(ret->field, sizeof(ret->field), "%s", field != NULL ? "1.45" : "");
	think(true);
	if (scripted(e, request, ret)) {
		think(false);
		return 0;
	}
	body = say(e, path);
	ret->status = body != NULL ? 200 : 404;
	text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	think(false);
	buf_add_str(&ret->body, text != NULL ? text : "{\"message\":\"no such thing\"}");
	free(text);
	json_decref(body);
	return 0;
}

/* --- plans ------------------------------------------------------------------------------------- */
/* What was asked for, as it then is. */
static void echo(struct slice body, struct buf *out)
{
	json_t *made = json_loadb(body.p, body.n, 0, NULL), *options = json_object_get(made, "DriverOpts");
	char *text;

	if (made != NULL && options != NULL)
		(void)json_object_set(made, "Options", options);
	if (made != NULL && json_object_get(made, "Name") == NULL)
		(void)json_object_set_new(made, "Name", json_string("random"));
	text = made != NULL ? json_dumps(made, JSON_COMPACT) : NULL;
	buf_add_str(out, text != NULL ? text : "{}");
	free(text);
	json_decref(made);
}

int engine_answer(const struct made_up *e, struct slice bytes, struct answer *ret)
{
	struct slice line = slice_of(bytes.p, slice_find(bytes, '\r')), body = bytes, method, path;
	const char *end = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
	char request[1300];

	method = slice_of(line.p, slice_find(line, ' '));
	path = slice_after(line, method.n + 1);
	path = slice_of(path.p, slice_find(path, ' '));
	/* "/v1.41" */
	if (slice_starts(path, "/v1."))
		path = slice_after(path, 1 + slice_find(slice_after(path, 1), '/'));
	(void)snprintf(request, sizeof(request), "%.*s %.*s", (int)method.n, method.p, (int)path.n, path.p);
	/* {"mode":2147484141}: a directory, 0755 */
	(void)snprintf(ret->field, sizeof(ret->field), "eyJtb2RlIjoyMTQ3NDg0MTQxfQ==");
	if (scripted(e, request, ret))
		return 0;
	body = slice_after(body, end != NULL ? (size_t)(end + 4 - bytes.p) : bytes.n);
	ret->status = slice_is(method, "POST") ? 201 : 200;
	if (slice_is(method, "GET")) {
		ret->status = 404;
		buf_add_str(&ret->body, "{\"message\":\"no such thing\"}");
	} else if (slice_is(path, "/volumes/create"))
		echo(body, &ret->body);
	else
		buf_add_str(&ret->body, "{\"Id\":\"" MADE "\",\"Warnings\":[]}");
	return 0;
}

/* --- paths ---------------------------------------------------------------------------------------- */
static int reach(void *context, const char *path, struct error *reterr)
{
	(void)context;
	return !starts(path, "/home/") ? 0 :
		error_set(reterr, ERR_DENIED, "--volume %s: can be changed by others than root", path);
}

static bool is_home(void *context, const char *path, uid_t uid)
{
	(void)context;
	(void)uid;
	return starts(path, "/home/bob");
}

void engine_make_up(struct made_up *e)
{
	e->port = (struct port){
		.context = e, .look = look, .path = reach, .path_is_home = is_home,
	};
}
