/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rank - how far a flag's value reaches, in a container of each kind; and which kinds a rule makes and enters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const effects[FLAG_MAX] = {
#define FLAG(id, name, value, rank, effect, ...) [FLAG_##id] = effect,
#include "model/flag.def"
};

static const struct {
	enum flag flag;
	const char *pattern;
	enum rank rank;
	const char *effect;
} flag_values[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_VALUE(id, pattern, rank, effect) { FLAG_##id, pattern, rank, effect },
#include "model/flag.def"
};

static const struct rank_row {
	enum flag flag;
	const char *pattern;
	enum container_kind kind;
	enum rank rank;
	const char *effect;
} rank_rows[] = {
#define FLAG(id, name, value, rank, effect, ...)
#define FLAG_RANK(id, pattern, kind, rank, effect) { FLAG_##id, pattern, CONTAINER_##kind, rank, effect },
#include "model/flag.def"
};

/* --- ranks ---------------------------------------------------------------------------- */
const char *rank_name(enum rank rank)
{
	switch (rank) {
	case RANK_S: return "S";
	case RANK_A: return "A";
	case RANK_B: return "B";
	case RANK_C: return "C";
	case RANK_NONE:
	default: return "?";
	}
}

/* `>N` is every number above N; what is no number is above all of them. */
static bool value_fits(const char *pattern, const char *value)
{
	char *end;
	long long number;

	if (*pattern != '>')
		return text_fits(pattern, value);
	errno = 0;
	number = strtoll(value, &end, 10);
	return errno != 0 || end == value || *end != '\0' || number > strtoll(pattern + 1, NULL, 10);
}

/* A port of the host's loopback that needs no privilege: [IP:]PORT[-PORT] or [IP:]ephemeral. */
static bool is_own_port(const char *value)
{
	const char *port = strrchr(value, ':');
	char *end;

	if (port == NULL || (strncmp(value, "[::1]:", 6) != 0 &&
			     (strncmp(value, "127.", 4) != 0 || value + strspn(value, "0123456789.") != port)))
		return false;
	return strcmp(port + 1, "ephemeral") == 0 || strtol(port + 1, &end, 10) >= 1024;
}

static const struct rank_row *find_row(enum flag flag, const char *value, enum container_kind kind)
{
	for (size_t i = 0; i < COUNT(rank_rows); i++)
		if (rank_rows[i].flag == flag && rank_rows[i].kind == kind &&
		    (strcmp(rank_rows[i].pattern, FLAG_OWN_PORT) == 0 ? is_own_port(value) :
		     text_fits(rank_rows[i].pattern, value)))
			return &rank_rows[i];
	return NULL;
}

enum rank flag_value_rank(enum flag flag, const char *value, enum container_kind kind, const char **ret_effect)
{
	const struct rank_row *row = find_row(flag, value, kind);

	if (row != NULL) {
		if (ret_effect != NULL)
			*ret_effect = row->effect;
		return row->rank;
	}
	for (size_t i = 0; i < COUNT(flag_values); i++) {
		if (flag_values[i].flag == flag && value_fits(flag_values[i].pattern, value)) {
			if (ret_effect != NULL)
				*ret_effect = flag_values[i].effect;
			return flag_values[i].rank;
		}
	}
	if (ret_effect != NULL)
		*ret_effect = flag > FLAG_NONE && flag < FLAG_MAX ? effects[flag] : "?";
	return flag_rank(flag);
}

enum rank flag_least_rank(enum flag flag, const char *value, enum root_mode root)
{
	enum container_kind first = root_makes(root, false), second = root_makes(root, true);
	enum rank least = flag_value_rank(flag, value, second, NULL);
	enum rank other = first != CONTAINER_UNKNOWN ? flag_value_rank(flag, value, first, NULL) : least;

	return other > least ? other : least;
}

/* --- kinds ---------------------------------------------------------------------------- */
const char *root_name(enum root_mode root)
{
	switch (root) {
	case ROOT_UNSAID: return "";
	case ROOT_NEVER: return "never";
	case ROOT_MAPPED: return "mapped";
	case ROOT_OPEN: return "open";
	}
	return "never";
}

enum container_kind root_makes(enum root_mode root, bool can_map)
{
	switch (root) {
	case ROOT_UNSAID:
		return can_map ? CONTAINER_MAPPED : CONTAINER_PINNED;
	case ROOT_NEVER:
		return CONTAINER_PINNED;
	case ROOT_MAPPED:
		return can_map ? CONTAINER_MAPPED : CONTAINER_UNKNOWN;
	case ROOT_OPEN:
		return CONTAINER_OPEN;
	}
	return CONTAINER_UNKNOWN;
}

bool root_allows(enum root_mode root, enum container_kind kind)
{
	switch (kind) {
	case CONTAINER_PINNED:
		return true;
	case CONTAINER_MAPPED:
		return root != ROOT_NEVER;
	case CONTAINER_OPEN:
		return root == ROOT_OPEN;
	case CONTAINER_UNKNOWN:
		return false;
	}
	return false;
}
