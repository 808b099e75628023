/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: files below listed paths that keep somebody out by group or by access list while others may.
 * A process in a container with a subordinate id is in nobody's group and on no list.
 */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "front/doctor.h"
#include "front/policyfile.h"

#define ENTRIES_MAX 20000	/* files that are looked at, in all */
#define FOUND_MAX 20
#define DEPTH_MAX 8
#define ACL_USER 2
#define ACL_GROUP 8

struct walk {
	struct doctor *d;
	size_t entries, found;
};

/* A named user or group of the list has less than others have. */
static bool list_denies(const char *path, unsigned others)
{
	struct {
		uint32_t version;
		struct { uint16_t tag, perm; uint32_t id; } entries[64];
	} list;
	ssize_t n = lgetxattr(path, "system.posix_acl_access", &list, sizeof(list));
	size_t entries = n > 4 ? ((size_t)n - 4) / sizeof(list.entries[0]) : 0;

	for (size_t i = 0; i < entries; i++) {
		unsigned tag = le16toh(list.entries[i].tag), perm = le16toh(list.entries[i].perm);

		if ((tag == ACL_USER || tag == ACL_GROUP) && (others & ~perm) != 0)
			return true;
	}
	return false;
}

static void walk(struct walk *w, const char *path, unsigned depth)
{
	struct dirent *entry;
	struct stat is;
	DIR *dir;

	if (w->entries++ >= ENTRIES_MAX || w->found >= FOUND_MAX || lstat(path, &is) < 0 ||
	    (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode)))
		return;
	if ((is.st_mode & 07 & ~(is.st_mode >> 3)) != 0 || list_denies(path, is.st_mode & 07)) {
		w->found++;
		doctor_found(w->d, FINDING_GROUP_DENIAL, path, "%s: mode %04o", path, (unsigned)is.st_mode & 07777);
	}
	if (!S_ISDIR(is.st_mode) || depth == 0)
		return;
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char below[4096];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < sizeof(below))
			walk(w, below, depth - 1);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* The part of a listed path that has no pattern in it, `~` being this home. */
static void walk_pattern(struct walk *w, const char *text, const char *home)
{
	char path[4096];
	char *end;

	(void)snprintf(path, sizeof(path), "%s%s", text[0] == '~' ? home : "", text[0] == '~' ? text + 1 : text);
	path[strcspn(path, ":")] = '\0';
	if (strchr(path, '*') != NULL) {
		*strchr(path, '*') = '\0';
		end = strrchr(path, '/');
		if (end != NULL)
			*end = '\0';
	}
	while ((end = strrchr(path, '/')) != NULL && end[1] == '\0' && end != path)
		*end = '\0';
	/* Of / itself there is nothing to say within a few seconds. */
	if (path[0] == '/' && path[1] != '\0')
		walk(w, path, DEPTH_MAX);
}

void doctor_denials(struct doctor *d)
{
	static struct account list[DOCTOR_ACCOUNTS_MAX];
	size_t accounts = doctor_accounts(list, DOCTOR_ACCOUNTS_MAX);
	struct walk w = { .d = d };
	struct policy *policy = NULL;
	struct policy_pattern p;

	if (policyfile_load(&policy, NULL) < 0)
		return;
	for (size_t rule = 0; rule < policy_rules(policy); rule++)
		for (size_t n = 0; policy_rule_pattern(policy, rule, n, &p); n++) {
			if (p.flag != FLAG_VOLUME || p.relation != '=')
				continue;
			for (size_t i = 0; i < (p.text[0] == '~' ? accounts : 1); i++)
				walk_pattern(&w, p.text, accounts > 0 ? list[i].home : "");
		}
	policy_free(policy);
	if (w.entries >= ENTRIES_MAX || w.found >= FOUND_MAX)
		doctor_found(d, FINDING_NOT_LOOKED, "", "files that keep a group out: only %zu files were looked at, %zu found",
			     w.entries, w.found);
}
