/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/buf.h"
#include "docker/tar.h"
#include "front/engine.h"

#define PROGRAM_MAX (1 << 20)
#define RUNTIME_SAYS "OCI runtime create failed: "
#define IDS_LEAST 65536ULL

/* One file's header as POSIX.1-1988 has it. */
static void add_header(struct buf *out, const char *name, size_t size)
{
	char block[TAR_BLOCK] = "";
	unsigned sum = 0;

	(void)snprintf(block, 100, "%s", name);
	(void)snprintf(block + 100, 8, "%07o", 0755U);
	(void)snprintf(block + 108, 8, "%07o", 0U);
	(void)snprintf(block + 116, 8, "%07o", 0U);
	(void)snprintf(block + 124, 12, "%011o", (unsigned)size);
	(void)snprintf(block + 136, 12, "%011o", 0U);
	memset(block + 148, ' ', 8);
	block[156] = '0';
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum);
	buf_add(out, block, sizeof(block));
}

static int read_program(struct buf *ret)
{
	FILE *f = fopen(SAFEDOCKER_TRIAL, "re");
	size_t n = 1;

	while (f != NULL && n > 0) {
		char *room = buf_room(ret, 8192);

		n = room != NULL ? fread(room, 1, 8192, f) : 0;
		buf_added(ret, n);
	}
	if (f != NULL)
		(void)fclose(f);
	return f != NULL && ret->len > 0 && !ret->failed ? 0 : -1;
}

/* The archive in a file without a name but the one in /proc; its descriptor, or -1. */
static int make_archive(char *ret, size_t size, struct error *reterr)
{
	static const char zeros[2 * TAR_BLOCK];
	struct buf program = buf_new(PROGRAM_MAX), out = buf_new(2 * PROGRAM_MAX);
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (read_program(&program) == 0) {
		add_header(&out, "trial", program.len);
		buf_add_slice(&out, buf_slice(&program));
		buf_add(&out, zeros, (TAR_BLOCK - program.len % TAR_BLOCK) % TAR_BLOCK);
		buf_add(&out, zeros, sizeof(zeros));
	}
	if (fd >= 0 && (out.len == 0 || out.failed || write(fd, out.data, out.len) != (ssize_t)out.len)) {
		(void)close(fd);
		fd = -1;
	}
	if (fd < 0)
		error_fill(reterr, ERR_SYSTEM, "cannot make an image of %s for a trial: %s", SAFEDOCKER_TRIAL, strerror(errno));
	(void)snprintf(ret, size, "/proc/%d/fd/%d", (int)getpid(), fd);
	buf_free(&program);
	buf_free(&out);
	return fd;
}

/* The reason out of what docker prints: what the runtime said, or else all of the first line. */
static void set_reason(struct buf *out, struct error *reterr)
{
	char *text = (char *)buf_cstr(out), *at, *end;

	if (text == NULL || *text == '\0') {
		error_fill(reterr, ERR_ENGINE, "docker did not answer in time");
		return;
	}
	at = strstr(text, RUNTIME_SAYS);
	at = at != NULL ? at + strlen(RUNTIME_SAYS) : text;
	end = strstr(at, ": unknown");
	if (end == NULL)
		end = at + strcspn(at, "\n");
	error_fill(reterr, ERR_ENGINE, "%.*s", (int)(end - at), at);
}

/* Runs it; -1 with docker's reason. What it prints is in *out where the caller wants it. */
static int docker(const char *const *arguments, struct buf *ret, struct error *reterr)
{
	struct buf out = buf_new(ENGINE_OUTPUT_MAX);
	int status = engine_try(arguments, &out);

	if (status != 0)
		set_reason(&out, reterr);
	if (ret != NULL)
		buf_add_slice(ret, buf_slice(&out));
	buf_free(&out);
	return status == 0 ? 0 : -1;
}

/* Lines "INSIDE OUTSIDE COUNT". */
static int check_map(const char *pid, uid_t uid, struct error *reterr)
{
	unsigned long long inside, outside, count, all = 0;
	bool root_is_user = false;
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/uid_map", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return error_set(reterr, ERR_ENGINE, "the trial container ended by itself");
	/* NOLINTNEXTLINE(cert-err34-c): the kernel writes these, in so many digits */
	while (fscanf(f, "%llu %llu %llu", &inside, &outside, &count) == 3) {
		all += count;
		root_is_user = root_is_user || (inside == 0 && outside == uid && count == 1);
		if (outside == 0)
			all = 0;
	}
	(void)fclose(f);
	if (!root_is_user || all < IDS_LEAST || all > UINT32_MAX / 2)
		return error_set(reterr, ERR_ENGINE, "the trial container started, but its root is not the user %u outside",
				 (unsigned)uid);
	return 0;
}

static int try_container(const char *name, uid_t uid, enum cgroup_driver driver, struct error *reterr)
{
	struct buf out = buf_new(4096);
	char parent[64];
	const char *const create[] = { "create", "--name", name, "--runtime", RUNTIME_INFO_NAME, "--cgroup-parent", parent,
				       "--network", "none", "--log-driver", "none", name, NULL };
	const char *const start[] = { "start", name, NULL };
	const char *const pid[] = { "inspect", "--type", "container", "--format", "{{.State.Pid}}", name, NULL };
	const char *const end[] = { "rm", "--force", "--volumes", name, NULL };
	int result = -1;

	(void)snprintf(parent, sizeof(parent), driver == CGROUP_DRIVER_SYSTEMD ? "safedocker-u%u.slice" : "/safedocker/u%u",
		       (unsigned)uid);
	if (docker(create, NULL, reterr) < 0)
		return -1;
	if (docker(start, NULL, reterr) == 0 && docker(pid, &out, reterr) == 0) {
		const char *text = buf_cstr(&out);
		char number[24] = "";

		if (text != NULL)
			(void)snprintf(number, sizeof(number), "%.*s", (int)strspn(text, "0123456789"), text);
		result = check_map(number, uid, reterr);
	}
	(void)docker(end, NULL, NULL);
	buf_free(&out);
	return result;
}

int trial_run(uid_t uid, enum cgroup_driver driver, struct error *reterr)
{
	unsigned char random[16];
	char name[64] = "safedocker-trial-", archive[64];
	const char *const import[] = { "import", "--change", "CMD [\"/trial\"]", archive, name, NULL };
	const char *const end[] = { "rmi", "--force", name, NULL };
	int fd, result = -1;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return error_set(reterr, ERR_SYSTEM, "cannot get random bytes");
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(name + strlen(name), 3, "%02x", random[i]);
	fd = make_archive(archive, sizeof(archive), reterr);
	if (fd < 0)
		return -1;
	if (docker(import, NULL, reterr) == 0) {
		result = try_container(name, uid, driver, reterr);
		(void)docker(end, NULL, NULL);
	}
	(void)close(fd);
	return result;
}
