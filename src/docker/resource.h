/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resource - the bodies that make networks and volumes, and join containers to networks. Pure. */
#ifndef SAFEDOCKER_RESOURCE_H
#define SAFEDOCKER_RESOURCE_H

#include "docker/fields.h"

/* What the helper keeps for itself: names that no client may give. */
#define NAME_RESERVED "safedocker-"

/* A list of NAME[:ALIAS]: containers whose addresses and variables are shared; references. */
field_judge links_judge;

/*
 * A name that the engine takes, and that nobody else's thing has, or could be meant by (name.def):
 * of a volume or a checkpoint, and of what a swarm keeps.
 */
field_judge judge_name, judge_swarm_name;

/* The keys that end an attachment, and the height and width of a terminal. */
field_judge judge_keys, judge_size;

/* POST /networks/create: the owner's label is set, a taken name is refused, the driver is spelt out. */
int network_judge(const json_t *body, const struct subject *subject, struct facts *facts, json_t **ret,
		  struct error *reterr);

/* POST /networks/{id}/connect and disconnect: the container becomes a reference. */
int connect_judge(const json_t *body, struct facts *facts, struct references *references, json_t **ret,
		  struct error *reterr);

/* POST /volumes/create: the owner's label is set, the driver is spelt out. */
int volume_judge(const json_t *body, const struct subject *subject, struct facts *facts, json_t **ret,
		 struct error *reterr);

#endif
