/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <jansson.h>

#include "docker/frames.h"
#include "wire/cast.h"
#include "wire/screen.h"

/* Every line is an event; what is shown of them leaves nothing open that a terminal would answer. */
static void check_lines(struct slice left)
{
	struct screen screen = { .at = SCREEN_TEXT };
	struct buf shown = buf_new(1 << 24);

	while (left.n > 0) {
		size_t n = slice_find(left, '\n');
		json_t *event = json_loadb(left.p, n, JSON_ALLOW_NUL, NULL);
		const json_t *text = json_array_get(event, 2);

		MUST(n < left.n && json_array_size(event) == 3 && json_is_string(text));
		screen_add(&screen, slice_of(json_string_value(text), json_string_length(text)), &shown);
		json_decref(event);
		left = slice_after(left, n + 1);
	}
	MUST(!shown.failed && memchr(buf_slice(&shown).p, '\005', shown.len) == NULL);
	for (size_t i = 0; i + 1 < shown.len; i++)
		MUST(shown.data[i] != '\033' || strchr("]PX^_Z", shown.data[i + 1]) == NULL || shown.data[i + 1] == '\0');
	buf_free(&shown);
}

/* The first byte says in what pieces the others come, and whether as frames. */
void fuzz_recording(struct slice in)
{
	struct cast_text flows[FRAMES_STREAMS] = { { .n = 0 } };
	struct frames frames = { .n_head = 0 };
	struct buf out = buf_new(1 << 24);
	size_t step = in.n > 0 ? (unsigned char)*in.p / 2 + 1 : 1;
	bool framed = in.n > 0 && (*in.p & 1) != 0;
	int r = 0;

	for (in = slice_after(in, 1); in.n > 0 && r >= 0; in = slice_after(in, step)) {
		struct slice piece = slice_of(in.p, step < in.n ? step : in.n), data;
		enum frames_stream stream = FRAMES_OUT;

		if (!framed)
			cast_text(&out, 1, CAST_OUTPUT, &flows[stream], piece);
		while (framed && (r = frames_next(&frames, &piece, &stream, &data)) > 0) {
			MUST(stream < FRAMES_STREAMS && data.n > 0);
			cast_text(&out, 1, CAST_OUTPUT, &flows[stream], data);
		}
	}
	for (int i = 0; i < FRAMES_STREAMS; i++)
		cast_text_end(&out, 1, CAST_OUTPUT, &flows[i]);
	MUST(!out.failed);
	check_lines(buf_slice(&out));
	buf_free(&out);
}
