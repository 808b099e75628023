/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/change.h"

#include <stdio.h>
#include <string.h>

#include "docker/label.h"
#include "model/variable.h"

/*
 * A variable may hold what other variables hold, many times over: ten such lines make terabytes of
 * a kilobyte. The engine keeps all of it in memory, so the lines of one request may unfold to so
 * many values of the container's.
 */
#define WEIGHT_MAX 128
#define UNFOLDED_MAX (16ULL << 20) /* the same in bytes */
#define PORTS_MAX 1000 /* that EXPOSE names in one request; the engine keeps each by itself */

enum change_grammar {
	CHANGE_GRAMMAR_TEXT = 1,
	CHANGE_GRAMMAR_WORDS,
	CHANGE_GRAMMAR_ENV,
	CHANGE_GRAMMAR_LABEL,
	CHANGE_GRAMMAR_PORTS,
	CHANGE_GRAMMAR_HEALTH,
	CHANGE_GRAMMAR_LATER,
};

static const struct instruction {
	const char *word;
	enum change_grammar grammar;
	bool now;
} instructions[] = {
#define CHANGE(word, grammar, now) { word, CHANGE_GRAMMAR_##grammar, now },
#include "docker/change.def"
};

/* What one line is checked with. */
struct checking {
	struct change_sum *sum;
	const char *word;	    /* of the instruction */
	unsigned long long dollars; /* variables in the line so far */
	struct error *reterr;
};

static int change_refuse(struct checking *c, const char *what)
{
	return error_set(c->reterr, ERR_DENIED, "--change %s: %s", c->word, what);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Go's unicode.IsSpace beyond ASCII: the engine ends a word there. Controls are refused before. */
static bool is_wide_blank(struct slice text)
{
	uint32_t point;

	if (slice_utf8_next(text, &point) < 2)
		return false;
	return point == 0xa0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200a) ||
	       point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f ||
	       point == 0x3000;
}

/* --- variables ---------------------------------------------------------------------- */
/* ${NAME}, or with a plain word behind :- or :+ (which some engines also take without the colon).
 */
static int take_braces(struct checking *c, struct slice text, size_t *at)
{
	static const char plain[] =
		"$NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} are known; the word is plain text";
	size_t i = *at;

	if (i >= text.n || !is_letter(text.p[i]))
		return change_refuse(c, plain);
	while (i < text.n && (is_letter(text.p[i]) || is_digit(text.p[i])))
		i++;
	if (i < text.n && text.p[i] == ':')
		i++;
	if (i < text.n && (text.p[i] == '-' || text.p[i] == '+'))
		for (i++; i < text.n && strchr("}${\\\"'", text.p[i]) == NULL; i++)
			;
	if (i >= text.n || text.p[i] != '}' || text.p[i - 1] == ':')
		return change_refuse(c, plain);
	*at = i + 1;
	return 0;
}

/* *at is behind the $. */
static int take_variable(struct checking *c, struct slice text, size_t *at)
{
	c->dollars++;
	if (*at < text.n && text.p[*at] == '{') {
		++*at;
		return take_braces(c, text, at);
	}
	if (*at >= text.n || !is_letter(text.p[*at]))
		return change_refuse(c, "a $ that begins no variable: \\$ is a dollar sign");
	while (*at < text.n && (is_letter(text.p[*at]) || is_digit(text.p[*at])))
		++*at;
	return 0;
}

/*
 * Text with quotes, variables and \ before a character, until its end or, with `word`, the first
 * blank outside quotes. Returns its length, -1 for what the engine would read otherwise, or not at
 * all.
 */
static long take_value(struct checking *c, struct slice text, bool word)
{
	char quote = '\0';
	size_t i = 0;

	while (i < text.n) {
		char now = text.p[i];

		if (quote == '\0' && word && now == ' ')
			break;
		if (quote == '\0' && word && is_wide_blank(slice_after(text, i)))
			return change_refuse(c,
					     "a blank that is no ordinary space, outside quotes");
		i++;
		if (now == '\\' && quote != '\'' && i < text.n)
			i++;
		else if (now == quote)
			quote = '\0';
		else if (quote == '\0' && (now == '"' || now == '\''))
			quote = now;
		else if (now == '$' && quote != '\'' && take_variable(c, text, &i) < 0)
			return -1;
	}
	return quote == '\0' ? (long)i : change_refuse(c, "a quote that is not closed");
}

/* --- grammars ----------------------------------------------------------------------- */
/*
 * The name of a variable or a label: plain, or all of it in quotes. What the engine would unfold in
 * it (\, $, quotes in the middle) could spell a label of ours.
 */
static long take_key(struct checking *c, struct slice text, struct slice *ret)
{
	static const char none[] = "\"'\\$=<>` ";
	char quote = text.n > 0 && (text.p[0] == '"' || text.p[0] == '\'') ? text.p[0] : '\0';
	size_t from = quote != '\0', i = from;

	while (i < text.n && text.p[i] > ' ' && text.p[i] < 0x7f && strchr(none, text.p[i]) == NULL)
		i++;
	*ret = slice_of(text.p + from, i - from);
	if (ret->n == 0 || ret->p[0] == '-' ||
	    (quote != '\0' && (i >= text.n || text.p[i] != quote)))
		return change_refuse(c, "NAME=VALUE is expected; no quotes, \\ or $ within NAME");
	i += quote != '\0';
	if (i >= text.n || (text.p[i] != '=' && text.p[i] != ' '))
		return change_refuse(c, "NAME=VALUE is expected; no quotes, \\ or $ within NAME");
	return (long)i;
}

static int check_pairs(struct checking *c, struct slice text, bool label)
{
	bool first = true;

	while (text.n > 0) {
		struct slice key;
		long used = take_key(c, text, &key);
		bool old;

		if (used < 0)
			return -1;
		if (label && slice_is_nocase(slice_of(key.p, key.n < strlen(LABEL_PREFIX) ?
								     key.n :
								     strlen(LABEL_PREFIX)),
					     LABEL_PREFIX))
			return change_refuse(c, "labels beginning with " LABEL_PREFIX
						" are safedocker's own");
		if (!label && slice_is(key, VARIABLE_NAME))
			return change_refuse(c, "the name " VARIABLE_NAME " is safedocker's own");
		old = text.p[used] == ' ';
		if (old && !first)
			return change_refuse(
				c, "NAME=VALUE is expected; a value with blanks stands in quotes");
		text = slice_after(text, (size_t)used + 1);
		used = take_value(c, text, !old);
		if (used < 0)
			return -1;
		text = slice_trim(slice_after(text, (size_t)used));
		first = false;
	}
	return first ? change_refuse(c, "NAME=VALUE is expected") : 0;
}

/* PORT or PORT-PORT; adds how many they are. */
static int check_range(struct checking *c, struct slice text)
{
	size_t dash = slice_find(text, '-');
	unsigned long long from, to;

	if (slice_to_u64(slice_of(text.p, dash), 65535, &from) < 0)
		return -1;
	to = from;
	if (dash < text.n && slice_to_u64(slice_after(text, dash + 1), 65535, &to) < 0)
		return -1;
	if (from == 0 || to < from)
		return -1;
	c->sum->ports += (unsigned long)(to - from) + 1;
	return 0;
}

static int check_ports(struct checking *c, struct slice text)
{
	while (text.n > 0) {
		struct slice one = slice_of(text.p, slice_find(text, ' ')), behind;
		size_t slash = slice_find(one, '/');

		behind = slice_after(one, slash);
		text = slice_trim(slice_after(text, one.n));
		if (check_range(c, slice_of(one.p, slash)) < 0 ||
		    (behind.n > 0 && !slice_is_nocase(behind, "/tcp") &&
		     !slice_is_nocase(behind, "/udp") && !slice_is_nocase(behind, "/sctp")))
			return change_refuse(
				c,
				"PORT or PORT-PORT is expected, then perhaps /tcp, /udp or /sctp");
		if (c->sum->ports > PORTS_MAX)
			return error_set(c->reterr, ERR_LIMIT,
					 "--change EXPOSE: more than %d ports in one request",
					 PORTS_MAX);
	}
	return 0;
}

static bool is_health_option(struct slice word)
{
	static const char *const known[] = {
		"--interval=", "--timeout=", "--start-period=", "--start-interval=", "--retries=",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct slice value = slice_after(word, strlen(known[i]));

		if (!slice_starts(word, known[i]) || value.n == 0 || value.n > 32)
			continue;
		for (size_t k = 0; k < value.n; k++)
			if (!is_digit(value.p[k]) && value.p[k] != '.' &&
			    (value.p[k] < 'a' || value.p[k] > 'z'))
				return false;
		return true;
	}
	return false;
}

static int check_health(struct checking *c, struct slice text)
{
	struct slice word = slice_of(text.p, slice_find(text, ' '));

	while (slice_starts(word, "--")) {
		if (!is_health_option(word))
			return change_refuse(c, "--interval=, --timeout=, --start-period=, "
						"--start-interval= and --retries= are known");
		text = slice_trim(slice_after(text, word.n));
		word = slice_of(text.p, slice_find(text, ' '));
	}
	return slice_is_nocase(word, "NONE") || slice_is_nocase(word, "CMD") ?
		       0 :
		       change_refuse(c, "NONE, or CMD and a command, is expected");
}

static const struct instruction *find_instruction(struct slice word)
{
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (slice_is_nocase(word, instructions[i].word))
			return &instructions[i];
	return NULL;
}

static int check_instruction(struct checking *c, struct slice line, bool later, enum change_grammar *ret);

/* A here-document would take the lines behind it. */
static int check_later(struct checking *c, struct slice text)
{
	enum change_grammar ignored;

	if (text.n > 0 && memmem(text.p, text.n, "<<", 2) != NULL)
		return change_refuse(
			c, "<< is refused: the lines of a here-document would be those behind it");
	return check_instruction(c, text, true, &ignored);
}

static int check_instruction(struct checking *c, struct slice line, bool later, enum change_grammar *ret)
{
	struct slice word = slice_of(line.p, slice_find(line, ' ')),
		     text = slice_trim(slice_after(line, word.n));
	const struct instruction *i = find_instruction(word);

	if (i == NULL || (later ? i->grammar == CHANGE_GRAMMAR_LATER : !i->now))
		return error_set(c->reterr, ERR_DENIED,
				 "--change %s%.*s: %s is expected, in one line",
				 later ? "ONBUILD " : "", (int)(word.n < 40 ? word.n : 40), word.p,
				 later ? "an instruction other than FROM, MAINTAINER and "
					 "ONBUILD" :
					 "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, "
					 "ONBUILD, STOPSIGNAL, USER, VOLUME "
					 "or WORKDIR");
	c->word = i->word;
	*ret = i->grammar;
	switch (i->grammar) {
	case CHANGE_GRAMMAR_TEXT:
		return 0;
	case CHANGE_GRAMMAR_WORDS:
		return take_value(c, text, false) < 0 ? -1 : 0;
	case CHANGE_GRAMMAR_ENV:
		return check_pairs(c, text, false);
	case CHANGE_GRAMMAR_LABEL:
		return check_pairs(c, text, true);
	case CHANGE_GRAMMAR_PORTS:
		return check_ports(c, text);
	case CHANGE_GRAMMAR_HEALTH:
		return check_health(c, text);
	case CHANGE_GRAMMAR_LATER:
		return check_later(c, text);
	default:
		return change_refuse(c, "an instruction without a grammar");
	}
}

static int too_much(struct error *reterr)
{
	return error_set(
		reterr, ERR_LIMIT,
		"--change: variables that hold variables many times over; set fewer of them from "
		"one another");
}

/* Where the last character begins, if it is a blank of any kind; else the whole length. */
static size_t without_blank(struct slice text)
{
	size_t i = text.n - 1;

	while (i > 0 && ((unsigned char)text.p[i] & 0xc0) == 0x80)
		i--;
	return text.p[i] == ' ' || is_wide_blank(slice_after(text, i)) ? i : text.n;
}

int change_check(struct change_sum *sum, struct slice line, bool *ret_env, struct error *reterr)
{
	struct checking c = { .sum = sum, .word = "", .reterr = reterr };
	unsigned long long weight, longest = sum->largest > 0 ? sum->largest : 1;
	enum change_grammar grammar = CHANGE_GRAMMAR_TEXT;
	struct slice text = slice_trim(line), end;

	*ret_env = false;
	if (!slice_is_clean_text(line))
		return change_refuse(
			&c, "control characters, and bytes that are no UTF-8, are refused");
	/* The engine passes over blanks at the end and then takes in the next line. */
	for (end = text; end.n > 0 && without_blank(end) < end.n;)
		end.n = without_blank(end);
	if (end.n > 0 && end.p[end.n - 1] == '\\')
		return change_refuse(&c, "a line that ends with \\ would take in the next one");
	if (check_instruction(&c, text, false, &grammar) < 0)
		return -1;
	*ret_env = grammar == CHANGE_GRAMMAR_ENV;
	/* Each variable may be the longest that there is by now, the container's own or one of the
	 * lines before. */
	if (c.dollars > WEIGHT_MAX)
		return too_much(reterr);
	weight = c.dollars * longest;
	if (grammar == CHANGE_GRAMMAR_ENV && weight + 1 > sum->largest)
		sum->largest = weight + 1;
	sum->total += weight;
	return sum->total > WEIGHT_MAX ? too_much(reterr) : 0;
}

int change_fits(const struct change_sum *sum, size_t longest, struct error *reterr)
{
	return sum->total * longest > UNFOLDED_MAX ? too_much(reterr) : 0;
}
