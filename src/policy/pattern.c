/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/pattern.h"

#include <stdio.h>
#include <string.h>

#include "common/slice.h"

/* Both stars remember where to try again; the single one may not cross a slash. */
bool pattern_path_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *star_text = NULL, *deep = NULL, *deep_text = NULL;
	size_t n = strlen(pattern);

	if (n > 3 && strcmp(pattern + n - 3, "/**") == 0 && strlen(text) == n - 3 &&
	    strncmp(pattern, text, n - 3) == 0)
		return true;
	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			pattern += 2;
			deep = pattern;
			deep_text = text;
			star = NULL;
		} else if (pattern[0] == '*') {
			star = ++pattern;
			star_text = text;
		} else if (*text != '\0' && *pattern == *text) {
			pattern++;
			text++;
		} else if (*text == '\0' && *pattern == '\0') {
			return true;
		} else if (star != NULL && *star_text != '\0' && *star_text != '/') {
			pattern = star;
			text = ++star_text;
		} else if (deep != NULL && *deep_text != '\0') {
			pattern = deep;
			text = ++deep_text;
			star = NULL;
		} else {
			return false;
		}
	}
}

static bool cut_read_only(const char *text, char *out, size_t size)
{
	size_t n = strlen(text);
	bool read_only = n > 3 && strcmp(text + n - 3, ":ro") == 0;

	(void)snprintf(out, size, "%.*s", (int)(read_only ? n - 3 : n), text);
	return read_only;
}

bool pattern_volume_fits(const char *pattern, const char *home, const char *text)
{
	char source[4096], asked[4096], whole[8192];
	bool only = cut_read_only(pattern, source, sizeof(source));
	bool asked_only = cut_read_only(text, asked, sizeof(asked));

	if (strlen(text) >= sizeof(asked) || (only && !asked_only))
		return false;
	if (source[0] != '~')
		return pattern_path_fits(source, asked);
	if (home[0] != '/' || (source[1] != '\0' && source[1] != '/'))
		return false;
	(void)snprintf(whole, sizeof(whole), "%s%s", home, source + 1);
	return pattern_path_fits(whole, asked);
}

bool pattern_volume_names(const char *pattern, const char *home, size_t top)
{
	struct slice source = slice_str(pattern);
	size_t star = slice_find(source, '*'), before = source.p[0] == '~' ? strlen(home) : 0;

	if (star == source.n)
		return true;
	if (top == FACT_WHOLE)
		return false;
	/* A name that a star goes on with is not named. */
	while (star > 0 && source.p[star] != '/')
		star--;
	return before + star - (before > 0 ? 1 : 0) >= top;
}

bool pattern_volume_is_wide(const char *pattern)
{
	static const char *const own[] = {
		"/", "/etc", "/etc/x", "/proc", "/proc/x", "/sys", "/sys/x", "/dev", "/dev/x",
		"/run", "/run/x", "/var/run", "/root", "/root/x", "/boot", "/usr", "/bin", "/sbin",
		"/lib", "/var", "/var/lib", "/var/lib/docker", "/var/lib/containerd",
		"/var/lib/docker/x", "/var/lib/containerd/x",
	};
	char source[4096];

	(void)cut_read_only(pattern, source, sizeof(source));
	if (source[0] != '/')
		return false;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (pattern_path_fits(source, own[i]))
			return true;
	/* Named exactly below one of them is as strong. */
	return strncmp(source, "/etc/", 5) == 0 || strncmp(source, "/proc/", 6) == 0 ||
	       strncmp(source, "/sys/", 5) == 0 || strncmp(source, "/dev/", 5) == 0 ||
	       strncmp(source, "/run/", 5) == 0 || strncmp(source, "/root/", 6) == 0 ||
	       strncmp(source, "/var/run/", 9) == 0 ||
	       strncmp(source, "/var/lib/docker/", 16) == 0 ||
	       strncmp(source, "/var/lib/containerd/", 20) == 0 ||
	       strncmp(source, "/boot/", 6) == 0;
}

/* --- ports ----------------------------------------------------------------------- */
struct ports {
	struct slice ip;	/* empty: every address, 0.0.0.0 */
	bool ephemeral;
	unsigned long long first, last;
};

static int parse_ports(const char *text, struct ports *ret)
{
	struct slice all = slice_str(text), range;
	size_t colon = all.n, dash;

	for (size_t i = 0; i < all.n; i++)
		if (all.p[i] == ':')
			colon = i;
	*ret = (struct ports){ .ip = slice_of(all.p, colon < all.n ? colon : 0) };
	range = colon < all.n ? slice_after(all, colon + 1) : all;
	if (slice_is(range, "ephemeral") || slice_is(range, "*")) {
		ret->ephemeral = slice_is(range, "ephemeral");
		ret->last = 65535;
		ret->first = ret->ephemeral ? 1 : 0;
		return 0;
	}
	dash = slice_find(range, '-');
	if (slice_to_u64(slice_of(range.p, dash), 65535, &ret->first) < 0)
		return -1;
	ret->last = ret->first;
	if (dash < range.n && slice_to_u64(slice_after(range, dash + 1), 65535, &ret->last) < 0)
		return -1;
	return ret->first <= ret->last ? 0 : -1;
}

bool pattern_port_ok(const char *pattern)
{
	struct ports ports;

	return parse_ports(pattern, &ports) == 0;
}

bool pattern_port_fits(const char *pattern, const char *text)
{
	struct ports allowed, asked;
	bool every;

	if (parse_ports(pattern, &allowed) < 0 || parse_ports(text, &asked) < 0)
		return false;
	/* No address in the policy is docker's own meaning of none: all of them. */
	if (allowed.ip.n == 0)
		allowed.ip = slice_str("0.0.0.0");
	if (!slice_is(allowed.ip, "*") && !slice_eq(allowed.ip, asked.ip))
		return false;
	every = allowed.first == 0 && allowed.last == 65535 && !allowed.ephemeral;
	if (asked.ephemeral || allowed.ephemeral)
		return every || (asked.ephemeral && allowed.ephemeral);
	return asked.first >= allowed.first && asked.last <= allowed.last;
}

/* --- numbers ------------------------------------------------------------------------ */
static int parse_decimal(struct slice text, long long unit, long long *ret)
{
	size_t dot = slice_find(text, '.');
	struct slice fraction = slice_after(text, dot + 1);
	unsigned long long whole;
	long long result, part = unit;

	if (slice_to_u64(slice_of(text.p, dot), 1ULL << 40, &whole) < 0 ||
	    (dot < text.n && (fraction.n == 0 || fraction.n > 9)) ||
	    __builtin_mul_overflow((long long)whole, unit, &result))
		return -1;
	for (size_t i = 0; dot < text.n && i < fraction.n; i++) {
		if (fraction.p[i] < '0' || fraction.p[i] > '9')
			return -1;
		part /= 10;
		if (__builtin_add_overflow(result, part * (fraction.p[i] - '0'), &result))
			return -1;
	}
	*ret = result;
	return 0;
}

static int parse_bytes(struct slice text, long long *ret)
{
	static const struct { char letter; long long unit; } units[] = {
		{ 'b', 1 }, { 'k', 1LL << 10 }, { 'm', 1LL << 20 }, { 'g', 1LL << 30 },
		{ 't', 1LL << 40 },
	};
	unsigned long long number;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char last = text.n > 0 ? text.p[text.n - 1] : '\0';

		if (last != units[i].letter && last != units[i].letter - 'a' + 'A')
			continue;
		text.n--;
		return slice_to_u64(text, 1ULL << 60, &number) < 0 ||
			__builtin_mul_overflow((long long)number, units[i].unit, ret) ? -1 : 0;
	}
	if (slice_to_u64(text, 1ULL << 60, &number) < 0)
		return -1;
	*ret = (long long)number;
	return 0;
}

int pattern_number(enum value_kind kind, const char *text, long long *ret)
{
	unsigned long long number;

	switch (kind) {
	case VALUE_BYTES:
		return parse_bytes(slice_str(text), ret);
	case VALUE_CPUS:
		return parse_decimal(slice_str(text), 1000000000LL, ret);
	case VALUE_COUNT:
		if (slice_to_u64(slice_str(text), 1ULL << 60, &number) < 0)
			return -1;
		*ret = (long long)number;
		return 0;
	case VALUE_NONE: case VALUE_TEXT: case VALUE_PATH: case VALUE_PORT:
	default:
		return -1;
	}
}

/* --- dates ----------------------------------------------------------------------------- */
static int digits(const char *text, size_t n, int least, int most, int *ret)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	*ret = value;
	return value >= least && value <= most ? 0 : -1;
}

static int parse_day(const char *text, struct tm *ret)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (strlen(text) < 10 || text[4] != '-' || text[7] != '-' ||
	    digits(text, 4, 1970, 9999, &year) < 0 || digits(text + 5, 2, 1, 12, &month) < 0 ||
	    digits(text + 8, 2, 1, days[month - 1], &day) < 0)
		return -1;
	if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		return -1;
	*ret = (struct tm){
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1
	};
	return 0;
}

/* A day alone begins at its first second and is over `days` days later. */
static int parse_date(const char *text, int days, time_t *ret)
{
	struct tm tm;
	int zone_hours = 0, zone_minutes = 0, sign;
	const char *zone;

	if (parse_day(text, &tm) < 0)
		return -1;
	if (text[10] == '\0') {
		tm.tm_mday += days;	/* mktime() carries it into the next month */
		*ret = mktime(&tm);
		return *ret == (time_t)-1 ? -1 : 0;
	}
	if (strlen(text) < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
	    digits(text + 11, 2, 0, 23, &tm.tm_hour) < 0 ||
	    digits(text + 14, 2, 0, 59, &tm.tm_min) < 0 ||
	    digits(text + 17, 2, 0, 60, &tm.tm_sec) < 0)
		return -1;
	zone = text + 19;
	if (strcmp(zone, "Z") == 0)
		zone = "+00:00";
	sign = zone[0] == '-' ? -1 : 1;
	if (strlen(zone) != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' ||
	    digits(zone + 1, 2, 0, 23, &zone_hours) < 0 ||
	    digits(zone + 4, 2, 0, 59, &zone_minutes) < 0)
		return -1;
	*ret = timegm(&tm) - sign * (zone_hours * 3600 + zone_minutes * 60);
	return 0;
}

int pattern_until(const char *text, time_t *ret)
{
	return parse_date(text, 1, ret);
}

int pattern_from(const char *text, time_t *ret)
{
	return parse_date(text, 0, ret);
}
