/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold - what a user does in a mapped container, and outside of it, to get hold of more.
 *
 *   hold give SOCKET PATH	in the container: hands a descriptor of PATH to each who connects; for ever
 *   hold take SOCKET PATH…	in the container: takes a descriptor of the host's root directory and says of each
 *				PATH below it whether it can be read, written, or made; SOCKET @NAME is abstract
 *   hold enter PID		on the host: enters the user namespace of the process, and says what it can do then
 *   hold inotify N		makes N inotify instances, says how many there were, and stays
 *   hold follow PATH yes|no	as root: whether the mount at PATH follows links
 *   hold queues		makes message queues until there are no more, says how many, and stays
 *   hold nest			makes user namespaces one in another, says how many, and stays
 *   hold ping			makes the socket with which one may ping without CAP_NET_RAW
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define NOSYMFOLLOW 0x00200000	/* MOUNT_ATTR_NOSYMFOLLOW of linux/mount.h */

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address,
			   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0 ||
	    listen(fd, 8) < 0) {
		perror("listen");
		exit(2);
	}
	if (path[0] != '@')
		chmod(path, 0777);
	return fd;
}

static void give(const char *socket_path, const char *path)
{
	int at = listen_at(socket_path), fd = open(path, O_RDONLY);

	if (fd < 0)
		fd = open(path, O_PATH);
	for (;;) {
		char control[CMSG_SPACE(sizeof(int))] = { 0 };
		struct iovec bytes = { .iov_base = (void *)"x", .iov_len = 1 };
		struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control,
					  .msg_controllen = sizeof(control) };
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		int to = accept(at, NULL, NULL);

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		sendmsg(to, &message, 0);
		close(to);
	}
}

static void try_path(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY);
	char byte;

	printf("%s read %s\n", path, fd >= 0 && read(fd, &byte, 1) >= 0 ? "yes" : strerror(errno));
	fd = openat(root, path, O_WRONLY);
	printf("%s write %s\n", path, fd >= 0 ? "yes" : strerror(errno));
	fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	printf("%s make %s\n", path, fd >= 0 ? "yes" : strerror(errno));
	printf("%s own %s\n", path, fchownat(root, path, 0, 0, 0) == 0 ? "yes" : strerror(errno));
}

static void take(const char *socket_path, char **paths)
{
	int at = listen_at(socket_path), from, root = -1;
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };

	alarm(60);
	from = accept(at, NULL, NULL);
	if (recvmsg(from, &message, 0) < 1 || CMSG_FIRSTHDR(&message) == NULL) {
		puts("nothing came");
		exit(2);
	}
	memcpy(&root, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(root));
	for (; *paths != NULL; paths++)
		try_path(root, *paths);
}

static void enter(const char *pid)
{
	unsigned id = geteuid();
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/user", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWUSER) < 0)
		printf("%u out: %s\n", id, strerror(errno));
	else
		printf("%u IN\n", id);
}

static void inotify(int n)
{
	int made = 0;

	while (made < n && inotify_init() >= 0)
		made++;
	printf("%d\n", made);
	fflush(stdout);
	for (;;)
		pause();
}

static void queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 8192 };
	char name[64];
	int made = 0;

	do
		snprintf(name, sizeof(name), "/sdt%d.%d", (int)getpid(), made);
	while (mq_open(name, O_RDWR | O_CREAT, 0600, &attr) >= 0 && ++made < 1000);
	printf("%d\n", made);
	fflush(stdout);
	for (;;)
		pause();
}

static void nest(void)
{
	int made = 0;

	while (unshare(CLONE_NEWUSER) == 0)
		made++;
	printf("%d\n", made);
	fflush(stdout);
	for (;;)
		pause();
}

static int follow(const char *path, int yes)
{
	struct { unsigned long long set, clear, propagation, userns; } attr = { 0 };

	if (yes)
		attr.clear = NOSYMFOLLOW;
	else
		attr.set = NOSYMFOLLOW;
	return syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof(attr)) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 3 && strcmp(argv[1], "give") == 0)
		give(argv[2], argv[3]);
	else if (argc > 3 && strcmp(argv[1], "take") == 0)
		take(argv[2], argv + 3);
	else if (argc == 3 && strcmp(argv[1], "enter") == 0)
		enter(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "inotify") == 0)
		inotify(atoi(argv[2]));
	else if (argc == 4 && strcmp(argv[1], "follow") == 0)
		return follow(argv[2], argv[3][0] == 'y');
	else if (argc == 2 && strcmp(argv[1], "queues") == 0)
		queues();
	else if (argc == 2 && strcmp(argv[1], "nest") == 0)
		nest();
	else if (argc == 2 && strcmp(argv[1], "ping") == 0)
		puts(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) >= 0 ? "yes" : strerror(errno));
	return 0;
}
