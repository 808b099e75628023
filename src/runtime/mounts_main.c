/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-mounts [--check] [DATA-ROOT] - makes the engine's trees follow no links (trees.h), before the
 * engine starts; with --check says whether they do. Without DATA-ROOT it is that of daemon.json.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "runtime/file.h"
#include "runtime/trees.h"

#define DAEMON_JSON "/etc/docker/daemon.json"
#define DATA_ROOT "/var/lib/docker"	/* the engine's own default */

/* What the engine will use when nothing on its command line says otherwise; NULL with a reason. */
static const char *configured(struct error *reterr)
{
	const char *path;
	json_t *config;

	if (access(DAEMON_JSON, F_OK) < 0)
		return DATA_ROOT;
	/* It stays until the end, as the text does. */
	config = file_json(DAEMON_JSON, NULL, reterr);
	if (config == NULL)
		return NULL;
	path = json_string_value(json_object_get(config, "data-root"));
	return path != NULL ? path : DATA_ROOT;
}

int main(int argc, char **argv)
{
	struct error error = { .code = ERR_NONE };
	int checking = argc > 1 && strcmp(argv[1], "--check") == 0;
	const char *data_root = argc > 1 + checking ? argv[1 + checking] : configured(&error);

	if (argc > 2 + checking || (data_root != NULL && data_root[0] == '-')) {
		(void)fprintf(stderr, "usage: safedocker-mounts [--check] [DATA-ROOT]\n");
		return 2;
	}
	if (data_root != NULL && (checking ? trees_check : trees_make)(data_root, &error) == 0)
		return 0;
	(void)fprintf(stderr, "safedocker-mounts: %s\n", error.text);
	return 1;
}
