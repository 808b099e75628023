/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target - which engine a docker command line means. Docker's own order: -H, --context,
 * DOCKER_HOST, DOCKER_CONTEXT, the context in use; what none of them says is the
 * machine's own engine, and that is reached through the helper.
 */
#ifndef SAFEDOCKER_TARGET_H
#define SAFEDOCKER_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct target {
	bool chosen;		/* the user named an engine: docker goes there by itself */
	char said[300];		/* how: "-H tcp://x", "DOCKER_HOST=…", "context x" */
	char endpoint[300];	/* "tcp://x:2375", "" where it is not known */
	bool bypasses;		/* neither ssh nor our socket: the policy does not hold there */
	bool plain_tcp;		/* and nobody is asked who he is */
};

/* argv[1] onwards is docker's command line. Reads the environment and docker's configuration. */
void target_of(int argc, char **argv, struct target *ret);

/* The index of the first word behind docker's global options, argc where there is none. */
int target_command(int argc, char **argv);

/*
 * Calls `take` for each context of the user's docker configuration with its docker endpoint.
 * Files that are no contexts are passed over.
 */
void target_contexts(const char *config,
		     void (*take)(void *user, const char *name, const char *host), void *user);

/* Docker's configuration directory: DOCKER_CONFIG, or .docker in the home. false: there is none. */
bool target_config(char *ret, size_t size);

/* The context in use by the configuration, "" where none is. */
void target_current(const char *config, char *ret, size_t size);

#endif
