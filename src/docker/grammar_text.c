/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of names, paths, addresses and templates. */
#include "docker/grammar_read.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "docker/reference.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* At least one character, each a letter, a digit or one of `more`. */
static bool is_made_of(struct slice text, const char *more)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || (!is_alnum(text.p[i]) && strchr(more, text.p[i]) == NULL))
			return false;
	return text.n > 0;
}

static bool holds(struct slice text, const char *what)
{
	return text.n > 0 && memmem(text.p, text.n, what, strlen(what)) != NULL;
}

/* The next part up to `between`; *rest is what follows it, with p NULL behind the last one. */
static struct slice next_part(struct slice *rest, char between)
{
	struct slice part = slice_of(rest->p, slice_find(*rest, between));

	*rest = part.n < rest->n ? slice_of(rest->p + part.n + 1, rest->n - part.n - 1)
				 : slice_of(NULL, 0);
	return part;
}

/* --- plain ones ------------------------------------------------------------------ */
bool grammar_read_any(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)text;
	(void)row;
	return true;
}

bool grammar_read_text(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return slice_is_clean_text(text);
}

/* The row's own words are the list. */
bool grammar_read_words(struct slice key, struct slice text, const struct grammar_row *row)
{
	struct slice rest = slice_str(row->words);

	(void)key;
	while (rest.p != NULL) {
		struct slice word = next_part(&rest, ',');

		if (slice_eq(slice_trim(word), text))
			return true;
	}
	return false;
}

bool grammar_read_joined(struct slice key, struct slice text, const struct grammar_row *row)
{
	static const char container[] = "container:";

	if (slice_starts(text, container))
		return object_name_ok(slice_after(text, strlen(container)));
	return grammar_read_words(key, text, row);
}

bool grammar_read_name(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return is_made_of(text, "._-") && is_alnum(text.p[0]);
}

bool grammar_read_network(struct slice key, struct slice text, const struct grammar_row *row)
{
	if (slice_starts(text, "container:"))
		return grammar_read_joined(key, text, row);
	if (slice_starts(text, "ns:"))
		return grammar_read_plain_path(key, slice_after(text, 3), row);
	return object_name_ok(text);
}

bool grammar_read_driver(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return is_made_of(text, "._:/@+-") && !holds(text, "..");
}

bool grammar_read_capability(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return is_made_of(text, "_");
}

/* KEY=VALUE, or the older KEY:VALUE; the keys are the row's words. */
bool grammar_read_security(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t n = slice_find(text, '=');
	struct slice name = slice_of(text.p, slice_find(slice_of(text.p, n), ':'));

	return grammar_read_words(key, name, row) && slice_is_clean_text(text);
}

bool grammar_read_constraint(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return slice_is_clean_text(text) && (holds(text, "==") || holds(text, "!="));
}

bool grammar_read_detach_keys(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	while (text.p != NULL) {
		struct slice one = next_part(&text, ',');

		if (slice_starts(one, "ctrl-"))
			one = slice_after(one, 5);
		if (one.n != 1 || one.p[0] <= ' ' || one.p[0] > '~')
			return false;
	}
	return true;
}

/* --- who ---------------------------------------------------------------------------- */
/* A number as every reader takes it, or a name that no reader takes for one. */
bool grammar_read_group(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned long long id;

	(void)key;
	(void)row;
	if (text.n > 0 && is_digit(text.p[0]))
		return (text.p[0] != '0' || text.n == 1) &&
		       slice_to_u64(text, 0xfffffffe, &id) == 0;
	return is_made_of(text, "_.@$-") && text.p[0] != '-' && text.p[0] != '.';
}

bool grammar_read_user(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t colon = slice_find(text, ':');

	return grammar_read_group(key, slice_of(text.p, colon), row) &&
	       (colon == text.n || grammar_read_group(key, slice_after(text, colon + 1), row));
}

/* --- paths ----------------------------------------------------------------------------- */
bool grammar_read_path(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return text.n > 0 && text.p[0] == '/' && slice_is_clean_text(text);
}

/* Every part is a name: nothing that one reader resolves and another compares. */
bool grammar_read_below(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	if (!slice_is_clean_text(text))
		return false;
	while (text.p != NULL) {
		struct slice part = next_part(&text, '/');

		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return false;
	}
	return true;
}

bool grammar_read_plain_path(struct slice key, struct slice text, const struct grammar_row *row)
{
	return text.n > 1 && text.p[0] == '/' && grammar_read_below(key, slice_after(text, 1), row);
}

bool grammar_read_disk(struct slice key, struct slice text, const struct grammar_row *row)
{
	return slice_starts(text, "/dev/") && grammar_read_plain_path(key, text, row);
}

bool grammar_read_kept_file(struct slice key, struct slice text, const struct grammar_row *row)
{
	return grammar_read_below(key, text, row) || grammar_read_plain_path(key, text, row);
}

bool grammar_read_cgroup(struct slice key, struct slice text, const struct grammar_row *row)
{
	if (text.n > 0 && text.p[0] == '/')
		text = slice_after(text, 1);
	return text.n == 0 || (is_made_of(text, "@._:/\\-") && grammar_read_below(key, text, row));
}

/* --- addresses and names of machines ------------------------------------------------------- */
bool grammar_read_address(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN];

	(void)key;
	(void)row;
	if (text.n == 0 || text.n >= sizeof(copy) || !is_made_of(text, ".:"))
		return false;
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)text.n, text.p);
	/* Neither takes a zone or a leading zero. */
	return inet_pton(AF_INET, copy, raw) == 1 || inet_pton(AF_INET6, copy, raw) == 1;
}

bool grammar_read_mac(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	if (text.n != 17)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (i % 3 == 2 ? text.p[i] != ':'
			       : strchr("0123456789abcdefABCDEF", text.p[i]) == NULL)
			return false;
	return true;
}

static bool is_gateway_or_address(struct slice text)
{
	return slice_is(text, "host-gateway") || grammar_read_address(slice_str(""), text, NULL);
}

static bool is_host(struct slice text)
{
	return text.n <= 255 && grammar_read_name(slice_str(""), text, NULL);
}

bool grammar_read_extra_host(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t colon = slice_find(text, ':');

	(void)key;
	(void)row;
	return is_host(slice_of(text.p, colon)) &&
	       is_gateway_or_address(slice_after(text, colon + 1));
}

bool grammar_read_host_line(struct slice key, struct slice text, const struct grammar_row *row)
{
	struct slice address = next_part(&text, ' ');

	(void)key;
	(void)row;
	if (!is_gateway_or_address(address) || text.p == NULL)
		return false;
	while (text.p != NULL)
		if (!is_host(next_part(&text, ' ')))
			return false;
	return true;
}

/* NAME or NAME:NUMBER */
bool grammar_read_dns_option(struct slice key, struct slice text, const struct grammar_row *row)
{
	size_t colon = slice_find(text, ':');
	unsigned long long number;

	(void)key;
	(void)row;
	return is_made_of(slice_of(text.p, colon), "_-") &&
	       (colon == text.n || slice_to_u64(slice_after(text, colon + 1), 99, &number) == 0);
}

bool grammar_read_domain(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return slice_is(text, ".") || (is_made_of(text, "._-") && text.p[0] != '-');
}

/* --- templates ------------------------------------------------------------------------------ */
/* The length of {{WORD}}, with at most one blank on either side, or 0 where none of the words
 * stands there. */
static size_t placeholder(struct slice text, const char *const *words)
{
	struct slice rest = slice_after(text, 2);

	if (!slice_starts(text, "{{"))
		return 0;
	if (slice_starts(rest, " "))
		rest = slice_after(rest, 1);
	for (; *words != NULL; words++) {
		struct slice end = slice_after(rest, strlen(*words));

		if (!slice_starts(rest, *words))
			continue;
		if (slice_starts(end, " "))
			end = slice_after(end, 1);
		if (slice_starts(end, "}}"))
			return text.n - end.n + 2;
	}
	return 0;
}

/* Nothing that runs a function, or grows with what the user says elsewhere: .Command,
 * .ContainerLabels, … */
static const char *const log_words[] = {
	".ID",		".FullID",    ".Name",		".FullName",   ".ImageID",
	".ImageFullID", ".ImageName", ".ImageFullName", ".DaemonName", NULL,
};
static const char *const service_words[] = {
	".Service.ID",	     ".Service.Name",
	".Node.ID",	     ".Node.Hostname",
	".Node.Platform.OS", ".Node.Platform.Architecture",
	".Task.ID",	     ".Task.Name",
	".Task.Slot",	     NULL,
};

static bool fills_in(struct slice text, const char *const *words, const char *more, size_t most)
{
	size_t found = 0;

	while (text.n > 0) {
		size_t n = placeholder(text, words);

		if (n > 0 && ++found > most)
			return false;
		if (n == 0 && !is_made_of(slice_of(text.p, 1), more))
			return false;
		text = slice_after(text, n > 0 ? n : 1);
	}
	return true;
}

bool grammar_read_tag(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return fills_in(text, log_words, " _-.:/|@", 8);
}

bool grammar_read_id_tag(struct slice key, struct slice text, const struct grammar_row *row)
{
	static const char *const ids[] = { ".ID", ".FullID", NULL };

	return placeholder(text, ids) > 0 && grammar_read_tag(key, text, row);
}

bool grammar_read_no_template(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)row;
	return slice_is_clean_text(text) && !holds(text, "{{") && !holds(key, "{{");
}

bool grammar_read_service_path(struct slice key, struct slice text, const struct grammar_row *row)
{
	return grammar_read_path(key, text, row) && !holds(text, "{{");
}

bool grammar_read_service_hostname(struct slice key, struct slice text,
				   const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return text.n > 0 && fills_in(text, service_words, "._-", 8);
}

bool grammar_read_service_env(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	while (text.n > 0) {
		size_t n = placeholder(text, service_words);

		if (n == 0 && slice_starts(text, "{{"))
			return false;
		text = slice_after(text, n > 0 ? n : 1);
	}
	return true;
}

/* --- the rest of the log's
 * ------------------------------------------------------------------------ */
bool grammar_read_log_keys(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	while (text.p != NULL) {
		struct slice one = next_part(&text, ',');

		if (!is_made_of(one, "._/-"))
			return false;
	}
	return true;
}

bool grammar_read_regex(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)row;
	return is_made_of(text, "_-.^$|()*+?");
}
