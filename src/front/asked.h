/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asked - what docker asked of the helper that explains, gathered from the lines of its report. */
#ifndef SAFEDOCKER_FRONT_ASKED_H
#define SAFEDOCKER_FRONT_ASKED_H

#include "common/slice.h"
#include "front/explain.h"

/* One line of the report, into the request that it belongs to. What is no such line is left out. */
void asked_add_line(struct explanation *e, struct slice text);

/* What was asked again, compose's lists above all, is told once. */
void asked_merge(struct explanation *e);

/* Ranks, the smallest changes that would let requests pass, and whether all of it is allowed. */
void asked_judge(struct explainer *x, struct explanation *e);

/* Does nothing stand there? Docker asks, hears so, and goes on; that is no refusal. */
bool asked_is_absence(const struct asked *a);

/* Frees what it owns, not itself. */
void asked_free(struct asked *a);

#endif
