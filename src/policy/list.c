/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/list.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"
#include "policy/blame.h"

void *list_grow(void *array, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return array;
	return realloc(array, (n == 0 ? 1 : n * 2) * size);
}

/* `text` becomes the list's, or is freed. */
static int keep(struct words *words, char *text, const struct place *at, struct error *reterr)
{
	struct word *list = text != NULL ? list_grow(words->list, words->n, sizeof(*list)) : NULL;

	if (list == NULL) {
		free(text);
		return blame_memory(reterr);
	}
	words->list = list;
	list[words->n++] = (struct word){
		.text = text, .file = at->file, .line = at->line, .key = at->key,
	};
	return 0;
}

int list_add(struct words *words, const char *text, const struct place *at, struct error *reterr)
{
	return keep(words, strdup(text), at, reterr);
}

/* --flag="value" loses its quotes. */
static void drop_quotes(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (*from != '"')
			*to++ = *from;
	*to = '\0';
}

static int add_item(struct words *words, struct slice item, const struct place *at,
		    struct error *reterr)
{
	char *text;

	item = slice_trim(item);
	if (item.n >= 2 && item.p[0] == '"' && item.p[item.n - 1] == '"') {
		item = slice_of(item.p + 1, item.n - 2);
	} else {
		/* A quote may also begin behind the flag: --label="a,b". */
		size_t quote = slice_find(item, '"');

		if (quote < item.n &&
		    !(quote > 0 && item.p[quote - 1] == '=' && item.p[item.n - 1] == '"'))
			return blame_at(reterr, at->file, at->line,
					"a quote in the middle of a value");
	}
	if (item.n == 0)
		return blame_at(reterr, at->file, at->line, "an empty item in the list");
	text = slice_dup(item);
	if (text != NULL)
		drop_quotes(text);
	return keep(words, text, at, reterr);
}

int list_add_line(struct words *words, const char *line, const struct place *at,
		  struct error *reterr)
{
	struct slice rest = slice_trim(slice_str(line));

	if (rest.n == 0)
		return blame_at(reterr, at->file, at->line, "%s needs a value", key_name(at->key));
	while (rest.n > 0) {
		bool quoted = false;
		size_t i;

		for (i = 0; i < rest.n && (quoted || rest.p[i] != ','); i++)
			if (rest.p[i] == '"')
				quoted = !quoted;
		if (add_item(words, slice_of(rest.p, i), at, reterr) < 0)
			return -1;
		rest = slice_trim(slice_after(rest, i + 1));
	}
	return 0;
}

const char *list_at(const struct words *words, size_t n)
{
	return n < words->n ? words->list[n].text : NULL;
}

void list_free(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->list[i].text);
	free(words->list);
	*words = (struct words){ .list = NULL };
}
