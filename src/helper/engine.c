/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/engine.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int engine_connect(const char *path, struct error *reterr)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static const struct timeval patience = { .tv_sec = 10 };
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(reterr, ERR_ENGINE, "the engine's socket %s has too long a name", path);
	(void)strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot make a socket: %s", strerror(errno));
	/* A full backlog makes connect(2) wait; not for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)error_set(reterr, ERR_ENGINE, "cannot connect to the docker engine at %s: %s; is it running?",
				path, strerror(errno));
		goto err;
	}
	/* A socket that a user left there must not pass for the engine. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid != 0) {
		(void)error_set(reterr, ERR_ENGINE, "what listens at %s is not root's: not the engine", path);
		goto err;
	}
	return fd;
err:
	(void)close(fd);
	return -1;
}
