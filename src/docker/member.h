/* SPDX-License-Identifier: GPL-2.0-or-later */
/* member - the text of an object's member, for those to whom none and "" are the same. */
#ifndef SAFEDOCKER_MEMBER_H
#define SAFEDOCKER_MEMBER_H

#include <stdbool.h>

#include <jansson.h>

/* "" where the object is none, has no such member, or that is no text. It belongs to the object. */
const char *text_of(const json_t *object, const char *key);

/* Is it this text? */
bool text_is(const json_t *object, const char *key, const char *text);

#endif
