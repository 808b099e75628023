/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer - what goes back to the client: our own refusals in the engine's form, and the engine's heads rendered anew. */
#ifndef SAFEDOCKER_ANSWER_H
#define SAFEDOCKER_ANSWER_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "wire/http.h"

/* The HTTP status that an error is answered with. */
int answer_status(enum err code);

/*
 * Adds a whole answer whose body is {"message": TEXT}, as the engine sends its
 * errors, so that every client prints it. Without the body for HEAD; with
 * Connection: close when `close`.
 */
void answer_error(struct buf *out, int status, const char *message, enum http_method asked, bool close);

/* Adds a whole answer with this body, which is JSON. */
void answer_json(struct buf *out, int status, struct slice body, bool close);

/*
 * Adds the engine's head, rendered anew: status, the fields that clients need
 * (an allowlist), and the framing that the body will have. `close` as above.
 */
void answer_head(struct buf *out, const struct http_head *head, bool close);

/*
 * The message in an error of the engine's ({"message": TEXT}), every id of 64 hex
 * digits taken out of it. The caller frees it; NULL when it is no such error.
 */
char *answer_without_ids(struct slice body);

/* Is the body an error of the engine's whose message begins so? Then it is copied, cut at n bytes. */
bool answer_message(struct slice body, const char *begins, char *ret, size_t n);

#endif
