/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * create - the bodies that make a container or a process in one: judged field by
 * field, rendered anew. Pure.
 */
#ifndef SAFEDOCKER_CREATE_H
#define SAFEDOCKER_CREATE_H

#include "docker/fields.h"

/*
 * The body of POST /containers/create. On success *ret is a new tree, in which volumes
 * without a name are mounts; kind_make() makes it its owner's, after the decision. Facts are added
 * for every flag that the body amounts to, references for every object that it names; facts->image is set.
 * A path of the host is a reference too: whether it is safe to mount, the helper sees.
 */
int create_judge(const json_t *body, const struct subject *subject, struct facts *facts,
		 struct references *references, json_t **ret, struct error *reterr);

/*
 * The volumes that the image asks for (its inspect answer), as mounts, which will carry the owner; the
 * engine itself would make them without one. Where something is mounted already, that stays. -1 with
 * ERR_DENIED where one has no valid place.
 */
int create_image_volumes(json_t *body, const json_t *image, struct error *reterr);

/*
 * Of a pinned container: runc makes the places of mounts as root: none may lie below a path of the host. -1 with
 * ERR_DENIED.
 */
int create_check_nesting(const json_t *body, const struct references *references, struct error *reterr);

/*
 * The container is made from the image that was looked at (its inspect answer): by its id, which nobody can exchange
 * for another. The name that was asked stands in a label and is what answers show. -1 when memory is out.
 */
int create_image_id(json_t *body, const json_t *image);

/*
 * Where its process starts, as the engine reads it: absolute, without `.`, `..` and empty parts; the image's (its
 * inspect answer, may be NULL) where the body has none, "" where neither has one. What the body says and is not
 * absolute stays as it is. The caller frees it; NULL when memory is out.
 */
char *create_workdir(const json_t *body, const json_t *image);

/*
 * --cpus, as a maximum that is filled in: the engine takes it in one unit only, so where there is a quota, that was
 * judged, and where there is a period alone, the quota is set. 1: it is; 0: NanoCpus is free for it; -1 when memory
 * is out.
 */
int create_cpus(json_t *body, const struct setting *cpus);

/* A maximum of --ulimit ("NAME<=…") is added to the list of them, where none of that name is in it. -1: out of memory. */
int create_ulimit(json_t *list, const struct setting *ulimit);

/*
 * The same table over HostConfig of an inspect answer: adds a fact for everything that the container was made
 * with and that is no default of the engine's or setting of the helper's, references for the containers that it
 * borrows from. Volumes, paths of the host and names of networks are not among them. -1: ERR_DENIED for what
 * the table does not know.
 */
int create_again(const json_t *host, const struct subject *subject, struct facts *facts,
		 struct references *references, struct error *reterr);

/* create_field.def as a table, for fields_set(). */
const struct field *create_table(void);

/* Judges that other bodies share: who runs, with what, from which image, limited how. */
field_judge judge_ulimits, judge_user, judge_env, judge_kept_env, judge_health, judge_entrypoint, judge_image, judge_quota,
	judge_driver_opts;

/* The body of POST /containers/{id}/exec; as whom it runs, kind_exec() says after the decision. */
int exec_judge(const json_t *body, const struct subject *subject, struct facts *facts,
	       json_t **ret, struct error *reterr);

/* The body of POST /exec/{id}/start. *ret_detach: the engine answers at once, without a stream. */
int exec_start_judge(const json_t *body, struct facts *facts, bool *ret_detach, json_t **ret,
		     struct error *reterr);

#endif
