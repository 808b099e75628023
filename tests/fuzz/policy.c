/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "policy/policy.h"

/* What ranks S or A in any spelling of a policy: a section that has to be asked for by name, or nothing. */
static const struct { enum operation operation; enum flag flag; const char *value; } strong[] = {
	{ OPERATION_CONTAINER_CREATE, FLAG_PRIVILEGED, "" },
	{ OPERATION_CONTAINER_CREATE, FLAG_PID, "host" },
	{ OPERATION_CONTAINER_CREATE, FLAG_NETWORK, "host" },
	{ OPERATION_CONTAINER_CREATE, FLAG_CAP_ADD, "SYS_ADMIN" },
	{ OPERATION_CONTAINER_CREATE, FLAG_DEVICE, "/dev/sda" },
	{ OPERATION_CONTAINER_CREATE, FLAG_SECURITY_OPT, "seccomp=unconfined" },
	{ OPERATION_CONTAINER_CREATE, FLAG_VOLUME, "/" },
	{ OPERATION_CONTAINER_CREATE, FLAG_VOLUME, "/etc" },
	{ OPERATION_CONTAINER_CREATE, FLAG_DEVICE_CGROUP_RULE, "a *:* rwm" },
	{ OPERATION_EXEC_CREATE, FLAG_PRIVILEGED, "" },
	{ OPERATION_VOLUME_CREATE, FLAG_OPT, "o=bind" },
};

static void try_strong(const struct policy *policy)
{
	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
		struct facts facts = { 0 };
		struct decision d;

		MUST(facts_add(&facts, strong[i].flag, strong[i].value, 0, "x") == 0);
		d = policy_decide(policy, &trial_alice, strong[i].operation, &facts, &trial_now);
		MUST(d.verdict != VERDICT_ALLOW);
		facts_free(&facts);
	}
}

/* Every operation and flag once: nothing that is decided reaches beyond the policy. */
static void try_all(const struct policy *policy)
{
	for (int o = OPERATION_NONE + 1; o < OPERATION_MAX; o++) {
		struct facts facts = { 0 };
		struct decision d;

		if (o % FLAG_MAX != FLAG_NONE)
			MUST(facts_add(&facts, (enum flag)(o % FLAG_MAX), "x", 1, "x") == 0);
		d = policy_decide(policy, &trial_alice, (enum operation)o, &facts, &trial_now);
		MUST(d.verdict == VERDICT_ALLOW || d.verdict == VERDICT_DENY);
		MUST(d.missing != MISSING_FLAG || d.fact < facts.n);
		MUST(d.n_settings == 0 || d.settings != NULL);
		facts_free(&facts);
	}
}

void fuzz_policy(struct slice in)
{
	struct policy_file file = { "fuzz", in };
	struct policy *policy = NULL;
	struct error why = { 0 };

	if (policy_parse(&file, 1, &policy, &why) < 0) {
		MUST(policy == NULL && why.code != ERR_NONE && *why.text != '\0');
		return;
	}
	MUST(slice_is_clean_text(slice_str(policy_engine_socket(policy))));
	MUST(slice_is_clean_text(slice_str(policy_log_file(policy))));
	try_strong(policy);
	try_all(policy);
	policy_free(policy);
}
