/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define TIME_MAX 40
#define KEYS_MAX 16
#define PATTERN_MAX 255
#define DEPTH_MAX 8 /* of brackets in a pattern */
#define CPUS_MAX 8191
#define PS_WORDS_MAX 8

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* At most max bytes, and no others than letters, digits and `more`. */
static bool is_made_of(struct slice text, size_t max, const char *more)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter(text.p[i]) && !is_digit(text.p[i]) &&
		    strchr(more, text.p[i]) == NULL)
			return false;
	return text.n > 0 && text.n <= max;
}

/* Takes what stands before `mark`, and leaves the rest behind it in *text. */
static struct slice next(struct slice *text, char mark)
{
	struct slice one = slice_of(text->p, slice_find(*text, mark));

	*text = slice_after(*text, one.n + 1);
	return one;
}

/* Is it one of these words, which have blanks between them? */
static bool is_one_of(const char *words, struct slice text)
{
	struct slice rest = slice_str(words);

	while (rest.n > 0)
		if (slice_eq(next(&rest, ' '), text))
			return true;
	return false;
}

bool value_is_signal(struct slice text)
{
	size_t sign =
		slice_find(text, '+') < text.n ? slice_find(text, '+') : slice_find(text, '-');
	unsigned long long number;

	if (text.n > 0 && is_digit(text.p[0]))
		return slice_to_u64(text, 64, &number) == 0 && number > 0;
	return text.n > 0 && is_letter(text.p[0]) && is_made_of(slice_of(text.p, sign), 16, "") &&
	       (sign == text.n || slice_to_u64(slice_after(text, sign + 1), 64, &number) == 0);
}

bool value_is_time(struct slice text)
{
	return is_made_of(text, TIME_MAX, ".:+-");
}

bool value_is_tail(struct slice text)
{
	unsigned long long number;

	return slice_is(text, "all") || slice_is(text, "-1") ||
	       slice_to_u64(text, 0x7fffffff, &number) == 0;
}

static bool is_key(struct slice key)
{
	if (slice_starts(key, "ctrl-") && key.n == 6)
		return is_letter(key.p[5]) || strchr("@[\\]^_", key.p[5]) != NULL;
	return key.n == 1 && key.p[0] > ' ' && key.p[0] <= '~';
}

bool value_is_keys(struct slice text)
{
	for (size_t n = 0; text.n > 0; n++) {
		/* A comma at the end would be an empty key. */
		bool more = slice_find(text, ',') == text.n - 1;

		if (!is_key(next(&text, ',')) || more || n == KEYS_MAX)
			return false;
	}
	return true;
}

bool value_is_platform(struct slice text)
{
	size_t parts = 0;

	if (text.n == 0 || text.p[text.n - 1] == '/')
		return false;
	for (; text.n > 0; parts++)
		if (!is_made_of(next(&text, '/'), 64, "_.-()"))
			return false;
	return parts <= 3;
}

bool value_is_host(struct slice text)
{
	size_t mark =
		slice_find(text, '=') < text.n ? slice_find(text, '=') : slice_find(text, ':');
	struct slice address = slice_after(text, mark + 1);
	char copy[INET6_ADDRSTRLEN];
	unsigned char ignored[16];

	if (!is_made_of(slice_of(text.p, mark), 255, "_.-") || address.n == 0)
		return false;
	if (slice_is(address, "host-gateway"))
		return true;
	if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
		address = slice_of(address.p + 1, address.n - 2);
	if (address.n >= sizeof(copy))
		return false;
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)address.n, address.p);
	return inet_pton(AF_INET, copy, ignored) == 1 || inet_pton(AF_INET6, copy, ignored) == 1;
}

bool value_is_cpuset(struct slice text)
{
	if (text.n == 0 || text.p[text.n - 1] == ',')
		return false;
	while (text.n > 0) {
		struct slice last = next(&text, ','), first = next(&last, '-');
		unsigned long long from, to;

		if (slice_to_u64(first, CPUS_MAX, &from) < 0)
			return false;
		if (last.p != first.p + first.n &&
		    (slice_to_u64(last, CPUS_MAX, &to) < 0 || to < from))
			return false;
	}
	return true;
}

bool value_is_pattern(struct slice text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '{' || text.p[i] == '}')
			return false;
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == '(' &&
			 (++depth > DEPTH_MAX || (i + 1 < text.n && text.p[i + 1] == '?')))
			return false;
		else if (text.p[i] == ')' && depth > 0)
			depth--;
	}
	return text.n <= PATTERN_MAX;
}

/* --- ps ------------------------------------------------------------------------------ */
/* Columns that always hold one word; and those that are empty at times, or hold blanks. */
static const char narrow[] = "pid ppid pgid pgrp sess sid tgid uid user ruid ruser euid euser suid "
			     "suser gid group rgid rgroup egid egroup sgid sgroup "
			     "tty tt tname s state stat time etime etimes cputime cputimes pcpu "
			     "%cpu c pmem %mem rss rssize rsz vsz vsize nice ni "
			     "pri priority psr nlwp thcount start_time stime f flags sz size cls "
			     "class policy rtprio lwp tid spid";
static const char wide[] = "args cmd comm command ucmd ucomm lstart start bsdstart wchan cgroup";

static bool is_columns(struct slice text)
{
	bool pid = false;

	if (text.n == 0 || text.p[text.n - 1] == ',')
		return false;
	while (text.n > 0) {
		struct slice one = next(&text, ',');

		if (!is_one_of(narrow, one) && !(is_one_of(wide, one) && pid))
			return false;
		/* Twice the same would be two columns of that title. */
		if (slice_is(one, "pid") && pid)
			return false;
		pid = pid || slice_is(one, "pid");
	}
	return pid;
}

static bool is_order(struct slice text)
{
	if (text.n == 0 || text.p[text.n - 1] == ',')
		return false;
	while (text.n > 0) {
		struct slice one = next(&text, ',');

		if (one.n > 0 && (one.p[0] == '-' || one.p[0] == '+'))
			one = slice_after(one, 1);
		if (!is_one_of(narrow, one) && !is_one_of(wide, one))
			return false;
	}
	return true;
}

/* Letters in any order, then perhaps the `o` that the columns follow. *ret_o: does it? */
static bool is_letters(struct slice word, bool *ret_o)
{
	const char *known = word.p[0] == '-' ? "AaedFfjlyHLTw" : "axufljvwT";
	struct slice letters = slice_after(word, word.p[0] == '-');

	*ret_o = letters.n > 0 && letters.p[letters.n - 1] == 'o';
	letters.n -= *ret_o;
	for (size_t i = 0; i < letters.n; i++)
		if (strchr(known, letters.p[i]) == NULL)
			return false;
	return letters.n + *ret_o > 0 && letters.n <= 8;
}

/* One word, or two; *columns: were there any? */
static bool take_ps_word(struct slice *rest, bool *columns)
{
	struct slice word = next(rest, ' ');
	bool o = false;

	if (word.n == 0)
		return false;
	if (slice_is(word, "--forest"))
		return true;
	if (slice_starts(word, "--sort="))
		return is_order(slice_after(word, 7));
	if (slice_starts(word, "--format=")) {
		o = true;
		word = slice_after(word, 9);
	} else if (!slice_starts(word, "--") && is_letters(word, &o)) {
		if (!o)
			return true;
		word = next(rest, ' ');
	} else {
		return false;
	}
	if (*columns)
		return false;
	*columns = true;
	return is_columns(word);
}

bool value_is_ps(struct slice text)
{
	bool columns = false;

	if (text.n > 0 && text.p[text.n - 1] == ' ')
		return false;
	for (size_t n = 0; text.n > 0; n++)
		if (n == PS_WORDS_MAX || !take_ps_word(&text, &columns))
			return false;
	return true;
}
