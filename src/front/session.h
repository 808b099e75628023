/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session - a private socket with a helper behind it, for the docker command line that follows. */
#ifndef SAFEDOCKER_SESSION_H
#define SAFEDOCKER_SESSION_H

#include "common/error.h"
#include "front/socketdir.h"
#include "front/spawn.h"

#define CLAIMED_SHOWN 1000	/* bytes of a command line in the record */

/*
 * Has the password asked for where a strong rule is asked for, makes the socket, starts what tidies it up at this
 * process's end, and the helper.
 * -1: reterr->text says why, nothing is left. *ret stays as long as this process.
 */
int session_start(const struct helper_options *options, struct socketdir *ret,
		  struct error *reterr);

/*
 * DOCKER_HOST is the session's socket, for this process and what it becomes. Only a strong rule can
 * allow BuildKit: without one docker is told to build by the classic builder, unless the user said
 * which. -1: out of memory.
 */
int session_enter(const struct socketdir *dir, bool strong, struct error *reterr);

/*
 * The command line as the record shows it: bounded, without what could bend a terminal, and of what
 * carries a secret the name alone. `out` takes CLAIMED_SHOWN + 1 bytes.
 */
void session_claim(int argc, char **argv, char *out);

/*
 * Becomes the docker command line (or docker-compose, where `compose` is asked for and docker has
 * no such plugin). Returns the exit status when that fails, with the reason on standard error.
 */
int session_become_docker(int argc, char **argv);

/* Which program that will be; *ret_skip is how many arguments it does without. */
const char *session_program(int argc, char **argv, int *ret_skip);

/* The docker command line is there and is not safedocker itself under another name. */
int session_check_cli(struct error *reterr);

#endif
