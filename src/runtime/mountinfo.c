/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/mountinfo.h"

#include <string.h>

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD…] - TYPE SOURCE SUPER-OPTIONS */
static bool read_line(struct slice line, struct mountinfo *ret)
{
	ret->id = slice_take(&line, ' ');
	for (int i = 0; i < 3; i++)
		(void)slice_take(&line, ' ');
	ret->point = slice_take(&line, ' ');
	(void)slice_take(&line, ' ');
	/* shared:1 and the like */
	ret->optional = line;
	while (line.n > 0 && !slice_is(slice_take(&line, ' '), "-"))
		;
	ret->optional.n -= line.n;
	ret->type = slice_take(&line, ' ');
	(void)slice_take(&line, ' ');
	ret->super_options = line;
	return ret->point.n > 0 && ret->super_options.n > 0;
}

int mountinfo_find(struct slice text, const char *path, struct mountinfo *ret, struct error *reterr)
{
	bool found = false;

	/* The kernel escapes these; that such a path is not found must not mean that it is not there. */
	if (strpbrk(path, " \t\n\\") != NULL)
		return error_set(reterr, ERR_SYNTAX, "white space or a backslash in the path %s", path);
	while (text.n > 0) {
		struct mountinfo line;

		if (!read_line(slice_take(&text, '\n'), &line))
			return error_set(reterr, ERR_SYNTAX, "the list of mounts is unreadable");
		if (slice_is(line.point, path)) {
			*ret = line;
			found = true;
		}
	}
	return found ? 1 : 0;
}

int mountinfo_find_id(struct slice text, unsigned long long id, struct mountinfo *ret)
{
	unsigned long long number;

	while (text.n > 0)
		if (read_line(slice_take(&text, '\n'), ret) &&
		    slice_to_u64(ret->id, ~0ULL, &number) == 0 && number == id)
			return 1;
	return 0;
}

bool mountinfo_below(struct slice text, const char *path)
{
	size_t n = strlen(path);

	while (text.n > 0) {
		struct mountinfo line;

		if (!read_line(slice_take(&text, '\n'), &line) ||
		    (slice_starts(line.point, path) && line.point.n > n && line.point.p[n] == '/'))
			return true;
	}
	return false;
}

static int read_lowers(struct slice list, struct mountinfo_overlay *ret, struct error *reterr)
{
	while (list.n > 0) {
		if (ret->n == MOUNTINFO_LOWERS_MAX)
			return error_set(reterr, ERR_LIMIT, "the root file system has more than %d layers",
					 MOUNTINFO_LOWERS_MAX);
		ret->lower[ret->n++] = slice_take(&list, ':');
	}
	return 0;
}

int mountinfo_overlay(struct slice super_options, struct mountinfo_overlay *ret, struct error *reterr)
{
	static const char *const harmless[] = {
		"rw", "seclabel", "index=off", "metacopy=off", "redirect_dir=off", "redirect_dir=nofollow",
		"redirect_dir=follow", "nfs_export=off", "xino=off", "xino=auto", "xino=on", "uuid=on",
		"uuid=auto", "uuid=off", "uuid=null", "verity=off",
	};

	memset(ret, 0, sizeof(*ret));
	while (super_options.n > 0) {
		struct slice option = slice_take(&super_options, ',');
		size_t i = 0;

		while (i < sizeof(harmless) / sizeof(harmless[0]) && !slice_is(option, harmless[i]))
			i++;
		if (i < sizeof(harmless) / sizeof(harmless[0]))
			continue;
		if (slice_starts(option, "lowerdir=")) {
			if (read_lowers(slice_after(option, strlen("lowerdir=")), ret, reterr) < 0)
				return -1;
		} else if (slice_starts(option, "upperdir=")) {
			ret->upper = slice_after(option, strlen("upperdir="));
		} else if (slice_starts(option, "workdir=")) {
			ret->work = slice_after(option, strlen("workdir="));
		} else {
			return error_set(reterr, ERR_DENIED, "the root file system has the overlay option "
					 "%.*s, with which it cannot be mounted for a user",
					 (int)option.n, option.p);
		}
	}
	if (ret->n == 0 || ret->upper.n == 0 || ret->work.n == 0)
		return error_set(reterr, ERR_DENIED, "the root file system has no lower, upper or work "
				 "directory");
	return 0;
}
