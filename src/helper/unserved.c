/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/unserved.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "docker/answer.h"
#include "policy/policy.h"
#include "setgid/io.h"

#define DRAIN_MAX (16 * 1024)	/* bytes */
#define PATIENCE 5000	/* ms for all of it */

/*
 * It ends up on a terminal, and holds names of accounts and files: no byte of it may be more than
 * text there.
 */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

bool unserved(const struct gatekeeper *g, int *ret_status, char text[UNSERVED_TEXT_MAX])
{
	const struct moment now = io_moment(g->caller.boot);
	struct audit_entry entry = { .subject = &g->caller.subject };
	struct error why = { 0 }, record = { 0 };
	const char *logged = "one of many";
	int r;

	if (g->caller.config.policy == NULL) {
		*ret_status = 500;
		(void)snprintf(text, UNSERVED_TEXT_MAX, "%s", g->caller.config.error.text);
		make_plain(text);
		return true;
	}
	entry.deny = policy_serves(g->caller.config.policy, &g->caller.subject, &now, &why);
	if (entry.deny == DENY_NONE)
		return false;
	*ret_status = 403;
	r = audit_denied(&g->caller.audit, &entry, 403, why.text, &record);
	if (r < 0)
		logged = record.text;
	else if (r != AUDIT_COUNTED)
		logged = entry.id;
	(void)snprintf(text, UNSERVED_TEXT_MAX, "denied: %.900s; %s%.900s (%s)", why.text,
		       r < 0 ? "not logged: " : "logged as ", logged, deny_code(entry.deny));
	make_plain(text);
	return true;
}

/*
 * Throws away *left bytes at most: until the client ends, or, unless `to_end`, until it has said
 * something and pauses.
 */
static void drain(int client, size_t *left, const struct io_limit *limit, bool to_end)
{
	struct pollfd p = { .fd = client, .events = POLLIN };
	bool some = false;
	char nowhere[4096];

	while (*left > 0 && io_left(limit) > 0) {
		ssize_t n = recv(client, nowhere, *left < sizeof(nowhere) ? *left : sizeof(nowhere),
				 MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
		if (n > 0) {
			some = true;
			*left -= (size_t)n;
		} else if (some && !to_end) {
			return;
		} else {
			(void)poll(&p, 1, io_left(limit));
		}
	}
}

void unserved_answer(int client, int status, const char *text)
{
	struct buf out = buf_new(16 * UNSERVED_TEXT_MAX);
	const struct io_limit limit = { .deadline = io_now() + PATIENCE };
	char message[UNSERVED_TEXT_MAX + 20];
	size_t left = DRAIN_MAX;

	(void)snprintf(message, sizeof(message), "safedocker: %s", text);
	drain(client, &left, &limit, false);
	/* Nobody has looked whether it was HEAD: the connection ends behind the answer. */
	answer_error(&out, status, message, HTTP_GET, true);
	if (!out.failed && io_write(client, buf_slice(&out), &limit, NULL) == 0 &&
	    shutdown(client, SHUT_WR) == 0)
		drain(client, &left, &limit, true);
	buf_free(&out);
}
