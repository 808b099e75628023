/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mapped - turning back: what the engine says of a mapped container becomes what was asked. */
#include "docker/mapped.h"

#include <string.h>

#include "docker/bind.h"
#include "docker/member.h"
#include "docker/target.h"
#include "model/variable.h"
#include "wire/json.h"

json_t *mapped_asked(const json_t *labels)
{
	const char *text = text_of(labels, MAPPED_LABEL);
	json_t *asked = *text != '\0' ? json_parse(slice_str(text), JSON_TOKENS_MAX, NULL) : NULL;

	if (!json_is_object(asked) || !json_is_array(json_object_get(asked, "mounts"))) {
		json_decref(asked);
		return NULL;
	}
	return asked;
}

static const json_t *asked_at(const json_t *asked, struct slice target)
{
	const json_t *mounts = json_object_get(asked, "mounts");

	target = target_trim(target);
	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (slice_is(target, text_of(json_array_get(mounts, i), "Target")))
			return json_array_get(mounts, i);
	return NULL;
}

int mapped_lend(json_t *lent, const json_t *labels, bool read_only)
{
	json_t *asked = mapped_asked(labels), *mounts = json_object_get(asked, "mounts");
	int r = 0;

	for (size_t i = 0; i < json_array_size(mounts) && r == 0; i++) {
		const json_t *one = json_array_get(mounts, i);

		if (json_object_get(one, "Source") != NULL)
			r = json_array_append_new(lent, json_pack("{s:s, s:s, s:b, s:b}", "Target", text_of(one, "Target"),
					"Source", text_of(one, "Source"), "RO",
					read_only || json_is_true(json_object_get(one, "RO")), "Make",
					json_is_true(json_object_get(one, "Make"))));
	}
	json_decref(asked);
	return r;
}

const char *mapped_source(const json_t *asked, const char *target, bool *ret_read_only)
{
	const json_t *one = asked_at(asked, slice_str(target));

	*ret_read_only = json_is_true(json_object_get(one, "RO"));
	return json_string_value(json_object_get(one, "Source"));
}

const char *mapped_workdir(const json_t *asked)
{
	return text_of(asked, "cwd");
}

int mapped_show_binds(json_t **binds, const json_t *asked)
{
	for (size_t i = json_array_size(*binds); i-- > 0;) {
		struct bind_text b;
		json_t *was;

		if (bind_parse(slice_str(json_string_value(json_array_get(*binds, i))), &b, NULL) < 0)
			continue;
		was = json_object_get(asked_at(asked, b.target), "Was");
		if (slice_is(b.target, VARIABLE_MARK) ? json_array_remove(*binds, i) < 0 :
		    json_is_string(was) && json_array_set(*binds, i, was) < 0)
			return -1;
	}
	if (!json_is_array(*binds) || json_array_size(*binds) > 0)
		return 0;
	/* As the engine shows a container without any. */
	json_decref(*binds);
	*binds = json_null();
	return 0;
}

int mapped_show_mounts(json_t **mounts, const json_t *asked)
{
	for (size_t i = 0; i < json_array_size(*mounts); i++) {
		json_t *was = json_object_get(asked_at(asked, slice_str(text_of(json_array_get(*mounts, i), "Target"))),
					      "Was");

		if (json_is_object(was) && json_array_set(*mounts, i, was) < 0)
			return -1;
	}
	return 0;
}

/* A place-holder is a path of the host again; of a volume the option that says "no copy" was not asked. */
static int show_point(json_t *points, size_t i, const json_t *one)
{
	json_t *point = json_array_get(points, i), *now;
	const char *source = json_string_value(json_object_get(one, "Source"));
	bool read_only = json_is_true(json_object_get(one, "RO"));

	if (source == NULL)
		return json_object_set_new(point, "Mode", json_string(json_is_string(json_object_get(one, "Was")) ? "z" : ""));
	now = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "Type", "bind", "Source", source, "Destination",
			text_of(point, "Destination"), "Mode", read_only ? "ro" : "", "RW", !read_only, "Propagation",
			"rprivate");
	return now == NULL ? -1 : json_array_set_new(points, i, now);
}

int mapped_show_points(json_t *points, const json_t *asked)
{
	for (size_t i = json_array_size(points); i-- > 0;) {
		const json_t *point = json_array_get(points, i);
		const char *target = text_of(point, "Destination");
		const json_t *one = asked_at(asked, slice_str(target));

		if (text_is(point, "Source", SAFEDOCKER_PLACEHOLDER) && strcmp(target, VARIABLE_MARK) == 0) {
			if (json_array_remove(points, i) < 0)
				return -1;
		} else if (one != NULL && text_is(point, "Source", SAFEDOCKER_PLACEHOLDER) ==
			   (json_object_get(one, "Source") != NULL) && show_point(points, i, one) < 0) {
			return -1;
		}
	}
	return 0;
}

void mapped_show_env(json_t *env)
{
	for (size_t i = json_array_size(env); i-- > 0;) {
		const char *assignment = json_string_value(json_array_get(env, i));

		if (assignment != NULL && mapped_is_variable(assignment))
			(void)json_array_remove(env, i);
	}
}
