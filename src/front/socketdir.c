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

/* The specification promises an own 0700 directory; su and sudo may leave somebody else's in the variable. */
static bool is_own_directory_at(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 07777) == 0700;
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
	struct socketdir d = { .listening = -1 };

	(void)snprintf(d.directory, sizeof(d.directory), "%s/safedocker-XXXXXX",
		       is_own_directory(runtime) ? runtime : "/tmp");
	if (mkdtemp(d.directory) == NULL)
		return error_set(reterr, ERR_SYSTEM, "cannot make %s: %s", d.directory, strerror(errno));
	(void)snprintf(d.socket, sizeof(d.socket), "%s/docker.sock", d.directory);
	if (listen_at(&d) < 0) {
		(void)error_set(reterr, ERR_SYSTEM, "cannot listen at %s: %s", d.socket, strerror(errno));
		socketdir_remove(&d);
		return -1;
	}
	*ret = d;
	return 0;
}

int socketdir_make_lasting(struct socketdir *ret, struct error *reterr)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct socketdir d = { .listening = -1 };

	if (!is_own_directory(runtime))
		return socketdir_make(ret, reterr);
	(void)snprintf(d.directory, sizeof(d.directory), "%s/safedocker", runtime);
	(void)snprintf(d.socket, sizeof(d.socket), "%s/docker.sock", d.directory);
	if ((mkdir(d.directory, 0700) < 0 && errno != EEXIST) || !is_own_directory_at(d.directory))
		return error_set(reterr, ERR_SYSTEM, "cannot make %s", d.directory);
	(void)unlink(d.socket);
	if (listen_at(&d) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot listen at %s: %s", d.socket, strerror(errno));
	*ret = d;
	return 0;
}

void socketdir_remove(const struct socketdir *dir)
{
	(void)unlink(dir->socket);
	(void)rmdir(dir->directory);
}
