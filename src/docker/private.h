/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * private - a user's own network, which stands where docker's command line says `bridge`, or nothing: on
 * the engine's default bridge everybody's containers reach each other. Pure; the helper makes it.
 */
#ifndef SAFEDOCKER_PRIVATE_H
#define SAFEDOCKER_PRIVATE_H

#include <jansson.h>

#include "common/buf.h"
#include "docker/inspect.h"

#define PRIVATE_NAME_MAX 64
#define KIND_PRIVATE "private"		/* in LABEL_KIND of such a network: prunes leave it where it is */

/* "safedocker-net-UID" */
void private_name(uid_t uid, char out[PRIVATE_NAME_MAX]);

/*
 * Puts `name` in the default network's place in the body of POST /containers/create, the links of HostConfig where a
 * network of one's own has them. 1: it is used; 0: another network is; -1 when memory is out.
 */
int private_use(json_t *body, const char *name);

/*
 * When ids have taken names' places: links of endpoints go by the first twelve digits, which is what a network's
 * own names know. -1 when memory is out.
 */
int private_links(json_t *body);

/* POST /networks/create for it, below API version 1.minor. */
void private_render(unsigned minor, const char *name, uid_t uid, struct buf *out);

/* GET of it, likewise. */
void private_render_look(unsigned minor, const char *name, struct buf *out);

/* Is what was looked up by its name really it? */
bool private_is(const struct resource *network, const char *name, uid_t uid);

#endif
