/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/buf.h"
#include "runtime/file.h"
#include "runtime/mountinfo.h"

#define CURE "run safedocker-mounts before the engine starts"
#define TREE_PATH_MAX 4096

static const char *const trees[] = { "overlay2", "volumes" };
/* The engine's own short names for layers are links. */
#define LINKS "overlay2/l"
#define STATFS_NOSYMFOLLOW 0x2000	/* statfs(2); linux/statfs.h is not for programs */

static bool follows_no_links(const char *path)
{
	struct statfs is;

	return statfs(path, &is) == 0 && (is.f_flags & STATFS_NOSYMFOLLOW) != 0;
}

/* May nobody but root search this directory? A list of more than the mode would show in the group's bits. */
static bool is_closed(const char *path)
{
	struct stat is;

	if (stat(path, &is) < 0 || is.st_uid != 0 || (is.st_mode & 01) != 0)
		return false;
	return (is.st_mode & 010) == 0 ||
	       (is.st_gid == 0 && getxattr(path, "system.posix_acl_access", NULL, 0) < 0);
}

int trees_check(const char *data_root, struct error *reterr)
{
	char path[TREE_PATH_MAX];
	bool closed = false;

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", data_root, trees[i]);
		if (!follows_no_links(path))
			return error_set(reterr, ERR_DENIED, "%s is not mounted with nosymfollow; %s",
					 path, CURE);
	}
	(void)snprintf(path, sizeof(path), "%s", data_root);
	for (;;) {
		char *end = strrchr(path, '/');

		closed = is_closed(path);
		if (closed || end == NULL || end == path)
			break;
		*end = '\0';
	}
	if (!closed)
		return error_set(reterr, ERR_DENIED, "everybody may search %s; %s", data_root, CURE);
	return 0;
}

/*
 * The directory mounted on itself, with or without the flag. It is no peer of the mount that it lies in,
 * so that what is mounted in it is not mounted in that one as well.
 */
static int mount_on_itself(const char *path, bool follow, struct error *reterr)
{
	struct mount_attr attr = { .attr_set = follow ? 0 : MOUNT_ATTR_NOSYMFOLLOW,
				   .attr_clr = follow ? MOUNT_ATTR_NOSYMFOLLOW : 0,
				   .propagation = MS_PRIVATE };
	int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	int result = 0;

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		result = error_set(reterr, ERR_SYSTEM, "cannot mount %s on itself: %s", path, strerror(errno));
	if (tree >= 0)
		(void)close(tree);
	return result;
}

static int make_tree(const char *data_root, const char *name, struct slice mountinfo,
		     struct error *reterr)
{
	char path[TREE_PATH_MAX], links[TREE_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", data_root, name);
	(void)snprintf(links, sizeof(links), "%s/" LINKS, data_root);
	if (mkdir(path, 0710) < 0 && errno != EEXIST)
		return error_set(reterr, ERR_SYSTEM, "cannot make %s: %s", path, strerror(errno));
	if (strncmp(links, path, strlen(path)) == 0 && mkdir(links, 0700) < 0 && errno != EEXIST)
		return error_set(reterr, ERR_SYSTEM, "cannot make %s: %s", links, strerror(errno));
	if (follows_no_links(path))
		return 0;
	if (mountinfo_below(mountinfo, path))
		return error_set(reterr, ERR_DENIED, "something is mounted below %s already: stop the engine "
				 "and its containers first", path);
	if (mount_on_itself(path, false, reterr) < 0)
		return -1;
	return strncmp(links, path, strlen(path)) == 0 ? mount_on_itself(links, true, reterr) : 0;
}

/* As the engine does it when it finds that the mount is not shared. */
static int share(const char *data_root, struct slice mountinfo, struct error *reterr)
{
	struct statx is;
	struct mountinfo is_on;

	if (statx(AT_FDCWD, data_root, 0, STATX_MNT_ID, &is) < 0 || (is.stx_mask & STATX_MNT_ID) == 0 ||
	    mountinfo_find_id(mountinfo, is.stx_mnt_id, &is_on) == 0)
		return error_set(reterr, ERR_SYSTEM, "cannot find the mount of %s", data_root);
	if (slice_starts(is_on.optional, "shared:"))
		return 0;
	if (mountinfo_below(mountinfo, data_root))
		return error_set(reterr, ERR_DENIED, "something is mounted below %s already: stop the engine "
				 "and its containers first", data_root);
	if ((!slice_is(is_on.point, data_root) && mount_on_itself(data_root, true, reterr) < 0) ||
	    mount(NULL, data_root, NULL, MS_SHARED, NULL) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot share the mount %s", data_root);
	return 0;
}

int trees_make(const char *data_root, struct error *reterr)
{
	struct buf text = buf_new(MOUNTINFO_MAX);
	int result = -1;

	if (data_root[0] != '/' || data_root[1] == '\0' || strlen(data_root) > TREE_PATH_MAX / 2 ||
	    strpbrk(data_root, " \t\n\\") != NULL || data_root[strlen(data_root) - 1] == '/')
		error_fill(reterr, ERR_SYNTAX, "%s is not a valid data root (expected an absolute path "
			   "without white space, backslash or slash at its end)", data_root);
	else if (mkdir(data_root, 0710) < 0 && errno != EEXIST)
		error_fill(reterr, ERR_SYSTEM, "cannot make %s: %s", data_root, strerror(errno));
	else if (!is_closed(data_root) && chmod(data_root, 0710) < 0)
		error_fill(reterr, ERR_SYSTEM, "cannot change the mode of %s: %s", data_root, strerror(errno));
	else if (file_read(MOUNTINFO_PATH, &text) < 0)
		error_fill(reterr, ERR_SYSTEM, "cannot read %s: %s", MOUNTINFO_PATH, strerror(errno));
	else
		result = share(data_root, buf_slice(&text), reterr);
	for (size_t i = 0; result == 0 && i < sizeof(trees) / sizeof(trees[0]); i++)
		result = make_tree(data_root, trees[i], buf_slice(&text), reterr);
	buf_free(&text);
	return result;
}
