/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped - a container in which root is the user who started it, seen from the engine's side. What makes
 * it one is safedocker-runtime, which the engine starts for it; here its create becomes what the runtime
 * expects, and the engine's answers about it become what was asked. Pure.
 *
 * What this promises of the body that mapped_make() leaves:
 *   - The engine gets no path that a user can change. Each path of the host is the place-holder, an empty
 *     directory of root's, read-only; the working directory is "/"; no part of a volume is named.
 *   - The engine copies nothing from the image into a volume: NoCopy is set on each.
 *   - Whose the container is stands in its cgroup parent. mapped_is() reads it there and from the runtime's
 *     name, never from a label or a variable.
 *   - What the runtime has to do in the engine's place is in the variable SAFEDOCKER (model/variable.h), and
 *     what was asked in the label MAPPED_LABEL, from which the answers are turned back.
 */
#ifndef SAFEDOCKER_MAPPED_H
#define SAFEDOCKER_MAPPED_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "docker/runtime_info.h"

/*
 * On each mapped container. An object: `cwd` is the working directory as the engine would show it, `mounts`
 * a list of what was changed, each with Target, then Source, RO and Make of a path of the host, and Was, the
 * element of Binds or Mounts as it was asked (missing where another container lent it).
 */
#define MAPPED_LABEL "safedocker.asked"

#define MAPPED_PARENT_LEN 40	/* bytes of a cgroup parent, its end included */

/* How the engine is to spell the cgroup parent of this user's containers. */
void mapped_parent(uid_t uid, enum cgroup_driver driver, char ret[MAPPED_PARENT_LEN]);

/* Is the container with this HostConfig, on an engine with this driver, a mapped one of this user's? */
bool mapped_is(const json_t *host, uid_t uid, enum cgroup_driver driver);

/* Does it lead to what is safedocker's own, in a spelling of either driver? No request may. */
bool mapped_names_parent(const char *cgroup_parent);

struct mapped_how {
	uid_t uid;
	enum cgroup_driver driver;
	const char *workdir;	/* absolute and clean; NULL or "": neither the request nor the image says one */
	const json_t *lent;	/* what mapped_lend() gathered; NULL: nothing */
};

/*
 * Makes the body of POST /containers/create one of a mapped container's. It is called last, when names are
 * settled and volumes of the image have their mounts. -1: ERR_DENIED for what no mapped container can have, in
 * words that say what would; ERR_LIMIT for more than the runtime takes; ERR_SYSTEM. The body is then of no use.
 */
int mapped_make(json_t *body, const struct mapped_how *how, struct error *reterr);

/*
 * Of --volumes-from: adds to the list `lent` the paths of the host that the container with these labels was
 * given. `read_only`: it lends them so. -1 when memory is out.
 */
int mapped_lend(json_t *lent, const json_t *labels, bool read_only);

/* --- turning back ------------------------------------------------------------------ */
/* What these labels say was asked. A new reference; NULL where they say nothing. */
json_t *mapped_asked(const json_t *labels);

/* The path of the host that was asked for at `target`, and how; NULL: none. It belongs to `asked`. */
const char *mapped_source(const json_t *asked, const char *target, bool *ret_read_only);

/* The working directory that was asked; "" where none was. It belongs to `asked`. */
const char *mapped_workdir(const json_t *asked);

/*
 * Each takes the value of that name as the engine gave it, and leaves what was asked. -1 when memory is out.
 * `asked` may be NULL: then only what is safedocker's own is left out.
 */
int mapped_show_binds(json_t **binds, const json_t *asked);	/* HostConfig.Binds */
int mapped_show_mounts(json_t **mounts, const json_t *asked);	/* HostConfig.Mounts */
int mapped_show_points(json_t *points, const json_t *asked);	/* Mounts, of inspect and of lists */
void mapped_show_env(json_t *env);				/* Config.Env, of a container or an image */

/* Is it an assignment to the variable, or its bare name? */
bool mapped_is_variable(const char *assignment);

#endif
