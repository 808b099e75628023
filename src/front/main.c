/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safedocker - what users type instead of docker. It has no privilege: it makes a
 * private socket, has the helper listen at it, and becomes the docker CLI, whose
 * exit status, terminal, signals and job control are then its own. Words that
 * docker does not have are in word.def.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "front/output.h"
#include "front/session.h"
#include "front/spawn.h"
#include "front/target.h"
#include "front/word.h"

static const char synopsis[] =
	"Usage: safedocker [--as RULE] [--reason TEXT] [-n] DOCKER-COMMAND...\n"
	"\n"
	"Runs the docker command line through safedocker's policy: what it allows is\n"
	"done and recorded, what it does not is refused with the reason.\n"
	"\n"
	"  safedocker run --rm -it debian:12    a container that runs as you\n"
	"  safedocker ps -a                     your containers, nobody else's\n"
	"  safedocker exec -it web sh           another process in one of them\n";
static const char more[] =
	"\n"
	"`safedocker -- WORD` is docker's own WORD. The policy is\n"
	SAFEDOCKER_CONF " and conf.d beside it;\n"
	"see safedocker(1) and safedocker.conf(5).\n";

static void print_help(FILE *out)
{
	(void)fputs(synopsis, out);
	if (word_by_name("rights") != NULL)
		(void)fputs("  safedocker rights                    what the policy lets you do\n",
			    out);
	if (word_by_name("explain") != NULL)
		(void)fputs("  safedocker explain run -v /:/x img   "
			    "what it would do, without doing it\n", out);
	if (word_at(0) != NULL)
		(void)fputs("\nWords that docker does not have:\n", out);
	for (int i = 0; word_at(i) != NULL; i++)
		(void)fprintf(out, "  %-9s %s\n", word_at(i)->name, word_at(i)->help);
	(void)fputs(more, out);
}

static void warn(const struct target *target)
{
	if (target->plain_tcp)
		(void)fprintf(stderr,
			      "safedocker: %s is used as it is: the policy does not hold there, "
			      "and without TLS whoever reaches that port is root on its host\n",
			      target->said);
	else if (target->bypasses)
		(void)fprintf(stderr,
			      "safedocker: %s is used as it is: the policy does not hold there\n",
			      target->said);
}

/* `options`: what stood before docker's own arguments. */
static int run_docker(int argc, char **argv, struct helper_options options)
{
	char claimed[CLAIMED_SHOWN + 1];
	struct target target;
	struct socketdir dir;
	struct error why = { 0 };

	if (session_check_cli(&why) < 0)
		return output_fail("%s", why.text);
	target_of(argc, argv, &target);
	if (target.chosen && options.as != NULL)
		return output_fail("--as is for this host's engine; %s names another one",
				   target.said);
	if (target.chosen) {
		warn(&target);
		return session_become_docker(argc, argv);
	}
	options.claimed = claimed;
	session_claim(argc, argv, claimed);
	if (session_start(&options, &dir, &why) < 0 ||
	    session_enter(&dir, options.as != NULL, &why) < 0) {
		(void)output_fail("%s", why.text);
		/* As sudo(8) does. */
		return why.code == ERR_PASSWORD ? 1 : EXIT_REFUSED;
	}
	return session_become_docker(argc, argv);
}

/* Started by the name docker, every word is docker's: a drop-in changes the meaning of none. */
static bool is_drop_in(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcmp(slash != NULL ? slash + 1 : name, "docker") == 0;
}

/*
 * --NAME TEXT or --NAME=TEXT at argv[*i]: the text, and *i is at its last word; NULL: another
 * argument.
 */
static const char *own_option(const char *name, int argc, char **argv, int *i)
{
	size_t n = strlen(name);

	if (argv[*i] == NULL || strncmp(argv[*i], name, n) != 0 ||
	    (argv[*i][n] != '=' && argv[*i][n] != '\0'))
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	return *i + 1 < argc ? argv[++*i] : "";
}

/*
 * Our own options stand before docker's arguments. Returns how many words they are; -1 is said
 * already.
 */
static int own_options(int argc, char **argv, struct helper_options *ret)
{
	const struct { const char *name, **slot; } options[] = {
		{ "--as", &ret->as }, { "--reason", &ret->reason },
	};
	int i = 1;

	for (; i < argc; i++) {
		const char *text = NULL;

		if (strcmp(argv[i], "-n") == 0 && !ret->ask_nothing) {
			ret->ask_nothing = true;
			continue;
		}
		for (size_t k = 0; k < sizeof(options) / sizeof(options[0]) && text == NULL; k++) {
			text = own_option(options[k].name, argc, argv, &i);
			if (text == NULL)
				continue;
			if (*text == '\0' || *options[k].slot != NULL) {
				(void)output_fail("%s needs one value, and stands once",
						  options[k].name);
				return -1;
			}
			*options[k].slot = text;
		}
		if (text == NULL)
			break;
	}
	return i - 1;
}

int main(int argc, char **argv)
{
	struct helper_options options = { .claimed = "" };
	const struct word *word;
	int own;

	if (argc < 1)
		return EXIT_USAGE;
	if (is_drop_in(argv[0]))
		return run_docker(argc, argv, options);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help(stdout);
		return output_done(0);
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)puts("safedocker " PACKAGE_VERSION);
		return output_done(0);
	}
	if (argc == 2 && strcmp(argv[1], "-k") == 0)
		return spawn_forget() == 0 ? 0 :
			output_fail("what is remembered of the password cannot be removed");
	own = own_options(argc, argv, &options);
	if (own < 0 || own + 1 == argc)
		return EXIT_USAGE;
	argv += own;
	argc -= own;
	word = own == 0 ? word_by_name(argv[1]) : NULL;
	if (word != NULL)
		return word_call(word, argc - 1, argv + 1);
	if (strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	return run_docker(argc, argv, options);
}
