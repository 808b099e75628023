/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/giveup.h"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "setgid/die.h"

static void no_capabilities(void)
{
	/*
	 * Only who has CAP_SETPCAP can empty the bounding set, and only root could fill itself
	 * from it.
	 */
	capng_select_t which =
		geteuid() == 0 ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	capng_clear(which);
	if (capng_apply(which) != 0)
		die(EXIT_FAILED, "cannot give up capabilities");
	if (capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE ||
	    capng_have_permitted_capabilities() != CAPNG_NONE ||
	    capng_have_capabilities(CAPNG_SELECT_AMBIENT) > CAPNG_NONE)
		die(EXIT_FAILED, "capabilities are left");
}

static void no_dumps(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		die(EXIT_FAILED, "cannot make the process non-dumpable");
}

void giveup_privileges(void)
{
	no_capabilities();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die(EXIT_FAILED, "cannot confine the process");
	no_dumps();
}

/*
 * The saved gid stays: as long as it is not the caller's, the kernel refuses
 * ptrace, pidfd_getfd, process_vm_readv, kcmp and prlimit from the same uid, even
 * with fs.suid_dumpable = 1. A full drop leaves only the dumpable flag between
 * the caller and what is open here. It cannot be used: no call that sets
 * ids is in the list of a process that has given the group up.
 */
void giveup_group(gid_t group)
{
	gid_t own = getgid(), r, e, s;

	if (setresgid(own, own, group) < 0 || getresgid(&r, &e, &s) < 0 || r != own || e != own)
		die(EXIT_FAILED, "cannot give up group %s", SAFEDOCKER_GROUP);
	/* A changed gid sets the flag back to what fs.suid_dumpable says. */
	no_dumps();
}

/* --- system calls ------------------------------------------------------------------- */
scmp_filter_ctx giveup_list(void)
{
	scmp_filter_ctx list = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (list == NULL)
		die(EXIT_FAILED, "cannot build the list of system calls");
	/*
	 * A tree where the library can make one: every system call is looked up, twice in a
	 * worker.
	 */
	(void)seccomp_attr_set(list, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return list;
}

void giveup_allow(scmp_filter_ctx list, int call)
{
	if (seccomp_rule_add(list, SCMP_ACT_ALLOW, call, 0) < 0)
		die(EXIT_FAILED, "cannot build the list of system calls");
}

void giveup_allow_if(scmp_filter_ctx list, int call, struct scmp_arg_cmp condition)
{
	if (seccomp_rule_add(list, SCMP_ACT_ALLOW, call, 1, condition) < 0)
		die(EXIT_FAILED, "cannot build the list of system calls");
}

void giveup_load(scmp_filter_ctx list)
{
	if (seccomp_load(list) < 0)
		die(EXIT_FAILED, "this kernel has no seccomp; safedocker does not run without");
	seccomp_release(list);
}
