/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "wire/url.h"

void fuzz_url(struct slice in)
{
	struct buf again = buf_new(1 << 20);
	struct url a, b;

	if (url_parse(in, &a, NULL) < 0)
		return;
	MUST(a.n_segments > 0);
	/* Encoded our way and taken apart again, it says the same. */
	for (size_t i = 0; i < a.n_segments; i++) {
		MUST(a.segments[i].n > 0 && !slice_is(a.segments[i], ".") && !slice_is(a.segments[i], ".."));
		MUST(slice_is_clean_text(a.segments[i]));
		buf_add_str(&again, "/");
		url_encode(&again, a.segments[i]);
	}
	for (size_t i = 0; i < a.n_params; i++) {
		buf_add_str(&again, i == 0 ? "?" : "&");
		buf_add_slice(&again, a.params[i].name);
		buf_add_str(&again, "=");
		url_encode(&again, a.params[i].value);
	}
	MUST(url_parse(buf_slice(&again), &b, NULL) == 0);
	MUST(a.n_segments == b.n_segments && a.n_params == b.n_params);
	for (size_t i = 0; i < a.n_segments; i++)
		MUST(slice_eq(a.segments[i], b.segments[i]));
	for (size_t i = 0; i < a.n_params; i++)
		MUST(slice_eq(a.params[i].name, b.params[i].name) && slice_eq(a.params[i].value, b.params[i].value));
	url_free(&a);
	url_free(&b);
	buf_free(&again);
}
