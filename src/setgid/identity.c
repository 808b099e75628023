/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "setgid/die.h"
#include "setgid/trust.h"

#define LOGIN_DEFS "/etc/login.defs"
#define LOGIN_DEFS_MAX (256 * 1024)
#define UID_MIN_USUAL 1000

#define GROUPS_MAX 65536
#define NAMES_PATIENCE 20	/* seconds for all that is asked of name services at a time */

/* --- patience -------------------------------------------------------------------- */
static void no_answer(int signal_number)
{
	static const char text[] = "the machine's name services do not answer; nothing is allowed without them\n";

	(void)signal_number;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) >= 0)
		_exit(EXIT_CONFIG);
	_exit(EXIT_FAILED);
}

/*
 * Names may come over a network. Without an answer nobody knows which rules are for the caller, so
 * that the helper ends: it neither waits for ever nor goes on with fewer groups.
 */
static void patience(time_t seconds)
{
	const struct itimerval timer = { .it_value.tv_sec = seconds };
	struct sigaction action = { .sa_handler = seconds != 0 ? no_answer : SIG_DFL };

	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &timer, NULL) < 0)
		die(EXIT_FAILED, "cannot set a timer");
}

/* --- who ---------------------------------------------------------------------------- */
gid_t identity_group(void)
{
	const struct group *group;

	patience(NAMES_PATIENCE);
	group = getgrnam(SAFEDOCKER_GROUP);
	patience(0);
	if (group == NULL)
		die(EXIT_CONFIG, "there is no group %s on this machine", SAFEDOCKER_GROUP);
	return group->gr_gid;
}

void identity_check_self(gid_t group)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		die(EXIT_FAILED, "cannot read the process's ids");
	if (ruid != euid || ruid != suid)
		die(EXIT_NOT_ALLOWED, "the helper must not be setuid");
	if (egid != group || sgid != group)
		die(EXIT_NOT_ALLOWED, "not running with group %s (traced, no_new_privs, a nosuid mount, or "
		    "not installed root:%s 2755?)", SAFEDOCKER_GROUP, SAFEDOCKER_GROUP);
}

static char *copy(const char *text)
{
	char *result = strdup(text);

	if (result == NULL)
		die(EXIT_FAILED, "out of memory");
	return result;
}

static void load_groups(struct subject *s, const char *name)
{
	int n = 64;
	gid_t *groups = NULL;

	for (;;) {
		int got = n;

		groups = reallocarray(groups, (size_t)n, sizeof(*groups));
		if (groups == NULL)
			die(EXIT_FAILED, "out of memory");
		/* A failure never means "no groups": it ends the helper. */
		if (getgrouplist(name, s->gid, groups, &got) >= 0) {
			s->n_groups = (size_t)got;
			break;
		}
		if (got <= n || got > GROUPS_MAX)
			die(EXIT_FAILED, "cannot read the groups of %s", name);
		n = got;
	}
	s->groups = groups;
}

static void load_group_names(struct subject *s)
{
	char **names = calloc(s->n_groups + 1, sizeof(*names));

	if (names == NULL)
		die(EXIT_FAILED, "out of memory");
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct group *group = getgrgid(s->groups[i]);

		names[i] = group != NULL ? copy(group->gr_name) : NULL;
	}
	s->group_names = (const char *const *)names;
}

/* UID_MIN of login.defs(5): only where it is lower than what everybody uses, since more is kept out then. */
static uid_t first_login_uid(void)
{
	struct buf text = buf_new(LOGIN_DEFS_MAX);
	const char *name;
	int parent = trust_open_parent(LOGIN_DEFS, false, &name, NULL);
	int fd = parent >= 0 ? trust_open_file(parent, name, NULL) : -1;
	unsigned long long least = UID_MIN_USUAL, value;

	if (fd >= 0 && trust_read(fd, &text, NULL) == 0) {
		struct slice rest = buf_slice(&text);

		while (rest.n > 0) {
			struct slice line = slice_trim(slice_of(rest.p, slice_find(rest, '\n')));

			rest = slice_after(rest, slice_find(rest, '\n') + 1);
			if (slice_starts(line, "UID_MIN") &&
			    slice_to_u64(slice_trim(slice_after(line, strlen("UID_MIN"))), UINT_MAX, &value) == 0 &&
			    value < least)
				least = value;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	if (parent >= 0)
		(void)close(parent);
	buf_free(&text);
	return (uid_t)least;
}

void identity_load(struct subject *ret)
{
	const struct passwd *pw;
	struct utsname host;
	char number[16];

	*ret = (struct subject){ .uid = getuid(), .gid = getgid(), .uid_min = first_login_uid() };
	patience(NAMES_PATIENCE);
	pw = getpwuid(ret->uid);
	(void)snprintf(number, sizeof(number), "%u", (unsigned)ret->uid);
	ret->name = copy(pw != NULL ? pw->pw_name : number);
	ret->home = copy(pw != NULL ? pw->pw_dir : "");
	if (uname(&host) < 0)
		die(EXIT_FAILED, "cannot read the host's name");
	ret->host = copy(host.nodename);
	if (pw != NULL) {
		/* The primary group as the account has it now, not as newgrp(1) left it. */
		ret->gid = pw->pw_gid;
		load_groups(ret, ret->name);
	} else {
		gid_t *only = malloc(sizeof(*only));

		if (only == NULL)
			die(EXIT_FAILED, "out of memory");
		*only = ret->gid;
		ret->groups = only;
		ret->n_groups = 1;
	}
	/* Not for anybody who could be in it: see pinned_gid(). */
	if (ret->gid == pinned_gid(ret->uid) || subject_in_group(ret, pinned_gid(ret->uid)))
		die(EXIT_FAILED, "%s is in group %u, which safedocker needs to be nobody's", ret->name,
		    (unsigned)pinned_gid(ret->uid));
	load_group_names(ret);
	patience(0);
}

void identity_free(struct subject *subject)
{
	for (size_t i = 0; i < subject->n_groups; i++)
		free((char *)subject->group_names[i]);
	free((char **)subject->group_names);
	free((gid_t *)subject->groups);
	free((char *)subject->name);
	free((char *)subject->home);
	free((char *)subject->host);
	*subject = (struct subject){ 0 };
}

/*
 * When a process was started: field 22 of its stat (proc(5)). Its name may hold anything, brackets
 * too; what is behind the last bracket is the kernel's.
 */
static unsigned long long start_of(pid_t pid)
{
	char path[40], text[1024], *at;
	unsigned long long start = 0;
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');
	/* The space behind the bracket is in front of field 3. */
	for (int field = 3; at != NULL && field <= 22; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL && slice_to_u64(slice_of(at + 1, strcspn(at + 1, " ")), ~0ULL, &start) < 0)
		start = 0;
	return start;
}

void identity_terminal(struct terminal *ret)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	unsigned dev;
	ssize_t n;

	*ret = (struct terminal){ .session = getsid(0) };
	ret->leader_start = start_of(ret->session);
	if (fd >= 0) {
		/* The device's number cannot be faked; no name is looked up. */
		if (ioctl(fd, TIOCGDEV, &dev) == 0) {
			unsigned major_number = major(dev), minor_number = minor(dev);

			ret->device = dev;
			if (major_number >= 136 && major_number <= 143)
				(void)snprintf(ret->tty, sizeof(ret->tty), "/dev/pts/%u",
					       (major_number - 136) * 256 + minor_number);
			else if (major_number == 4 && minor_number < 64)
				(void)snprintf(ret->tty, sizeof(ret->tty), "/dev/tty%u", minor_number);
			else
				(void)snprintf(ret->tty, sizeof(ret->tty), "%u:%u", major_number, minor_number);
		}
		(void)close(fd);
	}
	fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, ret->loginuid, sizeof(ret->loginuid) - 1) : -1;
	ret->loginuid[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

void identity_boot(char ret[BOOT_ID_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, ret, BOOT_ID_SIZE - 1) : -1;

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (fd >= 0)
		(void)close(fd);
}
