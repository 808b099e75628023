/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body - what a request carries: which media type, which table judges it. Pure. */
#ifndef SAFEDOCKER_BODY_H
#define SAFEDOCKER_BODY_H

#include <jansson.h>

#include "common/error.h"
#include "docker/fields.h"
#include "docker/reference.h"
#include "model/model.h"

enum body_kind {
#define BODY(id, media, judge) BODY_##id,
#include "docker/body.def"
	BODY_MAX,
};

enum media {
	MEDIA_NONE = 0,
	MEDIA_JSON,
	MEDIA_MAYBE,	/* JSON, or no body at all */
	MEDIA_TAR,
	MEDIA_PLAIN,	/* the same, and plain tar: uncompressed */
};

enum media body_media(enum body_kind kind);

/* Does it, whatever it holds, only pass through? */
static inline bool media_streams(enum media media)
{
	return media == MEDIA_TAR || media == MEDIA_PLAIN;
}

/* What a judge needs, and what it makes. */
struct body_judging {
	enum body_kind kind;
	const struct subject *subject;
	struct facts *facts;
	struct references *references;
	bool detach;		/* of exec.start: the engine answers at once, without a stream */
};

/* The client's tree (NULL: no body came) into the one that is forwarded, owned by the caller. */
int body_judge(struct body_judging *b, const json_t *in, json_t **ret, struct error *reterr);

/* The table of its fields; NULL where it has none. */
const struct field *body_fields(enum body_kind kind);

/* The value of a query parameter that is JSON, judged by the row of its name in query_field.def; as above. */
int body_judge_param(struct body_judging *b, const char *name, const json_t *in, json_t **ret,
		     struct error *reterr);

#endif
