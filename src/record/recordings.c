/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/recordings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/reader.h"
#include "setgid/die.h"
#include "setgid/recording_name.h"
#include "setgid/trust.h"

#define STEP (256 * 1024)

/* "UID-ID", and nothing else: no path comes from it. */
static bool is_name(const char *name, uid_t *ret_uid)
{
	const char *dash = strchr(name, '-');
	unsigned long long uid;

	if (dash == NULL ||
	    slice_to_u64(slice_of(name, (size_t)(dash - name)), UINT32_MAX - 1, &uid) < 0 ||
	    strlen(dash + 1) != AUDIT_ID_LEN ||
	    strspn(dash + 1, "0123456789abcdef") != AUDIT_ID_LEN)
		return false;
	*ret_uid = (uid_t)uid;
	return true;
}

int recordings_open(const struct caller *c, const char *name)
{
	char file[RECORDING_FILE_SIZE];
	struct error why = { 0 };
	struct stat st;
	uid_t owner;
	int dir, fd;

	if (!is_name(name, &owner) || (owner != c->subject.uid && !reader_sees_all(&c->subject)))
		die(EXIT_NOT_ALLOWED, "there is no such recording that you may see");
	dir = trust_open_shut(SAFEDOCKER_RECORDINGS, true, c->group, &why);
	if (dir < 0)
		die(EXIT_CONFIG, "%s", why.text);
	(void)snprintf(file, sizeof(file), "%s%s", name, RECORDING_SUFFIX);
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	(void)close(dir);
	if (fd < 0 && errno == ENOENT)
		die(EXIT_NOT_ALLOWED, "the recording is no longer there");
	if (fd < 0)
		die(EXIT_CONFIG, "the recording cannot be opened");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != owner) ||
	    st.st_gid != c->group || st.st_nlink != 1 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		die(EXIT_CONFIG, "the recording is not as it was made");
	return fd;
}

void recordings_run(int fd)
{
	static char bytes[STEP];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		reader_give(bytes, (size_t)n);
	_exit(n < 0 ? EXIT_FAILED : EXIT_DONE);
}
