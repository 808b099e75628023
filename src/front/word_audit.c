/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit - the record, and what root does with objects that are nobody's. */
#include <string.h>

#include "front/adopt.h"
#include "front/audit.h"
#include "front/word.h"

int word_audit(int argc, char **argv)
{
	struct audit_filter f = { .n = 0 };
	const char *what = "";

	argc--;
	argv++;
	if (argc > 0 && strncmp(argv[0], "--", 2) != 0) {
		what = argv[0];
		argc--;
		argv++;
	}
	if (strcmp(what, "adopt") == 0)
		return adopt(argc, argv);
	if (strcmp(what, "replay") == 0)
		return audit_replay(argc, argv);
	if (strcmp(what, "show") == 0 && argc == 1)
		return audit_show(argv[0]);
	if (strcmp(what, "verify") == 0 && argc == 0)
		return audit_verify();
	if (audit_filter_take(&argc, &argv, &f) < 0 || argc > 0)
		return word_usage("audit");
	if (strcmp(what, "summary") == 0 && !f.follow)
		return audit_summary(&f);
	return *what == '\0' ? audit_list(&f) : word_usage("audit");
}
