/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <syslog.h>
#include <unistd.h>

#include "docker/adopted.h"
#include "docker/kind.h"
#include "docker/label.h"
#include "docker/member.h"
#include "front/engine.h"
#include "front/output.h"
#include "front/policy_edit.h"
#include "front/word.h"

/* What is asked of one command. */
struct asked {
	struct adopted all;
	int lock;
	bool by_name;			/* of a volume: whatever bears the name */
	enum container_kind of;		/* of a volume: CONTAINER_UNKNOWN where it was not said */
};

/* --- the file ------------------------------------------------------------------------------ */
static int read_file(struct adopted *ret)
{
	struct buf text = buf_new(ADOPTED_FILE_MAX);
	struct error why = { 0 };
	int fd = open(SAFEDOCKER_ADOPTED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r = 0;
	char chunk[8192];
	ssize_t n = 0;

	*ret = (struct adopted){ .n = 0 };
	if (fd < 0 && errno == ENOENT)
		return 0;
	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&text, chunk, (size_t)n);
	if (fd < 0 || n < 0 || text.failed)
		r = output_fail("%s cannot be read: %s", SAFEDOCKER_ADOPTED,
				text.failed ? "it is too long" : strerror(errno));
	else if (adopted_parse(buf_slice(&text), ret, &why) < 0)
		r = output_fail("%s: %s", SAFEDOCKER_ADOPTED, why.text);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	return r;
}

/* The directory is locked, not the file: that is replaced. */
static int begin(struct asked *a)
{
	char path[] = SAFEDOCKER_ADOPTED;

	if (geteuid() != 0)
		return output_fail("only root gives objects away");
	a->lock = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->lock < 0 || flock(a->lock, LOCK_EX) < 0)
		return output_fail("%s: %s", path, strerror(errno));
	return read_file(&a->all);
}

/* The helper reads it by its group: whose objects are called what is nobody else's business. */
static int put(const struct asked *a)
{
	const struct group *docker = getgrnam(SAFEDOCKER_GROUP);
	struct buf text = buf_new(ADOPTED_FILE_MAX);
	struct error why = { 0 };
	int status = 0;

	adopted_render(&a->all, &text);
	if (docker == NULL)
		status = output_fail("there is no group %s", SAFEDOCKER_GROUP);
	else if (text.failed)
		status = output_fail("too many objects for %s", SAFEDOCKER_ADOPTED);
	else if (policy_install_for(SAFEDOCKER_ADOPTED, buf_slice(&text), docker->gr_gid, 0640, &why) < 0)
		status = output_fail("%s", why.text);
	buf_free(&text);
	return status;
}

static void end(struct asked *a)
{
	adopted_free(&a->all);
	if (a->lock >= 0)
		(void)close(a->lock);
}

/* Root's own doing does not pass the helper: it is noted where sudo and su note theirs. */
static void note(const char *what, const struct adoption *one, const char *whom)
{
	openlog("safedocker", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "adopt: %s %s %s%s%s", what, adopted_word(one->kind), one->name,
	       *whom != '\0' ? " to " : "", whom);
	closelog();
}

/* --- objects ------------------------------------------------------------------------------- */
/* "volume:data"; without a word in front it is a container. */
static const char *split(const char *object, enum object_kind *ret)
{
	const char *colon = strchr(object, ':');

	*ret = colon != NULL ? adopted_kind(slice_of(object, (size_t)(colon - object))) : OBJECT_NONE;
	if (*ret != OBJECT_NONE)
		return colon + 1;
	*ret = OBJECT_CONTAINER;
	return object;
}

static const json_t *labels_of(enum object_kind kind, const json_t *found)
{
	bool inside = kind == OBJECT_CONTAINER || kind == OBJECT_IMAGE;

	return json_object_get(inside ? json_object_get(found, "Config") : found, "Labels");
}

/* The one object of that name, or NULL. */
static json_t *look(enum object_kind kind, const char *name)
{
	json_t *found = engine_inspect(adopted_word(kind), &name, 1), *one = json_incref(json_array_get(found, 0));

	json_decref(found);
	return one;
}

/* Root inside the containers that have it would share it with the user's: descriptors pass through a volume. */
static int check_volume(const char *name)
{
	char filter[300];
	const char *const ps[] = { "ps", "-a", "--filter", filter, "--format", "{{.Names}}", NULL };
	struct buf text = buf_new(64 * 1024);
	int status = 0;

	(void)snprintf(filter, sizeof(filter), "volume=%s", name);
	if (engine_ask(ps, &text) != 0)
		status = output_fail("the engine does not say who mounts volume %s", name);
	else if (text.len > 0 && buf_cstr(&text) != NULL)
		status = output_fail("volume %s is mounted by %.*s, which safedocker did not make: remove that first, or "
				     "give the volume with --kind=open, which is not mounted by ordinary rules", name,
				     (int)strcspn(text.data, "\n"), text.data);
	buf_free(&text);
	return status;
}

static int take_volume(const struct asked *a, const char *name, const json_t *found, struct adoption *one)
{
	one->created = a->by_name ? "-" : text_of(found, "CreatedAt");
	one->of = a->of != CONTAINER_UNKNOWN ? a->of : CONTAINER_MAPPED;
	return one->of == CONTAINER_OPEN ? 0 : check_volume(name);
}

static int give(struct asked *a, const char *object, uid_t uid)
{
	struct adoption one = { .owner = uid };
	const char *name = split(object, &one.kind), *word = adopted_word(one.kind);
	json_t *found = look(one.kind, name);
	const char *witness = text_of(json_object_get(found, "HostConfig"), "ContainerIDFile");
	struct error why = { 0 };
	int status = 0;

	one.name = text_of(found, one.kind == OBJECT_VOLUME ? "Name" : "Id");
	if (found == NULL)
		status = output_fail("there is no %s %s", word, name);
	else if (label_is_ours(labels_of(one.kind, found)) ||
		 strncmp(witness, ID_FILE_PREFIX, strlen(ID_FILE_PREFIX)) == 0)
		status = output_fail("%s %s bears labels of safedocker's already: it is not given away", word, name);
	else if (one.kind == OBJECT_NETWORK && !adopted_network_ok(text_of(found, "Name"), text_of(found, "Driver")))
		status = output_fail("network %s is the engine's own, or no bridge: it is not given away", name);
	else if (one.kind == OBJECT_VOLUME)
		status = take_volume(a, one.name, found, &one);
	if (status == 0 && adopted_add(&a->all, &one, &why) < 0)
		status = output_fail("%s %s: %s", word, name, why.text);
	json_decref(found);
	return status;
}

/* By the name that it has now, or by what stands in the list: it may be gone. */
static int take_back(struct asked *a, const char *object)
{
	struct adoption one = { .created = NULL };
	const char *name = split(object, &one.kind);
	json_t *found = NULL;
	bool was = adopted_remove(&a->all, one.kind, name);

	one.name = name;
	if (!was) {
		found = look(one.kind, name);
		one.name = text_of(found, one.kind == OBJECT_VOLUME ? "Name" : "Id");
		was = adopted_remove(&a->all, one.kind, one.name);
	}
	if (was)
		note("takes back", &one, "");
	json_decref(found);
	return was ? 0 : output_fail("%s %s was not given to anybody", adopted_word(one.kind), name);
}

/* --- the word ------------------------------------------------------------------------------ */
static const char *user_of(uid_t uid, char ret[64])
{
	const struct passwd *pw = getpwuid(uid);

	(void)(pw != NULL ? snprintf(ret, 64, "%s", pw->pw_name) : snprintf(ret, 64, "#%u", (unsigned)uid));
	return ret;
}

/* What it is called now. */
static const char *state_of(const struct adoption *one, const json_t *found)
{
	const json_t *tags = json_object_get(found, "RepoTags");
	const char *name = text_of(found, "Name");

	if (found == NULL)
		return "gone";
	if (label_is_ours(labels_of(one->kind, found)))
		return "another one, made through safedocker";
	if (one->kind == OBJECT_VOLUME && strcmp(one->created, "-") == 0)
		return "by its name alone";
	if (one->kind == OBJECT_VOLUME)
		return strcmp(one->created, text_of(found, "CreatedAt")) == 0 ? kind_name(one->of) :
			"another one, or changed since";
	if (one->kind == OBJECT_IMAGE)
		return json_array_size(tags) > 0 ? json_string_value(json_array_get(tags, 0)) : "";
	return name + (*name == '/');
}

static int list(bool json)
{
	static const char *const titles[] = { "USER", "KIND", "OBJECT", "NOW" };
	struct table table = table_new(4, "");
	json_t *rows = json_array();
	struct adopted all;
	int status;

	if (geteuid() != 0)
		return output_fail("only root sees what was given to whom");
	status = read_file(&all);
	if (status != 0)
		return status;
	table_row(&table, COLOUR_BOLD, titles);
	for (size_t i = 0; i < all.n; i++) {
		const struct adoption *one = &all.list[i];
		json_t *found = look(one->kind, one->name);
		char user[64];
		const char *cells[] = {
			user_of(one->owner, user), adopted_word(one->kind), one->name, state_of(one, found),
		};

		table_row(&table, COLOUR_NONE, cells);
		(void)json_array_append_new(rows, json_pack("{s:s,s:I,s:s,s:s,s:s}", "user", user, "uid",
							    (json_int_t)one->owner, "kind", cells[1], "object",
							    cells[2], "now", cells[3]));
		json_decref(found);
	}
	adopted_free(&all);
	if (json)
		return output_json(rows);
	json_decref(rows);
	table_print_free(&table);
	return output_done(0);
}

static int find_user(const char *name, uid_t *ret)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return output_fail("there is no user %s", name);
	if (pw->pw_uid == 0)
		return output_fail("what has no owner is root's already; --undo takes back what was given");
	*ret = pw->pw_uid;
	return 0;
}

static int give_all(struct asked *a, uid_t uid, const char *const *objects, size_t n)
{
	int status = 0;
	char user[64];

	for (size_t i = 0; i < n && status == 0; i++)
		status = give(a, objects[i], uid);
	if (status == 0)
		status = put(a);
	(void)user_of(uid, user);
	for (size_t i = 0; status == 0 && i < n; i++) {
		struct adoption one = { .kind = OBJECT_NONE };

		one.name = split(objects[i], &one.kind);
		note("gives", &one, user);
		(void)printf("%s ", adopted_word(one.kind));
		output_plain(one.name);
		(void)printf(" is %s's\n", user);
	}
	return status;
}

int adopt_containers(uid_t uid, const char *const *ids, size_t n)
{
	struct asked a = { .lock = -1 };
	int status = begin(&a);

	if (status == 0)
		status = give_all(&a, uid, ids, n);
	end(&a);
	return status;
}

static int options(int *argc, char ***argv, struct asked *a, bool *undo, bool *json)
{
	static const char kind[] = "--kind=";

	for (; *argc > 0 && strncmp(**argv, "--", 2) == 0; (*argc)--, (*argv)++) {
		const char *option = **argv;

		if (strcmp(option, "--undo") == 0)
			*undo = true;
		else if (strcmp(option, "--json") == 0)
			*json = true;
		else if (strcmp(option, "--by-name") == 0)
			a->by_name = true;
		else if (strncmp(option, kind, strlen(kind)) == 0)
			a->of = kind_by_name(option + strlen(kind)) == CONTAINER_OPEN ? CONTAINER_OPEN :
				strcmp(option + strlen(kind), "mapped") == 0 ? CONTAINER_MAPPED : CONTAINER_UNKNOWN;
		else
			return -1;
		if (strncmp(option, kind, strlen(kind)) == 0 && a->of == CONTAINER_UNKNOWN)
			return -1;
	}
	return 0;
}

int adopt(int argc, char **argv)
{
	struct asked a = { .lock = -1 };
	bool undo = false, json = false;
	uid_t uid = 0;
	int status;

	if (options(&argc, &argv, &a, &undo, &json) < 0 || (undo && argc == 0) || (!undo && argc == 1) ||
	    (json && argc > 0) || argc > 500)
		return word_usage("audit");
	if (argc == 0)
		return list(json);
	status = begin(&a);
	if (status == 0 && !undo)
		status = find_user(argv[0], &uid);
	for (int i = 0; i < argc && undo && status == 0; i++)
		status = take_back(&a, argv[i]);
	if (status == 0)
		status = undo ? put(&a) : give_all(&a, uid, (const char *const *)argv + 1, (size_t)argc - 1);
	end(&a);
	return status != 0 ? status : output_done(0);
}
