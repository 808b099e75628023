/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts - what a mapped container sees of files, made ready in a mount namespace of the runtime's own:
 * the host never sees it, and it goes with the last process of the container (or of the runtime, when
 * that is killed half way).
 */
#ifndef SAFEDOCKER_RUNTIME_MOUNTS_H
#define SAFEDOCKER_RUNTIME_MOUNTS_H

#include "common/error.h"
#include "common/slice.h"
#include "runtime/bundle.h"
#include "runtime/identity.h"

#define MOUNTS_BIND_SECONDS 5		/* to open what may be on a file server of the user's own */
#define MOUNTS_COPY_SECONDS 600		/* to fill a volume */

/* An own mount namespace, and on the host the empty directories of BUNDLE_PLACE. */
int mounts_begin(struct error *reterr);

/*
 * A clone of each host path that is to be mounted, not mounted anywhere yet: b->n_mounts descriptors
 * into trees, -1 where runc mounts by itself. Before mounts_place(), so that no clone shows that place.
 */
int mounts_open(const struct bundle *b, int namespace_fd, const struct identity *who, int *trees,
		struct error *reterr);

/* Is each device of the bundle's what the host has at that path? */
int mounts_devices(const struct bundle *b, struct error *reterr);

/*
 * Is each volume a plain directory of the engine's? One with driver options may be a mount of
 * anything of the host's, whose ids would become the container's own.
 */
int mounts_volumes(const struct bundle *b, struct slice mountinfo, struct error *reterr);

/* An empty place of root's that everybody may search. */
int mounts_place(struct error *reterr);

/*
 * The root file system, mounted anew of the layers of the engine's own mount, with the ids of the
 * namespace. mountinfo: the text of MOUNTINFO_PATH.
 */
int mounts_root(const struct bundle *b, int namespace_fd, const struct idmap *uids,
		const struct idmap *gids, struct slice mountinfo, struct error *reterr);

/* Each clone at its place; volumes are filled where that was asked. */
int mounts_clones(const struct bundle *b, int namespace_fd, const int *trees, struct error *reterr);

/* A file of this name in the place that is the namespace. */
int mounts_namespace(const char *path, int namespace_fd, struct error *reterr);

/*
 * Makes the kernel forget what it remembers of the engine's own mount of the root file system, which
 * does not notice what is written through ours. After each look of the engine's (it reads /etc/passwd
 * before an exec) the next is of what is there then. That it fails does no harm but that.
 */
void mounts_refresh(const char *engine_root);

#endif
