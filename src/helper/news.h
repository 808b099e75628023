/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * news - what a front end that asked for it (--tell) hears on the pipe where it read "ready": what
 * a client waits for that will never come. Docker waits for the end of a container that `run --rm`
 * made, also when its start was refused; and docker 20.10 waits in a build's session, also when the
 * build was refused. The helper changes nothing for a refused request, and its workers know nothing
 * of each other: the front end tidies up, as the user.
 *
 * Each line is written whole. Where nobody asked, standard output is /dev/null; nothing is told of
 * what is explained.
 *   made ID        a container that the engine removes at its end has been made
 *   unstarted ID   the start of this container was refused; ID is what the client called it
 *   unbuilt        a build was refused
 *   session        a build's session is open
 *   unserved       no request is judged any more: the policy cannot be read, or no rule is for the user
 * A front end that does not read harms itself alone: the worker waits for it as it would for a
 * stopped client.
 */
#ifndef SAFEDOCKER_NEWS_H
#define SAFEDOCKER_NEWS_H

#include "docker/request.h"
#include "helper/worker.h"

/* The engine has made a container with this id. */
void news_made(const struct worker *w, const struct request *request, const char *id);

/* The request was refused, whatever the reason; the client has the answer. */
void news_refused(const struct worker *w, const struct request *request);

/* The request became a raw stream. */
void news_streams(const struct worker *w, const struct request *request);

/* Nobody is served any more. */
void news_unserved(void);

#endif
