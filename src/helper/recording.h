/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording - what a terminal showed under a strong rule with `record`: one file for each command,
 * made before the helper is confined, in a directory that only the group may pass (1730
 * root:docker). Afterwards there is only a descriptor for appending: who reads a client can add to
 * its own recording, and change nothing. Bytes are recorded before they are passed on; what cannot
 * be recorded is not passed on.
 */
#ifndef SAFEDOCKER_RECORDING_H
#define SAFEDOCKER_RECORDING_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "model/model.h"
#include "setgid/recording_name.h"

struct recording {
	int fd;				/* for appending; -1: nothing is recorded */
	char name[RECORDING_NAME_SIZE];	/* "UID-ID", as the record has it */
	long long began;		/* io_now() */
};

/*
 * Makes the file, with its first line. `id` joins it to the record, `tty` (-1: none) tells the
 * size, `command` is what the front end claims. The file belongs to the caller, who cannot reach
 * it, until root's timer takes it over.
 */
int recording_make(struct recording *ret, gid_t group, const struct subject *subject,
		   const char *id, const char *command, int tty, struct error *reterr);

/*
 * Lines of it, all in one write: -1 where they do not fit into `max` bytes of the file, it was
 * removed, or the disk is full.
 */
int recording_put(const struct recording *r, long long max, const struct buf *lines,
		  struct error *reterr);

/* Milliseconds since it began. */
long long recording_since(const struct recording *r);

/* The terminal's size changed. Best effort: the next bytes show whether it can be written. */
void recording_resize(const struct recording *recording, long long max, unsigned columns,
		      unsigned rows);

#endif
