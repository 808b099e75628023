/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/socketdir.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

/*
 * The specification promises an own 0700 directory; su and sudo may leave somebody else's in the
 * variable.
 */
static bool is_own_directory_at(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		(st.st_mode & 07777) == 0700;
}

static bool is_own_directory(const char *path)
{
	return path != NULL && path[0] == '/' && strlen(path) < 40 && is_own_directory_at(path);
}

static int listen_at(struct socketdir *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", dir->socket);
	dir->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (dir->listening < 0)
		return -1;
	return bind(dir->listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(dir->socket, 0600) < 0 || listen(dir->listening, BACKLOG) < 0 ? -1 : 0;
}

int socketdir_make(struct socketdir *ret, struct error *reterr)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	/* In place: whoever shares *ret knows the name before there is a directory. */
	(void)snprintf(ret->directory, sizeof(ret->directory), "%s/safedocker-XXXXXX",
		       is_own_directory(runtime) ? runtime : "/tmp");
	if (mkdtemp(ret->directory) == NULL)
		return error_set(reterr, ERR_SYSTEM, "cannot make %s: %s", ret->directory,
				 strerror(errno));
	(void)snprintf(ret->socket, sizeof(ret->socket), "%s/docker.sock", ret->directory);
	if (listen_at(ret) < 0) {
		(void)error_set(reterr, ERR_SYSTEM, "cannot listen at %s: %s", ret->socket,
				strerror(errno));
		socketdir_remove(ret);
		return -1;
	}
	return 0;
}

int socketdir_make_lasting(struct socketdir *ret, struct error *reterr)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (!is_own_directory(runtime))
		return socketdir_make(ret, reterr);
	(void)snprintf(ret->directory, sizeof(ret->directory), "%s/safedocker", runtime);
	(void)snprintf(ret->socket, sizeof(ret->socket), "%s/docker.sock", ret->directory);
	if ((mkdir(ret->directory, 0700) < 0 && errno != EEXIST) ||
	    !is_own_directory_at(ret->directory)) {
		(void)error_set(reterr, ERR_SYSTEM, "cannot make %s", ret->directory);
		/* Not ours to remove. */
		*ret->directory = *ret->socket = '\0';
		return -1;
	}
	(void)unlink(ret->socket);
	if (listen_at(ret) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot listen at %s: %s", ret->socket,
				 strerror(errno));
	return 0;
}

void socketdir_remove(const struct socketdir *dir)
{
	if (*dir->socket != '\0')
		(void)unlink(dir->socket);
	(void)rmdir(dir->directory);
}
