/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bundle - what the engine asked runc to do (OCI's config.json), read and rewritten. Pure: nothing is
 * opened here. Whatever is in a mapped container's bundle that is not understood refuses the container;
 * what runc then gets is the same bundle with
 *
 *   - the root file system at BUNDLE_ROOT, mounted there with the user's ids;
 *   - a user namespace (BUNDLE_USER) and, where another container's are joined, that one's namespaces;
 *   - each mount of a host path replaced by a clone that is ready below BUNDLE_PLACE, with `nodev`, `ro`
 *     and the ids already set on it: runc finds no option that it would have to set;
 *   - the caller's supplementary groups, the working directory and no SAFEDOCKER variable.
 */
#ifndef SAFEDOCKER_RUNTIME_BUNDLE_H
#define SAFEDOCKER_RUNTIME_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "runtime/idmap.h"
#include "runtime/variable.h"

/* In the runtime's own mount namespace a tmpfs; on the host empty directories of root's. */
#define BUNDLE_PLACE SAFEDOCKER_RUNDIR "/runtime"
#define BUNDLE_ROOT BUNDLE_PLACE "/root"
#define BUNDLE_USER BUNDLE_PLACE "/user"
#define BUNDLE_PATH_MAX 4096
#define BUNDLE_MOUNTS_MAX 512
#define BUNDLE_DEVICES_MAX 1024

enum bundle_kind {
	BUNDLE_REFUSED = 0,	/* a host path that no container of a user's gets */
	BUNDLE_INSIDE,		/* mounted by runc inside the namespace: proc, tmpfs, … */
	BUNDLE_BIND,		/* the place-holder: a path of the user's */
	BUNDLE_VOLUME,
	BUNDLE_FILE,		/* hosts, hostname, resolv.conf: the engine reads them as root */
	BUNDLE_SHM,		/* a tmpfs that the engine made for several containers */
	BUNDLE_INIT,		/* docker-init */
	BUNDLE_SYS,		/* sysfs beside the host's network, whose owner is not the namespace's */
	BUNDLE_MARK,		/* carries the variable, and is left out */
};

struct bundle_mount {
	enum bundle_kind kind;
	const char *source, *target;
	bool read_only;
	const struct variable_entry *entry;	/* NULL: the variable says nothing about it */
};

/*
 * A node of a device's. In a user namespace runc does not make it but mounts the host's own at the same
 * path, whatever that is: so it must be that device (mounts_devices()).
 */
struct bundle_device {
	const char *path;
	bool block;
	unsigned major, minor;
};

enum bundle_join { BUNDLE_NETWORK, BUNDLE_IPC, BUNDLE_PID, BUNDLE_UTS, BUNDLE_JOINS };

struct bundle {
	json_t *config;			/* borrowed; every text lies in it, or in variable */
	const char *id;			/* of the container: 64 hexadecimal digits */
	char root[BUNDLE_PATH_MAX];	/* the engine's own mount of the root file system */
	char data_root[BUNDLE_PATH_MAX];	/* the engine's */
	uint32_t uid, gid;		/* of the container's process, inside */
	bool host_network;		/* join_open() may set it */
	const char *join[BUNDLE_JOINS];	/* paths of namespaces to be joined, or NULL */
	struct bundle_mount mount[BUNDLE_MOUNTS_MAX];	/* in the order of config.json */
	size_t n_mounts;
	struct bundle_device device[BUNDLE_DEVICES_MAX];
	size_t n_devices;
	struct variable variable;
};

/* linux.cgroupsPath of a config.json, NULL where there is none; for any container. */
const char *bundle_cgroups_path(const json_t *config);

/*
 * Reads a mapped container's bundle; `id` is from the command line and the cgroup's path alike. 0, or -1
 * and the reason. The caller hands *ret to bundle_free() in both cases.
 */
int bundle_read(json_t *config, const char *id, struct bundle *ret, struct error *reterr);
void bundle_free(struct bundle *b);

/* Where the clone for mount i is: bytes into ret, which has room for BUNDLE_PATH_MAX. */
void bundle_place(char *ret, size_t i);

/* The name of OCI's, "network" for BUNDLE_NETWORK. */
const char *bundle_join_name(enum bundle_join join);

/*
 * Rewrites b->config. `groups` are the caller's supplementary groups outside; those that `gids` does
 * not map are left out. -1 when memory is out or the process is not as expected.
 */
int bundle_rewrite(struct bundle *b, const struct idmap *uids, const struct idmap *gids,
		   const gid_t *groups, size_t n_groups, struct error *reterr);

/*
 * The same for one more process of a container that runs: `process` is exec's, `config` the container's
 * rewritten bundle, whose id map and working directory hold for it as well.
 */
int bundle_rewrite_exec(json_t *process, const json_t *config, const gid_t *groups, size_t n_groups,
			struct error *reterr);

/* The engine's own mount of the root file system, as a rewritten bundle remembers it; or NULL. */
const char *bundle_engine_root(const json_t *config);

#endif
