/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/json.h"

#include <string.h>
#include <string.h>

/*
 * Counts what the library would make values of, without understanding it: what
 * is not JSON is left to the library, which sees it next.
 */
static int count(struct slice text, size_t max_tokens, struct error *reterr)
{
	size_t tokens = 0, depth = 0;
	bool in_string = false, in_word = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		switch (c) {
		case '"':
			in_string = true;
			tokens++;
			in_word = false;
			break;
		case '{':
		case '[':
			tokens++;
			if (++depth > JSON_DEPTH_MAX)
				return error_set(reterr, ERR_LIMIT, "JSON nested deeper than %d",
						 JSON_DEPTH_MAX);
			in_word = false;
			break;
		case '}':
		case ']':
			depth -= depth > 0;
			in_word = false;
			break;
		case ',': case ':': case ' ': case '\t': case '\r': case '\n':
			in_word = false;
			break;
		default:
			tokens += !in_word;
			in_word = true;
			break;
		}
		if (tokens > max_tokens)
			return error_set(reterr, ERR_LIMIT, "JSON of more than %zu values",
					 max_tokens);
	}
	return 0;
}

json_t *json_parse(struct slice text, size_t max_tokens, struct error *reterr)
{
	json_error_t why;
	json_t *value;

	if (count(text, max_tokens, reterr) < 0)
		return NULL;
	value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (value == NULL) {
		/* The library quotes what it stumbled over: bytes that somebody else chose. */
		char *quoted = strstr(why.text, " near '");

		if (quoted != NULL && !slice_is_clean_text(slice_str(quoted)))
			*quoted = '\0';
		(void)error_set(reterr, ERR_SYNTAX, "JSON: line %d, column %d: %s", why.line,
				why.column, why.text);
	}
	return value;
}

char *json_render(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

bool json_list_has(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));

		if (item != NULL && strcmp(item, text) == 0)
			return true;
	}
	return false;
}
