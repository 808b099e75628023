/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "front/capture.h"
#include "front/session.h"

#define OUTPUT_MAX (4 * 1024 * 1024)
#define ASKED_MAX 200		/* containers that are asked about */

int usage_count(struct usage *ret)
{
	static char docker[] = SAFEDOCKER_DOCKER_CLI, ps[] = "ps", all[] = "-q",
		    truncate_no[] = "--no-trunc", inspect[] = "inspect", format[] = "--format",
		    wanted[] = "{{.State.Running}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}";
	struct helper_options options = { .claimed = "rights" };
	struct buf ids = buf_new(OUTPUT_MAX), lines = buf_new(OUTPUT_MAX);
	char *list[] = { docker, ps, all, truncate_no, NULL };
	char *look[ASKED_MAX + 5] = { docker, inspect, format, wanted };
	struct socketdir dir;
	struct error why = { 0 };
	size_t n = 4;
	int r = -1;

	*ret = (struct usage){ .containers = 0 };
	if (session_check_cli(&why) < 0 || session_start(&options, &dir, &why) < 0 ||
	    session_enter(&dir, false, &why) < 0 || capture(list, &ids) != 0 ||
	    (ids.len > 0 && buf_cstr(&ids) == NULL))
		goto out;
	for (char *id = ids.len > 0 ? strtok(ids.data, "\n") : NULL;
	     id != NULL && n < ASKED_MAX + 4; id = strtok(NULL, "\n"))
		look[n++] = id;
	look[n] = NULL;
	ret->containers = n - 4;
	r = 0;
	if (n == 4 || capture(look, &lines) != 0 || buf_cstr(&lines) == NULL)
		goto out;
	for (char *line = strtok(lines.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char running[8] = "";
		long long memory = 0, cpus = 0;

		/* NOLINTNEXTLINE(cert-err34-c): the engine's own 64 bits */
		if (sscanf(line, "%7s %lld %lld", running, &memory, &cpus) != 3 ||
		    strcmp(running, "true") != 0)
			continue;
		ret->running++;
		ret->memory += memory;
		ret->unlimited_memory += memory == 0;
		ret->cpus += cpus;
	}
out:
	buf_free(&ids);
	buf_free(&lines);
	return r;
}
