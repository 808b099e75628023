/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/prove.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setgid/die.h"
#include "setgid/io.h"
#include "setgid/trust.h"

#define ATTEMPTS 3

void prove_refuse(const struct caller *c, enum exit_status status, const char *what)
{
	struct audit_entry entry = { .subject = &c->subject };

	(void)audit_denied(&c->audit, &entry, 403, what, NULL);
	die(status, "%s%s", status == EXIT_PASSWORD ? "" : "denied: ", what);
}

/* --- accounts without a password -------------------------------------------------------- */
/* Root writes down whose shadow entry holds none (safedocker-reap(8)); nobody else could tell. */
static bool has_no_password(uid_t uid)
{
	struct buf text = buf_new(1024 * 1024);
	struct error ignored;
	const char *name;
	int dir = trust_open_parent(SAFEDOCKER_PASSWORDLESS, false, &name, &ignored), fd;
	char number[16];
	struct stat list, shadow;
	bool found = false;

	fd = dir >= 0 ? trust_open_file(dir, name, &ignored) : -1;
	if (dir >= 0)
		(void)close(dir);
	/* A list that is older than the last change of any password says nothing. */
	if (fd >= 0 &&
	    (fstat(fd, &list) < 0 || stat("/etc/shadow", &shadow) < 0 ||
	     shadow.st_mtim.tv_sec >= list.st_mtim.tv_sec || trust_read(fd, &text, &ignored) < 0))
		buf_reset(&text);
	if (fd >= 0)
		(void)close(fd);
	(void)snprintf(number, sizeof(number), "%u", (unsigned)uid);
	for (struct slice left = buf_slice(&text); left.n > 0 && !found;)
		found = slice_is(slice_take(&left, '\n'), number);
	buf_free(&text);
	return found;
}

/* Else passwords could be tried behind a flood of refusals, without a record. */
static struct audit_entry reserve(const struct caller *c)
{
	struct audit_entry place = { .subject = &c->subject, .deny = DENY_PASSWORD };
	struct error why = { 0 };

	if (audit_reserve(&c->audit, &place, &why) < 0)
		die(EXIT_PASSWORD, "no password is asked for now: %s", why.text);
	return place;
}

enum prove prove_wanted(const struct caller *c, const struct ticket *ticket, bool ask_nothing,
			struct audit_entry *ret_place)
{
	const struct moment now = io_moment(c->boot);
	struct error why = { 0 };
	const struct strong *strong;

	if (c->terminal.session <= 0)
		die(EXIT_USAGE,
		    "--as is for one session, and this process has none that can be named: "
		    "start it with setsid(1)");
	strong = policy_strong(c->config.policy, &c->subject, &now, &why);
	if (strong == NULL)
		prove_refuse(c, EXIT_NOT_ALLOWED, why.text);
	/* Root is not asked, as with sudo. */
	if (strong->password == PASSWORD_NO || c->subject.uid == 0)
		return PROVE_NOTHING;
	if (strong->password == PASSWORD_IF_SET && has_no_password(c->subject.uid))
		return PROVE_ACCOUNT;
	if (ticket_holds(ticket, strong->remember))
		return PROVE_NOTHING;
	if (ask_nothing)
		prove_refuse(c, EXIT_PASSWORD, "a password is required");
	*ret_place = reserve(c);
	return PROVE_PASSWORD;
}

/* --- the password ------------------------------------------------------------------------- */
static bool ask_once(const struct caller *c, struct asker *asker, struct audit_entry *place)
{
	struct error why = { 0 };

	switch (asker_ask(asker, &why)) {
	case PASSWORD_RIGHT:
		return true;
	case PASSWORD_WRONG:
		if (audit_denied(&c->audit, place, 403, why.text, &why) != 0)
			die(EXIT_PASSWORD, "the record takes no wrong password now: %s", why.text);
		return false;
	case PASSWORD_FAILED:
	case PASSWORD_CANCELLED:
	case PASSWORD_ACCOUNT:
		break;
	}
	prove_refuse(c, EXIT_PASSWORD, why.text);
}

static void ask_account(const struct caller *c, struct asker *asker)
{
	struct error why = { 0 };

	if (asker_ask(asker, &why) != PASSWORD_RIGHT)
		prove_refuse(c, EXIT_PASSWORD, why.text);
}

void prove_ask(const struct caller *c, struct asker *asker, const struct ticket *ticket,
	       enum prove wanted, struct audit_entry *place)
{
	int attempt = 1;

	if (wanted == PROVE_ACCOUNT)
		ask_account(c, asker);
	else
		while (!ask_once(c, asker, place)) {
			if (++attempt > ATTEMPTS)
				die(EXIT_PASSWORD, "%d wrong passwords", ATTEMPTS);
			*place = reserve(c);
		}
	if (ticket_leave(ticket, wanted == PROVE_ACCOUNT ? TICKET_ACCOUNT : TICKET_PASSWORD) < 0)
		die(EXIT_CONFIG,
		    "what was proved cannot be told to the helper: no ticket can be left in %s, "
		    "which must be a directory, root:%s 1730",
		    SAFEDOCKER_TICKETS, SAFEDOCKER_GROUP);
}
