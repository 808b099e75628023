/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/bind.h"

void bind_protect_host(struct facts *facts, size_t fact)
{
	static const char *const tops[] = {
		"/dev", "/proc", "/root", "/run", "/sys", "/var/lib/containerd", "/var/lib/docker", "/var/run",
	};

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		facts_protect(facts, fact, tops[i]);
}

int bind_parse(struct slice text, struct bind_text *ret, struct error *reterr)
{
	struct bind_text b = { .source = slice_of(text.p, slice_find(text, ':')) };
	struct slice options;

	b.target = slice_after(text, b.source.n + 1);
	options = slice_after(b.target, slice_find(b.target, ':') + 1);
	b.target.n = slice_find(b.target, ':');
	while (options.n > 0) {
		struct slice one = slice_of(options.p, slice_find(options, ','));

		if (slice_is(one, "ro"))
			b.read_only = true;
		else if (slice_is(one, "z") || slice_is(one, "Z"))
			b.relabel = one;
		else if (slice_is(one, "nocopy"))
			b.no_copy = true;
		else if (!slice_is(one, "rw"))
			return error_set(reterr, ERR_DENIED, "--volume: option %.*s is refused; ro, rw and nocopy are not",
					 (int)(one.n < 64 ? one.n : 64), one.p);
		options = slice_after(options, one.n + 1);
	}
	*ret = b;
	return 0;
}
