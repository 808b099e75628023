/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/label.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_owner(const char *key, const json_t *text, const struct subject *subject)
{
	unsigned long long uid;

	return strcmp(key, LABEL_OWNER) == 0 && json_is_string(text) &&
		slice_to_u64(slice_str(json_string_value(text)), UINT_MAX - 1, &uid) == 0 && uid == subject->uid;
}

/* Agents of the host act on labels; ours say whose the object is. `again`: the caller's own may stand there. */
static int judge(struct judging *j, const struct field *field, json_t *value, bool again)
{
	const char *key;
	json_t *text;

	json_object_foreach(value, key, text) {
		char *pair = NULL;
		int r;

		if (again && is_owner(key, text, j->subject))
			continue;
		if (slice_is_nocase(slice_of(key, strnlen(key, strlen(LABEL_PREFIX))), LABEL_PREFIX))
			return error_set(j->reterr, ERR_DENIED,
					 "--label %s: labels beginning with " LABEL_PREFIX
					 " are safedocker's own", key);
		if (asprintf(&pair, "%s=%s", key, json_string_value(text)) < 0)
			return error_set(j->reterr, ERR_SYSTEM, "out of memory");
		r = fields_fact(j, field, field->flag, pair, 0);
		free(pair);
		if (r < 0)
			return -1;
	}
	return 0;
}

int label_judge(struct judging *j, const struct field *field, json_t *value)
{
	return judge(j, field, value, false);
}

int label_judge_again(struct judging *j, const struct field *field, json_t *value)
{
	return judge(j, field, value, true);
}

int label_own(json_t *object, const char *key, const struct subject *subject)
{
	json_t *labels = json_object_get(object, key);

	if (labels == NULL) {
		labels = json_object();
		if (json_object_set_new(object, key, labels) < 0)
			return -1;
	}
	return json_object_set_new(labels, LABEL_OWNER, json_sprintf("%u", (unsigned)subject->uid));
}

bool label_owner(const json_t *labels, uid_t *ret)
{
	const char *text = json_string_value(json_object_get(labels, LABEL_OWNER));
	unsigned long long uid;

	if (text == NULL || slice_to_u64(slice_str(text), UINT_MAX - 1, &uid) < 0)
		return false;
	*ret = (uid_t)uid;
	return true;
}

bool label_is_ours(const json_t *labels)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)labels, key, value)
		if (slice_starts(slice_str(key), LABEL_PREFIX))
			return true;
	return false;
}

const char *label_image(const json_t *labels, const char *image)
{
	const char *asked = json_string_value(json_object_get(labels, LABEL_IMAGE));
	bool by_id = image != NULL && strncmp(image, "sha256:", 7) == 0;

	return by_id && asked != NULL && *asked != '\0' ? asked : image != NULL ? image : "";
}
