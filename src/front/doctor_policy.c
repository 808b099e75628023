/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/doctor.h"

#include <endian.h>
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include "front/grant.h"
#include "front/policyfile.h"
#include "front/rules.h"

#define SOON (14 * 24 * 3600)
#define ACL_NAMED_USER 2
#define ACL_NAMED_GROUP 8
#define ACL_READS 4

static void look_at_owner(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(doctor_path(d, path), &st) < 0)
		return;
	if ((st.st_uid != 0 && *d->root == '\0') || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		doctor_found(d, FINDING_POLICY_OWNER, path, "%s: uid %u, mode %04o", path, (unsigned)st.st_uid,
			     (unsigned)st.st_mode & 07777);
}

/* Of the three setgid programs, one. */
static void look_at_program(struct doctor *d, const char *path)
{
	const struct group *group = getgrnam(SAFEDOCKER_GROUP);
	struct stat st;

	if (stat(path, &st) < 0)
		doctor_found(d, FINDING_HELPER, path, "%s is not there", path);
	else if (group == NULL || st.st_uid != 0 || st.st_gid != group->gr_gid || (st.st_mode & 07777) != 02755)
		doctor_found(d, FINDING_HELPER, path, "%s: %u:%u %04o, wanted root:%s 2755", path,
			     (unsigned)st.st_uid, (unsigned)st.st_gid, (unsigned)st.st_mode & 07777, SAFEDOCKER_GROUP);
}

/*
 * The access list, as the kernel stores it (acl(5), linux/posix_acl_xattr.h). Beside what the mode says, group
 * adm may read, and nobody may do anything.
 */
static void look_at_access(struct doctor *d, const char *path)
{
	struct {
		uint32_t version;
		struct { uint16_t tag, perm; uint32_t id; } entries[64];
	} list;
	const struct group *adm = getgrnam("adm");
	ssize_t n = lgetxattr(path, "system.posix_acl_access", &list, sizeof(list));
	size_t entries = n > 4 ? ((size_t)n - 4) / sizeof(list.entries[0]) : 0;
	bool adm_reads = false, others = n < 0 && errno == ERANGE;

	for (size_t i = 0; i < entries && le32toh(list.version) == 2; i++) {
		unsigned tag = le16toh(list.entries[i].tag), perm = le16toh(list.entries[i].perm);

		if (tag != ACL_NAMED_USER && tag != ACL_NAMED_GROUP)
			continue;
		if (tag == ACL_NAMED_GROUP && adm != NULL && perm == ACL_READS &&
		    le32toh(list.entries[i].id) == adm->gr_gid)
			adm_reads = true;
		else if (perm != 0)
			others = true;
	}
	if (others)
		doctor_found(d, FINDING_RECORD_ACL, path, "%s has an access list for others (getfacl)", path);
	if (!adm_reads && adm != NULL)
		doctor_found(d, FINDING_RECORD_ADM, path, "%s: setfacl -m g:adm:r", path);
}

static void look_at_record(struct doctor *d, const char *path)
{
	const struct group *group = getgrnam(SAFEDOCKER_GROUP);
	struct stat st;

	if (stat(path, &st) < 0)
		doctor_found(d, FINDING_RECORD, path, "%s is not there", path);
	else if (group == NULL || st.st_uid != 0 || st.st_gid != group->gr_gid || (st.st_mode & 0777) != 0660)
		doctor_found(d, FINDING_RECORD, path, "%s: %u:%u %04o, wanted root:%s 0660", path, (unsigned)st.st_uid,
			     (unsigned)st.st_gid, (unsigned)st.st_mode & 07777, SAFEDOCKER_GROUP);
	else
		look_at_access(d, path);
}

static void look_at_recordings(struct doctor *d, const struct policy *policy)
{
	const struct group *group = getgrnam(SAFEDOCKER_GROUP);
	struct policy_rule r = { .strong = NULL };
	bool wanted = false;
	struct stat st;

	for (size_t i = 0; i < policy_rules(policy); i++) {
		policy_rule_at(policy, i, &r);
		wanted = wanted || (r.strong != NULL && r.strong->record);
	}
	if (wanted && (stat(SAFEDOCKER_RECORDINGS, &st) < 0 || group == NULL || st.st_uid != 0 ||
		       st.st_gid != group->gr_gid || (st.st_mode & 07777) != 01730))
		doctor_found(d, FINDING_RECORDINGS, SAFEDOCKER_RECORDINGS, "%s: wanted a directory, root:%s 1730",
			     SAFEDOCKER_RECORDINGS, SAFEDOCKER_GROUP);
}

static void look_at_rules(struct doctor *d, const struct policy *policy)
{
	time_t now = time(NULL);

	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule r;
		char until[40];

		policy_rule_at(policy, i, &r);
		rules_until(r.until, until, sizeof(until));
		if (rules_expired(&r, now))
			doctor_found(d, FINDING_RULE_OVER, r.file, "%s at %s:%u, until %s", r.name, r.file, r.line, until);
		else if (r.until != 0 && r.until <= now + SOON)
			doctor_found(d, FINDING_RULE_SOON, r.file, "%s at %s:%u, until %s", r.name, r.file, r.line, until);
		if (r.strong != NULL && r.until == 0)
			doctor_found(d, FINDING_STRONG_UNTIL, r.file, "%s at %s:%u", r.name, r.file, r.line);
		if (r.why == NULL)
			doctor_found(d, FINDING_RULE_WHY, r.file, "%s at %s:%u", r.name, r.file, r.line);
		d->root_open = d->root_open || r.root == ROOT_OPEN;
	}
}

static void look_at_grants(struct doctor *d, const struct policy *policy)
{
	struct moment now = grant_moment();
	struct policy_grant g;

	for (size_t i = 0; policy_grant_at(policy, i, &now, &g); i++) {
		char until[40];

		rules_until(g.until, until, sizeof(until));
		doctor_found(d, g.holds ? FINDING_GRANT : FINDING_GRANT_OVER, g.rule, "%s to %s at %s:%u, until %s",
			     g.rule, g.user, g.file, g.line, until);
	}
}

void doctor_policy(struct doctor *d)
{
	static struct policyfile files;
	struct policy *policy = NULL;
	struct error why = { 0 };

	files = (struct policyfile){ .n = 0 };
	if (*d->root != '\0') {
		char name[] = "/etc/safedocker/safedocker.conf";
		char path[4200];
		struct stat st;

		look_at_owner(d, name);
		(void)snprintf(path, sizeof(path), "%s", doctor_path(d, name));
		if (stat(path, &st) < 0 || policyfile_add(&files, path, &why) < 0)
			return;
		files.files[0].name = name;
	} else {
		look_at_program(d, SAFEDOCKER_HELPER);
		look_at_program(d, SAFEDOCKER_AUTH);
		look_at_program(d, SAFEDOCKER_RECORD);
		if (policyfile_add_installed(&files, &why) < 0) {
			doctor_found(d, FINDING_POLICY_BAD, "", "%s", why.text);
			policyfile_free(&files);
			return;
		}
		look_at_owner(d, "/etc/safedocker");
		for (size_t i = 0; i < files.n; i++)
			look_at_owner(d, files.names[i]);
	}
	if (policy_parse(files.files, files.n, &policy, &why) < 0)
		doctor_found(d, FINDING_POLICY_BAD, "", "%s", why.text);
	else {
		look_at_rules(d, policy);
		look_at_grants(d, policy);
	}
	if (*d->root == '\0')
		look_at_record(d, policy != NULL && policy_log_file(policy) != NULL ? policy_log_file(policy) : SAFEDOCKER_LOG);
	if (*d->root == '\0' && policy != NULL)
		look_at_recordings(d, policy);
	policy_free(policy);
	policyfile_free(&files);
}
