/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/child.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/slice.h"
#include "runtime/file.h"

/* What a child says: 0 and perhaps a descriptor, or 1 and a line of text. */
struct message {
	char failed;
	char text[sizeof(((struct error *)0)->text)];
};

/* --- in the child -------------------------------------------------------------------------- */

static void say(int to, const struct message *message, int fd)
{
	union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec bytes = { .iov_base = (void *)message, .iov_len = sizeof(*message) };
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		packet.msg_control = control.bytes;
		packet.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	_exit(sendmsg(to, &packet, MSG_NOSIGNAL) == (ssize_t)sizeof(*message) ? 0 : 1);
}

static void give_up(int to, const char *what)
{
	struct message message = { .failed = 1 };

	(void)snprintf(message.text, sizeof(message.text), "%s: %s", what, strerror(errno));
	say(to, &message, -1);
}

/*
 * Changing ids clears both of these, so they come after it. A parent that is gone by then has not seen us
 * begin: the socket's other end is gone with it.
 */
static void tie_to_parent(int to, pid_t parent)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		give_up(to, "prctl");
	if (getppid() != parent)
		_exit(1);
}

static void become_user(int to, const struct identity *who)
{
	if (setgroups(who->n_groups, who->group) < 0 || setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		give_up(to, "changing ids");
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		give_up(to, "giving up capabilities");
}

static void enter(int to, int namespace_fd)
{
	if (setns(namespace_fd, CLONE_NEWUSER) < 0 || setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 ||
	    setresuid(0, 0, 0) < 0)
		give_up(to, "entering the user namespace");
}

static void become_owner(int to, uint32_t owner)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(owner, owner, owner) < 0 || setresuid(owner, owner, owner) < 0 ||
	    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN) != 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) != 0 || unshare(CLONE_NEWUSER) < 0)
		give_up(to, "making a user namespace");
}

/* --- in the parent ---------------------------------------------------------------------------- */

static int hear(int from, const struct child_work *work, int *ret_fd, struct error *reterr)
{
	union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct message message = { .failed = 1 };
	struct iovec bytes = { .iov_base = &message, .iov_len = sizeof(message) };
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(from, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&packet) : NULL;

	*ret_fd = CHILD_NOTHING;
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	if (n != (ssize_t)sizeof(message))
		return error_set(reterr, ERR_SYSTEM, "%s: the process that does it was ended", work->what);
	message.text[sizeof(message.text) - 1] = '\0';
	return message.failed ? error_set(reterr, ERR_DENIED, "%s: %s", work->what, message.text) : 0;
}

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits for the child's word. In short steps, since that it was stopped makes no descriptor ready. */
static int wait_for(int from, pid_t pid, const struct child_work *work, int *ret_fd,
		    struct error *reterr)
{
	long long end = now_ms() + work->seconds * 1000LL;
	struct pollfd poll_fd = { .fd = from, .events = POLLIN };
	siginfo_t info;

	for (;;) {
		if (poll(&poll_fd, 1, 100) > 0)
			return hear(from, work, ret_fd, reterr);
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
			return error_set(reterr, ERR_DENIED, "%s: the process that does it was stopped",
					 work->what);
		if (now_ms() >= end)
			return error_set(reterr, ERR_TIMEOUT, "%s: no answer within %u seconds",
					 work->what, work->seconds);
	}
}

/* One that does not end, since a file server holds it, is init's then. */
static void end_child(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	for (int i = 0; i < 20 && waitpid(pid, NULL, WNOHANG) == 0; i++)
		(void)usleep(i < 10 ? 1000 : 20000);
}

/*
 * Forks. In the child: sets *ret_pid to 0 and *ret_fd to the socket to the parent. The parent keeps the
 * other end of it.
 */
static int start(pid_t *ret_pid, int *ret_fd, struct error *reterr)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(reterr, ERR_SYSTEM, "socketpair: %s", strerror(errno));
	*ret_pid = fork();
	if (*ret_pid < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return error_set(reterr, ERR_SYSTEM, "fork: %s", strerror(errno));
	}
	(void)close(ends[*ret_pid == 0 ? 0 : 1]);
	*ret_fd = ends[*ret_pid == 0 ? 1 : 0];
	return 0;
}

static int run(const struct identity *who, int namespace_fd, const struct child_work *work,
	       int *ret_fd, struct error *reterr)
{
	pid_t parent = getpid(), pid;
	int fd, result;

	if (start(&pid, &fd, reterr) < 0)
		return -1;
	if (pid == 0) {
		struct message message = { .failed = 0 };
		struct error error = { .code = ERR_NONE };
		int given;

		if (who != NULL)
			become_user(fd, who);
		else
			enter(fd, namespace_fd);
		tie_to_parent(fd, parent);
		given = work->work(work->argument, &error);
		message.failed = given < CHILD_NOTHING;
		(void)snprintf(message.text, sizeof(message.text), "%s", error.text);
		say(fd, &message, given);
	}
	result = wait_for(fd, pid, work, ret_fd, reterr);
	end_child(pid);
	(void)close(fd);
	return result;
}

int child_as_user(const struct identity *who, const struct child_work *work, int *ret_fd,
		  struct error *reterr)
{
	return run(who, -1, work, ret_fd, reterr);
}

int child_in_namespace(int namespace_fd, const struct child_work *work, int *ret_fd,
		       struct error *reterr)
{
	return run(NULL, namespace_fd, work, ret_fd, reterr);
}

/* --- the namespace ------------------------------------------------------------------------------- */

static int write_map(pid_t pid, const char *name, struct slice text)
{
	char path[64];
	int fd, result;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* The kernel takes a map in one write, or not at all. */
	result = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n ? 0 : -1;
	if (fd >= 0)
		(void)close(fd);
	return result;
}

int child_namespace(uint32_t owner, struct slice uid_map, struct slice gid_map, struct error *reterr)
{
	const struct child_work work = { .what = "making the user namespace", .seconds = 10 };
	pid_t parent = getpid(), pid;
	int fd, nothing, result = -1;
	char path[64];

	if (start(&pid, &fd, reterr) < 0)
		return -1;
	if (pid == 0) {
		struct message message = { .failed = 0 };

		become_owner(fd, owner);
		tie_to_parent(fd, parent);
		if (send(fd, &message, sizeof(message), MSG_NOSIGNAL) != (ssize_t)sizeof(message))
			_exit(1);
		/* It stays until it is ended, so that its number is not another's. */
		for (;;)
			(void)pause();
	}
	if (wait_for(fd, pid, &work, &nothing, reterr) == 0) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		if (write_map(pid, "uid_map", uid_map) < 0 || write_map(pid, "gid_map", gid_map) < 0 ||
		    (result = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			result = error_set(reterr, ERR_SYSTEM, "cannot map the user's ids: %s", strerror(errno));
	}
	end_child(pid);
	(void)close(fd);
	return result;
}
