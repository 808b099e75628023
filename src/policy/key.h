/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key - the keys of the policy, as key.def has them. Promises: each name is one key; a key is
 * taken only by a section that may have it; a value is taken whole or not at all, within the
 * limits of its row. Pure.
 */
#ifndef SAFEDOCKER_POLICY_KEY_H
#define SAFEDOCKER_POLICY_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "model/model.h"

struct section;

/* The kinds of sections, each a bit. */
enum section_kind {
	IN_RULE = 1, IN_STRONG = 2, IN_SET = 4, IN_GRANT = 8, IN_ENGINE = 16, IN_LOG = 32,
};

enum policy_key {
	KEY_NONE = 0,
#define LIST(id, ...) KEY_##id,
#define ONE(id, ...) KEY_##id,
#include "policy/key.def"
	KEY_MAX
};

enum key_record { RECORD_NO = 0, RECORD_YES, RECORD_WITH_INPUT };

/* The kinds of single values. Texts are borrowed from what the policy keeps as it was written. */
typedef const char *key_text;		/* NULL: it does not stand */
typedef const char *key_pattern;	/* a text without a space */
typedef const char *key_boot;		/* the id of a boot */
typedef const char *key_path;		/* absolute, without . and .. */
typedef const char *key_area;		/* START, COUNT: a range of ids */
typedef long key_count;			/* of objects */
typedef long key_seconds;		/* a duration */
typedef long long key_number;
typedef long long key_bytes;
typedef time_t key_from;		/* the first second of it */
typedef time_t key_until;		/* the first second in which it is over */
typedef bool key_yes;
typedef bool key_scope;			/* true: all */
typedef enum root_mode key_root;
typedef enum reason_need key_reason;
typedef enum password_need key_password;
typedef enum key_record key_record;

/* The key of a name; KEY_NONE: there is none in sections of this kind. */
enum policy_key key_by_name(const char *name, enum section_kind kind);

/* "users"; what is expected of a value, "" of a list. */
const char *key_name(enum policy_key key);
const char *key_expected(enum policy_key key);

/* "users, until or why": all keys of such a section, cut at `size`. Returns `ret`. */
const char *key_names(enum section_kind kind, char *ret, size_t size);

/*
 * Puts the value of a key that is no list into its member. `text` must live as long as the
 * section. -1: that is no value of it, and key_expected() says what would be.
 */
int key_take(struct section *section, enum policy_key key, const char *text);

#endif
