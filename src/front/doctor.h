/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor - an inventory of the entrances of this host that lead to root past or through docker. */
#ifndef SAFEDOCKER_DOCTOR_H
#define SAFEDOCKER_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/slice.h"

enum severity { SEVERITY_HIGH = 1, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NOTE };

enum finding {
	FINDING_NONE = 0,
#define FINDING(id, name, severity, meaning, mend) FINDING_##id,
#include "front/finding.def"
	FINDING_MAX,
};

struct found {
	enum finding what;
	char *object;	/* owned; what goes into the mending command */
	char *detail;	/* owned; for people */
};

struct doctor {
	const char *root;	/* "" or a directory that stands for /: then no name service, engine or helper is asked */
	struct found *list;	/* owned */
	size_t n;
	bool root_open;		/* a rule says root = open */
};

/* Adds a finding; copies both texts. */
void doctor_found(struct doctor *d, enum finding what, const char *object, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* path below d->root; static memory that the next call takes over. */
const char *doctor_path(const struct doctor *d, const char *path);

/* The inventory: who is in which group, sockets, listeners, contexts, what machine it is. */
void doctor_host(struct doctor *d);
/* The helper, the policy and the record. */
void doctor_policy(struct doctor *d);
/* The engine's containers, versions and mapping. */
void doctor_engine(struct doctor *d);

/*
 * Runs a look in a process of its own, for so many seconds at most; what it finds is added. One that is not
 * done then, or does not come to its end, is a finding by itself.
 */
void doctor_look(struct doctor *d, const char *name, unsigned seconds, void (*look)(struct doctor *d));

/* Mapped containers: what /info says, the kernel, the engine's directories, the place-holder. */
void doctor_runtime(struct doctor *d);
/* The subordinate ids of whom the policy names. */
void doctor_subids(struct doctor *d);
/* Files below the paths of the policy that keep a group out, which says nothing to subordinate ids. Bounded. */
void doctor_denials(struct doctor *d);

#define DOCTOR_ACCOUNTS_MAX 1000

struct account {
	uid_t uid;
	gid_t gid;
	char name[64], home[256];
};

/* The accounts that rules of the installed policy name, no system account, each once, max at most; how many. */
size_t doctor_accounts(struct account *list, size_t max);

/* -1, 0, 1: numbers by their value, `-rc1` before its release (as semver.org orders them). */
int doctor_version_compare(const char *a, const char *b);

/*
 * Calls `take` for each member of the group, by membership or as primary group, of all that the name
 * services list. False where there is no such group.
 */
bool doctor_members(const struct doctor *d, const char *group,
		    void (*take)(void *user, const char *name, bool primary), void *user);

/* `doctor migrate`; an exit status. */
int doctor_migrate(void);

#endif
