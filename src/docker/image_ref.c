/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/image_ref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 255
#define TAG_MAX_LEN 128
#define HUB "docker.io"

static bool is_lower_hex(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n > 0;
}

static bool is_alnum_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* path-component: runs of [a-z0-9] joined by `.`, `_`, `__` or dashes. */
static bool component_ok(struct slice s)
{
	size_t i = 0;

	while (i < s.n && is_alnum_lower(s.p[i])) {
		size_t sep;

		while (i < s.n && is_alnum_lower(s.p[i]))
			i++;
		if (i == s.n)
			return true;
		sep = i;
		while (i < s.n && !is_alnum_lower(s.p[i]))
			i++;
		for (size_t k = sep; k < i; k++)
			if (s.p[k] != s.p[sep])
				return false;
		if (!(s.p[sep] == '-' || (s.p[sep] == '.' && i - sep == 1) ||
		      (s.p[sep] == '_' && i - sep <= 2)))
			return false;
	}
	return false;
}

static bool domain_ok(struct slice s)
{
	size_t colon = slice_find(s, ':');
	struct slice host = slice_of(s.p, colon);
	unsigned long long port;

	if (colon < s.n && slice_to_u64(slice_after(s, colon + 1), 65535, &port) < 0)
		return false;
	if (host.n == 0 || host.p[0] == '-' || host.p[0] == '.' || host.p[host.n - 1] == '-' ||
	    host.p[host.n - 1] == '.')
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (!is_alnum_lower(c) && !(c >= 'A' && c <= 'Z') && c != '-' &&
		    !(c == '.' && host.p[i - 1] != '.'))
			return false;
	}
	return true;
}

/* What stands before the first slash is a host when it looks like one; else docker.io. */
static bool looks_like_domain(struct slice s)
{
	if (slice_is(s, "localhost"))
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' || s.p[i] == ':' || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return true;
	return false;
}

static bool tag_ok(struct slice s)
{
	if (s.n == 0 || s.n > TAG_MAX_LEN || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!is_alnum_lower(c) && !(c >= 'A' && c <= 'Z') && c != '_' && c != '.' && c != '-')
			return false;
	}
	return true;
}

static bool digest_ok(struct slice s)
{
	return slice_starts(s, "sha256:") && s.n == 7 + 64 && is_lower_hex(slice_after(s, 7));
}

static bool path_ok(struct slice path)
{
	while (path.n > 0) {
		size_t slash = slice_find(path, '/');

		if (!component_ok(slice_of(path.p, slash)) || slash + 1 == path.n)
			return false;
		path = slice_after(path, slash + 1);
	}
	return true;
}

static int malformed(struct slice text, struct error *reterr)
{
	return error_set(reterr, ERR_SYNTAX, "invalid reference format: %.*s",
			 (int)(text.n < 200 ? text.n : 200), text.p);
}

int image_ref_parse(struct slice text, struct image_ref *ret, struct error *reterr)
{
	struct image_ref ref = { 0 };
	struct slice name = text, domain = slice_str(HUB), path;
	size_t at, slash, last = 0;
	const char *library = "";

	if (text.n == 0 || text.n > 1024 || !slice_is_clean_text(text))
		return malformed(slice_of("", 0), reterr);
	if (digest_ok(text) || (text.n == 64 && is_lower_hex(text))) {
		ref.is_id = true;
		ref.repository = slice_dup(text);
		*ret = ref;
		return ref.repository != NULL ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	at = slice_find(name, '@');
	if (at < name.n) {
		ref.digest = slice_after(name, at + 1);
		name.n = at;
		if (!digest_ok(ref.digest))
			return malformed(text, reterr);
	}
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/')
			last = i + 1;
	at = last + slice_find(slice_after(name, last), ':');
	if (at < name.n) {
		ref.tag = slice_after(name, at + 1);
		name.n = at;
		if (!tag_ok(ref.tag))
			return malformed(text, reterr);
	}
	/* `sha256:abc…` would read as repository sha256, tag abc…: to the engine it is an id. */
	if (slice_is(name, "sha256"))
		return malformed(text, reterr);
	path = name;
	slash = slice_find(name, '/');
	if (slash < name.n && looks_like_domain(slice_of(name.p, slash))) {
		domain = slice_of(name.p, slash);
		path = slice_after(name, slash + 1);
		if (slice_is(domain, "index.docker.io"))
			domain = slice_str(HUB);
	}
	if (slice_is(domain, HUB) && slice_find(path, '/') == path.n)
		library = "library/";
	if (!domain_ok(domain) || path.n == 0 || !path_ok(path) ||
	    domain.n + 1 + strlen(library) + path.n > NAME_MAX_LEN)
		return malformed(text, reterr);
	ref.may_be_id = ref.tag.n == 0 && ref.digest.n == 0 && is_lower_hex(text);
	if (asprintf(&ref.repository, "%.*s/%s%.*s", (int)domain.n, domain.p, library,
		     (int)path.n, path.p) < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	*ret = ref;
	return 0;
}

void image_ref_free(struct image_ref *ref)
{
	free(ref->repository);
	*ref = (struct image_ref){ 0 };
}

/* --- registries ------------------------------------------------------------------- */
static int take_domain(struct slice domain, struct slice whole, char **ret, struct error *reterr)
{
	if (slice_is(domain, "index.docker.io"))
		domain = slice_str(HUB);
	if (!domain_ok(domain))
		return error_set(reterr, ERR_SYNTAX,
				 "invalid registry: %.*s (expected HOST or HOST:PORT, perhaps with "
				 "https:// before it and a path behind)",
				 (int)(whole.n < 200 ? whole.n : 200), whole.p);
	*ret = slice_dup(domain);
	return *ret != NULL ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
}

int registry_of_name(struct slice name, char **ret, struct error *reterr)
{
	struct image_ref ref;
	struct slice all;
	int r;

	if (image_ref_parse(name, &ref, reterr) < 0)
		return -1;
	all = slice_str(ref.repository);
	r = ref.is_id ? malformed(name, reterr) :
			take_domain(slice_of(all.p, slice_find(all, '/')), name, ret, reterr);
	image_ref_free(&ref);
	return r;
}

int registry_of_term(struct slice term, char **ret, struct error *reterr)
{
	struct slice first = slice_of(term.p, slice_find(term, '/'));

	/* Upper case makes no host of it here, as it does in a name. */
	if (first.n == term.n ||
	    (slice_find(first, '.') == first.n && slice_find(first, ':') == first.n &&
	     !slice_is(first, "localhost")))
		first = slice_str(HUB);
	return take_domain(first, term, ret, reterr);
}

int registry_of_address(struct slice address, char **ret, struct error *reterr)
{
	static const char path[] = "/._-~";
	struct slice host = slice_after(address, slice_starts(address, "https://") ? 8 :
						 slice_starts(address, "http://") ? 7 : 0);
	struct slice rest = slice_after(host, slice_find(host, '/'));

	host.n -= rest.n;
	for (size_t i = 0; i < rest.n; i++)
		if (!is_alnum_lower(rest.p[i]) && !(rest.p[i] >= 'A' && rest.p[i] <= 'Z') &&
		    memchr(path, rest.p[i], sizeof(path) - 1) == NULL)
			host.n = 0;
	return take_domain(address.n == 0 ? slice_str(HUB) : host, address, ret, reterr);
}
