/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/sieve.h"

#include <stdlib.h>
#include <string.h>

#define PARSED_MAX (2 * 1024 * 1024)	/* bytes that sieve_parse() leaves at most */

/* What may come next, or where we are. */
enum state {
	BEFORE_VALUE = 0,
	BEFORE_FIRST,		/* behind '[': a value, or the end */
	BEFORE_KEY,		/* behind a comma: a name */
	BEFORE_FIRST_KEY,	/* behind '{': a name, or the end */
	BEFORE_COLON,
	BEHIND_VALUE,		/* a comma, or the end */
	IN_STRING,
	IN_ESCAPE,
	IN_WORD,
	BEHIND_ALL,
};

struct sieve sieve_new(const struct sieve_rule *rules, size_t n, enum sieve_step otherwise)
{
	if (n > SIEVE_RULES_MAX)
		n = SIEVE_RULES_MAX;
	return (struct sieve){
		.rules = rules,
		.n_rules = n,
		.state = BEFORE_VALUE,
		.key = buf_new(SIEVE_KEY_MAX),
		.value = buf_new(SIEVE_TAKE_MAX),
		/* The document is the one element of a list that has no brackets. */
		.levels = { {
			.step = SIEVE_PASS,
			.others = otherwise,
			.mask = n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1,
		} },
	};
}

void sieve_free(struct sieve *s)
{
	buf_free(&s->key);
	buf_free(&s->value);
}

static int broken(const char *what, struct error *reterr)
{
	return error_set(reterr, ERR_ENGINE, "the engine's answer cannot be read: %s", what);
}

/* --- rules ------------------------------------------------------------------------- */
static size_t path_length(const char *path)
{
	size_t n = *path != '\0';

	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

/* The path's name number `depth`, from 1, is that of a member (NULL: of an element). */
static bool path_has(const char *path, size_t depth, const char *name)
{
	size_t n;

	for (; depth > 1; depth--)
		path = strchr(path, '/') + 1;
	n = strcspn(path, "/");
	return (n == 1 && *path == '*') ||
	       (name != NULL && strlen(name) == n && memcmp(path, name, n) == 0);
}

/* What becomes of the value that begins here, and of what stands in it. */
static struct sieve_level find_level(const struct sieve *s, const char *name, size_t *ret_rule)
{
	const struct sieve_level *at = &s->levels[s->depth];
	struct sieve_level found = { .step = at->others, .others = at->others };

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct sieve_rule *rule = &s->rules[i];

		if ((at->mask >> i & 1) == 0 ||
		    (s->depth > 0 && !path_has(rule->path, s->depth, name)))
			continue;
		if (path_length(rule->path) > s->depth) {
			found.mask |= (uint64_t)1 << i;
			continue;
		}
		found.step = found.others = rule->step;
		*ret_rule = i;
		break;
	}
	if (found.step == SIEVE_TAKE)
		found.mask = 0;
	return found;
}

/* --- what goes on --------------------------------------------------------------------- */
static void put(struct sieve *s, enum sieve_step step, struct slice bytes, struct buf *out)
{
	if (step == SIEVE_PASS)
		buf_add_slice(out, bytes);
	else if (step == SIEVE_TAKE)
		buf_add_slice(&s->value, bytes);
}

static void put_char(struct sieve *s, enum sieve_step step, char c, struct buf *out)
{
	put(s, step, slice_of(&c, 1), out);
}

static void put_comma(struct sieve *s, struct buf *out)
{
	struct sieve_level *at = &s->levels[s->depth];

	if (s->depth > 0 && at->any)
		put_char(s, at->step, ',', out);
	at->any = true;
}

/* Comma and name, where a rule had to be found first: else they are there already. */
static void lead_in(struct sieve *s, struct buf *out)
{
	const struct sieve_level *at = &s->levels[s->depth];

	put_comma(s, out);
	if (at->is_object) {
		put(s, at->step, buf_slice(&s->key), out);
		put_char(s, at->step, ':', out);
	}
}

/* Without quotes and escapes; the caller frees it. NULL when it cannot be had. */
static char *plain_name(const struct buf *key)
{
	json_t *text = json_loadb(key->data, key->len, JSON_DECODE_ANY, NULL);
	char *name = json_is_string(text) ? strdup(json_string_value(text)) : NULL;

	json_decref(text);
	return name;
}

/* A value that was taken is whole: ask about it. */
static int hand_over(struct sieve *s, struct buf *out, struct error *reterr)
{
	bool is_member = s->levels[s->depth].is_object;
	char *name = is_member ? plain_name(&s->key) : NULL, *text = NULL;
	json_t *value = s->value.failed || (is_member && name == NULL) ? NULL :
		json_parse(buf_slice(&s->value), JSON_TOKENS_MAX, NULL);
	int r = value == NULL || s->take == NULL ? 0 :
		s->take(s->context, s->taken_by, name, &value, reterr);

	if (r > 0) {
		text = json_render(value);
		if (text == NULL) {
			r = error_set(reterr, ERR_SYSTEM, "out of memory");
		} else {
			lead_in(s, out);
			buf_add_str(out, text);
		}
	}
	free(text);
	free(name);
	json_decref(value);
	/* What one large value needed is not kept for all that follow. */
	buf_free(&s->value);
	s->taking = false;
	return r < 0 ? -1 : 0;
}

/* --- values ------------------------------------------------------------------------------ */
static int end_value(struct sieve *s, struct buf *out, struct error *reterr)
{
	if (s->taking && s->taken_at == s->depth && hand_over(s, out, reterr) < 0)
		return -1;
	s->state = BEHIND_VALUE;
	if (s->depth == 0) {
		s->state = s->sequence ? BEFORE_VALUE : BEHIND_ALL;
		if (s->sequence && s->levels[0].any)
			buf_add_str(out, "\n");
		s->levels[0].any = false;
	}
	return 0;
}

static int begin_value(struct sieve *s, char c, struct buf *out, struct error *reterr)
{
	const struct sieve_level *at = &s->levels[s->depth];
	struct sieve_level next = { .step = at->others, .others = at->others };
	bool opens = c == '{' || c == '[', named = at->is_object && at->mask == 0;

	if (opens && s->depth == JSON_DEPTH_MAX)
		return broken("nested too deep", reterr);
	if (at->mask != 0) {
		char *name = at->is_object ? plain_name(&s->key) : NULL;

		if (at->is_object && name == NULL)
			return broken("a name in it", reterr);
		next = find_level(s, name, &s->taken_by);
		free(name);
		/* On the way to a longer path. A string there is none of what a rule speaks of. */
		if (next.mask != 0 && next.step == SIEVE_DROP && (opens || c == 'n'))
			next.step = SIEVE_PASS;
	}
	if (next.step == SIEVE_TAKE && !s->taking) {
		s->taking = true;
		s->taken_at = s->depth;
		buf_reset(&s->value);
	} else if (next.step != SIEVE_DROP && !named) {
		lead_in(s, out);
	}
	if (opens) {
		s->depth++;
		next.is_object = c == '{';
		s->levels[s->depth] = next;
		s->state = c == '{' ? BEFORE_FIRST_KEY : BEFORE_FIRST;
		put_char(s, next.step, c, out);
		return 0;
	}
	s->step = next.step;
	s->in_key = false;
	s->state = c == '"' ? IN_STRING : IN_WORD;
	s->word_n = 0;
	if (c == '"')
		put_char(s, s->step, c, out);
	else
		s->word[s->word_n++] = c;
	return 0;
}

static int end_level(struct sieve *s, char c, struct buf *out, struct error *reterr)
{
	const struct sieve_level *at = &s->levels[s->depth];

	if (s->depth == 0 || c != (at->is_object ? '}' : ']'))
		return broken("brackets that do not match", reterr);
	put_char(s, at->step, c, out);
	s->depth--;
	return end_value(s, out, reterr);
}

static int end_word(struct sieve *s, struct buf *out, struct error *reterr)
{
	json_t *value =
		json_loadb(s->word, s->word_n, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);

	if (value == NULL)
		return broken("a word in it", reterr);
	json_decref(value);
	put(s, s->step, slice_of(s->word, s->word_n), out);
	return end_value(s, out, reterr);
}

/* --- names and strings ---------------------------------------------------------------------- */
/* Where no rule can match, a name needs no look: it goes where its value goes. */
static void put_key(struct sieve *s, struct slice bytes, struct buf *out)
{
	const struct sieve_level *at = &s->levels[s->depth];

	if (at->mask != 0)
		buf_add_slice(&s->key, bytes);
	else
		put(s, at->others, bytes, out);
}

static void begin_key(struct sieve *s, struct buf *out)
{
	const struct sieve_level *at = &s->levels[s->depth];

	s->in_key = true;
	s->state = IN_STRING;
	if (at->mask != 0)
		buf_reset(&s->key);
	else if (at->others != SIEVE_DROP)
		put_comma(s, out);
	put_key(s, slice_str("\""), out);
}

static void put_text(struct sieve *s, struct slice bytes, struct buf *out)
{
	if (s->in_key)
		put_key(s, bytes, out);
	else
		put(s, s->step, bytes, out);
}

/* A run of the string's bytes; returns how many, 0 when one of them must not be there. */
static size_t take_text(struct sieve *s, struct slice in, struct buf *out, struct error *reterr)
{
	size_t n = 0;

	while (n < in.n && in.p[n] != '"' && in.p[n] != '\\' && (unsigned char)in.p[n] >= ' ')
		n++;
	if (n < in.n && (unsigned char)in.p[n] < ' ') {
		(void)broken("a control character in a string", reterr);
		return 0;
	}
	if (n < in.n)
		s->state = in.p[n] == '\\' ? IN_ESCAPE : s->in_key ? BEFORE_COLON : BEHIND_VALUE;
	n += n < in.n;
	put_text(s, slice_of(in.p, n), out);
	if (s->state == BEHIND_VALUE && end_value(s, out, reterr) < 0)
		return 0;
	if (s->key.failed) {
		(void)broken("a name that is too long", reterr);
		return 0;
	}
	return n;
}

/* --- bytes ---------------------------------------------------------------------------------- */
static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' ||
	       c == '-' || c == '.';
}

/* One byte between values. */
static int take_mark(struct sieve *s, char c, struct buf *out, struct error *reterr)
{
	struct sieve_level *at = &s->levels[s->depth];

	switch ((enum state)s->state) {
	case BEFORE_FIRST:
		if (c == ']')
			return end_level(s, c, out, reterr);
		/* fall through */
	case BEFORE_VALUE:
		if (c == '{' || c == '[' || c == '"' || is_word(c))
			return begin_value(s, c, out, reterr);
		break;
	case BEFORE_FIRST_KEY:
		if (c == '}')
			return end_level(s, c, out, reterr);
		/* fall through */
	case BEFORE_KEY:
		if (c == '"') {
			begin_key(s, out);
			return 0;
		}
		break;
	case BEFORE_COLON:
		if (c == ':') {
			if (at->mask == 0)
				put_char(s, at->others, ':', out);
			s->state = BEFORE_VALUE;
			return 0;
		}
		break;
	case BEHIND_VALUE:
		if (c == ',') {
			s->state = at->is_object ? BEFORE_KEY : BEFORE_VALUE;
			return 0;
		}
		return end_level(s, c, out, reterr);
	case IN_STRING: case IN_ESCAPE: case IN_WORD: case BEHIND_ALL:
	default:
		break;
	}
	return broken("a character that must not be there", reterr);
}

static int too_large(const struct buf *out, struct error *reterr)
{
	return error_set(reterr, ERR_LIMIT, "the engine's answer is larger than %zu bytes",
			 out->max);
}

int sieve_feed(struct sieve *s, struct slice in, struct buf *out, struct error *reterr)
{
	while (in.n > 0) {
		char c = *in.p;
		size_t used = 1;

		if (s->state == IN_STRING) {
			used = take_text(s, in, out, reterr);
			if (used == 0)
				return -1;
		} else if (s->state == IN_ESCAPE) {
			if (strchr("\"\\/bfnrtu", c) == NULL || c == '\0')
				return broken("an escape", reterr);
			put_text(s, slice_of(&c, 1), out);
			s->state = IN_STRING;
		} else if (s->state == IN_WORD && is_word(c)) {
			if (s->word_n == sizeof(s->word))
				return broken("a word in it", reterr);
			s->word[s->word_n++] = c;
		} else if (s->state == IN_WORD) {
			/* The byte belongs to what comes next. */
			used = 0;
			if (end_word(s, out, reterr) < 0)
				return -1;
		} else if (c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
			   take_mark(s, c, out, reterr) < 0) {
			return -1;
		}
		in = slice_after(in, used);
	}
	return out->failed ? too_large(out, reterr) : 0;
}

int sieve_end(struct sieve *s, struct buf *out, struct error *reterr)
{
	if (s->depth == 0 && s->state == IN_WORD && end_word(s, out, reterr) < 0)
		return -1;
	if (s->depth != 0 || !(s->state == BEHIND_ALL || (s->sequence && s->state == BEFORE_VALUE)))
		return broken("it ends in the middle", reterr);
	return out->failed ? too_large(out, reterr) : 0;
}

json_t *sieve_parse(const struct sieve_rule *rules, size_t n, struct slice text,
		    struct error *reterr)
{
	struct sieve s = sieve_new(rules, n, SIEVE_DROP);
	struct buf left = buf_new(PARSED_MAX);
	json_t *value = NULL;

	if (sieve_feed(&s, text, &left, reterr) == 0 && sieve_end(&s, &left, reterr) == 0)
		value = json_parse(buf_slice(&left), 2 * JSON_TOKENS_MAX, reterr);
	sieve_free(&s);
	buf_free(&left);
	return value;
}
