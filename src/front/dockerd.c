/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/dockerd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/buf.h"
#include "front/daemon_json.h"

#define PID_FILE "/run/docker.pid"
#define COMMAND_MAX (256 * 1024)

/* Who called listen(); 0 where it cannot be told. */
static pid_t listener(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { .pid = 0 };
	socklen_t n = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || strlen(path) >= sizeof(address.sun_path) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		peer.pid = 0;
	if (fd >= 0)
		(void)close(fd);
	return peer.pid;
}

static pid_t of_pid_file(void)
{
	FILE *f = fopen(PID_FILE, "re");
	char line[32] = "";
	struct stat is;
	long pid = 0;

	if (f != NULL && fstat(fileno(f), &is) == 0 && is.st_uid == 0 && fgets(line, sizeof(line), f) != NULL)
		pid = strtol(line, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return pid > 1 ? (pid_t)pid : 0;
}

static bool is_dockerd(pid_t pid)
{
	char path[64], program[4096], *name;
	struct stat is;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &is) < 0 || is.st_uid != 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, program, sizeof(program) - 1);
	if (n <= 0)
		return false;
	program[n] = '\0';
	name = strrchr(program, '/');
	/* An upgrade may have replaced the file since. */
	return name != NULL && (strcmp(name, "/dockerd") == 0 || strcmp(name, "/dockerd (deleted)") == 0);
}

/* The value of --NAME=VALUE or --NAME VALUE; NULL where this argument is another. */
static const char *value_of(const char *argument, const char *next, const char *name)
{
	size_t n = strlen(name);

	if (argument[0] != '-' || argument[1] != '-' || strncmp(argument + 2, name, n) != 0)
		return NULL;
	if (argument[2 + n] == '=')
		return argument + 3 + n;
	return argument[2 + n] == '\0' ? next : NULL;
}

static void read_command(struct dockerd *d)
{
	struct buf text = buf_new(COMMAND_MAX);
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)d->pid);
	f = fopen(path, "re");
	for (char *room; f != NULL && (room = buf_room(&text, 4096)) != NULL;) {
		size_t n = fread(room, 1, 4096, f);

		buf_added(&text, n);
		if (n == 0)
			break;
	}
	if (f != NULL)
		(void)fclose(f);
	(void)snprintf(d->config, sizeof(d->config), DAEMON_JSON_PATH);
	/* buf_cstr() puts the last NUL there. */
	for (const char *p = buf_cstr(&text), *end = p != NULL ? p + text.len : NULL; p != NULL && p < end; p += strlen(p) + 1) {
		const char *next = p + strlen(p) + 1 < end ? p + strlen(p) + 1 : "";
		const char *config = value_of(p, next, "config-file");

		if (config != NULL)
			(void)snprintf(d->config, sizeof(d->config), "%s", config);
		d->says_runtimes |= value_of(p, next, "add-runtime") != NULL;
		d->says_default |= value_of(p, next, "default-runtime") != NULL;
	}
	buf_free(&text);
}

static bool same_mounts(pid_t pid)
{
	struct stat own, its;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return stat("/proc/self/ns/mnt", &own) == 0 && stat(path, &its) == 0 && own.st_ino == its.st_ino &&
		own.st_dev == its.st_dev;
}

int dockerd_find(const char *socket, struct dockerd *ret, struct error *reterr)
{
	pid_t pid = listener(socket);

	*ret = (struct dockerd){ .pidfd = -1 };
	if (pid == 1)
		pid = of_pid_file();
	/* First the descriptor, then the look: the number cannot become another's in between. */
	ret->pid = pid;
	ret->pidfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (ret->pidfd >= 0 && is_dockerd(pid)) {
		read_command(ret);
		ret->same_mounts = same_mounts(pid);
		if (ret->config[0] == '/')
			return 0;
	}
	dockerd_close(ret);
	return error_set(reterr, ERR_ENGINE, "the process behind %s is not found, or is no dockerd of root's: "
			 "register the runtime by hand (safedocker-runtime(8))", socket);
}

int dockerd_reload(const struct dockerd *d, struct error *reterr)
{
	if (syscall(SYS_pidfd_send_signal, d->pidfd, SIGHUP, NULL, 0) == 0)
		return 0;
	return error_set(reterr, ERR_ENGINE, "the engine (process %d) takes no signal: %s", (int)d->pid, strerror(errno));
}

void dockerd_close(struct dockerd *d)
{
	if (d->pidfd >= 0)
		(void)close(d->pidfd);
	d->pidfd = -1;
}
