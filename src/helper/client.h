/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client - the caller's side of a connection: requests are read from it, answers go to it. What it
 * says is untrusted, and it may be slow, or gone, at any point.
 */
#ifndef SAFEDOCKER_CLIENT_H
#define SAFEDOCKER_CLIENT_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "wire/http.h"

#define CLIENT_TAKEN_MAX (256 * 1024)	/* bytes of one request that can be judged anew */

struct client {
	int fd;
	struct buf in;		/* read, and not taken yet */
	struct buf taken; /* what was taken of the request that is served, as it came; failed: too
			     much of it */
	struct http_head head;	/* its slices end with client_take_head() */
	bool close;		/* it wants, or must get, no further request */
	bool continued;		/* 100 Continue was said to this request */
};

struct client client_new(int fd);
void client_free(struct client *c);

/*
 * 1: a head is there, of *ret_used bytes; 0: the connection ended between two requests; -1: reterr.
 */
int client_read_head(struct client *c, size_t *ret_used, struct error *reterr);
void client_take_head(struct client *c, size_t used);

/*
 * The whole body into `body`; what is beyond it stays in c->in. -1: ERR_LIMIT, ERR_SYNTAX,
 * ERR_TIMEOUT, ERR_CLOSED.
 */
int client_read_body(struct client *c, struct buf *body, struct error *reterr);

/* Says 100 Continue, once, where the client waits for it. */
int client_continue(struct client *c, struct error *reterr);

/* The next request begins: nothing of this one is kept. */
void client_next(struct client *c);

/* All of these bytes, within WRITE_PATIENCE. */
int client_say(struct client *c, struct slice bytes, struct error *reterr);

#endif
