/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "runtime/numbers.h"

int file_read(const char *path, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	for (;;) {
		char bytes[16384];

		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_add(ret, bytes, (size_t)n);
		if (ret->failed) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

json_t *file_json(const char *path, const char *word, struct error *reterr)
{
	struct buf text = buf_new(FILE_JSON_MAX), safe = buf_new(FILE_JSON_MAX);
	json_t *result = NULL;

	if (file_read(path, &text) < 0) {
		error_fill(reterr, ERR_SYSTEM, "cannot read %s: %s", path, strerror(errno));
	} else if (word == NULL || (buf_cstr(&text) != NULL && strstr(text.data, word) != NULL)) {
		numbers_protect(buf_slice(&text), &safe);
		if (!safe.failed)
			result = json_loadb(safe.data != NULL ? safe.data : "", safe.len,
					    JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(result))
			error_fill(reterr, ERR_SYNTAX, "%s is not a valid JSON object", path);
	}
	buf_free(&text);
	buf_free(&safe);
	if (json_is_object(result))
		return result;
	json_decref(result);
	return NULL;
}

int file_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t written = write(fd, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

static int write_json(int fd, const json_t *object)
{
	struct buf whole = buf_new(FILE_JSON_MAX);
	char *text = json_dumps(object, JSON_COMPACT);
	int result = -1;

	numbers_restore(slice_str(text), &whole);
	if (text != NULL && !whole.failed)
		result = file_write(fd, whole.data, whole.len);
	free(text);
	buf_free(&whole);
	return result;
}

int file_replace_json(const char *directory, const char *name, const json_t *object,
		      struct error *reterr)
{
	char path[4096], fresh[4200];
	int fd, result = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	(void)snprintf(fresh, sizeof(fresh), "%s.safedocker", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		result = write_json(fd, object);
		if (close(fd) < 0 || (result == 0 && rename(fresh, path) < 0))
			result = -1;
	}
	return result == 0 ? 0 : error_set(reterr, ERR_SYSTEM, "cannot write %s: %s", path, strerror(errno));
}

int file_memory_json(const json_t *object, struct error *reterr)
{
	int fd = memfd_create("safedocker", 0);

	if (fd >= 0 && (write_json(fd, object) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : error_set(reterr, ERR_SYSTEM, "cannot hand over the process");
}

void file_report(const struct arguments *arguments, const char *text)
{
	struct buf line = buf_new(16384);
	time_t now = time(NULL);
	struct tm utc;
	char when[64];
	int fd;

	(void)fprintf(stderr, "safedocker-runtime: %s\n", text);
	if (arguments->log == NULL || gmtime_r(&now, &utc) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return;
	buf_addf(&line, arguments->log_json ? "{\"level\":\"error\",\"msg\":" : "level=error msg=");
	buf_add_json(&line, slice_str(text));
	buf_addf(&line, arguments->log_json ? ",\"time\":\"%s\"}\n" : " time=\"%s\"\n", when);
	fd = open(arguments->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	/* Where even this fails the line on stderr is what there is. */
	if (fd >= 0 && !line.failed && file_write(fd, line.data, line.len) < 0)
		(void)fprintf(stderr, "safedocker-runtime: cannot write %s\n", arguments->log);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&line);
}
