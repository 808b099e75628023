/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/buf.h"
#include "runtime/child.h"
#include "runtime/copyup.h"
#include "runtime/mountinfo.h"
#include "runtime/opener.h"

#define LAYERS "/overlay2"
/* The kernel takes one page of options. */
#define OPTIONS_MAX 4095

static int failed(const char *what, const char *path, struct error *reterr)
{
	return error_set(reterr, ERR_SYSTEM, "cannot %s %s: %s", what, path, strerror(errno));
}

int mounts_begin(struct error *reterr)
{
	if ((mkdir(SAFEDOCKER_RUNDIR, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(BUNDLE_PLACE, 0755) < 0 && errno != EEXIST) ||
	    /* runc's exec looks for the root file system's path outside as well. */
	    (mkdir(BUNDLE_ROOT, 0755) < 0 && errno != EEXIST))
		return failed("make", BUNDLE_ROOT, reterr);
	/* What the host unmounts is unmounted here too; nothing goes the other way. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return failed("make a mount namespace", "of its own", reterr);
	return 0;
}

int mounts_place(struct error *reterr)
{
	if (mount("safedocker", BUNDLE_PLACE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0711,size=1m") < 0 ||
	    mount(NULL, BUNDLE_PLACE, NULL, MS_PRIVATE, NULL) < 0)
		return failed("mount", BUNDLE_PLACE, reterr);
	return 0;
}

/* --- clones --------------------------------------------------------------------------------- */

/*
 * A copy of the mount at fd that is mounted nowhere yet, and that what is mounted on the original later does
 * not reach. namespace_fd: its ids are that one's; -1: as
 * they are.
 */
static int clone_tree(int fd, unsigned recursive, unsigned long long set, unsigned long long clear,
		      int namespace_fd, const char *what, struct error *reterr)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = MS_PRIVATE };
	int tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);

	if (namespace_fd >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (unsigned)namespace_fd;
	}
	if (tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr)) == 0)
		return tree;
	(void)failed("map the ids or set the flags of", what, reterr);
	if (tree >= 0)
		(void)close(tree);
	return -1;
}

/* Mounts a clone at a path that is made for it, a directory or a file as it is one itself. */
static int place(int tree, const char *path, struct error *reterr)
{
	struct statx is;
	int made = -1;

	/* What the kernel knows is enough: a file server of the user's is asked nothing by root. */
	if (statx(tree, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &is) == 0)
		made = S_ISDIR(is.stx_mode) ? mkdir(path, 0755) : mknod(path, S_IFREG | 0644, 0);
	if (made < 0 || move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return failed("mount", path, reterr);
	return 0;
}

int mounts_namespace(const char *path, int namespace_fd, struct error *reterr)
{
	char source[64];

	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", namespace_fd);
	if (mknod(path, S_IFREG | 0644, 0) < 0 || mount(source, path, NULL, MS_BIND, NULL) < 0)
		return failed("mount a namespace at", path, reterr);
	return 0;
}

/* --- the root file system --------------------------------------------------------------------- */

/*
 * A layer's path as the engine gave it, absolute or as seen from the directory of layers. Its short names in
 * there are links, whose text is taken: a path without dots and links is never answered by "try again".
 */
static int open_layer(const struct bundle *b, int layers, struct slice path, struct error *reterr)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	char text[BUNDLE_PATH_MAX], link[BUNDLE_PATH_MAX];
	struct slice rest = slice_after(path, strlen(b->data_root));
	ssize_t n = -1;
	int fd = -1;

	if (slice_starts(path, b->data_root) && slice_starts(rest, LAYERS "/"))
		path = slice_after(rest, strlen(LAYERS "/"));
	(void)snprintf(text, sizeof(text), "%.*s", (int)path.n, path.p);
	if (slice_starts(path, "l/"))
		n = readlinkat(layers, text, link, sizeof(link) - 1);
	if (n > 3 && memcmp(link, "../", 3) == 0)
		(void)snprintf(text, sizeof(text), "%.*s", (int)n - 3, link + 3);
	if (path.n < sizeof(text))
		fd = (int)syscall(SYS_openat2, layers, text, &how, sizeof(how));
	return fd >= 0 ? fd : failed("open the layer", text, reterr);
}

/* Adds `NAME=/proc/self/fd/N` of an id-mapped clone of the layer, which stays open until exec. */
static int add_layer(const struct bundle *b, int layers, struct slice path, int namespace_fd,
		     const char *before, struct buf *options, struct error *reterr)
{
	int fd = open_layer(b, layers, path, reterr);
	int tree = fd < 0 ? -1 : clone_tree(fd, 0, 0, 0, namespace_fd, "a layer", reterr);

	if (fd >= 0)
		(void)close(fd);
	if (tree < 0)
		return -1;
	buf_addf(options, "%s/proc/self/fd/%d", before, tree);
	return tree;
}

/* Upper and work directory must be seen through one mount: that of the directory which holds both. */
static int add_upper(const struct bundle *b, int layers, const struct mountinfo_overlay *o,
		     int namespace_fd, struct buf *options, struct error *reterr)
{
	struct slice upper = o->upper, work = o->work;
	int tree;

	if (upper.n < 6 || work.n != upper.n || memcmp(upper.p, work.p, upper.n - 4) != 0 ||
	    memcmp(upper.p + upper.n - 5, "/diff", 5) != 0 || memcmp(work.p + work.n - 5, "/work", 5) != 0)
		return error_set(reterr, ERR_DENIED, "the root file system's upper directory is not of the "
				 "form that overlay2 uses");
	upper.n -= 5;
	tree = add_layer(b, layers, upper, namespace_fd, ",upperdir=", options, reterr);
	if (tree < 0)
		return -1;
	buf_addf(options, "/diff,workdir=/proc/self/fd/%d/work", tree);
	return 0;
}

/*
 * The kernel makes files in the work directory while it mounts, and asks for them to be as the process
 * that mounts: so that must have ids that are mapped, and all its capabilities.
 */
static int mount_overlay(const char *options, uint32_t uid, uint32_t gid, struct error *reterr)
{
	int bits = prctl(PR_GET_SECUREBITS), result, saved;

	if (bits < 0 || prctl(PR_SET_SECUREBITS, (unsigned long)bits | SECBIT_NO_SETUID_FIXUP) < 0)
		return failed("mount", BUNDLE_ROOT, reterr);
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	result = mount("overlay", BUNDLE_ROOT, "overlay", MS_NODEV, options);
	saved = errno;
	(void)setfsuid(0);
	(void)setfsgid(0);
	if (prctl(PR_SET_SECUREBITS, (unsigned long)bits) < 0 || setfsuid((uid_t)-1) != 0 ||
	    setfsgid((gid_t)-1) != 0)
		return failed("come back from mounting", BUNDLE_ROOT, reterr);
	errno = saved;
	return result == 0 ? 0 : failed("mount", BUNDLE_ROOT, reterr);
}

int mounts_root(const struct bundle *b, int namespace_fd, const struct idmap *uids,
		const struct idmap *gids, struct slice mountinfo, struct error *reterr)
{
	struct buf options = buf_new(OPTIONS_MAX);
	struct mountinfo mount;
	struct mountinfo_overlay overlay;
	struct statvfs is;
	char path[BUNDLE_PATH_MAX];
	uint32_t uid, gid;
	int layers, result = mountinfo_find(mountinfo, b->root, &mount, reterr);

	if (result < 0 || !idmap_outside(uids, 0, &uid) || !idmap_outside(gids, 0, &gid))
		return -1;
	if (result == 0 || !slice_is(mount.type, "overlay"))
		return error_set(reterr, ERR_DENIED, "the root file system %s is not an overlay mount", b->root);
	if (mountinfo_overlay(mount.super_options, &overlay, reterr) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%.4000s" LAYERS, b->data_root);
	layers = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layers < 0 || (mkdir(BUNDLE_ROOT, 0755) < 0 && errno != EEXIST))
		return failed("open", path, reterr);
	for (size_t i = 0; result > 0 && i < overlay.n; i++)
		if (add_layer(b, layers, overlay.lower[i], namespace_fd, i == 0 ? "lowerdir=" : ":",
			      &options, reterr) < 0)
			result = -1;
	if (result > 0 && add_upper(b, layers, &overlay, namespace_fd, &options, reterr) < 0)
		result = -1;
	buf_add_str(&options, ",index=off,metacopy=off,redirect_dir=off");
	if (result > 0 && buf_cstr(&options) == NULL)
		result = error_set(reterr, ERR_LIMIT, "the image has too many layers");
	if (result > 0)
		result = mount_overlay(buf_cstr(&options), uid, gid, reterr);
	/* Where something was missing the kernel mounts it read-only, and says so in its log alone. */
	if (result == 0 && (statvfs(BUNDLE_ROOT, &is) < 0 || (is.f_flag & ST_RDONLY) != 0))
		result = error_set(reterr, ERR_SYSTEM, "the root file system could only be mounted read-only");
	(void)close(layers);
	buf_free(&options);
	return result;
}

void mounts_refresh(const char *engine_root)
{
	int fd = engine_root != NULL ? fspick(AT_FDCWD, engine_root, FSPICK_CLOEXEC) : -1;

	if (fd < 0)
		return;
	(void)fsconfig(fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	(void)close(fd);
}

static void close_all(const int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
}

/* --- each mount ------------------------------------------------------------------------------------ */

static int open_bind(const struct bundle_mount *m, const struct identity *who, struct error *reterr)
{
	struct opener opener = { .path = m->entry->source, .make = m->entry->make };
	char what[200];
	const struct child_work work = { .what = what, .seconds = MOUNTS_BIND_SECONDS,
					 .work = opener_open, .argument = &opener };
	int fd;

	(void)snprintf(what, sizeof(what), "opening %.180s as you", opener.path);
	return child_as_user(who, &work, &fd, reterr) < 0 ? -1 : fd;
}

/* A program of root's, as docker-init is, and nothing else. */
static int open_init(const struct bundle_mount *m, struct error *reterr)
{
	int fd = open(m->source, O_PATH | O_CLOEXEC);
	struct stat is;

	if (fd < 0)
		return failed("open", m->source, reterr);
	if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == 0 && (is.st_mode & 022) == 0)
		return fd;
	(void)close(fd);
	return error_set(reterr, ERR_DENIED, "%s is not a program that only root may change", m->source);
}

/*
 * A volume whose mount is at `whole`: filled from the image, or, where the variable names a path in it,
 * that one mounted at `path`.
 */
static int finish_volume(const struct bundle_mount *m, const char *whole, const char *path,
			 int namespace_fd, struct error *reterr)
{
	bool part = m->entry->subpath != NULL;
	struct copyup copyup = { .root = open(BUNDLE_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC),
				 .target = part ? m->entry->subpath : m->target,
				 .volume = open(whole, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	const struct child_work work = {
		.what = part ? "opening the volume's subpath" : "filling the volume from the image",
		.seconds = part ? MOUNTS_BIND_SECONDS : MOUNTS_COPY_SECONDS,
		.work = part ? copyup_subpath : copyup_run, .argument = &copyup };
	int fd = CHILD_NOTHING, tree = -1, result = -1;

	if (copyup.root < 0 || copyup.volume < 0)
		(void)failed("open", whole, reterr);
	else
		result = child_in_namespace(namespace_fd, &work, &fd, reterr);
	if (result == 0 && part) {
		tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		result = tree >= 0 ? place(tree, path, reterr) : failed("take a part of", m->source, reterr);
	}
	close_all((const int[]){ copyup.root, copyup.volume, fd, tree }, 4);
	return result;
}

static const struct clone {
	bool idmap, wanted;
	unsigned recursive;
	unsigned long long set, clear;
} clones[] = {
	[BUNDLE_REFUSED] = { .wanted = false },
	[BUNDLE_INSIDE] = { .wanted = false },
	[BUNDLE_MARK] = { .wanted = false },
	[BUNDLE_BIND] = { .wanted = true, .recursive = AT_RECURSIVE, .set = MOUNT_ATTR_NODEV },
	[BUNDLE_VOLUME] = { .wanted = true, .idmap = true, .set = MOUNT_ATTR_NODEV,
			    .clear = MOUNT_ATTR_NOSYMFOLLOW },
	[BUNDLE_FILE] = { .wanted = true, .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID },
	[BUNDLE_SHM] = { .wanted = true, .set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	[BUNDLE_INIT] = { .wanted = true, .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID },
	[BUNDLE_SYS] = { .wanted = true, .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID |
						MOUNT_ATTR_NOEXEC },
};

static int open_source(const struct bundle_mount *m, const struct identity *who, struct error *reterr)
{
	const char *path = m->kind == BUNDLE_SYS ? "/sys" : m->source;
	int fd;

	if (m->kind == BUNDLE_BIND)
		return open_bind(m, who, reterr);
	if (m->kind == BUNDLE_INIT)
		return open_init(m, reterr);
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : failed("open", path, reterr);
}

int mounts_devices(const struct bundle *b, struct error *reterr)
{
	for (size_t i = 0; i < b->n_devices; i++) {
		const struct bundle_device *d = &b->device[i];
		struct open_how how = { .flags = O_PATH | O_CLOEXEC,
					.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
		int fd = (int)syscall(SYS_openat2, AT_FDCWD, d->path, &how, sizeof(how));
		struct stat is;
		bool same = fd >= 0 && fstat(fd, &is) == 0 &&
			    (d->block ? S_ISBLK(is.st_mode) : S_ISCHR(is.st_mode)) &&
			    is.st_rdev == makedev(d->major, d->minor);

		if (fd >= 0)
			(void)close(fd);
		if (!same)
			return error_set(reterr, ERR_DENIED, "the device %s must have the same path inside as "
					 "on the host", d->path);
	}
	return 0;
}

int mounts_open(const struct bundle *b, int namespace_fd, const struct identity *who, int *trees,
		struct error *reterr)
{
	for (size_t i = 0; i < b->n_mounts; i++) {
		const struct bundle_mount *m = &b->mount[i];
		const struct clone *how = &clones[m->kind];
		int fd;

		trees[i] = -1;
		if (!how->wanted || (m->kind == BUNDLE_SYS && !b->host_network))
			continue;
		fd = open_source(m, who, reterr);
		if (fd < 0)
			return -1;
		trees[i] = clone_tree(fd, how->recursive, how->set, how->clear,
				      how->idmap ? namespace_fd : -1, m->target, reterr);
		(void)close(fd);
		if (trees[i] < 0)
			return -1;
	}
	return 0;
}

int mounts_volumes(const struct bundle *b, struct slice mountinfo, struct error *reterr)
{
	for (size_t i = 0; i < b->n_mounts; i++) {
		const struct bundle_mount *m = &b->mount[i];
		struct mountinfo found;

		if (m->kind == BUNDLE_VOLUME &&
		    (mountinfo_find(mountinfo, m->source, &found, reterr) != 0 ||
		     mountinfo_below(mountinfo, m->source)))
			return error_set(reterr, ERR_DENIED, "the volume for %s is a mount of its "
					 "own, or holds one: whose files are in it?", m->target);
	}
	return 0;
}

static int place_clone(const struct bundle_mount *m, size_t i, int tree, int namespace_fd,
		       struct error *reterr)
{
	bool more = m->kind == BUNDLE_VOLUME && m->entry != NULL;
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	char path[BUNDLE_PATH_MAX], whole[BUNDLE_PATH_MAX + 8];

	bundle_place(path, i);
	(void)snprintf(whole, sizeof(whole), "%s%s", path, more && m->entry->subpath != NULL ? ".all" : "");
	if (place(tree, whole, reterr) < 0 ||
	    (more && finish_volume(m, whole, path, namespace_fd, reterr) < 0))
		return -1;
	/* Only now: a volume that is read-only to the container is filled as well. */
	if (m->read_only && mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &read_only, sizeof(read_only)) < 0)
		return failed("make read-only", m->target, reterr);
	return 0;
}

int mounts_clones(const struct bundle *b, int namespace_fd, const int *trees, struct error *reterr)
{
	for (size_t i = 0; i < b->n_mounts; i++)
		if (trees[i] >= 0 && place_clone(&b->mount[i], i, trees[i], namespace_fd, reterr) < 0)
			return -1;
	return 0;
}
