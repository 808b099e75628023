/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - the link: the one connection to the docker engine, which is the privilege itself (who
 * holds it is root). A worker has one link and serves one client with it.
 *
 * What this file promises:
 *   - Nobody else ever touches the descriptor. It is a member of a struct that only engine.c knows.
 *   - The link is *in step* (ENGINE_IDLE) only when the last answer was consumed whole and nothing
 * stands behind it. Only then can a request begin: engine_begin() refuses in every other state.
 *   - Every failure breaks the link for good: a time-out, an early end, an answer that cannot be
 * read, a surplus byte, a second answer, more than ENGINE_INTERIM_MAX interim answers, a client
 * that went away in the middle, a request that was not written whole. ENGINE_BROKEN has no way out.
 *   - So an answer that was read belongs to the request that was written before it. Whoever ignores
 * an error gets the same error again from every later call; nobody has to remember to close
 * anything.
 *
 *                  begin            sent           head            last byte
 *     ENGINE_IDLE -------> WRITING -------> HEAD -------> BODY ----------------> ENGINE_IDLE
 *                             |                            |  \ engine_switch()
 *                             +- answer comes early: EARLY +   +----------> RAW
 *     EARLY goes on as HEAD does, but the link breaks behind that answer, as it does behind an
 * answer that says `Connection: close` or ends with the connection. Every state can go to BROKEN.
 *
 * Times: each call that waits takes a struct io_limit (setgid/io.h). Source of the rules: RFC 9112,
 * sections 6.3 (framing), 9.2 (answers belong to requests by their order alone) and 9.6 (ending a
 * connection).
 */
#ifndef SAFEDOCKER_ENGINE_H
#define SAFEDOCKER_ENGINE_H

#include <poll.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "setgid/io.h"
#include "wire/http.h"

#define ENGINE_INTERIM_MAX 32	/* 1xx answers before one that counts; engines send one at most */

struct engine;

enum engine_state {
	ENGINE_BROKEN = 0,	/* for good */
	ENGINE_IDLE,		/* in step: a request may begin */
	ENGINE_WRITING,		/* a request is being written */
	ENGINE_EARLY,		/* its answer began before it was written whole */
	ENGINE_HEAD,		/* the head of its answer is awaited */
	ENGINE_BODY,		/* and the rest of that answer */
	ENGINE_RAW,		/* no HTTP any more: a stream both ways */
};

/*
 * Connects to the engine's socket; its other end must be root's. Never NULL: where there is no
 * engine the link is broken from the first, and engine_why() says why. Ends the process where
 * memory is short. Free with engine_free(), which ends the connection of this process's copy.
 */
struct engine *engine_open(const char *path);
void engine_free(struct engine *e);

enum engine_state engine_state(const struct engine *e);
bool engine_in_step(const struct engine *e);	/* is it ENGINE_IDLE? */
const struct error *engine_why(
	const struct engine *e); /* why it is broken; ERR_NONE while it is not */

/*
 * Waits until the engine said something, or the limit has passed. Nothing is read, and the link
 * stays as it is: for a request whose end matters more than whoever asked for it.
 */
void engine_hear(const struct engine *e, const struct io_limit *limit);

/* Breaks it, for a reason that the caller has found. Always -1. */
int engine_break(struct engine *e, enum err code, const char *why, struct error *reterr);

/*
 * For a signal's handler: the connection is ended, so that whatever waits for it fails.
 * Async-signal-safe.
 */
void engine_hang_up(const struct engine *e);

/* --- one request --------------------------------------------------------------------- */
/*
 * Begins a request with these bytes: its head, and what there is of its body. `method` decides how
 * the answer is read. What the engine says before it was asked is not an answer: it breaks the
 * link. -1: the link is broken now, or was before, or is busy with another request (which breaks it
 * too).
 */
int engine_begin(struct engine *e, enum http_method method, struct slice bytes,
		 const struct io_limit *limit, struct error *reterr);

/* More of its body. 1: the answer is coming already, no more is to be written; -1: broken. */
int engine_write(struct engine *e, struct slice bytes, const struct io_limit *limit,
		 struct error *reterr);

/*
 * Waits for bytes of the client's body. 1: `client` is readable; 0: the answer comes early; -1: the
 * limit.
 */
int engine_wait_client(struct engine *e, int client, const struct io_limit *limit,
		       struct error *reterr);

/* The request is written whole. Not called for one whose answer came early. */
void engine_sent(struct engine *e);

/*
 * The head of the answer (1xx other than 101 are skipped). Its slices hold until the next call.
 * `client` (-1: none) is watched meanwhile: when it has gone, -1 with ERR_CLOSED. A 101 leaves
 * ENGINE_BODY too.
 */
int engine_head(struct engine *e, int client, const struct io_limit *limit, struct http_head *ret,
		struct error *reterr);

/*
 * What has arrived of the body. HTTP_MORE: *ret holds bytes until the next call, or is empty when
 * engine_fill() must wait for more. HTTP_DONE: *ret may hold the last ones; the link is idle again,
 * or broken where it ends with this answer.
 */
enum http_progress engine_body(struct engine *e, struct slice *ret, struct error *reterr);

/* Waits for more of the body, as engine_head() does. 0, or -1. */
int engine_fill(struct engine *e, int client, const struct io_limit *limit, struct error *reterr);

/*
 * All of the body behind a head that was read, into `body`; ERR_LIMIT when it is larger than that
 * may be.
 */
int engine_whole(struct engine *e, int client, const struct io_limit *limit, struct buf *body,
		 struct error *reterr);

/* --- between two requests ------------------------------------------------------------ */
/*
 * Waits for the client's next request. 0: it has bytes, or its end, to be read; -1: the link is
 * broken now, or was.
 */
int engine_rest(struct engine *e, int client);

/* --- no HTTP any more ---------------------------------------------------------------- */
/* Behind the head of an answer that begins a stream. -1: that is not where the link is. */
int engine_switch(struct engine *e, struct error *reterr);

/* In ENGINE_RAW alone; -1 in every other state. Nothing here waits. */
struct pollfd engine_poll(const struct engine *e,
			  short events); /* for poll(2); fd -1 when not raw */
long engine_raw_read(struct engine *e, struct buf *in,
		     size_t max); /* bytes; 0: the end; -1: none now, see errno */
long engine_raw_write(struct engine *e, struct slice bytes); /* bytes; -1: none now, see errno */
void engine_raw_end(struct engine *e); /* no more will be written */

#endif
