/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/policy_remark.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "docker/runtime_info.h"
#include "front/cover.h"
#include "front/engine.h"
#include "front/grant.h"
#include "front/rules.h"

__attribute__((format(printf, 2, 3)))
static void note(const struct policy_rule *rule, const char *format, ...)
{
	va_list args;

	(void)printf("%s:%u: note: %s", rule->file, rule->line, rule->name);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	(void)putchar('\n');
}

/* --- grants -------------------------------------------------------------------------- */
static bool has_strong(const struct policy *policy, const char *name)
{
	struct policy_rule r;

	for (size_t i = 0; i < policy_rules(policy); i++) {
		policy_rule_at(policy, i, &r);
		if (r.strong != NULL && strcmp(r.name, name) == 0)
			return true;
	}
	return false;
}

static void remark_grants(const struct policy *policy)
{
	struct moment now = grant_moment();
	struct policy_grant g;

	for (size_t i = 0; policy_grant_at(policy, i, &now, &g); i++) {
		if (!has_strong(policy, g.rule))
			(void)printf("%s:%u: note: there is no strong rule %s: it grants "
				     "nothing\n", g.file, g.line, g.rule);
		if (!g.holds)
			(void)printf("%s:%u: note: the grant of %s is over\n", g.file, g.line,
				     g.rule);
	}
}

/* --- for whom and when ----------------------------------------------------------------- */
static void remark_users(const struct policy *policy, size_t i, const struct policy_rule *r)
{
	const char *user;

	for (size_t k = 0; (user = policy_rule_word(policy, i, KEY_USERS, k)) != NULL; k++) {
		if (user[0] == '%' && getgrnam(user + 1) == NULL)
			note(r, ": there is no group %s here", user + 1);
		else if (user[0] != '%' && user[0] != '#' && strcmp(user, "*") != 0 &&
			 getpwnam(user) == NULL)
			note(r, ": there is no user %s here", user);
	}
}

/* --- what can never be ------------------------------------------------------------------ */
/* Names are compared with their registry and without their tag: docker.io/library/debian. */
static void remark_images(const struct policy *policy, size_t i, const struct policy_rule *r)
{
	const char *image;

	for (size_t k = 0; (image = policy_rule_word(policy, i, KEY_IMAGES, k)) != NULL; k++) {
		const char *slash = strrchr(image, '/');

		if (strpbrk(slash != NULL ? slash : image, ":@") != NULL)
			note(r, ": images = %s fits no image: names are compared without tag and "
			     "digest", image);
		else if (slash == NULL && strcmp(image, "own") != 0 && strstr(image, "**") == NULL)
			note(r, ": images = %s fits no image: names begin with their registry, as "
			     "in docker.io/library/debian", image);
	}
}

/* [IP:]PORT of the host: docker's own HOST:CONTAINER reads like an address that is none. */
static bool is_port_pair(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && text[n] == ':';
}

/* No kind of container that the rule makes can have it, whatever the value. */
static bool is_beyond(const struct policy_rule *r, enum flag flag)
{
	return flag_least_rank(flag, "", r->root) == RANK_NONE &&
		flag_least_rank(flag, "x", r->root) == RANK_NONE;
}

static void remark_flags(const struct policy *policy, size_t i, const struct policy_rule *r)
{
	struct policy_pattern p;
	const char *end = r->strong != NULL ? "say root = open" :
		"it takes a [strong NAME] section with root = open";

	/* @everyday has flags for containers of each kind. */
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		if (policy_rule_has_flag(policy, i, (enum flag)f) &&
		    flag_rank((enum flag)f) != RANK_C && is_beyond(r, (enum flag)f))
			note(r, ": no container of this rule can have %s: %s",
			     flag_name((enum flag)f), end);
	for (size_t k = 0; policy_rule_pattern(policy, i, k, &p); k++) {
		if (p.flag == FLAG_VOLUME &&
		    (strncmp(p.text, "./", 2) == 0 || strncmp(p.text, "../", 3) == 0))
			note(r, ": --volume=%s fits nothing: a path begins with / or ~/", p.text);
		else if (p.flag == FLAG_PUBLISH && is_port_pair(p.text))
			note(r, ": --publish=%s fits nothing: the host's side alone is written, "
			     "[IP:]PORT[-PORT]", p.text);
		else if (p.relation == ' ' && flag_rank(p.flag) != RANK_C && is_beyond(r, p.flag))
			note(r, ": no container of this rule can have %s: %s", flag_name(p.flag),
			     end);
	}
}

/* --- this host -------------------------------------------------------------------------- */
struct host {
	bool asked, answered, can_map;
	const char *why_not;
};

static void ask_host(struct host *host)
{
	static const char *const info[] = { "info", "--format", "{{json .}}", NULL };
	struct buf text = buf_new(ENGINE_OUTPUT_MAX);
	struct runtime_info runtime = { .can_map = false };

	host->asked = true;
	host->answered = engine_ask(info, &text) == 0 &&
		runtime_info_read(buf_slice(&text), &runtime, &host->why_not) == 0;
	host->can_map = host->answered && runtime.can_map;
	buf_free(&text);
}

static void remark_root(const struct policy_rule *r, struct host *host)
{
	if (r->root != ROOT_MAPPED)
		return;
	if (!host->asked)
		ask_host(host);
	if (!host->answered)
		note(r, ": root = mapped: whether this host can is not known, the engine does not "
		     "answer");
	else if (!host->can_map)
		note(r, " makes no container: root = mapped, which this host cannot: %s",
		     host->why_not != NULL ? host->why_not :
		     "`safedocker doctor`, as root, says why");
}

void policy_remark(const struct policy *policy)
{
	time_t now = time(NULL);
	struct host host = { .asked = false };

	for (size_t i = 0; i < policy_rules(policy); i++) {
		struct policy_rule r, by;
		size_t k;

		policy_rule_at(policy, i, &r);
		remark_users(policy, i, &r);
		remark_images(policy, i, &r);
		remark_flags(policy, i, &r);
		remark_root(&r, &host);
		if (rules_expired(&r, now)) {
			note(&r, " is over: it allows nothing any more");
		} else if (cover_find(policy, i, &k)) {
			policy_rule_at(policy, k, &by);
			note(&r, " is never used: %s at %s:%u, which comes first, allows all of it "
			     "to the same users", by.name, by.file, by.line);
		}
	}
	remark_grants(policy);
}
