/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/pretend.h"

#include <stdlib.h>
#include <string.h>

#include "docker/answer.h"
#include "wire/json.h"

/* An archive of nothing (POSIX.1 pax: two empty blocks). */
#define EMPTY_TAR 1024

static const char made_container[] = "{\"Id\":\"%s\",\"Warnings\":[]}\n";
static const char made_exec[] = "{\"Id\":\"%s\"}\n";
static const char made_network[] = "{\"Id\":\"%s\",\"Warning\":\"\"}\n";

bool pretend_needed(enum operation operation)
{
	/* These look, but wait for what will never happen here, or do not end. */
	return operation_kind(operation) != KIND_READ || operation_has(operation, TRAIT_WAITS);
}

enum object_kind pretend_makes(enum operation operation)
{
	static const struct { enum trait trait; enum object_kind kind; } made[] = {
		{ TRAIT_MAKES_CONTAINER, OBJECT_CONTAINER }, { TRAIT_MAKES_EXEC, OBJECT_EXEC },
		{ TRAIT_MAKES_NETWORK, OBJECT_NETWORK }, { TRAIT_MAKES_VOLUME, OBJECT_VOLUME },
	};

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (operation_has(operation, made[i].trait))
			return made[i].kind;
	return OBJECT_NONE;
}

static void add(struct buf *out, int status, const char *type, struct slice body, bool close)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
	if (status != 204)
		buf_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.n);
	buf_addf(out, "%s\r\n", close ? "Connection: close\r\n" : "");
	if (status != 204)
		buf_add_slice(out, body);
}

static void add_raw(const struct request *request, struct buf *out)
{
	buf_addf(out, "HTTP/1.1 %s\r\nContent-Type: application/vnd.docker.raw-stream\r\n%s\r\n",
		 request->upgrade ? "101 UPGRADED" : "200 OK",
		 request->upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n");
}

/* A file of no bytes, so that a copy out of a container has something to say. */
static void add_tar(struct buf *out, bool close)
{
	static const char stat[] = "eyJuYW1lIjoiZiIsInNpemUiOjAsIm1vZGUiOjQyMCwibXRpbWUiOiIyMDAwLTAxLTAxVDAwOjAwOjAw"
		"WiIsImxpbmtUYXJnZXQiOiIifQ==";
	char *room;

	buf_addf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n"
		 "X-Docker-Container-Path-Stat: %s\r\n%s\r\n", EMPTY_TAR, stat, close ? "Connection: close\r\n" : "");
	room = buf_room(out, EMPTY_TAR);
	if (room == NULL)
		return;
	memset(room, 0, EMPTY_TAR);
	buf_added(out, EMPTY_TAR);
}

static void add_made(const struct request *request, const char *id, bool close, struct buf *out)
{
	struct buf body = buf_new(REQUEST_BODY_MAX);
	char *volume;

	switch (pretend_makes(request->route->operation)) {
	case OBJECT_CONTAINER: buf_addf(&body, made_container, id); break;
	case OBJECT_EXEC: buf_addf(&body, made_exec, id); break;
	case OBJECT_NETWORK: buf_addf(&body, made_network, id); break;
	case OBJECT_VOLUME:
		volume = pretend_inspect(request, id, id);
		buf_add_str(&body, volume != NULL ? volume : "{}");
		free(volume);
		break;
	case OBJECT_NONE: case OBJECT_IMAGE: case OBJECT_PATH: case OBJECT_LIST: case OBJECT_IMAGE_OWN:
	case OBJECT_SERVICE: case OBJECT_TASK: case OBJECT_SECRET: case OBJECT_CONFIG: case OBJECT_NODE: case OBJECT_PLUGIN:
	default: buf_add_str(&body, "{}\n"); break;
	}
	add(out, 201, "application/json", buf_slice(&body), close);
	out->failed = out->failed || body.failed;
	buf_free(&body);
}

void pretend_answer(const struct request *request, const char *id, bool close, struct buf *out, bool *ret_raw)
{
	static const struct { enum trait trait; int status; const char *body; } words[] = {
		{ TRAIT_ANSWERS_CODE, 200, "{\"StatusCode\":0}\n" }, { TRAIT_ANSWERS_LIST, 200, "[]\n" },
		{ TRAIT_NAMES_RESULT, 201, "{\"Id\":\"sha256:0\"}\n" }, { TRAIT_ANSWERS_NOTHING, 200, "" },
	};
	enum operation operation = request->route->operation;

	*ret_raw = request->route->reply == REPLY_HIJACK && !request->detach;
	if (*ret_raw) {
		add_raw(request, out);
		return;
	}
	if (pretend_makes(operation) != OBJECT_NONE) {
		add_made(request, id, close, out);
	} else if (operation_has(operation, TRAIT_ANSWERS_TAR)) {
		add_tar(out, close);
	} else {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (!operation_has(operation, words[i].trait))
				continue;
			add(out, words[i].status, "application/json", slice_str(words[i].body), close);
			return;
		}
		/* A transfer ends; what has a body or is a list answers with one; the rest has nothing to say. */
		if (request_streams(request))
			add(out, 200, "application/json", slice_str(""), close);
		else if (request->body != NULL || request->route->object == OBJECT_LIST ||
			 request->route->object == OBJECT_NONE)
			add(out, 200, "application/json", slice_str("{}\n"), close);
		else
			add(out, 204, "", slice_str(""), close);
	}
}

static json_t *inspect_of_container(const struct request *request, const char *id, const char *name)
{
	static const char when[] = "2000-01-01T00:00:00Z";
	json_t *config = json_deep_copy(request->body), *host = json_incref(json_object_get(config, "HostConfig"));

	(void)json_object_del(config, "HostConfig");
	(void)json_object_del(config, "NetworkingConfig");
	return json_pack("{s:s, s:s+, s:s, s:s, s:[], s:s, s:{s:s, s:b, s:b, s:i, s:i, s:s, s:s}, s:o, s:o?, s:{s:{}}, s:[]}",
			 "Id", id, "Name", "/", name, "Created", when, "Path", "", "Args", "Image",
			 "sha256:0000000000000000000000000000000000000000000000000000000000000000",
			 "State", "Status", "running", "Running", 1, "Paused", 0, "ExitCode", 0, "Pid", 1,
			 "StartedAt", when, "FinishedAt", when,
			 "Config", config, "HostConfig", host, "NetworkSettings", "Networks", "Mounts");
}

char *pretend_inspect(const struct request *request, const char *id, const char *name)
{
	json_t *value, *labels = json_object_get(request->body, "Labels");
	char *text;

	switch (pretend_makes(request->route->operation)) {
	case OBJECT_CONTAINER:
		value = inspect_of_container(request, id, name);
		break;
	case OBJECT_EXEC:
		value = json_pack("{s:s, s:s, s:b, s:i, s:{s:b, s:s?}}", "ID", id, "ContainerID", name, "Running", 0,
				  "ExitCode", 0, "ProcessConfig",
				  "privileged", json_is_true(json_object_get(request->body, "Privileged")),
				  "user", json_string_value(json_object_get(request->body, "User")));
		break;
	case OBJECT_NETWORK:
		value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{}, s:O?}", "Id", id, "Name", name, "Driver", "bridge",
				  "Scope", "local", "Created", "2000-01-01T00:00:00Z", "Containers", "Labels", labels);
		break;
	case OBJECT_VOLUME:
		value = json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:O?}", "Name", name, "Driver", "local", "Scope", "local",
				  "Mountpoint", "", "Options", "CreatedAt", "2000-01-01T00:00:00Z", "Labels", labels);
		break;
	case OBJECT_NONE: case OBJECT_IMAGE: case OBJECT_PATH: case OBJECT_LIST: case OBJECT_IMAGE_OWN:
	case OBJECT_SERVICE: case OBJECT_TASK: case OBJECT_SECRET: case OBJECT_CONFIG: case OBJECT_NODE: case OBJECT_PLUGIN:
	default:
		return NULL;
	}
	text = value != NULL ? json_render(value) : NULL;
	json_decref(value);
	return text;
}
