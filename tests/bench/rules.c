/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules N - what N rules cost: reading them, and a decision that only the last of them allows. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "trial/trial.h"

#define TIMES 50

static double cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 2000;
	struct buf text = buf_new(16 * 1024 * 1024);
	struct policy_file file = { "rules", { 0 } };
	struct facts facts = { 0 };
	struct policy *policy = NULL;
	struct decision d = { .verdict = VERDICT_DENY };
	struct error why = { 0 };
	double start, load = 0, decide;

	for (int i = 0; i < n; i++)
		buf_addf(&text, "[rule r%d]\nusers = %s\nverbs = @everyday\nflags = @everyday, --memory<=%dm\n", i,
			 i + 1 < n ? "alice, bob, %staff" : "alice", i + 1 < n ? 1 : 1024);
	file.text = buf_slice(&text);
	for (int i = 0; i < TIMES; i++) {
		policy_free(policy);
		policy = NULL;
		start = cpu();
		if (policy_parse(&file, 1, &policy, &why) < 0) {
			(void)fprintf(stderr, "%s\n", why.text);
			return 1;
		}
		load += cpu() - start;
	}
	if (facts_add(&facts, FLAG_MEMORY, "512m", 512LL << 20, "Memory") < 0)
		return 1;
	start = cpu();
	for (int i = 0; i < TIMES * 20; i++)
		d = policy_decide(policy, &trial_alice, OPERATION_CONTAINER_CREATE, &facts, &trial_now);
	decide = (cpu() - start) / (TIMES * 20);
	(void)printf("%d rules: read in %.2f ms [2000: <= 2], decided in %.1f us [<= 20], %s by %s\n", n, load / TIMES / 1e3,
		     decide, d.verdict == VERDICT_ALLOW ? "allowed" : "denied", d.rule);
	facts_free(&facts);
	policy_free(policy);
	buf_free(&text);
	return 0;
}
