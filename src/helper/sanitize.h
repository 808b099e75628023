/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sanitize - the caller made this process and owns what it inherited: each such
 * thing is put right here, in one place, or the helper ends.
 */
#ifndef SAFEDOCKER_SANITIZE_H
#define SAFEDOCKER_SANITIZE_H

#include <stdbool.h>

#include "helper/recording.h"
#include "model/model.h"

#define WANTED_MAX 16
#define CWD_MAX 512		/* bytes of a directory's name that are recorded */
#define CLAIMED_MAX 1024	/* bytes of the command line that the front end claims */

/* What the caller says about itself. It can only narrow: a strong rule is for whom the policy names. */
struct claims {
	bool until_parent_ends;		/* the parent's end is ours */
	bool explain;			/* --mode explain: judged, answered, not done */
	bool tell;			/* standard output is told what is refused (news.h) */
	bool request;			/* --mode=request: a strong rule is asked of root, or what was asked is shown */
	bool record, follow;		/* --mode=record: the record is read, and nothing else happens */
	bool ask_nothing;		/* no password may be asked for */
	bool forget;			/* remove what is remembered of the password, and end */
	char cwd[CWD_MAX + 1];		/* where the caller was, by the kernel's word */
	char claimed[CLAIMED_MAX + 1];	/* for the record alone; nothing is decided by it */
	char recording[RECORDING_NAME_SIZE];	/* the one that is read, in place of the record; or "" */
	char as[RULE_NAME_MAX + 1];	/* the strong rule that is asked for, or "" */
	char reason[REASON_BYTES + 1];	/* or "" */
	char wanted[WANTED_MAX + 1];	/* for how long, with `request`; or "" */
};

/*
 * The few documented options, each at most once; anything else, too many or too long: usage error.
 *   --until-parent-ends  --mode=explain  --tell  --claimed TEXT  --as NAME  --reason TEXT  --ask-nothing  --forget
 *   --mode=record  --follow  --recording NAME
 *   --mode=record  --follow  --mode=request  --for TIME
 */
void sanitize_arguments(int argc, char **argv, struct claims *ret);

/* Descriptors 0-2 are open, no other is. Environment, directory (noted in ret->cwd), umask, signals, timers, limits. */
void sanitize_process(struct claims *ret);

#endif
