/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/kind.h"
#include "front/change.h"

static char *text_of(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));

	return text != NULL ? strdup(text) : NULL;
}

static struct asked *find(struct explanation *e, const char *request)
{
	struct asked *list;

	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->list[i].request, request) == 0)
			return &e->list[i];
	list = reallocarray(e->list, e->n + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	e->list = list;
	list[e->n] = (struct asked){ .request = strdup(request), .rank = RANK_C };
	return list[e->n].request != NULL ? &list[e->n++] : NULL;
}

/*
 * What the helper ranks lower than its value alone would be is of the user's own: so it is in each
 * kind.
 */
static void rank_by_kind(const struct asked *a, struct asked_fact *f)
{
	const char *value = f->fact.value;
	enum rank here = flag_value_rank(f->fact.flag, value, a->kind, &f->effect);

	for (enum container_kind k = CONTAINER_UNKNOWN; k < CONTAINER_KINDS; k++) {
		f->fact.ranks[k] = flag_value_rank(f->fact.flag, value, k, NULL);
		if (here != RANK_NONE && f->fact.rank > here && f->fact.ranks[k] != RANK_NONE)
			f->fact.ranks[k] = f->fact.rank;
	}
}

static void add_fact(struct asked *a, const json_t *line)
{
	struct asked_fact *list = reallocarray(a->facts, a->n_facts + 1, sizeof(*list));
	const char *rank = json_string_value(json_object_get(line, "rank"));
	const char *flag = json_string_value(json_object_get(line, "flag"));
	struct asked_fact *f;

	if (list == NULL)
		return;
	a->facts = list;
	f = &list[a->n_facts];
	*f = (struct asked_fact){
		.fact = {
			.flag = flag_by_name(slice_str(flag)),
			.value = text_of(line, "value"),
			.number = json_integer_value(json_object_get(line, "number")),
		},
	};
	for (int r = RANK_S; r <= RANK_C; r++)
		if (rank != NULL && strcmp(rank, rank_name((enum rank)r)) == 0)
			f->fact.rank = (enum rank)r;
	if (f->fact.value == NULL || f->fact.flag == FLAG_NONE) {
		free(f->fact.value);
		return;
	}
	a->kind = kind_by_name(json_string_value(json_object_get(line, "kind")));
	rank_by_kind(a, f);
	a->n_facts++;
}

void asked_add_line(struct explanation *e, struct slice text)
{
	json_t *line = json_loadb(text.p, text.n, 0, NULL);
	const char *request = json_string_value(json_object_get(line, "request"));
	const char *decision = json_string_value(json_object_get(line, "decision"));
	struct asked *a = request != NULL ? find(e, request) : NULL;

	if (a != NULL && decision == NULL) {
		add_fact(a, line);
	} else if (a != NULL) {
		a->allowed = strcmp(decision, "allow") == 0;
		a->status = (int)json_integer_value(json_object_get(line, "status"));
		a->operation = text_of(line, "operation");
		a->verb = text_of(line, "verb");
		a->object = text_of(line, "object");
		a->image = text_of(line, "image");
		a->rule = text_of(line, "rule");
		a->file = text_of(line, "file");
		a->line = (unsigned)json_integer_value(json_object_get(line, "line"));
		a->code = text_of(line, "code");
		a->message = text_of(line, "message");
		a->missing = (enum missing)json_integer_value(json_object_get(line, "missing"));
		a->fact = (size_t)json_integer_value(json_object_get(line, "fact"));
	}
	json_decref(line);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same(const struct asked *a, const struct asked *b)
{
	bool same = a->allowed == b->allowed && a->status == b->status &&
		a->n_facts == b->n_facts && same_text(a->operation, b->operation) &&
		same_text(a->object, b->object) && same_text(a->image, b->image) &&
		same_text(a->message, b->message);

	for (size_t k = 0; same && k < a->n_facts; k++)
		same = a->facts[k].fact.flag == b->facts[k].fact.flag &&
			strcmp(a->facts[k].fact.value, b->facts[k].fact.value) == 0;
	return same;
}

void asked_free(struct asked *a)
{
	for (size_t k = 0; k < a->n_facts; k++)
		free(a->facts[k].fact.value);
	free(a->facts);
	free(a->request);
	free(a->operation);
	free(a->verb);
	free(a->object);
	free(a->image);
	free(a->rule);
	free(a->file);
	free(a->code);
	free(a->message);
	free(a->change);
}

void asked_merge(struct explanation *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		size_t k = 0;

		while (k < kept && !is_same(&e->list[k], &e->list[i]))
			k++;
		if (k < kept) {
			e->list[k].times++;
			asked_free(&e->list[i]);
		} else {
			e->list[kept] = e->list[i];
			e->list[kept++].times = 1;
		}
	}
	e->n = kept;
}

static void strongest(enum rank *rank, enum rank other)
{
	if (other < *rank)
		*rank = other;
}

bool asked_is_absence(const struct asked *a)
{
	return !a->allowed && a->status == 404 && a->operation != NULL;
}

void asked_judge(struct explainer *x, struct explanation *e)
{
	bool all = true, any = false;

	e->rank = RANK_C;
	for (size_t i = 0; i < e->n; i++) {
		struct asked *a = &e->list[i];
		enum verb verb = a->verb != NULL ? verb_by_name(slice_str(a->verb)) : VERB_NONE;

		if (verb != VERB_NONE)
			strongest(&a->rank, verb_rank(verb));
		change_find(x->policy, &x->subject, a);
		for (size_t k = 0; k < a->n_facts; k++)
			strongest(&a->rank, a->facts[k].fact.rank);
		strongest(&e->rank, a->rank);
		any = any || (a->operation != NULL && verb != VERB_NONE);
		all = all && (a->allowed || asked_is_absence(a));
	}
	e->allowed = any && all;
}
