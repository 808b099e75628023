/* SPDX-License-Identifier: GPL-2.0-or-later */
/* member - an object's members: texts, for those to whom none and "" are the same, and parts that are made where missing. */
#ifndef SAFEDOCKER_MEMBER_H
#define SAFEDOCKER_MEMBER_H

#include <stdbool.h>

#include <jansson.h>

/* "" where the object is none, has no such member, or that is no text. It belongs to the object. */
const char *text_of(const json_t *object, const char *key);

/* Is it this text? */
bool text_is(const json_t *object, const char *key, const char *text);

/*
 * The member, made by `make` (json_object, json_array) where it is missing or null. It belongs to the object. NULL when
 * memory is out.
 */
json_t *member_child(json_t *object, const char *key, json_t *(*make)(void));

#endif
