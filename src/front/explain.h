/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain - what a docker command line would ask of the engine, and what the helper would say.
 * The real docker command line runs, without a writable path (Landlock) and with a configuration
 * of its own, against a helper that judges everything and does nothing (--mode explain).
 */
#ifndef SAFEDOCKER_EXPLAIN_H
#define SAFEDOCKER_EXPLAIN_H

#include <jansson.h>

#include "common/error.h"
#include "front/socketdir.h"
#include "model/model.h"
#include "policy/policy.h"

#define EXPLAIN_PATIENCE 120	/* seconds that docker may take before it is ended */

struct asked_fact {
	struct fact fact;	/* `value` owned */
	const char *effect;	/* static */
	bool allowed;		/* by the rule that allowed, or came nearest */
};

/* One request that docker made. */
struct asked {
	char *request, *operation, *verb, *object, *image, *rule, *file, *code, *message;	/* owned, NULL: none */
	unsigned line;
	bool allowed;
	bool looks;			/* it changes, enters and lets out nothing */
	int status;
	enum missing missing;
	size_t fact;
	enum rank rank;
	enum container_kind kind;	/* of what is made or entered; UNKNOWN: neither */
	struct asked_fact *facts;	/* owned */
	size_t n_facts;
	unsigned times;			/* how often the same was asked */
	char *change;			/* owned; the smallest change that would let it pass, NULL: none, or not by a rule */
};

struct explanation {
	struct asked *list;	/* owned */
	size_t n;
	bool allowed;		/* something was asked, and all of it is allowed */
	enum rank rank;		/* the strongest of all */
	char *said;		/* owned; one line for what never got as far as the engine, or NULL */
	char *output;		/* owned; what docker printed, for when it asked nothing */
	int status;		/* docker's own; -1: it was ended */
};

struct explainer {
	struct socketdir dir;
	int report;		/* from the helper */
	struct policy *policy;	/* owned; NULL: it cannot be read */
	struct subject subject;
	struct error unserved;	/* why no rule is for the user; then no helper was started */
	char config[64];	/* directory of docker's configuration for this alone */
};

/*
 * Starts the helper. It serves nobody whom no rule is for: to them all is explained without it. -1:
 * reterr says why nothing can be explained.
 */
int explain_open(struct explainer *x, struct error *reterr);
void explain_close(struct explainer *x);

/*
 * Explains one command line: argv[0] is the first word of it, `docker`, `safedocker`, `docker-compose`, a docker
 * verb, or another program. -1: it could not be tried (reterr); 0 with *ret otherwise (explain_free()).
 */
int explain_command(struct explainer *x, int argc, char **argv, struct explanation *ret, struct error *reterr);
void explain_free(struct explanation *e);

/* A new reference; `argv` is the command line as it was given. */
json_t *explain_json(const struct explanation *e, int argc, char **argv);

/*
 * Splits a line into words as a shell would, quotes and backslashes included. -1: it asks a shell for more than
 * words (variables, pipes, several commands). *ret ends with NULL; it is one allocation.
 */
int explain_split(const char *line, char ***ret, int *ret_n, struct error *reterr);

#endif
