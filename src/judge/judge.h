/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - the one way from a request to what is done for it:
 *
 *     request and its own facts     request_parse(), request_judge()
 *     look-ups                      judge_look():   they depend on the request alone, never on a rule
 *     one decision                  judge_decide(): over all facts; whose everything is, by what it was made
 *     plan                          plan.h:         the requests that go to the engine, in their order
 *
 * What this promises:
 *   - Before the decision the engine gets look-ups of fixed shape and nothing else; a request that is
 *     refused has no plan.
 *   - What is somebody else's and what is not there get the same answer, the same record, after the
 *     same look-ups. How somebody else's container was made is read only for callers who have a rule
 *     with scope = all.
 *   - What was looked at goes by its id; a name is sent only where nothing but its ownership was
 *     decided by it.
 *   - Nobody asks twice: after the decision, nothing is looked up that could change it.
 * Everything here is pure but for the port (port.h), so that tests, fuzzers and explain run just this.
 */
#ifndef SAFEDOCKER_JUDGE_H
#define SAFEDOCKER_JUDGE_H

#include "docker/adopted.h"
#include "docker/inspect.h"
#include "docker/private.h"
#include "docker/request.h"
#include "judge/port.h"
#include "policy/policy.h"

/* What the engine says of itself; asked once a connection, where it matters. */
struct engine_info {
	bool known;
	struct runtime_info runtime; /* can it run containers with safedocker-runtime? */
	const char *why_not;		/* runtime_info_read(); NULL where it can */
	unsigned minor; /* API 1.minor is the newest that it speaks; 0: it does not say */
	char data_root[4096];		/* empty: it does not say */
};

/*
 * Who asks, by which policy, and where: the same for every request of a connection. All borrowed.
 */
struct judge {
	const struct policy *policy;
	const struct subject *subject;
	const struct adopted *adopted;	/* NULL: root gave nothing to anybody */
	struct engine_info *info;	/* filled by the first request that needs it */
	const struct port *port;
};

/* What the look-ups found. Made zero, filled by judge_look(), freed with found_free(). */
struct found {
	bool there;			/* what the path names */
	struct container container;	/* in the path, or that an exec there is in */
	struct exec exec;
	struct resource resource;
	/* Of containers that exist and are entered or borrowed from: */
	struct facts again;		/* what they were made with */
	struct references borrowed;	/* and what they borrow from in turn */
	struct facts mounted;		/* paths of the host in them, as they were asked */
	json_t *volumes;		/* names of the volumes there; owned, NULL for none */
	json_t *labels;			/* ours, on the container that was looked into last; owned */
	json_t *asked;			/* mapped_asked() of the same, where it is mapped; owned */
	json_t *image; /* what is run, as the engine describes it; owned, NULL: it is not there */
	json_t *shown; /* ids of the caller's containers on the network in the path; owned */
	bool outside;	/* a volume there is a directory of the host, or gone: the runtime cannot tell it from others */
	bool strangers; /* a container bears the caller's label and is not the caller's */
	char network[PRIVATE_NAME_MAX];	/* the caller's own, where it is joined; else "" */
	bool network_there;		/* a name that nobody else can have: it goes by that */
};

void found_free(struct found *found);

enum verdict_kind {
	JUDGED_REFUSED = 0,	/* by what it is or names: the error says why */
	JUDGED_DENIED,		/* by the policy: the decision says what is missing */
	JUDGED_ALLOWED,
};

/*
 * Of a request that asks for settings which the engine kept (request_wants_previous()): these are
 * looked up and become the body that is judged. Another's service is not there. Before
 * request_judge().
 */
int judge_previous(const struct judge *j, struct request *request, struct buf *body,
		   struct error *reterr);

/* Looks up all that the request names. -1: the error says what failed, or what there cannot be. */
int judge_look(const struct judge *j, struct request *request, struct found *ret,
	       struct error *reterr);

/*
 * The decision, over all that is known, and what follows from it for the objects: whose they are,
 * of which kind, by which rule. Borrows from the policy. Where it is JUDGED_ALLOWED, the request is
 * settled: ids stand for names.
 */
enum verdict_kind judge_decide(const struct judge *j, const struct moment *now,
			       struct request *request, struct found *found, struct decision *ret,
			       struct error *reterr);

/* The refusal of a decision, in words for people: one line, and in `more` the lines behind it. */
void judge_words(const struct request *request, const struct subject *subject,
		 const struct decision *d, char *text, size_t size, char *more, size_t more_size);

/* --- between the files of judge/ ----------------------------------------------------- */
/* GET of `path` below the request's version. Returns the status, *body filled; -1. */
int look_at(const struct judge *j, const struct request *request, const char *path,
	    struct buf *body, struct error *reterr);
/* j->info, where it is not known yet. */
int look_at_engine(const struct judge *j, const struct request *request, struct error *reterr);
/* A container by name or id: 200, 404, or -1. `entered`: what it was made with goes to `found`. */
int look_at_container(const struct judge *j, const struct request *request, struct found *found,
		      const char *name, bool entered, struct container *ret, struct error *reterr);
/*
 * What a look-up's status other than 200 means: 0: it is not there; -1: the error says what is
 * wrong.
 */
int look_refused(int status, struct error *reterr);
int look_at_resource(const struct judge *j, const struct request *request, enum object_kind kind,
		     const char *name, struct resource *ret, struct error *reterr);
/* look_more.c */
int look_at_image(const struct judge *j, struct request *request, struct found *found,
		  struct error *reterr);
int look_at_lists(const struct judge *j, struct request *request, struct found *found,
		  struct error *reterr);
int look_at_network(const struct judge *j, struct request *request, struct found *found,
		    struct error *reterr);
int look_at_mounted(const struct judge *j, struct request *request, struct found *found,
		    struct error *reterr);
/* judge/paths.c */
int paths_look(const struct judge *j, struct request *request, struct found *found,
	       struct error *reterr);
int paths_decide(const struct judge *j, const struct decision *d, const struct request *request,
		 const struct found *found, struct error *reterr);

#endif
