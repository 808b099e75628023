/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of numbers, sizes, ports and lists of numbers. */
#include "docker/grammar_read.h"

#include <signal.h>
#include <string.h>

#include "docker/grammar.h"

bool grammar_read_number(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)text;
	(void)row;
	return false;
}

bool grammar_read_ratio(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	(void)text;
	(void)row;
	return false;
}

/* Digits without a leading zero: one number to strconv.Atoi, ParseUint and the kernel. */
static bool number_at(struct slice *text, unsigned long long max, unsigned long long *ret)
{
	size_t n = 0;

	while (n < text->n && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	if (n == 0 || (n > 1 && text->p[0] == '0') ||
	    slice_to_u64(slice_of(text->p, n), max, ret) < 0)
		return false;
	*text = slice_after(*text, n);
	return true;
}

bool grammar_read_digits(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned long long number;

	(void)key;
	return number_at(&text, (unsigned long long)row->high, &number) && text.n == 0 &&
	       number >= (unsigned long long)row->low;
}

int grammar_size(struct slice text, long long *ret)
{
	static const char units[] = "kmgt";
	unsigned long long number;
	long long size;

	if (!number_at(&text, 1ULL << 40, &number))
		return -1;
	size = (long long)number;
	if (text.n > 0) {
		const char *unit = text.p[0] != '\0' ? strchr(units, text.p[0] | 0x20) : NULL;

		for (const char *u = units; unit != NULL && u <= unit; u++)
			if (__builtin_mul_overflow(size, 1024LL, &size))
				return -1;
		text = slice_after(text, unit != NULL ? 1 : 0);
	}
	if (text.n > 0 && (text.p[0] == 'b' || text.p[0] == 'B'))
		text = slice_after(text, 1);
	*ret = size;
	return text.n == 0 ? 0 : -1;
}

bool grammar_read_size(struct slice key, struct slice text, const struct grammar_row *row)
{
	long long size;

	(void)key;
	return grammar_size(text, &size) == 0 && size >= row->low && size <= row->high;
}

bool grammar_read_storage(struct slice key, struct slice text, const struct grammar_row *row)
{
	return slice_is(key, "size") && grammar_read_size(key, text, row);
}

/* --- ports -------------------------------------------------------------------------------- */
bool grammar_read_port(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned long long port;

	(void)key;
	return number_at(&text, (unsigned long long)row->high, &port) &&
	       port >= (unsigned long long)row->low &&
	       (text.n == 0 || slice_is(text, "/tcp") || slice_is(text, "/udp") ||
		slice_is(text, "/sctp"));
}

/* A range is where the engine looks for one free port. */
bool grammar_read_host_port(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned long long from, to;

	(void)key;
	if (!number_at(&text, (unsigned long long)row->high, &from))
		return false;
	if (text.n == 0)
		return true;
	if (text.p[0] != '-' || from == 0)
		return false;
	text = slice_after(text, 1);
	return number_at(&text, (unsigned long long)row->high, &to) && text.n == 0 && from <= to;
}

/* --- processors ---------------------------------------------------------------------------- */
bool grammar_read_cpuset(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)key;
	if (text.n > 256)
		return false;
	for (;;) {
		unsigned long long from, to;

		if (!number_at(&text, (unsigned long long)row->high, &from))
			return false;
		if (text.n > 0 && text.p[0] == '-') {
			text = slice_after(text, 1);
			if (!number_at(&text, (unsigned long long)row->high, &to) || to < from)
				return false;
		}
		if (text.n == 0)
			return true;
		if (text.p[0] != ',')
			return false;
		text = slice_after(text, 1);
	}
}

/* --- signals ------------------------------------------------------------------------------- */
static bool is_signal_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-';
}

/* The engine folds the letters of a name. */
bool grammar_read_signal(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned long long number;

	(void)key;
	if (text.n > 0 && text.p[0] >= '0' && text.p[0] <= '9')
		return number_at(&text, (unsigned long long)row->high, &number) && text.n == 0 &&
		       number > 0;
	for (size_t i = 0; i < text.n; i++)
		if (!is_signal_letter(text.p[i]))
			return false;
	return text.n >= 2 && text.n <= 12 && text.p[0] != '+' && text.p[0] != '-';
}

/* --- devices ------------------------------------------------------------------------------- */
bool grammar_read_permissions(struct slice key, struct slice text, const struct grammar_row *row)
{
	unsigned seen = 0;

	(void)key;
	(void)row;
	for (size_t i = 0; i < text.n; i++) {
		unsigned one = text.p[i] == 'r'	  ? 1u
			       : text.p[i] == 'w' ? 2u
			       : text.p[i] == 'm' ? 4u
						  : 0u;

		if (one == 0 || (seen & one) != 0)
			return false;
		seen |= one;
	}
	return seen != 0;
}

static bool device_number(struct slice *text)
{
	unsigned long long number;

	if (slice_starts(*text, "*")) {
		*text = slice_after(*text, 1);
		return true;
	}
	return number_at(text, 0xffffff, &number);
}

bool grammar_read_cgroup_rule(struct slice key, struct slice text, const struct grammar_row *row)
{
	if (text.n < 2 || strchr("abc", text.p[0]) == NULL || text.p[0] == '\0' || text.p[1] != ' ')
		return false;
	text = slice_after(text, 2);
	if (!device_number(&text) || !slice_starts(text, ":"))
		return false;
	text = slice_after(text, 1);
	return device_number(&text) && slice_starts(text, " ") &&
	       grammar_read_permissions(key, slice_after(text, 1), row);
}

/* --- the kernel's settings, and its file system in memory ------------------------------------ */
bool grammar_read_sysctl(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)row;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == '\0' ||
		    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/",
			   key.p[i]) == NULL)
			return false;
	/* Its dots become the slashes of a path below /proc/sys. */
	return key.n > 0 && key.p[0] != '.' && key.p[0] != '/' && key.n <= 255 &&
	       memmem(key.p, key.n, "..", 2) == NULL && memmem(key.p, key.n, "./", 2) == NULL &&
	       slice_is_clean_text(text);
}

/* The kernel reads 0x10 as sixteen, and size=0 as no limit. */
static bool is_tmpfs_number(struct slice text)
{
	unsigned long long number;
	struct slice rest = text;
	long long size;

	if (number_at(&rest, 100, &number) && slice_is(rest, "%"))
		return number > 0;
	return grammar_size(text, &size) == 0 && size > 0 && text.p[text.n - 1] != 'b' &&
	       text.p[text.n - 1] != 'B';
}

static bool is_octal(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '7')
			return false;
	return text.n > 0 && text.n <= 5;
}

static bool is_tmpfs_option(struct slice option)
{
	static const char *const sizes[] = { "size=", "nr_inodes=", "nr_blocks=" };
	static const char *const ids[] = { "uid=", "gid=" };
	unsigned long long id;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (slice_starts(option, sizes[i]))
			return is_tmpfs_number(slice_after(option, strlen(sizes[i])));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (slice_starts(option, ids[i])) {
			option = slice_after(option, strlen(ids[i]));
			return number_at(&option, 0xfffffffe, &id) && option.n == 0;
		}
	if (slice_starts(option, "mode="))
		return is_octal(slice_after(option, 5));
	/* Words: which of them, create.c says. */
	return slice_find(option, '=') == option.n;
}

bool grammar_read_tmpfs(struct slice key, struct slice text, const struct grammar_row *row)
{
	(void)row;
	if (key.n == 0 || key.p[0] != '/')
		return false;
	while (text.n > 0) {
		struct slice option = slice_of(text.p, slice_find(text, ','));

		if (!is_tmpfs_option(option))
			return false;
		text = slice_after(text, option.n + 1);
	}
	return true;
}
