/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/sandbox.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "setgid/giveup.h"

#define TO_OPEN_TICKETS                                                               \
	SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_NOFOLLOW, \
		O_RDWR | O_CREAT | O_NOFOLLOW)
#define TO_LOCK SCMP_A1(SCMP_CMP_EQ, F_SETLK)
#define FOR_TIOCGPGRP SCMP_A1(SCMP_CMP_EQ, TIOCGPGRP)
#define FOR_TCSETSF SCMP_A1(SCMP_CMP_EQ, TCSETSF)
#define FOR_TCGETS SCMP_A1(SCMP_CMP_EQ, TCGETS)
/* By number: the kernel's header for these two and libc's do not go together. */
#define FOR_TCGETS2 SCMP_A1(SCMP_CMP_EQ, 0x802c542a)
#define FOR_TCSETSF2 SCMP_A1(SCMP_CMP_EQ, 0x402c542d)

void sandbox_auth(void)
{
	scmp_filter_ctx list = giveup_list();

#define ALLOW(call, reason) giveup_allow(list, SCMP_SYS(call));
#define ALLOW_IF(call, condition, reason) giveup_allow_if(list, SCMP_SYS(call), condition);
#include "auth/sandbox.def"
	giveup_load(list);
}
