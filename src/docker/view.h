/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view - what a caller gets to see of an answer: lists without what is not theirs, and images by the names by which they were asked for
 * (a name that was given to another image since is still shown: it is what the container was made from).
 * The engine was asked to leave others' objects out already (filters.h); that it did is not taken on trust.
 */
#ifndef SAFEDOCKER_VIEW_H
#define SAFEDOCKER_VIEW_H

#include <stdbool.h>

#include "docker/adopted.h"
#include "docker/request.h"
#include "wire/sieve.h"

/* All borrowed, for as long as the sieve lives. */
struct view {
	const struct request *request;
	const struct subject *subject;
	const struct adopted *adopted;	/* NULL: root gave nothing to anybody */
	bool everybody;			/* as in request_render() */
	const json_t *shown;		/* keys: ids of the caller's containers on the network in the path; NULL: none */
	const char *image;		/* of the container in the path: the image as it was asked; NULL: as the engine says */
	const json_t *asked;		/* of a mapped container in the path: mapped_asked(); NULL: none, or another kind */
};

/*
 * Is the engine to be asked for everybody's, because objects that root gave to the caller bear no label to ask for? The
 * sieve then leaves what is the caller's.
 */
bool view_asks_all(const struct view *view);

/* The sieve for the answer (free it with sieve_free()). False: the answer goes on as it is. */
bool view_sieve(const struct view *view, const struct http_head *answer, struct sieve *ret);

#endif
