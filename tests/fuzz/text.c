/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <jansson.h>

#include "docker/answer.h"

/* Whatever a request says, the record has one line of plain JSON. */
void fuzz_text(struct slice in)
{
	struct buf line = buf_new(1 << 22);
	char *message = answer_without_ids(in);
	json_t *value;

	buf_add_json(&line, in);
	MUST(!line.failed);
	for (size_t i = 0; i < line.len; i++)
		MUST(line.data[i] >= ' ' && line.data[i] <= '~');
	value = json_loadb(line.data, line.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	MUST(json_is_string(value));
	json_decref(value);
	buf_free(&line);
	free(message);
}
