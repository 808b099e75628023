/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-mounts [--check] DATA-ROOT - makes the engine's trees follow no links (trees.h), before the
 * engine starts; with --check says whether they do.
 */
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "runtime/trees.h"

int main(int argc, char **argv)
{
	struct error error = { .code = ERR_NONE };
	int checking = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != 2 + checking || argv[argc - 1][0] == '-') {
		(void)fprintf(stderr, "usage: safedocker-mounts [--check] DATA-ROOT\n");
		return 2;
	}
	if ((checking ? trees_check : trees_make)(argv[argc - 1], &error) == 0)
		return 0;
	(void)fprintf(stderr, "safedocker-mounts: %s\n", error.text);
	return 1;
}
