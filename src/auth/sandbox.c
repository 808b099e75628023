/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/sandbox.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "setgid/giveup.h"

void sandbox_auth(void)
{
	scmp_filter_ctx list = giveup_list();

#define ALLOW(call, reason) giveup_allow(list, SCMP_SYS(call));
#define ALLOW_IF(call, condition, reason) giveup_allow_if(list, SCMP_SYS(call), condition);
#include "auth/sandbox.def"
	giveup_load(list);
}
