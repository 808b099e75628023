/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/who.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define GROUPS_MAX 65536

static char *copy(const char *text)
{
	char *result = strdup(text);

	if (result == NULL)
		abort();
	return result;
}

static int load_groups(struct subject *s, struct error *reterr)
{
	gid_t *groups = NULL;
	char **names;
	int n = 64, got = 0;

	do {
		n = got > n ? got : n;
		got = n;
		free(groups);
		groups = n <= GROUPS_MAX ? calloc((size_t)n, sizeof(*groups)) : NULL;
		if (groups == NULL)
			return error_set(reterr, ERR_SYSTEM, "cannot read the groups of %s",
					 s->name);
	} while (getgrouplist(s->name, s->gid, groups, &got) < 0);
	names = calloc((size_t)got + 1, sizeof(*names));
	if (names == NULL) {
		free(groups);
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	for (int i = 0; i < got; i++) {
		const struct group *group = getgrgid(groups[i]);

		names[i] = group != NULL ? copy(group->gr_name) : NULL;
	}
	s->groups = groups;
	s->group_names = (const char *const *)names;
	s->n_groups = (size_t)got;
	return 0;
}

int who_is(const char *name, struct subject *ret, struct error *reterr)
{
	const struct passwd *pw;
	struct utsname host;
	char number[16];

	errno = 0;
	pw = name != NULL ? getpwnam(name) : getpwuid(getuid());
	if (pw == NULL && name != NULL)
		return error_set(reterr, ERR_NOT_FOUND, "there is no user %s", name);
	(void)snprintf(number, sizeof(number), "%u", (unsigned)getuid());
	*ret = (struct subject){
		.uid = pw != NULL ? pw->pw_uid : getuid(),
		.gid = pw != NULL ? pw->pw_gid : getgid(),
	};
	ret->name = copy(pw != NULL ? pw->pw_name : number);
	ret->home = copy(pw != NULL ? pw->pw_dir : "");
	ret->host = copy(uname(&host) == 0 ? host.nodename : "");
	return load_groups(ret, reterr);
}

int who_become(const char *name, struct error *reterr)
{
	const struct passwd *pw;

	if (name == NULL)
		return 0;
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return error_set(reterr, ERR_NOT_FOUND, "there is no user %s", name);
	if (pw->pw_uid == getuid())
		return 0;
	if (geteuid() != 0)
		return error_set(reterr, ERR_DENIED, "only root may ask for another user");
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return error_set(reterr, ERR_SYSTEM, "cannot become %s: %s", name, strerror(errno));
	if (setenv("HOME", pw->pw_dir, 1) < 0 || setenv("USER", pw->pw_name, 1) < 0 ||
	    unsetenv("XDG_RUNTIME_DIR") < 0 || unsetenv("DOCKER_CONFIG") < 0)
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	return 0;
}
