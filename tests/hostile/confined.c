/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confined - what a confined process of each setgid program may still ask of the kernel, by trying
 * it. The confinement is the program's own, linked from its sources; there is no way to ask the
 * program itself for such a call. Installed setgid as they are, it prints for every try
 * `PROCESS CALL EXPECTED SEEN`, where the last two are `killed`, `refused` or `done`.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/sandbox.h"
#include "helper/confine.h"
#include "record/sandbox.h"
#include "setgid/giveup.h"

#define CLIENT (CLIENT_FD_MIN + 3)

static int low, client, unconnected;	/* made before the confinement: a pipe, two sockets */
static gid_t own, group;
static char byte[1];
static struct iovec one = { .iov_base = byte, .iov_len = 1 };
static char *const nothing[] = { NULL };
static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };

static long other_abi(void)
{
#ifdef __x86_64__
	/* getpid(2) as x32 programs call it; kernels that have no such programs kill it all the same. */
	return syscall(0x40000000L | SYS_getpid);
#else
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
#endif
}

static long recv_message(int fd)
{
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1 };

	return syscall(SYS_recvmsg, fd, &message, MSG_DONTWAIT);
}

/*
 * CALL(name, what the gatekeeper gets, what the worker gets, expression: < 0 when refused). What the
 * processes of the other two programs get stands in `others` below.
 */
#define CALLS \
	/* Other programs, other ids. */ \
	CALL(execve, KILLED, KILLED, execve("/bin/true", nothing, nothing)) \
	CALL(execveat, KILLED, KILLED, syscall(SYS_execveat, AT_FDCWD, "/bin/true", nothing, nothing, 0)) \
	CALL(setresgid, DONE, KILLED, syscall(SYS_setresgid, own, group, group)) \
	CALL(setresuid, KILLED, KILLED, syscall(SYS_setresuid, -1, -1, -1)) \
	CALL(setgid, KILLED, KILLED, syscall(SYS_setgid, group)) \
	CALL(setregid, KILLED, KILLED, syscall(SYS_setregid, group, group)) \
	CALL(setfsgid, KILLED, KILLED, syscall(SYS_setfsgid, group)) \
	CALL(setgroups, KILLED, KILLED, syscall(SYS_setgroups, 0, NULL)) \
	CALL(capset, KILLED, KILLED, syscall(SYS_capset, NULL, NULL)) \
	CALL(fork, DONE, KILLED, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) \
	CALL(vfork, KILLED, KILLED, syscall(SYS_clone3, NULL, 0)) \
	CALL(unshare, KILLED, KILLED, syscall(SYS_unshare, 0x10000000)) \
	CALL(another_abi, KILLED, KILLED, other_abi()) \
	/* Files. */ \
	CALL(duplicate, DONE, KILLED, fcntl(2, F_DUPFD_CLOEXEC, 100)) \
	CALL(lock, REFUSED, REFUSED, fcntl(-1, F_SETLK, &(struct flock){ .l_type = F_WRLCK })) \
	CALL(open_to_read, DONE, KILLED, open("/etc/passwd", O_RDONLY)) \
	CALL(open_to_append, REFUSED, KILLED, open("/etc/passwd", O_WRONLY | O_APPEND)) \
	CALL(open_to_write, KILLED, KILLED, open("/etc/passwd", O_WRONLY)) \
	CALL(open_for_both, KILLED, KILLED, open("/etc/passwd", O_RDWR)) \
	CALL(open_for_both_appending, KILLED, KILLED, open("/etc/passwd", O_RDWR | O_APPEND)) \
	CALL(open_new, KILLED, KILLED, open("/tmp/confined", O_RDONLY | O_CREAT, 0600)) \
	CALL(open_new_appending, KILLED, KILLED, open("/tmp/confined", O_WRONLY | O_APPEND | O_CREAT, 0600)) \
	CALL(open_emptied, KILLED, KILLED, open("/etc/passwd", O_WRONLY | O_APPEND | O_TRUNC)) \
	CALL(open_nameless, KILLED, KILLED, open("/tmp", O_TMPFILE | O_RDWR, 0600)) \
	CALL(open_tickets, KILLED, KILLED, open("/nowhere/tickets", O_RDWR | O_CREAT | O_NOFOLLOW, 0600)) \
	CALL(open_tickets_behind_a_link, KILLED, KILLED, open("/nowhere/tickets", O_RDWR | O_CREAT, 0600)) \
	CALL(open_tickets_emptied, KILLED, KILLED, open("/nowhere/tickets", O_RDWR | O_CREAT | O_NOFOLLOW | O_TRUNC, 0600)) \
	CALL(openat2, KILLED, KILLED, syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0)) \
	CALL(look_at_a_path, DONE, DONE, open("/etc/passwd", O_PATH | O_NOFOLLOW)) \
	CALL(look_behind_a_link, DONE, KILLED, open("/etc/passwd", O_PATH)) \
	CALL(unlink, KILLED, KILLED, syscall(SYS_unlinkat, AT_FDCWD, "/nowhere", 0)) \
	CALL(rename, KILLED, KILLED, syscall(SYS_renameat2, AT_FDCWD, "/nowhere", AT_FDCWD, "/nowhere2", 0)) \
	CALL(chmod, KILLED, KILLED, syscall(SYS_fchmodat, AT_FDCWD, "/nowhere", 0, 0)) \
	CALL(fchmod, KILLED, KILLED, syscall(SYS_fchmod, low, 0)) \
	CALL(chown, KILLED, KILLED, syscall(SYS_fchown, low, -1, -1)) \
	CALL(truncate, KILLED, KILLED, syscall(SYS_ftruncate, low, 0)) \
	CALL(link, KILLED, KILLED, syscall(SYS_linkat, AT_FDCWD, "/etc/passwd", AT_FDCWD, "/tmp/confined", 0)) \
	CALL(symlink, KILLED, KILLED, syscall(SYS_symlinkat, "/", AT_FDCWD, "/tmp/confined")) \
	CALL(mkdir, KILLED, KILLED, syscall(SYS_mkdirat, AT_FDCWD, "/tmp/confined", 0700)) \
	CALL(mount, KILLED, KILLED, syscall(SYS_mount, NULL, NULL, NULL, 0, NULL)) \
	CALL(chdir, KILLED, KILLED, syscall(SYS_chdir, "/")) \
	/* Sockets. */ \
	CALL(socket, DONE, KILLED, socket(AF_UNIX, SOCK_STREAM, 0)) \
	CALL(connect, REFUSED, KILLED, connect(unconnected, (const struct sockaddr *)&address, sizeof(address))) \
	CALL(bind, KILLED, KILLED, bind(unconnected, (const struct sockaddr *)&address, sizeof(address))) \
	CALL(listen, KILLED, KILLED, listen(unconnected, 1)) \
	CALL(accept, REFUSED, KILLED, syscall(SYS_accept4, unconnected, NULL, NULL, 0)) \
	/* The client's bytes are the worker's alone. */ \
	CALL(read_client, KILLED, KILLED, syscall(SYS_read, CLIENT, byte, 1)) \
	CALL(pread_client, KILLED, KILLED, syscall(SYS_pread64, CLIENT, byte, 1, 0)) \
	CALL(readv_client, KILLED, KILLED, syscall(SYS_readv, CLIENT, &one, 1)) \
	CALL(recvfrom_client, KILLED, KILLED, syscall(SYS_recvfrom, CLIENT, byte, 1, MSG_DONTWAIT, NULL, NULL)) \
	CALL(recvfrom_own, REFUSED, REFUSED, syscall(SYS_recvfrom, client, byte, 1, MSG_DONTWAIT, NULL, NULL)) \
	CALL(recvmsg_client, KILLED, KILLED, recv_message(CLIENT)) \
	CALL(recvmmsg_client, KILLED, KILLED, syscall(SYS_recvmmsg, CLIENT, NULL, 0, 0, NULL)) \
	CALL(splice_client, KILLED, KILLED, syscall(SYS_splice, CLIENT, NULL, low, NULL, 1, 0)) \
	CALL(read_own, REFUSED, KILLED, syscall(SYS_read, low, byte, 1)) \
	/* Other processes. */ \
	CALL(ptrace, KILLED, KILLED, syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0)) \
	CALL(process_vm_readv, KILLED, KILLED, syscall(SYS_process_vm_readv, 1, &one, 1, &one, 1, 0)) \
	CALL(pidfd_getfd, KILLED, KILLED, syscall(SYS_pidfd_getfd, 0, 0, 0)) \
	CALL(kill, KILLED, KILLED, syscall(SYS_kill, 1, 0)) \
	CALL(tgkill, KILLED, KILLED, syscall(SYS_tgkill, 1, 1, 0)) \
	/* Its own confinement, a terminal, executable memory of a file. */ \
	CALL(be_dumpable, DONE, KILLED, prctl(PR_SET_DUMPABLE, 0)) \
	CALL(terminal_input, KILLED, KILLED, ioctl(low, TIOCSTI, "x")) \
	CALL(bpf, KILLED, KILLED, syscall(SYS_bpf, 0, NULL, 0)) \
	CALL(keyctl, KILLED, KILLED, syscall(SYS_keyctl, 0, 0)) \
	CALL(io_uring, KILLED, KILLED, syscall(SYS_io_uring_setup, 1, NULL)) \
	CALL(userfaultfd, KILLED, KILLED, syscall(SYS_userfaultfd, 0)) \
	/* And what both of them live by. */ \
	CALL(write, DONE, DONE, write(client, "x", 1)) \
	CALL(send, DONE, DONE, send(client, "x", 1, MSG_DONTWAIT)) \
	CALL(getrandom, DONE, DONE, syscall(SYS_getrandom, byte, 1, 0)) \
	CALL(memory, DONE, DONE, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0)

enum result { DONE, REFUSED, KILLED, ODD };
static const char *const results[] = { "done", "refused", "killed", "odd" };

enum {
#define CALL(name, keeper, worker, expression) CALL_##name,
	CALLS
#undef CALL
	N_CALLS
};

static long try(int which)
{
	switch (which) {
#define CALL(name, keeper, worker, expression) case CALL_##name: return (long)(expression);
	CALLS
#undef CALL
	default:
		return -1;
	}
}

enum process { GATEKEEPER, WORKER, AUTH, READER, KEEPER, PROCESSES };
static const char *const processes[PROCESSES] = { "gatekeeper", "worker", "auth", "reader", "keeper" };

/* What safedocker-auth, and the two processes of safedocker-record, are not killed for. */
static const struct { int call; enum result auth, reader, keeper; } others[] = {
	{ CALL_lock, REFUSED, KILLED, KILLED },
	{ CALL_unlink, REFUSED, KILLED, REFUSED },
	{ CALL_rename, KILLED, KILLED, REFUSED },
	{ CALL_truncate, REFUSED, KILLED, KILLED },
	{ CALL_open_tickets, REFUSED, KILLED, KILLED },
	{ CALL_read_client, REFUSED, REFUSED, KILLED },
	{ CALL_pread_client, REFUSED, REFUSED, KILLED },
	{ CALL_read_own, REFUSED, REFUSED, KILLED },
	{ CALL_write, DONE, DONE, DONE },
	{ CALL_getrandom, DONE, DONE, KILLED },
	{ CALL_memory, DONE, DONE, DONE },
};

static enum result expected(enum process process, int which, enum result keeper, enum result worker)
{
	if (process == GATEKEEPER || process == WORKER)
		return process == WORKER ? worker : keeper;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].call == which)
			return process == AUTH ? others[i].auth : process == READER ? others[i].reader : others[i].keeper;
	return KILLED;
}

/* As the program's own main() does it. */
static void become(enum process process)
{
	switch (process) {
	case GATEKEEPER:
	case WORKER:
		confine_gatekeeper();
		if (process == WORKER)
			confine_worker(group, 0);
		break;
	case AUTH:
		giveup_privileges();
		sandbox_auth();
		break;
	case READER:
		giveup_group(group);
		giveup_privileges();
		sandbox_reader();
		break;
	case KEEPER:
		giveup_privileges();
		sandbox_keeper();
		break;
	case PROCESSES:
		break;
	}
}

static enum result result_of(enum process process, int which)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)dup2(client, CLIENT);
		become(process);
		_exit(try(which) < 0 ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return ODD;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : ODD;
	return WEXITSTATUS(status) == 0 ? DONE : WEXITSTATUS(status) == 1 ? REFUSED : ODD;
}

int main(void)
{
	static const struct { const char *name; enum result keeper, worker; } calls[] = {
#define CALL(name, keeper, worker, expression) { #name, keeper, worker },
		CALLS
#undef CALL
	};
	static const struct rlimit none;
	int ends[2], sockets[2];

	own = getgid();
	group = getegid();
	(void)setrlimit(RLIMIT_CORE, &none);
	unconnected = socket(AF_UNIX, SOCK_STREAM, 0);
	if (pipe2(ends, O_NONBLOCK) < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) < 0 || unconnected < 0)
		return 1;
	low = ends[0];
	client = sockets[0];
	for (int i = 0; i < N_CALLS; i++) {
		for (enum process p = GATEKEEPER; p < PROCESSES; p++)
			(void)printf("%s %s %s %s\n", processes[p], calls[i].name,
				     results[expected(p, i, calls[i].keeper, calls[i].worker)], results[result_of(p, i)]);
		(void)fflush(stdout);
	}
	return 0;
}
