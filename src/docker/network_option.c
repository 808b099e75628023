/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/network_option.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOLS_MAX 16
#define INTERFACE_MAX 15 /* bytes of an interface's name in the kernel */
#define PREFIX_MAX 10	 /* the engine puts a number behind it */
#define MTU_MIN 68
#define MTU_MAX 65535

enum where { WHERE_NETWORK = 1, WHERE_ENDPOINT };

enum option_type {
	OPTION_BOOL = 1,
	OPTION_MTU,
	OPTION_INTERFACE,
	OPTION_PARENT,
	OPTION_INTERFACES,
	OPTION_ADDRESS4,
	OPTION_ADDRESS6,
	OPTION_WORDS,
	OPTION_PREFIX,
	OPTION_EMPTY,
	OPTION_NUMBERS,
	OPTION_SETTINGS,
};

static const struct option {
	enum where where;
	const char *name;
	enum option_type type;
	const char *words;
} options[] = {
#define OPTION(where, name, type, words) { WHERE_##where, name, OPTION_##type, words },
#include "docker/network_option.def"
};

/* --- values ------------------------------------------------------------------------ */
static bool is_name(struct slice text, size_t max, const char *more)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) &&
		    (i == 0 || strchr(more, c) == NULL))
			return false;
	}
	return text.n > 0 && text.n <= max;
}

static bool is_interface(struct slice text)
{
	return is_name(text, INTERFACE_MAX, "._-") && !slice_is(text, "lo");
}

/* Takes what stands before `mark`, and leaves the rest behind it in *text. */
static struct slice next(struct slice *text, char mark)
{
	struct slice one = slice_of(text->p, slice_find(*text, mark));

	*text = slice_after(*text, one.n + 1);
	return one;
}

static bool is_family(struct slice text, int family, unsigned char ret[16])
{
	char address[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(address))
		return false;
	(void)snprintf(address, sizeof(address), "%.*s", (int)text.n, text.p);
	return inet_pton(family, address, ret) == 1;
}

static bool is_address(struct slice text)
{
	unsigned char ignored[16];

	return is_family(text, AF_INET, ignored) || is_family(text, AF_INET6, ignored);
}

static bool is_subnet(struct slice text)
{
	unsigned char bytes[16];
	struct slice address = next(&text, '/');
	size_t n = is_family(address, AF_INET, bytes)  ? 4 :
		   is_family(address, AF_INET6, bytes) ? 16 :
							 0;
	unsigned long long prefix;

	if (n == 0 || slice_to_u64(text, n * 8, &prefix) < 0)
		return false;
	for (size_t bit = (size_t)prefix; bit < n * 8; bit++)
		if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

static bool is_bool(struct slice text)
{
	return slice_is(text, "1") || slice_is(text, "0") || slice_is(text, "true") ||
	       slice_is(text, "false");
}

static bool is_one_of(const char *words, struct slice text)
{
	struct slice rest = slice_str(words);

	while (rest.n > 0)
		if (slice_eq(next(&rest, ' '), text))
			return true;
	return false;
}

static bool is_numbers(struct slice text)
{
	unsigned long long number;

	if (text.n == 0)
		return false;
	while (text.n > 0)
		if (slice_to_u64(next(&text, ','), 1 << 24, &number) < 0)
			return false;
	return true;
}

static bool is_interfaces(struct slice text)
{
	if (text.n == 0)
		return false;
	while (text.n > 0)
		if (!is_interface(next(&text, ':')))
			return false;
	return true;
}

/* net.ipv4.conf.IFNAME.NAME=NUMBER: the engine puts the name of the interface where IFNAME stands.
 */
static bool is_setting(struct slice text)
{
	struct slice key = next(&text, '=');
	struct slice net = next(&key, '.'), family = next(&key, '.'), table = next(&key, '.'),
		     name = next(&key, '.');
	unsigned long long number;

	return slice_is(net, "net") && (slice_is(family, "ipv4") || slice_is(family, "ipv6")) &&
	       (slice_is(table, "conf") || slice_is(table, "neigh")) && slice_is(name, "IFNAME") &&
	       is_name(key, 64, "_") &&
	       slice_to_u64(slice_starts(text, "-") ? slice_after(text, 1) : text, 1U << 31,
			    &number) == 0;
}

static bool is_settings(struct slice text)
{
	if (text.n == 0)
		return false;
	while (text.n > 0)
		if (!is_setting(next(&text, ',')))
			return false;
	return true;
}

static bool fits(const struct option *option, struct slice value)
{
	struct slice rest = value, first;
	unsigned char ignored[16];
	unsigned long long number;

	switch (option->type) {
	case OPTION_BOOL:
		return is_bool(value);
	case OPTION_MTU:
		return slice_to_u64(value, MTU_MAX, &number) == 0 && number >= MTU_MIN;
	case OPTION_INTERFACE:
		return is_interface(value);
	case OPTION_PARENT:
		first = next(&rest, '.');
		return is_interface(first) && value.n <= INTERFACE_MAX &&
		       (first.n == value.n || slice_to_u64(rest, 4094, &number) == 0);
	case OPTION_INTERFACES:
		return is_interfaces(value);
	case OPTION_ADDRESS4:
		return is_family(value, AF_INET, ignored);
	case OPTION_ADDRESS6:
		return is_family(value, AF_INET6, ignored);
	case OPTION_WORDS:
		return is_one_of(option->words, value);
	case OPTION_PREFIX:
		return is_name(value, PREFIX_MAX, "");
	case OPTION_EMPTY:
		return value.n == 0 || is_bool(value);
	case OPTION_NUMBERS:
		return is_numbers(value);
	case OPTION_SETTINGS:
		return is_settings(value);
	default:
		return false;
	}
}

/* --- judges ------------------------------------------------------------------------- */
static int judge_options(struct judging *j, const struct field *field, json_t *value,
			 enum where where)
{
	const struct option *known;
	const char *name;
	json_t *text;

	json_object_foreach(value, name, text)
	{
		char *pair = NULL;
		int r;

		known = NULL;
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (options[i].where == where && strcmp(options[i].name, name) == 0)
				known = &options[i];
		if (known == NULL)
			return error_set(
				j->reterr, ERR_DENIED,
				"%s %.100s: safedocker does not know what this option does",
				flag_name(field->flag), name);
		if (!fits(known, slice_str(json_string_value(text))))
			return error_set(j->reterr, ERR_SYNTAX, "invalid value for %s %s: %.100s",
					 flag_name(field->flag), name, json_string_value(text));
		if (asprintf(&pair, "%s=%s", name, json_string_value(text)) < 0)
			return error_set(j->reterr, ERR_SYSTEM, "out of memory");
		r = fields_fact(j, field, field->flag, pair, 0);
		free(pair);
		if (r < 0)
			return -1;
	}
	return 0;
}

int judge_network_options(struct judging *j, const struct field *field, json_t *value)
{
	return judge_options(j, field, value, WHERE_NETWORK);
}

int judge_endpoint_options(struct judging *j, const struct field *field, json_t *value)
{
	return judge_options(j, field, value, WHERE_ENDPOINT);
}

static int judge_text(struct judging *j, const struct field *field, const char *shown, bool ok,
		      const char *text, const char *expected)
{
	return ok ? fields_fact(j, field, field->flag, shown, 0) :
		    error_set(j->reterr, ERR_SYNTAX, "invalid value for %s: %.100s (expected %s)",
			      flag_name(field->flag), text, expected);
}

int judge_subnet(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	return judge_text(j, field, text, is_subnet(slice_str(text)), text,
			  "ADDRESS/PREFIX without bits behind the prefix, like 10.9.8.0/24");
}

int judge_address(struct judging *j, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	return judge_text(j, field, text, is_address(slice_str(text)), text,
			  "an address, like 10.9.8.1");
}

int judge_address_list(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (judge_address(j, field, json_array_get(value, i)) < 0)
			return -1;
	return 0;
}

int judge_addresses(struct judging *j, const struct field *field, json_t *value)
{
	const char *name;
	json_t *text;

	json_object_foreach(value, name, text)
	{
		const char *address = json_string_value(text);
		char *pair = NULL;
		int r;

		if (asprintf(&pair, "%s=%s", name, address) < 0)
			return error_set(j->reterr, ERR_SYSTEM, "out of memory");
		r = judge_text(j, field, pair, is_address(slice_str(address)), pair,
			       "NAME=ADDRESS");
		free(pair);
		if (r < 0)
			return -1;
	}
	return 0;
}

int judge_pools(struct judging *j, const struct field *field, json_t *value)
{
	(void)field;
	return json_array_size(value) <= POOLS_MAX ?
		       0 :
		       error_set(j->reterr, ERR_LIMIT, "more than %d subnets in one network",
				 POOLS_MAX);
}

int judge_aliases(struct judging *j, const struct field *field, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *text = json_string_value(json_array_get(value, i));

		if (judge_text(j, field, text, object_name_ok(slice_str(text)), text,
			       "letters, digits, then also _.-") < 0)
			return -1;
	}
	return 0;
}
