/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/announce.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/tell.h"

/* What is strongest in it, and how many more strong things there are. */
struct strongest {
	enum rank rank;
	const char *effect;
	char what[300];		/* "" where nothing is strong */
	size_t n;
};

static struct strongest find(const struct request *request, const struct decision *d,
			     enum verb verb)
{
	struct strongest s = { .rank = verb_rank(verb), .effect = verb_meaning(verb) };
	const struct facts *facts = &request->facts;

	if (rank_is_strong(s.rank))
		(void)snprintf(s.what, sizeof(s.what), "%s", verb_name(verb));
	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->list[i];

		s.n += rank_is_strong(f->rank) != 0;
		if (!rank_is_strong(f->rank) || f->rank >= s.rank)
			continue;
		s.rank = f->rank;
		(void)flag_value_rank(f->flag, f->value, d->makes, &s.effect);
		(void)snprintf(s.what, sizeof(s.what), "%s%s%s", flag_name(f->flag),
			       *f->value != '\0' ? "=" : "", f->value);
	}
	if (s.what[0] == '\0' && d->root == ROOT_OPEN &&
	    (request->route->body == BODY_CREATE || request->route->body == BODY_EXEC)) {
		s.rank = RANK_A;
		(void)snprintf(s.what, sizeof(s.what), "root = open");
		s.effect = "root in the container is root";
	}
	return s;
}

void announce(const struct worker *w, const struct request *request, const struct decision *d,
	      enum verb verb)
{
	char line[TELL_MAX / 2], more[40] = "";
	struct strongest s;

	if (w->tty < 0 || d->strong == NULL ||
	    operation_kind(request->route->operation) == KIND_READ)
		return;
	s = find(request, d, verb);
	if (s.what[0] == '\0')
		return;
	if (s.n > 1)
		(void)snprintf(more, sizeof(more), " (and %zu more)", s.n - 1);
	(void)snprintf(line, sizeof(line) - 2, "safedocker: rank %s: %s%s: %s on %s",
		       rank_name(s.rank), s.what, more, s.effect, w->subject->host);
	tell_plain(line, false);
	(void)strcat(line, "\r\n");
	/* A terminal that takes nothing is not waited for. */
	if (write(w->tty, line, strlen(line)) < 0)
		return;
}

void announce_size(const struct worker *w, const struct request *request, const struct decision *d)
{
	unsigned long long columns, rows;

	if (w->recording == NULL || d->strong == NULL ||
	    !operation_has(request->route->operation, TRAIT_RESIZES))
		return;
	if (slice_to_u64(slice_str(query_text(&request->query, "w")), 10000, &columns) == 0 &&
	    slice_to_u64(slice_str(query_text(&request->query, "h")), 10000, &rows) == 0)
		recording_resize(w->recording, d->strong->record_max, (unsigned)columns,
				 (unsigned)rows);
}
