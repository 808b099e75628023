/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rank - how far an operation, a flag or a flag's value reaches. The smaller the
 * number the stronger; 0 is no rank, and nothing of no rank is ever allowed.
 */
#ifndef SAFEDOCKER_RANK_H
#define SAFEDOCKER_RANK_H

enum rank {
	RANK_NONE = 0,
	RANK_S,		/* hands out the engine itself */
	RANK_A,		/* reaches the host through an option */
	RANK_B,		/* widens the surface */
	RANK_C,		/* everyday */
};

/* "S", "A", "B", "C"; "?" for what is no rank. */
const char *rank_name(enum rank rank);

/* What S and A are: they may stand only in a [strong …] section. */
static inline int rank_is_strong(enum rank rank)
{
	return rank != RANK_B && rank != RANK_C;
}

#endif
