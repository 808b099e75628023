/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker-record - the setgid program that gives users their own records and recordings, and
 * leaves their requests for root. What it promises:
 *   - It never holds the engine: no descriptor, no address, no code that connects to it.
 *   - What comes out are the caller's own lines, recordings and requests; of all only to root and
 *     to members of group adm, by a fresh look-up.
 *   - It opens what it needs, gives up the group, and only then reads a byte of it: who parses
 *     has the caller's rights and some open descriptors, and can open, connect or start nothing.
 *   - It changes nothing but the caller's own request, which is recorded before it is there; it is
 *     there whole or not at all.
 *
 * WARNING: the caller owns this process; see setgid/sanitize.h.
 */
#include "record/petition.h"
#include "record/reader.h"
#include "record/recordings.h"
#include "record/sandbox.h"
#include "setgid/caller.h"
#include "setgid/die.h"
#include "setgid/giveup.h"
#include "setgid/recording_name.h"
#include "setgid/sanitize.h"

#define TIME_MAX 16

static const char usage[] =
	"usage: safedocker-record record | follow | recording NAME | requested | "
	"request RULE TIME REASON";

enum word { RECORD, FOLLOW, RECORDING, REQUESTED, REQUEST, WORDS };
enum { RULE, TIME, REASON };

static const struct sanitize_word words[WORDS] = {
	[RECORD] = { "record", { 0 } },
	[FOLLOW] = { "follow", { 0 } },
	[RECORDING] = { "recording", { RECORDING_NAME_SIZE - 1 } },
	[REQUESTED] = { "requested", { 0 } },
	[REQUEST] = { "request", { RULE_NAME_MAX, TIME_MAX, REASON_BYTES } },
};

/* What is open for the one word that was said. */
struct open {
	struct reader reader;
	struct petition petition;
	int recording;
};

static void open_it(enum word word, struct caller *c, const char *const *texts, struct open *ret)
{
	switch (word) {
	case RECORD:
	case FOLLOW:
		reader_open(&ret->reader, c);
		return;
	case RECORDING:
		ret->recording = recordings_open(c, texts[0]);
		return;
	case REQUESTED:
		ret->petition = petition_open_own(c);
		return;
	case REQUEST:
		c->subject.as = texts[RULE];
		c->subject.reason = texts[REASON];
		caller_open_record(c);
		caller_check(c);
		ret->petition = petition_open_new(c);
		/*
		 * The directory takes a new name from the group alone: a parent, which parses
		 * nothing, keeps it.
		 */
		petition_await(&ret->petition, c->subject.as);
		return;
	case WORDS:
		break;
	}
	bug("a word that is none");
}

static void run(enum word word, const struct caller *c, const char *const *texts,
		struct open *open) __attribute__((noreturn));

static void run(enum word word, const struct caller *c, const char *const *texts, struct open *open)
{
	switch (word) {
	case RECORD:
	case FOLLOW:
		reader_run(&open->reader, word == FOLLOW);
	case RECORDING:
		recordings_run(open->recording);
	case REQUESTED:
		petition_show(&open->petition);
	case REQUEST:
		petition_write(&open->petition, c, texts[TIME]);
	case WORDS:
		break;
	}
	bug("a word that is none");
}

int main(int argc, char **argv)
{
	static struct caller caller = CALLER_UNKNOWN;
	static struct open open;
	struct sanitize_said said[WORDS];
	enum word word;

	/* What the caller made of this process. */
	word = (enum word)sanitize_one_word(argc, argv, usage, words, WORDS, said);
	sanitize_process(caller.cwd);

	/* Who we are, who asks, what the policy says. */
	caller_know(&caller);
	caller_load(&caller);

	/* The record, a recording or a request: opened and not read. */
	open_it(word, &caller, said[word].texts, &open);

	/* Nothing can be gained or opened from here on. */
	giveup_group(caller.group);
	giveup_privileges();
	sandbox_reader();

	/* --- no byte of a record, a recording or a request has been read above this line --- */
	run(word, &caller, said[word].texts, &open);
}
