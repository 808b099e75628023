/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/profile.h"

#include <stddef.h>

#include "common/buf.h"

#define PROFILE_MAX (64 * 1024)

static const char *const calls[] = {
#define CALL(name) #name,
#define CALL_UID(name, n)
#include "docker/syscall.def"
};

static const struct {
	const char *name;
	unsigned n;
} uid_calls[] = {
#define CALL(name)
#define CALL_UID(name, n) { #name, n },
#include "docker/syscall.def"
};

#define UID_ARGUMENTS_MAX 3

static void add_name(struct buf *out, const char *name, bool *first)
{
	buf_addf(out, "%s\"%s\"", *first ? "" : ",", name);
	*first = false;
}

/*
 * One way in which n arguments may be: bit i of `kept` says that argument i is -1, else it is below
 * uid_min. The kernel takes 32 bits of a register, the filter sees all 64: so "below" is of the whole
 * register, and -1 of the low half, whatever a library put into the other.
 */
static void add_uid_rule(struct buf *out, unsigned n, unsigned kept, uid_t uid_min)
{
	bool first = true;

	buf_add_str(out, ",{\"names\":[");
	for (size_t i = 0; i < sizeof(uid_calls) / sizeof(uid_calls[0]); i++)
		if (uid_calls[i].n == n)
			add_name(out, uid_calls[i].name, &first);
	buf_add_str(out, "],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[");
	for (unsigned i = 0; i < n; i++) {
		buf_addf(out, "%s{\"index\":%u,", i > 0 ? "," : "", i);
		if ((kept >> i & 1) != 0)
			buf_add_str(out, "\"value\":4294967295,\"valueTwo\":4294967295,\"op\":\"SCMP_CMP_MASKED_EQ\"}");
		else
			buf_addf(out, "\"value\":%u,\"valueTwo\":0,\"op\":\"SCMP_CMP_LT\"}", (unsigned)uid_min);
	}
	buf_add_str(out, "]}");
}

static void add_condition(struct buf *out, const char *name, unsigned index, unsigned long value, unsigned long two,
			  const char *op, const char *more)
{
	buf_addf(out, ",{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":%u,\"value\":%lu,"
		 "\"valueTwo\":%lu,\"op\":\"%s\"}]%s}", name, index, value, two, op, more);
}

static void add_conditions(struct buf *out)
{
	/* personality(2): the values that only change how uname and the address space look. */
	static const unsigned long personalities[] = { 0, 0x8, 0x20000, 0x20008, 0xffffffff };
	/* No new namespace of any kind, the user's least of all: in one of those every id could be had. */
	static const unsigned long namespaces = 0x7e020000;

	for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++)
		add_condition(out, "personality", 0, personalities[i], 0, "SCMP_CMP_EQ", "");
	add_condition(out, "socket", 0, 40 /* AF_VSOCK */, 0, "SCMP_CMP_NE", "");
	add_condition(out, "clone", 0, namespaces, 0, "SCMP_CMP_MASKED_EQ",
		      ",\"excludes\":{\"arches\":[\"s390\",\"s390x\"]}");
	add_condition(out, "clone", 1, namespaces, 0, "SCMP_CMP_MASKED_EQ",
		      ",\"includes\":{\"arches\":[\"s390\",\"s390x\"]}");
	/* Its flags are behind a pointer, which no filter follows: libraries fall back to clone. */
	buf_add_str(out, ",{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}");
}

char *profile_text(uid_t uid_min)
{
	struct buf out = buf_new(PROFILE_MAX);
	bool first = true;
	char *result;

	/* The engine takes the entry of its own machine; 32-bit calls go by the same rules. */
	buf_add_str(&out, PROFILE_PREFIX "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"archMap\":["
		    "{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]},"
		    "{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
		    "{\"architecture\":\"SCMP_ARCH_S390X\",\"subArchitectures\":[\"SCMP_ARCH_S390\"]},"
		    "{\"architecture\":\"SCMP_ARCH_PPC64LE\",\"subArchitectures\":null},"
		    "{\"architecture\":\"SCMP_ARCH_RISCV64\",\"subArchitectures\":null}],\"syscalls\":[{\"names\":[");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		add_name(&out, calls[i], &first);
	buf_add_str(&out, "],\"action\":\"SCMP_ACT_ALLOW\"}");
	/* What is kept comes first: built the other way round, libseccomp 2.5 never ends. */
	for (unsigned n = 1; n <= UID_ARGUMENTS_MAX; n++)
		for (unsigned kept = 1u << n; kept-- > 0;)
			add_uid_rule(&out, n, kept, uid_min);
	add_conditions(&out);
	buf_add_str(&out, "]}");
	result = out.failed ? NULL : slice_dup(buf_slice(&out));
	buf_free(&out);
	return result;
}
