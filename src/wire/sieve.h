/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sieve - JSON of any length that flows by: bytes in, bytes out. What is not wanted
 * never comes to rest in memory; what must be looked at is handed over value by
 * value, each of them bounded. For what the engine answers: lists, events, inspect.
 * Pure: no I/O.
 *
 * Rules name what is looked at ("Volumes" and all its elements: SIEVE_TAKE), what
 * goes on as it is (SIEVE_PASS) and what does not (SIEVE_DROP).
 */
#ifndef SAFEDOCKER_SIEVE_H
#define SAFEDOCKER_SIEVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/slice.h"
#include "wire/json.h"

#define SIEVE_RULES_MAX 64
#define SIEVE_KEY_MAX (64 * 1024)	/* bytes of a member's name that a rule could match */
#define SIEVE_TAKE_MAX (1024 * 1024)	/* bytes of a value that is handed over */

enum sieve_step { SIEVE_DROP = 0, SIEVE_PASS, SIEVE_TAKE };

/*
 * Names of members from the top, joined by slashes; `*` is any member, or any
 * element of a list; the empty path is the whole document. The first rule that
 * matches is the one that counts, for the value and for all below it. Values on
 * the way to a longer path are entered; one of them that is null stays null.
 */
struct sieve_rule {
	const char *path;
	enum sieve_step step;
};

/*
 * Looks at one value: `rule` is the index of the rule that took it, `key` the member's
 * name (NULL for an element of a list, or the document). 1: *value goes on, as it is now
 * (it may be changed, or replaced: the reference is the sieve's); 0: it is dropped; -1: failure,
 * reterr is set. A value of more than SIEVE_TAKE_MAX bytes or JSON_TOKENS_MAX tokens, or one that
 * json_parse() refuses, is dropped without being asked about: whoever made it harms
 * nobody else's list.
 */
typedef int sieve_take(void *context, size_t rule, const char *key, json_t **value,
		       struct error *reterr);

/* A list or object that is open. Private. */
struct sieve_level {
	uint64_t mask;		/* rules that may still match below */
	enum sieve_step step;	/* where its own brackets go */
	enum sieve_step others;	/* where what no rule matches goes */
	bool is_object;
	bool any;		/* something in it went on */
};

struct sieve {
	sieve_take *take;	/* needed where a rule says SIEVE_TAKE */
	void *context;		/* for take */
	bool sequence;		/* of documents, as events are; each ends in a new line */

	/* private */
	const struct sieve_rule *rules;
	size_t n_rules;
	int state;
	bool in_key;
	enum sieve_step step;	/* of the string or word that is being read */
	char word[64];
	size_t word_n;
	bool taking;		/* a value by rule taken_by, that stands at depth taken_at */
	size_t taken_by, taken_at;
	struct buf key;		/* with its quotes and escapes */
	struct buf value;	/* what is being taken */
	size_t depth;
	struct sieve_level levels[JSON_DEPTH_MAX + 1];
};

/*
 * `rules` must live as long as the sieve; what no rule matches is `otherwise` (SIEVE_DROP or
 * SIEVE_PASS).
 */
struct sieve sieve_new(const struct sieve_rule *rules, size_t n, enum sieve_step otherwise);
void sieve_free(struct sieve *s);

/*
 * Takes all of `in`, adds to `out` what goes on (compact, members in their order; strings byte for
 * byte).
 * 0; -1 with ERR_ENGINE for what is no JSON, is nested deeper than JSON_DEPTH_MAX or has a
 * name over SIEVE_KEY_MAX, with what `take` says, or ERR_LIMIT when `out` is full. After a failure
 * it must not be fed again.
 */
int sieve_feed(struct sieve *s, struct slice in, struct buf *out, struct error *reterr);

/*
 * The end of the bytes; may still add to `out`. -1 as above, and with ERR_ENGINE in the middle of a
 * document, or where there was none (but for sequences).
 */
int sieve_end(struct sieve *s, struct buf *out, struct error *reterr);

/*
 * A document that is there already: the part of it that the rules leave (at most 2 MiB and twice
 * JSON_TOKENS_MAX values), parsed. A new reference, or NULL.
 */
json_t *sieve_parse(const struct sieve_rule *rules, size_t n, struct slice text,
		    struct error *reterr);

#endif
