/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind - how far root inside a container is root outside. Whoever has a shell on the host can hand a
 * descriptor of the host's into a container in which a process takes the user's own id; what root inside
 * then does with it, root of the host does. So a container is one of
 *   mapped   root inside is its owner outside: safedocker-runtime gives it a user namespace (mapped.h)
 *   pinned   where the host cannot map: it runs as its owner, without another id, a capability or a way to
 *            gain one, and it has no storage of its own: the engine does no file work for it
 *   open     anything else: root inside is root outside
 * and kinds never share what descriptors pass through: volumes, network, process and ipc namespaces. Pure.
 */
#ifndef SAFEDOCKER_KIND_H
#define SAFEDOCKER_KIND_H

#include <jansson.h>

#include "common/error.h"
#include "docker/runtime_info.h"
#include "model/model.h"

#define LABEL_KIND "safedocker.kind"	/* on volumes: which containers may mount it */
#define ID_FILE_PREFIX "safedocker:"	/* in HostConfig.ContainerIDFile: the second witness of the owner */

/* "pinned", …; "?" for none. */
const char *kind_name(enum container_kind kind);

/* CONTAINER_UNKNOWN for no such name, also for NULL. */
enum container_kind kind_by_name(const char *name);

/*
 * What a container is by its inspect answer (Config, HostConfig, Mounts), made for `owner`: by what
 * holds for it, never by a label. *ret_driver: CONTAINER_MAPPED holds on an engine with this driver alone;
 * CGROUP_DRIVER_NONE for other kinds.
 */
enum container_kind kind_of_container(const json_t *root, uid_t owner, enum cgroup_driver *ret_driver);

/*
 * Makes the body of a new container one of this kind, and its subject's: the owner in the label and in
 * ContainerIDFile, volumes without a name labelled. For a mapped one mapped_make() does the rest. -1:
 * ERR_DENIED for what the kind does not take, in words that say what would; ERR_SYSTEM.
 */
int kind_make(json_t *body, enum container_kind kind, const struct subject *subject, struct error *reterr);

/* As whom, and where, a process is started in a container of this kind: the body of POST /containers/{id}/exec. */
int kind_exec(json_t *body, enum container_kind kind, uid_t owner, const struct subject *subject,
	      struct error *reterr);

/* May a process with this User, "UID:GID", be in a pinned container? *ret: the uid. */
bool kind_pinned_user(const char *user, uid_t *ret);

/* A volume's own label says for which kind it was made; none, or an unknown one: open. */
enum container_kind kind_of_volume(const json_t *labels);

/* Writes it down in the map `key` of object, made where it is missing. -1 when memory is out. */
int kind_label(json_t *object, const char *key, enum container_kind kind);

#endif
