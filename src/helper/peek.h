/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peek - the beginning of a body that is passed on, looked at before anything of the request is. */
#ifndef SAFEDOCKER_PEEK_H
#define SAFEDOCKER_PEEK_H

#include "common/buf.h"
#include "common/error.h"
#include "helper/client.h"

/*
 * Says 100 Continue where the client waits for it. Then reads on behind what c->in holds, which stays
 * there as it came, until `first` is full (first->max bytes of the body, however they are framed) or
 * the body has ended. The client has half a minute. -1: ERR_SYNTAX for a body that is malformed, does
 * not begin in time, or breaks off; ERR_LIMIT; ERR_CLOSED.
 */
int peek_body(struct client *c, struct buf *first, struct error *reterr);

#endif
