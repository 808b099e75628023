/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/relay.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/io.h"

#define STEP (64 * 1024)

/* --- a framed body --------------------------------------------------------------- */
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
	return sieve != NULL && head->framing == HTTP_BODY_COUNTED ? HTTP_BODY_CHUNKED : head->framing;
}

/* A part of the body, or with `end` what is left when there is no more. */
static int sift(struct sieve *sieve, struct slice data, bool end, enum http_framing framing, struct buf *out,
		struct error *reterr)
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

/* Takes what `in` holds; HTTP_DONE at the end of the message. */
static enum http_progress pass_on(struct http_body *body, struct buf *in, struct sieve *sieve,
				  enum http_framing framing, struct buf *out, struct error *reterr)
{
	struct slice left = buf_slice(in);
	enum http_progress p = HTTP_MORE;

	while (p == HTTP_MORE && left.n > 0) {
		struct slice data;
		size_t used;

		p = http_body_feed(body, left, &used, &data, reterr);
		if (p == HTTP_ERROR)
			return p;
		if (sieve == NULL)
			frame(out, framing, data);
		else if (sift(sieve, data, p == HTTP_DONE, framing, out, reterr) < 0)
			return HTTP_ERROR;
		left = slice_after(left, used);
		if (used == 0 && p == HTTP_MORE)
			break;
	}
	buf_consume(in, in->len - left.n);
	if (p == HTTP_DONE && framing == HTTP_BODY_CHUNKED)
		http_chunk_end(out);
	return p;
}

/* As io_wait(): 0 when the date is reached. */
static int wait_before(int fd, int watched, time_t until)
{
	int n = 0;

	while (n == 0 && !io_is_over(until))
		n = io_wait(fd, watched, io_before(until));
	return n;
}

/* A client that takes nothing is waited for, until the date. */
static int write_before(int fd, struct slice bytes, time_t until, struct error *reterr)
{
	while (bytes.n > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n;

		if (io_is_over(until))
			return error_set(reterr, ERR_TIMEOUT, "the time of the rule is over");
		n = send(fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			bytes = slice_after(bytes, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			(void)poll(&p, 1, io_timeout(io_before(until)));
		else if (n < 0 && errno != EINTR)
			return error_set(reterr, ERR_CLOSED, "the connection broke: %s", strerror(errno));
	}
	return 0;
}

/* The engine's close is the end of such a body. */
static int end_until_close(int client, struct sieve *sieve, struct buf *out, time_t until, struct error *reterr)
{
	if (sieve == NULL)
		return 0;
	return sift(sieve, slice_of("", 0), true, HTTP_BODY_UNTIL_CLOSE, out, reterr) < 0 ? -1 :
		write_before(client, buf_slice(out), until, reterr);
}

int relay_body(int engine, int client, const struct http_head *head, const struct buf *first,
	       struct buf *in, struct sieve *sieve, time_t until, struct error *reterr)
{
	struct http_body body = http_body_start(head);
	enum http_framing framing = relay_framing(head, sieve);
	/* Every byte of a chunk of one takes six of framing; a step never holds more than that. */
	struct buf out = buf_new(8 * STEP + (sieve != NULL ? 2 * SIEVE_TAKE_MAX : 0));
	bool begun = false;
	int r = -1;

	out.failed = first->failed;
	buf_add_slice(&out, buf_slice(first));
	for (;;) {
		enum http_progress p = head->framing == HTTP_BODY_NONE ? HTTP_DONE :
			pass_on(&body, in, sieve, framing, &out, reterr);
		long n;

		if (p == HTTP_ERROR || out.failed) {
			if (p != HTTP_ERROR)
				(void)error_set(reterr, ERR_ENGINE, "the engine's answer is too large to be passed on");
			r = begun ? -1 : 1;
			break;
		}
		if (write_before(client, buf_slice(&out), until, reterr) < 0)
			break;
		begun = true;
		buf_reset(&out);
		if (p == HTTP_DONE) {
			r = 0;
			break;
		}
		/* A client that has gone ends the engine's work too: logs -f would go on for ever. */
		if (wait_before(engine, client, until) <= 0) {
			(void)error_set(reterr, ERR_CLOSED, "the client has gone, or its time is over");
			break;
		}
		n = io_read(engine, in, IO_FOREVER, reterr);
		if (n < 0)
			break;
		if (n == 0) {
			if (head->framing == HTTP_BODY_UNTIL_CLOSE)
				r = end_until_close(client, sieve, &out, until, reterr);
			else
				(void)error_set(reterr, ERR_ENGINE, "the engine ended in the middle of its answer");
			break;
		}
	}
	buf_free(&out);
	return r;
}

/* 1: the client has bytes; 0: the engine has; -1: neither in time. */
static int wait_either(int client, int engine, time_t until)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN }, { .fd = engine, .events = POLLIN } };

	while (!io_is_over(until)) {
		int n = poll(fds, 2, io_timeout(io_before(until)));

		if (n > 0)
			return fds[1].revents != 0 ? 0 : 1;
	}
	return -1;
}

int relay_upload(int client, int engine, const struct http_head *head, const struct buf *first,
		 struct buf *in, time_t until, struct error *reterr)
{
	struct http_body body = http_body_start(head);
	struct buf out = buf_new(8 * STEP);
	int r = -1;

	out.failed = first->failed;
	buf_add_slice(&out, buf_slice(first));
	for (;;) {
		enum http_progress p = head->framing == HTTP_BODY_NONE ? HTTP_DONE :
			pass_on(&body, in, NULL, body.framing, &out, reterr);
		int ready = 1;
		long n;

		if (p == HTTP_ERROR || out.failed)
			break;
		/* An engine that hears no more has said why: its answer is there to be read. */
		if (write_before(engine, buf_slice(&out), until, reterr) < 0 || p == HTTP_DONE ||
		    (ready = wait_either(client, engine, until)) == 0) {
			r = 0;
			break;
		}
		buf_reset(&out);
		n = ready < 0 ? error_set(reterr, ERR_TIMEOUT, "the time of the rule is over") :
			io_read(client, in, IO_FOREVER, reterr);
		if (n == 0)
			(void)error_set(reterr, ERR_SYNTAX, "the request ends in the middle of its body");
		if (n <= 0)
			break;
	}
	buf_free(&out);
	return r;
}

/* --- raw, both ways ------------------------------------------------------------------ */
struct direction {
	int from, to;
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
	ssize_t n;

	if (!d->ended && d->bytes->len == 0 && (from_events & (POLLIN | POLLHUP | POLLERR)) != 0) {
		char *at = buf_room(d->bytes, STEP);

		n = at != NULL ? recv(d->from, at, STEP, MSG_DONTWAIT) : -1;
		if (n > 0)
			buf_added(d->bytes, (size_t)n);
		if (n > 0 && record(d) < 0)
			return -1;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			d->ended = true;
	}
	if (d->bytes->len > 0 && (to_events & (POLLOUT | POLLHUP | POLLERR)) != 0) {
		n = send(d->to, d->bytes->data, d->bytes->len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			buf_consume(d->bytes, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	if (d->ended && d->bytes->len == 0 && !d->closed) {
		(void)shutdown(d->to, SHUT_WR);
		d->closed = true;
	}
	return 0;
}

/*
 * A side that is closed reports so at once and for ever: it is left out of the
 * poll while all that is waited for is that the other one takes its bytes.
 */
static struct pollfd watch(int fd, const struct direction *in, const struct direction *out)
{
	struct pollfd p = { .fd = fd };

	if (!in->ended && in->bytes->len == 0)
		p.events |= POLLIN;
	if (out->bytes->len > 0)
		p.events |= POLLOUT;
	if (p.events == 0 && !in->ended)
		p.fd = -1;
	return p;
}

void relay_raw(int engine, int client, struct buf *from_client, struct buf *from_engine, time_t until,
	       struct tap *tap)
{
	struct direction up = { .from = client, .to = engine, .bytes = from_client, .tap = tap, .from_client = true };
	struct direction down = { .from = engine, .to = client, .bytes = from_engine, .tap = tap };

	if (record(&down) < 0 || record(&up) < 0)
		return;
	while (!up.closed || !down.closed) {
		struct pollfd fds[2] = {
			watch(client, &up, &down),
			watch(engine, &down, &up),
		};
		int n;

		if (io_is_over(until))
			return;
		n = poll(fds, 2, io_timeout(io_before(until)));
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
