/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grant - strong rules that somebody asks root for, and those that root granted. A request is a file that the
 * helper wrote for its caller (petition.h): it belongs to a user, so that nothing in it is believed unseen.
 */
#ifndef SAFEDOCKER_GRANT_H
#define SAFEDOCKER_GRANT_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "common/error.h"
#include "common/slice.h"
#include "model/model.h"

#define GRANT_REQUESTS_MAX 256		/* of them are shown at a time */
#define GRANT_REQUEST_DAYS 7		/* after which nobody waits for an answer any more */

struct grant_request {
	uid_t uid;
	time_t asked;
	char rule[RULE_NAME_MAX + 1];
	long seconds;
	char reason[REASON_BYTES + 1];
};

/* This moment, for the policy; the boot's id is static. */
struct moment grant_moment(void);

/* What stands in a request file. -1: it is none that the helper would have written. */
int grant_parse(struct slice text, struct grant_request *ret);

/*
 * Calls `take` for each request, in no order; what only looks like one is named on standard error. Returns how
 * many there were, -1 with the reason where root's directory cannot be read.
 */
int grant_each_request(void (*take)(void *user, const struct grant_request *request), void *user, struct error *reterr);

/* Removes the request of this uid; false where there is none. */
bool grant_remove_request(uid_t uid);

/* Removes requests that nobody waits for any more, and what was left half written. */
void grant_remove_stale(void);

/* The file of conf.d in which a rule is granted to somebody. */
void grant_file(uid_t uid, const char *rule, char *ret, size_t size);

#endif
