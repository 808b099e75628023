/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind - how far root inside a container is root outside. Whoever has a shell on the host can hand a
 * descriptor of the host's into a container in which a process takes the user's own id; what root inside
 * then does with it, root of the host does. So a container is one of
 *   pinned   it runs as its owner: no other id, no capability, no way to gain one
 *   closed   root inside, but no process of it ever has the id of a login account, and it has no bind:
 *            nothing can be handed in
 *   mapped   on an engine with userns-remap: root inside is nobody outside
 *   open     anything else: root inside is root outside
 * and kinds never share what descriptors pass through: volumes, network, process and ipc namespaces. Pure.
 */
#ifndef SAFEDOCKER_KIND_H
#define SAFEDOCKER_KIND_H

#include <jansson.h>

#include "common/error.h"
#include "model/model.h"

#define LABEL_KIND "safedocker.kind"	/* on volumes: which containers may mount it */
#define ID_FILE_PREFIX "safedocker:"	/* in HostConfig.ContainerIDFile: the second witness of the owner */

/* "pinned", …; "?" for none. */
const char *kind_name(enum container_kind kind);

/* CONTAINER_UNKNOWN for no such name, also for NULL. */
enum container_kind kind_by_name(const char *name);

/* What a rule's containers without binds are: the kind of the volumes that it makes. */
enum container_kind kind_of_rule(enum root_mode root, bool remapped);

/* What this body (of POST /containers/create) is to become. `binds`: it mounts a path of the host. */
enum container_kind kind_of_new(const json_t *body, enum root_mode root, bool remapped, bool binds);

/*
 * What a container is by its inspect answer (Config, HostConfig, Mounts), made for `owner`: by what
 * holds for it, never by a label. *ret_mappable: on a remapped engine it is mapped, if it is open here.
 */
enum container_kind kind_of_container(const json_t *root, uid_t owner, uid_t uid_min, bool *ret_mappable);

/*
 * Makes the body of a new container one of this kind, and its subject's: the owner in the label and in
 * ContainerIDFile, volumes without a name labelled. -1: ERR_DENIED for what the kind does not take, in words
 * that say what would; ERR_SYSTEM.
 */
int kind_make(json_t *body, enum container_kind kind, const struct facts *facts, bool remapped,
	      const struct subject *subject, struct error *reterr);

/* As whom a process is started in a container of this kind: the body of POST /containers/{id}/exec. */
int kind_exec(json_t *body, enum container_kind kind, uid_t owner, const struct subject *subject,
	      struct error *reterr);

/* May a process with this User be in a closed container: 0, or a number that no login account has? */
bool kind_closed_user(const char *user, uid_t uid_min);

/* May a process with this User, "UID:GID", be in a pinned container? *ret: the uid. */
bool kind_pinned_user(const char *user, uid_t *ret);

/* A volume's own label says for which kind it was made; none, or an unknown one: open. */
enum container_kind kind_of_volume(const json_t *labels);

/* Writes it down in the map `key` of object, made where it is missing. -1 when memory is out. */
int kind_label(json_t *object, const char *key, enum container_kind kind);

#endif
