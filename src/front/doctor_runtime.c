/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: can this host, its kernel and its engine have mapped containers, and is everything for them there? */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "docker/runtime_info.h"
#include "front/capture.h"
#include "front/doctor.h"
#include "front/engine.h"
#include "front/registration.h"

#define OUTPUT_MAX 8192

/* --- the machine -------------------------------------------------------------------------------- */

static void look_at_kernel(struct doctor *d)
{
	struct utsname is;

	if (uname(&is) < 0)
		return;
	if (doctor_version_compare(is.release, "5.19") < 0)
		doctor_found(d, FINDING_KERNEL, "", "kernel %s", is.release);
	else if (doctor_version_compare(is.release, "6.3") < 0)
		doctor_found(d, FINDING_KERNEL_SHM, "", "kernel %s", is.release);
}

static void look_at_files(struct doctor *d)
{
	struct stat is;
	int entries = 0;
	DIR *dir;

	if (stat(SAFEDOCKER_RUNTIME, &is) < 0 || !S_ISREG(is.st_mode) || (is.st_mode & S_IXUSR) == 0)
		doctor_found(d, FINDING_RUNTIME_FILE, "", SAFEDOCKER_RUNTIME " is not there, or is no program");
	else if (is.st_uid != 0 || (is.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		doctor_found(d, FINDING_RUNTIME_FILE, "", SAFEDOCKER_RUNTIME ": uid %u, mode %04o", (unsigned)is.st_uid,
			     (unsigned)is.st_mode & 07777);
	dir = lstat(SAFEDOCKER_PLACEHOLDER, &is) == 0 && S_ISDIR(is.st_mode) ? opendir(SAFEDOCKER_PLACEHOLDER) : NULL;
	while (dir != NULL && readdir(dir) != NULL && entries < 3)
		entries++;
	if (dir == NULL || is.st_uid != 0 || (is.st_mode & 0222) != 0 || entries > 2)
		doctor_found(d, FINDING_PLACEHOLDER, SAFEDOCKER_PLACEHOLDER, SAFEDOCKER_PLACEHOLDER " %s",
			     dir == NULL ? "is not there" : entries > 2 ? "is not empty" : "is not root's with mode 0555");
	if (dir != NULL)
		(void)closedir(dir);
}

/* --- the engine ----------------------------------------------------------------------------------- */

int doctor_info(struct runtime_info *ret, char *data_root, size_t size, const char **why_not)
{
	static const char *const ask[] = { "info", "--format", "{{json .}}", NULL };
	struct buf text = buf_new(ENGINE_OUTPUT_MAX);
	json_t *info = NULL;
	const char *root = NULL;
	int result = -1;

	*ret = (struct runtime_info){ .can_map = false };
	*why_not = "the engine does not answer";
	/* Some clients print an answer also where there was none: then it has no driver. */
	if (engine_ask(ask, &text) == 0)
		info = json_loadb(text.data != NULL ? text.data : "", text.len, 0, NULL);
	if (json_string_length(json_object_get(info, "Driver")) > 0)
		result = runtime_info_read(slice_trim(buf_slice(&text)), ret, why_not);
	root = json_string_value(json_object_get(info, "DockerRootDir"));
	(void)snprintf(data_root, size, "%s", root != NULL ? root : "");
	json_decref(info);
	buf_free(&text);
	return result;
}

int doctor_trees(const char *data_root, bool make, char *why, size_t size)
{
	static char program[] = SAFEDOCKER_MOUNTS, check[] = "--check";
	struct buf said = buf_new(OUTPUT_MAX);
	char root[4096];
	char *argv[] = { program, check, root, NULL }, *doing[] = { program, root, NULL };
	int status;

	(void)snprintf(root, sizeof(root), "%s", data_root);
	status = root[0] == '/' ? capture_all(make ? doing : argv, &said) : -1;
	(void)snprintf(why, size, "%.*s", said.len > 0 ? (int)strcspn(buf_cstr(&said), "\n") : 0,
		       said.len > 0 ? said.data : "");
	if (status != 0 && *why == '\0')
		(void)snprintf(why, size, "%s did not do its work", program);
	buf_free(&said);
	return status == 0 ? 0 : -1;
}

static void look_at_engine(struct doctor *d)
{
	struct runtime_info info;
	char data_root[4096], text[1000];
	const char *why;

	if (doctor_info(&info, data_root, sizeof(data_root), &why) < 0) {
		doctor_found(d, FINDING_NOT_LOOKED, "", "mapped containers: %s", why);
		return;
	}
	if (!info.can_map)
		doctor_found(d, info.fits ? FINDING_NOT_MAPPED : FINDING_CANNOT_MAP, "", "%s", why);
	else
		doctor_found(d, FINDING_MAPPED, "", "cgroup driver %s",
			     info.driver == CGROUP_DRIVER_SYSTEMD ? "systemd" : "cgroupfs");
	if (info.registered)
		doctor_found(d, info.is_default ? FINDING_DEFAULT : FINDING_NOT_DEFAULT, "", "%s",
			     info.is_default ? "the default runtime is safedocker" : "the default runtime is another");
	/* Where mapped containers cannot be had anyway, it does not matter. */
	if (info.fits && doctor_trees(data_root, false, text, sizeof(text)) < 0)
		doctor_found(d, FINDING_TREES, "", "%s", text);
}

void doctor_runtime(struct doctor *d)
{
	look_at_kernel(d);
	look_at_files(d);
	if (geteuid() == 0)
		look_at_engine(d);
}
