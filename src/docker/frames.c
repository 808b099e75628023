/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/frames.h"

#define FILL_MAX (64 * 1024)	/* more than a piece of the engine's ever is */

static int read_head(struct frames *f, struct slice *bytes)
{
	while (f->n_head < sizeof(f->head) && bytes->n > 0) {
		f->head[f->n_head++] = (unsigned char)*bytes->p;
		*bytes = slice_after(*bytes, 1);
	}
	if (f->n_head < sizeof(f->head))
		return 0;
	if (f->head[0] >= FRAMES_STREAMS || f->head[1] != 0 || f->head[2] != 0 || f->head[3] != 0)
		return -1;
	f->stream = (enum frames_stream)f->head[0];
	f->left = (uint32_t)f->head[4] << 24 | (uint32_t)f->head[5] << 16 | (uint32_t)f->head[6] << 8 | f->head[7];
	f->n_head = 0;
	return 1;
}

int frames_next(struct frames *frames, struct slice *bytes, enum frames_stream *ret_stream, struct slice *ret_data)
{
	size_t n;

	while (frames->left == 0) {
		int r = read_head(frames, bytes);

		if (r <= 0)
			return r;
	}
	n = bytes->n < frames->left ? bytes->n : frames->left;
	if (n == 0)
		return 0;
	*ret_stream = frames->stream;
	*ret_data = slice_of(bytes->p, n);
	*bytes = slice_after(*bytes, n);
	frames->left -= (uint32_t)n;
	return 1;
}

bool frames_say(const struct frames *frames, struct slice text, struct buf *out)
{
	unsigned char head[8] = { FRAMES_ERR, 0, 0, 0, (unsigned char)(text.n >> 24), (unsigned char)(text.n >> 16),
				  (unsigned char)(text.n >> 8), (unsigned char)text.n };
	char *fill;

	if (frames->n_head > 0 || frames->left > FILL_MAX)
		return false;
	fill = buf_room(out, frames->left);
	if (fill != NULL) {
		memset(fill, 0, frames->left);
		buf_added(out, frames->left);
	}
	buf_add(out, head, sizeof(head));
	buf_add_slice(out, text);
	return !out->failed;
}
