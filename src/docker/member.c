/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/member.h"

#include <string.h>

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

bool text_is(const json_t *object, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && strcmp(value, text) == 0;
}

json_t *member_child(json_t *object, const char *key, json_t *(*make)(void))
{
	json_t *value = json_object_get(object, key);

	if ((value == NULL || json_is_null(value)) && json_object_set_new(object, key, make()) == 0)
		value = json_object_get(object, key);
	return json_is_null(value) ? NULL : value;
}
