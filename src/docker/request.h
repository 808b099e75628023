/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request - what a client asks of the engine, taken from its bytes into typed
 * values, and rendered anew from those alone. Pure.
 */
#ifndef SAFEDOCKER_REQUEST_H
#define SAFEDOCKER_REQUEST_H

#include <jansson.h>

#include "common/buf.h"
#include "common/error.h"
#include "docker/body.h"
#include "docker/query.h"
#include "docker/reference.h"
#include "docker/runtime_info.h"
#include "model/model.h"
#include "wire/http.h"

#define API_MINOR_MIN 24	/* older ones mean other things by the same words */
#define API_MINOR_MAX 56	/* what the tables know */
#define REQUEST_BODY_MAX (1024 * 1024)	/* bytes of a JSON body */

enum reply_kind { REPLY_PLAIN = 0, REPLY_HIJACK };

struct route {
	enum http_method method;
	const char *template;
	enum operation operation;
	enum body_kind body;
	enum reply_kind reply;
	enum object_kind object;
};

struct request {
	const struct route *route;
	unsigned minor;		/* of API 1.minor; 0 where the request named none */
	char *object;		/* owned; the name in the path, NULL where there is none */
	char *word;		/* owned; the second name there, NULL where there is none */
	struct query query;
	json_t *body;		/* owned; the new tree */
	struct facts facts;
	struct references references;
	enum http_framing framing;	/* of a body that is passed on, as the client sends it */
	uint64_t length;
	bool upgrade;		/* the client asked for a raw stream by Upgrade */
	bool http2;		/* and calls it h2c: only where the route says so */
	bool detach;		/* exec.start: no stream follows */
	/* What is known only after the look-ups; set before request_apply(). */
	enum cgroup_driver driver;	/* of the engine */
	json_t *lent;		/* owned; paths of containers from which a new one borrows (mapped_lend()); NULL: none */
	char *workdir;		/* owned; of a new container: create_workdir(); of a mapped one that is kept: mapped_workdir() */
	enum container_kind kind;	/* of the container in the path; of a new one or a volume, request_apply() says */
	uid_t owner;		/* of the container in the path */
};

/*
 * Method, path, version, query and the fields that mean something. Returns 0
 * (free with request_free()) or -1: ERR_SYNTAX (400), ERR_NOT_FOUND (no such
 * route, 404), ERR_DENIED (a parameter or a version that is refused, 403). What is
 * already known (route, object) is in *ret also then, for the record.
 */
int request_parse(const struct http_head *head, struct request *ret, struct error *reterr);

/*
 * Does it ask for settings that the engine kept? It then passes over the body and restores those, so that they are
 * what must be judged: request_previous() makes the answer to GET /services/{id} an ordinary update to them, in
 * *body. A service that changes meanwhile has another version, and is not updated. -1: ERR_SYNTAX where there are none.
 */
bool request_wants_previous(const struct request *request);
int request_previous(struct request *request, struct slice answer, struct buf *body, struct error *reterr);

/* The body, where the route has one. */
int request_judge(struct request *request, struct slice body, const struct subject *subject,
		  struct error *reterr);

/*
 * After decision and look-ups: makes body and query its subject's, of the kind that the rule and the engine say, sets
 * what the rule forces or limits (where a container, a service or an image is made), and the ids of the objects that were
 * looked up. -1 also where the kind does not take what is asked (ERR_DENIED).
 */
int request_apply(struct request *request, const struct decision *decision, const struct subject *subject,
		  struct error *reterr);

/* Of a container that is to be made, behind the look-ups: how many volumes are made with it. */
size_t request_new_volumes(const struct request *request);

/*
 * Of a commit: `size` is that of the container's settings, in bytes. -1 with ERR_LIMIT where the
 * engine would make too much of them.
 */
int request_fits(const struct request *request, size_t size, struct error *reterr);

/*
 * Adds the whole request as it goes to the engine. `id` stands for the object in the path
 * (NULL: the name itself). Lists get the owner's filter unless `everybody`.
 */
int request_render(const struct request *request, const char *id, const struct subject *subject,
		   bool everybody, struct buf *out, struct error *reterr);

/* Does the body, whatever it holds, only pass through? */
bool request_streams(const struct request *request);

/* May the answer go on without an end? Of these a user has so many at a time (budget.h). */
bool request_lasts(const struct request *request);
/* And must it begin as plain tar does: tar_check_plain()? */
bool request_wants_plain_tar(const struct request *request);

/* A look-up of the helper's own: GET of `path` below the same API version. */
void request_render_lookup(const struct request *request, const char *path, struct buf *out);

/* And a volume of the caller's, of the request's kind. */
void request_render_volume(const struct request *request, const char *name, const struct subject *subject,
			   struct buf *out);

void request_free(struct request *request);

#endif
