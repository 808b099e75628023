/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/daemon_json.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wire/json.h"

#define DEFAULT_KEY "default-runtime"

/* --- the file --------------------------------------------------------------------------------- */

/* The directory must be root's as well: who can rename in it can give the engine another file. */
static int check_directory(const char *path, struct error *reterr)
{
	char copy[4096];
	struct stat is;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	if (stat(dirname(copy), &is) < 0)
		return errno == ENOENT ? 0 : error_set(reterr, ERR_SYSTEM, "cannot look at the directory of %s: %s",
						       path, strerror(errno));
	if (is.st_uid != 0 || (is.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(reterr, ERR_DENIED, "the directory of %s is not root's alone to write: it is left alone",
				 path);
	return 0;
}

int daemon_json_load(const char *path, struct daemon_json *ret, struct error *reterr)
{
	struct stat is;
	ssize_t n = 0;
	int fd;

	*ret = (struct daemon_json){ .path = path, .mode = 0644, .text = buf_new(DAEMON_JSON_MAX) };
	if (check_directory(path, reterr) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(reterr, ERR_DENIED, "%s %s: it is left alone", path, errno == ELOOP ?
				 "is a symbolic link" : "cannot be read");
	if (fstat(fd, &is) < 0 || !S_ISREG(is.st_mode) || is.st_uid != 0 || (is.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    is.st_nlink != 1) {
		(void)close(fd);
		return error_set(reterr, ERR_DENIED, "%s is no regular file of root's that only root can write: "
				 "it is left alone", path);
	}
	ret->exists = true;
	ret->mode = is.st_mode & 07777;
	ret->gid = is.st_gid;
	for (;;) {
		char *room = buf_room(&ret->text, 8192);

		n = room != NULL ? read(fd, room, 8192) : -1;
		if (n <= 0)
			break;
		buf_added(&ret->text, (size_t)n);
	}
	(void)close(fd);
	return n == 0 ? 0 : error_set(reterr, ERR_LIMIT, "%s cannot be read whole: it is left alone", path);
}

void daemon_json_free(struct daemon_json *f)
{
	buf_free(&f->text);
}

/* A new file, never one that is there. */
static int write_new(const struct daemon_json *f, const char *path, struct slice text, struct error *reterr)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool done = fd >= 0;

	while (done && text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		done = n > 0;
		text = slice_after(text, done ? (size_t)n : 0);
	}
	done = done && fchown(fd, 0, f->gid) == 0 && fchmod(fd, f->mode) == 0 && fsync(fd) == 0;
	if (!done)
		error_fill(reterr, ERR_SYSTEM, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0 && !done)
		(void)unlink(path);
	if (fd >= 0)
		(void)close(fd);
	return done ? 0 : -1;
}

int daemon_json_store(const struct daemon_json *f, struct slice text, struct error *reterr)
{
	char beside[4096], directory[4096];

	(void)snprintf(directory, sizeof(directory), "%s", f->path);
	if (mkdir(dirname(directory), 0755) < 0 && errno != EEXIST)
		return error_set(reterr, ERR_SYSTEM, "cannot make the directory of %s: %s", f->path, strerror(errno));
	(void)snprintf(beside, sizeof(beside), "%.4000s.safedocker-%d", f->path, (int)getpid());
	if (write_new(f, beside, text, reterr) < 0)
		return -1;
	if (rename(beside, f->path) == 0)
		return 0;
	error_fill(reterr, ERR_SYSTEM, "cannot replace %s: %s", f->path, strerror(errno));
	(void)unlink(beside);
	return -1;
}

int daemon_json_restore(const struct daemon_json *f, struct error *reterr)
{
	if (f->exists)
		return daemon_json_store(f, buf_slice(&f->text), reterr);
	if (unlink(f->path) < 0 && errno != ENOENT)
		return error_set(reterr, ERR_SYSTEM, "cannot remove %s: %s", f->path, strerror(errno));
	return 0;
}

int daemon_json_backup(const struct daemon_json *f, char *ret, size_t size, struct error *reterr)
{
	time_t now = time(NULL);
	char when[40] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(ret, size, "%.4000s.before-safedocker-%s-%d", f->path, when, (int)getpid());
	return write_new(f, ret, buf_slice(&f->text), reterr);
}

/* --- its text ----------------------------------------------------------------------------------- */

static size_t skip_space(struct slice s, size_t at)
{
	while (at < s.n && memchr(" \t\r\n", s.p[at], 4) != NULL)
		at++;
	return at;
}

/* From a quote to behind the one that ends it. */
static size_t skip_string(struct slice s, size_t at)
{
	for (at++; at < s.n && s.p[at] != '"'; at++)
		if (s.p[at] == '\\')
			at++;
	return at + 1;
}

/*
 * Behind the brace that opens the object which is the outermost object's member `key`, in text that is
 * known to be JSON; behind the outermost one's own brace where key is NULL; 0 where there is none.
 */
static size_t find_object(struct slice s, const char *key)
{
	size_t at = skip_space(s, 0), depth = 0, n = key != NULL ? strlen(key) : 0;

	if (key == NULL)
		return at < s.n && s.p[at] == '{' ? at + 1 : 0;
	while (at < s.n) {
		size_t end = at + 1, value;

		if (s.p[at] == '"') {
			end = skip_string(s, at);
			value = skip_space(s, end);
			if (depth == 1 && end <= s.n && end - at == n + 2 && memcmp(s.p + at + 1, key, n) == 0 &&
			    value < s.n && s.p[value] == ':') {
				value = skip_space(s, value + 1);
				return value < s.n && s.p[value] == '{' ? value + 1 : 0;
			}
		} else if (s.p[at] == '{' || s.p[at] == '[') {
			depth++;
		} else if (s.p[at] == '}' || s.p[at] == ']') {
			depth--;
		}
		at = end;
	}
	return 0;
}

/* Puts a member in as the first of an object. */
static int insert(struct buf *text, size_t at, const char *key, const char *value, bool empty, struct error *reterr)
{
	struct buf out = buf_new(DAEMON_JSON_MAX);

	if (at == 0)
		return error_set(reterr, ERR_SYNTAX, "the file is written in a way that is not understood: "
				 "add %s: %s by hand", key, value);
	buf_add(&out, text->data, at);
	buf_addf(&out, "\n    \"%s\": %s%s", key, value, empty ? "\n" : ",");
	buf_add_slice(&out, slice_after(buf_slice(text), at));
	buf_free(text);
	*text = out;
	return out.failed ? error_set(reterr, ERR_LIMIT, "the file would be too long") : 0;
}

/* What is wanted beside what was there, to hold the text against. */
static int expect(json_t *root, const char *name, const char *path, bool as_default)
{
	json_t *runtimes = json_object_get(root, "runtimes");

	if (runtimes == NULL && json_object_set_new(root, "runtimes", runtimes = json_object()) < 0)
		return -1;
	if (json_object_get(runtimes, name) == NULL &&
	    json_object_set_new(runtimes, name, json_pack("{s:s}", "path", path)) < 0)
		return -1;
	return as_default ? json_object_set_new(root, DEFAULT_KEY, json_string(name)) : 0;
}

static int add(json_t *root, const char *name, const char *path, bool as_default, struct buf *ret,
	       struct error *reterr)
{
	const json_t *runtimes = json_object_get(root, "runtimes"), *ours = json_object_get(runtimes, name);
	const char *said = json_string_value(json_object_get(ours, "path"));
	const json_t *chosen = json_object_get(root, DEFAULT_KEY);
	char member[4200], quoted[100];
	bool changed = false;

	(void)snprintf(member, sizeof(member), "{ \"path\": \"%.4000s\" }", path);
	if (ours != NULL && (said == NULL || strcmp(said, path) != 0 || json_object_size(ours) != 1))
		return error_set(reterr, ERR_DENIED, "its runtimes.%s is not { \"path\": \"%s\" }: change it by hand",
				 name, path);
	if (as_default && chosen != NULL && (!json_is_string(chosen) || strcmp(json_string_value(chosen), name) != 0))
		return error_set(reterr, ERR_DENIED, "it has another " DEFAULT_KEY ": change it by hand");
	if (runtimes != NULL && !json_is_object(runtimes))
		return error_set(reterr, ERR_SYNTAX, "its runtimes is no object");
	if (ours == NULL && runtimes != NULL) {
		changed = true;
		if (insert(ret, find_object(buf_slice(ret), "runtimes"), name, member,
			   json_object_size(runtimes) == 0, reterr) < 0)
			return -1;
	} else if (ours == NULL) {
		char whole[4400];

		changed = true;
		(void)snprintf(whole, sizeof(whole), "{ \"%s\": %s }", name, member);
		if (insert(ret, find_object(buf_slice(ret), NULL), "runtimes", whole, json_object_size(root) == 0,
			   reterr) < 0)
			return -1;
	}
	if (as_default && chosen == NULL) {
		changed = true;
		(void)snprintf(quoted, sizeof(quoted), "\"%s\"", name);
		/* runtimes stands there by now. */
		if (insert(ret, find_object(buf_slice(ret), NULL), DEFAULT_KEY, quoted, false, reterr) < 0)
			return -1;
	}
	return changed ? 1 : 0;
}

int daemon_json_add(struct slice text, const char *name, const char *path, bool as_default, struct buf *ret,
		    struct error *reterr)
{
	struct slice old = text.n > 0 ? text : slice_str("{}\n");
	json_t *root = json_parse(old, JSON_TOKENS_MAX, reterr), *now = NULL;
	int result = -1;

	*ret = buf_new(DAEMON_JSON_MAX);
	buf_add_slice(ret, old);
	if (root != NULL && !json_is_object(root))
		error_fill(reterr, ERR_SYNTAX, "it is no JSON object");
	else if (root != NULL)
		result = add(root, name, path, as_default, ret, reterr);
	/* The same document with what is added, and nothing else: or it is not written. */
	if (result == 1) {
		now = json_parse(buf_slice(ret), JSON_TOKENS_MAX, NULL);
		if (now == NULL || expect(root, name, path, as_default) < 0 || !json_equal(root, now))
			result = error_set(reterr, ERR_SYNTAX, "it cannot be changed safely: do it by hand");
	}
	json_decref(now);
	json_decref(root);
	if (result != 1)
		buf_free(ret);
	return result;
}

int daemon_json_forget(struct slice text, struct buf *ret, struct error *reterr)
{
	json_t *root = json_parse(text.n > 0 ? text : slice_str("{}"), JSON_TOKENS_MAX, reterr);
	char *rendered = NULL;
	int result = -1;

	*ret = buf_new(DAEMON_JSON_MAX);
	if (json_is_object(root) &&
	    (json_object_get(root, "runtimes") != NULL || json_object_set_new(root, "runtimes", json_object()) == 0) &&
	    (json_object_get(root, DEFAULT_KEY) != NULL ||
	     json_object_set_new(root, DEFAULT_KEY, json_string("runc")) == 0))
		rendered = json_render(root);
	if (rendered != NULL) {
		buf_add_str(ret, rendered);
		result = ret->failed ? error_set(reterr, ERR_LIMIT, "it is too long") : 0;
	}
	free(rendered);
	json_decref(root);
	return result;
}
