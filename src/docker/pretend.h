/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pretend - answers as an engine would have given them, for operations that are only
 * explained and never done. Pure: nothing here knows an engine.
 */
#ifndef SAFEDOCKER_PRETEND_H
#define SAFEDOCKER_PRETEND_H

#include <stdbool.h>

#include "common/buf.h"
#include "docker/inspect.h"
#include "docker/request.h"

/* Must the operation be answered without the engine, even when it is allowed? All but plain looking. */
bool pretend_needed(enum operation operation);

/* What the operation makes; OBJECT_NONE for one that makes nothing. */
enum object_kind pretend_makes(enum operation operation);

/*
 * The whole answer to this request. `id` is that of the object that is made. *ret_raw: a raw
 * stream would follow, which is at its end at once.
 */
void pretend_answer(const struct request *request, const char *id, bool close, struct buf *out, bool *ret_raw);

/*
 * What a look-up of the object that `request` makes would say: the body as it would have gone to the engine,
 * so that all that is judged by such an answer is judged the same. A new text that the caller frees; NULL when
 * memory is out.
 */
char *pretend_inspect(const struct request *request, const char *id, const char *name);

#endif
