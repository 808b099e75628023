/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http - HTTP/1.1 messages (RFC 9112), one strict grammar of our own: what two
 * readers could understand differently is refused. Pure: bytes in, structs out,
 * no I/O. Requests come from a client that may be hostile, answers from an
 * engine that may be broken.
 */
#ifndef SAFEDOCKER_HTTP_H
#define SAFEDOCKER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"

#define HTTP_HEAD_MAX (64 * 1024)	/* bytes of a head, its empty line included */
#define HTTP_TARGET_MAX (32 * 1024)	/* bytes of a request target */
#define HTTP_FIELDS_MAX 100		/* header fields of one head */

enum http_method { HTTP_METHOD_NONE = 0, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE };

const char *http_method_name(enum http_method method);

enum http_framing {
	HTTP_BODY_NONE = 0,
	HTTP_BODY_COUNTED,	/* Content-Length says how many bytes */
	HTTP_BODY_CHUNKED,
	HTTP_BODY_UNTIL_CLOSE,	/* answers only */
};

struct http_field {
	struct slice name;
	struct slice value;	/* without the white space around it */
};

struct http_head {
	enum http_method method;	/* requests */
	struct slice target;		/* requests: origin-form, "/path?query" */
	int status;			/* answers: 100 to 599 */
	struct slice reason;		/* answers */
	enum http_framing framing;
	uint64_t length;		/* for HTTP_BODY_COUNTED */
	bool close;			/* Connection: close, or an HTTP/1.0 answer */
	bool upgrade;			/* Connection: Upgrade together with an Upgrade field */
	bool expect_continue;		/* Expect: 100-continue */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t n_fields;
};

enum http_progress { HTTP_ERROR = -1, HTTP_DONE = 0, HTTP_MORE = 1 };

/*
 * Reads one request head at the start of `in`. HTTP_DONE: *ret is filled with
 * slices of `in`, *ret_used is the head's length. HTTP_MORE: the head is not
 * complete yet; but what is wrong already in an incomplete head (a bare LF, a NUL,
 * an over-long line or head, a method that does not exist) is refused at once.
 * HTTP_ERROR: reterr is ERR_SYNTAX (400) or ERR_LIMIT (431).
 *
 * Accepted is only: METHOD SP /target SP HTTP/1.1 CRLF, fields `token:` OWS value
 * OWS CRLF, CRLF. The methods above in upper case; target bytes 0x21-0x7e without
 * `#`; values HTAB, SP to 0x7e and 0x80-0xff. Refused: leading empty lines, bare CR or LF,
 * NUL, obs-fold, a space before the colon, empty names, any other version, not
 * exactly one Host, two Content-Length (equal ones too) or Transfer-Encoding, both
 * of them together, a transfer coding other than exactly `chunked`, a length that
 * is not a plain decimal number up to 2^62, a body on GET, HEAD or DELETE (a length
 * of 0 is no body), an Expect other than 100-continue, a Trailer or TE or
 * Content-Encoding field, an Upgrade field without Connection: Upgrade or the
 * other way round, Connection options other than close, keep-alive, Upgrade.
 * A POST or PUT without either length has no body (RFC 9112, section 6.3).
 */
enum http_progress http_request_parse(struct slice in, struct http_head *ret, size_t *ret_used,
				      struct error *reterr);

/*
 * The same for an answer of the engine to a request with this method: 1xx (but
 * 101 ends the HTTP), 204, 304 and every answer to HEAD have no body; with
 * neither length the body goes on until close. Versions 1.1 and 1.0 (then close
 * is set and chunked is refused). reterr is ERR_ENGINE for all that is not understood.
 */
enum http_progress http_answer_parse(struct slice in, enum http_method asked, struct http_head *ret,
				     size_t *ret_used, struct error *reterr);

/*
 * The value of the only field of this name (case folded); an empty slice with p == NULL where there
 * is none or more than one.
 */
struct slice http_field(const struct http_head *head, const char *name);
size_t http_field_count(const struct http_head *head, const char *name);

/*
 * The bytes of a body as they pass by. Feed it what arrived: it says how many of
 * those bytes it used (*ret_used) and which of them are data (*ret_data, a slice of
 * `in`, may be empty), until HTTP_DONE, the end of the message. One call takes at
 * most one run of data; call again with what is left. For HTTP_BODY_UNTIL_CLOSE
 * it never ends by itself.
 * Chunked (RFC 9112, section 7.1): sizes are 1 to 16 hex digits without leading zeros (but `0`),
 * CRLF only, no extensions, no trailer fields; each of them refused with ERR_SYNTAX.
 */
struct http_body {
	enum http_framing framing;
	uint64_t left;		/* of the counted body, or of this chunk */
	int state;		/* private */
	unsigned digits;	/* private */
};

struct http_body http_body_start(const struct http_head *head);
enum http_progress http_body_feed(struct http_body *body, struct slice in, size_t *ret_used,
				  struct slice *ret_data, struct error *reterr);

/*
 * Adds `SIZE CRLF` for a chunk of n bytes (n > 0), resp. the last chunk and its empty line; data
 * and its CRLF are the caller's.
 */
void http_chunk_head(struct buf *out, size_t n);
void http_chunk_end(struct buf *out);

/* The reason phrase of RFC 9110 for a status that we send, "Error" for others. */
const char *http_reason(int status);

#endif
