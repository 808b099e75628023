/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setgid/trust.h"

struct loading {
	struct policy_file files[POLICY_FILES_MAX];
	char *names[POLICY_FILES_MAX];		/* owned */
	struct buf texts[POLICY_FILES_MAX];	/* owned */
	size_t n;
};

static int hold(struct config *c, int fd, struct error *reterr)
{
	if (c->n_held == CONFIG_HELD_MAX || fstat(fd, &c->held[c->n_held].st) < 0) {
		(void)close(fd);
		return error_set(reterr, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	}
	c->held[c->n_held++].fd = fd;
	return 0;
}

/* Held before it is read: a change while it is read is then seen as one. */
static int load_file(struct config *c, struct loading *l, int dir, const char *dir_name,
		     const char *name, struct error *reterr)
{
	struct error why = { 0 };
	struct buf *text;
	int fd;

	if (l->n == POLICY_FILES_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	if (asprintf(&l->names[l->n], "%s%s%s", dir_name, *dir_name != '\0' ? "/" : "", name) < 0) {
		l->names[l->n] = NULL;
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	text = &l->texts[l->n];
	*text = buf_new(POLICY_FILE_MAX);
	l->files[l->n].name = l->names[l->n];
	l->n++;
	fd = trust_open_file(dir, *dir_name != '\0' ? name : strrchr(name, '/') + 1, &why);
	if (fd < 0 || hold(c, fd, &why) < 0 || trust_read(fd, text, &why) < 0)
		return error_set(reterr, why.code, "%s: %s", l->names[l->n - 1], why.text);
	l->files[l->n - 1].text = buf_slice(text);
	return 0;
}

static int is_policy_name(const struct dirent *entry)
{
	return policy_is_file_name(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_directory(struct config *c, struct loading *l, int parent, struct error *reterr)
{
	struct error why = { 0 };
	struct dirent **entries = NULL;
	const char *name = strrchr(SAFEDOCKER_CONFD, '/') + 1;
	int n, r = 0, dir = trust_open_dir(parent, name, &why);

	if (dir < 0 && why.code == ERR_NOT_FOUND)
		return 0;
	if (dir < 0)
		return error_set(reterr, why.code, "%s: %s", SAFEDOCKER_CONFD, why.text);
	if (hold(c, dir, reterr) < 0)
		return -1;
	n = scandirat(dir, ".", &entries, is_policy_name, by_bytes);
	if (n < 0)
		return error_set(reterr, ERR_SYSTEM, "%s: cannot be listed", SAFEDOCKER_CONFD);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = load_file(c, l, dir, SAFEDOCKER_CONFD, entries[i]->d_name, reterr);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* With the policy or not at all: whose an object is must not depend on a file that cannot be read. */
static int load_adopted(struct config *c, int parent, struct error *reterr)
{
	struct error why = { 0 };
	struct buf text = buf_new(ADOPTED_FILE_MAX);
	int r = 0, fd = trust_open_file(parent, strrchr(SAFEDOCKER_ADOPTED, '/') + 1, &why);

	if (fd < 0 && why.code == ERR_NOT_FOUND)
		return 0;
	if (fd < 0 || hold(c, fd, &why) < 0 || trust_read(fd, &text, &why) < 0 ||
	    adopted_parse(buf_slice(&text), &c->adopted, &why) < 0)
		r = error_set(reterr, why.code, "%s: %s", SAFEDOCKER_ADOPTED, why.text);
	buf_free(&text);
	return r;
}

static int load_all(struct config *c, struct loading *l, struct error *reterr)
{
	const char *name;
	int parent = trust_open_parent(SAFEDOCKER_CONF, false, &name, reterr), dir;

	if (parent < 0)
		return -1;
	/* The directory itself is watched too: a first conf.d is a change. */
	dir = trust_open_dir(parent, ".", reterr);
	(void)close(parent);
	if (dir < 0 || hold(c, dir, reterr) < 0)
		return -1;
	if (load_file(c, l, dir, "", SAFEDOCKER_CONF, reterr) < 0 || load_directory(c, l, dir, reterr) < 0 ||
	    load_adopted(c, dir, reterr) < 0)
		return -1;
	return policy_parse(l->files, l->n, &c->policy, reterr);
}

/*
 * Who is in which group is part of what a rule means. Only watched: what they say
 * comes from NSS. Where the names live elsewhere, the identity's age has to do.
 */
static void watch_names(struct config *c)
{
	static const char *const files[] = { "/etc/passwd", "/etc/group" };
	struct error ignored = { 0 };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_RDONLY | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			(void)hold(c, fd, &ignored);
	}
	c->n_names = c->n_held;
}

void config_load(struct config *ret)
{
	struct loading l = { .n = 0 };

	*ret = (struct config){ .policy = NULL };
	/* Before the identity is: a change in between is then seen as one. */
	watch_names(ret);
	if (load_all(ret, &l, &ret->error) < 0)
		ret->policy = NULL;
	for (size_t i = 0; i < l.n; i++) {
		free(l.names[i]);
		buf_free(&l.texts[i]);
	}
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->n_held; i++)
		(void)close(config->held[i].fd);
	policy_free(config->policy);
	adopted_free(&config->adopted);
	*config = (struct config){ .policy = NULL };
}

static bool is_changed(const struct config *config, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct stat *was = &config->held[i].st;
		struct stat now;

		if (fstat(config->held[i].fd, &now) < 0 || now.st_nlink != was->st_nlink ||
		    now.st_size != was->st_size || now.st_mode != was->st_mode || now.st_uid != was->st_uid ||
		    now.st_mtim.tv_sec != was->st_mtim.tv_sec || now.st_mtim.tv_nsec != was->st_mtim.tv_nsec ||
		    now.st_ctim.tv_sec != was->st_ctim.tv_sec || now.st_ctim.tv_nsec != was->st_ctim.tv_nsec)
			return true;
	}
	return false;
}

bool config_changed(const struct config *config)
{
	return is_changed(config, config->n_names, config->n_held);
}

bool config_names_changed(const struct config *config)
{
	return is_changed(config, 0, config->n_names);
}
