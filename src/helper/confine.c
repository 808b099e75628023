/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/confine.h"

#include <cap-ng.h>
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

#include "helper/die.h"

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

static void allow(scmp_filter_ctx list, int number)
{
	if (seccomp_rule_add(list, SCMP_ACT_ALLOW, number, 0) < 0)
		die(EXIT_FAILED, "cannot build the list of system calls");
}

static void allow_if(scmp_filter_ctx list, int number, struct scmp_arg_cmp condition)
{
	if (seccomp_rule_add(list, SCMP_ACT_ALLOW, number, 1, condition) < 0)
		die(EXIT_FAILED, "cannot build the list of system calls");
}

static scmp_filter_ctx new_list(enum who who)
{
	scmp_filter_ctx list = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (list == NULL)
		die(EXIT_FAILED, "cannot build the list of system calls");
	/* A tree where the library can make one: every system call is looked up, twice in a worker. */
	(void)seccomp_attr_set(list, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (who == KEEPER || allowed[i].who == BOTH)
			allow(list, allowed[i].number);
	return list;
}

/* What the gatekeeper may only with certain arguments. */
static void narrow_keeper(scmp_filter_ctx list)
{
	static const int reads[] = { SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg) };
	static const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

	/* Who holds the group reads no byte of a client: those are at high numbers. */
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		allow_if(list, reads[i], SCMP_A0(SCMP_CMP_LT, CLIENT_FD_MIN));
	/* Files are opened for reading, or for appending; never made. */
	allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_WRONLY | O_APPEND));
	/* Terminals are asked what they are by libc's streams; nothing is pushed into one. */
	allow_if(list, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, 0x5401 /* TCGETS */));
}

/* The worker's list as code, so that each worker has only to hand it to the kernel. */
static void prepare_worker(void)
{
	scmp_filter_ctx list = new_list(BOTH);
	int ends[2];
	ssize_t n;

	allow(list, SCMP_SYS(recvfrom));
	/* One of a user's workers at a time makes the private network. */
	allow_if(list, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETLK));
	/* A path of the caller's is looked at without being opened: such a descriptor reads nothing. */
	allow_if(list, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND |
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

static void no_capabilities(void)
{
	/* Only who has CAP_SETPCAP can empty the bounding set, and only root could fill itself from it. */
	capng_select_t which = geteuid() == 0 ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	capng_clear(which);
	if (capng_apply(which) != 0)
		die(EXIT_FAILED, "cannot give up capabilities");
	if (capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE ||
	    capng_have_permitted_capabilities() != CAPNG_NONE ||
	    capng_have_capabilities(CAPNG_SELECT_AMBIENT) > CAPNG_NONE)
		die(EXIT_FAILED, "capabilities are left");
}

static void load_keeper(void)
{
	scmp_filter_ctx list = new_list(KEEPER);

	narrow_keeper(list);
	if (seccomp_load(list) < 0)
		die(EXIT_FAILED, "this kernel has no seccomp; safedocker does not run without");
	seccomp_release(list);
}

void confine_gatekeeper(void)
{
	no_capabilities();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    prctl(PR_GET_DUMPABLE) != 0)
		die(EXIT_FAILED, "cannot confine the helper");
	prepare_worker();
	load_keeper();
}

/*
 * The saved gid stays: as long as it is not the caller's, the kernel refuses
 * ptrace, pidfd_getfd, process_vm_readv, kcmp and prlimit from the same uid, even
 * with fs.suid_dumpable = 1. A full drop leaves only the dumpable flag between
 * the caller and the engine's descriptor. It cannot be used: no call that sets
 * ids is in the worker's list.
 */
static void give_up_group(gid_t group)
{
	gid_t own = getgid(), r, e, s;

	if (setresgid(own, own, group) < 0 || getresgid(&r, &e, &s) < 0 || r != own || e != own)
		die(EXIT_FAILED, "cannot give up group %s", SAFEDOCKER_GROUP);
	/* A changed gid sets the flag back to what fs.suid_dumpable says. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		die(EXIT_FAILED, "cannot make the worker non-dumpable");
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
	give_up_group(group);
	/* Behind the change of ids, which would clear it. */
	if (bound_to != 0 && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != bound_to))
		die(EXIT_FAILED, "the gatekeeper has ended");
	no_paths();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &worker_filter) < 0)
		die(EXIT_FAILED, "cannot confine the worker");
}
