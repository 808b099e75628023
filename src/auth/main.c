/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-auth - the setgid program that asks for the password. What it promises:
 *   - It never holds the engine: no descriptor, no address, no code that connects to it.
 *   - A ticket (setgid/ticket.h) is left only behind PAM's word that the caller's own password
 *     was typed on the controlling terminal, or that an account without a password is good, where
 *     the strong rule takes that. It is for that rule, session and terminal.
 *   - Who waits for somebody who types holds the group and record, but can start nothing and open
 *     nothing but the caller's tickets (sandbox.def). Where the typed bytes and PAM are, in the
 *     asker, there is no group, no record, no ticket.
 *   - Each wrong password is in the record, or no further one is asked for. What was typed is
 *     nowhere, and the terminal is as it was.
 *
 * WARNING: the caller owns this process; see setgid/sanitize.h.
 */
#include <unistd.h>

#include "auth/asker.h"
#include "auth/prove.h"
#include "auth/sandbox.h"
#include "policy/strong.h"
#include "setgid/caller.h"
#include "setgid/die.h"
#include "setgid/giveup.h"
#include "setgid/sanitize.h"
#include "setgid/ticket.h"

static const char usage[] = "usage: safedocker-auth password RULE REASON CLAIMED | "
	"ticket RULE REASON CLAIMED | forget";

enum { PASSWORD, TICKET, FORGET, WORDS };
enum { RULE, REASON, CLAIMED };

static const struct sanitize_word words[WORDS] = {
	[PASSWORD] = { "password", { RULE_NAME_MAX, REASON_BYTES, CLAIMED_MAX } },
	[TICKET] = { "ticket", { RULE_NAME_MAX, REASON_BYTES, CLAIMED_MAX } },
	[FORGET] = { "forget", { 0 } },
};

static void forget(int tickets) __attribute__((noreturn));

static void forget(int tickets)
{
	giveup_privileges();
	sandbox_auth();
	if (ticket_forget(tickets) < 0)
		die(EXIT_FAILED, "what is remembered of the password cannot be removed");
	die(EXIT_DONE, "forgotten");
}

static void check_texts(const struct sanitize_said *said)
{
	if (*said->texts[RULE] == '\0')
		die(EXIT_USAGE, "%s", usage);
	if (*said->texts[REASON] != '\0' && !strong_is_reason(said->texts[REASON]))
		die(EXIT_USAGE,
		    "a reason is 1 to %d characters of UTF-8 without control characters",
		    REASON_MAX);
}

int main(int argc, char **argv)
{
	static struct caller caller = CALLER_UNKNOWN;
	struct sanitize_said said[WORDS];
	struct ticket ticket = { .terminal = &caller.terminal, .boot = caller.boot };
	struct audit_entry place = { .subject = NULL };
	struct error why = { 0 };
	struct asker asker;
	enum prove wanted;
	size_t word;

	/* What the caller made of this process. */
	word = sanitize_one_word(argc, argv, usage, words, WORDS, said);
	sanitize_process(caller.cwd);

	/* Who we are, who asks. */
	caller_know(&caller);
	ticket.dir = ticket_open(caller.group);
	if (word == FORGET)
		forget(ticket.dir);
	check_texts(&said[word]);
	ticket.rule = caller.subject.as = said[word].texts[RULE];
	caller.subject.reason = *said[word].texts[REASON] != '\0' ? said[word].texts[REASON] : NULL;
	caller.claimed = said[word].texts[CLAIMED];

	/* What the policy says, where the record is. */
	caller_load(&caller);
	caller_open_record(&caller);
	caller_check(&caller);
	wanted = prove_wanted(&caller, &ticket, word == TICKET, &place);
	if (wanted == PROVE_NOTHING)
		return EXIT_DONE;

	/*
	 * PAM's modules start programs: their process is made before nothing can be started any
	 * more.
	 */
	if (asker_start(&asker, caller.group, &caller.subject, wanted == PROVE_PASSWORD, &why) < 0)
		prove_refuse(&caller, EXIT_PASSWORD, why.text);

	/* Nothing can be gained from here on. */
	giveup_privileges();
	sandbox_auth();

	prove_ask(&caller, &asker, &ticket, wanted, &place);
	_exit(EXIT_DONE);
}
