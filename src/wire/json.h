/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json - one strict door to jansson: size, depth and tokens are counted before
 * the library sees a byte, since millions of tiny values cost it a hundred times
 * their size in memory.
 */
#ifndef SAFEDOCKER_JSON_H
#define SAFEDOCKER_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"
#include "common/slice.h"

#define JSON_TOKENS_MAX 20000	/* strings, numbers, words, opening brackets */
#define JSON_DEPTH_MAX 64

/*
 * One JSON document and nothing but white space after it: no duplicate keys, no
 * NUL in strings, valid UTF-8 (jansson's own rules), integers within 64 bit, any top value.
 * max_tokens bounds the tokens (JSON_TOKENS_MAX for what a client sends).
 * Returns a new reference, NULL with ERR_SYNTAX or ERR_LIMIT.
 */
json_t *json_parse(struct slice text, size_t max_tokens, struct error *reterr);

/* Compact text of a value, keys in insertion order; the caller frees it. NULL: out of memory. */
char *json_render(const json_t *value);

/* Does the list hold this text? False for what is no list. */
bool json_list_has(const json_t *list, const char *text);

#endif
