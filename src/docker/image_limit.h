/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image_limit - what an image makes the engine do for a container, bounded as the request itself
 * is. Pure. */
#ifndef SAFEDOCKER_IMAGE_LIMIT_H
#define SAFEDOCKER_IMAGE_LIMIT_H

#include <jansson.h>

#include "common/error.h"

/*
 * The engine takes from the image (its inspect answer, may be NULL) what the request leaves open. A
 * health check that would run too often is slowed down in `body`. -1 with ERR_LIMIT for more
 * volumes than a request may have, and, with
 * --publish-all, for more ports; -1 with ERR_SYSTEM when memory is out.
 */
int image_limit(json_t *body, const json_t *image, struct error *reterr);

#endif
