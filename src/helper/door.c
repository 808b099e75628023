/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/door.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "setgid/die.h"
#include "setgid/io.h"
#include "setgid/ticket.h"

#define GRACE 30 /* seconds that the command itself has, however short `remember` is */

static void refuse(const struct gatekeeper *g, enum exit_status status, const char *what)
	__attribute__((noreturn));

static void refuse(const struct gatekeeper *g, enum exit_status status, const char *what)
{
	struct audit_entry entry = { .subject = &g->caller.subject };

	(void)audit_denied(&g->caller.audit, &entry, 403, what, NULL);
	die(status, "%s%s", status == EXIT_PASSWORD ? "" : "denied: ", what);
}

/* How it was proved, in the record's word. */
static const char *find_proof(const struct gatekeeper *g, const struct strong *strong)
{
	const struct caller *c = &g->caller;
	struct ticket ticket = { .terminal = &c->terminal, .boot = c->boot, .rule = c->subject.as };
	enum ticket_kind kind;

	if (strong->password == PASSWORD_NO)
		return "none";
	/* Root is not asked, as with sudo. */
	if (c->subject.uid == 0)
		return "root";
	ticket.dir = ticket_open(c->group);
	kind = ticket_take(&ticket, strong->remember);
	if (ticket.dir >= 0)
		(void)close(ticket.dir);
	switch (kind) {
	case TICKET_PASSWORD:
		return "password";
	case TICKET_REMEMBERED:
		return "ticket";
	case TICKET_ACCOUNT:
		/* The policy may have been changed meanwhile. */
		if (strong->password == PASSWORD_IF_SET)
			return "unset";
		break;
	case TICKET_NONE:
		break;
	}
	refuse(g, EXIT_PASSWORD,
	       "a password is required, and no ticket says that it was given for this command; "
	       "give it again");
}

/* Who is recorded is told so, where there is a terminal to say it on. */
static void begin_recording(struct gatekeeper *g, const struct strong *strong)
{
	const struct caller *c = &g->caller;
	struct error why = { 0 };
	char line[200];

	if (recording_make(&g->recording, c->group, &c->subject, g->command, c->claimed, g->tty,
			   &why) < 0)
		refuse(g, EXIT_CONFIG, why.text);
	(void)snprintf(line, sizeof(line),
		       "safedocker: what this terminal shows%s is recorded as %s\r\n",
		       strong->record_input ? ", and what you type," : "", g->recording.name);
	if (g->tty >= 0 && write(g->tty, line, strlen(line)) < 0)
		return;
}

void door_pass(struct gatekeeper *g, bool until_parent_ends)
{
	const struct moment now = io_moment(g->caller.boot);
	struct error why = { 0 };
	const struct strong *strong;
	long remember;

	if (!until_parent_ends || !gatekeeper_listens())
		die(EXIT_USAGE, "--as is for one command: it needs --until-parent-ends and a "
				"socket that listens");
	if (g->caller.terminal.session <= 0)
		die(EXIT_USAGE,
		    "--as is for one session, and this process has none that can be named: "
		    "start it with setsid(1)");
	strong = policy_strong(g->caller.config.policy, &g->caller.subject, &now, &why);
	if (strong == NULL)
		refuse(g, EXIT_NOT_ALLOWED, why.text);
	g->auth = find_proof(g, strong);
	remember = strong->remember < GRACE ? GRACE : strong->remember;
	g->proved_until = strcmp(g->auth, "none") == 0 ? 0 : io_now() + remember * 1000LL;
	g->tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (strong->record && g->explain == NULL)
		begin_recording(g, strong);
	/* The record says from now on how it was proved, and where the recording is. */
	gatekeeper_load(g);
}
