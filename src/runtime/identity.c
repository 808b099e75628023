/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ini.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_LIBSUBID
#include <shadow/subid.h>
#endif

#include "runtime/file.h"

#define FIRST_UID 1000	/* those below are the system's */
#define NOBODY 65534
#define SUBIDS_LOCK SAFEDOCKER_SUBIDS ".lock"
#define TEXT_MAX (4 << 20)	/* bytes of each of these files */

static const char *const subid_files[] = { "/etc/subuid", "/etc/subgid" };

/* Adds the file's text; one that is not there is empty. */
static int read_text(const char *path, struct buf *ret, struct error *reterr)
{
	if (file_read(path, ret) == 0 || (errno == ENOENT && ret->len == 0))
		return 0;
	return error_set(reterr, ERR_SYSTEM, "cannot read %s: %s", path, strerror(errno));
}

/* --- account -------------------------------------------------------------------------------- */

int identity_account(uid_t uid, struct identity *ret, struct error *reterr)
{
	const struct passwd *account;
	int n = IDENTITY_GROUPS_MAX;

	*ret = (struct identity){ .uid = uid };
	if (uid < FIRST_UID || uid == NOBODY)
		return error_set(reterr, ERR_DENIED, "the uid %u is a system account's; those have no "
				 "mapped containers", uid);
	errno = 0;
	account = getpwuid(uid);
	if (account == NULL || strlen(account->pw_name) >= sizeof(ret->name))
		return error_set(reterr, ERR_NOT_FOUND, "no account has the uid %u", uid);
	ret->gid = account->pw_gid;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", account->pw_name);
	if (getgrouplist(ret->name, ret->gid, ret->group, &n) < 0)
		return error_set(reterr, ERR_LIMIT, "%s is in more than %d groups", ret->name,
				 IDENTITY_GROUPS_MAX);
	ret->n_groups = (size_t)n;
	return 0;
}

/* --- safedocker's own area ---------------------------------------------------------------------- */

struct area_reader {
	struct subids_range area;
	struct error *reterr;
	unsigned seen;
	bool failed;
};

static int on_value(void *user, const char *section, const char *key, const char *value)
{
	struct area_reader *r = user;

	if (strcmp(section, "engine") == 0 && strcmp(key, "subids") == 0 &&
	    (r->seen++ > 0 || subids_area(slice_str(value), &r->area, r->reterr) < 0))
		r->failed = true;
	return 1;
}

/* What else stands in the policy is the helper's to judge. */
static int read_area(struct subids_range *ret, struct error *reterr)
{
	struct area_reader r = { .area = { SUBIDS_AREA_START, SUBIDS_AREA_COUNT }, .reterr = reterr };
	FILE *file = fopen(SAFEDOCKER_CONF, "re");
	struct stat is;

	if (file == NULL && errno == ENOENT) {
		*ret = r.area;
		return 0;
	}
	if (file == NULL || fstat(fileno(file), &is) < 0 || is.st_uid != 0 || (is.st_mode & 022) != 0) {
		if (file != NULL)
			(void)fclose(file);
		return error_set(reterr, ERR_DENIED, "%s cannot be read, or is not root's alone to write",
				 SAFEDOCKER_CONF);
	}
	(void)ini_parse_file(file, on_value, &r);
	(void)fclose(file);
	if (r.failed)
		return r.seen > 1 ? error_set(reterr, ERR_SYNTAX, "[engine] subids stands twice in %s",
					      SAFEDOCKER_CONF) : -1;
	*ret = r.area;
	return 0;
}

/* --- ranges ------------------------------------------------------------------------------------------ */

/*
 * No line of this file, of passwd(5)'s or group(5)'s form, has its third field in one of the ranges. Read by
 * ourselves: the C library's own reader goes back in the file for each line.
 */
static int apart_from_file(const char *file, const struct subids_range *ranges, size_t n,
			   struct error *reterr)
{
	struct buf text = buf_new(TEXT_MAX);
	int result = read_text(file, &text, reterr);
	struct slice rest = buf_slice(&text);

	while (result == 0 && rest.n > 0) {
		struct slice line = slice_take(&rest, '\n');
		struct slice name = slice_take(&line, ':');
		unsigned long long id;

		(void)slice_take(&line, ':');
		/* Lines for directory services have no number. */
		if (slice_to_u64(slice_take(&line, ':'), UINT32_MAX, &id) < 0)
			continue;
		for (size_t i = 0; i < n && result == 0; i++)
			if (subids_holds(ranges[i], id))
				result = error_set(reterr, ERR_DENIED, "%.*s of %s has an id among the "
						   "subordinate ids %u to %u", (int)name.n, name.p,
						   file, ranges[i].start, ranges[i].start + ranges[i].count - 1);
	}
	buf_free(&text);
	return result;
}

static int apart_from_accounts(const struct subids_range *ranges, size_t n, struct error *reterr)
{
	return apart_from_file("/etc/passwd", ranges, n, reterr) < 0 ||
	       apart_from_file("/etc/group", ranges, n, reterr) < 0 ? -1 : 0;
}

#ifdef HAVE_LIBSUBID
/* Where subordinate ids come from a directory service, the files do not have them. */
static int from_library(const struct identity *who, bool gids, struct subids_range *ret)
{
	struct subid_range *list = NULL;
	int n = gids ? subid_get_gid_ranges(who->name, &list) : subid_get_uid_ranges(who->name, &list);
	int found = 0;

	for (int i = 0; i < n && !found; i++) {
		if (list[i].count < SUBIDS_LEAST || list[i].start > UINT32_MAX - list[i].count)
			continue;
		*ret = (struct subids_range){ (uint32_t)list[i].start, (uint32_t)list[i].count };
		found = 1;
	}
	free(list);
	return found;
}
#endif

/* 1: the user has a range. 0: they have none. */
static int own_range(const struct identity *who, bool gids, struct subids_range area,
		     struct subids_range *ret, struct error *reterr)
{
	const char *file = subid_files[gids];
	struct buf text = buf_new(TEXT_MAX);
	int found = read_text(file, &text, reterr);

	if (found == 0)
		found = subids_own(buf_slice(&text), file, who->name, who->uid, gids ? who->gid : who->uid,
				   area, ret, reterr);
#ifdef HAVE_LIBSUBID
	if (found == 0) {
		found = from_library(who, gids, ret);
		if (found > 0 && subids_apart(buf_slice(&text), file, who->name, who->uid, *ret, reterr) < 0)
			found = -1;
		if (found > 0 && subids_overlap(ret->start, ret->count, area.start, area.count))
			found = error_set(reterr, ERR_DENIED, "the subordinate ids of %s overlap "
					  "safedocker's own", who->name);
	}
#endif
	buf_free(&text);
	return found;
}

/* --- the table ---------------------------------------------------------------------------------------- */

static int write_table(struct slice before, struct slice added, struct error *reterr)
{
	int fd = open(SAFEDOCKER_SUBIDS ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool done = fd >= 0 && file_write(fd, before.p, before.n) == 0 &&
		    file_write(fd, added.p, added.n) == 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	if (done && rename(SAFEDOCKER_SUBIDS ".new", SAFEDOCKER_SUBIDS) == 0)
		return 0;
	return error_set(reterr, ERR_SYSTEM, "cannot write %s: %s", SAFEDOCKER_SUBIDS, strerror(errno));
}

/* Under the lock. */
static int from_table(struct identity *who, struct subids_range area, bool block, struct error *reterr)
{
	struct buf table = buf_new(TEXT_MAX), added = buf_new(256);
	int result = read_text(SAFEDOCKER_SUBIDS, &table, reterr);

	if (result == 0)
		result = subids_owner(buf_slice(&table), area, who->uid, &who->owner, &added, reterr);
	if (result == 0 && block) {
		result = subids_block(buf_slice(&table), area, who->uid, &who->uids, &added, reterr);
		who->gids = who->uids;
	}
	if (result == 0 && added.len > 0)
		result = write_table(buf_slice(&table), buf_slice(&added), reterr);
	buf_free(&table);
	buf_free(&added);
	return result;
}

int identity_subids(struct identity *who, struct error *reterr)
{
	struct subids_range area = { 0, 0 };
	int uids, gids, lock, result;

	if (read_area(&area, reterr) < 0)
		return -1;
	uids = own_range(who, false, area, &who->uids, reterr);
	gids = uids < 0 ? -1 : own_range(who, true, area, &who->gids, reterr);
	if (gids < 0)
		return -1;
	if (uids != gids)
		return error_set(reterr, ERR_DENIED, "%s has subordinate ids in only one of %s and %s",
				 who->name, subid_files[0], subid_files[1]);
	if (apart_from_accounts((const struct subids_range[]){ area, who->uids, who->gids },
				uids > 0 ? 3 : 1, reterr) < 0)
		return -1;
	/* Not the directory's: whoever can open something can lock it, and hold up every create. */
	lock = open(SUBIDS_LOCK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot lock %s: %s", SUBIDS_LOCK, strerror(errno));
	result = from_table(who, area, uids == 0, reterr);
	(void)close(lock);
	return result;
}
