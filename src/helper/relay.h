/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay - bytes that are not judged, passed on in bounded memory. */
#ifndef SAFEDOCKER_RELAY_H
#define SAFEDOCKER_RELAY_H

#include <time.h>

#include "common/buf.h"
#include "helper/engine.h"
#include "helper/tap.h"
#include "wire/http.h"
#include "wire/sieve.h"

/*
 * The body of an answer from the engine, whose head was read, to the client, framed anew. `first`
 * goes before it, in the same write as what is there of the body. Ends with the body, at `until`
 * (0: never), or when either side breaks (-1); 1 when it was broken before a byte of it or of
 * `first` went on. Streams have no idle limit. With a sieve, what that leaves goes on, in chunks
 * where the engine counted.
 */
int relay_body(struct engine *engine, int client, const struct http_head *head,
	       const struct buf *first, struct sieve *sieve, time_t until, struct error *reterr);

/* The framing that relay_body() gives to the client's copy. */
enum http_framing relay_framing(const struct http_head *head, const struct sieve *sieve);

/*
 * Asked before the last byte of an upload, and in each second in which some of it comes. False:
 * reterr says why.
 */
struct relay_guard {
	bool (*still_so)(void *context, struct error *reterr);
	void *context;
};

/*
 * A request to the engine: `first` is its head; the body comes from the client, framed anew, and
 * `in` holds what was read of it already. 0 at its end, and also when the engine answers before it
 * or hears no more: the answer comes next, and the connections end with it. -1 when the client
 * breaks off, or the guard says no; then the link to the engine is broken too. The last byte is
 * written directly behind the guard's word.
 */
int relay_upload(int client, struct engine *engine, const struct http_head *head,
		 const struct buf *first, struct buf *in, time_t until,
		 const struct relay_guard *guard, struct error *reterr);

/*
 * Both directions, raw, until both sides have ended or `until` is there: a half-close is passed
 * on and the other direction goes on. `from_client` holds what was read already, `from_engine` is
 * empty. With a tap, bytes that it does not take end it: then what is left in `from_engine` was
 * taken before them.
 */
void relay_raw(struct engine *engine, int client, struct buf *from_client, struct buf *from_engine,
	       time_t until, struct tap *tap);

#endif
