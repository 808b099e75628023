/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/tap.h"

#define LINES_MAX                                                                                  \
	(1024 * 1024) /* of one step of a stream: each byte may take six, each frame a line */
#define HEAD_MAX (16 * 1024)

struct tap tap_new(const struct recording *to, const struct strong *strong, bool framed)
{
	return (struct tap){.to = to,
			    .max = strong->record_max,
			    .typed = strong->record_input,
			    .framed = framed};
}

static int unframe(struct tap *tap, struct slice bytes, struct buf *lines)
{
	enum frames_stream stream;
	struct slice data;
	int r;

	while ((r = frames_next(&tap->frames, &bytes, &stream, &data)) > 0)
		cast_text(lines, recording_since(tap->to), CAST_OUTPUT, &tap->out[stream], data);
	return r == 0 ? 0
		      : error_set(&tap->error, ERR_ENGINE,
				  "the engine's stream cannot be recorded: it is not what "
				  "a process without a terminal gives");
}

int tap_take(struct tap *tap, bool from_client, struct slice bytes)
{
	struct frames before = tap->frames;
	struct buf lines = buf_new(LINES_MAX);
	int r = 0;

	if (bytes.n == 0 || (from_client && !tap->typed))
		return 0;
	if (from_client)
		cast_text(&lines, recording_since(tap->to), CAST_INPUT, &tap->in, bytes);
	else if (tap->framed)
		r = unframe(tap, bytes, &lines);
	else
		cast_text(&lines, recording_since(tap->to), CAST_OUTPUT, &tap->out[FRAMES_OUT],
			  bytes);
	if (r == 0)
		r = recording_put(tap->to, tap->max, &lines, &tap->error);
	/* What is said to the client then goes where these bytes would have gone. */
	if (r < 0)
		tap->frames = before;
	buf_free(&lines);
	return r;
}

void tap_end(struct tap *tap)
{
	struct buf lines = buf_new(HEAD_MAX);
	struct error ignored;

	for (int i = 0; i < FRAMES_STREAMS; i++)
		cast_text_end(&lines, recording_since(tap->to), CAST_OUTPUT, &tap->out[i]);
	cast_text_end(&lines, recording_since(tap->to), CAST_INPUT, &tap->in);
	(void)recording_put(tap->to, tap->max, &lines, &ignored);
	buf_free(&lines);
}
