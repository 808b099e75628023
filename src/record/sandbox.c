/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/sandbox.h"

#include "setgid/giveup.h"

enum who { READER = 1, KEEPER = 2, BOTH = READER | KEEPER };

static void load(enum who who)
{
	static const struct { int number; enum who who; } allowed[] = {
#define ALLOW(call, who, reason) { SCMP_SYS(call), who },
#include "record/sandbox.def"
	};
	scmp_filter_ctx list = giveup_list();

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if ((allowed[i].who & who) != 0)
			giveup_allow(list, allowed[i].number);
	giveup_load(list);
}

void sandbox_reader(void)
{
	load(READER);
}

void sandbox_keeper(void)
{
	load(KEEPER);
}
