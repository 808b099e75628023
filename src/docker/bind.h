/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bind - directories and files of the host in a container. Pure.
 *
 * A path that was checked is not the path that gets mounted: the engine resolves it again at each start, as
 * root, and what the caller can exchange meanwhile leads anywhere. So only paths whose every parent is beyond
 * the caller's reach are mounted as they are. Others lie below such a path, their root, and are rewritten: a
 * volume of the local driver holds the root, and VolumeOptions.Subpath names the rest, which engines with
 * API 1.45 resolve from a descriptor of the root and never beyond it. NoCopy goes with it: without it the engine
 * would copy what the image has there, setuid programs included, as root into an empty directory of the host.
 *
 * Those volumes are nobody's. No request can name them, and no answer shows them: what was asked stands in a
 * label of the container and takes their place again.
 */
#ifndef SAFEDOCKER_BIND_H
#define SAFEDOCKER_BIND_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"
#include "docker/kind.h"
#include "docker/reference.h"
#include "model/model.h"

#define BIND_VOLUME "safedocker-bind-"
#define BIND_API_MINOR 45	/* older engines leave Subpath out without a word */
#define BIND_NAME_LEN 64	/* of a volume, its end included */
#define BIND_LABEL "safedocker.binds"	/* on the container: what was asked; a list as JSON */

/* What stands in HostConfig.Binds: NAME:TARGET[:OPTION[,OPTION...]]. */
struct bind_text {
	struct slice source, target, relabel;	/* relabel: z, Z, or nothing */
	bool read_only, no_copy;
};

/* Its parts, which point into `text`. ERR_DENIED for an option that is not known; of the parts nothing else is judged. */
int bind_parse(struct slice text, struct bind_text *ret, struct error *reterr);

/* Of a fact about a path: what the kernel, the engine and the services of the host keep there, no wide pattern means. */
void bind_protect_host(struct facts *facts, size_t fact);

/* The volume that holds `root` for this user: safedocker-bind-UID-HASH. */
void bind_volume_name(uid_t uid, struct slice root, char ret[BIND_NAME_LEN]);

/* Is this volume one of them? */
bool bind_is_volume(const char *name);

/* The body of the request that makes it: all of it is fixed but the name and the root. Owned by the caller; NULL. */
char *bind_volume_body(const char *name, struct slice root);

/* The engine's answer about it: is it just what bind_volume_body() asks for? -1 with ERR_DENIED. */
int bind_volume_check(struct slice answer, const char *name, struct slice root, struct error *reterr);

/* The words for a path whose root (its first bytes) is not all of it, where nothing else can be done. Returns -1. */
int bind_exchangeable(const char *path, size_t root, struct error *reterr);

/*
 * Rewrites the bind of reference `r` (OBJECT_PATH, r->root of its bytes are the root) in the body of a container's
 * creation. -1: ERR_DENIED where it has options that only a bind can have, ERR_SYSTEM.
 */
int bind_rewrite(json_t *body, const struct reference *r, const struct subject *subject, struct error *reterr);

/*
 * A rewritten bind in a container's inspect answer (an element of HostConfig.Mounts): the path that was asked, owned
 * by the caller, and how many of its bytes are the root. NULL where it is none, or memory is out.
 */
char *bind_source(const json_t *mount, size_t *ret_root);

/* The label's text, of a container that is the caller's, as a list. A new reference; NULL where there is none. */
json_t *bind_asked(const char *label);

/* Turns answers back, with what was asked. Each takes the value of that name as the engine gave it; -1: out of memory. */
int bind_restore_binds(json_t **binds, const json_t *asked);		/* HostConfig.Binds */
int bind_restore_mounts(json_t **mounts, const json_t *asked);		/* HostConfig.Mounts */
int bind_restore_points(json_t *points, const json_t *asked);		/* Mounts, of inspect and of lists */

#endif
