/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <lastlog.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "front/target.h"

#define TEXT_MAX (256 * 1024)

/* Groups whose members can make themselves root. */
static const char *const strong_groups[] = { "docker", "root", "lxd", "incus", "incus-admin", "podman", "containerd", "disk" };
static const char *const sockets[] = {
	"/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/lxd/socket",
	"/var/lib/lxd/unix.socket", "/var/lib/incus/unix.socket", "/run/crio/crio.sock",
};
static const char *const units[] = {
	"/etc/systemd/system/docker.service", "/lib/systemd/system/docker.service", "/usr/lib/systemd/system/docker.service",
	"/etc/systemd/system/docker.socket", "/lib/systemd/system/docker.socket", "/usr/lib/systemd/system/docker.socket",
};
static const char *const unit_dirs[] = {
	"/etc/systemd/system/docker.service.d", "/etc/systemd/system/docker.socket.d", "/run/systemd/system/docker.service.d",
};

static char *read_text(const char *path)
{
	char *text = malloc(TEXT_MAX + 1);
	FILE *f = fopen(path, "re");
	size_t n;

	if (text == NULL || f == NULL) {
		free(text);
		if (f != NULL)
			(void)fclose(f);
		return NULL;
	}
	n = fread(text, 1, TEXT_MAX, f);
	text[n] = '\0';
	/* /proc/PID/cmdline separates by NUL. */
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	(void)fclose(f);
	return text;
}

/* --- groups ------------------------------------------------------------------------------- */
bool doctor_members(const struct doctor *d, const char *group,
		    void (*take)(void *user, const char *name, bool primary), void *user)
{
	FILE *groups = *d->root != '\0' ? fopen(doctor_path(d, "/etc/group"), "re") : NULL;
	FILE *users = *d->root != '\0' ? fopen(doctor_path(d, "/etc/passwd"), "re") : NULL;
	const struct group *g = NULL;
	const struct passwd *pw;
	bool found = false;
	gid_t gid = 0;

	if (*d->root == '\0') {
		g = getgrnam(group);
	} else {
		while (groups != NULL && (g = fgetgrent(groups)) != NULL && strcmp(g->gr_name, group) != 0)
			;
	}
	if (g != NULL) {
		gid = g->gr_gid;
		found = true;
		for (char **member = g->gr_mem; *member != NULL; member++)
			take(user, *member, false);
	}
	if (*d->root == '\0')
		setpwent();
	while (found && (*d->root == '\0' || users != NULL) &&
	       (pw = *d->root == '\0' ? getpwent() : fgetpwent(users)) != NULL)
		if (pw->pw_gid == gid && pw->pw_uid != 0)
			take(user, pw->pw_name, true);
	if (*d->root == '\0')
		endpwent();
	if (groups != NULL)
		(void)fclose(groups);
	if (users != NULL)
		(void)fclose(users);
	return found;
}

struct in_group {
	struct doctor *d;
	const char *group;
};

/* When somebody of that name last came in, as lastlog(8) says; "" where it is not known. */
static void last_login(const struct doctor *d, const char *name, char *ret, size_t size)
{
	const struct passwd *pw = *d->root == '\0' ? getpwnam(name) : NULL;
	int fd = open("/var/log/lastlog", O_RDONLY | O_CLOEXEC);
	struct lastlog entry;
	time_t when;
	struct tm tm;

	*ret = '\0';
	if (fd >= 0 && pw != NULL &&
	    pread(fd, &entry, sizeof(entry), (off_t)pw->pw_uid * (off_t)sizeof(entry)) == (ssize_t)sizeof(entry)) {
		when = entry.ll_time;
		if (when == 0)
			(void)snprintf(ret, size, ", never logged in");
		else if (gmtime_r(&when, &tm) != NULL)
			(void)strftime(ret, size, ", last login %Y-%m-%d", &tm);
	}
	if (fd >= 0)
		(void)close(fd);
}

static void take_member(void *user, const char *name, bool primary)
{
	const struct in_group *in = user;
	char object[300], login[60];

	if (strcmp(name, "root") == 0)
		return;
	/* gpasswd takes user and group; usermod the user alone. */
	(void)snprintf(object, sizeof(object), primary ? "%s" : "%s %s", name, in->group);
	last_login(in->d, name, login, sizeof(login));
	doctor_found(in->d, primary ? FINDING_PRIMARY : FINDING_GROUP, object, "%s is in group %s%s", name, in->group, login);
}

/* --- sockets and listeners ------------------------------------------------------------------ */
static void look_at_socket(struct doctor *d, const char *path)
{
	const char *real = doctor_path(d, path);
	struct stat st;

	if (lstat(real, &st) < 0 || (!S_ISSOCK(st.st_mode) && *d->root == '\0'))
		return;
	/* In a directory that stands for /, a file stands for the socket, and its owner cannot be shown. */
	if (st.st_uid != 0 && *d->root == '\0')
		doctor_found(d, FINDING_SOCKET_OWNER, path, "%s belongs to uid %u", path, (unsigned)st.st_uid);
	if ((st.st_mode & S_IWOTH) != 0)
		doctor_found(d, FINDING_SOCKET, path, "%s has mode %04o", path, (unsigned)st.st_mode & 07777);
	if (lgetxattr(real, "system.posix_acl_access", NULL, 0) > 0)
		doctor_found(d, FINDING_SOCKET_ACL, path, "%s has an access list", path);
}

static void tcp(struct doctor *d, const char *where, const char *text)
{
	const char *host = strstr(text, "tcp://");
	bool tls = strstr(text, "tlsverify") != NULL && strstr(text, "tlsverify\": false") == NULL &&
		strstr(text, "tlsverify=false") == NULL;
	char address[100];

	if (host == NULL)
		return;
	(void)snprintf(address, sizeof(address), "%.*s", (int)strcspn(host, " \"',]\n"), host);
	doctor_found(d, tls ? FINDING_TCP_TLS : FINDING_TCP, where, "%s: %s", where, address);
}

static void look_at_text(struct doctor *d, const char *path)
{
	char *text = read_text(doctor_path(d, path)), *rest = NULL;

	for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "ExecStart", 9) == 0)
			tcp(d, path, line);
		else if (strncmp(line, "ListenStream=", 13) == 0 && line[13] != '/' && line[13] != '%' && line[13] != '\0')
			doctor_found(d, FINDING_TCP, path, "%s: %s", path, line + 13);
	}
	free(text);
}

static void look_at_units(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		look_at_text(d, units[i]);
	for (size_t i = 0; i < sizeof(unit_dirs) / sizeof(unit_dirs[0]); i++) {
		DIR *dir = opendir(doctor_path(d, unit_dirs[i]));
		struct dirent *entry;

		while (dir != NULL && (entry = readdir(dir)) != NULL) {
			char path[600];

			if (entry->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", unit_dirs[i], entry->d_name);
			look_at_text(d, path);
		}
		if (dir != NULL)
			(void)closedir(dir);
	}
}

static void look_at_daemon_json(struct doctor *d)
{
	static const char path[] = "/etc/docker/daemon.json";
	json_t *root = json_load_file(doctor_path(d, path), 0, NULL), *host;
	bool tls = json_is_true(json_object_get(root, "tlsverify"));
	size_t i;

	json_array_foreach(json_object_get(root, "hosts"), i, host)
		if (json_is_string(host) && strncmp(json_string_value(host), "tcp://", 6) == 0)
			doctor_found(d, tls ? FINDING_TCP_TLS : FINDING_TCP, path, "%s: %s", path, json_string_value(host));
	json_decref(root);
}

static void look_at_processes(struct doctor *d)
{
	DIR *dir = opendir(doctor_path(d, "/proc"));
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[300], where[300];
		char *text;

		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		text = read_text(doctor_path(d, path));
		if (text != NULL) {
			size_t n = strcspn(text, " ");

			(void)snprintf(where, sizeof(where), "process %s", entry->d_name);
			if (n >= 7 && strncmp(text + n - 7, "dockerd", 7) == 0)
				tcp(d, where, text);
		}
		free(text);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* /proc/net/tcp: sl local_address rem_address st …, all in hexadecimal; 0A listens. */
static void look_at_listeners(struct doctor *d, const char *path)
{
	char *text = read_text(doctor_path(d, path)), *rest = NULL;

	for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		unsigned port, state;

		/* NOLINTNEXTLINE(cert-err34-c): the kernel writes these, in so many digits */
		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &port, &state) != 2 || state != 0x0a)
			continue;
		if (port == 2375)
			doctor_found(d, FINDING_TCP, path, "something listens on port 2375, docker's plain one");
		else if (port == 2376)
			doctor_found(d, FINDING_TCP_TLS, path, "something listens on port 2376, docker's one for TLS");
	}
	free(text);
}

/* --- contexts, the machine ------------------------------------------------------------------- */
static void take_context(void *user, const char *name, const char *host)
{
	struct doctor *d = user;

	if (strncmp(host, "tcp://", 6) == 0 && strstr(host, ":2376") == NULL)
		doctor_found(d, FINDING_CONTEXT, name, "context %s is %s", name, host);
}

static void look_at_machine(struct doctor *d)
{
	char *text = read_text(doctor_path(d, "/proc/version"));

	if (text != NULL && (strstr(text, "microsoft") != NULL || strstr(text, "Microsoft") != NULL))
		doctor_found(d, FINDING_WSL, "", "this host runs below Windows");
	free(text);
}

void doctor_host(struct doctor *d)
{
	char config[4096];

	for (size_t i = 0; i < sizeof(strong_groups) / sizeof(strong_groups[0]); i++) {
		struct in_group in = { .d = d, .group = strong_groups[i] };

		(void)doctor_members(d, strong_groups[i], take_member, &in);
	}
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		look_at_socket(d, sockets[i]);
	if (*d->root == '\0' && strcmp(SAFEDOCKER_SOCKET, sockets[0]) != 0)
		look_at_socket(d, SAFEDOCKER_SOCKET);
	look_at_daemon_json(d);
	look_at_units(d);
	look_at_processes(d);
	look_at_listeners(d, "/proc/net/tcp");
	look_at_listeners(d, "/proc/net/tcp6");
	if (*d->root != '\0')
		target_contexts(doctor_path(d, "/root/.docker"), take_context, d);
	else if (target_config(config, sizeof(config)))
		target_contexts(config, take_context, d);
	look_at_machine(d);
}
