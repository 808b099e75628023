/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setgid/caller.h"

#include "setgid/die.h"

void caller_know(struct caller *c)
{
	c->group = identity_group();
	identity_check_self(c->group);
	identity_terminal(&c->terminal);
	identity_boot(c->boot);
}

void caller_load(struct caller *c)
{
	const char *as = c->subject.as, *reason = c->subject.reason;

	config_free(&c->config);
	config_load(&c->config);
	identity_free(&c->subject);
	identity_load(&c->subject);
	/* What the caller asks for is not looked up. */
	c->subject.as = as;
	c->subject.reason = reason;
}

const char *caller_log_path(const struct caller *c)
{
	const char *path = c->config.policy != NULL ? policy_log_file(c->config.policy) : NULL;

	return path != NULL ? path : SAFEDOCKER_LOG;
}

void caller_open_record(struct caller *c)
{
	struct error why = { 0 };

	if (c->budget.page == NULL && budget_open(&c->budget, c->group, c->boot, &why) < 0)
		die(EXIT_CONFIG, "nobody can be served: %s", why.text);
	audit_close(&c->audit);
	audit_open(&c->audit, caller_log_path(c), c->group, &c->terminal, c->claimed);
	c->audit.budget = &c->budget;
	c->audit.day_max =
		c->config.policy != NULL ? (unsigned long long)policy_log_day(c->config.policy) : 0;
	c->audit.cwd = c->cwd;
}

void caller_check(const struct caller *c)
{
	if (c->config.policy == NULL)
		die(EXIT_CONFIG, "%s", c->config.error.text);
	if (c->audit.fd < 0)
		die(EXIT_CONFIG, "the record cannot be written: %s", c->audit.error.text);
}
