/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "setgid/die.h"
#include "setgid/giveup.h"

#define FILTER_MAX 4096		/* instructions: the kernel's own limit */

enum who { BOTH, KEEPER };

static const struct {
	int number;
	enum who who;
} allowed[] = {
#define ALLOW(call, who, reason) { SCMP_SYS(call), who },
#include "helper/sandbox.def"
};

static struct sock_filter worker_code[FILTER_MAX];
static struct sock_fprog worker_filter = { .filter = worker_code };

static scmp_filter_ctx new_list(enum who who)
{
	scmp_filter_ctx list = giveup_list();

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (who == KEEPER || allowed[i].who == BOTH)
			giveup_allow(list, allowed[i].number);
	return list;
}

/* What the gatekeeper may only with certain arguments. */
static void narrow_keeper(scmp_filter_ctx list)
{
	static const int reads[] = { SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg) };
	static const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

	/* Who holds the group reads no byte of a client: those are at high numbers. */
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		giveup_allow_if(list, reads[i], SCMP_A0(SCMP_CMP_LT, CLIENT_FD_MIN));
	/* Files are opened for reading, or for appending; never made. */
	giveup_allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	giveup_allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_WRONLY | O_APPEND));
	/* Terminals are asked what they are by libc's streams; nothing is pushed into one. */
	giveup_allow_if(list, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, 0x5401 /* TCGETS */));
}

/* The worker's list as code, so that each worker has only to hand it to the kernel. */
static void prepare_worker(void)
{
	scmp_filter_ctx list = new_list(BOTH);
	int ends[2];
	ssize_t n;

	giveup_allow(list, SCMP_SYS(recvfrom));
	/* One of a user's workers at a time makes the private network. */
	giveup_allow_if(list, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETLK));
	/* A path of the caller's is looked at without being opened: such a descriptor reads nothing. */
	giveup_allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND |
						 O_PATH | O_NOFOLLOW, O_PATH | O_NOFOLLOW));
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 || seccomp_export_bpf(list, ends[1]) < 0)
		die(EXIT_FAILED, "cannot prepare the list of system calls");
	n = read(ends[0], worker_code, sizeof(worker_code));
	if (n <= 0 || (size_t)n == sizeof(worker_code) || (size_t)n % sizeof(worker_code[0]) != 0)
		bug("the list of system calls is too long");
	worker_filter.len = (unsigned short)((size_t)n / sizeof(worker_code[0]));
	(void)close(ends[0]);
	(void)close(ends[1]);
	seccomp_release(list);
}

void confine_gatekeeper(void)
{
	scmp_filter_ctx list;

	giveup_privileges();
	prepare_worker();
	list = new_list(KEEPER);
	narrow_keeper(list);
	giveup_load(list);
}

long confine_landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* No rule is added to the set: nothing below any directory may be touched. Kernels without it go on. */
static void no_paths(void)
{
	/* What this build may be too old to know by name (landlock(7)). */
	struct { uint64_t fs, net, scoped; } set = { .fs = 0 };
	static const struct { size_t size; uint64_t fs, net, scoped; } by_abi[] = {
		{ 8, 0x1fff, 0, 0 }, { 8, 0x3fff, 0, 0 }, { 8, 0x7fff, 0, 0 }, { 16, 0x7fff, 3, 0 },
		{ 16, 0xffff, 3, 0 }, { 24, 0xffff, 3, 3 },
	};
	long abi = confine_landlock_abi(), fd;
	size_t i;

	if (abi < 1)
		return;
	i = abi > 6 ? 5 : (size_t)abi - 1;
	set.fs = by_abi[i].fs;
	set.net = by_abi[i].net;
	set.scoped = by_abi[i].scoped;
	fd = syscall(SYS_landlock_create_ruleset, &set, by_abi[i].size, 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		die(EXIT_FAILED, "cannot shut the worker off from files");
	(void)close((int)fd);
}

void confine_worker(gid_t group, pid_t bound_to)
{
	giveup_group(group);
	/* Behind the change of ids, which would clear it. */
	if (bound_to != 0 && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != bound_to))
		die(EXIT_FAILED, "the gatekeeper has ended");
	no_paths();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &worker_filter) < 0)
		die(EXIT_FAILED, "cannot confine the worker");
}
