/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dockerd - the engine's own process: which one it is, what it was started with, and its SIGHUP. */
#ifndef SAFEDOCKER_DOCKERD_H
#define SAFEDOCKER_DOCKERD_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

struct dockerd {
	pid_t pid;
	int pidfd;		/* owned; this process and no later one of its number */
	char config[4096];	/* the configuration file that it reads */
	bool says_runtimes;	/* its command line registers runtimes: the file must not, then */
	bool says_default;
	bool same_mounts;	/* it sees the mounts that we see */
};

/*
 * The process that listens at this socket; where systemd listens for it, the one of /run/docker.pid. It
 * is root's and its program is called dockerd, or -1.
 */
int dockerd_find(const char *socket, struct dockerd *ret, struct error *reterr);

/* Has it read its configuration again. It goes on, and so do its containers. */
int dockerd_reload(const struct dockerd *d, struct error *reterr);

void dockerd_close(struct dockerd *d);

#endif
