/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/capture.h"
#include "front/policyfile.h"
#include "front/session.h"
#include "policy/pattern.h"

#define OUTPUT_MAX (16 * 1024 * 1024)
#define ASKED_MAX 500	/* containers that are looked at */

static const struct {
	const char *component, *from, *fixed, *name, *meaning, *source;
} holes[] = {
#define HOLE(component, from, fixed, name, meaning, source) { component, from, fixed, name, meaning, source },
#include "front/hole.def"
};

/* --- versions ------------------------------------------------------------------------------ */
int doctor_version_compare(const char *a, const char *b)
{
	for (;;) {
		size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");

		if (na > 0 && nb > 0) {
			unsigned long long va = strtoull(a, NULL, 10), vb = strtoull(b, NULL, 10);

			if (va != vb)
				return va < vb ? -1 : 1;
			a += na;
			b += nb;
			continue;
		}
		if (*a == *b && *a != '\0') {
			a++;
			b++;
			continue;
		}
		/* What only one of them has: a candidate is older than its release, anything else newer. */
		if (*a == *b)
			return 0;
		if (strncmp(a, "-rc", 3) == 0 || strncmp(a, "-beta", 5) == 0)
			return -1;
		if (strncmp(b, "-rc", 3) == 0 || strncmp(b, "-beta", 5) == 0)
			return 1;
		if (*a == '.' || *b == '.')
			return *a == '.' ? 1 : -1;
		return 0;
	}
}

static void look_at_version(struct doctor *d, const char *component, const char *version)
{
	/* "v1.7.1" is 1.7.1, and what distributions add behind a + is theirs. */
	char plain[100];

	(void)snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(version, "+~ "), version[0] == 'v' ? version + 1 : version);
	if (version[0] == 'v')
		plain[strcspn(plain, "+~ ")] = '\0';
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]) && *plain >= '0' && *plain <= '9'; i++)
		if (strcmp(holes[i].component, component) == 0 && doctor_version_compare(plain, holes[i].from) >= 0 &&
		    doctor_version_compare(plain, holes[i].fixed) < 0)
			doctor_found(d, FINDING_HOLE, "", "%s %s: %s, %s; mended in %s (%s, table of %s)", component, version,
				     holes[i].name, holes[i].meaning, holes[i].fixed, holes[i].source, HOLES_AS_OF);
}

/* --- asking docker --------------------------------------------------------------------------- */
static json_t *ask(char **argv)
{
	struct buf out = buf_new(OUTPUT_MAX);
	json_t *root = NULL;

	if (capture(argv, &out) == 0)
		root = json_loadb(out.data != NULL ? out.data : "", out.len, 0, NULL);
	buf_free(&out);
	return root;
}

static void look_at_versions(struct doctor *d, const json_t *version)
{
	const json_t *server = json_object_get(version, "Server"), *part;
	const char *platform = json_string_value(json_object_get(json_object_get(server, "Platform"), "Name"));
	size_t i;

	json_array_foreach(json_object_get(server, "Components"), i, part) {
		const char *name = json_string_value(json_object_get(part, "Name"));
		const char *number = json_string_value(json_object_get(part, "Version"));

		if (name != NULL && number != NULL)
			look_at_version(d, strcmp(name, "Engine") == 0 ? "engine" : name, number);
	}
	if (platform != NULL && strncmp(platform, "Docker Desktop ", 15) == 0)
		look_at_version(d, "desktop", platform + 15);
}

static void look_at_info(struct doctor *d, const json_t *info)
{
	const char *system = json_string_value(json_object_get(info, "OperatingSystem"));
	const json_t *option;
	bool remapped = false, rootless = false;
	size_t i;

	json_array_foreach(json_object_get(info, "SecurityOptions"), i, option) {
		const char *text = json_string_value(option);

		remapped = remapped || (text != NULL && strstr(text, "name=userns") != NULL);
		rootless = rootless || (text != NULL && strstr(text, "name=rootless") != NULL);
	}
	if (system != NULL && strcmp(system, "Docker Desktop") == 0)
		doctor_found(d, FINDING_DESKTOP, "", "%s", system);
	if (rootless)
		doctor_found(d, FINDING_ROOTLESS, "", "the engine is rootless");
	else if (remapped)
		doctor_found(d, FINDING_REMAPPED, "", "userns-remap is on");
	else if (d->root_open)
		doctor_found(d, FINDING_ROOT_OPEN, "", "everyday rules do as well with root = mapped");
}

/* --- containers ------------------------------------------------------------------------------- */
static void look_at_bind(struct doctor *d, const char *name, const char *who, const char *source)
{
	if (strstr(source, "docker.sock") != NULL || strstr(source, "containerd.sock") != NULL)
		doctor_found(d, FINDING_HOLDS_SOCKET, name, "%s%s: %s", name, who, source);
	else if (pattern_volume_is_wide(source))
		doctor_found(d, FINDING_BIND, name, "%s%s: %s", name, who, source);
}

static void look_at_container(struct doctor *d, const json_t *c)
{
	static const struct { const char *field, *what; } spaces[] = {
		{ "PidMode", "--pid" }, { "NetworkMode", "--network" }, { "IpcMode", "--ipc" }, { "UTSMode", "--uts" },
		{ "UsernsMode", "--userns" },
	};
	const json_t *host = json_object_get(c, "HostConfig"), *mount;
	const char *name = json_string_value(json_object_get(c, "Name"));
	const char *owner = json_string_value(json_object_get(json_object_get(json_object_get(c, "Config"), "Labels"),
							      "safedocker.uid"));
	char who[80] = ", nobody's";
	size_t i;

	name = name != NULL && *name == '/' ? name + 1 : "?";
	if (owner != NULL)
		(void)snprintf(who, sizeof(who), ", of uid %.20s", owner);
	if (json_is_true(json_object_get(host, "Privileged")))
		doctor_found(d, FINDING_PRIVILEGED, name, "%s%s", name, who);
	for (size_t k = 0; k < sizeof(spaces) / sizeof(spaces[0]); k++) {
		const char *mode = json_string_value(json_object_get(host, spaces[k].field));

		if (mode != NULL && strcmp(mode, "host") == 0)
			doctor_found(d, FINDING_NAMESPACE, name, "%s%s: %s=host", name, who, spaces[k].what);
	}
	json_array_foreach(json_object_get(c, "Mounts"), i, mount) {
		const char *type = json_string_value(json_object_get(mount, "Type"));
		const char *source = json_string_value(json_object_get(mount, "Source"));

		if (type != NULL && source != NULL && strcmp(type, "bind") == 0)
			look_at_bind(d, name, who, source);
	}
}

static void look_at_containers(struct doctor *d, char *docker, char *option, char *host)
{
	static char ps[] = "ps", all[] = "-aq", whole[] = "--no-trunc", inspect[] = "inspect";
	char *list[] = { docker, option, host, ps, all, whole, NULL }, *look[ASKED_MAX + 5] = { docker, option, host, inspect };
	struct buf ids = buf_new(OUTPUT_MAX);
	const json_t *container;
	json_t *root;
	size_t n = 4, i;

	if (capture(list, &ids) != 0 || ids.len == 0 || buf_cstr(&ids) == NULL) {
		buf_free(&ids);
		return;
	}
	for (char *id = strtok(ids.data, "\n"); id != NULL && n < ASKED_MAX + 4; id = strtok(NULL, "\n"))
		look[n++] = id;
	look[n] = NULL;
	root = ask(look);
	json_array_foreach(root, i, container)
		look_at_container(d, container);
	json_decref(root);
	buf_free(&ids);
}

/* Root asks the engine itself; a user what the helper lets this user see. */
static bool choose_host(char *ret, size_t size)
{
	struct helper_options options = { .claimed = "doctor" };
	struct policy *policy = NULL;
	struct socketdir dir;
	struct error why = { 0 };

	if (geteuid() == 0) {
		const char *path = SAFEDOCKER_SOCKET;

		if (policyfile_load(&policy, &why) == 0 && policy_engine_socket(policy) != NULL)
			path = policy_engine_socket(policy);
		(void)snprintf(ret, size, "unix://%s", path);
		policy_free(policy);
		return true;
	}
	if (session_start(&options, &dir, &why) < 0)
		return false;
	(void)snprintf(ret, size, "unix://%s", dir.socket);
	return true;
}

void doctor_engine(struct doctor *d)
{
	static char docker[] = SAFEDOCKER_DOCKER_CLI, option[] = "-H", version[] = "version", info[] = "info",
		format[] = "--format", json[] = "{{json .}}";
	static char host[4200];
	char *ask_version[] = { docker, option, host, version, format, json, NULL };
	char *ask_info[] = { docker, option, host, info, format, json, NULL };
	struct error why = { 0 };
	json_t *answer = NULL;

	if (*d->root != '\0')
		return;
	if (session_check_cli(&why) == 0 && choose_host(host, sizeof(host)))
		answer = ask(ask_version);
	if (!json_is_object(json_object_get(answer, "Server"))) {
		doctor_found(d, FINDING_NO_ENGINE, "", "%s", *why.text != '\0' ? why.text : "no answer from the engine");
		json_decref(answer);
		return;
	}
	look_at_versions(d, answer);
	json_decref(answer);
	answer = ask(ask_info);
	look_at_info(d, answer);
	json_decref(answer);
	look_at_containers(d, docker, option, host);
}
