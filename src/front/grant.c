/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/grant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/strong.h"

#define FILE_MAX (16 * 1024)	/* bytes of a request */
#define HALF_WRITTEN 3600	/* s after which a file under a passing name was left behind */

/* --- now ---------------------------------------------------------------------------- */
struct moment grant_moment(void)
{
	static char boot[64];
	struct timespec up = { 0 };
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f == NULL || fgets(boot, sizeof(boot), f) == NULL)
		boot[0] = '\0';
	if (f != NULL)
		(void)fclose(f);
	boot[strcspn(boot, "\n")] = '\0';
	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	return (struct moment){ .date = time(NULL), .uptime = up.tv_sec, .boot = boot };
}

/* --- one request -------------------------------------------------------------------- */
static bool is_rule_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= RULE_NAME_MAX &&
		n == strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_-");
}

int grant_parse(struct slice text, struct grant_request *ret)
{
	json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	const char *rule, *reason;
	json_int_t version, asked, seconds;
	int r = -1;

	*ret = (struct grant_request){ .uid = 0 };
	if (json_unpack_ex(root, NULL, JSON_STRICT, "{s:I, s:I, s:s, s:I, s:s}", "version",
			   &version, "time", &asked, "rule", &rule, "for", &seconds, "reason",
			   &reason) == 0 &&
	    version == 1 && asked >= 0 && seconds >= STRONG_GRANT_LEAST &&
	    seconds <= STRONG_GRANT_MAX && is_rule_name(rule) && strong_is_reason(reason)) {
		ret->asked = (time_t)asked;
		ret->seconds = (long)seconds;
		(void)snprintf(ret->rule, sizeof(ret->rule), "%s", rule);
		(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
		r = 0;
	}
	json_decref(root);
	return r;
}

/* The name is the owner's uid, and the owner alone has written it. */
static int read_request(int dir, const char *name, struct grant_request *ret)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[FILE_MAX + 1];
	unsigned long long uid;
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;
	int r = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (st.st_mode & 0177) == 0 && slice_to_u64(slice_str(name), 4294967294ULL, &uid) == 0 &&
	    st.st_uid == (uid_t)uid && st.st_size <= FILE_MAX) {
		while (n < sizeof(text) && got > 0) {
			got = read(fd, text + n, sizeof(text) - n);
			n += got > 0 ? (size_t)got : 0;
		}
		if (got == 0 && n <= FILE_MAX && grant_parse(slice_of(text, n), ret) == 0) {
			ret->uid = (uid_t)uid;
			r = 0;
		}
	}
	(void)close(fd);
	return r;
}

/* --- all of them -------------------------------------------------------------------- */
static DIR *open_requests(struct error *reterr)
{
	int fd = open(SAFEDOCKER_REQUESTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL) {
		(void)error_set(reterr, ERR_SYSTEM, "cannot read %s: %s", SAFEDOCKER_REQUESTS,
				strerror(errno));
		if (fd >= 0)
			(void)close(fd);
	}
	return dir;
}

static bool is_number(const char *name)
{
	return *name != '\0' && strspn(name, "0123456789") == strlen(name);
}

int grant_each_request(void (*take)(void *user, const struct grant_request *request), void *user,
		       struct error *reterr)
{
	DIR *dir = open_requests(reterr);
	const struct dirent *entry;
	int n = 0;

	if (dir == NULL)
		return -1;
	while (n < GRANT_REQUESTS_MAX && (entry = readdir(dir)) != NULL) {
		struct grant_request request;

		if (!is_number(entry->d_name))
			continue;
		if (read_request(dirfd(dir), entry->d_name, &request) < 0) {
			(void)fprintf(stderr, "safedocker: %s/%.20s is no request: nothing of it "
				      "is shown\n", SAFEDOCKER_REQUESTS, entry->d_name);
			continue;
		}
		take(user, &request);
		n++;
	}
	(void)closedir(dir);
	return n;
}

bool grant_remove_request(uid_t uid)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%u", SAFEDOCKER_REQUESTS, (unsigned)uid);
	return unlink(path) == 0;
}

void grant_remove_stale(void)
{
	struct error ignored;
	DIR *dir = open_requests(&ignored);
	const struct dirent *entry;
	time_t now = time(NULL);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		time_t least = is_number(entry->d_name) ? GRANT_REQUEST_DAYS * 86400 : HALF_WRITTEN;
		struct stat st;

		if (strspn(entry->d_name, ".") != strlen(entry->d_name) &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - st.st_mtime > least)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void grant_file(uid_t uid, const char *rule, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/grant-%u-%s.conf", SAFEDOCKER_CONFD, (unsigned)uid, rule);
}
