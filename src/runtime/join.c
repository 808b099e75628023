/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/join.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "runtime/file.h"
#include "runtime/mounts.h"

static const char *const kernel_names[] = { "ns/net", "ns/ipc", "ns/pid", "ns/uts" };

static int not_joinable(const char *why, struct error *reterr)
{
	return error_set(reterr, ERR_DENIED, "a mapped container can join only its own user's mapped "
			 "containers: %s", why);
}

/* /proc/PID/ns/NAME and nothing else; the process's directory, which stays that process's. */
static int open_process(const char *path, const char *name, struct error *reterr)
{
	char directory[64];
	unsigned long long pid;
	struct slice rest = slice_after(slice_str(path), strlen("/proc/"));
	size_t n = slice_find(rest, '/');
	int fd;

	if (!slice_starts(slice_str(path), "/proc/") ||
	    slice_to_u64(slice_of(rest.p, n), 1 << 30, &pid) < 0 || !slice_is(slice_after(rest, n + 1), name))
		return not_joinable(path, reterr);
	(void)snprintf(directory, sizeof(directory), "/proc/%llu", pid);
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : not_joinable("that one has ended", reterr);
}

static int read_map(int process, const char *name, struct idmap *ret, struct error *reterr)
{
	struct buf text = buf_new(16384);
	char path[64];
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC), result = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || file_read(path, &text) < 0)
		(void)not_joinable("its id map cannot be read", reterr);
	else
		result = idmap_parse(buf_slice(&text), ret, reterr);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	return result;
}

static bool same(int a, int b)
{
	struct stat is_a, is_b;

	return fstat(a, &is_a) == 0 && fstat(b, &is_b) == 0 && is_a.st_dev == is_b.st_dev &&
	       is_a.st_ino == is_b.st_ino;
}

/* The user namespace of the process: the runtime made it, and for this user. */
static int open_user(struct bundle *b, const struct identity *who, int process, struct join *ret,
		     struct error *reterr)
{
	uint32_t uid, gid;
	uid_t owner;
	int user = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);

	if (user < 0 || ioctl(user, NS_GET_OWNER_UID, &owner) < 0 || owner != who->owner) {
		if (user >= 0)
			(void)close(user);
		return not_joinable("that one is not", reterr);
	}
	if (ret->user >= 0) {
		bool known = same(ret->user, user);

		(void)close(user);
		return known ? 0 : not_joinable("two of them at once", reterr);
	}
	ret->user = user;
	if (read_map(process, "uid_map", &ret->uids, reterr) < 0 ||
	    read_map(process, "gid_map", &ret->gids, reterr) < 0)
		return -1;
	if (!idmap_outside(&ret->uids, b->uid, &uid) || uid != who->uid ||
	    !idmap_outside(&ret->gids, b->gid, &gid) || gid != who->gid)
		return not_joinable("that one runs as another user inside (give both the same --user)", reterr);
	return 0;
}

/* Is it the host's own, in which we are? The engine names that one by a path of its own too. */
static bool is_host_network(const char *path)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int other = open(path, O_RDONLY | O_CLOEXEC);
	bool result = own >= 0 && other >= 0 && same(own, other);

	if (own >= 0)
		(void)close(own);
	if (other >= 0)
		(void)close(other);
	return result;
}

int join_open(struct bundle *b, const struct identity *who, struct join *ret, struct error *reterr)
{
	int result = 0;

	*ret = (struct join){ .user = -1 };
	for (size_t i = 0; i < BUNDLE_JOINS; i++)
		ret->fd[i] = -1;
	if (b->join[BUNDLE_NETWORK] != NULL && is_host_network(b->join[BUNDLE_NETWORK])) {
		b->host_network = true;
		b->join[BUNDLE_NETWORK] = NULL;
	}
	for (size_t i = 0; result == 0 && i < BUNDLE_JOINS; i++) {
		int process;

		if (b->join[i] == NULL)
			continue;
		process = open_process(b->join[i], kernel_names[i], reterr);
		result = process < 0 ? -1 : open_user(b, who, process, ret, reterr);
		if (result == 0 && (ret->fd[i] = openat(process, kernel_names[i], O_RDONLY | O_CLOEXEC)) < 0)
			result = not_joinable("that one has ended", reterr);
		if (process >= 0)
			(void)close(process);
	}
	return result;
}

int join_place(const struct join *join, struct error *reterr)
{
	char path[BUNDLE_PATH_MAX];

	for (size_t i = 0; i < BUNDLE_JOINS; i++) {
		if (join->fd[i] < 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", BUNDLE_PLACE, bundle_join_name((enum bundle_join)i));
		if (mounts_namespace(path, join->fd[i], reterr) < 0)
			return -1;
	}
	return 0;
}
