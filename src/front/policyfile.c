/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/policyfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, struct buf *out, const char *name, struct error *reterr)
{
	ssize_t n;

	for (;;) {
		char chunk[8192];

		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return error_set(reterr, ERR_LIMIT, "%s is larger than %zu bytes", name, out->max);
	}
	return n == 0 ? 0 : error_set(reterr, ERR_SYSTEM, "cannot read %s: %s", name, strerror(errno));
}

int policyfile_add(struct policyfile *p, const char *name, struct error *reterr)
{
	bool input = strcmp(name, "-") == 0;
	int fd, r;

	if (p->n == POLICY_FILES_MAX)
		return error_set(reterr, ERR_LIMIT, "more than %d policy files", POLICY_FILES_MAX);
	fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set(reterr, ERR_NOT_FOUND, "cannot read %s: %s", name, strerror(errno));
	p->names[p->n] = strdup(input ? "(standard input)" : name);
	p->texts[p->n] = buf_new(POLICY_FILE_MAX);
	r = p->names[p->n] == NULL ? error_set(reterr, ERR_SYSTEM, "out of memory") :
		read_all(fd, &p->texts[p->n], name, reterr);
	p->files[p->n] = (struct policy_file){ .name = p->names[p->n], .text = buf_slice(&p->texts[p->n]) };
	p->n++;
	if (!input)
		(void)close(fd);
	return r;
}

static int is_policy_name(const struct dirent *entry)
{
	return policy_is_file_name(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int policyfile_add_installed(struct policyfile *p, struct error *reterr)
{
	struct dirent **entries = NULL;
	int n, r = policyfile_add(p, SAFEDOCKER_CONF, reterr);

	if (r < 0)
		return -1;
	n = scandir(SAFEDOCKER_CONFD, &entries, is_policy_name, by_bytes);
	if (n < 0)
		return errno == ENOENT ? 0 : error_set(reterr, ERR_SYSTEM, "cannot list %s: %s", SAFEDOCKER_CONFD,
						       strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", SAFEDOCKER_CONFD, entries[i]->d_name);
		if (r == 0)
			r = policyfile_add(p, path, reterr);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int policyfile_load(struct policy **ret, struct error *reterr)
{
	static struct policyfile p;
	int r;

	p = (struct policyfile){ .n = 0 };
	r = policyfile_add_installed(&p, reterr);
	if (r == 0)
		r = policy_parse(p.files, p.n, ret, reterr);
	policyfile_free(&p);
	return r;
}

void policyfile_free(struct policyfile *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->names[i]);
		buf_free(&p->texts[i]);
	}
	p->n = 0;
}

struct slice policyfile_line(const struct policyfile *p, const char *name, unsigned n)
{
	for (size_t i = 0; i < p->n; i++) {
		struct slice rest = p->files[i].text;

		if (strcmp(p->names[i], name) != 0)
			continue;
		for (unsigned k = 1; k < n && rest.n > 0; k++)
			rest = slice_after(rest, slice_find(rest, '\n') + 1);
		rest.n = slice_find(rest, '\n');
		return rest;
	}
	return slice_str("");
}
