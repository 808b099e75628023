/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine - what root asks the engine itself, past safedocker, with docker's own client. */
#ifndef SAFEDOCKER_FRONT_ENGINE_H
#define SAFEDOCKER_FRONT_ENGINE_H

#include <jansson.h>

#include "common/buf.h"

#define ENGINE_ARGUMENTS_MAX 520
#define ENGINE_OUTPUT_MAX (32 * 1024 * 1024)

/*
 * `docker ARGUMENT…` (the last one NULL) at the policy's engine. Its exit status, *out is what it
 * prints; -1 as capture().
 */
int engine_ask(const char *const *arguments, struct buf *out);

/* The same; *out has its errors as well. */
int engine_try(const char *const *arguments, struct buf *out);

/* The path of the policy's engine socket. */
void engine_socket(char *ret, size_t size);

/* `docker inspect --type KIND NAME…`: what it prints; a new reference, NULL where one of them is not there. */
json_t *engine_inspect(const char *kind, const char *const *names, size_t n);

#endif
