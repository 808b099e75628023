/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The refusal of a decision in words: what was asked, by which rule it is refused, what that one
 * allows.
 */
#include "judge/judge.h"

#include <stdio.h>

#include "docker/kind.h"

/* What is missing, with its value, and what it could do to the host. */
static void say_fact(const struct request *request, const struct decision *d, const char *command,
		     char *text, size_t size)
{
	const struct fact *f = &request->facts.list[d->fact];
	const char *effect = "", *value = *f->value != '\0' ? "=" : "";

	(void)flag_value_rank(f->flag, f->value, d->makes, &effect);
	if (f->top != 0)
		effect = "it is the host's own, or another user's: only a rule that names it "
			 "allows it";
	if (d->missing == MISSING_FORCE)
		(void)snprintf(text, size,
			       "safedocker: denied: %s%s%.300s (%s): the rule sets it otherwise",
			       flag_name(f->flag), value, f->value, command);
	else if (f->again)
		(void)snprintf(text, size,
			       "safedocker: denied: %s: the container was made with %s%s%.300s: %s",
			       command, flag_name(f->flag), value, f->value, effect);
	else
		(void)snprintf(text, size, "safedocker: denied: %s%s%.300s (%s): %s",
			       flag_name(f->flag), value, f->value, command, effect);
}

/* The container is of another kind than the rule's, or the host cannot make the rule's. */
static void say_root(const struct request *request, const char *command, char *text, size_t size)
{
	enum container_kind kind = request->facts.kind;

	if (kind == CONTAINER_UNKNOWN)
		(void)snprintf(text, size,
			       "safedocker: denied: %s: the rule says root = mapped, which this "
			       "host cannot; `safedocker doctor`, as root, says why, and with "
			       "--fix registers what is missing", command);
	else if (kind == CONTAINER_MAPPED)
		(void)snprintf(text, size,
			       "safedocker: denied: %s: the container is mapped, and the rule says "
			       "root = never; one that says root = mapped, or nothing of it, "
			       "enters it", command);
	else
		(void)snprintf(text, size,
			       "safedocker: denied: %s: the container is %s%s, and the rule has no "
			       "root = open, as strong rules can", command, kind_name(kind),
			       kind == CONTAINER_OPEN ? " (root inside is root outside)" : "");
}

static void say_strong(const struct subject *subject, const struct decision *d, const char *command,
		       char *text, size_t size)
{
	(void)snprintf(text, size, "safedocker: denied: %s: the strong rule %s cannot be used%s",
		       command, subject->as != NULL ? subject->as : "?",
		       d->missing == MISSING_REASON ? " with this reason" :
		       d->missing == MISSING_TIME   ? " at this time" :
						      "");
}

void judge_words(const struct request *request, const struct subject *subject,
		 const struct decision *d, char *text, size_t size, char *more, size_t more_size)
{
	enum verb verb = operation_verbs(request->route->operation)[0];
	const char *command =
		verb != VERB_NONE ? verb_name(verb) : operation_name(request->route->operation);

	switch (d->missing) {
	case MISSING_VERB:
		(void)snprintf(text, size, "safedocker: denied: %s", command);
		break;
	case MISSING_FLAG:
	case MISSING_FORCE:
		say_fact(request, d, command, text, size);
		break;
	case MISSING_ROOT:
		say_root(request, command, text, size);
		break;
	case MISSING_IMAGE:
		(void)snprintf(text, size, "safedocker: denied: %s %s (%s)",
			       request->facts.image != NULL ? "image" : "registry",
			       request->facts.image != NULL    ? request->facts.image :
			       request->facts.registry != NULL ? request->facts.registry :
								 "?",
			       command);
		break;
	case MISSING_STRONG:
	case MISSING_REASON:
	case MISSING_TIME:
		say_strong(subject, d, command, text, size);
		break;
	case MISSING_RULE:
	case MISSING_NONE:
		(void)snprintf(text, size,
			       "safedocker: denied: %s: no rule of the policy is for %s", command,
			       subject->name);
		break;
	}
	*more = '\0';
	if (d->expired)
		(void)snprintf(more, more_size, "\n  rule: %s at %s:%u has expired", d->rule,
			       d->file, d->line);
	else if (d->rule != NULL)
		(void)snprintf(more, more_size, "\n  rule: %s at %s:%u does not allow it%s%s",
			       d->rule, d->file, d->line, d->allowed != NULL ? "\n  allow: " : "",
			       d->allowed != NULL ? d->allowed : "");
}
