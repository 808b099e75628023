/* SPDX-License-Identifier: GPL-2.0-or-later */
/* service - the body that makes or changes a service of a swarm. Pure. */
#ifndef SAFEDOCKER_SERVICE_H
#define SAFEDOCKER_SERVICE_H

#include "docker/fields.h"

#define SERVICE_API_MINOR 44	/* from here on a service can be denied new privileges */

/* service_field.def, ended by a row without a path. */
extern const struct field service_fields[];

/*
 * Its tasks run as the caller, without capabilities, with no-new-privileges, and carry the caller's label, as
 * the service does. -1: ERR_SYNTAX where it is no service of containers.
 */
int service_finish(struct judging *j, json_t *result);

#endif
