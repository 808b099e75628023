/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "setgid/die.h"

#define CONNECT_PATIENCE 10	/* s in which a full backlog must take us */
#define IN_MAX (HTTP_HEAD_MAX + 64 * 1024)

struct engine {
	int fd;				/* -1: never connected */
	enum engine_state state;
	enum http_method asked;		/* decides how the answer is read (RFC 9112, section 6.3) */
	struct http_body body;		/* of the answer */
	bool last;			/* the link ends behind this answer */
	bool ended;			/* the engine has closed its side */
	size_t used; /* bytes of `in` that were given out, and go at the next call */
	struct buf in;			/* read, and not given out yet */
	struct error why;		/* of ENGINE_BROKEN */
};

/* --- its life ------------------------------------------------------------------------ */
static int connect_to(const char *path, struct error *reterr)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static const struct timeval patience = { .tv_sec = CONNECT_PATIENCE };
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(reterr, ERR_ENGINE,
				 "the path of the engine's socket is too long: %s", path);
	(void)strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot make a socket: %s", strerror(errno));
	/* A full backlog makes connect(2) wait; not for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)error_set(reterr, ERR_ENGINE,
				"cannot connect to the docker engine at %s: %s; is it running?",
				path, strerror(errno));
		goto err;
	}
	/* A socket that a user left there must not pass for the engine. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid != 0) {
		(void)error_set(reterr, ERR_ENGINE,
				"what listens at %s does not belong to root: it is not the engine",
				path);
		goto err;
	}
	return fd;
err:
	(void)close(fd);
	return -1;
}

struct engine *engine_open(const char *path)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		die(EXIT_FAILED, "out of memory");
	e->in = buf_new(IN_MAX);
	e->fd = connect_to(path, &e->why);
	e->state = e->fd >= 0 ? ENGINE_IDLE : ENGINE_BROKEN;
	return e;
}

void engine_free(struct engine *e)
{
	if (e->fd >= 0)
		(void)close(e->fd);
	buf_free(&e->in);
	free(e);
}

enum engine_state engine_state(const struct engine *e)
{
	return e->state;
}

bool engine_in_step(const struct engine *e)
{
	return e->state == ENGINE_IDLE;
}

const struct error *engine_why(const struct engine *e)
{
	return &e->why;
}

/* The first reason stays: what fails later fails because of it. */
int engine_break(struct engine *e, enum err code, const char *why, struct error *reterr)
{
	if (e->state != ENGINE_BROKEN)
		(void)error_set(&e->why, code, "%s", why);
	e->state = ENGINE_BROKEN;
	if (reterr != NULL)
		*reterr = e->why;
	return -1;
}

/* The engine did what it must not. */
static int fail(struct engine *e, const char *why, struct error *reterr)
{
	return engine_break(e, ERR_ENGINE, why, reterr);
}

void engine_hang_up(const struct engine *e)
{
	(void)shutdown(e->fd, SHUT_RDWR);
}

/* Each call says in which state it makes sense; in any other nothing can be relied on any more. */
static int expect(struct engine *e, enum engine_state state, struct error *reterr)
{
	return e->state == state ? 0 : fail(e, "a call to the engine out of its order", reterr);
}

/* --- bytes --------------------------------------------------------------------------- */
static void drop_used(struct engine *e)
{
	buf_consume(&e->in, e->used);
	e->used = 0;
}

/* Is there something to be read, or an end? Asked without waiting. */
static bool has_news(const struct engine *e)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* The client went, or the limit passed: whatever the engine says now would belong to nobody. */
static int give_up(struct engine *e, int waited, struct error *reterr)
{
	return waited < 0 ? engine_break(e, ERR_CLOSED, "the client has gone", reterr) :
		engine_break(e, ERR_TIMEOUT, "the engine does not answer in time", reterr);
}

/* Waits for bytes, or for the end, which is noted in e->ended. */
static int read_more(struct engine *e, int client, const struct io_limit *limit,
		     struct error *reterr)
{
	struct error why = { 0 };
	int waited;
	long n;

	drop_used(e);
	if (e->ended)
		return fail(e, "the engine ended in the middle of its answer", reterr);
	waited = io_wait(e->fd, client, limit);
	if (waited <= 0)
		return give_up(e, waited, reterr);
	n = io_read(e->fd, &e->in, limit, &why);
	if (n < 0)
		return engine_break(e, why.code == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_ENGINE, why.text,
				    reterr);
	e->ended = n == 0;
	return 0;
}

/* --- the request --------------------------------------------------------------------- */
/*
 * 0: all of it went; 1: the engine has something to say first, or takes no more (then it has said
 * why, and that is there to be read).
 */
static int push(struct engine *e, struct slice bytes, const struct io_limit *limit,
		struct error *reterr)
{
	while (bytes.n > 0) {
		struct pollfd p = { .fd = e->fd, .events = POLLIN | POLLOUT };
		int left = io_left(limit);
		ssize_t n = send(e->fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			bytes = slice_after(bytes, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if ((n < 0 && errno != EAGAIN) ||
		    (poll(&p, 1, left) > 0 && (p.revents & POLLIN) != 0)) {
			e->state = ENGINE_EARLY;
			return 1;
		}
		if (p.revents == 0 && left == 0)
			return engine_break(e, ERR_TIMEOUT, "the engine takes nothing in time",
					    reterr);
	}
	return 0;
}

int engine_begin(struct engine *e, enum http_method method, struct slice bytes,
		 const struct io_limit *limit, struct error *reterr)
{
	if (expect(e, ENGINE_IDLE, reterr) < 0)
		return -1;
	/* The last bytes of the answer before this one may have been looked at until now. */
	drop_used(e);
	if (has_news(e))
		return fail(e, "the engine ended, or spoke unasked", reterr);
	e->asked = method;
	e->last = false;
	e->state = ENGINE_WRITING;
	return push(e, bytes, limit, reterr) < 0 ? -1 : 0;
}

int engine_write(struct engine *e, struct slice bytes, const struct io_limit *limit,
		 struct error *reterr)
{
	if (e->state == ENGINE_EARLY)
		return 1;
	if (expect(e, ENGINE_WRITING, reterr) < 0)
		return -1;
	return push(e, bytes, limit, reterr);
}

int engine_wait_client(struct engine *e, int client, const struct io_limit *limit,
		       struct error *reterr)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN },
				 { .fd = e->fd, .events = POLLIN } };

	if (e->state == ENGINE_EARLY)
		return 0;
	if (expect(e, ENGINE_WRITING, reterr) < 0)
		return -1;
	for (;;) {
		int left = io_left(limit), n = poll(fds, 2, left);

		if (n > 0 && fds[1].revents != 0) {
			e->state = ENGINE_EARLY;
			return 0;
		}
		if (n > 0)
			return 1;
		if (n == 0 && left == 0)
			return engine_break(e, ERR_TIMEOUT,
					    "the request did not come to its end in time", reterr);
	}
}

void engine_sent(struct engine *e)
{
	if (e->state == ENGINE_WRITING)
		e->state = ENGINE_HEAD;
	else if (e->state != ENGINE_EARLY)
		(void)expect(e, ENGINE_WRITING, NULL);
}

/* --- the answer ---------------------------------------------------------------------- */
/* 1: the head is there; 0: more is needed; -1: broken. */
static int parse_head(struct engine *e, unsigned *interim, struct http_head *ret,
		      struct error *reterr)
{
	struct error why = { 0 };
	size_t used;

	while (e->in.len > 0) {
		switch (http_answer_parse(buf_slice(&e->in), e->asked, ret, &used, &why)) {
		case HTTP_ERROR:
			return fail(e, why.text, reterr);
		case HTTP_MORE:
			return 0;
		case HTTP_DONE:
			break;
		}
		if (ret->status >= 200 || ret->status == 101) {
			e->used = used;
			return 1;
		}
		buf_consume(&e->in, used);
		if (++*interim > ENGINE_INTERIM_MAX)
			return fail(e, "the engine sent more than 32 interim responses", reterr);
	}
	return 0;
}

void engine_hear(const struct engine *e, const struct io_limit *limit)
{
	if (e->fd >= 0 && e->in.len == e->used)
		(void)io_wait(e->fd, -1, limit);
}

int engine_head(struct engine *e, int client, const struct io_limit *limit,
		struct http_head *ret, struct error *reterr)
{
	unsigned interim = 0;
	int r;

	if (e->state == ENGINE_EARLY)
		e->last = true;
	else if (expect(e, ENGINE_HEAD, reterr) < 0)
		return -1;
	while ((r = parse_head(e, &interim, ret, reterr)) == 0) {
		if (e->ended)
			return fail(e, "the engine ended the connection", reterr);
		if (read_more(e, client, limit, reterr) < 0)
			return -1;
	}
	if (r < 0)
		return -1;
	e->body = http_body_start(ret);
	e->last = e->last || ret->close || ret->status == 101 ||
		  ret->framing == HTTP_BODY_UNTIL_CLOSE;
	e->state = ENGINE_BODY;
	return 0;
}

/* The body is over. What stands behind it answers nothing that was asked. */
static enum http_progress finish(struct engine *e, struct error *reterr)
{
	/* The bytes that were just given out stay where they are until the next call. */
	if (e->in.len > e->used) {
		(void)fail(e, "the engine sent more than its answer", reterr);
		return HTTP_ERROR;
	}
	if (e->last)
		(void)fail(e, "the engine's connection ended with its last answer", NULL);
	else
		e->state = ENGINE_IDLE;
	return HTTP_DONE;
}

enum http_progress engine_body(struct engine *e, struct slice *ret, struct error *reterr)
{
	struct error why = { 0 };
	enum http_progress p;

	*ret = slice_of("", 0);
	if (expect(e, ENGINE_BODY, reterr) < 0)
		return HTTP_ERROR;
	drop_used(e);
	p = http_body_feed(&e->body, buf_slice(&e->in), &e->used, ret, &why);
	if (p == HTTP_ERROR) {
		(void)fail(e, "the engine's answer cannot be read", reterr);
		return HTTP_ERROR;
	}
	if (p == HTTP_DONE ||
	    (e->ended && e->used == e->in.len && e->body.framing == HTTP_BODY_UNTIL_CLOSE))
		return finish(e, reterr);
	return HTTP_MORE;
}

int engine_fill(struct engine *e, int client, const struct io_limit *limit, struct error *reterr)
{
	return expect(e, ENGINE_BODY, reterr) < 0 ? -1 : read_more(e, client, limit, reterr);
}

int engine_whole(struct engine *e, int client, const struct io_limit *limit, struct buf *body,
		 struct error *reterr)
{
	for (;;) {
		struct slice data;
		enum http_progress p = engine_body(e, &data, reterr);

		if (p == HTTP_ERROR)
			return -1;
		buf_add_slice(body, data);
		if (body->failed) {
			(void)engine_break(e, ERR_LIMIT,
					   "the engine's answer is larger than can be taken", NULL);
			return error_set(reterr, ERR_LIMIT,
					 "the engine's answer is larger than %zu bytes", body->max);
		}
		if (p == HTTP_DONE)
			return 0;
		if (data.n == 0 && engine_fill(e, client, limit, reterr) < 0)
			return -1;
	}
}

/* --- between two requests ------------------------------------------------------------ */
int engine_rest(struct engine *e, int client)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN },
				 { .fd = e->fd, .events = POLLIN } };

	/* Without an engine a client can still be told so. */
	if (e->fd < 0)
		return 0;
	if (expect(e, ENGINE_IDLE, NULL) < 0)
		return -1;
	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return engine_break(e, ERR_SYSTEM, "cannot wait", NULL);
	return fds[1].revents == 0 ? 0 : fail(e, "the engine ended, or spoke unasked", NULL);
}

/* --- no HTTP any more ---------------------------------------------------------------- */
int engine_switch(struct engine *e, struct error *reterr)
{
	if (expect(e, ENGINE_BODY, reterr) < 0)
		return -1;
	drop_used(e);
	e->state = ENGINE_RAW;
	return 0;
}

struct pollfd engine_poll(const struct engine *e, short events)
{
	return (struct pollfd){ .fd = e->state == ENGINE_RAW ? e->fd : -1, .events = events };
}

long engine_raw_read(struct engine *e, struct buf *in, size_t max)
{
	char *at;
	ssize_t n;

	errno = EPIPE;
	if (e->state != ENGINE_RAW)
		return -1;
	/* What came with the head is the beginning of the stream. */
	if (e->in.len > 0) {
		n = (ssize_t)(e->in.len < max ? e->in.len : max);
		buf_add(in, e->in.data, (size_t)n);
		buf_consume(&e->in, (size_t)n);
		return n;
	}
	at = buf_room(in, max);
	n = at != NULL ? recv(e->fd, at, max, MSG_DONTWAIT) : -1;
	if (n > 0)
		buf_added(in, (size_t)n);
	return n;
}

long engine_raw_write(struct engine *e, struct slice bytes)
{
	errno = EPIPE;
	return e->state == ENGINE_RAW ? send(e->fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL) :
					-1;
}

void engine_raw_end(struct engine *e)
{
	if (e->state == ENGINE_RAW)
		(void)shutdown(e->fd, SHUT_WR);
}
