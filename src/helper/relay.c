/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/relay.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "setgid/io.h"

#define STEP (64 * 1024)

/* --- a framed body ------------------------------------------------------------------- */
static void frame(struct buf *out, enum http_framing framing, struct slice data)
{
	if (data.n == 0)
		return;
	if (framing == HTTP_BODY_CHUNKED)
		http_chunk_head(out, data.n);
	buf_add_slice(out, data);
	if (framing == HTTP_BODY_CHUNKED)
		buf_add_str(out, "\r\n");
}

enum http_framing relay_framing(const struct http_head *head, const struct sieve *sieve)
{
	return sieve != NULL && head->framing == HTTP_BODY_COUNTED ? HTTP_BODY_CHUNKED :
								     head->framing;
}

/* A part of the body, or with `end` what is left when there is no more. */
static int sift(struct sieve *sieve, struct slice data, bool end, enum http_framing framing,
		struct buf *out, struct error *reterr)
{
	/* A value that was held back goes on at once; rendered anew, its numbers may be longer. */
	struct buf left = buf_new(STEP + 2 * SIEVE_TAKE_MAX);
	int r = sieve_feed(sieve, data, &left, reterr);

	if (r == 0 && end)
		r = sieve_end(sieve, &left, reterr);
	if (r == 0)
		frame(out, framing, buf_slice(&left));
	buf_free(&left);
	return r;
}

/* What has arrived of the engine's body; HTTP_DONE at its end. */
static enum http_progress pass_on(struct engine *engine, struct sieve *sieve,
				  enum http_framing framing, struct buf *out, struct error *reterr)
{
	enum http_progress p;
	struct slice data;

	do {
		p = engine_body(engine, &data, reterr);
		if (p == HTTP_ERROR)
			return p;
		if (sieve == NULL || framing == HTTP_BODY_NONE)
			frame(out, framing, data);
		else if (sift(sieve, data, p == HTTP_DONE, framing, out, reterr) < 0)
			return HTTP_ERROR;
	} while (p == HTTP_MORE && data.n > 0);
	if (p == HTTP_DONE && framing == HTTP_BODY_CHUNKED)
		http_chunk_end(out);
	return p;
}

int relay_body(struct engine *engine, int client, const struct http_head *head,
	       const struct buf *first, struct sieve *sieve, time_t until, struct error *reterr)
{
	const struct io_limit limit = { .deadline = IO_FOREVER, .until = until };
	enum http_framing framing = relay_framing(head, sieve);
	/* Every byte of a chunk of one takes six of framing; a step never holds more than that. */
	struct buf out = buf_new(8 * STEP + (sieve != NULL ? 2 * SIEVE_TAKE_MAX : 0));
	bool begun = false;
	int r = -1;

	out.failed = first->failed;
	buf_add_slice(&out, buf_slice(first));
	for (;;) {
		enum http_progress p = pass_on(engine, sieve, framing, &out, reterr);

		if (p == HTTP_ERROR || out.failed) {
			if (p != HTTP_ERROR)
				(void)error_set(reterr, ERR_ENGINE,
						"the engine's answer is too large to be passed on");
			r = begun ? -1 : 1;
			break;
		}
		if (io_write(client, buf_slice(&out), &limit, reterr) < 0)
			break;
		begun = true;
		buf_reset(&out);
		if (p == HTTP_DONE) {
			r = 0;
			break;
		}
		/*
		 * A client that has gone ends the engine's work too: logs -f would go on for ever.
		 */
		if (engine_fill(engine, client, &limit, reterr) < 0)
			break;
	}
	buf_free(&out);
	return r;
}

/* What `in` holds of the client's body; HTTP_DONE at its end. */
static enum http_progress take_in(struct http_body *body, struct buf *in, struct buf *out,
				  struct error *reterr)
{
	struct slice left = buf_slice(in);
	enum http_progress p = HTTP_MORE;

	while (p == HTTP_MORE && left.n > 0) {
		struct slice data;
		size_t used;

		p = http_body_feed(body, left, &used, &data, reterr);
		if (p == HTTP_ERROR)
			return p;
		frame(out, body->framing, data);
		left = slice_after(left, used);
		if (used == 0 && p == HTTP_MORE)
			break;
	}
	buf_consume(in, in->len - left.n);
	if (p == HTTP_DONE && body->framing == HTTP_BODY_CHUNKED)
		http_chunk_end(out);
	return p;
}

#define REST 1000	/* ms after which it is asked again whether all is still so */

struct upload {
	int client;
	struct engine *engine;
	struct http_body body;
	struct buf *in;
	struct buf out;
	const struct io_limit *limit;
	const struct relay_guard *guard;
	long long last;			/* io_now() when it was asked */
};

/* What is in u->out; the end of the request but for its last byte, until the guard has said yes. */
static int upload_write(struct upload *u, bool end, struct error *reterr)
{
	struct slice bytes = buf_slice(&u->out);
	size_t n = end && bytes.n > 0 ? bytes.n - 1 : bytes.n;
	long long now = io_now();
	bool due = now - u->last > REST;
	int r;

	/*
	 * By the time since it was asked, not since the last bytes: who sends one a moment would
	 * never be asked.
	 */
	if (due)
		u->last = now;
	if (due && !u->guard->still_so(u->guard->context, reterr))
		return -1;
	r = engine_write(u->engine, slice_of(bytes.p, n), u->limit, reterr);
	if (r != 0 || !end)
		return r;
	if (!u->guard->still_so(u->guard->context, reterr))
		return -1;
	return engine_write(u->engine, slice_after(bytes, n), u->limit, reterr);
}

/* One step: 1 when there is more to come; 0 at the end, or the answer comes early; -1. */
static int upload_step(struct upload *u, struct error *reterr)
{
	enum http_progress p = u->body.framing == HTTP_BODY_NONE ? HTTP_DONE :
		take_in(&u->body, u->in, &u->out, reterr);
	int r;
	long n;

	if (p == HTTP_ERROR || u->out.failed)
		return -1;
	r = upload_write(u, p == HTTP_DONE, reterr);
	buf_reset(&u->out);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (p == HTTP_DONE) {
		engine_sent(u->engine);
		return 0;
	}
	r = engine_wait_client(u->engine, u->client, u->limit, reterr);
	if (r <= 0)
		return r;
	n = io_read(u->client, u->in, u->limit, reterr);
	if (n == 0)
		(void)error_set(reterr, ERR_SYNTAX, "the request ends in the middle of its body");
	return n <= 0 ? -1 : 1;
}

int relay_upload(int client, struct engine *engine, const struct http_head *head,
		 const struct buf *first, struct buf *in, time_t until,
		 const struct relay_guard *guard, struct error *reterr)
{
	const struct io_limit limit = { .deadline = IO_FOREVER, .until = until };
	struct slice bytes = buf_slice(first);
	/*
	 * The last byte of the head is kept for the first step: where there is no body, it is the
	 * last of all.
	 */
	size_t n = bytes.n > 0 ? bytes.n - 1 : 0;
	struct upload u = {
		.client = client,
		.engine = engine,
		.body = http_body_start(head),
		.in = in,
		.out = buf_new(8 * STEP),
		.limit = &limit,
		.guard = guard,
		.last = io_now(),
	};
	int r = first->failed ? error_set(reterr, ERR_LIMIT, "the request is too large") :
		engine_begin(engine, head->method, slice_of(bytes.p, n), &limit, reterr);

	buf_add_slice(&u.out, slice_after(bytes, n));
	if (r == 0)
		do
			r = upload_step(&u, reterr);
		while (r > 0);
	/*
	 * A request that was not written whole has no answer that could be told from the next
	 * one's.
	 */
	if (r < 0)
		(void)engine_break(engine, ERR_CLOSED, "the request was not written whole", NULL);
	buf_free(&u.out);
	return r;
}

/* --- raw, both ways ------------------------------------------------------------------ */
/* One end of the stream: the client's descriptor, or the link. */
struct end {
	struct engine *engine;	/* NULL: the client */
	int client;
};

static long end_read(const struct end *end, struct buf *in)
{
	char *at;
	ssize_t n;

	if (end->engine != NULL)
		return engine_raw_read(end->engine, in, STEP);
	at = buf_room(in, STEP);
	n = at != NULL ? recv(end->client, at, STEP, MSG_DONTWAIT) : -1;
	if (n > 0)
		buf_added(in, (size_t)n);
	return n;
}

static long end_write(const struct end *end, struct slice bytes)
{
	return end->engine != NULL ? engine_raw_write(end->engine, bytes) :
		send(end->client, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void end_close(const struct end *end)
{
	if (end->engine != NULL)
		engine_raw_end(end->engine);
	else
		(void)shutdown(end->client, SHUT_WR);
}

struct direction {
	struct end from, to;
	struct buf *bytes;	/* read, not yet written */
	struct tap *tap;	/* takes them first; NULL: nobody does */
	bool from_client;
	bool ended;		/* no more will be read */
	bool closed;		/* and that was passed on */
};

/* What is in d->bytes now is new. -1: it must not go on. */
static int record(struct direction *d)
{
	if (d->tap == NULL || tap_take(d->tap, d->from_client, buf_slice(d->bytes)) == 0)
		return 0;
	buf_reset(d->bytes);
	return -1;
}

/* Reads when there is room, writes when there is something; -1 when the direction is broken. */
static int step(struct direction *d, short from_events, short to_events)
{
	long n;

	if (!d->ended && d->bytes->len == 0 && (from_events & (POLLIN | POLLHUP | POLLERR)) != 0) {
		n = end_read(&d->from, d->bytes);
		if (n > 0 && record(d) < 0)
			return -1;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			d->ended = true;
	}
	if (d->bytes->len > 0 && (to_events & (POLLOUT | POLLHUP | POLLERR)) != 0) {
		n = end_write(&d->to, buf_slice(d->bytes));
		if (n > 0)
			buf_consume(d->bytes, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	if (d->ended && d->bytes->len == 0 && !d->closed) {
		end_close(&d->to);
		d->closed = true;
	}
	return 0;
}

/*
 * A side that is closed reports so at once and for ever: it is left out of the
 * poll while all that is waited for is that the other one takes its bytes.
 */
static struct pollfd watch(const struct end *end, const struct direction *in,
			   const struct direction *out)
{
	short events = 0;
	struct pollfd p;

	if (!in->ended && in->bytes->len == 0)
		events |= POLLIN;
	if (out->bytes->len > 0)
		events |= POLLOUT;
	p = end->engine != NULL ? engine_poll(end->engine, events) :
		(struct pollfd){ .fd = end->client, .events = events };
	if (p.events == 0 && !in->ended)
		p.fd = -1;
	return p;
}

void relay_raw(struct engine *engine, int client, struct buf *from_client, struct buf *from_engine,
	       time_t until, struct tap *tap)
{
	const struct io_limit limit = { .deadline = IO_FOREVER, .until = until };
	const struct end one = { .client = client }, other = { .engine = engine, .client = -1 };
	struct direction up = {
		.from = one, .to = other, .bytes = from_client, .tap = tap, .from_client = true
	};
	struct direction down = { .from = other, .to = one, .bytes = from_engine, .tap = tap };

	/* What came with the head of the answer is asked for first: no poll(2) would tell of it. */
	if (step(&down, POLLIN, POLLOUT) < 0 || record(&up) < 0)
		return;
	while (!up.closed || !down.closed) {
		struct pollfd fds[2] = {
			watch(&one, &up, &down),
			watch(&other, &down, &up),
		};
		int n;

		if (io_is_over(until))
			return;
		n = poll(fds, 2, io_left(&limit));
		if (n == 0 || (n < 0 && errno == EINTR))
			continue;
		/* Nobody is there any more to read what the other still says. */
		if ((fds[0].revents & POLLHUP) != 0 && up.closed)
			return;
		if (n < 0 || step(&down, fds[1].revents, fds[0].revents | POLLOUT) < 0 ||
		    step(&up, fds[0].revents, fds[1].revents | POLLOUT) < 0)
			return;
		if ((fds[1].revents & POLLHUP) != 0 && down.closed)
			return;
	}
}
