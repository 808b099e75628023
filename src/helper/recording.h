/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording - what a terminal showed under a strong rule with `record`: one file for each command, made before the
 * helper is confined, in a directory that only the group may pass (1730 root:docker). Afterwards there is
 * only a descriptor for appending: who reads a client can add to its own recording, and change nothing. Bytes are
 * recorded before they are passed on; what cannot be recorded is not passed on.
 */
#ifndef SAFEDOCKER_RECORDING_H
#define SAFEDOCKER_RECORDING_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "docker/frames.h"
#include "helper/audit.h"
#include "model/model.h"
#include "wire/cast.h"

#define RECORDING_NAME_SIZE (10 + 1 + AUDIT_ID_LEN + 1)

struct recording {
	int fd;				/* for appending; -1: nothing is recorded */
	char name[RECORDING_NAME_SIZE];	/* "UID-ID", as the record has it; the file's, with ".cast" behind it */
	long long began;		/* io_now() */
};

/*
 * Makes the file, with its first line. `id` joins it to the record, `tty` (-1: none) tells the size, `command` is
 * what the front end claims. The file belongs to the caller, who cannot reach it, until root's timer takes it over.
 */
int recording_make(struct recording *ret, gid_t group, const struct subject *subject, const char *id,
		   const char *command, int tty, struct error *reterr);

/*
 * For reading, by its name, before the group is given up: the caller's own, or with `all` anybody's. ERR_NOT_FOUND
 * where there is none that the caller may see.
 */
int recording_open(gid_t group, const char *name, uid_t uid, bool all, struct error *reterr);

/* The terminal's size changed. Best effort: the next bytes show whether it can be written. */
void recording_resize(const struct recording *recording, long long max, unsigned columns, unsigned rows);

/* One stream of a client on its way into the recording. */
struct tap {
	const struct recording *to;
	long long max;			/* bytes of the file */
	bool typed;			/* what the client sends as well */
	bool framed;			/* the engine's side is frames (docker/frames.h) */
	struct frames frames;
	struct cast_text in, out[FRAMES_STREAMS];
	struct error error;		/* why the stream must end; ERR_NONE: it may go on */
};

struct tap tap_new(const struct recording *to, const struct strong *strong, bool framed);

/* Before these bytes are passed on. -1: they must not be, and ->error says why. */
int tap_take(struct tap *tap, bool from_client, struct slice bytes);

/* The stream has ended. */
void tap_end(struct tap *tap);

#endif
