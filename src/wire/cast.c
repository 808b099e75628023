/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/cast.h"

void cast_header(struct buf *out, unsigned columns, unsigned rows, time_t at, const char *title,
		 const char *command)
{
	buf_addf(out, "{\"version\":2,\"width\":%u,\"height\":%u,\"timestamp\":%lld", columns, rows,
		 (long long)at);
	if (title != NULL) {
		buf_add_str(out, ",\"title\":");
		buf_add_json(out, slice_str(title));
	}
	if (command != NULL) {
		buf_add_str(out, ",\"command\":");
		buf_add_json(out, slice_str(command));
	}
	buf_add_str(out, "}\n");
}

static void begin(struct buf *out, long long ms, enum cast_kind kind)
{
	buf_addf(out, "[%lld.%03lld,\"%c\",", ms / 1000, ms % 1000, (char)kind);
}

static void add(struct buf *out, long long ms, enum cast_kind kind, struct slice text)
{
	if (text.n == 0)
		return;
	begin(out, ms, kind);
	buf_add_json(out, text);
	buf_add_str(out, "]\n");
}

/*
 * How many bytes at its end are the beginning of a character; 0 where the last one is whole, or
 * none at all.
 */
static size_t unfinished(struct slice text)
{
	for (size_t n = 1; n <= 3 && n <= text.n; n++) {
		unsigned char c = (unsigned char)text.p[text.n - n];
		size_t whole = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;

		if (c < 0x80 || c >= 0xc0)
			return whole > n ? n : 0;
	}
	return 0;
}

void cast_text(struct buf *out, long long ms, enum cast_kind kind, struct cast_text *flow,
	       struct slice bytes)
{
	struct buf joined = buf_new(sizeof(flow->held) + bytes.n);
	struct slice all = bytes;
	size_t left;

	if (flow->n > 0) {
		buf_add(&joined, flow->held, flow->n);
		buf_add_slice(&joined, bytes);
		all = buf_slice(&joined);
	}
	left = unfinished(all);
	add(out, ms, kind, slice_of(all.p, all.n - left));
	for (size_t i = 0; i < left; i++)
		flow->held[i] = all.p[all.n - left + i];
	flow->n = left;
	/* Out of memory: as if it could not be written. */
	out->failed = out->failed || joined.failed;
	buf_free(&joined);
}

void cast_text_end(struct buf *out, long long ms, enum cast_kind kind, struct cast_text *flow)
{
	add(out, ms, kind, slice_of(flow->held, flow->n));
	flow->n = 0;
}

void cast_resize(struct buf *out, long long ms, unsigned columns, unsigned rows)
{
	begin(out, ms, CAST_RESIZE);
	buf_addf(out, "\"%ux%u\"]\n", columns, rows);
}
