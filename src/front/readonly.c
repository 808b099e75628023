/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/readonly.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What writes, makes or removes; by the version of the kernel's interface (landlock(7)). */
#define WRITING ((uint64_t)(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM))
#define REFER (UINT64_C(1) << 13)	/* from version 2 on; version 1 never allows it */
#define TRUNCATE (UINT64_C(1) << 14)	/* from version 3 on */

static long version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

int readonly_check(struct error *reterr)
{
	if (version() < 1)
		return error_set(reterr, ERR_SYSTEM,
				 "this kernel has no Landlock (Linux 5.13, with landlock among its "
				 "security modules): docker would run with write access to your "
				 "files, so nothing is explained");
	return 0;
}

static void let_write(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE,
	};

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return;
	(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
}

int readonly_enter(struct error *reterr)
{
	long abi = version();
	struct landlock_ruleset_attr set = { .handled_access_fs = WRITING };
	int fd;

	if (abi >= 2)
		set.handled_access_fs |= REFER;
	if (abi >= 3)
		set.handled_access_fs |= TRUNCATE;
	fd = abi < 1 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &set,
					 sizeof(set.handled_access_fs), 0);
	if (fd < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot shut docker off from files: %s",
				 strerror(errno));
	let_write(fd, "/dev/null");
	let_write(fd, "/dev/tty");
	let_write(fd, "/dev/pts");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot shut docker off from files: %s",
				 strerror(errno));
	(void)close(fd);
	return 0;
}
