/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tables - writes what stands in the tables for people and shells, while safedocker is built:
 *   tables man     the manual page safedocker-flags(7), in mdoc
 *   tables words   one line for each word, fields separated by tabs, for completion:
 *                    verb WORDS RANK SETS MEANING      SETS: everyday,read,…
 *                    alias WORDS VERB
 *                    flag NAME VALUE RANK VERBS EFFECT
 *                                                      VALUE: none, text, path, …; VERBS: run,…
 *                    value NAME PATTERN RANK EFFECT    of a flag whose values rank differently
 *                    client NAME WHY                   a flag that docker itself consumes
 *                    set NAME MEANING
 *                    key NAME SECTIONS EXPECTED MEANING   of the policy; SECTIONS: rule,strong,…
 * It is never installed.
 */
#include <stdio.h>
#include <string.h>

#include "docker/grammar.h"
#include "model/model.h"
#include "tables/tables.h"

static const struct {
	const char *words;
	enum verb verb;
} aliases[] = {
#define VERB(id, words, rank, sets, meaning)
#define VERB_ALIAS(words, id) { words, VERB_##id },
#include "model/verb.def"
};

static const struct {
	enum flag flag;
	const char *pattern;
	enum rank rank;
	const char *effect;
} values[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_VALUE(id, pattern, rank, effect) { FLAG_##id, pattern, rank, effect },
#include "model/flag.def"
};

static const struct {
	enum flag flag;
	const char *effect;
} effects[] = {
#define FLAG(id, name, value, rank, effect, ...) { FLAG_##id, effect },
#include "model/flag.def"
};

static const struct {
	const char *name, *why;
} clients[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_CLIENT(name, why) { name, why },
#include "model/flag.def"
};

/* What a value of the flag may be: the bodies that carry it, in the words of grammar.def. */
static const struct {
	enum flag flag;
	enum grammar grammar;
} fields[] = {
#define FIELD(path, type, how, flag, harmless, judge, grammar) { FLAG_##flag, GRAMMAR_##grammar },
#include "docker/create_field.def"
#define FIELD(path, type, how, flag, harmless, judge, grammar) { FLAG_##flag, GRAMMAR_##grammar },
#include "docker/service_field.def"
};

static const char *const expected[] = {
	[GRAMMAR_NONE] = "", /* asks nothing that could be said */
#define GRAMMAR(id, reader, low, high, most, words) [GRAMMAR_##id] = words,
#include "docker/grammar.def"
};

static const struct {
	const char *driver, *key;
	enum grammar grammar;
} log_options[] = {
#define LOG_OPTION(driver, key, grammar, bare) { driver, key, GRAMMAR_##grammar },
#include "docker/log_option.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum flag flag;
	const char *pattern;
	enum container_kind kind;
	enum rank rank;
	const char *effect;
} ranks[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_RANK(id, pattern, kind, rank, effect) { FLAG_##id, pattern, CONTAINER_##kind, rank, effect },
#include "model/flag.def"
};

static const char *const kinds[] = {
	[CONTAINER_PINNED] = "pinned", [CONTAINER_MAPPED] = "mapped", [CONTAINER_OPEN] = "open",
};

/* --- what both forms need -------------------------------------------------- */
static const char *pattern_of(size_t i)
{
	return strcmp(ranks[i].pattern, FLAG_OWN_PORT) == 0 ? "127.*:1024-65535" : ranks[i].pattern;
}

static const char *effect_of(enum flag flag)
{
	for (size_t i = 0; i < COUNT(effects); i++)
		if (effects[i].flag == flag)
			return effects[i].effect;
	return "";
}

static const char *value_word(enum flag flag)
{
	switch (flag_value_kind(flag)) {
	case VALUE_NONE: return "none";
	case VALUE_TEXT: return "text";
	case VALUE_PATH: return "path";
	case VALUE_PORT: return "port";
	case VALUE_BYTES: return "bytes";
	case VALUE_CPUS: return "cpus";
	case VALUE_COUNT: return "count";
	default: return "?";
	}
}

/* The verbs of the flag, `between` them. */
static void put_verbs(enum flag flag, const char *between)
{
	const char *first = "";

	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		if (flag_has_verb(flag, (enum verb)v)) {
			(void)printf("%s%s", first, verb_name((enum verb)v));
			first = between;
		}
}

static void put_sets(enum verb verb, const char *before, const char *between)
{
	const char *first = "";

	for (int s = 0; s < SET_INDEX_MAX; s++)
		if ((verb_sets(verb) & (1u << s)) != 0) {
			(void)printf("%s%s%s", first, before, set_name((enum set_index)s));
			first = between;
		}
}

/* --- words ------------------------------------------------------------------- */
static void words(void)
{
	for (int s = 0; s < SET_INDEX_MAX; s++)
		(void)printf("set\t%s\t%s\n", set_name((enum set_index)s),
			     set_meaning((enum set_index)s));
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++) {
		(void)printf("verb\t%s\t%s\t", verb_name((enum verb)v),
			     rank_name(verb_rank((enum verb)v)));
		put_sets((enum verb)v, "", ",");
		(void)printf("\t%s\n", verb_meaning((enum verb)v));
	}
	for (size_t i = 0; i < COUNT(aliases); i++)
		(void)printf("alias\t%s\t%s\n", aliases[i].words, verb_name(aliases[i].verb));
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++) {
		(void)printf("flag\t%s\t%s\t%s\t", flag_name((enum flag)f),
			     value_word((enum flag)f), rank_name(flag_rank((enum flag)f)));
		put_verbs((enum flag)f, ",");
		(void)printf("\t%s\n", effect_of((enum flag)f));
	}
	for (size_t i = 0; i < COUNT(values); i++)
		(void)printf("value\t%s\t%s\t%s\t%s\n", flag_name(values[i].flag),
			     values[i].pattern, rank_name(values[i].rank), values[i].effect);
	for (size_t i = 0; i < COUNT(ranks); i++)
		(void)printf("rank\t%s\t%s\t%s\t%s\t%s\n", flag_name(ranks[i].flag), pattern_of(i),
			     kinds[ranks[i].kind], rank_name(ranks[i].rank), ranks[i].effect);
	for (size_t i = 0; i < COUNT(clients); i++)
		(void)printf("client\t%s\t%s\n", clients[i].name, clients[i].why);
	tables_keys();
}

/* --- the manual page --------------------------------------------------------- */
/* One word as text: one that could be a macro, a dash that would be a hyphen, a backslash. */
static void put_word(const char *word, size_t n)
{
	/*
	 * Macros have two or three letters, or are punctuation; a line that begins with a dot is a
	 * request.
	 */
	if (n <= 3 || *word == '.' || *word == '\'')
		(void)printf("\\&");
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '-' && (i == 0 || word[i - 1] == '-'))
			(void)printf("\\-");
		else if (word[i] == '\\')
			(void)printf("\\e");
		else if (word[i] == '"')
			(void)printf("\\(dq");
		else if (word[i] == '~')
			(void)printf("\\(ti");
		else
			(void)putchar(word[i]);
	}
}

/* Words, a new line after `width` bytes or a few more; 0: all on one, for the line of a macro. */
static void put_text_in(const char *text, size_t width)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		put_word(text, n);
		column += n + 1;
		text += n;
		if (*text == ' ') {
			bool full = width > 0 && column > width;

			(void)putchar(full ? '\n' : ' ');
			column = full ? 0 : column;
			text++;
		}
	}
}

static void put_text(const char *text)
{
	put_text_in(text, 0);
}

static void put_prose(const char *text)
{
	put_text_in(text, 50);
}

/* The flag as the policy writes it: --memory<=BYTES. */
static void put_flag(enum flag flag)
{
	put_text(flag_name(flag));
	switch (flag_value_kind(flag)) {
	case VALUE_NONE: break;
	case VALUE_TEXT: (void)printf("=PATTERN"); break;
	case VALUE_PATH: (void)printf("=SOURCE[:ro]"); break;
	case VALUE_PORT: (void)printf("=[IP:]PORT[\\-PORT]"); break;
	case VALUE_BYTES: (void)printf("<=BYTES"); break;
	case VALUE_CPUS: (void)printf("<=CPUS"); break;
	case VALUE_COUNT: (void)printf("<=N"); break;
	default: break;
	}
}

static void verb_item(enum verb verb)
{
	const char *first = "Also ";

	(void)printf(".It ");
	put_text(verb_name(verb));
	(void)printf(" Pq %s\n", rank_name(verb_rank(verb)));
	put_prose(verb_meaning(verb));
	(void)printf(".\n");
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (aliases[i].verb == verb) {
			(void)printf("%s", first);
			put_text(aliases[i].words);
			first = ",\n";
		}
	if (strcmp(first, "Also ") != 0)
		(void)printf(".\n");
	if (verb_sets(verb) != 0) {
		(void)printf("In ");
		put_sets(verb, "@", ",\n");
		(void)printf(".\n");
	}
}

/* Each set of words once. */
static void put_values(enum flag flag)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *words = expected[fields[i].grammar];
		bool again = *words == '\0' || fields[i].grammar == GRAMMAR_TEXT;

		for (size_t k = 0; k < i && !again; k++)
			again = fields[k].flag == flag &&
				strcmp(expected[fields[k].grammar], words) == 0;
		if (fields[i].flag != flag || again)
			continue;
		(void)printf(".br\nA value is\n");
		put_prose(words);
		(void)printf(".\n");
	}
}

static void flag_item(enum flag flag)
{
	(void)printf(".It ");
	put_flag(flag);
	(void)printf(" Pq %s\n", rank_name(flag_rank(flag)));
	put_prose(effect_of(flag));
	(void)printf(".\n");
	for (size_t i = 0; i < COUNT(values); i++) {
		if (values[i].flag != flag)
			continue;
		(void)printf(".br\n=");
		put_text(values[i].pattern);
		(void)printf(" (%s):\n", rank_name(values[i].rank));
		put_prose(values[i].effect);
		(void)printf(".\n");
	}
	for (size_t i = 0; i < COUNT(ranks); i++) {
		if (ranks[i].flag != flag)
			continue;
		(void)printf(".br\n");
		put_text(ranks[i].kind == CONTAINER_MAPPED ? "Mapped: " : "Pinned: ");
		put_text(pattern_of(i));
		(void)printf(" (%s):\n", ranks[i].rank == RANK_NONE ? "refused" : rank_name(ranks[i].rank));
		put_prose(ranks[i].effect);
		(void)printf(".\n");
	}
	put_values(flag);
	(void)printf(".br\nWith ");
	put_verbs(flag, ",\n");
	(void)printf(".\n");
	if (flag_bounded_by(flag) != FLAG_NONE) {
		(void)printf("Without it there is no limit: a maximum on\n.Ql ");
		put_text(flag_name(flag_bounded_by(flag)));
		(void)printf("\nis filled in.\n");
	}
}

static const char *driver_words(const char *driver)
{
	return strcmp(driver, "*") == 0 ? "every driver" :
		strcmp(driver, "?") == 0 ? "any other driver" :
		*driver == '\0' ? "no driver named" : driver;
}

static void put_log_options(void)
{
	(void)printf(".El\n.Sh LOG OPTIONS\n"
		     "What\n.Fl -log-opt\nmay say to which\n.Fl -log-driver ;\n"
		     "an option that does not stand here is refused.\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < COUNT(log_options); i++) {
		(void)printf(".It ");
		put_text(driver_words(log_options[i].driver));
		(void)printf(": ");
		put_text(log_options[i].key);
		(void)printf("\n");
		put_prose(expected[log_options[i].grammar]);
		(void)printf(".\n");
	}
}

static void man(void)
{
	(void)printf(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
		     ".\\\" Written by src/tables/tables.c from the tables of src/model.\n"
		     ".Dd January 1, 2026\n.Dt SAFEDOCKER-FLAGS 7\n.Os\n"
		     ".Sh NAME\n.Nm safedocker-flags\n"
		     ".Nd verbs, flags and sets of the policy, and what they can do\n"
		     ".Sh DESCRIPTION\n"
		     "The policy\n.Pq Xr safedocker.conf 5\n"
		     "is written in the words of the docker command line: the verbs\n"
		     "and the long flags that stand here, and no others.\n"
		     "Each has a rank, from the strongest to the weakest:\n"
		     ".Bl -tag -width Ds\n"
		     ".It S\nhands out the engine itself\n"
		     ".It A\nreaches the host through an option\n"
		     ".It B\nwidens the surface\n"
		     ".It C\neveryday\n"
		     ".El\n.Pp\n"
		     "What ranks S or A may stand only in a\n.Ql [strong NAME]\nsection.\n"
		     "The rank of a flag is that of the flag without a value;\n"
		     "values that rank otherwise stand below it, and must be spelt in the policy.\n"
		     "The first pattern that fits a value counts;\n.Ql *\nstands for any text,\n"
		     ".Ql >N\nfor every number above N.\n"
		     ".Sh SETS\n"
		     "Written with a leading @.\n"
		     "Under\n.Ql verbs\na set gives its verbs, under\n.Ql flags\n"
		     "their flags of rank C.\n"
		     ".Bl -tag -width Ds\n");
	for (int s = 0; s < SET_INDEX_MAX; s++) {
		(void)printf(".It @%s\n", set_name((enum set_index)s));
		put_prose(set_meaning((enum set_index)s));
		(void)printf(".\n");
	}
	(void)printf(".El\n.Sh VERBS\n.Bl -tag -width Ds\n");
	for (int v = VERB_NONE + 1; v < VERB_MAX; v++)
		verb_item((enum verb)v);
	(void)printf(".El\n.Sh FLAGS\n.Bl -tag -width Ds\n");
	for (int f = FLAG_NONE + 1; f < FLAG_MAX; f++)
		flag_item((enum flag)f);
	put_log_options();
	(void)printf(
		".El\n.Sh FLAGS THAT NEVER REACH THE ENGINE\n"
		"They need no permission, and are an error in the policy.\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < COUNT(clients); i++) {
		(void)printf(".It ");
		put_text(clients[i].name);
		(void)printf("\n");
		put_prose(clients[i].why);
		(void)printf(".\n");
	}
	(void)printf(".El\n.Sh SEE ALSO\n.Xr safedocker 1 ,\n.Xr safedocker.conf 5\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "man") == 0)
		man();
	else if (argc == 2 && strcmp(argv[1], "words") == 0)
		words();
	else
		return 2;
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
