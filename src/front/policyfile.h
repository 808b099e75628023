/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policyfile - the policy as anybody may read it: its files are world-readable. The
 * helper opens them with trust, and again for itself; nothing is decided by what is read here.
 */
#ifndef SAFEDOCKER_POLICYFILE_H
#define SAFEDOCKER_POLICYFILE_H

#include "common/buf.h"
#include "policy/policy.h"

struct policyfile {
	struct policy_file files[POLICY_FILES_MAX];
	char *names[POLICY_FILES_MAX];		/* owned */
	struct buf texts[POLICY_FILES_MAX];	/* owned */
	size_t n;
};

/* Adds one file, "-" being standard input. -1: it cannot be read, or there are too many. */
int policyfile_add(struct policyfile *p, const char *name, struct error *reterr);

/* Adds the installed ones, in the order in which the helper reads them. A missing conf.d is none. */
int policyfile_add_installed(struct policyfile *p, struct error *reterr);

/* Both: the installed files, and what they mean. The policy is freed with policy_free(). */
int policyfile_load(struct policy **ret, struct error *reterr);

void policyfile_free(struct policyfile *p);

/* The n-th line (from 1) of the file of that name, without its end; an empty slice where there is none. */
struct slice policyfile_line(const struct policyfile *p, const char *name, unsigned n);

#endif
