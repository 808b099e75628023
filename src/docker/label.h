/* SPDX-License-Identifier: GPL-2.0-or-later */
/* label - whose an object is, written on it. */
#ifndef SAFEDOCKER_LABEL_H
#define SAFEDOCKER_LABEL_H

#include "docker/fields.h"

#define LABEL_OWNER "safedocker.uid"
#define LABEL_ENDS "safedocker.ends"	/* on containers of a rule with max-runtime: seconds since the epoch */
#define LABEL_IMAGE "safedocker.image"	/* on containers: the image by the name that was asked; they are made from its id */
#define LABEL_PREFIX "safedocker."

/* A map of labels: a fact (mostly --label) for each; those that begin with LABEL_PREFIX (in any case) are refused. */
field_judge label_judge;

/* The same for what clients read, change and send back whole: the caller's own LABEL_OWNER may stand in it. */
field_judge label_judge_again;

/* Sets the owner in the map `key` of object, made where it is missing. -1 when memory is out. */
int label_own(json_t *object, const char *key, const struct subject *subject);

/* Whom the map says it belongs to. */
bool label_owner(const json_t *labels, uid_t *ret);

/* The name of the image in the labels of a container whose engine says `image`; that itself where it is not an id. */
const char *label_image(const json_t *labels, const char *image);

/* Does any label of safedocker's stand in the map, whatever it says? */
bool label_is_ours(const json_t *labels);

#endif
