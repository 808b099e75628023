/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/door.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/die.h"
#include "helper/io.h"
#include "helper/password.h"
#include "helper/ticket.h"
#include "helper/trust.h"

#define ATTEMPTS 3
#define GRACE 30		/* seconds that the command itself has, however short `remember` is */

static void record(const struct gatekeeper *g, const char *what)
{
	struct audit_entry entry = { .subject = &g->subject };

	(void)audit_denied(&g->audit, &entry, 403, what, NULL);
}

static void refuse(const struct gatekeeper *g, enum exit_status status, const char *what) __attribute__((noreturn));

static void refuse(const struct gatekeeper *g, enum exit_status status, const char *what)
{
	record(g, what);
	die(status, "%s%s", status == EXIT_PASSWORD ? "" : "denied: ", what);
}

/* --- accounts without a password -------------------------------------------------------- */
/* Root writes down whose shadow entry holds none (safedocker-reap(8)); nobody else could tell. */
static bool has_no_password(const struct gatekeeper *g)
{
	struct buf text = buf_new(1024 * 1024);
	struct error ignored;
	const char *name;
	int dir = trust_open_parent(SAFEDOCKER_PASSWORDLESS, false, &name, &ignored), fd;
	char number[16];
	struct stat list, shadow;
	bool found = false;
	struct slice left;

	fd = dir >= 0 ? trust_open_file(dir, name, &ignored) : -1;
	if (dir >= 0)
		(void)close(dir);
	/* A list that is older than the last change of any password says nothing. */
	if (fd >= 0 && (fstat(fd, &list) < 0 || stat("/etc/shadow", &shadow) < 0 ||
			shadow.st_mtim.tv_sec >= list.st_mtim.tv_sec || trust_read(fd, &text, &ignored) < 0))
		buf_reset(&text);
	if (fd >= 0)
		(void)close(fd);
	(void)snprintf(number, sizeof(number), "%u", (unsigned)g->subject.uid);
	for (left = buf_slice(&text); left.n > 0 && !found;) {
		struct slice line = slice_of(left.p, slice_find(left, '\n'));

		found = slice_is(line, number);
		left = slice_after(left, line.n + 1);
	}
	buf_free(&text);
	return found;
}

/* --- the password ---------------------------------------------------------------------------- */
static const char *ask(const struct gatekeeper *g)
{
	for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
		struct audit_entry entry = { .subject = &g->subject, .deny = DENY_PASSWORD };
		struct error why = { 0 };

		/* Else passwords could be tried behind a flood of refusals, without a record. */
		if (audit_reserve(&g->audit, &entry, &why) < 0)
			die(EXIT_PASSWORD, "no password is asked for now: %s", why.text);
		switch (password_ask(&g->subject, &why)) {
		case PASSWORD_RIGHT:
			return "password";
		case PASSWORD_WRONG:
			if (audit_denied(&g->audit, &entry, 403, why.text, &why) != 0)
				die(EXIT_PASSWORD, "the record takes no wrong password now: %s",
				    why.text);
			break;
		case PASSWORD_FAILED:
		case PASSWORD_CANCELLED:
		case PASSWORD_ACCOUNT:
		default:
			refuse(g, EXIT_PASSWORD, why.text);
		}
	}
	die(EXIT_PASSWORD, "%d wrong passwords", ATTEMPTS);
}

static const char *prove(const struct gatekeeper *g, const struct claims *claims, const struct strong *strong,
			 const struct ticket *ticket)
{
	struct error why = { 0 };

	if (strong->password == PASSWORD_NO)
		return "none";
	/* Root asks nobody, as with sudo. */
	if (g->subject.uid == 0)
		return "root";
	if (strong->password == PASSWORD_IF_SET && has_no_password(g)) {
		if (password_account(&g->subject, &why) != PASSWORD_RIGHT)
			refuse(g, EXIT_PASSWORD, why.text);
		return "unset";
	}
	if (ticket_holds(ticket, strong->remember))
		return "ticket";
	if (claims->ask_nothing)
		refuse(g, EXIT_PASSWORD, "a password is required");
	return ask(g);
}

/* --- the recording -------------------------------------------------------------------------------- */
/* Who is recorded is told so, where there is a terminal to say it on. */
static void begin_recording(struct gatekeeper *g, const struct strong *strong)
{
	struct error why = { 0 };
	char line[200];

	if (recording_make(&g->recording, g->group, &g->subject, g->command, g->claimed, g->tty, &why) < 0)
		refuse(g, EXIT_CONFIG, why.text);
	(void)snprintf(line, sizeof(line), "safedocker: what this terminal shows%s is recorded as %s\r\n",
		       strong->record_input ? ", and what you type," : "", g->recording.name);
	if (g->tty >= 0 && write(g->tty, line, strlen(line)) < 0)
		return;
}

void door_pass(struct gatekeeper *g, const struct claims *claims)
{
	struct moment now = io_moment(g->boot);
	const struct ticket ticket = { g->group, g->terminal, g->boot, g->as };
	struct error why = { 0 };
	const struct strong *strong;
	long remember;

	if (!claims->until_parent_ends || !gatekeeper_listens())
		die(EXIT_USAGE, "--as is for one command: it needs --until-parent-ends and a socket that listens");
	if (g->terminal->session <= 0)
		die(EXIT_USAGE, "--as is for one session, and this process has none that can be named: "
		    "start it with setsid(1)");
	strong = policy_strong(g->config.policy, &g->subject, &now, &why);
	if (strong == NULL)
		refuse(g, EXIT_NOT_ALLOWED, why.text);
	g->audit.auth = g->auth = prove(g, claims, strong, &ticket);
	remember = strong->remember < GRACE ? GRACE : strong->remember;
	if (strong->remember > 0 && (strcmp(g->auth, "password") == 0 || strcmp(g->auth, "ticket") == 0))
		ticket_write(&ticket);
	g->proved_until = strcmp(g->auth, "none") == 0 ? 0 : io_now() + remember * 1000LL;
	g->tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (strong->record && g->explain == NULL)
		begin_recording(g, strong);
	/* It took the time that a person takes: what is loaded is looked at again. */
	gatekeeper_load(g);
}

void door_forget(gid_t group)
{
	if (ticket_forget(group) < 0)
		die(EXIT_FAILED, "what is remembered of the password cannot be removed");
	die(EXIT_DONE, "forgotten");
}
