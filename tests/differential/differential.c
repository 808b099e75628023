/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * differential - what Go's net/http and encoding/json, which the engine is built on, make of a request is
 * what we judged. `hostile` has requests that two readers could understand differently, one a line (\r \n
 * \t \\ \xNN); `vectors` what Go makes of each, written by view.go.
 *
 *   differential                 each of them is refused, or means to Go what we forward
 *   differential rendered        prints, in the form of `hostile`, what the golden cases forward
 *   differential compare FILE    FILE is what Go makes of those: all of it is what we mean
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/label.h"
#include "trial/trial.h"
#include "wire/json.h"
#include "wire/url.h"

#define LINE_MAX_BYTES (8 * 1024 * 1024)
#define REFERENCE_ID "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define ID "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static int failed, passed;

static void fail(const char *what, const char *of)
{
	(void)printf("FAIL: %s\n  %.300s\n", what, of);
	failed++;
}

/* --- text --------------------------------------------------------------------------- */
static void unescape(const char *text, struct buf *out)
{
	for (const char *p = text; *p != '\0'; p++) {
		char hex[3] = "", c = *p;

		if (*p == '\\') {
			p++;
			c = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
			if (*p == 'x') {
				hex[0] = p[1];
				hex[1] = p[2];
				c = (char)strtol(hex, NULL, 16);
				p += 2;
			}
		}
		buf_add(out, &c, 1);
	}
}

static void print_escaped(struct slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c == '\\')
			(void)printf("\\\\");
		else if (c < ' ' || c > '~')
			(void)printf("\\x%02x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('\n');
}

static FILE *open_in(const char *dir, const char *name)
{
	const char *source = getenv("srcdir");
	char path[8192];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/%s/%s", source != NULL ? source : ".", dir, name);
	f = fopen(path, "r");
	return f;
}

/* --- comparing ------------------------------------------------------------------------- */
/* Those of the caller's own in a request are given the place of their ids. */
static bool is_mine(const char *name)
{
	return strncmp(name, "mine", 4) == 0;
}

/*
 * Is all of `a` in `b`, under exactly the same names? Whom the process runs as is ours alone, and volumes without
 * a name become mounts that have an owner.
 */
static bool is_in(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i, k;

	if (json_is_object(a)) {
		json_object_foreach((json_t *)a, key, value)
			if (strcmp(key, "User") != 0 && strcmp(key, "Volumes") != 0 &&
			    !is_in(value, json_object_get(b, is_mine(key) ? REFERENCE_ID : key)))
				return false;
		return json_is_object(b);
	}
	if (json_is_array(a)) {
		json_array_foreach(a, i, value) {
			bool found = false;

			for (k = 0; k < json_array_size(b) && !found; k++)
				found = is_in(value, json_array_get(b, k));
			if (!found)
				return false;
		}
		return json_is_array(b);
	}
	if (json_is_string(a) && is_mine(json_string_value(a)) && json_is_string(b))
		return strcmp(json_string_value(b), REFERENCE_ID) == 0 || json_equal(a, b);
	return json_equal(a, b) != 0;
}

/* {"k":{"v":true}} and {"k":["v"]} are the same. */
static json_t *filters_of(const char *text)
{
	json_t *in = json_loads(text, 0, NULL), *out = json_object(), *values, *on;
	const char *key, *value;

	json_object_foreach(in, key, values) {
		json_t *list = json_is_array(values) ? json_incref(values) : json_array();

		if (json_is_object(values))
			json_object_foreach(values, value, on)
				(void)json_array_append_new(list, json_string(value));
		(void)json_object_set_new(out, key, list);
	}
	json_decref(in);
	return out;
}

static const char *plain(const char *value)
{
	return strcmp(value, "true") == 0 ? "1" : strcmp(value, "false") == 0 || *value == '\0' ? "0" : value;
}

static bool same_param(const char *name, const char *go, const char *ours)
{
	json_t *a, *b;
	bool same;

	if (strcmp(name, "filters") != 0)
		return strcmp(plain(go), plain(ours)) == 0;
	a = filters_of(go);
	b = filters_of(ours);
	same = is_in(a, b);
	json_decref(a);
	json_decref(b);
	return same;
}

/* Image and network of a new container go by ids that were looked at: here they are what was asked. */
static void turn_back(json_t *ours, const json_t *go)
{
	json_t *asked = json_object_get(json_object_get(ours, "Labels"), LABEL_IMAGE);
	json_t *host = json_object_get(ours, "HostConfig");
	json_t *mode = json_object_get(json_object_get(go, "HostConfig"), "NetworkMode");
	const char *network = json_string_value(json_object_get(host, "NetworkMode"));

	if (asked != NULL)
		(void)json_object_set(ours, "Image", asked);
	if (mode != NULL && network != NULL && strncmp(network, "safedocker-net-", 15) == 0 && !is_mine(json_string_value(mode)))
		(void)json_object_set(host, "NetworkMode", mode);
}

/* What we forward, read by our own readers, against Go's view; `exact`: of the very bytes that we forward. */
static void compare(struct slice forwarded, const json_t *go, bool exact, const char *of)
{
	const json_t *form = json_object_get(go, "form"), *body = json_object_get(go, "body");
	const char *path = json_string_value(json_object_get(go, "path"));
	struct buf ours = buf_new(1 << 16), theirs = buf_new(1 << 16);
	struct http_head head;
	struct url url;
	size_t used, n_form = 0;
	json_t *tree = NULL;

	if (http_request_parse(forwarded, &head, &used, NULL) != HTTP_DONE || url_parse(head.target, &url, NULL) < 0) {
		fail("we do not read what we forward", of);
		return;
	}
	if (json_object_get(go, "error") != NULL || path == NULL) {
		fail("Go does not take it", of);
		goto done;
	}
	if (strcmp(http_method_name(head.method), json_string_value(json_object_get(go, "method"))) != 0)
		fail("another method", of);
	for (size_t i = 0; i < url.n_segments; i++) {
		buf_add_str(&ours, "/");
		buf_add_slice(&ours, slice_is(url.segments[i], ID) && !exact ? slice_str("mine") : url.segments[i]);
	}
	buf_add_str(&theirs, path);
	if (strcmp(buf_cstr(&ours), buf_cstr(&theirs)) != 0)
		fail("another path", of);
	/* Each parameter as often on either side, and the same; the owner's filter is ours alone. */
	for (size_t i = 0; i < url.n_params; i++) {
		char *name = slice_dup(url.params[i].name), *value = slice_dup(url.params[i].value);
		const json_t *values = json_object_get(form, name);
		size_t before = 0, all = 0;

		for (size_t k = 0; k < url.n_params; k++) {
			bool same = slice_eq(url.params[k].name, url.params[i].name);

			all += same;
			before += same && k < i;
		}
		if (values == NULL && !exact && strcmp(name, "filters") == 0)
			;
		else if (json_array_size(values) != all ||
			 !same_param(name, json_string_value(json_array_get(values, before)), value))
			fail("another parameter", of);
		else
			n_form += before == 0;
		free(name);
		free(value);
	}
	if (n_form != json_object_size(form))
		fail("a parameter that we do not know of", of);
	tree = head.framing == HTTP_BODY_COUNTED && head.length > 0 ?
		json_parse(slice_after(forwarded, used), JSON_TOKENS_MAX * 2, NULL) : NULL;
	if (!exact)
		turn_back(tree, body);
	if (body != NULL && !is_in(body, tree))
		fail("another body", of);
	if (exact && json_object_get(go, "plain") != NULL && !json_equal(json_object_get(go, "plain"), tree))
		fail("another body, byte for byte", of);
	passed++;
done:
	json_decref(tree);
	url_free(&url);
	buf_free(&ours);
	buf_free(&theirs);
}

static struct policy *parse(const char *text, size_t n)
{
	struct policy_file file = { "policy", slice_of(text, n) };
	struct policy *policy = NULL;
	struct error why = { 0 };

	if (policy_parse(&file, 1, &policy, &why) < 0) {
		(void)fprintf(stderr, "differential: %s\n", why.text);
		exit(99);
	}
	return policy;
}

/* --- hostile requests -------------------------------------------------------------------- */
static int hostile(void)
{
	static const char text[] = "[rule r]\nusers = alice\nverbs = @everyday\n"
		"flags = @everyday, --publish=*:1-65535, --volume=~/**\nimages = **\n";
	FILE *in = open_in("differential", "hostile"), *views = open_in("differential", "vectors");
	struct policy *policy = parse(text, strlen(text));
	char *line = NULL, *view = NULL;
	size_t line_size = 0, view_size = 0;
	int refused = 0;

	while (in != NULL && views != NULL && getline(&line, &line_size, in) > 0 &&
	       getline(&view, &view_size, views) > 0) {
		struct buf bytes = buf_new(LINE_MAX_BYTES);
		json_t *go = json_loads(view, JSON_ALLOW_NUL, NULL);
		struct trial j;

		line[strcspn(line, "\n")] = '\0';
		unescape(line, &bytes);
		trial_bytes(policy, buf_slice(&bytes), &j);
		if (go == NULL) {
			fail("the vector cannot be read", view);
		} else if (j.status != 0) {
			refused++;
		} else {
			compare(buf_slice(&j.forwarded), go, false, line);
			if (json_integer_value(json_object_get(go, "used")) != (json_int_t)j.used)
				fail("the next request begins elsewhere", line);
		}
		json_decref(go);
		trial_free(&j);
		buf_free(&bytes);
	}
	if (in == NULL || views == NULL || getline(&view, &view_size, views) > 0)
		fail("hostile and vectors do not belong together", "run view.go");
	free(line);
	free(view);
	if (in != NULL)
		(void)fclose(in);
	if (views != NULL)
		(void)fclose(views);
	policy_free(policy);
	(void)printf("%d mean to Go what we forward, %d are refused, %d failures\n", passed, refused, failed);
	/* Were all refused, nothing would have been compared. */
	return failed == 0 && passed >= 30 && refused >= 100 ? 0 : 1;
}

/* --- what the golden cases forward --------------------------------------------------------- */
static bool read_all(const char *name, const char *file, struct buf *out)
{
	char path[1024], part[4096];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", name, file);
	f = open_in("cases", path);
	if (f == NULL)
		return false;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(out, part, n);
	(void)fclose(f);
	return !out->failed;
}

/* The case's `expect`, which is what is forwarded, to bytes; false where it is refused. */
/* Of the steps of a plan the client's own: the last one in front of what follows it. */
static void keep_clients(struct buf *expect)
{
	static const char header[] = "--- ", behind[] = "--- look: ";
	const char *from = expect->data, *end = expect->data + expect->len, *next;

	if (!slice_starts(buf_slice(expect), header))
		return;
	for (next = from; next != NULL; next = memmem(next + 1, (size_t)(end - next - 1), "\n--- ", 5)) {
		if (slice_starts(slice_of(next + (*next == '\n'), (size_t)(end - next) - (*next == '\n')), behind)) {
			end = next + 1;
			break;
		}
		from = next + (*next == '\n');
	}
	expect->len = (size_t)(end - expect->data);
	buf_consume(expect, (size_t)(from - expect->data));
	buf_consume(expect, slice_find(buf_slice(expect), '\n') + 1);
}

static bool forwarded(const char *name, struct buf *bytes)
{
	struct buf expect = buf_new(LINE_MAX_BYTES);
	struct http_head head;
	bool allowed = false;
	size_t used;

	if (read_all(name, "expect", &expect) && slice_starts(buf_slice(&expect), "allow\n")) {
		buf_consume(&expect, strlen("allow\n"));
		keep_clients(&expect);
		if (memmem(expect.data, expect.len, "\n\n", 2) == NULL)
			buf_add_str(&expect, "\n");
		allowed = trial_notation(buf_slice(&expect), bytes) == 0;
		/* Bytes that are passed on are no part of the case: as few of them as there can be. */
		if (allowed && http_request_parse(buf_slice(bytes), &head, &used, NULL) == HTTP_DONE) {
			if (head.framing == HTTP_BODY_CHUNKED && used == bytes->len)
				http_chunk_end(bytes);
			while (head.framing == HTTP_BODY_COUNTED && bytes->len < used + head.length)
				buf_add_str(bytes, "x");
		}
	}
	buf_free(&expect);
	return allowed;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* `views` NULL: print them. */
static int rendered(FILE *views)
{
	const char *source = getenv("srcdir");
	char path[4096], *view = NULL;
	struct dirent **list = NULL;
	size_t view_size = 0;
	int n, missing = 0;

	(void)snprintf(path, sizeof(path), "%s/tests/cases", source != NULL ? source : ".");
	n = scandir(path, &list, NULL, by_name);
	for (int i = 0; i < n; i++) {
		struct buf bytes = buf_new(LINE_MAX_BYTES);

		if (forwarded(list[i]->d_name, &bytes)) {
			if (views == NULL) {
				print_escaped(buf_slice(&bytes));
			} else if (getline(&view, &view_size, views) > 0) {
				json_t *go = json_loads(view, JSON_ALLOW_NUL, NULL);

				compare(buf_slice(&bytes), go, true, list[i]->d_name);
				json_decref(go);
			} else {
				missing++;
			}
		}
		buf_free(&bytes);
		free(list[i]);
	}
	free(list);
	free(view);
	if (views != NULL)
		(void)printf("%d golden cases mean to Go what we mean, %d failures, %d without a view\n", passed, failed,
			     missing);
	return views == NULL || (failed == 0 && missing == 0 && passed > 100) ? 0 : 1;
}

int main(int argc, char **argv)
{
	FILE *views;
	int r;

	if (argc == 1)
		return hostile();
	if (argc == 2 && strcmp(argv[1], "rendered") == 0)
		return rendered(NULL);
	views = argc == 3 && strcmp(argv[1], "compare") == 0 ? fopen(argv[2], "r") : NULL;
	if (views == NULL)
		return 99;
	r = rendered(views);
	(void)fclose(views);
	return r;
}
