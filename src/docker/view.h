/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view - what a caller gets to see of an answer: lists without what is not theirs.
 * The engine was asked to leave it out already (filters.h); that it did is not taken on trust.
 */
#ifndef SAFEDOCKER_VIEW_H
#define SAFEDOCKER_VIEW_H

#include <stdbool.h>

#include "docker/request.h"
#include "wire/sieve.h"

/*
 * The sieve for the answer to this request, reading `subject` as long as it lives (free it with
 * sieve_free()). False: the answer goes on as it is. `everybody` as in request_render().
 */
bool view_sieve(const struct request *request, const struct http_head *answer, const struct subject *subject,
		bool everybody, struct sieve *ret);

#endif
