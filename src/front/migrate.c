/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor migrate - from the group docker to rules: what each member has, a rule for it, and out of the group. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "docker/label.h"
#include "front/adopt.h"
#include "front/doctor.h"
#include "front/engine.h"
#include "front/output.h"
#include "front/policy_edit.h"
#include "front/session.h"
#include "policy/pattern.h"

#define MEMBERS_MAX 500
#define CONTAINERS_MAX 500
#define RULES "migrated.conf"

struct members {
	char *names[MEMBERS_MAX];
	bool primary[MEMBERS_MAX];
	json_t *own[MEMBERS_MAX];	/* ids of the containers that are to be theirs; NULL: none */
	size_t n;
};

static void take(void *user, const char *name, bool primary)
{
	struct members *m = user;

	if (strcmp(name, "root") == 0 || m->n == MEMBERS_MAX)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->names[i], name) == 0)
			return;
	m->names[m->n] = strdup(name);
	m->primary[m->n] = primary;
	m->n += m->names[m->n] != NULL;
}

/* --- whose a container is ------------------------------------------------------------------ */
static bool is_below(const char *path, const char *home)
{
	size_t n = strlen(home);

	return path != NULL && n > 1 && strncmp(path, home, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* No record says who made it: what it mounts, where its project lies, and as whom it runs do. */
static bool seems_of(const json_t *c, const struct passwd *pw)
{
	const json_t *config = json_object_get(c, "Config"), *mount;
	const char *user = json_string_value(json_object_get(config, "User"));
	const char *project = json_string_value(json_object_get(json_object_get(config, "Labels"),
							       "com.docker.compose.project.working_dir"));
	char number[32];
	size_t i;

	(void)snprintf(number, sizeof(number), "%u", (unsigned)pw->pw_uid);
	if (is_below(project, pw->pw_dir) ||
	    (user != NULL && strncmp(user, number, strlen(number)) == 0 && strchr(":", user[strlen(number)]) != NULL))
		return true;
	json_array_foreach(json_object_get(c, "Mounts"), i, mount)
		if (is_below(json_string_value(json_object_get(mount, "Source")), pw->pw_dir))
			return true;
	return false;
}

/* Why no ordinary rule could have made it, or NULL. */
static const char *beyond(const json_t *c)
{
	const json_t *host = json_object_get(c, "HostConfig"), *mount;
	static const char *const spaces[] = { "PidMode", "NetworkMode", "IpcMode", "UTSMode", "UsernsMode" };
	size_t i;

	if (json_is_true(json_object_get(host, "Privileged")))
		return "it is privileged";
	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		const char *mode = json_string_value(json_object_get(host, spaces[i]));

		if (mode != NULL && strcmp(mode, "host") == 0)
			return "it shares a namespace with the host";
	}
	if (json_array_size(json_object_get(host, "CapAdd")) > 0)
		return "it has further capabilities";
	if (json_array_size(json_object_get(host, "Devices")) > 0)
		return "it has devices of the host";
	json_array_foreach(json_object_get(c, "Mounts"), i, mount) {
		const char *type = json_string_value(json_object_get(mount, "Type"));
		const char *source = json_string_value(json_object_get(mount, "Source"));

		if (type == NULL || strcmp(type, "bind") != 0)
			continue;
		if (source == NULL || strstr(source, ".sock") != NULL || pattern_volume_is_wide(source))
			return "it mounts what belongs to the host";
	}
	return NULL;
}

/* --- the rule ---------------------------------------------------------------------------------- */
static void add_once(struct buf *out, const char *word)
{
	if (out->len > 0 && strstr(buf_cstr(out), word) != NULL)
		return;
	buf_addf(out, ",\n\t%s", word);
}

static void add_needs(struct buf *flags, const json_t *c)
{
	const json_t *host = json_object_get(c, "HostConfig"), *ports, *mount;
	const char *port;
	char word[1200];
	size_t i;

	json_array_foreach(json_object_get(c, "Mounts"), i, mount) {
		const char *type = json_string_value(json_object_get(mount, "Type"));
		const char *source = json_string_value(json_object_get(mount, "Source"));

		if (type == NULL || source == NULL || strcmp(type, "bind") != 0)
			continue;
		(void)snprintf(word, sizeof(word), "\"--volume=%.1000s/**%s\"", source,
			       json_is_true(json_object_get(mount, "RW")) ? "" : ":ro");
		add_once(flags, word);
	}
	json_object_foreach((json_t *)json_object_get(host, "PortBindings"), port, ports) {
		const json_t *binding;

		json_array_foreach(ports, i, binding) {
			const char *ip = json_string_value(json_object_get(binding, "HostIp"));
			const char *number = json_string_value(json_object_get(binding, "HostPort"));

			(void)snprintf(word, sizeof(word), "--publish=%.60s:%.10s", ip != NULL && *ip != '\0' ? ip : "0.0.0.0",
				       number != NULL && *number != '\0' && strcmp(number, "0") != 0 ? number : "ephemeral");
			add_once(flags, word);
		}
	}
}

/* One member: what there is, and the rule for it behind `out`. */
static void propose(struct members *m, size_t member, const json_t *containers, struct buf *out)
{
	const char *name = m->names[member];
	const struct passwd *pw = getpwnam(name);
	struct buf flags = buf_new(64 * 1024);
	const json_t *c;
	size_t i, made = 0;

	(void)printf("\n%s%s%s%s\n", output_start(COLOUR_BOLD), name, output_end(), pw == NULL ? ", who has no account" : "");
	json_array_foreach(containers, i, c) {
		const char *called = json_string_value(json_object_get(c, "Name")), *why;

		/* What was made through safedocker has its owner. */
		if (pw == NULL || called == NULL || !seems_of(c, pw) ||
		    label_is_ours(json_object_get(json_object_get(c, "Config"), "Labels")))
			continue;
		why = beyond(c);
		(void)fputs("  ", stdout);
		output_plain(called + (*called == '/'));
		(void)printf(": %s%s\n", why == NULL ? "the rule below could have made it" : "no rule could have made it, ",
			     why != NULL ? why : "");
		if (why == NULL) {
			add_needs(&flags, c);
			if (m->own[member] == NULL)
				m->own[member] = json_array();
			(void)json_array_append(m->own[member], json_object_get(c, "Id"));
			made++;
		}
	}
	if (pw == NULL)
		goto out;
	if (made == 0)
		(void)puts("  no container here seems to be theirs; the everyday rule is proposed");
	buf_addf(out, "[rule migrated-%s]\nusers = %s\nverbs = @everyday\nflags = @everyday%s\n", name, name,
		 flags.len > 0 && buf_cstr(&flags) != NULL ? flags.data : "");
	buf_addf(out, "why = was a member of the group %s\n\n", SAFEDOCKER_GROUP);
out:
	buf_free(&flags);
}

static json_t *all_containers(void)
{
	static const char *const list[] = { "ps", "-aq", "--no-trunc", NULL };
	const char *ids[CONTAINERS_MAX];
	struct buf text = buf_new(ENGINE_OUTPUT_MAX);
	json_t *all = NULL;
	size_t n = 0;

	if (engine_ask(list, &text) == 0) {
		for (char *id = text.len > 0 && buf_cstr(&text) != NULL ? strtok(text.data, "\n") : NULL;
		     id != NULL && n < CONTAINERS_MAX; id = strtok(NULL, "\n"))
			ids[n++] = id;
		all = n == 0 ? json_array() : engine_inspect("container", ids, n);
	}
	buf_free(&text);
	return all;
}

static bool yes(const char *question)
{
	char line[16] = "";

	(void)printf("%s [y/N] ", question);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static int run(const char *program, const char *a, const char *b, const char *c)
{
	int status = -1;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)execl(program, program, a, b, c, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool has(const json_t *ids, const json_t *id)
{
	for (size_t i = 0; i < json_array_size(ids); i++)
		if (json_equal(json_array_get(ids, i), id))
			return true;
	return false;
}

/* What seems to be two members' is left to root. */
static int give(const struct members *m)
{
	int status = 0;

	for (size_t i = 0; i < m->n && status == 0; i++) {
		const struct passwd *pw = getpwnam(m->names[i]);
		const char *ids[CONTAINERS_MAX];
		size_t n = 0;

		for (size_t j = 0; j < json_array_size(m->own[i]); j++) {
			const json_t *id = json_array_get(m->own[i], j);
			bool alone = true;

			for (size_t k = 0; k < m->n; k++)
				alone = alone && (k == i || !has(m->own[k], id));
			if (alone && json_is_string(id))
				ids[n++] = json_string_value(id);
		}
		if (n > 0 && pw != NULL)
			status = adopt_containers(pw->pw_uid, ids, n);
	}
	return status;
}

static bool has_any(const struct members *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->own[i] != NULL)
			return true;
	return false;
}

static void leave(const struct members *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->primary[i])
			(void)printf("%s: %s is the primary group; change it by hand: usermod -g GROUP %s\n", m->names[i],
				     SAFEDOCKER_GROUP, m->names[i]);
		else if (run("/usr/bin/gpasswd", "-d", m->names[i], SAFEDOCKER_GROUP) != 0)
			(void)printf("%s: cannot be taken out of the group %s\n", m->names[i], SAFEDOCKER_GROUP);
	}
	(void)puts("Sessions that are open keep the group until they end.");
}

static int install(const struct buf *rules)
{
	struct policy_file file = { .name = RULES, .text = buf_slice(rules) };
	struct policy *policy = NULL;
	struct error why = { 0 };
	char path[4096];

	if (policy_parse(&file, 1, &policy, &why) < 0)
		return output_fail("the proposed rules are not understood: %s", why.text);
	policy_free(policy);
	(void)snprintf(path, sizeof(path), "%s/%s", SAFEDOCKER_CONFD, RULES);
	if (access(path, F_OK) == 0)
		return output_fail("%s is there already; look at it first", path);
	if ((mkdir(SAFEDOCKER_CONFD, 0755) < 0 && errno != EEXIST) || policy_install(path, file.text, &why) < 0)
		return output_fail("%s", *why.text != '\0' ? why.text : strerror(errno));
	(void)printf("%s is in place\n", path);
	return 0;
}

int doctor_migrate(void)
{
	static struct members members;
	struct doctor d = { .root = "" };
	struct buf rules = buf_new(POLICY_FILE_MAX);
	json_t *containers;
	int status;

	if (geteuid() != 0)
		return output_fail("migrate is root's");
	if (!doctor_members(&d, SAFEDOCKER_GROUP, take, &members) || members.n == 0) {
		(void)puts("nobody is in the group " SAFEDOCKER_GROUP ": there is nothing to migrate");
		return output_done(0);
	}
	containers = all_containers();
	if (containers == NULL)
		return output_fail("the engine does not answer");
	(void)printf("Members of the group %s:\n", SAFEDOCKER_GROUP);
	for (size_t i = 0; i < members.n; i++)
		propose(&members, i, containers, &rules);
	json_decref(containers);
	if (rules.failed || buf_cstr(&rules) == NULL)
		return output_fail("too many members for one policy file");
	(void)printf("\nThe rules for them:\n\n%s", rules.data);
	(void)puts("A container that is there already has no owner, and is root's until it is given to its user, who\n"
		   "then sees, stops and removes it. As it runs as root inside, no everyday rule starts or enters it:\n"
		   "it is made anew, as its user, when it suits them. `safedocker audit adopt` gives away others,\n"
		   "networks, volumes and images.");
	if (!yes("\nInstall these rules?"))
		return output_done(1);
	status = install(&rules);
	buf_free(&rules);
	if (status != 0)
		return status;
	if (has_any(&members) && yes("Give these users the containers that the rules could have made?"))
		status = give(&members);
	if (status != 0)
		return status;
	if (!yes("Take these users out of the group " SAFEDOCKER_GROUP "?"))
		return output_done(1);
	leave(&members);
	return output_done(0);
}
