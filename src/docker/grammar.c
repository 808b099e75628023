/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reader for one table: no value that is evaluated behind us gets past grammar_check() in
 * another shape than its row says. The shapes themselves are in grammar_text.c and grammar_read.c.
 */
#include "docker/grammar.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "docker/grammar_read.h"

static const struct grammar_row rows[] = {
	{ NULL, NULL, 0, 0, 0, "nothing" },
#define GRAMMAR(id, reader, low, high, most, words) \
	{ #id, grammar_read_##reader, low, high, most, words },
#include "docker/grammar.def"
};

/* A key of a map is a name, whatever its value may be. */
#define KEY_MAX 512
#define SHOWN_MAX 64

struct checking {
	const struct grammar_row *row;
	const char *name;
	bool secret;
	size_t bytes; /* of all texts so far */
	size_t items;
	struct error *reterr;
};

static const struct grammar_row *row_of(enum grammar grammar)
{
	return &rows[grammar > GRAMMAR_NONE && grammar < GRAMMAR_MAX ? grammar : GRAMMAR_NONE];
}

const char *grammar_words(enum grammar grammar)
{
	return row_of(grammar)->words;
}

size_t grammar_most(enum grammar grammar)
{
	return row_of(grammar)->most;
}

static bool reads_numbers(const struct grammar_row *row)
{
	return row->read == grammar_read_number || row->read == grammar_read_ratio;
}

/* For these the row's bounds are of what the text means, and they look at its length themselves. */
static bool is_measured(const struct grammar_row *row)
{
	return row->read == grammar_read_size || row->read == grammar_read_digits ||
	       row->read == grammar_read_storage || row->read == grammar_read_port ||
	       row->read == grammar_read_host_port || row->read == grammar_read_cpuset ||
	       row->read == grammar_read_signal;
}

static int invalid(const struct checking *c, struct slice text)
{
	size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;

	if (c->secret || !slice_is_clean_text(text))
		return error_set(c->reterr, ERR_SYNTAX, "invalid value for %s (expected %s)",
				 c->name, c->row->words);
	/* No character is cut in two. */
	while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return error_set(c->reterr, ERR_SYNTAX, "invalid value for %s: %.*s%s (expected %s)",
			 c->name, (int)n, text.p, n < text.n ? "…" : "", c->row->words);
}

static int too_many(const struct checking *c)
{
	return error_set(c->reterr, ERR_LIMIT, "too many values for %s (expected %s)", c->name,
			 c->row->words);
}

/* An address in the kernel's own spelling: what our rules compare is what the engine gets. */
static int respell(json_t *at, struct slice text, const struct checking *c)
{
	char given[64], clean[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;
	const char *spelt = NULL;

	(void)snprintf(given, sizeof(given), "%.*s", (int)text.n, text.p);
	if (inet_pton(AF_INET, given, &four) == 1)
		return 0;
	if (inet_pton(AF_INET6, given, &six) == 1)
		spelt = IN6_IS_ADDR_V4MAPPED(&six)
				? inet_ntop(AF_INET, &six.s6_addr[12], clean, sizeof(clean))
				: inet_ntop(AF_INET6, &six, clean, sizeof(clean));
	if (spelt == NULL)
		return invalid(c, text);
	return json_string_set(at, spelt) < 0 ? error_set(c->reterr, ERR_SYSTEM, "out of memory")
					      : 0;
}

static int check_text(struct checking *c, struct slice key, struct slice text, json_t *at)
{
	c->bytes += text.n + key.n;
	if (c->bytes > GRAMMAR_TOTAL)
		return error_set(c->reterr, ERR_LIMIT,
				 "the values for %s are too long (at most %d bytes together)",
				 c->name, GRAMMAR_TOTAL);
	if (key.n > KEY_MAX || reads_numbers(c->row) ||
	    (!is_measured(c->row) && (long long)text.n > c->row->high) ||
	    !c->row->read(key, text, c->row))
		return invalid(c, text.n > 0 ? text : key);
	return c->row->read == grammar_read_address && at != NULL ? respell(at, text, c) : 0;
}

static int check_number(const struct checking *c, long long number)
{
	char text[32];

	if (c->row->read == grammar_read_any)
		return 0;
	if (reads_numbers(c->row) && number >= c->row->low && number <= c->row->high)
		return 0;
	(void)snprintf(text, sizeof(text), "%lld", number);
	return invalid(c, slice_str(text));
}

static int check_real(const struct checking *c, double number)
{
	char text[32];

	if (c->row->read == grammar_read_any)
		return 0;
	if (reads_numbers(c->row) && number >= (double)c->row->low &&
	    number <= (double)c->row->high)
		return 0;
	(void)snprintf(text, sizeof(text), "%g", number);
	return invalid(c, slice_str(text));
}

static int count(struct checking *c, size_t n)
{
	c->items += n;
	return c->items > c->row->most ? too_many(c) : 0;
}

static struct slice string_of(const json_t *value)
{
	return slice_of(json_string_value(value), json_string_length(value));
}

static int check_item(struct checking *c, json_t *item)
{
	switch (json_typeof(item)) {
	case JSON_STRING:
		return check_text(c, slice_str(""), string_of(item), item);
	case JSON_INTEGER:
		return check_number(c, (long long)json_integer_value(item));
	case JSON_ARRAY:
		/* A list of lists: the items of all of them count. */
		if (count(c, json_array_size(item)) < 0)
			return -1;
		for (size_t i = 0; i < json_array_size(item); i++)
			if (check_text(c, slice_str(""), string_of(json_array_get(item, i)), NULL) <
			    0)
				return -1;
		return 0;
	case JSON_OBJECT: /* has rows of its own */
		return 0;
	case JSON_NULL:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_REAL:
	default:
		return invalid(c, slice_str(""));
	}
}

static int check_entry(struct checking *c, const char *key, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return check_text(c, slice_str(key), string_of(value), NULL);
	case JSON_NULL:
		return check_text(c, slice_str(key), slice_str(""), NULL);
	case JSON_ARRAY:
		/* The list that stands under a key: no item of it at all still means one. */
		if (json_array_size(value) > 1 && count(c, json_array_size(value) - 1) < 0)
			return -1;
		return check_text(c, slice_str(""), slice_str(key), NULL);
	case JSON_OBJECT:
		return check_text(c, slice_str(""), slice_str(key), NULL);
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_REAL:
	case JSON_INTEGER:
	default:
		return invalid(c, slice_str(key));
	}
}

int grammar_check(enum grammar grammar, const char *name, bool secret, json_t *value,
		  struct error *reterr)
{
	struct checking c = {
		.row = row_of(grammar), .name = name, .secret = secret, .reterr = reterr
	};
	const char *key;
	json_t *item;

	if (c.row->read == NULL)
		return error_set(reterr, ERR_DENIED,
				 "%s is refused: nobody has said what it may be", name);
	switch (json_typeof(value)) {
	case JSON_STRING:
	case JSON_INTEGER:
		return check_item(&c, value);
	case JSON_REAL:
		return check_real(&c, json_real_value(value));
	case JSON_ARRAY:
		if (count(&c, json_array_size(value)) < 0)
			return -1;
		for (size_t i = 0; i < json_array_size(value); i++)
			if (check_item(&c, json_array_get(value, i)) < 0)
				return -1;
		return 0;
	case JSON_OBJECT:
		if (count(&c, json_object_size(value)) < 0)
			return -1;
		json_object_foreach(value, key, item)
			if (check_entry(&c, key, item) < 0)
				return -1;
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
	default:
		return 0;
	}
}

bool grammar_fits(enum grammar grammar, struct slice text)
{
	struct checking c = { .row = row_of(grammar), .name = "" };

	return c.row->read != NULL && check_text(&c, slice_str(""), text, NULL) == 0;
}
