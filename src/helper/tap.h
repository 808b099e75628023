/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap - one stream of a client on its way into the recording: recorded before it is passed on, or
 * not passed on.
 */
#ifndef SAFEDOCKER_TAP_H
#define SAFEDOCKER_TAP_H

#include <stdbool.h>

#include "common/error.h"
#include "docker/frames.h"
#include "helper/recording.h"
#include "model/model.h"
#include "wire/cast.h"

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
